"""Who may talk to Claw over HTTP: bearer tokens, page sessions and the codes that open them.

Every program and every browser has a secret of its own, tied to one person and to a *ceiling*: the few things it may do
at most, whatever the policy would allow that person.  There is no master secret.  Secrets are 256 random bits, so
SHA-256 is the right hash for them at rest (a slow hash protects guessable passwords only); the secret itself is shown
once and never kept.  A code is short because a person types it, so it is worth little: ten minutes, one use, so many
wrong tries, and it lives in memory only.

All rows are held in memory and written through, because every request asks who it is from and only the daemon writes
here.  ``last_used`` is written by ``flush``, which the web server calls once a minute, never by a request.  ``told``
hears of everything that changes who may come in: the log keeps it (``claw/channels/accounts.py``).
"""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, get_args

from sqlite_utils import Database

from claw.base.action import SYSTEM, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.channels.codes import Codes
from claw.store.db import writing

Right = Literal["talk", "approve", "stop", "reset", "read_log", "watch"]
"""What a client may do: ``watch`` is to read figures, which name nobody, and is all that a monitoring program needs."""
Kind = Literal["token", "session", "model"]
"""A program, a browser, or a program that speaks for a model (``/v1``, ``/mcp``): words it sends may be anybody's."""

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

MODEL_CEILING: frozenset[Right] = frozenset({"talk", "stop"})
"""What a program that speaks for a model may do at most: never say yes, reset, or read what it did not ask for."""

SCREEN = "screen:"
"""What a shared screen has in the place of a person: ``screen:<area id>``.  It is a place, and whoever stands there."""

CODE_LIFE = timedelta(minutes=10)
SIGN_IN_TRIES = 1_000
"""Wrong codes that void those that stand: of 40 bits it is nothing, and one stranger, who is let try every two seconds,
cannot keep a household from signing in."""

SESSION_LIFE = timedelta(days=30)
TOKEN_LIFE = timedelta(days=365)
TOKEN_PREFIX = "claw_"  # noqa: S105  a mark by which a leaked token is recognised, not a secret
TOUCH_EVERY = timedelta(minutes=1)
NAME_LIMIT = 60
MOST_SESSIONS = 20
"""Browsers that one person, or one screen, is signed in with; one more ends the one that was not used for longest."""
MOST_OVER = 500
"""Rows of what is over that are kept to be looked at."""

