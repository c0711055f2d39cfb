"""Forgetting in what runs in the background: routines, their history, and who did something by hand.

A routine that says, asks or is told what is to be forgotten goes as a whole, and whose it was is told; one that is
only called so, or was asked for in such words, loses them and goes on, because nobody who has a word forgotten means
the blinds to stay shut.  A row of the history loses its words and stays: it is what keeps the same firing from being
done twice.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from claw.base.action import Message
from claw.base.erasure import Erasure
from claw.memory.rows import stamp, told_at
from claw.routines.model import OF_SKILL, SAFETY
from claw.store.db import writing

NAMELESS = "routine"
"""What a routine is called whose name was to be forgotten."""

_FILE = Path("claw.db")
_OF_THE_HOUSE = frozenset({"entities", "action", "state", "number", "attribute", "skill", "presence", "states"})
"""Keys of a spec whose values are ids, not words of people."""
_OF_SKILL = (
    "UPDATE routines SET name = '', made_by = '{}', person = NULL, conversation = '', why = '', adopted_by = '',"
    " kept = '{}', entry = NULL WHERE id = ?"
)
"""What a skill brings stands in the skill; that it was paused, and on which days it rests, is no word of anybody."""


class RoutineEraser:
    """Erases rows of routines, of their runs and of hands.

    ``reload`` has whoever keeps them in memory read anew, ``tell`` sends a message: a routine that goes only because of
    what it says was not asked for to go.
    """

    def __init__(self, db: Database, reload: Callable[[], None], tell: Callable[[Message], None]) -> None:
        self._db = db
        self._reload = reload
        self._tell = tell

    def erase(self, erasure: Erasure) -> int:
        """Let go of all that ``erasure`` means and return how many rows went or lost words; raises Broken."""
        told: list[Message] = []
        with writing(_FILE), self._db.conn:
            gone = self._routines(erasure, told) + self._runs(erasure) + self._hands(erasure)
        if gone:
            self._reload()
        for message in told:
            self._tell(message)
        return gone

    def _routines(self, erasure: Erasure, told: list[Message]) -> int:
        run, count = self._db.conn.execute, 0
        for row in self._rows("routines"):
            if row["id"].startswith(SAFETY):
                continue  # nobody's words: made of the house and its policy file, and never to be missing
            if row["id"].startswith(OF_SKILL):
                count += run(_OF_SKILL, (row["id"],)).rowcount if _falls(erasure, row) else 0
                continue
            falls = _falls(erasure, row)
            if falls or _said(erasure, _texts(_read(row["spec"])), row):
                run("DELETE FROM routine_runs WHERE routine = ?", (row["id"],))
                run("DELETE FROM routines WHERE id = ?", (row["id"],))
                count += 1
                if not falls:
                    text = f"Routine {row['id']} said what was just forgotten, so it is gone with it."
                    told.append(Message(f"person:{row['person']}" if row["person"] else "everyone", text))
                continue
            changed = self._without_words(erasure, row)
            if changed:
                columns = ", ".join(f"{name} = ?" for name in changed)
                run(f"UPDATE routines SET {columns} WHERE id = ?", (*changed.values(), row["id"]))  # noqa: S608  our own names
                count += 1
        return count

    def _without_words(self, erasure: Erasure, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the columns of a routine that stays which lose words, with what is left of them."""
        changed: dict[str, str] = {}
        if _said(erasure, (row["name"],), row):
            spec = _read(row["spec"])
            changed["name"] = NAMELESS
            changed["spec"] = json.dumps({**spec, "name": NAMELESS}) if isinstance(spec, dict) else ""
        if _said(erasure, (row["why"],), row):
            changed["why"] = ""
        if _said(erasure, _texts(_read(row["kept"])), row):
            changed["kept"] = "{}"
        if erasure.person and erasure.since is None and row["adopted_by"] == erasure.person:
            changed["adopted_by"] = ""
        return changed

    def _runs(self, erasure: Erasure) -> int:
        run, count = self._db.conn.execute, 0
        makers = {row["id"]: row["person"] for row in self._rows("routines")}
        for row in self._rows("routine_runs"):
            of = {**row, "person": makers.get(row["routine"])}
            orphan = row["routine"] not in makers
            if erasure.everything or (orphan and erasure.person is not None and erasure.since is None):
                count += run("DELETE FROM routine_runs WHERE id = ?", (row["id"],)).rowcount
                continue
            asked, entries = _read(row["asked_by"]), _read(row["entries"])
            texts = (row["reason"], row["cause"], *_texts(_read(row["would"])), *_texts(asked))
            theirs = isinstance(asked, dict) and erasure.person is not None and asked.get("person") == erasure.person
            if theirs or erasure.entries.intersection(_numbers(entries)) or _said(erasure, texts, of):
                count += run(
                    "UPDATE routine_runs SET reason = '', cause = '', would = '[]', asked_by = NULL WHERE id = ?",
                    (row["id"],),
                ).rowcount
        return count

    def _hands(self, erasure: Erasure) -> int:
        run = self._db.conn.execute
        if erasure.everything:
            return run("DELETE FROM hands").rowcount
        if erasure.person is None:
            return 0
        since = "" if erasure.since is None else stamp(erasure.since)
        return run("DELETE FROM hands WHERE person = ? AND at >= ?", (erasure.person, since)).rowcount

    def _rows(self, table: str) -> list[dict[str, Any]]:
        found = self._db.conn.execute(f"SELECT * FROM {table}")  # noqa: S608  our own names
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found]


def _falls(erasure: Erasure, row: Mapping[str, Any]) -> bool:
    """Return whether a routine is to go by whose it is, or, of nobody who is known, by where it was asked for.

    Only where all of somebody's traces go: the entries and talks of one fact are all in which its words were said, and
    the name of a lamp is said in what is done with the lamp.
    """
    if erasure.everything or erasure.person is None:
        return erasure.everything
    if erasure.since is not None and (told_at(row["created"]) or erasure.since) < erasure.since:
        return False
    if row["person"]:
        return erasure.person == row["person"]
    return row["entry"] in erasure.entries or row["conversation"] in erasure.conversations - {""}


def _said(erasure: Erasure, texts: Iterable[str | None], row: Mapping[str, Any]) -> bool:
    """Return whether one of ``texts`` holds words that are to go, where they are its maker's to have forgotten."""
    words = replace(erasure, person=None, conversations=frozenset(), everything=False)
    return any(words.means(text, person=row["person"] or "") for text in texts if text)


def _texts(value: Any, key: str = "") -> Iterable[str]:
    """Give the texts in a JSON value that may be words of people; a spec's name is looked at by itself."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, key)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in _OF_THE_HOUSE and not (name == "name" and not key):
                yield from _texts(one, name)


def _read(stored: Any) -> Any:
    """Return stored JSON; what is damaged is taken as one text."""
    try:
        return json.loads(stored) if isinstance(stored, str) else None
    except (ValueError, RecursionError):
        return stored


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(one for one in value if isinstance(one, int)) if isinstance(value, list) else frozenset()
