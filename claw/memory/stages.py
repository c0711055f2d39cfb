"""The stages of a night, each of which first says what it would do and then does it.

What a stage plans is what it does: the dry run and the night read the same plan.  All of them are counting and
comparing; where something could only be guessed, nothing is done.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from threading import Event
from typing import Literal, Protocol, get_args

from sqlite_utils import Database

from claw.memory.episodes import Episodes
from claw.memory.facts import Facts
from claw.memory.habits import Habits
from claw.memory.mining import Mined, mine
from claw.memory.model import TRUSTS
from claw.memory.observed import KEPT, Observed
from claw.memory.passages import Passages
from claw.memory.rows import stamp
from claw.store.db import writing

Deed = Literal["expire", "forget", "find", "drop", "merge", "move", "fade", "archive", "begin", "tidy"]
DEEDS: tuple[Deed, ...] = get_args(Deed)

Value = str | float | int | None

MOST_EDITS = 500
"""Of one stage in one night; the rest has time until the next."""
STALE, ARCHIVED = timedelta(days=30), timedelta(days=90)
FADED = 0.5
"""A guess that nobody used for a month counts for half."""
READS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a night does: ``deed`` to the row ``id`` of ``table``; ``before`` is what brings it back."""

    deed: Deed
    table: str
    id: int
    before: Mapping[str, Value] = field(default_factory=dict[str, Value])


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stage would do: its edits, or how many there would be where they are not told one by one."""

    edits: tuple[Edit, ...] = ()
    carry: Callable[[], list[Edit]] | None = None
    """What does it instead of the edits being applied one by one; runs in the stage's transaction."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


class Stage(Protocol):
    """One stage of the night."""

    name: str

    async def plan(self, now: datetime) -> Plan:
        """Return what there is to do, and do nothing."""
        ...


class Expire:
    """Lets old talk go, and what was observed longer ago than habits are looked for in."""

    name = "expire"

    def __init__(self, db: Database, episodes: Episodes, observed: Observed) -> None:
        self._db = db
        self._episodes = episodes
        self._observed = observed

    async def plan(self, now: datetime) -> Plan:
        """Plan to forget the exchanges whose time is over; they cannot be brought back."""
        talk = self._episodes.over(now)
        (old,) = self._db.conn.execute("SELECT count(*) FROM changes WHERE at < ?", (stamp(now - KEPT),)).fetchone()

        def carry() -> list[Edit]:
            gone = self._episodes.expire(now)
            self._observed.expire(now - KEPT)
            with writing(Path("claw.db")), self._db.conn:
                self._db.conn.execute("DELETE FROM reads WHERE at < ?", (stamp(now - READS_KEPT),))
            return [Edit("expire", "episodes", number) for number in gone]

        return Plan(tuple(Edit("expire", "episodes", number) for number in talk), carry, {"forget": old})


class Find:
    """Looks for habits in what was observed, in a thread with a connection of its own."""

    name = "find"

    def __init__(self, path: Path, db: Database, habits: Habits, zone: Callable[[], tzinfo]) -> None:
        self._path = path
        self._db = db
        self._habits = habits
        self._zone = zone

    async def plan(self, now: datetime) -> Plan:
        """Plan to propose what was found and is not known yet, and to drop what is no longer so."""
        (last,) = self._db.conn.execute("SELECT coalesce(max(at), '') FROM overrides").fetchone()
        ended = Event()
        try:
            mined: Mined = await asyncio.to_thread(mine, self._path, now, self._zone(), last, ended.is_set)
        finally:
            ended.set()  # a daemon that ends does not wait for it
        sifted = self._habits.sift(mined.found, now)
        edits = [Edit("find", "habits", 0) for _ in sifted.fresh]
        edits += [Edit("drop", "habits", number) for number in sifted.gone]

        def carry() -> list[Edit]:
            with writing(Path("claw.db")), self._db.conn:
                self._db.conn.executemany(
                    "INSERT INTO overrides (at, entity, undone, before, after, seconds, person, context, audit)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    mined.overrides,
                )
                fresh = self._habits.apply(sifted, now)
            done = [Edit("find", "habits", number) for number in fresh]
            return done + [Edit("drop", "habits", number) for number in sifted.gone]

        return Plan(tuple(edits), carry)


class Merge:
    """Puts proposals together that say the same of the same: by key and value, never by likeness."""

    name = "merge"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def plan(self, now: datetime) -> Plan:
        """Plan to have one memory of each, the one in force or the oldest, rest on what is worth as much as its own.

        A weaker source would only take from it: what a guest said does not become a reason for what an owner said.
        """
        del now
        rows = self._db.conn.execute(
            "SELECT id, trust, taint, first_value(id) OVER same, first_value(trust) OVER same FROM memories"
            " WHERE status IN ('active', 'candidate') WINDOW same AS"
            " (PARTITION BY key, value, coalesce(valid_from, '') ORDER BY status <> 'active', id) ORDER BY id"
        ).fetchall()
        edits: list[Edit] = []
        for number, trust, taint, kept, believed in rows:
            if number == kept or len(edits) >= MOST_EDITS:
                continue
            edits.append(Edit("merge", "memories", number, {"status": "candidate", "retired": None}))
            if taint == "[]" and TRUSTS.index(trust) >= TRUSTS.index(believed):
                edits += [
                    Edit("move", "evidence", evidence, {"memory": number, "to": kept})
                    for (evidence,) in self._db.conn.execute("SELECT id FROM evidence WHERE memory = ?", (number,))
                ]
        return Plan(tuple(edits))


