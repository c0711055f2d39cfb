"""The clock and the chance that a program sees: those of the moment its turn began, in the rehearsal and in the run.

A program that could tell the two apart could behave in the one and misbehave in the other.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

MOST_CHANCE = 4096
"""Bytes of chance given at once; the sandbox's own generator asks for 2,496."""


class Frozen:
    """Answers what a program asks of the machine; the same questions get the same answers, in any process."""

    def __init__(self, now: datetime, seed: int) -> None:
        """``now`` is in the house's own time zone; one without a zone raises ValueError."""
        if now.utcoffset() is None:
            raise ValueError("a program's clock needs a time zone")
        self._now = now
        self._seed = seed
        self.asked = False

    @property
    def offset(self) -> timedelta:
        """What the house's time is ahead of UTC."""
        return self._now.utcoffset() or timedelta()

    def answer(self, name: str, args: Sequence[object]) -> object | None:
        """Return what the sandbox's question ``name`` gets, None for everything but time and chance.

        From the first answer on ``asked`` is True: what the program does may be another at another time.
        """
        found = self._found(name, args)
        self.asked = self.asked or found is not None
        return found

    def _found(self, name: str, args: Sequence[object]) -> object | None:
        if name == "datetime.now":
            zone = args[0] if args else None
            return self._now.astimezone(zone) if isinstance(zone, tzinfo) else self._now.replace(tzinfo=None)
        if name == "date.today":
            return self._now.date()
        if name == "time.time":
            return self._now.timestamp()
        if name == "os.urandom" and len(args) == 1 and isinstance(args[0], int) and 0 <= args[0] <= MOST_CHANCE:
            return hashlib.shake_256(str(self._seed).encode()).digest(args[0])
        return None
