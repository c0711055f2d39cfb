"""The exchanges that memories rest on: what a person said, as they said it, for a while.

Only people's words come in: never an answer of Claw's, nor what it recalled, for a memory that feeds on itself fills
with junk.  An exchange is heard again by its speaker alone, and by nobody where the channel did not prove who spoke.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.memory.model import Episode, Trust, private_to
from claw.memory.passages import Passage, Passages
from claw.store.db import writing

LONGEST_SAID = 4_000
"""Characters of one exchange that are kept; what is longer is cut."""

LULL = timedelta(minutes=30)
"""After so long a silence a conversation is another talk, whatever its id says."""

GRACE = timedelta(days=1)
"""For so long an exchange that was kept for a memory's sake waits for that memory."""

NOBODY = ""
"""The visibility of what nobody may hear again."""

_COLUMNS = "id, at, channel, place, person, confidence, conversation, trust, text, until, audit"

_OVER = "select id from episodes where coalesce(until, at) <= iif(until is null, ?, ?)"
_UNUSED = " and not exists (select 1 from evidence where evidence.episode = episodes.id)"
_FOUND = " and id in (select episode from passages where episode is not null)"


class Episodes:
    """The table ``episodes`` of ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, passages: Passages) -> None:
        self._db = db
        self._clock = clock
        self._passages = passages

    def note(
        self,
        origin: Origin,
        text: str,
        trust: Trust,
        *,
        name: str = "",
        audit: int | None = None,
        keep: timedelta | None = None,
    ) -> int:
        """Keep what was said for ``keep`` and have it found; without ``keep`` only as the source of a memory.

        ``name`` is what the speaker is called.  Returns the episode's number.  Raises Refused for no words at all.
        """
        said = text.strip()[:LONGEST_SAID]
        if not said:
            raise Refused("nothing was said")
        now = self._clock.now()
        with writing(Path("claw.db")), self._db.conn as connection:
            previous = self.last(origin.conversation) if origin.conversation else None
            if previous is not None and not timedelta() <= now - previous.at <= LULL:
                previous = None
            row = (
                _stamp(now), origin.channel, origin.place, origin.person, float(origin.authenticated),
                origin.conversation, None if previous is None else previous.id, trust, said,
                _stamp(now + keep) if keep else None, audit,
            )  # fmt: skip
            number = connection.execute(
                "insert into episodes (at, channel, place, person, confidence, conversation, previous, trust, text,"
                " until, audit) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            if number is None:  # an insert always has a number; only its type says otherwise
                raise Broken("claw.db gave no number to what was said")
            heard = private_to(origin.person) if origin.person is not None and origin.authenticated else NOBODY
            if keep and heard != NOBODY:
                session = self._session(previous) or f"talk:{number}"
                self._passages.put(Passage(said, heard, name, now, session), episode=number)
        return number

    def get(self, number: int) -> Episode | None:
        """Return that exchange, whoever may hear it: for code."""
        found = self._db.conn.execute(f"select {_COLUMNS} from episodes where id = ?", (number,)).fetchone()  # noqa: S608  our own names
        return None if found is None else _episode(found)

    def last(self, conversation: str) -> Episode | None:
        """Return the newest exchange of ``conversation``, None where nothing of it is kept."""
        found = self._db.conn.execute(
            f"select {_COLUMNS} from episodes where conversation = ? order by id desc limit 1",  # noqa: S608  our own names
            (conversation,),
        ).fetchone()
        return None if found is None else _episode(found)

    def expire(self, now: datetime) -> tuple[int, ...]:
        """Forget the exchanges whose time is over and that no memory rests on; return their numbers.

        One that a memory rests on is found no more once its time is over.
        """
        times = (_stamp(now - GRACE), _stamp(now))
        with writing(Path("claw.db")), self._db.conn as connection:
            gone = self.over(now)
            silent = [int(row[0]) for row in connection.execute(_OVER + _FOUND, times)]
            for number in silent:
                self._passages.drop(episode=number)
            connection.executemany("delete from episodes where id = ?", [(number,) for number in gone])
        return gone

    def over(self, now: datetime) -> tuple[int, ...]:
        """Return the numbers of the exchanges that ``expire`` would forget."""
        times = (_stamp(now - GRACE), _stamp(now))
        return tuple(int(row[0]) for row in self._db.conn.execute(_OVER + _UNUSED, times))

    def drop(self, number: int) -> bool:
        """Forget one exchange, in the caller's transaction, with what its neighbours had of it."""
        self._passages.drop(episode=number)
        return self._db.conn.execute("delete from episodes where id = ?", (number,)).rowcount > 0

    def _session(self, previous: Episode | None) -> str:
        """Return the talk that ``previous`` is found in, empty where it is in none."""
        if previous is None:
            return ""
        found = self._db.conn.execute("select session from passages where episode = ?", (previous.id,)).fetchone()
        return "" if found is None else str(found[0])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _episode(row: Any) -> Episode:
    number, at, channel, place, person, confidence, conversation, trust, text, until, audit = row
    return Episode(
        number,
        datetime.fromisoformat(at),
        channel,
        place,
        person,
        confidence,
        conversation,
        cast("Trust", trust),
        text,
        None if until is None else datetime.fromisoformat(until),
        audit,
    )
