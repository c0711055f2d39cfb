"""How many seconds of sound a server that may cost money has been sent today, and how many it may still be sent.

A television that stands beside a microphone talks all day.  Seconds are written down before they are sent: a daemon
that dies in between has sent them.  At the cap nothing is sent until midnight, the household's own, and a clock that is
set back gives nothing back.  There is one figure for a day: when somebody spoke is nobody's to read here.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Json
from claw.base.clock import Clock
from claw.store.db import writing


class SoundBudget:
    """The ledger of what is sent to be heard; used from the event loop only."""

    def __init__(
        self, clock: Clock, seconds_per_day: int, local: Callable[[datetime], datetime], db: Database | None = None
    ) -> None:
        """``local`` turns a time into the household's own; without ``db`` it remembers for itself only.

        Raises Broken where the ledger cannot be read.
        """
        self._clock = clock
        self._most = seconds_per_day
        self._local = local
        self._db = db
        self._day, self._sent, self._over = "", 0.0, False
        if db is not None:
            with writing(Path("claw.db")):
                row = db.execute("select day, seconds from sound_sent order by day desc limit 1").fetchone()
            if row is not None:
                self._day, self._sent = row

    @property
    def day(self) -> str:
        """The day that is counted, as 2026-11-22."""
        self._turn()
        return self._day

    @property
    def over(self) -> bool:
        """Whether nothing is sent any more today."""
        self._turn()
        return self._over or self._sent >= self._most

    def take(self, seconds: float) -> bool:
        """Write down that ``seconds`` of sound are sent now; False, from then on until midnight, where there are fewer.

        Raises Broken where it cannot be written.
        """
        if self.over or self._sent + seconds > self._most:
            self._over = True
            return False
        if self._db is not None:
            with writing(Path("claw.db")), self._db.conn as connection:
                connection.execute("delete from sound_sent where day < ?", (self._day,))
                connection.execute(
                    "insert into sound_sent (day, seconds) values (?, ?)"
                    " on conflict (day) do update set seconds = excluded.seconds",
                    (self._day, self._sent + seconds),
                )
        self._sent += seconds
        return True

    def status(self) -> dict[str, Json]:
        """Return the seconds of today and how many there may be."""
        self._turn()
        return {"seconds_today": round(self._sent, 1), "seconds_per_day": self._most}

    def _turn(self) -> None:
        """Begin a new day where it is one."""
        day = self._local(self._clock.now()).date().isoformat()
        if day > self._day:
            self._day, self._sent, self._over = day, 0.0, False
