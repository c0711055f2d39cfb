"""Drafts of the policy that people keep here while they work on them: words of theirs, which decide nothing.

They lie in ``claw.db``, each for the one who wrote it; nobody else reads them, and nothing ever comes into force from
here.  ``claw policy apply`` takes a file, at the console.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.text import plain
from claw.store.db import writing

MOST = 20
"""Drafts that one person may keep."""
LONGEST = 60_000
"""Characters of one: what comes through a page may have 64 KiB in all."""
LONGEST_NAME = 80


class Drafts:
    """The drafts of everybody; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def of(self, person: str) -> list[dict[str, Json]]:
        """Return somebody's drafts without their texts, the one changed last first."""
        rows = self._db.execute(
            "select id, name, length(text), changed from drafts where person = ? order by changed desc, id desc",
            (person,),
        )
        return [{"id": row[0], "name": row[1], "length": row[2], "changed": row[3]} for row in rows.fetchall()]

    def read(self, person: str, number: int) -> dict[str, Json]:
        """Return one draft with its text; raises Refused where this person has none with that number."""
        row = self._db.execute(
            "select id, name, text, changed from drafts where person = ? and id = ?", (person, number)
        ).fetchone()
        if row is None:
            raise Refused(f"you have no draft {number}")
        return {"id": row[0], "name": row[1], "text": row[2], "changed": row[3]}

    def save(self, person: str, number: int, name: str, text: str) -> int:
        """Keep a text as draft ``number`` of this person, or as a new one (0); return its number.

        Raises Refused for a number that is not theirs, a text that is too long, or one draft too many; Broken where it
        cannot be written.
        """
        if len(text) > LONGEST:
            raise Refused(f"a draft may have {LONGEST:,} characters; longer ones are for an editor")
        called = plain(name, LONGEST_NAME) or "A draft"
        now = self._clock.now().isoformat()
        with writing(Path("claw.db")), self._db.conn as connection:
            if number:
                changed = connection.execute(
                    "update drafts set name = ?, text = ?, changed = ? where id = ? and person = ?",
                    (called, text, now, number, person),
                ).rowcount
                if not changed:
                    raise Refused(f"you have no draft {number}")
                return number
            (count,) = connection.execute("select count(*) from drafts where person = ?", (person,)).fetchone()
            if count >= MOST:
                raise Refused(f"you have {MOST} drafts already; delete one first")
            made = connection.execute(
                "insert into drafts (person, name, text, changed) values (?, ?, ?, ?)", (person, called, text, now)
            )
            return made.lastrowid or 0

    def drop(self, person: str, number: int) -> None:
        """Delete one draft; raises Refused where this person has none with that number, Broken."""
        with writing(Path("claw.db")), self._db.conn as connection:
            if not connection.execute("delete from drafts where id = ? and person = ?", (number, person)).rowcount:
                raise Refused(f"you have no draft {number}")

    def erase(self, erasure: Erasure) -> int:
        """Let go of the drafts that are somebody's, of a time, or hold words that are to be forgotten."""
        rows = self._db.execute("select id, person, name, text, changed from drafts").fetchall()
        gone = [
            (number,)
            for number, person, name, text, changed in rows
            if _meant(erasure, person, f"{name}\n{text}", datetime.fromisoformat(changed))
        ]
        with writing(Path("claw.db")), self._db.conn as connection:
            connection.executemany("delete from drafts where id = ?", gone)
        return len(gone)


def _meant(erasure: Erasure, person: str, words: str, changed: datetime) -> bool:
    if erasure.since is None:
        return erasure.means(words, person=person)
    late = changed >= erasure.since and erasure.person in {None, person}
    return late or replace(erasure, person=None).means(words, person=person)
