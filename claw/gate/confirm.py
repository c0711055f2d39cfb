"""Questions that wait for a person's yes.

A question is about exactly these actions, in this order, from exactly these states; it is stored, so that a restart
neither loses nor answers it; it can be answered once, in time, by somebody the rule names and through a channel the
rule names.  Silence is no.  What was asked is bound to the audit log by its digest: a row changed in the database is
not what was asked.  The digest is salted, because the log may be read by more people than the question's codes.
"""

import hashlib
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import sqlite_utils
from pydantic import TypeAdapter, ValidationError

from claw.audit.log import AuditLog
from claw.base.action import NO_DATA, Action, Json, Origin, Pending, Terms, canonical, to_json
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.gate.answering import (
    WHOLE,
    Choice,
    check_grant,
    draw_numbers,
    left,
    may_answer,
    may_refuse,
    nobody_enrolled,
    role_now,
    somebody_may,
)
from claw.gate.plan import Plan
from claw.gate.rehearse import stood
from claw.gate.spoken import by_voice, check_spoken, check_terms, only_voice
from claw.house.model import House
from claw.policy.decide import strictest
from claw.policy.people import People
from claw.store.db import writing

logger = logging.getLogger(__name__)

MOST_OF_ONE_SOURCE = 10
"""A person who is asked more than this reads none of it, and would find the one that matters no more."""

ANSWERING_CHANNELS = ("cli", "web")
"""Kinds of channel through which a person can answer today."""

FORGOTTEN = "what it was about is forgotten"

_SALT = "salt"

State = Literal["approved", "rejected"]

