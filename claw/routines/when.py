"""When, in a few words as programs and the command line write it: ``weekdays 07:00``, ``when last leaves``.

Several are separated by a semicolon.  Every error says what was expected, with an example.  The reference is
``docs/routines.md``.
"""

from datetime import datetime

from claw.routines.spec import Trigger


def triggers_of(text: str, now: datetime) -> tuple[Trigger, ...]:
    """Return what ``text`` means; ``now`` (with its zone: the house's) is what "in 20 min" and "tomorrow" count from.

    Raises ValueError with a sentence for a person.
    """
    raise NotImplementedError
