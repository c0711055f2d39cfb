"""What talk about memory asks: the rooms that keep it, put together where the daemon is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Origin
from claw.house.model import House
from claw.memory.aliases import Aliases
from claw.memory.facts import Facts
from claw.memory.forget import Forgetting
from claw.memory.memories import Memories
from claw.memory.model import Audience, Fact
from claw.memory.offers import Offers
from claw.memory.residents import Residents
from claw.memory.sleep import Sleep
from claw.mind.memos_reading import Reading


class Preferred(Protocol):
    """What reads what people like (``claw/mind/preferring.py``)."""

    async def from_now_on(self, rest: str, house: House, origin: Origin) -> Fact:
        """Return the fact that "from now on ``rest``" states; raises Refused, with a sentence."""
        ...

    async def wish(self, said: str, house: House, origin: Origin) -> Fact | None:
        """Return the wish of one's own that "I like ``…``" states, None where it is none."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from; ``audience`` says who hears what is told to an origin."""

    facts: Facts
    memories: Memories
    residents: Residents
    forgetting: Forgetting
    aliases: Aliases
    preferring: Preferred
    offers: Offers
    sleep: Sleep
    audience: Callable[[Origin], Audience]
    reading: Reading
