"""What several outcomes come to, in one word for whoever asked."""

from collections.abc import Sequence

from claw.base.action import Outcome, ReplyStatus
from claw.gate.carry import HALTED


def broken_off(outcomes: Sequence[Outcome]) -> bool:
    """Return whether a plan halted on its way, with something done that may be taken back."""
    halted = any(outcome.status == "refused" and outcome.detail in HALTED for outcome in outcomes)
    return halted and any(outcome.status in {"done", "started", "sent"} for outcome in outcomes)


def status(outcomes: Sequence[Outcome]) -> ReplyStatus:
    """Return the status of a reply: ``unchanged`` counts as done, ``sent`` as started, ``unknown`` as failed."""
    found: set[ReplyStatus] = set()
    for outcome in outcomes:
        if outcome.status == "refused" and outcome.detail == "stopped":
            found.add("stopped")
        else:
            found.add(_REPLY_STATUS[outcome.status])
    if found == {"done"}:
        return "done"
    if found <= {"done", "started"}:
        return "started"
    if len(found) == 1:
        return found.pop()
    return "partial" if found & {"done", "started"} else "failed"


_REPLY_STATUS: dict[str, ReplyStatus] = {
    "done": "done",
    "unchanged": "done",
    "started": "started",
    "sent": "started",
    "failed": "failed",
    "unknown": "failed",
    "refused": "refused",
}
