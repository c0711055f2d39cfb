"""The keys with which people sign: who has which, and that every one that comes or goes stands in the log.

A passkey is the only proof that does not pass through this machine: its private half never leaves the phone or the key
it was made on.  So a yes that is signed with it counts more than one from a page that is signed in, and how one comes
to be known here is the weakest part: see ``claw/channels/signing.py``.

What is kept is public: the public half, and the name that its owner gave it.  All rows are held in memory and written
through, because only the daemon writes here.
"""

import hmac
import logging
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Json, Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused

logger = logging.getLogger(__name__)

MOST_OF_ONE_PERSON = 10
NAME_LIMIT = 60

KIND = "people"
ADDED, REMOVED, ODD = "passkey_added", "passkey_removed", "passkey_odd"
"""Of which kind the log's entries about them are, like all about who may come in, and what was done."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """The public half of a key that somebody signs with.

    ``id`` is what its maker calls it (base64url), ``key`` the public half (COSE), ``site`` the name under which the
    page was open, to which it is bound for good; ``handle`` stands for its person there, and tells nothing of them.
    ``counter`` is the last figure it told, 0 for the many that do not count.
    """

    id: str
    person: str
    name: str
    key: bytes
    site: str
    handle: str
    counter: int
    created: datetime
    last_used: datetime | None = None


class Passkeys:
    """The table ``passkeys``.

    ``told`` are called with a message for a person whose keys have changed: whoever did not do it should know.
    """

    def __init__(self, db: Database, audit: AuditLog, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._keys = {key.id: key for key in map(_from_row, db.table("passkeys").rows)}
        self.told: list[Callable[[Message], object]] = []
        self._ended = 0

    def enrolled(self, person: str) -> bool:
        """Return whether somebody has a key to sign with: fills the port of ``claw/gate/answering.py``."""
        return any(key.person == person for key in self._keys.values())

    def of(self, person: str) -> list[Passkey]:
        """Return somebody's keys, oldest first."""
        return sorted((key for key in self._keys.values() if key.person == person), key=lambda key: key.created)

    def get(self, ident: str) -> Passkey | None:
        """Return the key with this id, None where there is none."""
        return self._keys.get(ident)

    def handle(self, person: str) -> str:
        """Return what stands for somebody in their keys: always the same, and nobody else can tell whom it means."""
        return to_text(hmac.digest(self._audit.id, person.encode(), "sha256"))

    def check_room(self, person: str, name: str) -> None:
        """Raise Refused where somebody has as many keys as may be, or for a name that is none."""
        if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
            raise Refused(f"a passkey's name has 1 to {NAME_LIMIT} printable characters")
        if len(self.of(person)) >= MOST_OF_ONE_PERSON:
            raise Refused(f"you have {MOST_OF_ONE_PERSON} passkeys already; remove one first")

    async def add(self, key: Passkey, origin: Origin) -> None:
        """Keep a new key; it counts once the log has it.  Raises Refused where it is known already."""
        self.check_room(key.person, key.name)
        if key.id in self._keys:
            raise Refused("this passkey is known already")
        before = self._ended
        await self._audit.append(KIND, _did(ADDED, key), origin=origin)
        if before != self._ended:
            raise Refused("somebody was shut out just now; try again")
        if key.id in self._keys:
            raise Refused("this passkey is known already")
        self._write(key)
        self._tell(key.person, f'A passkey "{key.name}" was added for you. If that was not you, tell an owner now.')

    async def remove(self, person: str, ident: str, origin: Origin) -> Passkey:
        """Take a key away for good; raises Refused where ``person`` has none of this id."""
        key = self._keys.get(ident)
        if key is None or key.person != person:
            raise Refused("you have no such passkey")
        self._drop(key)
        await self._audit.append(KIND, _did(REMOVED, key), origin=origin)
        self._tell(person, f'Your passkey "{key.name}" was removed.')
        return key

    def end(self, person: str) -> int:
        """Take all keys of somebody who is shut out, and return how many they were (see ``revoked.py``)."""
        self._ended += 1
        ended = self.of(person)
        for key in ended:
            self._drop(key)
            self._audit.note(KIND, _did(REMOVED, key))
        return len(ended)

    def used(self, key: Passkey, counter: int) -> Passkey:
        """Write down that ``key`` has just signed, and the figure that it told.

        Raises Refused, and says so in the log, for a key that counts and did not count on: a copy of it signs too.
        """
        known = self._keys.get(key.id)
        if known is None:
            raise Refused("this passkey is not known here any more")
        if (counter or known.counter) and counter <= known.counter:
            self._audit.note(KIND, {**_did(ODD, key), "told": counter, "expected_above": known.counter})
            raise Refused("this passkey did not count on since it was last used, as if there were a copy of it")
        used = replace(known, counter=counter, last_used=self._clock.now())
        self._write(used)
        return used

    def _tell(self, person: str, text: str) -> None:
        for tell in self.told:
            tell(Message(f"person:{person}", text, "note"))

    def _write(self, key: Passkey) -> None:
        try:
            self._db.table("passkeys").upsert(_to_row(key), pk="id")
        except sqlite3.Error as error:
            raise Broken(f"the table passkeys cannot be written: {error}") from error
        self._keys[key.id] = key

    def _drop(self, key: Passkey) -> None:
        # It ends here and now, whatever the disk says: a key that comes back with the next start is the smaller harm.
        self._keys.pop(key.id, None)
        try:
            self._db.table("passkeys").delete_where("id = ?", [key.id])
        except sqlite3.Error as error:
            raise Broken(f"the table passkeys cannot be written: {error}") from error


def _did(did: str, key: Passkey) -> dict[str, Json]:
    return {"did": did, "person": key.person, "passkey": key.id, "site": key.site}


def to_text(given: bytes) -> str:
    """Return bytes as base64url without padding, as browsers write them."""
    return urlsafe_b64encode(given).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """Return the bytes of base64url without padding; raises ValueError for anything else."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _to_row(key: Passkey) -> dict[str, str | bytes | int | None]:
    return {
        "id": key.id,
        "person": key.person,
        "name": key.name,
        "key": key.key,
        "site": key.site,
        "handle": key.handle,
        "counter": key.counter,
        "created": key.created.isoformat(),
        "last_used": key.last_used.isoformat() if key.last_used else None,
    }


def _from_row(row: Mapping[str, str | bytes | int | None]) -> Passkey:
    try:
        return Passkey(
            id=str(row["id"]),
            person=str(row["person"]),
            name=str(row["name"]),
            key=memoryview(row["key"]).tobytes(),  # type: ignore[arg-type]  another type is the error below
            site=str(row["site"]),
            handle=str(row["handle"]),
            counter=int(row["counter"] or 0),
            created=datetime.fromisoformat(str(row["created"])),
            last_used=datetime.fromisoformat(str(row["last_used"])) if row["last_used"] else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Broken(f"a row of the table passkeys cannot be read: {error}") from error
