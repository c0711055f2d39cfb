"""Who was let into the household, or shut out of it, while the daemon ran: rows beside the configuration's people.

The configuration is the household's own file and is never written.  Somebody it names is as it says; whom an owner let
in on the page has a row here, and who is shut out has one too, wherever they came from.  A row is never deleted: a rule
may speak of its person, and the log does.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

from sqlite_utils import Database

from claw.base.errors import Broken, Refused
from claw.policy.people import ROLES, Person, Role
from claw.policy.rules import ANYONE, EVERYONE, NOBODY, SUBJECT
from claw.store.db import writing

MOST_PEOPLE = 100
LONGEST_NAME = 60
LONGEST_ID = 30

_MEANINGS = frozenset({*ROLES, ANYONE, NOBODY, EVERYONE, SUBJECT, "me", "screen"})
"""What rules and commands say in the place of an id."""
_NO_SIGN = re.compile(r"[^a-z0-9]+")


class Admitted:
    """The rows of the daemon's database, and the household that they make with the configuration's people."""

    def __init__(self, db: Database, configured: Sequence[Person] = ()) -> None:
        """Read the rows; raises Broken for one that cannot be read."""
        self._db = db
        self._configured = tuple(configured)
        self._made = {
            row[0]: Person(row[0], row[1], _role(row[2]))
            for row in db.execute("select id, name, role from accounts order by made, id").fetchall()
        }
        self._barred = {row[0] for row in db.execute("select person from barred").fetchall()}

    def people(self, made: Mapping[str, Person] | None = None) -> tuple[Person, ...]:
        """Return the household; where both name somebody, they are as the configuration says."""
        named = {person.id for person in self._configured}
        found = (*self._configured, *(one for one in (made or self._made).values() if one.id not in named))
        return tuple(replace(one, barred=one.id in self._barred) for one in found)

    def is_configured(self, person: str) -> bool:
        """Return whether the configuration names somebody: then only it says what they are."""
        return any(one.id == person for one in self._configured)

    def newcomer(self, name: str, role: Role) -> Person:
        """Return somebody new called ``name``, not admitted yet; raises Refused for a name that is none."""
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise Refused(f"a name has 1 to {LONGEST_NAME} printable characters")
        known = self.people()
        if len(known) >= MOST_PEOPLE:
            raise Refused(f"there are {MOST_PEOPLE} people already")
        if any(one.name.casefold() == name.casefold() for one in known):
            raise Refused(f"there is somebody called {name} already")
        base, taken = _slug(name), {one.id for one in known} | _MEANINGS
        ident = next(one for one in (base, *(f"{base}_{at}" for at in range(2, MOST_PEOPLE + 2))) if one not in taken)
        return Person(ident, name, role)

    def put(self, person: Person, moment: datetime) -> tuple[Person, ...]:
        """Write somebody down as they are now and return the household; raises Broken."""
        self._write(
            "insert into accounts (id, name, role, made) values (?, ?, ?, ?)"
            " on conflict (id) do update set name = excluded.name, role = excluded.role",
            (person.id, person.name, person.role, moment.isoformat()),
        )
        self._made[person.id] = replace(person, barred=False)
        return self.people()

    def with_(self, person: Person) -> tuple[Person, ...]:
        """Return the household as it would be with somebody so; nothing is written."""
        return self.people({**self._made, person.id: person})

    def bar(self, person: str, moment: datetime) -> None:
        """Shut somebody out: at once here, then on disk; raises Broken where that takes nothing."""
        self._barred.add(person)
        self._write("insert or ignore into barred (person, since) values (?, ?)", (person, moment.isoformat()))

    def admit(self, person: str) -> None:
        """Let somebody count again; raises Broken, and lets nobody in, where the disk takes nothing."""
        self._write("delete from barred where person = ?", (person,))
        self._barred.discard(person)

    def _write(self, statement: str, values: tuple[str, ...]) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NO_SIGN.sub("_", plain).strip("_")[:LONGEST_ID].strip("_") or "person"


def _role(written: str) -> Role:
    for role in ROLES:
        if role == written:
            return role
    raise Broken(f"a row of the table accounts cannot be read: found the role {written!r}, expected {get_args(Role)}")