_adapter: TypeAdapter[Pending] = TypeAdapter(Pending)


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that was taken: the question, what is left to do (nothing after a no), and why nothing is.

    ``digest`` is over the question as it was stored and the positions that were approved.
    """

    pending: Pending
    actions: tuple[Action, ...]
    digest: str = ""
    why: str = ""


def nothing_aloud(pending: Pending) -> None:
    """Raise Refused: nobody here knows what may be answered aloud."""
    del pending
    raise Refused("this cannot be answered by voice")


def _dump(pending: Pending) -> str:
    body = to_json(pending)
    del body["audit"]
    return canonical({**body, _SALT: secrets.token_hex(16)}).decode()


def _load(body: str, audit: int) -> Pending:
    return _adapter.validate_python({**json.loads(body), "audit": audit})  # what is no field of it, it leaves out


class Questions:
    """The questions that wait, in the daemon's database; ``standing`` holds them by id for whoever watches the house.

    ``told`` is called when a question came or went, ``voided`` with the reason when one went unanswered because what it
    was about has changed; ``enrolled`` says who has a key to sign a yes with; ``local`` gives
    the time that the clocks in the house show, by which people have their hours.  ``aloud`` raises Refused for what
    nobody may say yes to by voice, which the gate knows (``claw/gate/spoken.py``).
    """

    def __init__(self, db: sqlite_utils.Database, audit: AuditLog, people: People, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._people = people
        self._clock = clock
        self._asking = Counter[str]()
        self._until: dict[str, float] = {}
        self.told: list[Callable[[], None]] = []
        self.voided: list[Callable[[Pending, str], None]] = []
        self.enrolled = nobody_enrolled
        self.channels: tuple[str, ...] = ANSWERING_CHANNELS
        self.local: Callable[[datetime], datetime | None] = lambda now: now
        self.aloud: Callable[[Pending], None] = nothing_aloud
        self.standing: dict[str, Pending] = {}
        self.standing = {one.id: one for one in self.waiting()}
        for one in self.standing.values():
            # A clock that was set back while nobody ran must not lengthen a question beyond what it was asked for.
            left_s = min((one.expires - clock.now()).total_seconds(), one.terms.within_s)
            self._until[one.id] = clock.monotonic() + left_s

    async def ask(
        self, plan: Plan, origin: Origin, *, question: str, house: House, request: int, policy: str
    ) -> Pending:
        """Store a question and return it; raises Refused at once when nobody of the household could answer it.

        ``request`` is the audit number of the request that led to it, ``policy`` the hash of what was in force.  Raises
        Refused too when ten of this source wait.
        """
        pending = self._pending(plan, origin, question, house, policy)
        self.check_room(origin)
        body = _dump(pending)
        self._asking[origin.source] += 1
        try:
            number = await self._audit.append(
                "question",
                {
                    "id": pending.id,
                    "question": question,
                    "digest": hashlib.sha256(body.encode()).hexdigest(),
                    **({"run": pending.run} if pending.run else {}),
                },
                origin=origin,
                parent=request,
                versions={"policy": policy},
            )
        finally:
            self._asking[origin.source] -= 1
            self._asking += Counter[str]()  # leaves out the sources that ask nothing any more
        self._close_lapsed()
        self._until[pending.id] = self._clock.monotonic() + pending.terms.within_s
        stored = self.standing[pending.id] = _load(body, number)
        self._write(
            "insert into pending (id, body, created, expires, state, audit) values (?, ?, ?, ?, 'waiting', ?)",
            (pending.id, body, _iso(pending.created), _iso(pending.expires), number),
        )
        return stored

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

    def stood(self, question: str) -> str:
        """Return how a question stands: waiting, approved, rejected, void or expired; empty for one that is unknown."""
        row = self._db.execute("select state, expires from pending where id = ?", (question,)).fetchone()
        if row is None:
            return ""
        return "expired" if row[0] == "waiting" and self._lapsed(question, row[1]) else row[0]

    def take(self, question: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Taken:
        """Close a question and return what came of it, once; what it held (a code, maybe) is kept no longer.

        Raises Refused, and leaves the question as it stands, when it is unknown, answered, void or expired, when
        ``origin`` may not answer it, or when ``choice`` names what the question does not have; Broken when what is
        stored is not what was asked.  A wrong number is an answer: no.
        """
        row = self._db.execute("select body, audit, state, expires from pending where id = ?", (question,)).fetchone()
        if row is None:
            raise Refused("there is no such question")
        body, number, stood, expires = row
        if stood == "waiting" and self._lapsed(question, expires):
            stood = "expired"
        if stood != "waiting":
            why = f": {body}" if stood == "void" else ""
            raise Refused(f"this question is {stood} already{why}")
        pending = self._checked(body, number)
        if yes:
            self._check(pending, origin)
        elif not origin.conversation or origin.conversation != pending.origin.conversation:
            self.check_no(pending, origin)  # whoever asked may take it back
        kept = left(len(pending.actions), choice.without) if yes else ()
        if yes:
            check_grant(pending, choice.grant_s)
            if pending.number and not choice.number:
                raise Refused(f"say which number you were told: {', '.join(pending.choices)}")
        why = "" if kept else "it was rejected"
        if kept and pending.number and choice.number != pending.number:
            kept, why = (), "the wrong number was picked"
        self.standing.pop(question, None)
        self._write(
            "update pending set state = ?, body = '', answered = ?, answered_by = ? where id = ? and state = 'waiting'",
            ("approved" if kept else "rejected", _iso(self._clock.now()), origin.person, question),
        )
        digest = hashlib.sha256(body.encode() + canonical(list(kept))).hexdigest()
        return Taken(pending, tuple(pending.actions[at] for at in kept), digest, why)

    def role(self, person: str | None) -> str | None:
        """Return somebody's role as they count now."""
        return role_now(self._people, person, self._now())

    def check_answer(self, asked: Sequence[Terms | None], origin: Origin) -> None:
        """Raise Refused unless ``origin`` may answer on each of these terms."""
        for terms in asked:
            if terms is not None and by_voice(origin):
                check_terms(terms, origin.channel)
            elif terms is not None:
                may_answer(terms, origin, self._people, self._now())

    def check_no(self, pending: Pending, origin: Origin) -> None:
        """Raise Refused unless ``origin``, who may not have asked, may say no to ``pending``."""
        if by_voice(origin):
            self._check(pending, origin)
        else:
            may_refuse(pending.terms, origin, self._people, self._now())

    def takes_voice(self, pending: Pending) -> bool:
        """Return whether a yes to ``pending`` would count when it is said where it was asked, soon enough."""
        try:
            self.aloud(pending)
        except Refused:
            return False
        return True

    def _check(self, pending: Pending, origin: Origin) -> None:
        """Raise Refused unless this is ``origin``'s to answer; what is said aloud counts by rules of its own."""
        if not by_voice(origin):
            may_answer(pending.terms, origin, self._people, self._now())
            return
        until = self._until.get(pending.id, float("-inf"))
        asked_s = max(
            self._clock.monotonic() - until + pending.terms.within_s,
            (self._clock.now() - pending.created).total_seconds(),
        )
        self.aloud(pending)
        check_spoken(pending, origin, self.waiting(), asked_s)

    def void_denied(self, judge: Callable[[Pending], str]) -> None:
        """Void every question whose plan ``judge`` gives a reason against, after a new policy."""
        odd = [(one.id, why) for one in tuple(self.standing.values()) if (why := judge(one))]
        for question, why in odd:
            self.void(question, why)

    def erase(self, erasure: Erasure) -> int:
        """Void the questions that are to be forgotten, and take words and names from those that are over.

        Return how many were changed.
        """
        gone = 0
        for one in tuple(self.standing.values()):
            if erasure.means(_dump(one), conversation=one.origin.conversation, person=one.origin.person or ""):
                self.void(one.id, FORGOTTEN)
                gone += 1
        # Of a question that is over nothing is left but why it was void.
        rows = self._db.conn.execute("select id, body from pending where state <> 'waiting' and body <> ''").fetchall()
        over = [(name,) for name, why in rows if why != FORGOTTEN and erasure.means(why)]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany("update pending set body = '' where id = ?", over)
            if erasure.since is None:
                gone += self._db.conn.execute(
                    "update pending set answered_by = null where answered_by is not null and (? or answered_by = ?)",
                    (erasure.everything, erasure.person),
                ).rowcount
        return gone + len(over)

    def void(self, question: str, why: str = "what it was about has changed") -> None:
        """Close a question that stands, or was just approved, as void, and write down why."""
        pending = self.standing.pop(question, None)
        row = self._db.execute("select audit from pending where id = ?", (question,)).fetchone()
        parent = pending.audit if pending else row[0] if row else None
        self._audit.note("void", {"question": question, "why": why}, parent=parent)
        # The reason takes the place of what was asked, which may hold a code.
        self._write("update pending set state = 'void', body = ? where id = ?", (why, question))
        if pending is not None:
            for tell in self.voided:
                tell(pending, why)

    def _pending(self, plan: Plan, origin: Origin, question: str, house: House, policy: str) -> Pending:
        asking = [decision for decision in plan.decisions if decision.effect == "confirm"]
        terms = strictest(asking).terms
        if terms is None:
            raise Refused("no one person and channel may answer all of this; ask for the parts one by one")
        somebody_may(terms, self._people, self.enrolled, self.channels, self._now())
        told = plan.risky and by_voice(origin)
        number, choices = draw_numbers() if told else ("", ())
        created = self._clock.now()
        pending = Pending(
            id=secrets.token_hex(4),
            question=question,
            actions=plan.actions,
            origin=origin,
            terms=terms,
            rule=asking[0].rule,
            before=stood(house, _named(plan.actions)),
            created=created,
            expires=created + timedelta(seconds=terms.within_s),
            audit=0,
            things=_things(house, plan.actions),
            policy=policy,
            number=number,
            choices=choices,
            run=plan.run,
        )
        if only_voice(terms):
            self.aloud(pending)  # what nobody can say yes to is refused at once, not left to lapse
        if not self.takes_voice(pending):
            return pending
        return replace(pending, terms=replace(terms, same_chat=True))  # it is answered where it was asked

    def _now(self) -> datetime | None:
        return self.local(self._clock.now())

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
        for name, one in list(self.standing.items()):
            if name in over or one.expires <= self._clock.now():
                del self.standing[name]

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


def _things(house: House, actions: Sequence[Action]) -> dict[str, str]:
    entities = house.registry.entities
    return {entity: entities[entity].registry_id or "" for entity in _named(actions) if entity in entities}


def _named(actions: Sequence[Action]) -> list[str]:
    return sorted({entity for action in actions for entity in action.entities})


def _iso(moment: datetime) -> str:
    return moment.isoformat()
