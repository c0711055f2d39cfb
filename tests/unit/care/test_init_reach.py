"""What answers at an address, and what a home says of itself."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.care.house_asked import TokenNotTaken
from claw.care.init_home import Home
from claw.care.init_reach import find, reach, read_home
from tests.certificates import certificate_in
from tests.held_clock import HeldClock
from tests.init_room import ADMIN, SetUpHass
from tests.peers.real_hass import free_port
from tests.peers.scripted_hass import Client, Message


@pytest.fixture
async def house() -> AsyncIterator[SetUpHass]:
    async with SetUpHass() as there:
        yield there


async def read(house: SetUpHass, patience_s: float = 5.0) -> Home:
    clock = HeldClock()
    return await read_home(house.url, house.token, clock, clock, lambda: None, patience_s)


async def test_home_assistant_is_known_by_its_providers(house: SetUpHass) -> None:
    await reach(house.url)
    house.providers = {"providers": house.providers, "preselect_remember_me": True}
    await reach(house.url)


@pytest.mark.parametrize(
    ("answer", "status", "error", "words"),
    [
        ([], 404, Refused, "no Home Assistant"),
        ({"hello": "world"}, 200, Refused, "no Home Assistant"),
        ([1, 2], 200, Refused, "no Home Assistant"),
        ("text", 200, Refused, "no Home Assistant"),
        ([], 503, Unavailable, "not ready yet"),
        ({"code": "onboarding_required", "message": "x"}, 400, Refused, "make its first user"),
    ],
)
async def test_anything_else_is_told_apart(
    house: SetUpHass, answer: Any, status: int, error: type[ClawError], words: str
) -> None:
    house.providers, house.providers_status = answer, status
    with pytest.raises(error, match=words):
        await reach(house.url)


@pytest.fixture
async def stranger(tmp_path: Path) -> AsyncIterator[str]:
    """A web server with a certificate that nobody knows."""
    import ssl  # noqa: PLC0415  one test alone needs it

    async def page(request: web.Request) -> web.Response:
        if request.path.endswith("moved"):
            raise web.HTTPFound("https://elsewhere.example/x")
        return web.Response(text="<html>It works!</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{any:.*}", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port, secure = free_port(), free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    tls = certificate_in(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    await web.TCPSite(runner, "127.0.0.1", secure, ssl_context=context).start()
    yield f"{port} {secure}"
    await runner.cleanup()


async def test_a_web_server_a_bad_certificate_and_the_wrong_protocol_are_told(stranger: str) -> None:
    port, secure = stranger.split()
    with pytest.raises(Refused, match="no Home Assistant"):
        await reach(f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="certificate is not trusted"):
        await reach(f"https://localhost:{secure}")
    with pytest.raises(Unavailable, match=r"TLS|hung up|cannot be reached"):
        await reach(f"https://127.0.0.1:{port}")


async def test_a_redirect_is_not_followed(house: SetUpHass) -> None:
    async def elsewhere(_request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("https://home.example/auth/providers\x1b".replace("\x1b", ""))

    house._providers = elsewhere  # type: ignore[method-assign]
    await house.down()
    await house.up()
    with pytest.raises(Refused, match=r"home\.example"):
        await reach(house.url)


async def test_the_first_place_that_answers_is_found(house: SetUpHass) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    assert await find((nobody, house.url, "http://127.0.0.1:1")) == house.url
    assert await find((nobody,)) is None


async def test_no_address_is_told_before_anything_is_asked() -> None:
    with pytest.raises(Broken):
        await reach("http://a:b@h")


async def test_a_home_is_read_whole(house: SetUpHass) -> None:
    home = await read(house)
    assert (home.url, home.token_of.id, home.token_of.admin, home.token_of.owner) == (house.url, ADMIN.id, True, False)
    assert home.notifiers == ("notify.mobile_app_annas_phone", "notify.notify")
    lamp, door = (home.house.registry.entities[one] for one in ("light.lamp", "lock.door"))
    assert lamp.aliases == ("Beacon",)
    assert (lamp.exposed, door.exposed) == (True, False)
    assert (home.theirs, home.ours) == ("127.0.0.1", "127.0.0.1")
    assert "call_service" not in house.kinds()
    assert home.assist.pipelines is None


async def test_who_may_not_list_what_is_exposed_gets_the_rest(house: SetUpHass) -> None:
    async def refused(client: Client, message: Message) -> None:
        await client.error(message, "unauthorized")

    house.answers["homeassistant/expose_entity/list"] = refused
    assert (await read(house)).house.registry.entities["lock.door"].exposed is None


async def test_it_waits_while_home_assistant_starts(house: SetUpHass) -> None:
    clock, told = HeldClock(), list[int]()
    house.core_state = "NOT_RUNNING"

    class Timer:
        async def sleep(self, seconds: float) -> None:
            house.core_state = "RUNNING"
            assert seconds > 0

    home = await read_home(house.url, house.token, clock, Timer(), lambda: told.append(1))
    assert told == [1]
    assert home.house.states


async def test_it_gives_up_when_it_never_comes_up(house: SetUpHass) -> None:
    house.core_state = "NOT_RUNNING"
    with pytest.raises(Unavailable, match="still starting"):
        await read(house, 0)


async def test_a_wrong_token_is_told(house: SetUpHass) -> None:
    clock = HeldClock()
    with pytest.raises(TokenNotTaken):
        await read_home(house.url, "wrong", clock, clock, lambda: None)


@pytest.mark.parametrize("kind", ["get_states", "config/entity_registry/list", "config/area_registry/list"])
@pytest.mark.parametrize("answer", [None, 3, {"a": 1}, [{"entity_id": 3}]])
async def test_lists_of_any_shape_are_refused_or_read(house: SetUpHass, kind: str, answer: Any) -> None:
    async def odd(client: Client, message: Message) -> None:
        await client.result(message, answer)

    house.answers[kind] = odd
    with suppress(Unavailable):
        await read(house)
