"""When a routine is due by the clock: pure, from the trigger, the place and the moment before.

What people write is on the wall clock, which leaves an hour out in spring and shows one twice in autumn.
"""

from collections.abc import Sequence
from datetime import datetime

from claw.routines.place import Place
from claw.routines.spec import ByClock, Cron


def next_due(trigger: ByClock, after: datetime, place: Place, created: datetime) -> datetime | None:
    """Return the first moment (UTC) strictly after ``after`` at which it is due, None where there is no other.

    ``created`` is what an interval without ``since`` counts from.  Raises ValueError for a cron expression that is none.
    """
    raise NotImplementedError


def dues(
    trigger: ByClock, after: datetime, until: datetime, place: Place, created: datetime, most: int = 1000
) -> Sequence[datetime]:
    """Return the moments (UTC) after ``after`` up to and with ``until``, earliest first and ``most`` of them at most."""
    raise NotImplementedError


def never(trigger: ByClock, now: datetime, place: Place) -> str:
    """Return why it will never be due (a sentence without its full stop), empty where it will; for who creates it."""
    raise NotImplementedError


def check_cron(trigger: Cron) -> None:
    """Raise ValueError, with what was expected, where the five fields make no sense."""
    raise NotImplementedError
