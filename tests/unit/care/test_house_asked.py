"""Home Assistant is asked three things over a real connection, and lies are borne."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from claw.base.clock import SystemClock
from claw.base.errors import Broken, Unavailable
from claw.care.house_asked import Seen, TokenNotTaken, ask_house
from tests.held_clock import HeldClock
from tests.peers.scripted_hass import Client, ScriptedHass

SECONDS = 5.0


async def asked(house: ScriptedHass, token: str | None = None, seconds: float = SECONDS) -> Seen:
    return await asyncio.to_thread(ask_house, house.url, token or house.token, SystemClock(), seconds)


async def test_what_it_says_of_itself_is_told_and_nothing_but_questions_is_sent() -> None:
    async with ScriptedHass() as house:
        house.states["light.gone"] = {"s": "unavailable", "a": {}, "c": "c0", "lc": 1.0}
        user = {"id": "u", "name": "Claw\x1b[2J", "is_admin": True, "is_owner": False}
        house.answers["auth/current_user"] = lambda client, message: client.result(message, user)
        seen = await asked(house)
        assert (seen.version, seen.time_zone, seen.admin, seen.owner) == ("2099.1.0", "Europe/Paris", True, False)
        assert (seen.entities, seen.unavailable, seen.running, seen.recovery) == (3, 1, True, False)
        assert seen.user == "Claw[2J"
        assert seen.ahead_s is not None
        assert abs(seen.ahead_s) < 60
        assert house.kinds() == ["auth", "auth/current_user", "get_config", "get_states"]


async def test_who_says_nothing_of_the_token_is_believed_in_the_rest() -> None:
    async with ScriptedHass() as house:
        house.core_state = "STARTING"
        seen = await asked(house)
        assert (seen.admin, seen.running, seen.entities) == (None, False, 2)


async def test_a_wrong_token_is_told_as_such() -> None:
    async with ScriptedHass() as house:
        with pytest.raises(TokenNotTaken):
            await asked(house, "another")


async def test_the_difference_of_the_clocks_has_a_sign() -> None:
    async with ScriptedHass() as house:
        late = HeldClock(SystemClock().now() - timedelta(hours=1))
        seen = await asyncio.to_thread(ask_house, house.url, house.token, late, SECONDS)
        assert seen.ahead_s is not None
        assert 3500 < seen.ahead_s < 3700


WELCOMES: list[tuple[str, Callable[[Client], Any]]] = [
    ("language", lambda client: client.raw("no json")),
    ("language", lambda client: client.raw("[1, 2]")),
    ("language", lambda client: client.send({"type": "something"})),
    ("closed|language|reached", lambda client: client.ws.close()),
]


@pytest.mark.parametrize(("words", "welcome"), WELCOMES)
async def test_who_does_not_speak_as_home_assistant_does_is_told(words: str, welcome: Callable[[Client], Any]) -> None:
    async with ScriptedHass() as house:

        async def says(client: Client, _message: Any) -> None:
            await welcome(client)

        house.welcome = says
        with pytest.raises(Unavailable, match=words):
            await asked(house)


async def test_no_redirect_takes_the_token_elsewhere() -> None:
    async with ScriptedHass() as other:

        async def moved(_: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(f"{other.url}/api/websocket")

        app = web.Application()
        app.router.add_get("/api/websocket", moved)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            with pytest.raises(Unavailable, match="HTTP 302"):
                await asyncio.to_thread(ask_house, url, other.token, SystemClock(), SECONDS)
        finally:
            await runner.cleanup()
        assert other.heard == []


async def test_who_is_silent_is_waited_for_in_vain_and_not_for_long() -> None:
    async with ScriptedHass() as house:
        over = asyncio.Event()

        async def silent(_client: Client, _message: Any) -> None:
            await over.wait()

        house.welcome = silent
        with pytest.raises(Unavailable, match="within"):
            await asked(house, seconds=0.3)
        over.set()


async def test_answers_to_others_are_passed_over_and_not_without_end() -> None:
    async with ScriptedHass() as house:

        async def chatters(client: Client, message: Any) -> None:
            for number in range(60):
                await client.send({"id": 900 + number, "type": "event", "event": {}})
            await client.result(message, {})

        house.answers["get_config"] = chatters
        with pytest.raises(Unavailable, match="language"):
            await asked(house)


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://[::1", "http://me:pw@x", "nonsense"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(Broken):
        ask_house(url, "t", SystemClock(), 1.0)
