"""A token by Home Assistant's own signing in: a password goes there and nowhere else, and nothing stays open."""

from collections.abc import AsyncIterator
from typing import Any, Never

import pytest

from claw.base.errors import Refused, Unavailable
from claw.care.init_sign_in import sign_in
from tests.init_room import SetUpHass
from tests.peers.real_hass import free_port


@pytest.fixture
async def house() -> AsyncIterator[SetUpHass]:
    async with SetUpHass() as there:
        yield there


def nobody_asks() -> Never:
    raise AssertionError("no code was asked for")


async def test_user_and_password_give_a_token_of_its_own_and_the_session_ends(house: SetUpHass) -> None:
    assert await sign_in(house.url, "anna", "secret", nobody_asks) == "long-lived-1"
    client = f"{house.url}/"
    begun = {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client}
    assert house.sent[0] == ("begin", begun)
    assert house.sent[1] == ("step", {"client_id": client, "username": "anna", "password": "secret"})
    assert house.revoked == ["refresh"]
    made = next(one for one in house.heard if one["type"] == "auth/long_lived_access_token")
    assert (made["client_name"], made["lifespan"]) == ("Claw", 3650)


async def test_a_second_factor_is_asked_for(house: SetUpHass) -> None:
    house.code = "123456"
    assert await sign_in(house.url, "anna", "secret", lambda: "123456") == "long-lived-1"
    with pytest.raises(Refused, match="code"):
        await sign_in(house.url, "anna", "secret", lambda: "000000")


async def test_a_wrong_password_is_refused_and_in_no_message(house: SetUpHass) -> None:
    with pytest.raises(Refused, match="knows no such user") as refused:
        await sign_in(house.url, "anna", "my-wrong-password", nobody_asks)
    assert "my-wrong-password" not in str(refused.value)
    assert house.made == []


async def test_a_token_of_that_name_stays_and_another_is_made(house: SetUpHass) -> None:
    house.taken = {"Claw", "Claw 2"}
    await sign_in(house.url, "anna", "secret", nobody_asks)
    names = [one["client_name"] for one in house.heard if one["type"] == "auth/long_lived_access_token"]
    assert names == ["Claw", "Claw 2", "Claw 3"]


async def test_where_no_token_is_made_the_session_ends_all_the_same(house: SetUpHass) -> None:
    house.taken = {"Claw", *(f"Claw {number}" for number in range(2, 30))}
    with pytest.raises(Refused, match="makes no token"):
        await sign_in(house.url, "anna", "secret", nobody_asks)
    assert house.revoked == ["refresh"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"type": "abort", "reason": "login_expired"}, Refused, "login_expired"),
        ({"type": "form", "step_id": "captcha", "flow_id": "f1"}, Refused, "does not know"),
        ({"type": "form", "step_id": "mfa", "flow_id": "f1", "errors": {"base": "odd\x1b"}}, Refused, "odd"),
        ({"type": "form", "step_id": "select_mfa_module", "flow_id": "f1"}, Unavailable, "paste"),
        ({"type": "form", "step_id": "init"}, Unavailable, "paste"),
        ({}, Unavailable, "paste"),
        ([], Unavailable, "paste"),
    ],
)
async def test_odd_steps_are_said(house: SetUpHass, answer: Any, error: type[Exception], words: str) -> None:
    from aiohttp import web  # noqa: PLC0415  one test alone needs it

    async def step(_request: web.Request) -> web.Response:
        return web.json_response(answer)

    house._begin = step  # type: ignore[method-assign]
    await house.down()
    await house.up()
    with pytest.raises(error, match=words):
        await sign_in(house.url, "anna", "secret", nobody_asks)


async def test_where_nobody_answers_is_said() -> None:
    with pytest.raises(Unavailable, match="nobody listens"):
        await sign_in(f"http://127.0.0.1:{free_port()}", "anna", "secret", nobody_asks)
