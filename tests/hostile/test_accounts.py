"""Somebody at the door: stolen cookies, guessed codes and passwords, sessions set from outside, headers of no proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from claw.base.config_listen import ListenConfig
from claw.channels import passwords
from claw.channels.entering import ACCOUNT_BURST, Admission
from claw.channels.web.limits import BURST
from claw.channels.web.server import WebServer
from claw.channels.web.tls import HANDSHAKES
from claw.daemon.build import Daemon
from tests.account_room import CONSOLE
from tests.certificates import certificate_in
from tests.living import living
from tests.serving import POLICY, admission_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = "copper walks sideways"
BASE = "/api/hassio_ingress/abc"


@dataclass
class House:
    """A daemon behind the web server that a configuration asks for, on loopback."""

    daemon: Daemon
    web: WebServer
    admission: Admission
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        scheme = self.web.address.partition(":")[0]
        url = f"{scheme}://localhost:{self.web.port}{path}"
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, url, json=body, headers=told, allow_redirects=False) as response:
            kind = response.headers.get("content-type", "")
            return response.status, await (response.json() if "json" in kind else response.text()), response.headers

    async def enter(self, person: str = "anna", **headers: str) -> tuple[str, Mapping[str, str]]:
        """Sign in with a code and return the whole cookie, and all headers of the answer."""
        code = self.daemon.clients.sign_in_code(person)
        status, _, answered = await self.ask("POST", "/api/login", {"code": code}, **headers)
        assert status == 200
        return answered["Set-Cookie"], answered


@asynccontextmanager
async def door(daemon: Daemon, at: ListenConfig) -> AsyncIterator[House]:
    """Open a door of its own in front of ``daemon``: with its own count of failures."""
    trusted = ssl.create_default_context(cafile=at.tls.certificate) if at.tls else True
    jar, connector = aiohttp.DummyCookieJar(), aiohttp.TCPConnector(ssl=trusted)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
        web = WebServer.at(at, daemon.desk, daemon.clients, daemon.clock)
        web.admission = admission_of(daemon)
        await web.start()
        try:
            yield House(daemon, web, web.admission, http)
        finally:
            await web.close()


def listen(**more: Any) -> ListenConfig:
    return ListenConfig.model_validate({"port": 0, "names": ["claw.example.org"]} | more)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with living(tmp_path_factory.mktemp("door"), POLICY) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def house(daemon: Daemon) -> AsyncIterator[House]:
    async with door(daemon, listen()) as opened:
        yield opened


async def test_a_cookie_that_was_copied_opens_nothing_after_its_session_ended(house: House) -> None:
    for end in ("sign out", "end_others", "shut out", "sign in again"):
        cookie, _ = await house.enter("ben")
        stolen = {"Cookie": cookie.partition(";")[0], "Origin": f"http://localhost:{house.web.port}"}
        assert (await house.ask("GET", "/api/session", **stolen))[0] == 200
        if end == "sign out":
            assert (await house.ask("DELETE", "/api/session", **stolen))[0] == 204
        elif end == "sign in again":
            await house.enter("ben", **stolen)
        elif end == "shut out":
            await house.admission.accounts.revoke("ben", CONSOLE)
            await house.admission.accounts.admit("ben", CONSOLE)
        else:
            other, _ = await house.enter("ben")
            mine = stolen | {"Cookie": other.partition(";")[0]}
            assert (await house.ask("POST", "/api/clients/end_others", {}, **mine))[0] == 200
        for method, path, body in (
            ("GET", "/api/session", None),
            ("GET", "/api/events", None),
            ("GET", "/api/people", None),
            ("POST", "/api/messages", {"text": "turn on the kitchen lights"}),
            ("POST", "/api/password", {"new": GOOD}),
        ):
            assert (await house.ask(method, path, body, **stolen))[0] == 401, (end, path)
        assert (await house.ask("GET", "/", **stolen))[0] == 303, end


async def test_a_session_is_never_one_that_was_there_before_the_sign_in(house: House) -> None:
    name = f"claw_{house.web.port}"
    attacker, _ = house.daemon.clients.enter("carl", "his own")
    _, secret = house.daemon.clients.enter("carl", "his own")
    for planted in ("claw_0123456789ab.known", f"{attacker.id}.known", secret):
        cookie, _ = await house.enter("anna", Cookie=f"{name}={planted}")
        assert cookie.startswith(f"{name}=")
        assert planted not in cookie
        status, session, _ = await house.ask("GET", "/api/session", Cookie=cookie.partition(";")[0])
        assert (status, session["person"]) == (200, "anna")
        answer = (await house.ask("GET", "/api/session", Cookie=f"{name}={planted}"))[0]
        assert answer == 401, "what was planted is nobody's, or ended with the sign-in over it"


async def test_codes_and_passwords_cannot_be_tried_out(house: House) -> None:
    code = house.daemon.clients.sign_in_code("anna")
    statuses = [(await house.ask("POST", "/api/login", {"code": f"WRNG{at:04}"}))[0] for at in range(BURST + 5)]
    assert statuses[:BURST] == [401] * BURST
    assert set(statuses[BURST:]) == {429}
    assert (await house.ask("POST", "/api/login", {"code": code}))[0] == 429
    cookie, _ = house.daemon.clients.enter("ben", "x")
    assert house.daemon.clients.stands(cookie), "who is signed in is not held up by strangers"
    async with door(house.daemon, listen()) as other:
        assert (await other.ask("POST", "/api/login", {"code": code}))[0] == 200, "a stranger keeps nobody else out"


async def test_many_addresses_try_an_account_no_oftener_than_one(daemon: Daemon) -> None:
    async with door(daemon, listen(proxies=["127.0.0.1"])) as house:
        came = [
            await house.ask(
                "POST",
                "/api/login",
                {"name": name, "password": "wrong"},
                X_Forwarded_For=f"203.0.113.{at}",
                X_Forwarded_Host="claw.example.org",
            )
            for name in ("carl", "nobody at all")
            for at in range(ACCOUNT_BURST + 3)
        ]
    statuses = [status for status, _, _ in came]
    assert statuses == ([401] * ACCOUNT_BURST + [429] * 3) * 2
    said = [answer["error"]["text"] for _, answer, _ in came]
    assert said[: len(said) // 2] == said[len(said) // 2 :], "a name that nobody has is answered the same"


async def test_the_code_for_the_first_account_cannot_be_tried_out(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        daemon.people.replace(())
        async with door(daemon, listen()) as house:
            code = house.admission.entering.first_code()
            assert (await house.ask("GET", "/api/door"))[1]["first"] is True
            for body in ({"code": "", "name": "Eve"}, {"code": "WRNGWRNG", "name": ""}, {"code": code}):
                assert (await house.ask("POST", "/api/first", body))[0] in {400, 401}
            evil = {"Origin": "http://evil.example"}
            assert (await house.ask("POST", "/api/first", {"code": code, "name": "Eve"}, **evil))[0] == 403
            for at in range(4):
                body = {"code": f"WRNG{at:04}", "name": "Eve"}
                assert (await house.ask("POST", "/api/first", body))[0] == 401
            assert (await house.ask("POST", "/api/first", {"code": code, "name": "Eve"}))[0] == 401
            assert len(daemon.people) == 0
            code = house.admission.entering.first_code()
            made = await asyncio.gather(
                *(house.ask("POST", "/api/first", {"code": code, "name": name}) for name in ("Zoe", "Eve", "Mal"))
            )
            assert sorted(status for status, _, _ in made) == [200, 401, 401]
            assert len({"zoe", "eve", "mal"} & {one.id for one in daemon.people}) == 1
            assert (await house.ask("GET", "/api/door"))[1]["first"] is False


FORGED = {
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.example",
    "X_Ingress_Path": BASE,
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
}


async def test_headers_of_a_proxy_that_is_not_named_change_nothing(daemon: Daemon) -> None:
    async with door(daemon, listen(proxies=["192.0.2.7"])) as house:
        cookie, headers = await house.enter("anna", **FORGED)
        assert "secure" not in cookie.lower()
        assert "path=/" in cookie.lower().replace(" ", "").split(";")
        assert "'none'" in headers["Content-Security-Policy"].partition("frame-ancestors ")[2].partition(";")[0]
        for at in range(BURST + 2):
            forged = FORGED | {"X_Forwarded_For": f"203.0.113.{at}"}
            status, _, _ = await house.ask("POST", "/api/login", {"code": "WRNGWRNG"}, **forged)
        assert status == 429, "a made-up address is no new stranger"


async def test_a_named_proxy_is_believed_in_what_it_says_and_the_name_must_still_be_ours(daemon: Daemon) -> None:
    told = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "claw.example.org"}
    async with door(daemon, listen(proxies=["127.0.0.1"])) as house:
        cookie, headers = await house.enter(
            "anna", **told, X_Ingress_Path=f"{BASE}/", Origin="https://claw.example.org"
        )
        parts = cookie.lower().replace(" ", "").split(";")
        assert {"secure", f"path={BASE}/", "httponly", "samesite=strict"} <= set(parts)
        assert cookie.startswith("claw="), "its name goes with the address that the browser knows"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
        for origin in ("http://claw.example.org", "https://evil.example", f"http://localhost:{house.web.port}"):
            body = {"code": daemon.clients.sign_in_code("anna")}
            assert (await house.ask("POST", "/api/login", body, **told, Origin=origin))[0] == 403, origin
        evil = told | {"X_Forwarded_Host": "evil.example"}
        assert (await house.ask("GET", "/login", **evil))[0] == 421


async def test_a_page_beyond_this_machine_that_is_not_encrypted_says_so_on_every_page(
    daemon: Daemon, tmp_path: Path
) -> None:
    wide = {"host": "0.0.0.0", "names": ["localhost"]}  # noqa: S104  that is the case
    tls = certificate_in(tmp_path)

    async def warnings(house: House, **headers: str) -> set[bool]:
        cookie, _ = await house.enter("anna", **headers)
        session = await house.ask("GET", "/api/session", Cookie=cookie.partition(";")[0], **headers)
        met = await house.ask("GET", "/api/door", **headers)
        return {bool(one[1]["warnings"]) for one in (session, met)}

    async with door(daemon, listen(**wide)) as house:
        assert await warnings(house) == {True}
        assert await warnings(house, X_Forwarded_Proto="https", X_Ingress_Path=BASE) == {True}, "anybody can say that"
    async with door(daemon, listen(**wide, proxies=["127.0.0.1"])) as house:
        assert await warnings(house) == {True}
        assert await warnings(house, X_Forwarded_Proto="https") == {False}
        assert await warnings(house, X_Ingress_Path=BASE) == {False}
    async with door(daemon, listen(**wide, tls=tls)) as house:
        assert house.web.address.startswith("https://")
        assert await warnings(house) == {False}
    async with door(daemon, listen()) as house:
        assert await warnings(house) == {False}


async def test_an_encrypted_page_has_a_cookie_for_safe_lines_only_and_takes_no_plain_one(
    daemon: Daemon, tmp_path: Path
) -> None:
    async with door(daemon, listen(tls=certificate_in(tmp_path), names=["localhost"])) as house:
        cookie, _ = await house.enter()
        assert "secure" in cookie.lower()
        sent = {"Cookie": cookie.partition(";")[0], "Origin": f"http://localhost:{house.web.port}"}
        assert (await house.ask("POST", "/api/messages", {"text": "hello"}, **sent))[0] == 403
        sent["Origin"] = f"https://localhost:{house.web.port}"
        assert (await house.ask("POST", "/api/messages", {"text": "hello"}, **sent))[0] == 200
        async with aiohttp.ClientSession() as plain:
            with pytest.raises(aiohttp.ClientError):
                await plain.get(f"http://localhost:{house.web.port}/login")


async def test_a_secret_of_one_kind_is_none_of_another(house: House) -> None:
    clients, name = house.daemon.clients, f"claw_{house.web.port}"
    _, model = clients.issue("assistant", "anna", kind="model")
    _, token = clients.issue("script", "anna")
    _, session = clients.enter("anna", "x")
    for headers in (
        {"Cookie": f"{name}={model}"},
        {"Cookie": f"{name}={token}"},
        {"Authorization": f"Bearer {model}"},
        {"Authorization": f"Bearer {session}"},
    ):
        assert (await house.ask("GET", "/api/session", **headers))[0] == 401, headers
        assert (await house.ask("GET", "/", **headers))[0] == 303, headers


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_whoever_opens_an_encrypted_door_and_says_nothing_does_not_use_up_the_daemons_files(
    daemon: Daemon, tmp_path: Path
) -> None:
    async with door(daemon, listen(tls=certificate_in(tmp_path), names=["localhost"])) as house:
        cookie, _ = await house.enter()
        own = {"Cookie": cookie.partition(";")[0]}
        silent: list[asyncio.StreamWriter] = []
        before = open_files()
        for _ in range(HANDSHAKES + 60):
            _, writer = await asyncio.open_connection("127.0.0.1", house.web.port)
            silent.append(writer)
        assert (await house.ask("GET", "/api/session", **own))[0] == 200, "who was there before is not cut off"
        held = open_files() - before - len(silent)
        assert held <= HANDSHAKES + 2
        async with aiohttp.ClientSession() as anew:
            trusted = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
            async with anew.get(f"https://localhost:{house.web.port}/api/door", ssl=trusted) as answer:
                assert answer.status == 200, "and whoever comes now is let in"
        for writer in silent:
            writer.close()
