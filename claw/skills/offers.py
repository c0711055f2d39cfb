"""Puts a learned skill to whoever asked for it twice: one question, at most one a day; a no holds for ninety days.

It is asked once its proof is green.  An owner's yes takes the manifest for everybody; anybody else's is passed on to
the owners.  Silence is no, and changes nothing: a skill that agrees three times still runs for those who made it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from sqlite_utils import Database

from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.gate.follow import address
from claw.memory.rows import stamp, told_at
from claw.memory.sources import proven
from claw.policy.people import People, Role
from claw.skills.deciding import Decided, Deed
from claw.skills.ground import Tell, called
from claw.skills.life_words import sentence
from claw.skills.model import Draft, Skill, Standing
from claw.store.db import writing

logger = logging.getLogger(__name__)

OfferState = Literal["waiting", "offered", "owner", "accepted", "declined"]

DECLINED = timedelta(days=90)
PATIENCE = timedelta(days=3)
"""How long a question stands; then silence is no."""
TALKED = timedelta(minutes=30)
"""What a bare yes means is what was asked in that conversation so lately; after that it is said on the page."""
GONE = "There is no such question, or it is not yours to answer."
_FILE = Path("claw.db")
_COLUMNS = "name, hash, at, person, conversation, state, until"
_STATES: frozenset[str] = frozenset(get_args(OfferState))


@dataclass(frozen=True, slots=True)
class Offer:
    """One question about one skill: to whom, in which conversation, how far it is.

    ``waiting``: nobody was asked yet; ``offered``: whoever made it was; ``owner``: they said yes, and the owners are
    asked.
    """

    name: str
    hash: str
    at: datetime
    person: str
    conversation: str
    state: OfferState
    until: datetime | None = None


class Decides(Protocol):
    """What carries an owner's yes through the gate (``claw/skills/deciding.py``)."""

    async def do(self, deed: Deed, name: str, origin: Origin, *, hash: str = "", said: str = "") -> Decided:  # noqa: A002  the noun of this room
        """Accept, enable, disable, roll back or retire."""
        ...


@dataclass(frozen=True)
class Asking:
    """Whom an offer may go to, and about what.

    ``of`` gives the standing of a skill, ``told`` one sentence of what it does, ``role`` somebody's role now, ``zone``
    the house's time zone, ``language`` is the household's first.
    """

    of: Callable[[str], Standing | None]
    told: Callable[[str], str]
    role: Callable[[str | None], Role | None]
    people: People
    zone: Callable[[], tzinfo]
    language: str = "en"

    def owners(self) -> Sequence[str]:
        """Return the ids of the owners."""
        return [person.id for person in self.people if person.role == "owner"]


