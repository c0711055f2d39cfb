"""Questions that wait for a person's yes.

A question is about exactly these actions from exactly these states; it is stored, so that a restart neither loses nor
answers it; it can be answered once, in time, by somebody the rule names and through a channel the rule names.  Silence
is no.  What was asked is bound to the audit log by its digest: a row changed in the database is not what was asked.
"""

import hashlib
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import sqlite_utils
from pydantic import TypeAdapter, ValidationError

from claw.audit.log import AuditLog
from claw.base.action import NO_DATA, Action, Decision, Json, Origin, Pending, Terms, canonical, to_json
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.house.model import House
from claw.policy.decide import strictest
from claw.policy.people import People
from claw.store.db import writing

logger = logging.getLogger(__name__)

SILENT_CHANNELS = ("voice", "routine", "system")
"""Channels that never carry a yes unless a rule names them: a voice has no identity, the others no person."""

MOST_OF_ONE_SOURCE = 10
"""A person who is asked more than this reads none of it, and would find the one that matters no more."""

State = Literal["approved", "rejected"]


_adapter: TypeAdapter[Pending] = TypeAdapter(Pending)


def _dump(pending: Pending) -> str:
    body = to_json(pending)
    del body["audit"]
    return canonical(body).decode()


def _load(body: str, audit: int) -> Pending:
    return _adapter.validate_python({**json.loads(body), "audit": audit})


def may_answer(terms: Terms, origin: Origin, people: People) -> None:
    """Raise Refused unless ``origin`` is somebody, and somewhere, that ``terms`` let answer."""
    channel = origin.channel.partition(":")[0]
    if terms.channels:
        if not any(fnmatchcase(channel, wanted) or fnmatchcase(origin.channel, wanted) for wanted in terms.channels):
            raise Refused(f"this cannot be answered by {channel}; it can by {' or '.join(terms.channels)}")
    elif channel in SILENT_CHANNELS:
        raise Refused(f"this cannot be answered by {channel}")
    if origin.asks_only:
        raise Refused("this client may ask, but not answer")
    if not origin.authenticated or origin.person is None:
        raise Refused("only a signed-in person can answer this")
    if terms.roles and people.role(origin.person) not in terms.roles:
        raise Refused(f"only {' or '.join(terms.roles)} can answer this")


