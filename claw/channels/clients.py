"""Who may talk to Claw over HTTP: bearer tokens, page sessions and the codes that open them.

Every program and every browser has a secret of its own, tied to one person and to a *ceiling*: the few things it may do
at most, whatever the policy would allow that person.  There is no master secret.  Secrets are 256 random bits, so
SHA-256 is the right hash for them at rest (a slow hash protects guessable passwords only); the secret itself is shown
once and never kept.  A code is short because a person types it, so it is worth little: ten minutes, one use, five
wrong tries, and it lives in memory only.

All rows are held in memory and written through, because every request asks who it is from and only the daemon writes
here.  ``last_used`` is written by ``flush``, which the web server calls once a minute, never by a request.
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.errors import Broken, Refused

Right = Literal["talk", "approve", "stop", "reset", "read_log"]
Kind = Literal["token", "session"]

EVERY_RIGHT: frozenset[Right] = frozenset(get_args(Right))
DEFAULT_CEILING: frozenset[Right] = frozenset({"talk", "stop"})
ROLE_CEILINGS: Mapping[str, frozenset[Right]] = {
    "owner": EVERY_RIGHT,
    "adult": EVERY_RIGHT,
    "child": frozenset({"talk", "approve", "stop"}),
    "guest": frozenset({"talk", "stop"}),
    "screen": frozenset({"talk", "stop"}),
}
"""What a signed-in page may do at most: who of them may say yes to what is the policy's to narrow further."""

SCREEN = "screen:"
"""What a shared screen has in the place of a person: ``screen:<area id>``.  It is a place, and whoever stands there."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs without 0, 1, I and O, which people confuse: a code of eight is worth 40 bits."""

CODE_LENGTH = 8
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
SESSION_LIFE = timedelta(days=30)
TOKEN_LIFE = timedelta(days=365)
TOKEN_PREFIX = "claw_"  # noqa: S105  a mark by which a leaked token is recognised, not a secret
TOUCH_EVERY = timedelta(minutes=1)
NAME_LIMIT = 60


class Roles(Protocol):
    """Tells a person's role: the people table fills this port."""

    def role(self, person_id: str | None) -> str | None:
        """Return the role, None for somebody who is not (or no longer) of the household."""
        ...


@dataclass(frozen=True, slots=True)
class Client:
    """One program or browser that may speak for a person."""

    id: str
    name: str
    person: str
    kind: Kind
    ceiling: frozenset[Right]
    hash: str
    created: datetime
    expires: datetime
    last_used: datetime | None = None
    revoked: datetime | None = None

    def may(self, right: Right) -> bool:
        """Return whether ``right`` is under this client's ceiling."""
        return right in self.ceiling


@dataclass(frozen=True, slots=True)
class _Code:
    hash: bytes
    person: str
    expires: datetime
    tries: int = 0