class Offers:
    """The table ``skill_offers``; used from the event loop only."""

    def __init__(self, db: Database, deciding: Decides, tell: Tell, asking: Asking, clock: Clock) -> None:
        """``tell`` sends a message through the gate and returns whether it went out."""
        self._db = db
        self._deciding = deciding
        self._tell = tell
        self._asking = asking
        self._clock = clock

    async def offer(self, skill: Skill, draft: Draft, origin: Origin, asked: bool = False) -> bool:  # noqa: FBT001, FBT002  a hook of the proofs
        """Ask whoever ``origin`` is about ``skill``, today or on one of the next days; return whether it was asked.

        ``asked``: they wanted a skill in so many words, so that it is no bother to be asked today again.
        """
        del draft
        if origin.person is None or self._declined(skill.name):
            return False
        new = Offer(skill.name, skill.hash, self._clock.now(), origin.person, origin.conversation, "waiting")
        self._write(new)
        return await self._ask(new, origin) if asked or not self._asked_today() else False

    async def look(self) -> None:
        """Ask what waits to be asked, and take long silence as no; called once a minute."""
        now = self._clock.now()
        for one in self._select("state IN ('offered', 'owner') AND at <= ?", (stamp(now - PATIENCE),)):
            self._write(_with(one, "declined", now, until=now + DECLINED))
        waiting = self._select("state = 'waiting' ORDER BY at", ())
        if waiting and not self._asked_today():
            one = waiting[0]
            await self._ask(one, Origin("system", one.person, conversation=one.conversation))

    def open(self) -> list[Offer]:
        """Return every question that stands, the latest first."""
        return self._select("state IN ('offered', 'owner') ORDER BY at DESC", ())

    def waiting(self, origin: Origin) -> Offer | None:
        """Return the offer that a bare yes or no of ``origin`` is about; None where there is none.

        That is what was asked in this very conversation, or of this owner, lately.
        """
        now = self._clock.now()
        if not proven(origin, self._asking.role(origin.person)):
            return None
        return next(
            (one for one in self.open() if timedelta() <= now - one.at <= TALKED and self._is_asked(one, origin)), None
        )

    async def answer(self, name: str, origin: Origin, *, yes: bool, said: str = "") -> str:
        """Take the answer to an offer and return a sentence; raises Refused where it is not theirs to answer.

        Only a person's own word counts, on a channel that proved them: an owner's is the yes, another's asks for it.
        """
        found = next((one for one in self.open() if one.name == name), None)
        role = self._asking.role(origin.person)
        own = proven(origin, role) and not origin.taint and not origin.asks_only
        if found is None or not own or (origin.person != found.person and role != "owner"):
            raise Refused(GONE)
        now = self._clock.now()
        if not yes:
            self._write(_with(found, "declined", now, until=now + DECLINED))
            return self._said("declined", origin, name=called(name))
        if role != "owner":
            self._write(_with(found, "owner", now))
            await self._ask_owners(found)
            return self._said("passed_on", origin)
        decided = await self._deciding.do("accept", name, origin, hash=found.hash, said=said)
        if decided.standing is not None:
            self._write(_with(found, "accepted", now))
        return decided.text

    def withdraw(self, name: str) -> None:
        """Take an offer back that nobody has answered."""
        with writing(_FILE), self._db.conn:
            self._db.conn.execute(
                "DELETE FROM skill_offers WHERE name = ? AND state IN ('waiting', 'offered')", (name,)
            )

    def _is_asked(self, offer: Offer, origin: Origin) -> bool:
        if offer.state == "owner":
            return origin.person in self._asking.owners()
        return origin.person == offer.person and origin.conversation == offer.conversation

    async def _ask(self, offer: Offer, origin: Origin) -> bool:
        """Put the question; a skill that is not as it was then, or runs already, is not asked about."""
        standing = self._asking.of(offer.name)
        if standing is None or standing.hash != offer.hash or standing.state != "shadow" or standing.accepted_by:
            self.withdraw(offer.name)
            return False
        # Written down before it goes out: a crash in between costs a question, never a second one on one day.
        self._write(_with(offer, "offered", self._clock.now()))
        name, told = called(offer.name), self._asking.told(offer.name)
        key = "offer" if offer.person in self._asking.owners() else "offer_other"
        text = self._said(key, origin, name=name, told=told)
        for to in dict.fromkeys((address(origin), f"person:{offer.person}")):  # that talk may be over
            if await self._tell(Message(to, text, kind="question", urgency="low")):
                return True
        self._write(offer)
        return False

    async def _ask_owners(self, offer: Offer) -> None:
        name, told = called(offer.name), self._asking.told(offer.name)
        person = self._asking.people.get(offer.person)
        language = self._asking.language
        who = person.name if person is not None else sentence(language, "somebody")
        text = sentence(language, "ask_owners", who=who, name=name, told=told)
        for owner in self._asking.owners():
            await self._tell(Message(f"person:{owner}", text, kind="question", urgency="low"))

    def _said(self, key: str, origin: Origin, **fields: object) -> str:
        return sentence(origin.language or self._asking.language, key, **fields)

    def _asked_today(self) -> bool:
        (last,) = self._db.conn.execute("SELECT max(at) FROM skill_offers WHERE state <> 'waiting'").fetchone()
        zone, at = self._asking.zone(), told_at(last)
        # A clock that was set back must not let a second question through on the same day.
        return at is not None and at.astimezone(zone).date() >= self._clock.now().astimezone(zone).date()

    def _declined(self, name: str) -> bool:
        now = self._clock.now()
        return any(one.until is not None and now < one.until for one in self._select("name = ?", (name,)))

    def _write(self, offer: Offer) -> None:
        row = (offer.name, offer.hash, stamp(offer.at), offer.person, offer.conversation, offer.state)
        with writing(_FILE), self._db.conn:
            self._db.conn.execute(
                f"INSERT OR REPLACE INTO skill_offers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  our own names
                (*row, offer.until and stamp(offer.until)),
            )

    def _select(self, where: str, values: tuple[object, ...]) -> list[Offer]:
        rows = self._db.conn.execute(f"SELECT {_COLUMNS} FROM skill_offers WHERE {where}", values).fetchall()  # noqa: S608  our own names
        return [_offer(row) for row in rows]


def _with(offer: Offer, state: OfferState, at: datetime, until: datetime | None = None) -> Offer:
    return Offer(offer.name, offer.hash, at, offer.person, offer.conversation, state, until)


def _offer(row: tuple[Any, ...]) -> Offer:
    name, digest, at, person, conversation, state, until = row
    moment = told_at(at)
    if moment is None or state not in _STATES:
        raise Broken(f"claw.db holds an offer that cannot be read: {name}")
    return Offer(name, digest, moment, person, conversation, state, told_at(until))
