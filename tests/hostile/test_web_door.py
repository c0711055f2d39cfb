"""Whoever reaches the port and means no good, against the whole daemon with all that answers there.

Every stranger comes from an address of their own on the loopback network, so that nobody is held up for another.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from claw.channels.clients import EVERY_RIGHT
from claw.channels.passwords import MOST_WAITING
from claw.channels.web import app, body, connection, events
from claw.channels.web.api import OPERATIONS
from claw.channels.web.busy import AT_ONCE
from claw.channels.web.guard import BODY_LIMIT
from claw.channels.web.limits import BURST
from claw.daemon.build import Daemon
from tests.living import OWNER, living
from tests.serving import POLICY

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
SAID = b'{"messages": [{"role": "user", "content": "turn on the kitchen lights"}]}'
DOORS = {"/api/messages": b'{"text": "turn on the kitchen lights"}', "/v1/chat/completions": SAID, "/mcp": LIST}
JSON = {"Content-Type": "application/json"}


@dataclass
class Answer:
    """What came back: 0 where the line was cut without a word."""

    status: int
    text: str

    @classmethod
    def of(cls, said: bytes) -> "Answer":
        head, _, rest = said.partition(b"\r\n\r\n")
        return cls(int(head.split()[1]) if head.startswith(b"HTTP/") else 0, rest.decode(errors="replace"))


@dataclass
class Port:
    """The daemon's own port, and a secret of each kind."""

    daemon: Daemon
    sources: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def number(self) -> int:
        return self.daemon.web.port

    def source(self) -> str:
        """Return an address that nobody had before."""
        at = next(self.sources)
        return f"127.{1 + at // 60_000}.{at // 250 % 240}.{1 + at % 250}"

    async def open(self, source: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.number, local_addr=(source or self.source(), 0))

    async def raw(self, *chunks: bytes, source: str = "", patience_s: float = 8) -> Answer:
        """Send bytes as they are, and return what came until the line was closed."""
        reader, writer = await self.open(source)
        said = b""
        try:
            async with asyncio.timeout(patience_s):
                for chunk in chunks:
                    writer.write(chunk)
                    await writer.drain()
                while part := await reader.read(65536):
                    said += part
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()
        return Answer.of(said)

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        lines = {"Host": f"localhost:{self.number}", "Connection": "close"} | headers
        return "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items()), "", ""]).encode()

    async def ask(
        self, method: str, path: str, sent: bytes = b"", headers: Mapping[str, str] | None = None, source: str = ""
    ) -> Answer:
        length = {"Content-Length": str(len(sent))} if sent else {}
        return await self.raw(self.head(method, path, {**length, **(headers or {})}) + sent, source=source)

    def session(self, person: str = "anna") -> dict[str, str]:
        """Return the headers of a page in which somebody is signed in."""
        _, secret = self.daemon.clients.enter(person, "a browser")
        return {"Cookie": f"claw_{self.number}={secret}", "Origin": f"http://localhost:{self.number}"}

    def bearer(self, kind: Any = "token", name: str = "script") -> dict[str, str]:
        _, secret = self.daemon.clients.issue(name, "anna", EVERY_RIGHT, kind=kind)
        return {"Authorization": f"Bearer {secret}"}

    def bearers(self) -> dict[str, dict[str, str]]:
        """Return what opens each of the doors."""
        model = self.bearer("model") | JSON
        return {"/api/messages": self.bearer() | JSON, "/v1/chat/completions": model, "/mcp": model | ACCEPT}

    def acts(self) -> int:
        return sum(one["kind"] in {"intent", "stop", "reset", "pause"} for one in self.daemon.desk.log(limit=1000))


ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Port]:
    async with living(tmp_path_factory.mktemp("door"), POLICY, channels={"mcp": {}}) as daemon:
        await daemon.web.start()
        try:
            yield Port(daemon)
        finally:
            await daemon.web.close()


def changing() -> list[tuple[str, str]]:
    rows = [(one.method, one.path) for one in OPERATIONS if one.method != "GET"]
    rows += [
        ("DELETE", "/api/session"),
        ("POST", "/api/login"),
        ("POST", "/api/first"),
        *(("POST", at) for at in DOORS),
    ]
    return [(method, path.replace("{id}", "abcd").replace(":int}", "}").replace("{seq}", "1")) for method, path in rows]


