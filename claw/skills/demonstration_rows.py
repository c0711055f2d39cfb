"""A demonstration on disk: while it is watched, while its question stands, and that there was one.

What was seen is kept no longer than it is needed: when it is over, the row says who showed something when, and no more.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from claw.audit.draft import stored_origin
from claw.base.action import NO_DATA, Action, Json, Origin, canonical, to_json
from claw.base.errors import Broken
from claw.house.model import Cause
from claw.memory.rows import stamp, told_at
from claw.skills.demonstration_lines import Left, Line, Snapshot
from claw.skills.demonstration_steps import Step
from claw.store.db import writing


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in the open row: ``watching`` with its steps, or ``asking`` with its lines."""

    id: int
    started: datetime
    origin: Origin
    said: str
    state: str
    steps: tuple[Step, ...] = ()
    began: Mapping[str, Snapshot] = field(default_factory=dict[str, Snapshot])
    lines: tuple[Line, ...] = ()
    left: tuple[Left, ...] = ()
    before: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)


class Rows:
    """The table ``demonstrations``; all of it raises Broken where the disk does not take it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, started: datetime, origin: Origin, said: str) -> int:
        """Open a row and return its number; whatever stood open is over."""
        with _writing(), self._db.conn as connection:
            self._close(started, "another began")
            row = connection.execute(
                "insert into demonstrations (started, person, conversation, origin, state, said, changes, before)"
                " values (?, ?, ?, ?, 'watching', ?, '[]', '{}')",
                (stamp(started), origin.person or "", origin.conversation, _text(to_json(origin)), said),
            )
        return int(row.lastrowid or 0)

    def watched(self, number: int, steps: Sequence[Step], began: Mapping[str, Snapshot]) -> None:
        """Keep what was seen so far, and how those things were before."""
        changes = [
            [stamp(step.at), step.entity, *_shot(step.shot), step.context, _cause(step.cause), step.machine]
            for step in steps
        ]
        self._put(number, "watching", changes, {entity: _shot(one) for entity, one in began.items()})

    def asks(
        self, number: int, lines: Sequence[Line], left: Sequence[Left], before: Mapping[str, Mapping[str, Json]]
    ) -> None:
        """Keep what it came to, while its question stands."""
        told = {
            "lines": [[line.entities, [action.as_json() for action in line.actions]] for line in lines],
            "left": [[one.entity, one.why] for one in left],
        }
        self._put(number, "asking", told, dict(before))

    def end(self, number: int, at: datetime, what: str) -> None:
        """Note that it is over, and what became of it; what was seen goes."""
        with _writing(), self._db.conn:
            self._close(at, what, number)

    def open(self) -> Row | None:
        """Return what a restart interrupted, None where there is nothing, or nothing that can be read."""
        row = self._db.conn.execute(
            "select id, started, origin, said, state, changes, before from demonstrations"
            " where ended is null order by id desc limit 1"
        ).fetchone()
        if row is None:
            return None
        try:
            return _row(*row)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, Broken):
            return None

    def _put(self, number: int, state: str, changes: Json, before: Json) -> None:
        with _writing(), self._db.conn as connection:
            connection.execute(
                "update demonstrations set state = ?, changes = ?, before = ? where id = ?",
                (state, _text(changes), _text(before), number),
            )

    def _close(self, at: datetime, what: str, number: int | None = None) -> None:
        self._db.conn.execute(
            "update demonstrations set ended = ?, state = ?, changes = '[]', before = '{}'"
            " where ended is null and (? is null or id = ?)",
            (stamp(at), what, number, number),
        )


def _writing() -> AbstractContextManager[None]:
    return writing(Path("claw.db"))


def _text(value: object) -> str:
    return canonical(to_json(value)).decode()


def _shot(shot: Snapshot) -> list[Json]:
    return [shot.value, dict(shot.attributes)]


def _cause(cause: Cause | None) -> Json:
    return None if cause is None else [cause.parent, cause.user]


def _row(number: int, started: str, origin: str, said: str, state: str, changes: str, before: str) -> Row:
    """Return a row as it was written; raises ValueError and its like where somebody else wrote it."""
    at, who = told_at(started), stored_origin(json.loads(origin))
    if at is None or who is None or who.person is None or state not in {"watching", "asking"}:
        raise ValueError("that is no open demonstration")
    told, stood = json.loads(changes), cast("dict[str, Any]", json.loads(before))
    if state == "watching":
        began = {entity: Snapshot(str(value), dict(attributes)) for entity, (value, attributes) in stood.items()}
        return Row(number, at, who, said, state, tuple(_step(*one) for one in told), began)
    lines = tuple(Line(tuple(entities), tuple(map(_action, acts))) for entities, acts in told["lines"])
    left = tuple(Left(entity, why) for entity, why in told["left"])
    return Row(number, at, who, said, state, lines=lines, left=left, before=stood)


def _step(
    at: str, entity: str, value: str, attributes: dict[str, Json], context: str | None, cause: Any, machine: Any
) -> Step:
    moment = told_at(at)
    if moment is None:
        raise ValueError("a change without a time")
    of = None if cause is None else Cause(*cause)
    return Step(moment, entity, Snapshot(value, dict(attributes)), context, of, machine is True)


def _action(stored: dict[str, Any]) -> Action:
    return Action(stored["name"], tuple(stored["entities"]), stored["data"])
