"""What came of one step of a routine, and of several in a row: never better than the worst of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.action import Outcome, Pending
from claw.routines.model import Done, RunStatus

_GOES_ON: frozenset[RunStatus] = frozenset({"done", "skipped", "held"})
_ORDER: tuple[RunStatus, ...] = ("asked", "unknown", "failed", "refused", "done", "held", "skipped")


@dataclass(frozen=True, slots=True)
class Stepped:
    """What came of a step; ``pending`` is the question that somebody has to answer first."""

    status: RunStatus
    reason: str = ""
    outcomes: tuple[Outcome, ...] = ()
    pending: Pending | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the next step is done: after anything that was refused or did not work, nothing is."""
        return self.status in _GOES_ON


def together(steps: Sequence[Stepped], left: int = 0) -> Done:
    """Return what several steps come to; ``left`` steps were not begun."""
    if not steps:
        return Done("skipped", "there was nothing to do")
    found = {one.status for one in steps}
    status: RunStatus = next(worst for worst in _ORDER if worst in found)
    told = [one.reason for one in steps if one.reason]
    if left:
        told.append("the step after it is left undone" if left == 1 else f"the {left} steps after it are left undone")
    outcomes = tuple(outcome for one in steps for outcome in one.outcomes)
    return Done(status, "; ".join(dict.fromkeys(one.rstrip(".") for one in told)), outcomes)