@pytest.mark.parametrize(
    "site",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {},
    ],
)
async def test_another_sites_page_moves_nothing_at_any_address(port: Port, site: dict[str, str]) -> None:
    mine, before = port.session(), port.acts()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        headers = {"Cookie": mine["Cookie"], "Content-Type": kind, **site}
        for method, path in changing():
            answer = await port.ask(method, path, b'{"text": "turn on the kitchen lights"}', headers)
            # Whoever signs in rests on no cookie: there is nothing that another page could use.
            signs_in = not site and path in {"/api/login", "/api/first"}
            assert answer.status in ({400, 415} if signs_in else {401, 403}), (method, path, answer)
    assert port.acts() == before
    assert (await port.ask("GET", "/api/session", headers=mine)).status == 200
    assert not port.daemon.desk.status()["stop"]["engaged"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example",
        "127.0.0.1.evil.example:{port}",
        "localhost@evil.example",
        "localhost, evil.example",
        "localhost\r\nHost: evil.example",
        "0.0.0.0:{port}",
        "127.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "localhost:{port}/..",
        "",
    ],
)
async def test_a_name_that_was_bound_to_this_machine_from_outside_opens_nothing(port: Port, host: str) -> None:
    named = {"Host": host.format(port=port.number), "X-Forwarded-Host": f"localhost:{port.number}"}
    for headers in (port.session(), port.bearer(), port.bearer("model")):
        for path in ("/", "/login", "/api/status", "/api/door", "/healthz", "/page/claw.css", "/v1/models", "/metrics"):
            answer = await port.ask("GET", path, headers=headers | named)
            assert answer.status in {400, 421}, (path, answer)
            assert "kitchen" not in answer.text
    assert (await port.ask("POST", "/mcp", LIST, port.bearers()["/mcp"] | named)).status in {400, 421}


OUTSIDE = (
    "/page/../app.py",
    "/page/../../../../../../etc/passwd",
    "/page/%2e%2e/app.py",
    "/page/..%2fapp.py",
    "/page/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/page/%252e%252e/app.py",
    "/page/..%5c..%5capp.py",
    "/page/....//app.py",
    "/page//etc/passwd",
    "/page/%2fetc%2fpasswd",
    "/page/%c0%ae%c0%ae/app.py",
    "/page/index.html%00.css",
    "/page/./../../web/app.py",
    "/page/file:///etc/passwd",
    "//etc/passwd",
    "/../../../../etc/passwd",
    "/api/../../../etc/passwd",
    "/sw.js/../app.py",
    "/api/skills/..%2f..%2fclaw.db",
    "/api/skills/%2fetc%2fpasswd/history",
    "/api/routines/..%2f..%2fconfig.yaml",
    "/api/policy/..%2fpolicy.yaml",
    "/v1/models/../../../etc/passwd",
    "http://evil.example/etc/passwd",
)


@pytest.mark.parametrize("path", OUTSIDE)
async def test_no_address_leads_out_of_the_page(port: Port, path: str) -> None:
    for headers in ({}, port.session()):
        answer = await port.ask("GET", path, headers=headers)
        assert answer.status in {400, 401, 403, 404, 405}, answer
        assert not any(word in answer.text for word in ("root:", "import ", "Starlette", "SQLite", "rules:"))


@pytest.mark.parametrize("path", list(DOORS))
async def test_secrets_cannot_be_tried_out_at_any_door_and_nobody_else_is_held_up(port: Port, path: str) -> None:
    right = port.bearers()[path]
    ident = right["Authorization"].removeprefix("Bearer claw_").partition(".")[0]
    source, guesses = port.source(), (f"claw_{ident}.{at:043}" for at in range(BURST + 10))
    statuses = [
        (await port.ask("POST", path, DOORS[path], right | {"Authorization": f"Bearer {one}"}, source)).status
        for one in guesses
    ]
    assert statuses == [401] * BURST + [429] * 10
    assert (await port.ask("POST", "/api/login", b'{"code": "WRNGWRNG"}', JSON, source)).status == 429
    assert (await port.ask("POST", path, DOORS[path], right, source)).status == 200, "who is known is not held up"
    assert (await port.ask("POST", "/api/login", b'{"code": "WRNGWRNG"}', JSON)).status == 401, "nor others"


async def test_many_who_guess_passwords_at_once_fill_neither_the_memory_nor_the_line(port: Port) -> None:
    async def guess(at: int) -> int:
        tried = json.dumps({"name": f"nobody {at}", "password": "correct horse battery"}).encode()
        return (await port.ask("POST", "/api/login", tried, JSON)).status

    guesses = [asyncio.create_task(guess(at)) for at in range(5 * MOST_WAITING)]
    await asyncio.sleep(0)
    known = await port.ask("GET", "/api/status", headers=port.session())
    statuses = await asyncio.gather(*guesses)
    assert known.status == 200
    assert set(statuses) == {401, 503}
    assert statuses.count(401) >= MOST_WAITING


OPENS = {
    ("session", "cookie"): {"/api/status", "/api/openapi.json", "/metrics"},
    ("token", "bearer"): {"/api/status", "/api/openapi.json", "/metrics"},
    ("model", "bearer"): {"/v1/models", "/mcp"},
}