Change = Literal["code", "issued", "signed_in", "ended"]
Told = Callable[[Change, str, str, Origin], None]
"""Hears of a change: what it was, whose it is, the client's id (empty for a code), and who did it."""


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
        self.told: list[Told] = []
        self._clients = {client.id: client for client in map(_from_row, db.table("clients").rows)}
        self._codes = Codes(clock, CODE_LIFE, tries=SIGN_IN_TRIES)
        self._unwritten: set[str] = set()

    def issue(
        self,
        name: str,
        person: str,
        ceiling: Iterable[str] = DEFAULT_CEILING,
        *,
        life: timedelta = TOKEN_LIFE,
        kind: Literal["token", "model"] = "token",
        by: Origin = SYSTEM,
    ) -> tuple[Client, str]:
        """Make a token for the program ``name`` that speaks for ``person``; the second value is shown once.

        For a shared screen it may do no more than such a screen may, for a ``model`` no more than MODEL_CEILING: a
        token of that kind opens ``/v1`` and ``/mcp`` and nothing else, and no other opens those.  Raises Refused for
        somebody unknown, an unknown right, an empty name or one above 60 characters.
        """
        wanted = frozenset(ceiling)
        if unknown := sorted(wanted - EVERY_RIGHT):
            raise Refused(f"no such right: {', '.join(unknown)} (there are {', '.join(sorted(EVERY_RIGHT))})")
        if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
            raise Refused(f"a client's name has 1 to {NAME_LIMIT} printable characters")
        most = MODEL_CEILING if kind == "model" else EVERY_RIGHT
        client, secret = self._create(name, person, kind, most & wanted, life)
        self._tell("issued", person, client.id, by)
        return client, secret

    def sign_in_code(self, person: str, by: Origin = SYSTEM) -> str:
        """Return a code of eight characters that signs ``person`` in on the page once, within ten minutes.

        A new code voids the person's earlier one.  Raises Refused for somebody unknown.
        """
        self._role(person)
        code = self._codes.make(person, by.person or "")
        self._tell("code", person, "", by)
        return code

    def sign_in(self, code: str, name: str) -> tuple[Client, str]:
        """Exchange ``code`` for a session of the browser ``name``; the second value goes into its cookie.

        Raises Refused.
        """
        person = self._codes.match(code)
        if person is None:
            raise Refused("That code is not valid. Codes work once and for ten minutes; ask for a new one.")
        self._codes.void(person)
        return self.enter(person, name)

    def enter(self, person: str, name: str) -> tuple[Client, str]:
        """Open a session of the browser ``name`` for ``person``, who has just proved to be them; as ``sign_in``.

        It is for whoever took the proof (a password, a passkey), and never for what a request says about itself.
        Raises Refused for somebody unknown, shut out, or outside of their hours.
        """
        ceiling = ROLE_CEILINGS.get(self._role(person), DEFAULT_CEILING)
        if place_of(person) is None and not self._present(person):
            raise Refused("You may not sign in now.")
        self._make_room(person)
        client, secret = self._create(name[:NAME_LIMIT], person, "session", ceiling, SESSION_LIFE)
        self._tell("signed_in", person, client.id, Origin("web", person, authenticated=place_of(person) is None))
        return client, secret

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

    def revoke(self, ident: str, by: Origin = SYSTEM) -> Client:
        """End a client at once, for good; raises Refused when there is none of that id."""
        client = self._clients.get(ident)
        if client is None:
            raise Refused(f"there is no client {ident!r}")
        if client.revoked is None:
            # In memory first: what is ended is ended, also where the disk takes nothing.
            client = self._clients[ident] = replace(client, revoked=self._clock.now())
            self._tell("ended", client.person, ident, by)
            self._write(client)
        return client

    def end(self, person: str, *, but: str = "", kinds: Collection[Kind] = get_args(Kind), by: Origin = SYSTEM) -> int:
        """End every client of ``person`` of these kinds, except the one with the id ``but``; return how many stood."""
        ended = [one for one in self.all() if one.person == person and one.id != but and one.kind in kinds]
        ended = [one for one in ended if one.revoked is None and self._clock.now() < one.expires]
        now = self._clock.now()
        self._clients |= {one.id: replace(one, revoked=now) for one in ended}  # all of them, before any is written
        for one in ended:
            self._tell("ended", person, one.id, by)
        if ended:
            self._unwritten.difference_update(one.id for one in ended)
            self._upsert([_to_row(self._clients[one.id]) for one in ended])
        return len(ended)

    def forget_code(self, person: str) -> int:
        """Void the code that waits for ``person``, and those they made for others; return how many there were."""
        return self._codes.void(person) + self._codes.void_by(person)

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

    def _make_room(self, person: str) -> None:
        """End the sessions of ``person`` that are one too many, and let go of rows that were over long ago."""
        standing = [one for one in self.all() if one.person == person and one.kind == "session" and self.stands(one)]
        standing.sort(key=lambda one: one.last_used or one.created)
        for one in standing[: max(0, len(standing) + 1 - MOST_SESSIONS)]:
            self.revoke(one.id)
        now = self._clock.now()
        over = [one.id for one in self.all() if one.revoked is not None or one.expires <= now]
        for ident in over[: max(0, len(over) - MOST_OVER)]:
            with writing(Path("claw.db")), self._db.conn:
                self._db.conn.execute("delete from clients where id = ?", (ident,))
            del self._clients[ident]
            self._unwritten.discard(ident)

    def _tell(self, what: Change, person: str, client: str, by: Origin) -> None:
        for told in self.told:
            told(what, person, client, by)

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


def place_of(person: str) -> str | None:
    """Return the area in which a shared screen hangs that stands in the place of a person; None for a person."""
    return person.removeprefix(SCREEN) if person.startswith(SCREEN) else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def _kind(written: str | None) -> Kind:
    """Return a row's kind; raises ValueError for another: a way in is never taken for a wider one."""
    for kind in get_args(Kind):
        if written == kind:
            return kind
    raise ValueError(f"found the kind {written!r}")


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
            kind=_kind(row["kind"]),
            ceiling=EVERY_RIGHT & frozenset(str(row["ceiling"]).split()),
            hash=str(row["hash"]),
            created=datetime.fromisoformat(str(row["created"])),
            expires=datetime.fromisoformat(str(row["expires"])),
            last_used=datetime.fromisoformat(row["last_used"]) if row["last_used"] else None,
            revoked=datetime.fromisoformat(row["revoked"]) if row["revoked"] else None,
        )
    except (KeyError, ValueError) as error:
        raise Broken(f"a row of the table clients cannot be read: {error}") from error
