"""Who belongs to the household: what an owner may change, who else may, and what ends with whom."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Broken, Refused, Unavailable
from claw.channels.accounts import By
from claw.policy.people import Person
from tests.account_room import CONSOLE, STRANGER, AccountRoom


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[AccountRoom]:
    async with AccountRoom(tmp_path) as made:
        yield made


async def test_an_owner_lets_somebody_in_and_makes_their_code(room: AccountRoom) -> None:
    _, anna = room.page("anna")
    dora = await room.accounts.let_in("Dora", "adult", anna)
    client, _ = room.clients.sign_in(room.accounts.invite(dora.id, anna), "hers")
    assert (client.person, room.people.role("dora")) == ("dora", "adult")
    assert room.accounts.all(By(Origin("web", "dora"), client)) == [
        {
            "id": "dora", "name": "Dora", "role": "adult", "configured": False, "barred": False, "password": False,
            "browsers": 1, "programs": 0,
        }
    ]  # fmt: skip
    assert len(room.accounts.all(anna)) == 4
    assert await room.log() == [
        ("signed_in", "anna"), ("let_in", "dora"), ("code", "dora"), ("signed_in", "dora"),
    ]  # fmt: skip


async def test_nobody_else_changes_the_household(room: AccountRoom) -> None:
    _, ben = room.page("ben")
    token, _ = room.clients.issue("script", "anna", ("talk", "approve", "reset"))
    gone, stale = room.page("anna")
    room.clients.revoke(gone.id)
    for by in (ben, STRANGER, By(Origin("web", "anna", authenticated=True), token), stale):
        with pytest.raises(Refused, match="owner"):
            await room.accounts.let_in("Dora", "owner", by)
        with pytest.raises(Refused, match="owner"):
            room.accounts.invite("anna", by)
        with pytest.raises(Refused, match="owner"):
            await room.accounts.change_role("ben", "owner", by)
        with pytest.raises(Refused, match="owner"):
            await room.accounts.revoke("anna", by)
        with pytest.raises(Refused, match="owner"):
            await room.accounts.admit("anna", by)
    assert [one["id"] for one in room.accounts.all(ben)] == ["ben"]
    assert len(room.people) == 3


async def test_whom_the_policy_does_not_fit_is_not_let_in_and_the_log_says_so(room: AccountRoom) -> None:
    room.rules.fits = False
    with pytest.raises(Refused, match="Dora"):
        await room.accounts.let_in("Dora", "adult", CONSOLE)
    assert room.people.get("dora") is None
    assert await room.log() == [("let_in", "dora"), ("not_let_in", "dora")]


async def test_nobody_is_let_in_whom_the_log_does_not_take(room: AccountRoom) -> None:
    await room.audit.close()
    with pytest.raises(Broken):
        await room.accounts.let_in("Dora", "adult", CONSOLE)
    assert room.people.get("dora") is None


async def test_who_is_shut_out_has_nothing_left_at_once(room: AccountRoom) -> None:
    client, _ = room.page("ben")
    token, secret = room.clients.issue("script", "ben")
    room.passwords.put("ben", "x")
    ended: list[str] = []
    room.accounts.revoked.add("passkeys", lambda person: ended.append(person) or 1)
    answer = await room.accounts.revoke("ben smith", CONSOLE)
    assert answer == {"person": "ben", "ended": {"sessions": 2, "passwords": 1, "passkeys": 1}}
    assert ended == ["ben"]
    assert not room.clients.stands(client)
    assert not room.clients.stands(token)
    assert room.clients.recognise(secret) is None
    assert room.people.role("ben") is None
    for way in (lambda: room.clients.enter("ben", "x"), lambda: room.clients.issue("x", "ben")):
        with pytest.raises(Refused):
            way()
    with pytest.raises(Refused):
        room.accounts.invite("ben", CONSOLE)
    assert (await room.log())[-1] == ("shut_out", "ben")


async def test_what_cannot_be_ended_or_logged_keeps_nobody_in(room: AccountRoom) -> None:
    def fails(_: str) -> int:
        raise Unavailable("the disk")

    client, _ = room.page("ben")
    room.accounts.revoked.add("chats", fails)
    with pytest.raises(Broken, match="chats"):
        await room.accounts.revoke("ben", CONSOLE)
    assert room.people.role("ben") is None
    assert not room.clients.stands(client)
    other, _ = room.page("carl")
    await room.audit.close()
    with pytest.raises(Broken):
        await room.accounts.revoke("carl", CONSOLE)
    assert room.people.role("carl") is None
    assert not room.clients.stands(other)


async def test_a_full_disk_keeps_nobody_in(room: AccountRoom) -> None:
    client, _ = room.page("ben")
    room.db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        await room.accounts.revoke("ben", CONSOLE)
    assert room.people.role("ben") is None
    assert not room.clients.stands(client)


async def test_who_is_admitted_again_needs_a_new_code(room: AccountRoom) -> None:
    client, _ = room.page("ben")
    with pytest.raises(Refused, match="not shut out"):
        await room.accounts.admit("ben", CONSOLE)
    await room.accounts.revoke("ben", CONSOLE)
    assert await room.accounts.admit("Ben Smith", CONSOLE) == "ben"
    assert room.people.role("ben") == "adult"
    assert not room.clients.stands(client)
    room.clients.sign_in(room.accounts.invite("ben", CONSOLE), "x")


async def test_the_last_owner_is_shut_out_or_made_less_only_at_the_console(room: AccountRoom) -> None:
    _, anna = room.page("anna")
    with pytest.raises(Refused, match="last owner"):
        await room.accounts.revoke("anna", anna)
    dora = await room.accounts.let_in("Dora", "owner", anna)
    _, by_dora = room.page(dora.id)
    await room.accounts.revoke("anna", by_dora)
    with pytest.raises(Refused, match="last owner"):
        await room.accounts.change_role(dora.id, "adult", by_dora)
    await room.accounts.revoke(dora.id, CONSOLE)
    assert room.inside.household.owners() == []
    assert await room.accounts.admit("anna", CONSOLE) == "anna"


async def test_another_role_is_for_whom_the_page_let_in_and_ends_what_the_old_one_gave(room: AccountRoom) -> None:
    _, anna = room.page("anna")
    dora = await room.accounts.let_in("Dora", "owner", anna)
    client, _ = room.page("dora")
    code = room.accounts.invite("dora", anna)
    await room.accounts.change_role(dora.id, "child", anna)
    assert room.people.role("dora") == "child"
    assert not room.clients.stands(client)
    with pytest.raises(Refused):
        room.clients.sign_in(code, "x")
    assert not room.page("dora")[0].may("reset")
    with pytest.raises(Refused, match="configuration"):
        await room.accounts.change_role("ben", "owner", anna)
    room.rules.fits = False
    with pytest.raises(Refused, match="policy"):
        await room.accounts.change_role("dora", "adult", anna)
    assert room.people.role("dora") == "child"


async def test_one_sees_and_ends_ones_own_browsers_and_an_owner_everybodys(room: AccountRoom) -> None:
    first, by = room.page("ben")
    second, _ = room.page("ben")
    annas, anna = room.page("anna")
    token, _ = room.clients.issue("script", "ben")
    assert next((one["id"], one["current"]) for one in room.accounts.clients(by)) == (first.id, True)
    assert {one["id"] for one in room.accounts.clients(by)} == {first.id, second.id, token.id}
    assert len(room.accounts.clients(anna)) == 4
    for other in (annas.id, "nobody"):
        with pytest.raises(Refused, match="no such"):
            room.accounts.end_client(other, by)
    room.accounts.end_client(second.id, by)
    assert not room.clients.stands(second)
    third, _ = room.page("ben")
    assert room.accounts.end_others(by) == 1
    assert (room.clients.stands(first), room.clients.stands(third), room.clients.stands(token)) == (True, False, True)
    room.accounts.end_client(first.id, anna)
    assert not room.clients.stands(first)


async def test_a_program_and_a_screen_have_no_browsers_of_their_own(room: AccountRoom) -> None:
    token, _ = room.clients.issue("script", "anna")
    for by in (By(Origin("web", "anna"), token), STRANGER):
        with pytest.raises(Refused, match="signed in on the page"):
            room.accounts.clients(by)
        with pytest.raises(Refused, match="signed in on the page"):
            room.accounts.end_others(by)


async def test_a_name_that_means_two_means_nobody(tmp_path: Path) -> None:
    two = (Person("ben", "Ben", "adult"), Person("ben_2", "BEN", "adult"))
    async with AccountRoom(tmp_path, two) as room:
        with pytest.raises(Refused, match="nobody called"):
            await room.accounts.revoke("Ben ", CONSOLE)
        with pytest.raises(Refused, match="nobody called"):
            await room.accounts.revoke("x\x00" * 200, CONSOLE)
        await room.accounts.revoke("ben_2", CONSOLE)
