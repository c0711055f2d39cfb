"""Whether this machine's clock is right: against the house's and the log's last entry, in the same time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.care.doctor_case import AUDIT, Case
from claw.care.finding import Finding

ABOUT = "clock"
SLIGHT_S, LARGE_S = 5.0, 60.0
"""Home Assistant says what time it is in whole seconds; grants and questions are counted in seconds."""
SET = "timedatectl set-ntp true"


def clock(case: Case) -> Iterator[Finding]:
    """Give how the clock is."""
    yield from _skew(case)
    yield from _zone(case)
    yield from _behind_log(case)


def _skew(case: Case) -> Iterator[Finding]:
    ahead = case.house.ahead_s if case.house is not None else None
    if ahead is None:
        return
    if abs(ahead) <= SLIGHT_S:
        yield Finding(ABOUT, "ok", "This machine and Home Assistant have the same time.")
        return
    which = "behind" if ahead > 0 else "ahead of"
    text = f"This machine's clock is {abs(ahead):.0f} s {which} Home Assistant's."
    yield Finding(ABOUT, "problem" if abs(ahead) > LARGE_S else "warning", text, SET)


def _zone(case: Case) -> Iterator[Finding]:
    zone = case.house.time_zone if case.house is not None else ""
    if not zone:
        return
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Finding(ABOUT, "warning", f"Home Assistant's time zone {zone} is not known here.", "apt install tzdata")
        return
    now = case.clock.now()
    # Half a year later too: zones that agree in winter may not in summer.
    moments = (now, now + timedelta(days=182))
    if all(moment.astimezone().utcoffset() == moment.astimezone(there).utcoffset() for moment in moments):
        yield Finding(ABOUT, "ok", f"The time zone is that of the house ({zone}).")
    else:
        text = (
            f"The house lives by {zone}, this machine by {now.astimezone().tzname()}: dates in commands are read by it."
        )
        yield Finding(ABOUT, "note", text, f"timedatectl set-timezone {zone}")


def _behind_log(case: Case) -> Iterator[Finding]:
    with case.database(AUDIT) as log:
        row = log.execute("SELECT max(time) FROM rows").fetchone() if log is not None else None
    if row is None or not isinstance(row[0], int):
        return
    last = datetime.fromtimestamp(row[0] / 1e6, UTC)
    behind = (last - case.clock.now()).total_seconds()
    if behind > LARGE_S:
        text = f"This machine's clock is {behind:.0f} s behind the last entry of the log: it was set back."
        yield Finding(ABOUT, "problem", text, SET)
