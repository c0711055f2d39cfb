"""What a proof stands on: a house that is thrown away, what is asked in it, and what was to be seen.

These are the words between who proves (``claw/skills/proving.py``) and who has a gate, a sandbox and simulated devices
to prove with (``claw/daemon/proving.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from claw.base.action import NO_DATA, Action
from claw.house.model import House
from claw.skills.cases import Ends
from claw.skills.model import Arguments, Skill

Rules = Literal["", "demo", "open"]
"""Whose rules hold: the household's own, the demo's, or those of a house that a test brought along.

In that one everything is allowed that is not risky, so that only the skill's own rights count.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """How one thing misbehaves: seconds until it answers and while it moves, the error it answers with, and the rest.

    ``jam``: it sets off and does not arrive; ``dead``: it is found unavailable when spoken to; ``silent``: it obeys
    and does not tell; ``lost``: it obeys, and the connection breaks before the answer.
    """

    delay_s: float = 0.0
    travel_s: float = 0.0
    fail: str = ""
    jam: bool = False
    dead: bool = False
    silent: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A house at one moment (``now`` in UTC), how its things misbehave, and whose rules hold there."""

    house: House
    now: datetime
    faults: Mapping[str, Fault] = field(default_factory=lambda: NO_DATA)
    rules: Rules = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a sentence, or values; by whom (a role, or a person's id), where, in which language.

    ``answer`` is what an owner says where somebody is asked for a yes; None: nobody says anything.  With ``undo`` it is
    taken back afterwards, as by "undo that".  ``by`` ``nobody`` is a voice in the room that nobody knows.
    """

    said: str = ""
    arguments: Arguments | None = None
    by: str = "owner"
    place: str | None = None
    language: str = "en"
    answer: bool | None = None
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What was to be seen of one run.

    ``calls`` are the acts that the gate let through, in order and in normal form; ``attempted`` those and the refused.
    ``says`` is the answer; ``problem`` what went wrong in the program itself (``kind: text``), empty where nothing did.
    ``unheld`` are the wishes that were not so afterwards.  ``undone`` is the house after it was taken back, and
    ``not_undone`` why that could not be done, by thing (a word of ``claw/gate/undo.py``), where it was asked for.
    """

    ends: Ends
    after: House
    calls: tuple[Action, ...] = ()
    attempted: tuple[Action, ...] = ()
    says: str = ""
    problem: str = ""
    held: bool | None = None
    unheld: tuple[str, ...] = ()
    arguments: Arguments = field(default_factory=lambda: NO_DATA)
    undone: House | None = None
    not_undone: Mapping[str, str] = field(default_factory=lambda: NO_DATA)


class ProvingHouse(Protocol):
    """A house that is thrown away, with its own gate, log, rules and people; filled by ``claw/daemon/proving.py``."""

    async def home(self, name: str = "") -> House:
        """Return the house that a proof begins with: the household's, or the one called ``name``."""
        ...

    async def run(self, skill: Skill, asked: Asked, setting: Setting) -> Seen:
        """Run ``skill`` in ``setting`` once; raises Unavailable where nothing can be run now."""
        ...

    async def checked(self, skill: Skill, arguments: Sequence[Arguments], house: House) -> str:
        """Return what the type checker says against the program in ``house``, empty where nothing."""
        ...


class Sentences(Protocol):
    """Who else understands a sentence; filled by the daemon."""

    async def taken(self, text: str, language: str, skill: str) -> str:
        """Return what ``text`` means to Claw already, apart from ``skill``: a few words; empty where nothing."""
        ...

    def resembles(self, text: str, language: str) -> str:
        """Return the control sentence ("stop", "yes", "undo") that ``text`` may be taken for; empty where none."""
        ...