class Questions:
    """The questions that wait, in the daemon's database."""

    def __init__(self, db: sqlite_utils.Database, audit: AuditLog, people: People, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._people = people
        self._clock = clock
        self._asking = Counter[str]()
        self._until: dict[str, float] = {}
        self.told: list[Callable[[], None]] = []

    async def ask(
        self,
        actions: Sequence[Action],
        decisions: Sequence[Decision],
        origin: Origin,
        *,
        question: str,
        house: House,
        request: int,
    ) -> Pending:
        """Store a question and return it; raises Refused at once when nobody of the household could answer it.

        ``request`` is the audit number of the request that led to it.  Raises Refused too when ten of this source wait.
        """
        asking = [decision for decision in decisions if decision.effect == "confirm"]
        terms = strictest(asking).terms
        if terms is None:
            raise Refused("no one person and channel may answer all of this; ask for the parts one by one")
        if not any(not terms.roles or person.role in terms.roles for person in self._people):
            raise Refused(f"nobody here may say yes to this ({' or '.join(terms.roles) or 'no people are known'})")
        self.check_room(origin)
        created = self._clock.now()
        pending = Pending(
            id=secrets.token_hex(4),
            question=question,
            actions=tuple(actions),
            origin=origin,
            terms=terms,
            rule=asking[0].rule,
            before=_states(house, actions),
            created=created,
            expires=created + timedelta(seconds=terms.within_s),
            audit=0,
            things=_things(house, actions),
        )
        body = _dump(pending)
        self._asking[origin.source] += 1
        try:
            number = await self._audit.append(
                "question",
                {"id": pending.id, "question": question, "digest": hashlib.sha256(body.encode()).hexdigest()},
                origin=origin,
                parent=request,
            )
        finally:
            self._asking[origin.source] -= 1
            self._asking += Counter[str]()  # leaves out the sources that ask nothing any more
        self._close_lapsed()
        self._until[pending.id] = self._clock.monotonic() + terms.within_s
        self._write(
            "insert into pending (id, body, created, expires, state, audit) values (?, ?, ?, ?, 'waiting', ?)",
            (pending.id, body, _iso(pending.created), _iso(pending.expires), number),
        )
        return _load(body, number)

    def check_room(self, origin: Origin) -> None:
        """Raise Refused when as many questions of this source wait as may."""
        waiting = sum(one.origin.source == origin.source for one in self.waiting())
        if waiting + self._asking[origin.source] >= MOST_OF_ONE_SOURCE:
            raise Refused(f"{MOST_OF_ONE_SOURCE} questions wait already; answer those first, or let them lapse")

    def waiting(self) -> tuple[Pending, ...]:
        """Return the questions that still stand, oldest first."""
        rows = self._db.execute(
            "select id, body, audit, expires from pending where state = 'waiting' and expires > ? order by created",
            (_iso(self._clock.now()),),
        )
        found: list[Pending] = []
        for name, body, number, expires in rows.fetchall():
            if self._lapsed(name, expires):
                continue
            try:
                found.append(self._checked(body, number))
            except Broken:
                logger.exception("A stored question is not what was asked; it is left unanswered")
        return tuple(found)

    def take(self, question: str, origin: Origin, state: State) -> Pending:
        """Close a question as ``state`` and return it, once; what it held (a code, maybe) is kept no longer.

        Raises Refused when it is unknown, answered or expired, or when ``origin`` may not answer it; Broken when what
        is stored is not what was asked.
        """
        row = self._db.execute("select body, audit, state, expires from pending where id = ?", (question,)).fetchone()
        if row is None:
            raise Refused("there is no such question")
        body, number, stood, expires = row
        if stood == "waiting" and self._lapsed(question, expires):
            stood = "expired"
        if stood != "waiting":
            raise Refused(f"this question is {stood} already")
        pending = self._checked(body, number)
        may_answer(pending.terms, origin, self._people)
        self._write(
            "update pending set state = ?, body = '', answered = ?, answered_by = ? where id = ? and state = 'waiting'",
            (state, _iso(self._clock.now()), origin.person, question),
        )
        return pending

    def still_may(self, decisions: Sequence[Decision], origin: Origin) -> None:
        """Raise Refused unless ``origin`` may answer what these decisions ask, as the policy in force has it."""
        for decision in decisions:
            if decision.terms is not None:
                may_answer(decision.terms, origin, self._people)

    def void(self, question: str) -> None:
        """Mark an approved question as void: what it was about has changed."""
        self._write("update pending set state = 'void' where id = ?", (question,))

    def _close_lapsed(self) -> None:
        """Write down which questions are over, so that no clock has to be asked about them again."""
        over = [name for name, until in self._until.items() if until <= self._clock.monotonic()]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(
                "update pending set state = 'expired', body = '' where state = 'waiting' "
                "and (expires <= ? or id in (select value from json_each(?)))",
                (_iso(self._clock.now()), json.dumps(over)),
            )
        for name in over:
            del self._until[name]

    def _lapsed(self, question: str, expires: str) -> bool:
        """Return whether the time is over: by the wall clock, or by the steady one, which nobody can set back."""
        until = self._until.get(question)
        return datetime.fromisoformat(expires) <= self._clock.now() or (
            until is not None and until <= self._clock.monotonic()
        )

    def _write(self, statement: str, values: tuple[str | int | None, ...]) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)
        for tell in self.told:
            tell()

    def _checked(self, body: str, number: int) -> Pending:
        entry = self._audit.entry(number)
        payload: dict[str, Json] = dict((entry.payload if entry else None) or NO_DATA)
        if payload.get("digest") != hashlib.sha256(body.encode()).hexdigest():
            raise Broken(f"question of audit entry {number} was changed after it was asked")
        try:
            return _load(body, number)
        except (ValidationError, ValueError) as error:
            raise Broken(f"question of audit entry {number} cannot be read") from error


def _states(house: House, actions: Sequence[Action]) -> dict[str, str]:
    return {entity: house.states[entity].value for entity in _named(actions) if entity in house.states}


def _things(house: House, actions: Sequence[Action]) -> dict[str, str]:
    entities = house.registry.entities
    return {entity: entities[entity].registry_id or "" for entity in _named(actions) if entity in entities}


def _named(actions: Sequence[Action]) -> list[str]:
    return sorted({entity for action in actions for entity in action.entities})


def _iso(moment: datetime) -> str:
    return moment.isoformat()
