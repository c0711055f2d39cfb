"""Coming in by what one knows: the first account, and passwords."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Broken, Refused
from claw.channels import passwords
from claw.channels.accounts import By
from claw.channels.entering import ACCOUNT_BURST, FIRST_LIFE, Wait
from claw.policy.people import Person
from tests.account_room import CONSOLE, STRANGER, AccountRoom

GOOD = "copper walks sideways"
OTHER = "tulips under the stairs"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[AccountRoom]:
    async with AccountRoom(tmp_path) as made:
        yield made


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[AccountRoom]:
    async with AccountRoom(tmp_path, ()) as made:
        yield made


async def test_the_first_account_is_an_owners_and_there_is_one_only(empty: AccountRoom) -> None:
    entering = empty.entering
    assert entering.is_first
    code = entering.first_code()
    person = await entering.first(code, " Zoë ", GOOD, STRANGER)
    assert person == Person("zoe", "Zoë", "owner")
    assert empty.people.role("zoe") == "owner"
    assert await entering.by_password("zoë", GOOD) == "zoe"
    assert not entering.is_first
    with pytest.raises(Refused, match="an account already"):
        await entering.first(code, "Eve", GOOD, STRANGER)
    with pytest.raises(Refused, match="people here already"):
        entering.first_code()
    assert await empty.log() == [("first", "zoe"), ("password_set", "zoe")]


async def test_two_who_make_the_first_account_at_once_are_one(empty: AccountRoom) -> None:
    code = empty.entering.first_code()
    tries = [empty.entering.first(code, name, GOOD, STRANGER) for name in ("Zoe", "Eve")]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [isinstance(one, Person) for one in done] == [True, False]
    assert len(empty.people) == 1


async def test_the_first_code_is_over_after_its_time_and_after_wrong_tries(empty: AccountRoom) -> None:
    code = empty.entering.first_code()
    await empty.clock.advance(FIRST_LIFE.total_seconds())
    with pytest.raises(Refused, match="not valid"):
        await empty.entering.first(code, "Zoe", "", STRANGER)
    code = empty.entering.first_code()
    for _ in range(5):
        with pytest.raises(Refused, match="not valid"):
            await empty.entering.first("WRNG-WRNG", "Zoe", "", STRANGER)
    with pytest.raises(Refused, match="not valid"):
        await empty.entering.first(code, "Zoe", "", STRANGER)
    assert len(empty.people) == 0


async def test_a_bad_name_or_password_costs_the_first_code_nothing(empty: AccountRoom) -> None:
    code = empty.entering.first_code()
    for name, password in (("", GOOD), ("Zoe", "short"), ("x" * 61, GOOD)):
        with pytest.raises(Refused):
            await empty.entering.first(code, name, password, STRANGER)
    assert (await empty.entering.first(code, "Zoe", "", STRANGER)).id == "zoe"
    assert "zoe" not in empty.passwords


async def test_a_first_account_that_the_policy_does_not_fit_is_none(empty: AccountRoom) -> None:
    empty.rules.fits = False
    code = empty.entering.first_code()
    with pytest.raises(Refused, match="policy"):
        await empty.entering.first(code, "Zoe", "", STRANGER)
    empty.rules.fits = True
    assert (await empty.entering.first(code, "Zoe", "", STRANGER)).id == "zoe"


async def test_a_sign_in_of_a_few_minutes_ago_sets_a_password_and_ends_the_other_browsers(room: AccountRoom) -> None:
    other, _ = room.page("anna")
    client, by = room.page("anna")
    await room.entering.set_password(client, GOOD, "", by)
    assert await room.entering.by_password("ANNA", GOOD) == "anna"
    assert (room.clients.stands(client), room.clients.stands(other)) == (True, False)


async def test_an_old_sign_in_needs_the_password_that_there_is(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.older(client)
    with pytest.raises(Refused, match="sign in anew"):
        await room.entering.set_password(client, GOOD, "", by)
    fresh, by_fresh = room.page("anna")
    await room.entering.set_password(fresh, GOOD, "", by_fresh)
    client, by = room.page("anna")
    await room.older(client)
    for wrong in ("", "wrong password"):
        with pytest.raises(Refused):
            await room.entering.set_password(client, OTHER, wrong, by)
        with pytest.raises(Refused):
            await room.entering.remove_password(client, wrong, by)
    await room.entering.set_password(client, OTHER, GOOD, by)
    assert await room.entering.by_password("anna", OTHER) == "anna"
    await room.entering.remove_password(client, OTHER, by)
    with pytest.raises(Refused):
        await room.entering.by_password("anna", OTHER)


async def test_a_browser_that_is_signed_out_meanwhile_sets_no_password(room: AccountRoom) -> None:
    client, by = room.page("ben")
    setting = asyncio.create_task(room.entering.set_password(client, GOOD, "", by))
    await asyncio.sleep(0)
    await room.accounts.revoke("ben", CONSOLE)
    with pytest.raises(Refused, match="not signed in"):
        await setting
    await room.accounts.admit("ben", CONSOLE)
    assert "ben" not in room.passwords


async def test_programs_screens_and_nobody_have_no_password(room: AccountRoom) -> None:
    token, _ = room.clients.issue("script", "anna")
    with pytest.raises(Refused, match="signed in on the page"):
        await room.entering.set_password(token, GOOD, "", By(Origin("web", "anna"), token))


async def test_the_answer_is_the_same_whoever_is_asked_for(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.entering.set_password(client, GOOD, "", by)
    said: set[str] = set()
    for name in ("anna", "ben", "stranger", "", "x" * 500):
        with pytest.raises(Refused) as wrong:
            await room.entering.by_password(name, "wrong")
        said.add(str(wrong.value))
    assert len(said) == 1


async def test_an_account_takes_so_many_wrong_passwords_only_and_so_does_one_that_is_none(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.entering.set_password(client, GOOD, "", by)
    said: set[str] = set()
    for name in ("anna", "stranger"):
        for _ in range(ACCOUNT_BURST):
            with pytest.raises(Refused):
                await room.entering.by_password(name, "wrong")
        with pytest.raises(Wait) as held:
            await room.entering.by_password(name, GOOD)
        said.add(str(held.value))
    assert len(said) == 1
    await room.clock.advance(61)
    assert await room.entering.by_password("anna", GOOD) == "anna"


async def test_tries_at_the_same_time_are_as_many_as_one_after_the_other(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.entering.set_password(client, GOOD, "", by)
    for _ in range(ACCOUNT_BURST - 2):
        with pytest.raises(Refused):
            await room.entering.by_password("anna", "wrong")
    done = await asyncio.gather(*(room.entering.by_password("anna", "wrong") for _ in range(6)), return_exceptions=True)
    assert [isinstance(one, Wait) for one in done] == [False, False, True, True, True, True]


async def test_names_that_nobody_has_free_nobody_of_theirs(room: AccountRoom) -> None:
    for _ in range(ACCOUNT_BURST):
        with pytest.raises(Refused):
            await room.entering.by_password("anna", "wrong")
    for at in range(300):
        with pytest.raises(Refused):
            await room.entering.by_password(f"nobody {at}", "wrong")
    with pytest.raises(Wait):
        await room.entering.by_password("anna", GOOD)


async def test_right_passwords_use_nothing_up(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.entering.set_password(client, GOOD, "", by)
    for _ in range(2 * ACCOUNT_BURST):
        assert await room.entering.by_password("anna", GOOD) == "anna"


async def test_a_password_that_the_log_does_not_take_is_none(room: AccountRoom) -> None:
    client, by = room.page("anna")
    await room.audit.close()
    with pytest.raises(Broken):
        await room.entering.set_password(client, GOOD, "", by)
    assert "anna" not in room.passwords
