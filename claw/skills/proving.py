"""The proof of a skill: what it does in a house that is thrown away, before any real thing may move by it.

Its own tests, the requests it was made of, houses in trouble, a second run, the way back, its program with something
wrong in it, and its phrases among everybody else's.  The house is simulated, but gate, log, rules, sandbox and rights
are the ones that a real run goes through (``claw/daemon/proving.py``).  What is not shown here is not promised.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from claw.base.action import NO_DATA, Action, Json
from claw.house.model import House
from claw.skills.cases import Ends
from claw.skills.model import Arguments, Case, Report, Skill, Trace

SEEDS = 50
"""Houses in trouble of a whole proof."""

Then = Literal["", "again", "undo"]
"""What happens after a run, in the same house: nothing, the same again, or it is taken back."""

Step = Callable[[int, int, str], None]
"""Is told of progress: how many cases are done, of how many, and the one that begins."""


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
    """A house at one moment (``now`` in UTC), how its things misbehave, and whose rules hold there.

    ``rules`` is empty for the household's own, ``demo`` for those of the demo, ``open`` for a house that a test brought
    along: there everything is allowed that is not risky, so that only the skill's own rights count.
    """

    house: House
    now: datetime
    faults: Mapping[str, Fault] = field(default_factory=lambda: NO_DATA)
    rules: Literal["", "demo", "open"] = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a sentence, or values; by whom (a role, or a person's id), where, in which language.

    ``answer`` is what an owner says where somebody is asked for a yes; None: nobody says anything.
    """

    said: str = ""
    arguments: Arguments | None = None
    by: str = "owner"
    place: str | None = None
    language: str = "en"
    answer: bool | None = None
    then: Then = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was to be seen of one run.

    ``calls`` are the acts that were sent, in order, as the gate took them; ``attempted`` those and the refused ones.
    ``says`` is the answer; ``problem`` what went wrong in the program itself (``kind: text``), empty where nothing did.
    ``unheld`` are the wishes that were not so afterwards.  ``again`` are the calls of the second run; ``undone`` is the
    house after it was taken back and ``not_undone`` why that could not be, where that was asked for.
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
    again: tuple[Action, ...] = ()
    undone: House | None = None
    not_undone: str = ""


class ProvingHouse(Protocol):
    """A house that is thrown away, with its own gate, log, rules and people; filled by ``claw/daemon/proving.py``."""

    def home(self, name: str = "") -> House:
        """Return the house that a proof begins with: the household's as it is now, or the one called ``name``."""
        ...

    async def run(self, skill: Skill, asked: Asked, setting: Setting) -> Seen:
        """Run ``skill`` in ``setting`` once; raises Unavailable where nothing can be run now."""
        ...

    async def checked(self, skill: Skill, arguments: Sequence[Arguments], house: House) -> str:
        """Return what the type checker says against the program in ``house``, empty where nothing."""
        ...


class Sentences(Protocol):
    """Who else understands a sentence; filled by the daemon."""

    def taken(self, text: str, language: str, skill: str) -> str:
        """Return what ``text`` means to Claw already, apart from ``skill``: a few words; empty where nothing."""
        ...

    def resembles(self, text: str, language: str) -> str:
        """Return the control sentence ("stop", "yes", "undo") that ``text`` may be taken for; empty where none."""
        ...


class Prover:
    """Proves skills; one proof at a time.

    ``seeds`` is how many houses in trouble there are, ``part`` how many of the mutants are tried: 1.0 is all of them.
    """

    def __init__(
        self,
        proving: ProvingHouse,
        sentences: Sentences,
        *,
        seeds: int = SEEDS,
        part: float = 1.0,
        halted: Callable[[], bool] = lambda: False,
        step: Step | None = None,
    ) -> None:
        """``halted`` tells whether the stop came; ``step`` is told of progress."""
        raise NotImplementedError

    async def prove(self, skill: Skill, traces: Sequence[Trace] = (), house: House | None = None) -> Report:
        """Return what the proof found; ``house`` is used in place of the household's.

        Raises Unavailable when the stop came or nothing can be run here; what is wrong with the skill is in the report.
        """
        raise NotImplementedError


def report_json(report: Report) -> dict[str, Json]:
    """Return a report as plain JSON: counts by kind, what failed and why, and how long it took."""
    raise NotImplementedError


def summary(report: Report) -> str:
    """Return a report in one sentence for a person."""
    raise NotImplementedError


__all__ = ["Asked", "Case", "Fault", "Prover", "ProvingHouse", "Report", "Seen", "Sentences", "Setting"]
