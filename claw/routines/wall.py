"""What the wall clock of a house shows and when that is: an hour is left out in spring, one comes twice in autumn.

A wall time has no zone here, a moment is in UTC.
"""

from datetime import UTC, datetime, timedelta, tzinfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def shown(moment: datetime, zone: tzinfo) -> datetime:
    """Return what the clocks in ``zone`` show at ``moment``, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def moment_of(wall: datetime, zone: tzinfo) -> datetime | None:
    """Return when the clocks show ``wall``: the first of two times, or the end of what they leave out.

    None on a day that did not happen at all.  Later wall times never lead to earlier moments.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if shown(first, zone) == wall:
        return first
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # where time is left out, this one lies before the leap
    if first - early >= _DAY:
        return None
    return leap(early, first, zone) or first


def leap(after: datetime, until: datetime, zone: tzinfo) -> datetime | None:
    """Return the first moment after ``after`` up to and with ``until`` at which the clocks are set; None where none is.

    Two that are less than a day apart and cancel each other are not seen; no zone has them.
    """
    offset = after.astimezone(zone).utcoffset()
    low, high = after, min(after + _DAY, until)
    while high.astimezone(zone).utcoffset() == offset:
        if high >= until:
            return None
        low, high = high, min(high + _DAY, until)
    low, high = low.replace(microsecond=0), high.replace(microsecond=0) + _SECOND  # clocks are set at a whole second
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        same = middle.astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return high
