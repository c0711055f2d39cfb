"""What skills did and would have done: each run with its words, its calls and what came of it, for who may see it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from claw.base.action import NO_DATA, Action, Json, canonical
from claw.base.clock import Clock
from claw.base.errors import Broken
from claw.gate.plan import logged, without_codes
from claw.memory.rows import stamp, told_at
from claw.store.db import writing

Mode = Literal["real", "shadow"]

KEPT_OF_EACH = 10
"""So many of the last runs of a skill are kept however old they are: its trust rests on them."""
MOST = 1_000
_FILE = Path("claw.db")
_COLUMNS = (
    "at, name, version, hash, mode, run, channel, person, conversation, said, arguments, calls, outcome, held, why,"
    " undone, ms, audit"
)


@dataclass(frozen=True, slots=True)
class SkillRun:
    """One run of a skill.

    ``run`` is the id of the program's run, ``outcome`` a word for what came of it, ``held`` whether what must be so
    after it was (of a dry run: whether it was what was really done; None where that was not looked at), ``undone`` when
    somebody took it back or changed by hand what it did, ``ms`` how long it took, ``entry`` the log's entry of its
    program.  ``id`` is 0 until it is kept.
    """

    name: str
    version: str
    hash: str
    mode: Mode
    outcome: str
    run: str = ""
    channel: str = ""
    person: str | None = None
    conversation: str = ""
    said: str = ""
    arguments: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    calls: tuple[Action, ...] = ()
    held: bool | None = None
    why: str = ""
    undone: datetime | None = None
    ms: float = 0.0
    entry: int | None = None
    at: datetime | None = None
    id: int = 0


def _shown(run: SkillRun) -> dict[str, Json]:
    """Return the values of a run; where a code was masked in what was said, it is in its values, too."""
    if without_codes("0000") not in run.said:
        return dict(run.arguments)
    masked = {name: without_codes(str(value)) for name, value in run.arguments.items()}
    return {name: value if masked[name] == str(value) else masked[name] for name, value in run.arguments.items()}


class Runs:
    """The table ``skill_runs``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Keep nothing in memory: a run is written when it is over."""
        self._db = db
        self._clock = clock

    def add(self, run: SkillRun) -> int:
        """Keep a run and return its number; raises Broken."""
        row = (
            stamp(run.at or self._clock.now()),
            run.name,
            run.version,
            run.hash,
            run.mode,
            run.run,
            run.channel,
            run.person,
            run.conversation,
            run.said,
            canonical(_shown(run)).decode(),
            canonical([logged(call) for call in run.calls]).decode(),
            run.outcome,
            run.held,
            run.why,
            run.undone and stamp(run.undone),
            round(run.ms, 3),
            run.entry,
        )
        with writing(_FILE), self._db.conn:
            done = self._db.conn.execute(
                f"INSERT INTO skill_runs ({_COLUMNS}) VALUES ({','.join('?' * len(row))})",  # noqa: S608  our own names
                row,
            )
        return done.lastrowid or 0

    def undo(self, number: int, why: str) -> None:
        """Keep that what a run did was taken back, or changed by hand soon after; raises Broken."""
        with writing(_FILE), self._db.conn:
            self._db.conn.execute(
                "UPDATE skill_runs SET undone = ?, why = ? WHERE id = ? AND undone IS NULL",
                (stamp(self._clock.now()), why, number),
            )

    def of(self, name: str, limit: int = 100, *, hash: str = "", mode: Mode | None = None) -> list[SkillRun]:  # noqa: A002  the noun of this room
        """Return the runs of a skill, the newest first."""
        rows = self._db.conn.execute(
            f"SELECT {_COLUMNS}, id FROM skill_runs WHERE name = ?1 AND (?2 = '' OR hash = ?2)"  # noqa: S608  our own names
            " AND (?3 IS NULL OR mode = ?3) ORDER BY id DESC LIMIT ?4",
            (name, hash, mode, min(max(limit, 0), MOST)),
        ).fetchall()
        return [_run(row) for row in rows]

    def expire(self, before: datetime) -> int:
        """Drop the runs from before that moment (UTC), but the last ten of each skill; return how many."""
        with writing(_FILE), self._db.conn:
            return self._db.conn.execute(
                "DELETE FROM skill_runs WHERE at < ?1 AND (SELECT count(*) FROM skill_runs later"
                " WHERE later.name = skill_runs.name AND later.id > skill_runs.id) >= ?2",
                (stamp(before), KEPT_OF_EACH),
            ).rowcount


def _run(row: tuple[Any, ...]) -> SkillRun:
    at, name, version, digest, mode, run, channel, person, conversation, said, *rest = row
    arguments, calls, outcome, held, why, undone, ms, entry, number = rest
    try:
        told = tuple(Action(one["name"], tuple(one["entities"]), one["data"]) for one in json.loads(calls))
        values = dict(json.loads(arguments))
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"claw.db holds a run of a skill that cannot be read: {number}") from error
    return SkillRun(
        name,
        version,
        digest,
        mode,
        outcome,
        run,
        channel,
        person,
        conversation,
        said,
        values,
        told,
        None if held is None else bool(held),
        why,
        told_at(undone),
        ms,
        entry,
        told_at(at),
        number,
    )
