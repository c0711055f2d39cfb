"""The nouns of background work: a routine as it stands, one time that it was due, and what came of it.

All values here are frozen and say nothing about where they are kept.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from claw.base.action import Origin, Outcome
from claw.routines.spec import Spec

SAFETY = "safety-"
"""What the ids of the routines that guard life begin with; no other id may."""
OF_SKILL = "skill-"
"""What the ids of routines begin with that stand in a skill's manifest."""

State = Literal["on", "shadow", "paused", "waiting", "suspended", "over", "removed"]
"""How a routine stands.

``on`` it fires; ``shadow`` it fires and runs dry; ``paused`` by a person; ``waiting`` for somebody's yes; ``suspended``
because who made it is not of the household any more, or something that it needs is gone; ``over``: it has nothing more
to do; ``removed``: kept for its history.
"""

FIRES: frozenset[State] = frozenset({"on", "shadow"})

RunStatus = Literal[
    "running", "done", "failed", "refused", "asked", "skipped", "missed", "held", "shadow", "unknown", "replaced"
]
"""What came of one time that a routine was due.

``done`` also where everything was so already; ``asked`` a person and nothing is done yet; ``skipped`` because somebody
said so, or by a condition, quiet hours, a cool-down; ``missed`` while Claw did not run or had no house; ``held`` back
by the stop, a pause, what a person had just done by hand, or a loop; ``shadow`` it ran dry; ``unknown`` Claw ended in
the middle of it and the house does not show what became of it; ``replaced`` by a later firing.
"""

TROUBLE: frozenset[RunStatus] = frozenset({"failed", "refused", "missed", "held", "unknown"})
"""What its person is told of, with the reason."""


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine as it stands.

    ``made_by`` is whoever set it up, as they stood then; it acts for them and never for more.  ``skips`` are local days
    on which it does not fire.  ``shadow_left`` counts the dry runs that are still to come.  ``entry`` is the entry of
    the log that brought it; ``why`` it is in this state is for a person.
    """

    id: str
    spec: Spec
    made_by: Origin
    created: datetime
    state: State = "on"
    why: str = ""
    runs: int = 0
    shadow_left: int = 0
    expires: datetime | None = None
    adopted_by: str = ""
    skips: frozenset[date] = frozenset()
    language: str = "en"
    last: datetime | None = None
    entry: int | None = None

    @property
    def fires(self) -> bool:
        """Whether its triggers count."""
        return self.state in FIRES

    @property
    def safety(self) -> bool:
        """Whether it guards life: it has the right id, which nobody can give, and is of that kind."""
        return self.spec.kind == "safety" and self.id.startswith(SAFETY)


@dataclass(frozen=True, slots=True)
class Firing:
    """One time that a routine is due: ``due`` is when (UTC), ``trigger`` the position of what set it off.

    ``key`` names the firing once and for all, so that it is claimed once however often it is seen; for a clock it is
    the due time.  ``cause`` is what happened, in a few words; ``context`` the house's id of the change that set it off.
    ``asked_by`` is a person who had it run by hand.
    """

    routine: str
    trigger: int
    due: datetime
    key: str
    cause: str = ""
    context: str | None = None
    asked_by: Origin | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the history: a firing and what came of it.

    ``times`` is for how many firings one after the other the row stands, where nothing was done and for one reason;
    ``until`` is when the last of them was due.  ``entries`` are the intents of the log that it led to.
    """

    id: int
    routine: str
    firing: Firing
    status: RunStatus
    reason: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    times: int = 1
    until: datetime | None = None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to: the status for its row, why, what was done, and what it said it would do where it ran dry."""

    status: RunStatus
    reason: str = ""
    outcomes: tuple[Outcome, ...] = ()
    would: tuple[str, ...] = field(default=())
