"""What came of a program so far, for whoever tells a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from claw.base.action import Json, Outcome, Pending
from claw.program.events import Call
from claw.program.looks import Shown

ProblemKind = Literal["mistyped", "failed", "limit", "denied", "halted", "unavailable"]
"""Why a program did not do what it was for.

``mistyped``: it does not fit the house or the functions, and nothing of it ran; ``failed``: it raised an error;
``limit``: it met a limit of the sandbox; ``denied``: the house's rules, or a person, refused it; ``halted``: it was
stopped on its way, or left its plan; ``unavailable``: programs cannot be run now.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a program: the model's name, the hash of its prompt, and the number of that call in the log.

    ``remembered`` is whether anything that Claw remembers was in that prompt.  Where it is that of a ``skill``, its
    ``version`` and the ``hash`` of its files; such a program passed the check of types when it was proved.
    """

    model: str = ""
    prompt: str = ""
    entry: int | None = None
    remembered: bool = False
    skill: str = ""
    version: str = ""
    hash: str = ""


BY_HAND = Written()
"""No model wrote it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a program did not come to its end, in one sentence; of the first three kinds its writer may learn."""

    kind: ProblemKind
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a program asks the person who speaks with it; the answer is a text and never a yes to anything."""

    id: str
    text: str
    options: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a program so far.

    ``outcomes`` are those of all its acts, in order.  At most one of ``pending`` (the gate asks for a yes),
    ``question`` (the program asks a person) and ``waiting`` (what it waits for in the house; the rest follows on its
    own) is there while it has not ended.  ``value`` is its last expression and ``printed`` what it printed, both its
    own words; ``moved`` is whether it got as far as doing anything; ``entry`` is its number
    in the log.
    """

    id: str
    outcomes: tuple[Outcome, ...] = ()
    pending: Pending | None = None
    question: Question | None = None
    waiting: str = ""
    value: Json = None
    printed: str = ""
    shown: tuple[Shown, ...] = ()
    problem: Problem | None = None
    taint: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    entry: int | None = None

    @property
    def moved(self) -> bool:
        """Whether anything was sent."""
        return any(outcome.status != "refused" for outcome in self.outcomes)

    @property
    def ended(self) -> bool:
        """Whether nothing of it is still to come."""
        return self.pending is None and self.question is None and not self.waiting