class Fade:
    """Lets guesses that nobody used count for less after a month and for nothing after three.

    What somebody said does not fade, nor what is pinned, nor a habit that they said yes to and still have.
    """

    name = "fade"

    def __init__(self, db: Database) -> None:
        self._db = db

    async def plan(self, now: datetime) -> Plan:
        """Plan to halve the confidence of what is stale, and to end what is long forgotten by everybody."""
        rows = self._db.conn.execute(
            "SELECT id, status, retired, confidence, max(recorded, coalesce(last_used, ''), coalesce(confirmed, ''),"
            " coalesce((SELECT max(at) FROM evidence WHERE memory = memories.id), ''),"
            " coalesce((SELECT max(last) FROM habits WHERE memory = memories.id), '')) AS alive FROM memories"
            " WHERE explicit = 0 AND pinned = 0 AND status IN ('active', 'candidate') AND alive <= ?"
            " ORDER BY alive, id LIMIT ?",
            (stamp(now - STALE), MOST_EDITS),
        ).fetchall()
        edits: list[Edit] = []
        for number, status, retired, confidence, alive in rows:
            if alive <= stamp(now - ARCHIVED):
                edits.append(Edit("archive", "memories", number, {"status": status, "retired": retired}))
            elif confidence > FADED:
                edits.append(Edit("fade", "memories", number, {"confidence": confidence}))
        return Plan(tuple(edits))


class Begin:
    """Brings into force what was told ahead of its time."""

    name = "begin"

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def plan(self, now: datetime) -> Plan:
        """Plan to bring it into force."""
        del now

        def carry() -> list[Edit]:
            return [Edit("begin", "memories", 0) for _ in range(self._facts.turn())]

        return Plan((), carry)


class Tidy:
    """Merges the index of what can be searched into one piece: nothing that was dropped is left in it."""

    name = "tidy"

    def __init__(self, db: Database, passages: Passages) -> None:
        self._db = db
        self._passages = passages

    async def plan(self, now: datetime) -> Plan:
        """Plan to do it, every night."""
        del now

        def carry() -> list[Edit]:
            with writing(Path("claw.db")), self._db.conn:
                self._passages.tidy()
            return []

        return Plan((), carry)


def apply(edit: Edit, db: Database, passages: Passages, now: datetime) -> None:
    """Do one edit, in the caller's transaction."""
    run = db.conn.execute
    if edit.deed == "move":
        run("UPDATE evidence SET memory = ? WHERE id = ?", (edit.before["to"], edit.id))
    elif edit.deed == "fade":
        run("UPDATE memories SET confidence = ? WHERE id = ?", (FADED, edit.id))
    elif edit.deed in {"merge", "archive"}:
        run("UPDATE memories SET status = 'superseded', retired = ? WHERE id = ?", (stamp(now), edit.id))
        passages.drop(memory=edit.id)


def revert(edit: Edit, db: Database, facts: Facts) -> bool:
    """Take one edit back, in the caller's transaction; return whether it could be.

    What has gone since, or what something else has taken the place of, stays as it is.
    """
    run = db.conn.execute
    if edit.deed == "move":
        mine_again = "UPDATE evidence SET memory = ? WHERE id = ? AND EXISTS (SELECT 1 FROM memories WHERE id = ?)"
        return run(mine_again, (edit.before["memory"], edit.id, edit.before["memory"])).rowcount > 0
    if edit.deed == "fade":
        return run("UPDATE memories SET confidence = ? WHERE id = ?", (edit.before["confidence"], edit.id)).rowcount > 0
    if edit.deed == "find":
        return run("DELETE FROM habits WHERE id = ? AND state = 'candidate'", (edit.id,)).rowcount > 0
    if edit.deed not in {"merge", "archive"}:
        return False
    free = (
        "NOT EXISTS (SELECT 1 FROM memories AS other WHERE other.key = memories.key AND other.status = 'active')"
        if edit.before["status"] == "active"
        else "1"
    )
    status, retired = edit.before["status"], edit.before["retired"]
    back = f"UPDATE memories SET status = ?, retired = ? WHERE id = ? AND status = 'superseded' AND {free}"  # noqa: S608  one of two
    if not run(back, (status, retired, edit.id)).rowcount:
        return False
    if status == "active":
        facts.find_again(edit.id)
    return True
