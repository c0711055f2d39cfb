"""What the life of skills stands on: the tables, the library, who proves, who judges, and how people are told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.policy.people import Role
from claw.skills.aftermath import Aftermath
from claw.skills.model import Draft, Report, Skill, Standing, Trace
from claw.skills.runs import Runs
from claw.skills.standings import Standings

Tell = Callable[[Message], Awaitable[bool]]
"""Sends a message through the gate; returns whether it went out."""


class Books(Protocol):
    """The library (``claw/skills/library.py``), as far as lives need it."""

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read."""
        ...

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read."""
        ...

    def broken(self) -> Mapping[str, str]:
        """Return, by name, why a folder cannot be read as a skill at all."""
        ...

    def place(self, name: str) -> Literal["shipped", "own"]:
        """Return where a skill lies; raises Refused where there is none."""
        ...

    def whole(self, name: str) -> Skill:
        """Return the skill, its bytes hashed again now; raises Refused with why it is not what it was."""
        ...

    def read(self, name: str) -> Skill:
        """Return the skill as its folder is now, problems and all; raises Refused or Invalid."""
        ...

    async def write(self, draft: Draft) -> Skill:
        """Put a skill into the library; raises Refused, Invalid or Broken."""
        ...

    async def restore(self, name: str, hash: str) -> Skill:  # noqa: A002  the noun of this room
        """Put an earlier version back; raises Refused, Broken."""
        ...


class Proves(Protocol):
    """Who proves skills (``claw/skills/proving.py``)."""

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        """Try a skill on the simulated house; yields to the loop, can be cancelled; raises Unavailable."""
        ...


class Rules(Protocol):
    """What rules and house say of all that a skill may do, before anybody asks (``claw/skills/forbidding.py``)."""

    async def denied(self, skill: Skill, people: Sequence[str]) -> str | None:
        """Return what of it is never allowed now to any of ``people`` (empty: to anybody), in a sentence."""
        ...

    async def asks(self, skill: Skill, people: Sequence[str] = ()) -> str | None:
        """Return what of it a person is always asked about first: such a skill is never trusted by itself."""
        ...

    def gone(self, skill: Skill) -> str | None:
        """Return which thing that it names is not in the house any more, in a sentence."""
        ...


@dataclass(frozen=True)
class Ground:
    """What lives of skills stand on.

    ``role`` gives somebody's role now, ``owners`` the owners' ids, ``tell`` sends a message through the gate, and
    ``traces`` gives the requests that a skill was made of, by its name; ``language`` is the household's first.
    """

    standings: Standings
    runs: Runs
    library: Books
    prover: Proves
    rules: Rules
    aftermath: Aftermath
    clock: Clock
    role: Callable[[str | None], Role | None]
    owners: Callable[[], Sequence[str]]
    tell: Tell
    traces: Callable[[str], Sequence[Trace]] = field(default=lambda _name: ())
    language: str = "en"

    async def say(self, standing: Standing, text: str) -> None:
        """Tell whom it concerns what became of a skill: the owners, and whose it is while it is theirs alone."""
        concerned = () if standing.accepted_by else standing.people
        for person in dict.fromkeys((*concerned, *self.owners())):
            await self.tell(Message(f"person:{person}", text))


def called(name: str) -> str:
    """Return a skill's name as people say it: ``movie time``."""
    return name.replace("-", " ")


def theirs(standing: Standing, origin: Origin) -> bool:
    """Return whether a skill is for whoever asks: everybody's once an owner took it, before that its makers'.

    Only a proven person is one of those; text of strangers speaks for nobody.
    """
    if not standing.people or standing.accepted_by:
        return True
    return origin.authenticated and origin.person in standing.people and not origin.taint
