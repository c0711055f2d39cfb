"""The keys that people sign with: whose they are, how many, and what the log says of them."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Message, Origin
from claw.base.errors import Broken, Refused
from claw.channels.passkeys import MOST_OF_ONE_PERSON, Passkey, Passkeys, to_bytes, to_text
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True, strength="session")


@dataclass
class Room:
    db: Database
    audit: AuditLog
    clock: HeldClock
    told: list[Message] = field(default_factory=list)

    def keys(self) -> Passkeys:
        """Return what is known as after a start."""
        keys = Passkeys(self.db, self.audit, self.clock)
        keys.told.append(self.told.append)
        return keys

    def key(self, ident: str = "k1", person: str = "anna", name: str = "a phone", counter: int = 0) -> Passkey:
        return Passkey(ident, person, name, b"key", "localhost", "aGFuZGxl", counter, self.clock.now())

    async def logged(self) -> list[tuple[str, str]]:
        await self.audit.append("end", {})
        return [
            ((entry.payload or {})["did"], (entry.payload or {})["passkey"])
            for entry in self.audit.entries()
            if entry.kind == "people"
        ]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock = HeldClock()
    db, audit = open_database(tmp_path / "claw.db"), AuditLog.open(tmp_path / "audit.db", clock)
    migrate(db)
    yield Room(db, audit, clock)
    await audit.close()
    db.close()


async def test_a_key_is_known_after_a_start_too_and_its_person_was_told(room: Room) -> None:
    key = room.key(counter=3)
    await room.keys().add(key, ANNA)
    keys = room.keys()
    assert (keys.get("k1"), keys.of("anna"), keys.of("ben")) == (key, [key], [])
    assert (keys.enrolled("anna"), keys.enrolled("ben")) == (True, False)
    assert await room.logged() == [("passkey_added", "k1")]
    assert [(one.to, '"a phone" was added' in one.text) for one in room.told] == [("person:anna", True)]


async def test_a_key_belongs_to_one_person_for_good(room: Room) -> None:
    keys = room.keys()
    await keys.add(room.key(), ANNA)
    with pytest.raises(Refused, match="known already"):
        await keys.add(room.key(person="ben"), ANNA)
    with pytest.raises(Refused, match="no such passkey"):
        await keys.remove("ben", "k1", ANNA)
    assert [key.person for key in room.keys().of("anna")] == ["anna"]


async def test_what_is_removed_is_gone_and_in_the_log(room: Room) -> None:
    keys = room.keys()
    await keys.add(room.key(), ANNA)
    await keys.remove("anna", "k1", ANNA)
    assert not keys.enrolled("anna")
    assert not room.keys().enrolled("anna")
    assert await room.logged() == [("passkey_added", "k1"), ("passkey_removed", "k1")]
    with pytest.raises(Refused, match="not known here any more"):
        keys.used(room.key(), 1)


async def test_all_keys_of_who_is_shut_out_end_at_once(room: Room) -> None:
    keys = room.keys()
    for ident in ("k1", "k2"):
        await keys.add(room.key(ident), ANNA)
    await keys.add(room.key("k3", "ben"), ANNA)
    assert (keys.end("anna"), keys.end("anna")) == (2, 0)
    assert (room.keys().of("anna"), room.keys().enrolled("ben")) == ([], True)
    assert (await room.logged())[3:] == [("passkey_removed", "k1"), ("passkey_removed", "k2")]


async def test_there_is_a_bound_for_each_person_and_a_name_is_one_line(room: Room) -> None:
    keys = room.keys()
    for at in range(MOST_OF_ONE_PERSON):
        await keys.add(room.key(f"k{at}"), ANNA)
    with pytest.raises(Refused, match="10 passkeys already"):
        await keys.add(room.key("more"), ANNA)
    for name in ("", "x" * 61, "two\nlines"):
        with pytest.raises(Refused, match="name"):
            await keys.add(room.key("other", "ben", name), ANNA)


@pytest.mark.parametrize(
    ("known", "told", "holds"), [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 0, False)]
)
async def test_a_key_that_counts_has_to_count_on(room: Room, known: int, told: int, holds: bool) -> None:
    keys = room.keys()
    await keys.add(room.key(counter=known), ANNA)
    if holds:
        assert keys.used(room.key(), told).counter == told
        assert room.keys().of("anna")[0].last_used == room.clock.now()
        return
    with pytest.raises(Refused, match="as if there were a copy"):
        keys.used(room.key(), told)
    assert room.keys().of("anna")[0].counter == known
    assert (await room.logged())[-1] == ("passkey_odd", "k1")


async def test_all_keys_of_a_person_stand_under_one_handle(room: Room) -> None:
    handle = room.keys().handle("anna")
    assert (room.keys().handle("anna"), len(to_bytes(handle))) == (handle, 32)
    assert room.keys().handle("ben") != handle


async def test_a_key_counts_only_once_the_log_has_it(room: Room) -> None:
    keys = room.keys()
    await room.audit.close()
    with pytest.raises(Broken):
        await keys.add(room.key(), ANNA)
    assert not keys.enrolled("anna")


async def test_a_key_that_is_to_go_counts_no_more_although_the_disk_does_not_take_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = room.keys()
    await keys.add(room.key(), ANNA)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr(room.db, "table", full)
    with pytest.raises(Broken, match="disk full"):
        keys.end("anna")
    assert not keys.enrolled("anna")


@pytest.mark.parametrize(("column", "value"), [("key", "text"), ("created", "yesterday"), ("counter", "x")])
async def test_a_row_that_cannot_be_read_is_said(room: Room, column: str, value: object) -> None:
    await room.keys().add(room.key(), ANNA)
    room.db.table("passkeys").update("k1", {column: value})
    with pytest.raises(Broken, match="passkeys cannot be read"):
        room.keys()


def test_bytes_are_written_as_browsers_do() -> None:
    assert (to_text(b"\xff\xfe"), to_bytes("__4")) == ("__4", b"\xff\xfe")
    with pytest.raises(ValueError, match="ascii"):
        to_bytes("é")
