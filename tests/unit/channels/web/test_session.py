import asyncio
import sqlite3
from pathlib import Path

import pytest

from claw.channels.web.limits import BURST
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def signed_in(served: Served, person: str = "anna") -> tuple[str, str]:
    """Return the cookie (name=value) of a new session and the whole Set-Cookie header."""
    code = served.daemon.clients.sign_in_code(person)
    status, session, headers = await served.ask("POST", "/api/login", token=None, json={"code": code})
    assert (status, session["person"]) == (200, person)
    header = headers["Set-Cookie"]
    return header.partition(";")[0], header


async def test_a_code_opens_a_session_in_a_cookie_that_scripts_cannot_read(served: Served) -> None:
    cookie, header = await signed_in(served)
    flags = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", f"max-age={30 * 24 * 3600}"} <= flags
    status, session, _ = await served.ask("GET", "/api/session", token=None, headers={"Cookie": cookie})
    assert (status, session["person"], session["kind"]) == (200, "anna", "session")


async def test_the_page_is_behind_the_sign_in(served: Served) -> None:
    status, _, headers = await served.ask("GET", "/", token=None)
    assert (status, headers["Location"]) == (303, "login")
    cookie, _ = await signed_in(served)
    status, text, _ = await served.ask("GET", "/", token=None, headers={"Cookie": cookie})
    assert status == 200
    assert "<title>Claw</title>" in text
    status, _, headers = await served.ask("GET", "/login", token=None, headers={"Cookie": cookie})
    assert (status, headers["Location"]) == (303, "./")


async def test_a_change_that_rests_on_a_cookie_must_come_from_the_page(served: Served) -> None:
    cookie, _ = await signed_in(served)
    said = {"json": {"text": "hello"}, "token": None}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        status, body, _ = await served.ask("POST", "/api/messages", headers={"Cookie": cookie, **headers}, **said)
        assert (status, body["error"]["kind"]) == (403, "wrong_origin")
    own = {"Cookie": cookie, "Origin": f"http://{served.host}"}
    assert (await served.ask("POST", "/api/messages", headers=own, **said))[0] == 200


async def test_a_sessions_secret_is_no_token_and_a_token_is_no_cookie(served: Served) -> None:
    cookie, _ = await signed_in(served)
    name, _, secret = cookie.partition("=")
    assert (await served.ask("GET", "/api/session", token=secret))[0] == 401
    status, _, _ = await served.ask("GET", "/api/session", token=None, headers={"Cookie": f"{name}={served.token}"})
    assert status == 401


async def test_signing_out_ends_the_session_for_good(served: Served) -> None:
    cookie, _ = await signed_in(served)
    own = {"Cookie": cookie, "Origin": f"http://{served.host}"}
    status, _, headers = await served.ask("DELETE", "/api/session", token=None, headers=own)
    assert status == 204
    assert "Max-Age=0" in headers["Set-Cookie"]
    assert (await served.ask("GET", "/api/session", token=None, headers={"Cookie": cookie}))[0] == 401


async def test_signing_in_from_another_sites_page_is_refused(served: Served) -> None:
    code = served.daemon.clients.sign_in_code("anna")
    foreign = {"Origin": "http://evil.example"}
    status, _, _ = await served.ask("POST", "/api/login", token=None, json={"code": code}, headers=foreign)
    assert status == 403


async def test_a_stranger_is_slowed_down_and_the_household_is_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for _ in range(BURST):
            assert (await served.ask("GET", "/api/status", token="claw_0.0"))[0] == 401
        status, body, headers = await served.ask("GET", "/api/status", token="claw_0.0")
        assert (status, body["error"]["kind"]) == (429, "too_many")
        assert int(headers["Retry-After"]) >= 1
        assert (await served.ask("POST", "/api/login", token=None, json={"code": "22222222"}))[0] == 429
        assert (await served.ask("GET", "/api/status"))[0] == 200
        assert (await served.ask("POST", "/api/stop", json={}))[1]["engaged"]


async def test_a_flood_of_refusals_is_one_row_a_minute(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await asyncio.gather(*(served.ask("GET", "/api/status", token="claw_0.0") for _ in range(100)))
        assert rows(served) == []
        await served.clock.advance(61)
        [row] = await written(served, 1)
        assert row["source"] == "peer 127.0.0.1"
        assert row["count"] == 100
        await served.clock.advance(61)
        assert len(rows(served)) == 1


async def test_the_last_use_of_a_client_is_written_within_a_minute(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.ask("GET", "/api/session")
        await served.clock.advance(61)
    stored = sqlite3.connect(tmp_path / "state" / "claw.db")
    assert [used is not None for (used,) in stored.execute("select last_used from clients")] == [True]
    stored.close()


async def test_stop_does_not_wait_for_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path) as served:
        never = asyncio.Event()

        async def held(*_args: object, **_more: object) -> int:
            await never.wait()
            return 0

        monkeypatch.setattr(served.daemon.audit, "append", held)
        async with asyncio.timeout(2):
            assert (await served.ask("POST", "/api/stop", json={"reason": "now"}))[1]["engaged"]


def rows(served: Served) -> list[dict]:
    return [dict(e.payload or {}) for e in served.daemon.audit.entries(0, 100, kinds=["refused_requests"])]


async def written(served: Served, count: int) -> list[dict]:
    for _ in range(500):
        if len(rows(served)) >= count:
            break
        await asyncio.sleep(0.01)
    return rows(served)