@pytest.mark.parametrize("way", ["cookie", "bearer", "basic", "address"])
@pytest.mark.parametrize("kind", ["session", "token", "model"])
async def test_a_secret_opens_only_what_its_kind_is_for(port: Port, kind: Any, way: str) -> None:
    clients = port.daemon.clients
    secret = (clients.enter("anna", "x") if kind == "session" else clients.issue("x", "anna", EVERY_RIGHT, kind=kind))[
        1
    ]
    headers = {
        "cookie": {"Cookie": f"claw_{port.number}={secret}"},
        "bearer": {"Authorization": f"Bearer {secret}"},
        "basic": {"Authorization": f"Basic {secret}"},
        "address": {},
    }[way]
    asked = f"?token={secret}" if way == "address" else ""
    opened = set()
    for path in ("/api/status", "/api/openapi.json", "/metrics", "/v1/models"):
        answer = await port.ask("GET", path + asked, headers=headers)
        assert answer.status in {200, 400, 401}, answer
        if answer.status == 200 and (path != "/metrics" or headers):
            opened.add(path)
    answer = await port.ask("POST", "/mcp" + asked, LIST, {**headers, **ACCEPT, **JSON})
    opened |= {"/mcp"} if answer.status == 200 else set()
    assert secret not in answer.text
    assert opened == OPENS.get((kind, way), set())


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("path", [*DOORS, "/api/login"])
async def test_a_body_that_is_too_large_is_let_go_and_the_answer_arrives(port: Port, path: str, known: bool) -> None:
    headers = port.bearers().get(path, JSON) if known else JSON
    part, parts = b" " * 65536, 24 if known and path.startswith("/v1") else 12
    announced = port.head("POST", path, {**headers, "Content-Length": str(len(part) * parts)})
    pieces = [b"10000\r\n" + part + b"\r\n"] * parts
    unannounced = port.head("POST", path, {**headers, "Transfer-Encoding": "chunked"})
    wanted = 413 if known or path == "/api/login" else 401
    assert (await port.raw(announced, *[part] * parts)).status == wanted
    assert (await port.raw(unannounced, *pieces, b"0\r\n\r\n")).status == wanted


@pytest.mark.parametrize("path", [*DOORS, "/api/login"])
async def test_a_body_without_end_is_cut(port: Port, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "LETTING_GO_S", 0.1)
    reader, writer = await port.open()
    sent = 0
    try:
        async with asyncio.timeout(5):
            writer.write(port.head("POST", path, {**JSON, "Transfer-Encoding": "chunked"}))
            while sent < 2**30:
                writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
                await writer.drain()
                sent += 65536
                if reader.at_eof():
                    break
    except ConnectionError:
        pass
    finally:
        writer.close()
    assert sent < 2**25, "what the system itself holds, and what is let go"


NONSENSE = {
    "deep": b'{"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deeper": b"[" * (BODY_LIMIT - 1),
    "large number": b'{"text": 1' + b"0" * 60_000 + b"}",
    "no number": b'{"text": NaN}',
    "half a sign": b'{"text": "\\ud800"}',
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "many keys": json.dumps({f"k{at}": at for at in range(5000)}).encode(),
    "a list": b"[[], {}, null]",
    "pressed": b"\x1f\x8b\x08\x00" + b"\x00" * 1000,
    "nothing": b" ",
}


@pytest.mark.parametrize("sent", list(NONSENSE.values()), ids=list(NONSENSE))
async def test_no_body_is_too_much_for_any_door(port: Port, sent: bytes) -> None:
    before = port.acts()
    for path, headers in {**port.bearers(), "/api/login": JSON, "/api/policy/check": port.session() | JSON}.items():
        for more in ({}, {"Content-Encoding": "gzip"}):
            answer = await port.ask("POST", path, sent, headers | more)
            assert 200 <= answer.status < 500, (path, answer)
            assert answer.status >= 400 or path == "/mcp" or b"ud800" in sent, (path, answer)
    assert port.acts() == before


async def test_two_ways_to_say_where_a_request_ends_are_none(port: Port) -> None:
    hidden = b"POST /api/stop HTTP/1.1\r\nHost: localhost\r\n\r\n"
    right, before = port.bearers()["/api/messages"], port.acts()
    for lengths in (
        {"Content-Length": "4", "Transfer-Encoding": "chunked"},
        {"Transfer-Encoding": "chunked, identity"},
        {"Transfer-Encoding": "\x0bchunked"},
        {"Content-Length": "+4"},
        {"Content-Length": "4, 5"},
        {"Content-Length": "4\r\nContent-Length: 60"},
    ):
        answer = await port.raw(port.head("POST", "/api/messages", right | lengths) + b"0\r\n\r\n" + hidden)
        assert answer.status in {0, 400, 413, 415}, (lengths, answer)
    assert port.acts() == before
    assert not port.daemon.desk.status()["stop"]["engaged"]


