"""What is due next of many routines, put together a little at a time: a page that asks for it holds nothing up.

When a cron expression is due takes a fraction of a millisecond to find out, and there may be two hundred of them.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from claw.routines.model import Routine

MOST_OF_ONE = 40
"""Firings of one routine that are looked up together with those of others: about ten milliseconds of cron."""

Next = Callable[[Routine, int], Sequence[datetime]]
"""Gives so many next firings of a routine (``Routines.next``)."""
Due = tuple[datetime, Routine]


async def due_of(
    found: Sequence[Routine], upcoming: Next, most: int, until: datetime | None = None
) -> tuple[list[Due], bool]:
    """Return the next firings of ``found`` by the clock, earliest first, and whether there are more than these.

    At most ``most`` of them, and none from ``until`` on.  Without ``until`` nothing is left out in between: what comes
    after the last one that was looked up of any routine is not given.
    """
    firsts: list[Due] = []
    for one in found:
        if one.fires:
            firsts += [(at, one) for at in upcoming(one, 1) if until is None or at < until]
            await asyncio.sleep(0)
    each = most if len(found) == 1 else min(most, MOST_OF_ONE)
    dues, ends = list[Due](), list[datetime]()
    for _, one in sorted(firsts, key=_order)[:most]:
        times = upcoming(one, each)
        dues += [(at, one) for at in times if until is None or at < until]
        if len(times) == each and (until is None or times[-1] < until):
            ends.append(times[-1])
        await asyncio.sleep(0)
    if until is None and ends:
        dues = [due for due in dues if due[0] <= min(ends)]
    return sorted(dues, key=_order)[:most], bool(ends) or max(len(firsts), len(dues)) > most


def _order(due: Due) -> tuple[datetime, str]:
    return due[0], due[1].id
