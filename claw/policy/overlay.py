"""What changes a verdict without being in the policy file: rows with an author, a reason and an end.

So far these are *grants*: a yes that holds for a while, or for one task.  A grant lifts the very questions that were
answered, asked by the same person in the same way about the same things with the same data, and nothing else: no
denial, no other rule's question, no question of a rule that has been rewritten since.

A row that does not carry its own digest, or that says what no grant can say, is left alone and told of.
"""

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError
from sqlite_utils import Database

from claw.base.action import Action, Origin, Pending, canonical, to_json
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.model import Registry
from claw.policy.words import LONGEST_S
from claw.store.db import writing

_logger = logging.getLogger(__name__)

GRANT = "grant"
TASK_S = 3600.0
"""A task that takes longer asks again."""


class Lifting(Protocol):
    """Says which grant lifts a question."""

    def lifts(
        self, registry: Registry, action: Action, origin: Origin, asks: Collection[str], now: datetime
    ) -> str | None:
        """Return the id of a grant that answers everything in ``asks`` about ``action``, None where there is none."""
        ...


class Empty:
    """Nothing was granted."""

    def lifts(
        self, registry: Registry, action: Action, origin: Origin, asks: Collection[str], now: datetime
    ) -> str | None:
        """Return None."""
        del registry, action, origin, asks, now


NO_OVERLAY = Empty()


@dataclass(frozen=True, slots=True)
class Grant:
    """A yes that holds on.

    ``asks`` is what was answered (``Policy.asks``), ``things`` the registry id behind each entity id.  ``task`` is the
    task or conversation it is for, empty where it holds in any; ``uses`` is how many acts are left, None for any
    number.
    """

    id: str
    asks: frozenset[str]
    actions: tuple[Action, ...]
    things: Mapping[str, str]
    origin: Origin
    task: str
    author: str
    reason: str
    created: datetime
    expires: datetime
    uses: int | None = None

    def covers(self, registry: Registry, action: Action, origin: Origin, asks: Collection[str]) -> bool:
        """Return whether it answers ``asks`` about ``action`` for ``origin``."""
        return (
            bool(asks)
            and self.asks.issuperset(asks)
            and (not self.task or self.task == _task(origin))
            and _same_asker(self.origin, origin)
            and any(_within(action, granted) for granted in self.actions)
            and all(self._same_thing(registry, entity_id) for entity_id in action.entities)
        )

    def _same_thing(self, registry: Registry, entity_id: str) -> bool:
        entity = registry.entities.get(entity_id)
        return entity is not None and self.things.get(entity_id) == (entity.registry_id or "")


_adapter: TypeAdapter[Grant] = TypeAdapter(Grant)


