"""A collector of traces that a test scripts: OTLP's JSON over real HTTP, read strictly; it misbehaves on demand."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

Json = Any
Trouble = Literal["", "endless", "silent", "cut off", "redirect"]


@dataclass
class Seen:
    """A span as it came."""

    name: str
    trace: str
    span: str
    parent: str
    kind: int
    ms: float
    attributes: dict[str, Json]
    links: list[tuple[str, str]]
    failed: bool


@dataclass
class ScriptedCollector:
    """Keeps what came in ``spans``; ``status`` is what it answers, ``trouble`` how it does not."""

    status: int = 200
    trouble: Trouble = ""
    spans: list[Seen] = field(default_factory=list)
    requests: int = 0
    texts: set[str] = field(default_factory=set)
    resource: dict[str, Json] = field(default_factory=dict)
    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def named(self, name: str) -> list[Seen]:
        """Return the spans of a name, in the order they came."""
        return [one for one in self.spans if one.name == name]

    def tree(self, trace: str) -> Json:
        """Return the spans of a trace as names below names, in the order in which they began."""
        whole = [one for one in self.spans if one.trace == trace]

        def below(parent: str) -> Json:
            return [(one.name, below(one.span)) for one in whole if one.parent == parent]

        return below("")

    async def until(self, *names: str) -> None:
        """Wait until as many spans of these names have come as they are given here."""
        async with asyncio.timeout(20):
            while not Counter(names) <= Counter(one.name for one in self.spans):
                self.came.clear()
                await self.came.wait()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        assert request.content_type == "application/json"
        body = await request.json()
        self.requests += 1
        self.came.set()
        match self.trouble:
            case "silent":
                await asyncio.Event().wait()
            case "cut off":
                assert request.transport is not None
                request.transport.close()
            case "redirect":
                return web.Response(status=307, headers={"Location": f"{self.url}/elsewhere"})
            case "endless":
                answer = web.StreamResponse(status=self.status)
                await answer.prepare(request)
                while True:
                    await answer.write(b" " * 65536)
            case "":
                pass
        if self.status == 200:
            self.spans += _spans(body, self)
            self.came.set()
        return web.json_response({"partialSuccess": {}}, status=self.status)


def _spans(body: Json, into: ScriptedCollector) -> Iterator[Seen]:
    """Give the spans of a request; what is not in OTLP's shape raises."""
    assert set(body) == {"resourceSpans"}
    for each in body["resourceSpans"]:
        assert set(each) == {"resource", "scopeSpans"}
        into.resource = _attributes(each["resource"]["attributes"], into)
        for scope in each["scopeSpans"]:
            assert set(scope) == {"scope", "spans"}
            for span in scope["spans"]:
                yield _span(span, into)


def _span(span: Json, into: ScriptedCollector) -> Seen:
    optional = {"parentSpanId", "attributes", "links", "status"}
    needed = {"traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"}
    assert needed <= set(span) <= needed | optional
    assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
    assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
    began, ended = span["startTimeUnixNano"], span["endTimeUnixNano"]
    assert isinstance(began, str), "64 bits are a text"
    assert isinstance(ended, str), "64 bits are a text"
    assert 1_600_000_000 * 10**9 < int(began) <= int(ended)
    into.texts.add(span["name"])
    return Seen(
        span["name"],
        span["traceId"],
        span["spanId"],
        span.get("parentSpanId", ""),
        span["kind"],
        (int(ended) - int(began)) / 1e6,
        _attributes(span.get("attributes", []), into),
        [(one["traceId"], one["spanId"]) for one in span.get("links", [])],
        span.get("status", {}).get("code") == 2,
    )


def _attributes(told: Json, into: ScriptedCollector) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for one in told:
        assert set(one) == {"key", "value"}
        ((kind, value),) = one["value"].items()
        assert kind in {"stringValue", "boolValue", "intValue", "doubleValue"}
        assert isinstance(value, {"stringValue": str, "boolValue": bool, "intValue": str, "doubleValue": float}[kind])
        found[one["key"]] = int(value) if kind == "intValue" else value
        if kind == "stringValue":
            into.texts.add(value)
    assert len(found) == len(told)
    return found
