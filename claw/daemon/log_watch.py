"""Two ways in which the log stops the house: it cannot be written, or it does not hold."""

from collections.abc import Sequence
from dataclasses import asdict

from claw.audit.checkpoint import Checkpointer
from claw.audit.keys import KEYS
from claw.audit.log import AuditLog
from claw.audit.witness import Witness
from claw.base.action import SYSTEM
from claw.base.clock import SystemClock
from claw.gate.stop import Stop, StopState

FAILURES = 3
FAILURE_WINDOW_S = 60.0


def watch_log(audit: AuditLog, stop: Stop, clock: SystemClock) -> None:
    """Engage the switch when the log does not hold, or when it cannot be written three times in a minute."""

    def failed() -> None:
        recent = [at for at in audit.failures if at > clock.monotonic() - FAILURE_WINDOW_S]
        if len(recent) >= FAILURES:
            stop.engage("the audit log could not be written three times in a minute", SYSTEM)

    def switched(state: StopState) -> None:
        audit.note("stop" if state.engaged else "running", asdict(state))

    audit.on_failure = failed
    stop.told.append(switched)
    if not audit.tail_ok:
        stop.engage(audit.problem, SYSTEM)


def vouching(audit: AuditLog, stop: Stop, witnesses: Sequence[Witness], clock: SystemClock) -> Checkpointer:
    """Return what signs the log: it signs every stop, and stops the house where the log cannot be vouched for."""

    def engage(problem: str) -> None:
        stop.engage(problem, SYSTEM)

    def switched(state: StopState) -> None:
        checkpoints.soon("stop" if state.engaged else "reset")

    checkpoints = Checkpointer(audit, audit.path.parent / KEYS, witnesses, clock, clock)
    checkpoints.on_problem = engage
    stop.told.append(switched)
    return checkpoints