async def test_whoever_is_slow_is_let_go_and_the_red_button_never_waits(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "BODY_PATIENCE_S", 0.3)
    monkeypatch.setattr(connection, "HEADER_PATIENCE_S", 0.3)
    bearers = {**port.bearers(), "/api/login": JSON}
    halves = [port.head("POST", path, headers | {"Content-Length": "50"}) + b"{" for path, headers in bearers.items()]
    slow = [asyncio.create_task(port.raw(one)) for one in [*halves, b"GET / HTTP/1.1\r\nHost: loc"] * 8]
    await asyncio.sleep(0.1)
    assert (await port.ask("POST", "/api/stop", b"{}", port.session() | JSON)).status == 200
    await port.daemon.desk.reset("seen", OWNER, console=True)
    assert {answer.status for answer in await asyncio.gather(*slow)} <= {0, 401, 408}


async def test_one_client_in_a_loop_takes_the_connections_of_nobody_else(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking = asyncio.Event()

    async def slowly(*_: object) -> Any:
        await thinking.wait()
        return {"text": "at last"}

    monkeypatch.setattr(port.daemon.desk, "say", slowly)
    looping, other = port.bearer() | JSON, port.bearer(name="another") | JSON
    asked = [
        asyncio.create_task(port.ask("POST", "/api/messages", DOORS["/api/messages"], looping))
        for _ in range(AT_ONCE + 5)
    ]
    refused = [(await one).status for one in itertools.islice(asyncio.as_completed(asked), 5)]
    assert refused == [429] * 5
    assert (await port.ask("GET", "/api/status", headers=other)).status == 200
    stopped = await port.ask("POST", "/api/stop", b"{}", looping)
    await port.daemon.desk.reset("seen", OWNER, console=True)
    thinking.set()
    assert stopped.status == 200, "a stop is never one too many"
    assert sorted(one.status for one in await asyncio.gather(*asked)) == [200] * AT_ONCE + [429] * 5


async def test_five_hundred_streams_and_connections_that_say_nothing_leave_the_red_button_alone(port: Port) -> None:
    async with AsyncExitStack() as lines:

        async def held(first: bytes) -> asyncio.StreamReader:
            reader, writer = await port.open()
            lines.callback(writer.close)
            writer.write(first)
            return reader

        streams = []
        for at in range(125):
            mine = port.bearer(name=f"screen {at}")
            streams += [await held(port.head("GET", "/api/events", mine)) for _ in range(events.STREAMS_EACH)]
        for at in range(connection.CONNECTIONS):
            await held(b"" if at % 2 else b"GET / HTTP/1.1\r\nHost: lo")
        stop = await port.ask("POST", "/api/stop", b"{}", port.session() | JSON)
        assert stop.status == 200
        told = await asyncio.gather(*(_told(one) for one in streams))
        await port.daemon.desk.reset("seen", OWNER, console=True)
    assert told.count("stop") == events.STREAMS, "who had a stream keeps it, and hears of the stop"
    assert set(told) <= {"stop", "refused", "cut"}
    assert (await port.ask("GET", "/api/status", headers=port.session())).status == 200


async def _told(stream: asyncio.StreamReader) -> str:
    """Return what became of a stream: it told of the stop, it was refused, or cut to make room."""
    said = b""
    try:
        async with asyncio.timeout(5):
            while b"event: stop" not in said and (part := await stream.read(65536)):
                said += part
    except (ConnectionError, TimeoutError):
        return "silent" if b" 200 " in said else "cut"
    return "stop" if b"event: stop" in said else "refused" if b" 503 " in said else "cut"


async def test_what_was_turned_away_is_few_lines_in_the_log(port: Port) -> None:
    door, sources = port.daemon.web._web.door, [port.source() for _ in range(3)]
    await door.fold.flush()
    for source in sources:
        for _ in range(BURST + 5):
            await port.ask("GET", "/v1/models", headers={"Authorization": "Bearer claw_x.y"}, source=source)
    await door.fold.flush()
    await port.daemon.desk.stop("so that what was noted is on disk", OWNER)
    await port.daemon.desk.reset("seen", OWNER, console=True)
    told = [one["payload"] for one in port.daemon.desk.log(limit=1000) if one["kind"] == "refused_requests"]
    mine = [one for one in told if one["source"] in {f"peer {source}" for source in sources}]
    assert [one["count"] for one in mine] == [BURST + 5] * 3
