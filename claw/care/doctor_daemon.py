"""Whether the daemon runs and answers, is stopped, proved its stop lately, and what of it does not work."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from claw.base.action import Json
from claw.care.doctor_case import Case
from claw.care.finding import Finding
from claw.gate.stop import LATCH, read_latch

ABOUT = "daemon"
DRILL_EVERY = timedelta(days=2)
"""A daemon drills once a day."""
SETTLED_S = 7200.0
"""Before it has run for so long it owes nobody a drill."""


def daemon(case: Case) -> Iterator[Finding]:
    """Give how the daemon is."""
    if case.daemon == "running":
        yield Finding(ABOUT, "ok", f"The daemon runs, for {_span(case.part_number('uptime_s'))}.")
    elif case.daemon == "silent":
        yield Finding(
            ABOUT,
            "problem",
            f"A daemon holds this state directory and does not answer: {case.silence}.",
            f"kill {case.holder}"
            if case.holder is not None
            else "See who listens on claw.sock in the state directory.",
        )
    else:
        yield Finding(ABOUT, "note", "No daemon runs; only what lies on the disk is looked at.", _start(case))
    yield from _stopped(case)
    if case.status is not None:
        yield from _pause(case)
        yield from _drill(case, case.status.get("drill"))
        yield from _degraded(case.status.get("degraded"))
        if case.part("stopping").get("stale"):
            yield Finding(ABOUT, "warning", "The daemon stood still for seconds at least once since it started.")


def _start(case: Case) -> str:
    return case.claw_configured("run") if case.config is not None else ""


def _stopped(case: Case) -> Iterator[Finding]:
    told = case.part("stop")
    engaged, reason = told.get("engaged") is True, str(told.get("reason", ""))
    if case.status is None and case.state.is_dir():
        state = read_latch(case.state / LATCH)
        engaged, reason = state.engaged, state.reason
    if engaged:
        text = f"Claw is stopped and moves nothing: {reason or 'no reason is known'}."
        yield Finding(ABOUT, "problem", text, case.claw('reset --reason "I looked"'))


def _pause(case: Case) -> Iterator[Finding]:
    pause = case.part("pause")
    if pause.get("paused") is True:
        until = f" until {pause['until']}" if pause.get("until") else ""
        yield Finding(ABOUT, "note", f"Claw is paused{until}.", case.claw("resume"))


def _drill(case: Case, drill: Json) -> Iterator[Finding]:
    mend = case.claw("drill")
    if not isinstance(drill, Mapping):
        if case.part_number("uptime_s") > SETTLED_S:
            yield Finding(ABOUT, "warning", "The stop was never proved by a drill.", mend)
        return
    if drill.get("ok") is not True:
        yield Finding(ABOUT, "problem", "The last drill did not hold: the stop is not as quick as promised.", mend)
    try:
        age = case.clock.now() - datetime.fromisoformat(str(drill.get("time")))
    except (ValueError, TypeError):
        return
    if age > DRILL_EVERY:
        yield Finding(ABOUT, "warning", f"The last drill of the stop was {age.days} days ago.", mend)


def _degraded(told: Json) -> Iterator[Finding]:
    for fault in told if isinstance(told, list) else ():
        if isinstance(fault, Mapping):
            text = f"{fault.get('part')}: {fault.get('text')} (since {str(fault.get('since'))[:16]})."
            yield Finding(ABOUT, "warning", text, "See what this examination says about it.")


def _span(seconds: float) -> str:
    hours = int(seconds // 3600)
    if hours >= 48:  # noqa: PLR2004  days are easier to read from here on
        return f"{hours // 24} days"
    minutes = int(seconds // 60)
    if hours > 1 or minutes == 0:
        return f"{hours} hours" if hours > 1 else "less than a minute"
    return f"{minutes} minutes" if minutes > 1 else "a minute"