class Clients:
    """Issues, recognises and revokes the secrets in the table ``clients``."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        roles: Roles,
        present: Callable[[str], bool] = lambda _: True,
        areas: Callable[[], Collection[str]] = frozenset[str],
    ) -> None:
        """``present`` says whether somebody of the household counts as somebody at this hour.

        ``areas`` are the ids of the rooms that a shared screen may hang in.
        """
        self._areas = areas
        self._db = db
        self._clock = clock
        self._roles = roles
        self._present = present
        self._clients = {client.id: client for client in map(_from_row, db.table("clients").rows)}
        self._codes: dict[str, _Code] = {}
        self._unwritten: set[str] = set()

    def issue(
        self,
        name: str,
        person: str,
        ceiling: Iterable[str] = DEFAULT_CEILING,
        *,
        life: timedelta = TOKEN_LIFE,
    ) -> tuple[Client, str]:
        """Make a token for the program ``name`` that speaks for ``person``; the second value is shown once.

        For a shared screen it may do no more than such a screen may.  Raises Refused for somebody unknown, an unknown
        right, an empty name or one above 60 characters.
        """
        wanted = frozenset(ceiling)
        if unknown := sorted(wanted - EVERY_RIGHT):
            raise Refused(f"no such right: {', '.join(unknown)} (there are {', '.join(sorted(EVERY_RIGHT))})")
        if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
            raise Refused(f"a client's name has 1 to {NAME_LIMIT} printable characters")
        return self._create(name, person, "token", EVERY_RIGHT & wanted, life)

    def sign_in_code(self, person: str) -> str:
        """Return a code of eight characters that signs ``person`` in on the page once, within ten minutes.

        A new code voids the person's earlier one.  Raises Refused for somebody unknown.
        """
        self._role(person)
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        self._codes[person] = _Code(_hash(code), person, self._clock.now() + CODE_LIFE)
        return code

    def sign_in(self, code: str, name: str) -> tuple[Client, str]:
        """Exchange ``code`` for a session of the browser ``name``; the second value goes into its cookie.

        A code does not say whose it is, so a wrong one counts against every code that stands.  Raises Refused.
        """
        now = self._clock.now()
        digest = _hash(code.upper().replace("-", "").replace(" ", ""))
        match: _Code | None = None
        for person, known in list(self._codes.items()):
            if known.expires <= now:
                del self._codes[person]
            elif hmac.compare_digest(known.hash, digest):
                match = known
        if match is None:
            self._count_wrong_try()
            raise Refused("That code is not valid. Codes work once and for ten minutes; ask for a new one.")
        del self._codes[match.person]
        ceiling = ROLE_CEILINGS.get(self._role(match.person), DEFAULT_CEILING)
        return self._create(name[:NAME_LIMIT], match.person, "session", ceiling, SESSION_LIFE)

    def recognise(self, secret: str) -> Client | None:
        """Return the client that ``secret`` belongs to, None when there is none that stands."""
        ident, _, key = secret.removeprefix(TOKEN_PREFIX).partition(".")
        client = self._clients.get(ident)
        # An unknown id costs the same comparison, so that the time tells nothing about which ids exist.
        expected = client.hash if client else ""
        same = hmac.compare_digest(expected.encode(), _hash(key).hex().encode())
        if client is None or not same or not self.stands(client):
            return None
        now = self._clock.now()
        if client.last_used is None or now - client.last_used >= TOUCH_EVERY:
            client = self._clients[ident] = replace(client, last_used=now)
            self._unwritten.add(ident)
        return client

    def stands(self, client: Client) -> bool:
        """Return whether ``client`` is neither expired nor revoked, and its person is of the household at this hour."""
        current = self._clients.get(client.id)
        return (
            current is not None
            and current.revoked is None
            and self._clock.now() < current.expires
            # A screen stays what it is while the house is not there; a room that is gone is no way in.
            and (place_of(current.person) is not None or self._lives_here(current.person))
        )

    def _lives_here(self, person: str) -> bool:
        return self._roles.role(person) is not None and self._present(person)

    def revoke(self, ident: str) -> Client:
        """End a client at once, for good; raises Refused when there is none of that id."""
        client = self._clients.get(ident)
        if client is None:
            raise Refused(f"there is no client {ident!r}")
        if client.revoked is None:
            client = self._clients[ident] = replace(client, revoked=self._clock.now())
            self._write(client)
        return client

    def all(self) -> list[Client]:
        """Return every client, also expired and revoked ones, oldest first."""
        return sorted(self._clients.values(), key=lambda client: (client.created, client.id))

    def flush(self) -> None:
        """Write the times of last use that are not written yet, in one transaction."""
        unwritten, self._unwritten = self._unwritten, set()
        rows = [_to_row(self._clients[ident]) for ident in sorted(unwritten)]
        if rows:
            self._upsert(rows)

    def _create(
        self, name: str, person: str, kind: Kind, ceiling: frozenset[Right], life: timedelta
    ) -> tuple[Client, str]:
        if self._role(person) == "screen":
            ceiling &= ROLE_CEILINGS["screen"]
        now = self._clock.now()
        ident, key = secrets.token_hex(6), secrets.token_urlsafe(32)
        client = Client(ident, name, person, kind, ceiling, _hash(key).hex(), now, now + life)
        self._write(client)
        self._clients[ident] = client
        return client, f"{TOKEN_PREFIX}{ident}.{key}"

    def _write(self, client: Client) -> None:
        self._unwritten.discard(client.id)
        self._upsert([_to_row(client)])

    def _upsert(self, rows: list[dict[str, str | None]]) -> None:
        try:
            self._db.table("clients").upsert_all(rows, pk="id")
        except sqlite3.Error as error:
            raise Broken(f"the table clients cannot be written: {error}") from error

    def _role(self, person: str) -> str:
        place = place_of(person)
        if place is not None:
            if place not in self._areas():
                raise Refused(f"there is no room with the id {place!r} in this house")
            return "screen"
        role = self._roles.role(person)
        if role is None:
            raise Refused(f"there is nobody called {person!r} in this household")
        return role

    def _count_wrong_try(self) -> None:
        counted = {person: replace(code, tries=code.tries + 1) for person, code in self._codes.items()}
        self._codes = {person: code for person, code in counted.items() if code.tries < CODE_TRIES}


def place_of(person: str) -> str | None:
    """Return the area in which a shared screen hangs that stands in the place of a person; None for a person."""
    return person.removeprefix(SCREEN) if person.startswith(SCREEN) else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _to_row(client: Client) -> dict[str, str | None]:
    return {
        "id": client.id,
        "name": client.name,
        "person": client.person,
        "kind": client.kind,
        "ceiling": " ".join(sorted(client.ceiling)),
        "hash": client.hash,
        "created": client.created.isoformat(),
        "expires": client.expires.isoformat(),
        "last_used": client.last_used.isoformat() if client.last_used else None,
        "revoked": client.revoked.isoformat() if client.revoked else None,
    }


def _from_row(row: Mapping[str, str | None]) -> Client:
    try:
        return Client(
            id=str(row["id"]),
            name=str(row["name"]),
            person=str(row["person"]),
            kind="session" if row["kind"] == "session" else "token",
            ceiling=EVERY_RIGHT & frozenset(str(row["ceiling"]).split()),
            hash=str(row["hash"]),
            created=datetime.fromisoformat(str(row["created"])),
            expires=datetime.fromisoformat(str(row["expires"])),
            last_used=datetime.fromisoformat(row["last_used"]) if row["last_used"] else None,
            revoked=datetime.fromisoformat(row["revoked"]) if row["revoked"] else None,
        )
    except (KeyError, ValueError) as error:
        raise Broken(f"a row of the table clients cannot be read: {error}") from error
