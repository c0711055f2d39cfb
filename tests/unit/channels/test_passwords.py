"""Passwords: what is kept of one, which are none, and what it costs to be wrong."""

import asyncio

import pytest
from argon2 import PasswordHasher
from sqlite_utils import Database

from claw.base.errors import Broken, Refused, Unavailable
from claw.channels import passwords as module
from claw.channels.passwords import LONGEST, MOST_WAITING, Passwords, check
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

GOOD = "copper walks sideways"


@pytest.fixture
def db() -> Database:
    made = Database(memory=True)
    migrate(made)
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY_KIB", 64)
    monkeypatch.setattr(module, "PASSES", 1)


async def test_a_password_fits_its_person_and_nobody_else_also_after_a_restart(db: Database) -> None:
    passwords = Passwords(db, HeldClock())
    passwords.put("anna", await passwords.hashed(GOOD))
    for one in (passwords, Passwords(db, HeldClock())):
        assert "anna" in one
        assert "ben" not in one
        assert await one.fits("anna", GOOD)
        assert not await one.fits("anna", GOOD + " ")
        assert not await one.fits("ben", GOOD)
        assert not await one.fits(None, GOOD)
        assert not await one.fits("anna", GOOD * 100)
        assert not await one.fits("anna", "\ud800")


async def test_what_is_kept_is_argon2id_with_a_salt_of_its_own(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    passwords = Passwords(db, HeldClock())
    first, second = await passwords.hashed(GOOD), await passwords.hashed(GOOD)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert GOOD not in first


async def test_a_wrong_person_costs_the_same_work_as_a_wrong_password(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = Passwords(db, HeldClock())
    passwords.put("anna", await passwords.hashed(GOOD))
    worked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, typed: bytes) -> bool:
        worked.append(kept.rpartition("$")[0].rpartition("$")[0])  # the cost, without salt and hash
        return verify(self, kept, typed)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for person in ("anna", "ben", None):
        assert not await passwords.fits(person, "wrong")
    assert len(worked) == 3
    assert len(set(worked)) == 1


async def test_a_removed_password_fits_no_more_also_one_that_is_just_being_worked_out(db: Database) -> None:
    passwords = Passwords(db, HeldClock())
    passwords.put("anna", await passwords.hashed(GOOD))
    trying = asyncio.create_task(passwords.fits("anna", GOOD))
    await asyncio.sleep(0)
    assert passwords.remove("anna") == 1
    assert not await trying
    assert passwords.remove("anna") == 0
    assert "anna" not in Passwords(db, HeldClock())


async def test_one_is_worked_out_at_a_time_and_too_many_are_sent_away(db: Database) -> None:
    passwords = Passwords(db, HeldClock())
    tries = [asyncio.create_task(passwords.fits("anna", GOOD)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="wait"):
        await passwords.fits("anna", GOOD)
    assert await asyncio.gather(*tries) == [False] * MOST_WAITING
    assert not await passwords.fits("anna", GOOD)


async def test_a_row_that_cannot_be_read_is_said(db: Database) -> None:
    db.execute("insert into passwords values ('anna', 'plain', '')")
    with pytest.raises(Broken, match="passwords"):
        await Passwords(db, HeldClock()).fits("anna", "plain")


async def test_a_removal_holds_at_once_where_the_disk_takes_nothing(db: Database) -> None:
    passwords = Passwords(db, HeldClock())
    passwords.put("anna", await passwords.hashed(GOOD))
    db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        passwords.remove("anna")
    assert not await passwords.fits("anna", GOOD)
    with pytest.raises(Broken):
        passwords.put("ben", "x")
    assert "ben" not in passwords


@pytest.mark.parametrize(
    "password",
    ["", "short one", "x" * (LONGEST + 1), "aaaaaaaaaaaa", "121212121212", "0123456789", "jihgfedcba", "qwertyuiop",
     "password12", "Anna Smith", "annasmith1", "clawclawclaw1", "with a\nline break", "with a \x00 nothing"],
)  # fmt: skip
async def test_what_is_easily_guessed_is_no_password(db: Database, password: str) -> None:
    with pytest.raises(Refused):
        await Passwords(db, HeldClock()).hashed(password, ("anna", "Anna Smith"))


@pytest.mark.parametrize("password", [GOOD, "Tr0ub4dor&3", "пароль на двери", "日本の夏は暑いですね!?", "x" + GOOD * 4])
def test_what_is_not_is_one(password: str) -> None:
    check(password, ("anna", "Anna Smith"))
