"""Who may write by Telegram: numbers of people's own accounts, each bound to one person of the household by a code.

A name in Telegram is anybody's to take and to give away, so only the number counts.  A code is made at the console, is
typed by its person into their own chat with the bot, works once and for ten minutes, and lives in memory only.  It is
longer than one for the page, because anybody in the world may write to a bot: so no wrong try has to end it, which
would let strangers keep a household out.

All rows are held in memory and written through; every account that comes or goes stands in the log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.channels.accounts import KIND
from claw.channels.codes import Codes
from claw.store.db import writing

CODE_LENGTH = 12
"""60 bits: with a million tries a second for ten minutes, one chance in two thousand million."""

CODE_LIFE = timedelta(minutes=10)
MOST_OF_ONE_PERSON = 5

CODE, ADDED, ENDED = "telegram_code", "telegram_added", "telegram_ended"
"""What was done, as the log says it of the household's people."""


@dataclass(frozen=True, slots=True)
class Link:
    """An account of Telegram's (``user`` is its number) from which ``person`` writes."""

    user: int
    person: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Who of the household is somebody: at all, and at this hour.  The daemon fills both."""

    known: Callable[[str], bool]
    counts: Callable[[str], bool]


class Links:
    """The table ``telegram_links``, and the codes that lead into it.

    ``told`` are called with a message for a person whose accounts have changed, ``changed`` when any has.
    """

    def __init__(self, db: Database, audit: AuditLog, clock: Clock, standing: Standing) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._standing = standing
        self._links = {link.user: link for link in map(_link, db.execute("select * from telegram_links").fetchall())}
        self._codes = Codes(clock, CODE_LIFE, length=CODE_LENGTH, tries=0)
        self.told: list[Callable[[Message], object]] = []
        self.changed: list[Callable[[], None]] = []

    def code(self, person: str, origin: Origin) -> str:
        """Return a code that binds the account which sends it to ``person``, once, within ten minutes.

        ``origin`` asks for it.  It voids the earlier one of ``person``.  Raises Refused for somebody unknown, or with
        five accounts already.
        """
        if not self._standing.known(person):
            raise Refused(f"there is nobody called {person!r} in this household")
        self._check_room(person)
        self._audit.note(KIND, {"did": CODE, "person": person}, origin=origin)
        return self._codes.make(person)

    async def enrol(self, code: str, user: int) -> str:
        """Bind ``user`` to the person whose ``code`` this is, and return who that is; it counts once the log has it.

        Raises Refused for a code that does not hold, and for an account that is somebody's already.
        """
        person = self._codes.match(code)
        if person is None or not self._standing.known(person):
            raise Refused("that code is not valid: codes work once and for ten minutes")
        if user in self._links:
            raise Refused("this account is enrolled already; it has to be revoked first")
        self._check_room(person)
        self._codes.void(person)
        row = {"did": ADDED, "person": person, "user": user}
        await self._audit.append(KIND, row, origin=_origin(person, user))
        if not self._standing.known(person):
            raise Refused("that code is not valid any more")
        if user in self._links:
            raise Refused("this account is enrolled already; it has to be revoked first")
        link = Link(user, person, self._clock.now())
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("insert into telegram_links values (?, ?, ?)", (user, person, link.since.isoformat()))
        self._links[user] = link
        self._change(person, "A Telegram account was enrolled for you. If that was not you, tell an owner now.")
        return person

    def person(self, user: int) -> str | None:
        """Return whose account this is, also outside their hours; None for a stranger's."""
        link = self._links.get(user)
        return link.person if link is not None and self._standing.known(link.person) else None

    def counts(self, person: str) -> bool:
        """Return whether ``person`` is somebody at this hour."""
        return self._standing.counts(person)

    def all(self) -> list[Link]:
        """Return every account that is bound, longest first."""
        return sorted(self._links.values(), key=lambda link: (link.since, link.user))

    async def revoke(self, person: str, origin: Origin) -> int:
        """Take away every account of somebody's, and return how many they had; raises Refused where they have none."""
        ended = self._drop(person)
        if not ended:
            raise Refused(f"nobody writes by Telegram as {person!r}")
        for link in ended:
            await self._audit.append(KIND, {"did": ENDED, "person": person, "user": link.user}, origin=origin)
        self._change(person, "Nobody can write to Claw as you by Telegram any more.")
        return len(ended)

    def end(self, person: str) -> int:
        """Take away every account of somebody who is shut out, and return how many they had (``revoked.py``)."""
        ended = self._drop(person)
        for link in ended:
            self._audit.note(KIND, {"did": ENDED, "person": person, "user": link.user})
        for tell in self.changed:
            tell()
        return len(ended)

    def _drop(self, person: str) -> list[Link]:
        self._codes.void(person)
        ended = [link for link in self.all() if link.person == person]
        for link in ended:  # in memory first: what cannot be written must not stand until it can
            del self._links[link.user]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("delete from telegram_links where person = ?", (person,))
        return ended

    def _check_room(self, person: str) -> None:
        if sum(link.person == person for link in self._links.values()) >= MOST_OF_ONE_PERSON:
            raise Refused(f"{MOST_OF_ONE_PERSON} accounts are enrolled for them already; revoke those first")

    def _change(self, person: str, words: str) -> None:
        for tell in self.changed:
            tell()
        for told in self.told:
            told(Message(f"person:{person}", words))


def _origin(person: str, user: int) -> Origin:
    return Origin("telegram", person, authenticated=True, source=f"telegram {user}", strength="tap")


def _link(row: tuple[int, str, str]) -> Link:
    try:
        return Link(int(row[0]), str(row[1]), datetime.fromisoformat(row[2]))
    except (ValueError, TypeError) as error:
        raise Broken(f"a row of the table telegram_links cannot be read: {error}") from error
