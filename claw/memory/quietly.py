"""Writing to memory on the side of something else: only where nobody would have to be asked about it.

"Too bright" is about a lamp.  That it is kept as a correction must put a question to nobody, whatever the rules say
about keeping things; where they would have one put it is not kept.
"""

from collections.abc import Sequence
from typing import Protocol

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.gate.plan import Plan
from claw.memory.memories import Answer, Memories
from claw.memory.model import Fact
from claw.memory.sources import By


class Judging(Protocol):
    """What the gate would say: ``claw.gate.judge.Judge``."""

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        """Return the plan for ``actions``, nothing counted or done; raises Refused for anything invalid."""
        ...


class Quietly:
    """Writes as ``Memories`` does, and raises Refused where somebody would have to say yes first, or may not at all."""

    def __init__(self, memories: Memories, judge: Judging) -> None:
        self._memories = memories
        self._judge = judge

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Answer:
        """Keep ``fact`` as told by ``origin``; raises Refused where it may not be kept without a question."""
        plan = self._judge.judge((self._memories.action(fact, origin, said=said, by=by),), origin)
        if plan.asks or plan.denied is not None:
            raise Refused("That is not kept without asking somebody.")
        return await self._memories.tell(fact, origin, said=said, by=by)

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> Answer:
        """Take somebody's yes or no to a candidate, which they were asked for."""
        return await self._memories.settle(number, origin, yes=yes, said=said)
