"""Whose account writes by Telegram: bound by a code, kept, ended, and all of it in the log."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Message, Origin
from claw.base.errors import Broken, Refused
from claw.channels.telegram_links import MOST_OF_ONE_PERSON, Links, Standing
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

CONSOLE = Origin("cli", "anna", authenticated=True, source="uid 0", strength="session")


@dataclass
class Room:
    db: Database
    audit: AuditLog
    clock: HeldClock
    people: set[str] = field(default_factory=lambda: {"anna", "ben"})
    told: list[Message] = field(default_factory=list)
    changes: int = 0

    def links(self) -> Links:
        """Return what is known as after a start."""
        links = Links(self.db, self.audit, self.clock, Standing(self.people.__contains__, self.people.__contains__))
        links.told.append(self.told.append)
        links.changed.append(self.change)
        return links

    def change(self) -> None:
        self.changes += 1

    async def logged(self) -> list[tuple[str, str]]:
        """Return what the log says of people, the codes left out."""
        await self.audit.append("end", {})
        rows = [entry.payload or {} for entry in self.audit.entries() if entry.kind == "people"]
        return [(row["did"], f"{row['person']} {row['user']}") for row in rows if row["did"] != "telegram_code"]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock = HeldClock()
    db, audit = open_database(tmp_path / "claw.db"), AuditLog.open(tmp_path / "audit.db", clock)
    migrate(db)
    yield Room(db, audit, clock)
    await audit.close()
    db.close()


async def test_whoever_sends_the_code_is_that_person_from_then_on_and_after_a_start_too(room: Room) -> None:
    links = room.links()
    code = links.code("anna", CONSOLE)
    assert len(code) == 12
    assert await links.enrol(f" {code[:6].lower()}-{code[6:]}", 5001) == "anna"
    assert [one.person(5001) for one in (links, room.links())] == ["anna", "anna"]
    assert links.person(5002) is None
    assert await room.logged() == [("telegram_added", "anna 5001")]
    (made,) = [one for one in room.audit.entries() if (one.payload or {}).get("did") == "telegram_code"]
    assert (made.origin, (made.payload or {})["person"]) == (CONSOLE, "anna"), "and no code stands there"
    assert code not in str(made)
    assert [(one.to, "was enrolled for you" in one.text) for one in room.told] == [("person:anna", True)]
    assert room.changes == 1


async def test_a_code_works_once_for_ten_minutes_and_only_the_newest(room: Room) -> None:
    links = room.links()
    old, new = links.code("anna", CONSOLE), links.code("anna", CONSOLE)
    with pytest.raises(Refused, match="not valid"):
        await links.enrol(old, 5001)
    await links.enrol(new, 5001)
    with pytest.raises(Refused, match="not valid"):
        await links.enrol(new, 5002)
    late = links.code("ben", CONSOLE)
    await room.clock.advance(601)
    with pytest.raises(Refused, match="not valid"):
        await links.enrol(late, 5003)


async def test_strangers_who_guess_do_not_end_the_code_of_somebody(room: Room) -> None:
    links = room.links()
    code = links.code("anna", CONSOLE)
    for guess in ("", "A" * 12, "\ud800", code[:-1], code + "A"):
        with pytest.raises(Refused):
            await links.enrol(guess, 6666)
    assert await links.enrol(code, 5001) == "anna"


async def test_an_account_is_one_persons_and_a_person_has_few(room: Room) -> None:
    links = room.links()
    await links.enrol(links.code("anna", CONSOLE), 5001)
    with pytest.raises(Refused, match="enrolled already"):
        await links.enrol(links.code("ben", CONSOLE), 5001)
    for user in range(6000, 6000 + MOST_OF_ONE_PERSON - 1):
        await links.enrol(links.code("anna", CONSOLE), user)
    with pytest.raises(Refused, match="5 accounts"):
        links.code("anna", CONSOLE)
    with pytest.raises(Refused, match="nobody called"):
        links.code("mallory", CONSOLE)


async def test_whoever_left_the_household_before_the_code_came_is_not_let_in(room: Room) -> None:
    links = room.links()
    code = links.code("ben", CONSOLE)
    room.people.remove("ben")
    with pytest.raises(Refused, match="not valid"):
        await links.enrol(code, 5002)


async def test_whoever_left_the_household_is_nobody_by_telegram_either(room: Room) -> None:
    links = room.links()
    await links.enrol(links.code("ben", CONSOLE), 5002)
    room.people.remove("ben")
    assert links.person(5002) is None


async def test_what_is_revoked_is_gone_for_good_with_the_code_that_waits(room: Room) -> None:
    links = room.links()
    await links.enrol(links.code("anna", CONSOLE), 5001)
    await links.enrol(links.code("anna", CONSOLE), 5009)
    waiting = links.code("anna", CONSOLE)
    assert await links.revoke("anna", CONSOLE) == 2
    assert [one.person(user) for one in (links, room.links()) for user in (5001, 5009)] == [None] * 4
    with pytest.raises(Refused, match="not valid"):
        await links.enrol(waiting, 5001)
    with pytest.raises(Refused, match="nobody writes"):
        await links.revoke("anna", CONSOLE)
    assert [did for did, _ in await room.logged()] == ["telegram_added"] * 2 + ["telegram_ended"] * 2
    assert "as you by Telegram any more" in room.told[-1].text


async def test_whoever_is_shut_out_has_none_left_and_it_stands_in_the_log(room: Room) -> None:
    links = room.links()
    await links.enrol(links.code("anna", CONSOLE), 5001)
    await links.enrol(links.code("ben", CONSOLE), 5002)
    changes = room.changes
    assert (links.end("anna"), links.end("anna")) == (1, 0)
    assert [links.person(user) for user in (5001, 5002)] == [None, "ben"]
    assert [link.user for link in room.links().all()] == [5002]
    assert (await room.logged())[-1] == ("telegram_ended", "anna 5001")
    assert room.changes > changes


async def test_what_cannot_be_taken_from_the_disk_does_not_stand_meanwhile(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = room.links()
    await links.enrol(links.code("anna", CONSOLE), 5001)

    class Full:
        def __enter__(self) -> None:
            raise sqlite3.OperationalError("disk full")

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(room.db, "conn", Full())
    with pytest.raises(Broken, match="disk full"):
        links.end("anna")
    assert links.person(5001) is None


def test_a_row_that_cannot_be_read_is_said(room: Room) -> None:
    with room.db.conn:
        room.db.execute("insert into telegram_links values (5001, 'anna', 'yesterday')")
    with pytest.raises(Broken, match="telegram_links cannot be read"):
        room.links()
