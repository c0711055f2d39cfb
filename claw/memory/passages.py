"""What can be searched: the text of each memory and each kept exchange, with what helps to find it again.

A passage carries its speaker, the words of its day and the text of its neighbours, because people ask with the words of
the whole talk and not with those of the one sentence they mean.  Who may hear it stands in the row, so that a search
filters before it ranks; a neighbour lends its words only to passages that the same people may hear.  Every call runs in
the caller's transaction: what is searched is never out of step with what is kept.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlite_utils import Database

from claw.base.errors import Broken
from claw.memory.terms import day_words, spaced

LONGEST_TEXT = 4_000
LONGEST_NEIGHBOUR = 1_000
"""Characters of a passage, and of each neighbour, that are indexed."""

_END = 2**63 - 1
"""Above every number of a row."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One text to be found: what was said, by or about whom, when (UTC), in which talk, and who may hear it.

    ``speaker`` is a name as it is said, not an id: of an exchange who spoke, of a fact about a person that person.
    ``session`` is empty where nothing stands beside it, as with a memory.
    """

    text: str
    visibility: str
    speaker: str = ""
    at: datetime | None = None
    session: str = ""


def in_utc(moment: datetime) -> datetime:
    """Return ``moment`` by the clock of Greenwich."""
    return moment.astimezone(UTC)


class Passages:
    """The searchable side of ``claw.db``; used from the event loop only, inside a transaction of the caller's."""

    def __init__(self, db: Database, local: Callable[[datetime], datetime] = in_utc) -> None:
        """``local`` turns a time into the household's own: a day is theirs."""
        self._db = db
        self._local = local

    def put(self, passage: Passage, *, memory: int | None = None, episode: int | None = None) -> int:
        """Make ``passage`` found as that memory or that episode, in place of what was found before; return its number.

        Only what may be found has a passage: of memories the active ones.
        """
        text, speaker = spaced(passage.text[:LONGEST_TEXT]), spaced(passage.speaker)
        day = day_words(self._local(passage.at)) if passage.at is not None else ""
        place = (passage.session, passage.visibility)
        found = self._found(memory, episode)
        if found is None or found[1:] != place:
            self.drop(memory=memory, episode=episode)
            before = self._beside(None, *place) if passage.session else None
            number = self._insert((memory, episode, *place, speaker, day, text, self._words((before,))))
            after = None
        else:
            number = found[0]
            self._db.conn.execute("delete from vectors where passage = ?", (number,))
            self._db.conn.execute(
                "update passages set speaker = ?, day = ?, text = ? where id = ?", (speaker, day, text, number)
            )
            before, after = self._neighbours(number, *place)
        self._lend((before, after), *place)
        return number

    def drop(self, *, memory: int | None = None, episode: int | None = None) -> bool:
        """Have that memory or episode found no more, by its own words or by a neighbour's; return whether it was."""
        found = self._found(memory, episode)
        if found is None:
            return False
        number, session, visibility = found
        beside = self._neighbours(number, session, visibility)
        self._db.conn.execute("delete from passages where id = ?", (number,))
        self._lend(beside, session, visibility)
        return True

    def drop_all(self, memories: Iterable[int], episodes: Iterable[int]) -> int:
        """Have all of these found no more, as ``drop`` does for one; return how many were."""
        rows = self._db.conn.execute(
            "select id, session, visibility from passages where memory in (select value from json_each(?))"
            " or episode in (select value from json_each(?))",
            (json.dumps(list(memories)), json.dumps(list(episodes))),
        ).fetchall()
        gone = json.dumps([number for number, _, _ in rows])
        self._db.conn.execute("delete from passages where id in (select value from json_each(?))", (gone,))
        for session, visibility in {(session, visibility) for _, session, visibility in rows if session}:
            beside = self._db.conn.execute(
                "select id from passages where session = ? and visibility = ?", (session, visibility)
            ).fetchall()
            self._lend((number for (number,) in beside), session, visibility)
        return len(rows)

    def tidy(self) -> None:
        """Merge the index into one piece: nothing that was dropped is left in it.  Takes a second per million rows."""
        self._db.conn.execute("insert into passages_fts (passages_fts) values ('optimize')")

    def _found(self, memory: int | None, episode: int | None) -> tuple[int, str, str] | None:
        """Return number, session and visibility of the passage of that memory or that episode."""
        column, value = ("memory", memory) if memory is not None else ("episode", episode)
        return self._db.conn.execute(
            f"select id, session, visibility from passages where {column} = ?",  # noqa: S608  one of two words
            (value,),
        ).fetchone()

    def _insert(self, row: tuple[object, ...]) -> int:
        number = self._db.conn.execute(
            "insert into passages (memory, episode, session, visibility, speaker, day, text, near)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        if number is None:  # an insert always has a number; only its type says otherwise
            raise Broken("claw.db gave no number to what it keeps")
        return number

    def _beside(self, number: int | None, session: str, visibility: str, *, later: bool = False) -> int | None:
        """Return what the same people may hear just before ``number``, or just after it; for None the last."""
        order = "and id > ? order by id" if later else "and id < ? order by id desc"
        row = self._db.conn.execute(
            f"select id from passages where session = ? and visibility = ? {order} limit 1",  # noqa: S608  as above
            (session, visibility, _END if number is None else number),
        ).fetchone()
        return None if row is None else row[0]

    def _neighbours(self, number: int, session: str, visibility: str) -> tuple[int | None, int | None]:
        if not session:
            return None, None
        return (
            self._beside(number, session, visibility),
            self._beside(number, session, visibility, later=True),
        )

    def _words(self, numbers: Iterable[int | None]) -> str:
        """Return what passages lend to the one between them."""
        texts: list[str] = []
        for number in numbers:
            row = self._db.conn.execute("select text from passages where id = ?", (number,)).fetchone()
            if row is not None:
                texts.append(str(row[0])[:LONGEST_NEIGHBOUR])
        return "\n".join(texts)

    def _lend(self, numbers: Iterable[int | None], session: str, visibility: str) -> None:
        """Give those passages the words of their neighbours as they are now."""
        for number in numbers:
            if number is not None:
                near = self._words(self._neighbours(number, session, visibility))
                self._db.conn.execute("update passages set near = ? where id = ?", (near, number))