class Overlay:
    """The rows in force, kept in memory and in the daemon's database; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, witnessed: Callable[[str, str], bool] | None = None) -> None:
        """Read what is in force; ``witnessed(id, digest)`` says whether the log knows the row as it is written."""
        self._db = db
        self._clock = clock
        self._grants: dict[str, Grant] = {}
        self._until: dict[str, float] = {}
        rows = db.execute(
            "select id, body, author, reason, created, expires from overlay where kind = ? and ended is null", (GRANT,)
        )
        for row in rows.fetchall():
            grant = _read(row)
            if grant is None or (witnessed is not None and not witnessed(grant.id, digest(grant))):
                _logger.error("A row of the overlay is not what was written; it is left out (%s)", str(row[0])[:40])
            else:
                self._keep(grant)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants in force, oldest first."""
        now = self._clock.now()
        return tuple(grant for grant in self._grants.values() if self._holds(grant, now))

    @property
    def hash(self) -> str:
        """The SHA-256 (hex) of what is in force, empty where nothing is: the version that the log names."""
        digests = sorted(digest(grant) for grant in self.grants)
        return hashlib.sha256("\n".join(digests).encode()).hexdigest() if digests else ""

    def grant(
        self,
        pending: Pending,
        asks: Collection[str],
        *,
        author: str,
        reason: str = "",
        seconds: float | None = None,
        uses: int | None = None,
    ) -> Grant:
        """Return a new grant for what ``pending`` asked, not yet in force: log it by its ``digest``, then ``keep`` it.

        It holds for ``seconds``, or without them for the task that asked.  Raises Refused when what was asked may not
        be granted (so long), or nobody known asked it.
        """
        terms, origin = pending.terms, pending.origin
        if not origin.authenticated or origin.person is None:
            raise Refused("only what a known person asked can be granted for a while")
        if not asks or (uses is not None and uses < 1):
            raise Refused("there is nothing to be granted")
        if seconds is None and not (terms.once_per_task and _task(origin)):
            raise Refused("this cannot be granted for a whole task")
        if seconds is not None and not 0 < seconds <= terms.grant_s:
            raise Refused("this cannot be granted for so long" if terms.grant_s else "this is asked each time anew")
        now = self._clock.now()
        return Grant(
            id=secrets.token_hex(6),
            asks=frozenset(asks),
            actions=pending.actions,
            things=dict(pending.things),
            origin=origin,
            task=_task(origin) if seconds is None else "",
            author=author,
            reason=reason,
            created=now,
            expires=now + timedelta(seconds=TASK_S if seconds is None else seconds),
            uses=uses,
        )

    def keep(self, grant: Grant) -> None:
        """Put ``grant`` in force."""
        self._write(
            "insert into overlay (id, kind, body, author, reason, created, expires) values (?, ?, ?, ?, ?, ?, ?)",
            (grant.id, GRANT, _body(grant), grant.author, grant.reason, _iso(grant.created), _iso(grant.expires)),
        )
        self._keep(grant)

    def lifts(
        self, registry: Registry, action: Action, origin: Origin, asks: Collection[str], now: datetime
    ) -> str | None:
        """Return the id of a grant that answers everything in ``asks`` about ``action``, None where there is none."""
        for grant in self._grants.values():
            if self._holds(grant, now) and grant.covers(registry, action, origin, asks):
                return grant.id
        return None

    def use(self, grant_id: str) -> None:
        """Count one act under a grant; raises Refused when it is over, and nothing may be done under it."""
        grant = self._grants.get(grant_id)
        if grant is None or not self._holds(grant, self._clock.now()):
            raise Refused("the yes for a while is over; ask again")
        if grant.uses is None:
            return
        left = replace(grant, uses=grant.uses - 1)
        if left.uses:
            self._write("update overlay set body = ? where id = ?", (_body(left), grant_id))
            self._grants[grant_id] = left
        else:
            self.end(grant_id)

    def end(self, grant_id: str) -> bool:
        """End a grant; return whether it was in force."""
        found, now = self._grants.get(grant_id), self._clock.now()
        if found is None:
            return False
        held = self._holds(found, now)
        del self._grants[grant_id], self._until[grant_id]
        self._write("update overlay set ended = ? where id = ?", (_iso(now), grant_id))
        return held

    def end_all(self) -> int:
        """End every grant, as a stop does; return how many were in force.

        They are over at once, also where the database takes nothing: the log then says at the next start that they are.
        """
        ended, grants = list(self._grants), self.grants
        self._grants.clear()
        self._until.clear()
        if ended:
            self._write(
                "update overlay set ended = ? where id in (select value from json_each(?))",
                (_iso(self._clock.now()), json.dumps(ended)),
            )
        return len(grants)

    def end_of(self, person: str) -> int:
        """End every grant of what ``person`` asked or answered, as above; return how many were in force."""
        theirs = [grant for grant in self.grants if person in {grant.author, grant.origin.person}]
        for grant in theirs:
            del self._grants[grant.id], self._until[grant.id]
        if theirs:
            self._write(
                "update overlay set ended = ? where id in (select value from json_each(?))",
                (_iso(self._clock.now()), json.dumps([grant.id for grant in theirs])),
            )
        return len(theirs)

    def erase(self, erasure: Erasure) -> int:
        """Delete the rows that are to be forgotten and no longer in force; return how many went."""
        over = self._db.conn.execute(
            "select id, body, author, reason from overlay where ended is not null or expires < ?",
            (_iso(self._clock.now()),),
        ).fetchall()
        gone = [(row[0],) for row in over if erasure.means(f"{row[1]}\n{row[3]}", person=row[2] or "")]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany("delete from overlay where id = ?", gone)
        return len(gone)

    def _keep(self, grant: Grant) -> None:
        now = self._clock.now()
        left = (grant.expires - now).total_seconds()
        if now >= grant.created and 0 < left <= LONGEST_S:
            self._grants[grant.id] = grant
            self._until[grant.id] = self._clock.monotonic() + left

    def _holds(self, grant: Grant, now: datetime) -> bool:
        """Return whether it is still in force: by the wall clock, and by the steady one, which nobody can set back."""
        return grant.created <= now < grant.expires and self._clock.monotonic() < self._until[grant.id]

    def _write(self, statement: str, values: tuple[str, ...]) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)


def digest(grant: Grant) -> str:
    """Return the SHA-256 (hex) of everything a grant says but its uses, which go down."""
    return _digest(replace(grant, uses=None))


def _digest(grant: Grant) -> str:
    return hashlib.sha256(canonical(_plain(grant))).hexdigest()


def _plain(grant: Grant) -> dict[str, object]:
    plain = to_json(replace(grant, actions=()))
    return {**plain, "actions": [action.as_json() for action in grant.actions]}


def _body(grant: Grant) -> str:
    return canonical({**_plain(grant), "digest": _digest(grant)}).decode()


def _read(row: tuple[str, str, str, str, str, str]) -> Grant | None:
    """Return the grant in a row of the table, None where the row is not what was written."""
    try:
        body = json.loads(row[1])
        claimed = body.pop("digest")
        grant = _adapter.validate_python(body)
    except (AttributeError, KeyError, TypeError, ValueError, ValidationError):
        return None
    told = (grant.id, grant.author, grant.reason, _iso(grant.created), _iso(grant.expires))
    if claimed != _digest(grant) or told != (row[0], *row[2:]) or (grant.uses is not None and grant.uses < 1):
        return None
    return grant


def _within(action: Action, granted: Action) -> bool:
    same = action.name == granted.name and action.data == granted.data
    return same and bool(action.entities) == bool(granted.entities) and set(action.entities) <= set(granted.entities)


def _same_asker(granted: Origin, origin: Origin) -> bool:
    """Return whether the same person asks in the same way, under no influence that was not there at the yes."""
    return (
        origin.authenticated
        and origin.person == granted.person
        and origin.channel.partition(":")[0] == granted.channel.partition(":")[0]
        and (origin.routine, origin.skill) == (granted.routine, granted.skill)
        and set(origin.taint) <= set(granted.taint)
    )


def _task(origin: Origin) -> str:
    return origin.task or origin.conversation


def _iso(moment: datetime) -> str:
    return moment.isoformat()
