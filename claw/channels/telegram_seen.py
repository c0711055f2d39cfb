"""Which updates were taken: each on disk before anything is done about it, so that none is ever acted on twice.

Telegram delivers an update until a later call confirms it, so after a crash or a lost answer the same ones come again.
What was taken and not answered when the daemon ended is told to its writer, who can look and say it again: to do it
again here could do it twice.  Only what somebody of the household wrote or tapped is kept; strangers cost no write.
"""

from pathlib import Path

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.store.db import writing

MOST_KEPT = 1_000
"""Telegram holds updates for a day, and gives a hundred at once: nothing older than this many comes again."""


class Seen:
    """The table ``telegram_seen``."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        rows = db.execute("select id, user, state from telegram_seen order by at, id").fetchall()
        self._known = dict.fromkeys(int(row[0]) for row in rows)
        self._unanswered = list(dict.fromkeys(int(row[1]) for row in rows if row[2] != "done"))

    def unanswered(self) -> list[int]:
        """Return, once, the accounts whose messages an earlier daemon took and did not get to answer."""
        users, self._unanswered = self._unanswered, []
        if users:
            self._write("update telegram_seen set state = 'done' where state != 'done'")
        return users

    def take(self, update: int, user: int) -> bool:
        """Return whether this is new; then it is taken for good.  Raises Broken where that cannot be kept."""
        if update in self._known:
            return False
        now = self._clock.now().isoformat()
        self._write("insert into telegram_seen values (?, ?, ?, 'taken')", update, user, now)
        self._known[update] = None
        if len(self._known) > MOST_KEPT:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._write("delete from telegram_seen where id = ?", oldest)
        return True

    def done(self, update: int) -> None:
        """Note that it was answered; raises Broken where that cannot be kept."""
        self._write("update telegram_seen set state = 'done' where id = ?", update)

    def _write(self, statement: str, *values: int | str) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)
