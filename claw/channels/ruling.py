"""What the console may ask about the policy: whether it is sound, what it stands on, and to read its file now.

Whoever writes a policy wants to know what it would say before it counts.  All of that is worked out where they sit: the
daemon only hands out what it knows of house and people, to nobody but its own console.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from claw.base.action import Json, Origin, to_json
from claw.channels.shown import shown
from claw.gate.judge import Judge
from claw.house.mirror import Mirror
from claw.policy.cases import Test
from claw.policy.people import People
from claw.policy.review import check


class PolicyFile(Protocol):
    """The policy file of this daemon, as it counts now."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def text(self) -> str:
        """What counts."""
        ...

    @property
    def tests(self) -> Sequence[Test]:
        """The tests in it."""
        ...

    @property
    def actions(self) -> Sequence[str]:
        """The actions that a policy may name."""
        ...

    @property
    def notice(self) -> str:
        """What people should know of how it came to be so, empty where there is nothing."""
        ...

    async def now(self, origin: Origin) -> None:
        """Read it as it is, because ``origin`` asks for it."""
        ...


@dataclass(frozen=True)
class Ruling:
    """Answers about the policy; one for all channels."""

    file: PolicyFile
    judge: Judge
    mirror: Mirror
    people: People

    def check(self) -> list[dict[str, Json]]:
        """Return what is odd about the policy in force, held against this house."""
        found = check(self.judge.policy, self.mirror.registry, self.file.actions, self.file.tests)
        return [shown(finding) for finding in found]

    async def ground(self) -> dict[str, Json]:
        """Return all that a policy is held against: people, actions, the house; and the file that counts.

        Of states only the values: no attribute is needed, and some are secrets.
        """
        states = {entity: state.value for entity, state in self.mirror.states.items()}
        # A large house takes a tenth of a second to write down, and the loop has other things to do meanwhile.
        registry = await asyncio.to_thread(to_json, self.mirror.registry) if self.mirror.told else None
        return {
            "path": str(self.file.path),
            "text": self.file.text,
            "hash": self.judge.policy.hash,
            "people": [to_json(person) for person in self.people],
            "actions": list(self.file.actions),
            "registry": registry,
            "states": states,
        }

    async def reload(self, origin: Origin) -> dict[str, Json]:
        """Have the file read now, and return which policy counts then and what is wrong with the file, if anything."""
        await self.file.now(origin)
        return {"hash": self.judge.policy.hash, "problem": self.judge.problem}
