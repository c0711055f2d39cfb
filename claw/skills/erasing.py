"""Forgetting in the library: every row of every table of skills, and the files that were made of somebody's words.

A skill is made of what people said, so its phrases, its name and its tests may be what is to be forgotten: it goes as a
whole then, with all its versions.  One that several people made stays the others', unless their words are in it.  What
came with Claw holds nobody's words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.memory.rows import told_at
from claw.skills.model import Skill, Standing
from claw.skills.standings import Standings
from claw.store.db import writing

_FILE = Path("claw.db")
_MADE_OF_WORDS = frozenset({"learned", "shown"})
_SPOKEN = (
    ("skill_runs", "id", "at", "audit"),
    ("skill_traces", "id", "at", "entry"),
    ("demonstrations", "id", "started", ""),
    ("skill_offers", "name", "at", ""),
)
"""Tables of which a row is one person's, said in one talk: its key, when it was, and the entry of the log."""


class Books(Protocol):
    """The library's skills and their files; an eraser is asked without waiting, so this one may not wait either."""

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read."""
        ...

    def erase(self, name: str) -> None:
        """Take an own skill, with all its versions, off the disk; nothing where there is none."""
        ...


class SkillEraser:
    """Erases what skills keep of people: runs, requests, demonstrations, offers, and skills made of what goes."""

    def __init__(self, db: Database, standings: Standings, library: Books) -> None:
        """``library`` takes own skills off the disk."""
        self._db = db
        self._standings = standings
        self._library = library

    def erase(self, erasure: Erasure) -> int:
        """Let go of all that ``erasure`` means and return how many rows and skills went; raises Broken."""
        self._standings.read()
        going = [standing for standing in self._standings.all() if self._goes(standing, erasure)]
        gone = sum(self._skill(standing.name) for standing in going)
        gone += sum(self._rows(erasure, *table) for table in _SPOKEN)
        if erasure.person is not None and erasure.since is None:
            gone += self._parted(erasure.person)
        return gone

    def _goes(self, standing: Standing, erasure: Erasure) -> bool:
        """Return whether a skill as a whole is made of what is to be forgotten."""
        if standing.made not in _MADE_OF_WORDS and not standing.people:
            return False
        if erasure.everything:
            return True
        if erasure.person is not None and standing.people == (erasure.person,):
            return erasure.since is None or self._born(standing.name) >= erasure.since
        skill = self._library.get(standing.name)
        if skill is not None and erasure.entries.intersection(skill.manifest.provenance.runs):
            return True
        texts = [standing.name.replace("-", " "), *self._texts(standing.name)]
        return any(_said(erasure, text, person) for text in texts for person in standing.people or ("",))

    def _skill(self, name: str) -> int:
        self._library.erase(name)
        with writing(_FILE), self._db.conn:
            gone = self._db.conn.execute("DELETE FROM skill_versions WHERE name = ?", (name,)).rowcount
            self._db.conn.execute("UPDATE skill_traces SET skill = '' WHERE skill = ?", (name,))
        return gone + self._standings.forget(name)

    def _rows(self, erasure: Erasure, table: str, key: str, at: str, entry: str) -> int:
        found = self._db.conn.execute(f"SELECT * FROM {table}")  # noqa: S608  our own names
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found]
        going = [(row[key],) for row in rows if _falls(erasure, row, row[at], row.get(entry))]
        with writing(_FILE), self._db.conn:
            self._db.conn.executemany(f"DELETE FROM {table} WHERE {key} = ?", going)  # noqa: S608  our own names
        return len(going)

    def _parted(self, person: str) -> int:
        """Take a person out of what stays: skills that others made, too, and steps that they took."""
        shared = [one.name for one in self._standings.all() if person in {*one.people, one.accepted_by}]
        for name in shared:
            self._standings.part(name, person)
        with writing(_FILE), self._db.conn:
            steps = self._db.conn.execute("UPDATE skill_events SET person = NULL WHERE person = ?", (person,)).rowcount
        return len(shared) + steps

    def _born(self, name: str) -> datetime:
        row = self._db.conn.execute("SELECT min(at) FROM skill_events WHERE name = ?", (name,)).fetchone()
        return told_at(row[0]) or datetime.max.replace(tzinfo=UTC)

    def _texts(self, name: str) -> Iterable[str]:
        """Return all that is kept of a skill's versions, their proofs and its life."""
        rows = self._db.conn.execute(
            "SELECT files FROM skill_versions WHERE name = ?1"
            " UNION ALL SELECT report FROM skill_versions WHERE name = ?1"
            " UNION ALL SELECT why FROM skill_events WHERE name = ?1",
            (name,),
        )
        return [text for (text,) in rows if text is not None]


def _falls(erasure: Erasure, row: Mapping[str, Any], at: str, entry: int | None) -> bool:
    """Return whether a row of somebody's is to go: by whose it is, where and when it was said, or by its words."""
    person, conversation, since = row["person"] or "", row["conversation"], erasure.since
    if erasure.everything or entry in erasure.entries or (conversation and conversation in erasure.conversations):
        return True
    if person and person == erasure.person and (since is None or (told_at(at) or since) >= since):
        return True
    return _said(erasure, " ".join(one for one in row.values() if isinstance(one, str)), person)


def _said(erasure: Erasure, text: str, person: str) -> bool:
    """Return whether ``text`` holds words that are to go, where they are ``person``'s to have forgotten."""
    words = replace(erasure, person=None, conversations=frozenset(), everything=False)
    return words.means(text, person=person)
