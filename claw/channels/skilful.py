"""What a channel may ask about skills: which there are, what each may do in plain words, and to decide about them.

Whoever asks is turned into an audience first.  A skill that was made of somebody's requests is shown to them and to
the owners, who decide about it, until an owner takes it for everybody; what somebody said stays theirs.  What changes
a skill goes through the gate and is bound to the bytes that were shown; nothing is decided here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from claw.base.action import Json, Origin, Reply
from claw.gate.perform import Performed
from claw.house.mirror import Mirror
from claw.memory.model import Audience
from claw.policy.people import People
from claw.skills.model import Files, Report, Skill, Standing

Deed = Literal["accept", "enable", "disable", "rollback", "retire"]
"""What a person may decide about a skill; each is an action of Claw's own (``claw.skill_accept``)."""

Lesson = Literal["last", "watch", "done", "never_mind"]
"""How somebody teaches: make a skill of what was just asked; watch me; that's it; never mind."""


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version of a skill: ``proved`` is whether its proof was green, None where none was done."""

    version: str
    hash: str
    created: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a skill's life; ``entry`` is the log's."""

    at: datetime
    version: str
    what: str
    why: str
    person: str | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: ``mode`` is real or shadow, ``held`` whether what must be so after it was, ``undone`` when."""

    at: datetime
    version: str
    mode: str
    person: str | None
    said: str
    outcome: str
    held: bool | None
    why: str
    undone: datetime | None
    ms: float
    entry: int | None = None


class Shelf(Protocol):
    """The library, as far as it is shown."""

    def all(self) -> Sequence[Skill]:
        """Return every skill as its folder has it now."""
        ...

    def get(self, name: str) -> Skill | None:
        """Return one skill, None where there is none of that name."""
        ...

    def files(self, name: str, content: str) -> Files:
        """Return the files of one kept version by its hash; raises Refused where it is not kept."""
        ...


class Past(Protocol):
    """What became of skills."""

    def versions(self, name: str) -> Sequence[Version]:
        """Return the kept versions, the newest first."""
        ...

    def events(self, name: str, limit: int) -> Sequence[Event]:
        """Return the steps of its life, the newest first."""
        ...

    def runs(self, name: str, limit: int) -> Sequence[Ran]:
        """Return its runs, the newest first."""
        ...


class Standings(Protocol):
    """How far each skill is trusted."""

    def of(self, name: str) -> Standing | None:
        """Return how far one is trusted, None for one that nobody knows."""
        ...

    def all(self) -> Sequence[Standing]:
        """Return all of them."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``decide`` carries a deed through the gate: name, hash of what was shown, origin; for a rollback the hash is that
    of the version to go back to.  ``take`` puts the files of a folder into the library as a draft, through the gate.
    ``teach`` is what talk does for "make that a skill" and "watch me", with a name or the empty text.  ``prove``
    proves one skill on the simulated house.
    """

    shelf: Shelf
    standings: Standings
    past: Past
    decide: Callable[[Deed, str, str, Origin], Awaitable[Performed]]
    take: Callable[[Files, Origin], Awaitable[Performed]]
    teach: Callable[[Lesson, str, Origin], Awaitable[Reply]]
    prove: Callable[[str], Awaitable[Report]]
    audience: Callable[[Origin], Audience]
    people: People
    mirror: Mirror


class Skilful:
    """Answers about skills; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def listed(self, origin: Origin) -> list[dict[str, Json]]:
        """Return the skills that this origin may know of, by name, each in one line."""
        raise NotImplementedError

    def one(self, name: str, origin: Origin) -> dict[str, Json]:
        """Return one skill with all it may do in plain words, its versions and why it stands as it does."""
        raise NotImplementedError

    def history(self, name: str, origin: Origin, *, limit: int = 100) -> dict[str, Json]:
        """Return the steps of a skill's life and its runs, newest first; words only to who said them."""
        raise NotImplementedError

    def compared(self, name: str, origin: Origin, *, old: str = "", new: str = "") -> dict[str, Json]:
        """Return how two versions differ (hash or number; by default the one before and the present one)."""
        raise NotImplementedError

    async def decide(self, deed: Deed, name: str, origin: Origin, *, content: str = "") -> dict[str, Json]:
        """Accept, enable, disable, roll back or retire; ``content`` is the hash of what was shown; status and text."""
        raise NotImplementedError

    async def teach(self, lesson: Lesson, origin: Origin, *, name: str = "") -> Reply:
        """Make a skill of what was just asked, or begin or end a demonstration."""
        raise NotImplementedError

    async def take(self, files: Files, origin: Origin) -> dict[str, Json]:
        """Import the files of a folder; always a draft; return status, text and what the scan found."""
        raise NotImplementedError

    def export(self, name: str, origin: Origin) -> dict[str, str]:
        """Return the files of a skill as text by path, for whoever asks to write down."""
        raise NotImplementedError

    async def prove(self, name: str, origin: Origin) -> dict[str, Json]:
        """Prove one skill on the simulated house and return the report."""
        raise NotImplementedError
