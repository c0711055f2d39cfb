"""Passwords: a second way to prove who one is, for who has no key and nobody near to make a code.

A password can be guessed, so it is kept as argon2id makes it (19 MiB and two passes: the least that OWASP asks for,
which a small machine can spare), an answer costs the same whether there is such a person or not, and whoever takes one
counts the tries.  One is worked out at a time, in a thread: who knocks hard cannot fill the memory, and nobody waits.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.errors import Broken, Refused, Unavailable
from claw.store.db import writing

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

SHORTEST = 10
LONGEST = 200
FEWEST_SIGNS = 5
"""Different signs in a password: "aaaaaaaaaa" and "1212121212" are ten long too."""

MEMORY_KIB = 19 * 1024
PASSES = 2
MOST_WAITING = 8
"""Passwords that wait to be worked out, at some 30 ms each; one more is asked to come back."""


class Passwords:
    """The passwords of the household: the table ``passwords``."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._hashes: dict[str, str] = {
            row[0]: row[1] for row in db.execute("select person, hash from passwords").fetchall()
        }
        self._one = asyncio.Lock()
        self._waiting = 0
        self._nobodys = ""

    def __contains__(self, person: object) -> bool:
        return person in self._hashes

    async def hashed(self, password: str, names: tuple[str, ...] = ()) -> str:
        """Return what is kept of ``password``; raises Refused for one that is easily guessed, Unavailable if too many.

        ``names`` are what its person is called, which is no password.
        """
        check(password, names)
        return await self._worked_out(lambda: self._hasher.hash(password))

    def put(self, person: str, hashed: str) -> None:
        """Keep what ``hashed`` returned as the password of ``person``; raises Broken."""
        self._write(
            "insert or replace into passwords (person, hash, changed) values (?, ?, ?)",
            (person, hashed, _iso(self._clock.now())),
        )
        self._hashes[person] = hashed

    def remove(self, person: str) -> int:
        """Let go of somebody's password, at once here and then on disk; return how many there were.  Raises Broken."""
        there = self._hashes.pop(person, None) is not None
        self._write("delete from passwords where person = ?", (person,))
        return int(there)

    async def fits(self, person: str | None, password: str) -> bool:
        """Return whether ``password`` is that of ``person``; it takes as long where there is none, or nobody.

        Raises Unavailable when too many are being worked out.
        """
        kept = self._hashes.get(person or "", "")
        fits = await self._worked_out(lambda: self._fits(kept, password))
        # Who was shut out, or took another one, while it was worked out has no password by this hash any more.
        return fits and self._hashes.get(person or "") == kept

    def _fits(self, kept: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415  loaded when one is typed

        self._nobodys = self._nobodys or self._hasher.hash("a password that nobody has")
        typed = password[: LONGEST + 1].encode(errors="surrogatepass")  # a longer one is none, and costs no more
        try:
            return self._hasher.verify(kept or self._nobodys, typed) and bool(kept)
        except VerificationError:
            return False
        except InvalidHashError as error:
            raise Broken("a row of the table passwords cannot be read") from error

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415  a household without passwords does not pay for it

        return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)

    async def _worked_out(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("too many passwords are being tried; wait a moment")
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    def _write(self, statement: str, values: tuple[str, ...]) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)


def check(password: str, names: tuple[str, ...] = ()) -> None:
    """Raise Refused for a password that is too short, too long, or easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(f"a password has {SHORTEST} to {LONGEST} characters")
    if not password.isprintable():
        raise Refused("a password has no line breaks and no characters that cannot be seen")
    plain = password.casefold()
    rest = plain
    words = {"claw", "password", *" ".join(names).casefold().split()}
    for name in sorted(words, key=len, reverse=True):
        rest = rest.replace(name, "")
    if len(set(plain)) < FEWEST_SIGNS or len(rest) < SHORTEST // 2 or _in_a_row(plain):
        raise Refused("that password is easily guessed; three words that do not belong together make a good one")


def _in_a_row(text: str) -> bool:
    """Return whether every sign follows the one before, as in 0123456789 and jihgfedcba."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1}) or text in "01234567890" or text in "qwertyuiop"


def _iso(moment: datetime) -> str:
    return moment.isoformat()
