"""The web application: every address, what it takes, what it gives and the right it needs, in one table.

The same table makes the routes, the checks and the OpenAPI document, so that none can forget another.  Nothing is
decided here: a handler turns a request into one call of the desk and its answer into JSON.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError, Refused, Unavailable
from claw.channels.channel import Desk
from claw.channels.clients import Clients
from claw.channels.entering import Admission
from claw.channels.shown import shown
from claw.channels.signing import Signing
from claw.channels.web import accounts, api, passkeys
from claw.channels.web.assets import Assets
from claw.channels.web.body import read_json
from claw.channels.web.events import Streams
from claw.channels.web.forwarded import Proxies, arrival_of
from claw.channels.web.guard import FRAMED_HEADERS, SECURITY_HEADERS, Rejected
from claw.channels.web.openapi import document, named
from claw.channels.web.operation import Call, Nothing, Operation, Strict
from claw.channels.web.session import Door, conversations_of, cookie_name, set_cookie
from claw.house.text import plain

if TYPE_CHECKING:  # few houses are watched
    from claw.channels.web.metrics import Metric

logger = logging.getLogger(__name__)

FAILURES = 400
"""Statuses from here on say that something went wrong."""
WRONG_METHOD = 405
_PLAIN = {404: ("not_found", "There is nothing here."), WRONG_METHOD: ("wrong_method", "Not with this method.")}
LETTING_GO = 1024 * 1024
LETTING_GO_S = 1.0

M = TypeVar("M", bound=BaseModel)


class Web:
    """The page and the API as one ASGI application."""

    def __init__(self, desk: Desk, clients: Clients, clock: Clock, timer: Timer, names: Sequence[str] = ()) -> None:
        self._desk = desk
        self._assets = Assets()
        self._streams = Streams(desk, clients, clock, timer)
        self.door = Door(desk, clients, clock, names)
        self.signing: Signing | None = None
        self.admission: Admission | None = None
        self.proxies = Proxies()
        self.figures: Callable[[], Iterable[Metric]] = tuple
        inner = Starlette(
            routes=[*self._pages(), *map(self._route, api.OPERATIONS)],
            exception_handlers={
                Rejected: _answer_rejected,
                ClawError: _answer_error,
                HTTPException: self._answer_http,
                Exception: _answer_bug,
            },
        )
        inner.router.redirect_slashes = False
        self._routes = inner.router.routes
        self.app: ASGIApp = _Outer(inner, self)

    @cached_property
    def _document(self) -> dict[str, Json]:
        # Made when somebody asks: its schemas would be a tenth of the daemon's start.
        return document(api.OPERATIONS)

    def add(self, *routes: Route) -> None:
        """Answer at further addresses; what stands there admits its own clients."""
        self._routes.extend(routes)

    def close(self) -> None:
        """End every open event stream."""
        self._streams.closing.set()

    def _pages(self) -> list[Route]:
        return [
            Route("/", self._index),
            Route("/login", self._login_page),
            Route("/page/{name:path}", self._file),
            Route("/sw.js", self._worker),
            Route("/healthz", self._health),
            Route("/metrics", self._metrics),
            Route("/api/session", self._sign_out, methods=["DELETE"]),
            Route("/api/events", self._events),
            Route("/api/openapi.json", self._openapi),
            *passkeys.entrance(self.door, lambda: self.signing, _read_model, _json),
            *accounts.entrance(self.door, lambda: self.admission, _read_model, _json),
        ]

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            client = self.door.admit(request, operation.right)
            # A stop is never one too many.
            with nullcontext() if operation.right == "stop" else self.door.busy.held(client.id):
                body = await _read_body(request, operation)
                query = _read_query(request, operation)
                self.door.check_stands(client)
                here = (passkeys.site_of(request), self.signing, self.admission, self.door.warnings(request))
                answer = await operation.run(Call(self._desk, client, body, query, request.path_params, *here))
                self.door.check_stands(client)  # an answer may take a minute
                return _json(answer)

        return Route(operation.path, endpoint, methods=[operation.method])

    async def _index(self, request: Request) -> Response:
        if self.door.visitor(request) is None:
            return RedirectResponse("login", 303)
        return self._assets.respond(request, "index.html")

    async def _login_page(self, request: Request) -> Response:
        if self.door.visitor(request) is not None:
            return RedirectResponse("./", 303)
        return self._assets.respond(request, "login.html")

    async def _file(self, request: Request) -> Response:
        return self._assets.respond(request, request.path_params["name"])

    async def _worker(self, request: Request) -> Response:
        # It stands beside the page, as it may keep only what lies below its own address.
        return self._assets.respond(request, "sw.js")

    async def _health(self, request: Request) -> Response:
        """Answer whether Claw lives; with ``?ready``, whether it has heard from its house as well.

        To whoever asks: neither names nor numbers, and nothing that changes when somebody is at home.
        """
        status, answered = self._desk.status(), self._desk.answered
        try:
            vital = self._desk.vital()
        except Unavailable:
            return _json({"status": "failing", "reason": "starting"}, 503)
        well = vital.alive and (answered or "ready" not in request.query_params)
        degraded = bool(status["degraded"]) or not status["link"]["ready"]
        said = "failing" if not vital.alive else "degraded" if degraded else "ok"
        link, stopped = status["link"]["status"], status["stop"]["engaged"]
        told = {"status": said, **vital.as_json(), "ready": answered, "link": link, "stopped": stopped}
        return _json(told, 200 if well else 503)

    async def _metrics(self, request: Request) -> Response:
        from claw.channels.web.metrics import CONTENT_TYPE, exposition  # noqa: PLC0415  few houses are watched so

        known = self.door.known(request)
        headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE}
        more = self.figures() if known else ()
        return Response(exposition(self._desk.status(), more, known=known), headers=headers)

    async def _sign_out(self, request: Request) -> Response:
        self.door.sign_out(self.door.admit(request, None))
        response = Response(status_code=204)
        set_cookie(request, response, "")
        return response

    async def _events(self, request: Request) -> Response:
        client = self.door.admit(request, "talk")
        return self._streams.open(client, conversations_of(client))

    async def _openapi(self, request: Request) -> Response:
        self.door.admit(request, None)
        return _json(named(self._document, cookie_name(request)))

    def _answer_http(self, request: Request, error: Exception) -> Response:
        status = cast("HTTPException", error).status_code
        kind, text = _PLAIN.get(status, ("invalid", "That request cannot be read."))
        # An address may have a row for each method.
        rows = (one for one in self._routes if isinstance(one, Route) and one.matches(request.scope)[0] != Match.NONE)
        ways = sorted({way for one in rows for way in one.methods or ()})
        return _failure(status, kind, text, {"Allow": ", ".join(ways)} if status == WRONG_METHOD else {})


class _Outer:
    """What holds for every answer: the address is checked first, the security headers are there, and it arrives."""

    def __init__(self, inner: ASGIApp, web: Web) -> None:
        self._inner = inner
        self._web = web
        self._headers = _raw(SECURITY_HEADERS)
        self._framed = _raw(FRAMED_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = self._web.proxies.arrived(scope)
        request = Request(scope)
        # Home Assistant shows what is behind its ingress in a frame of its own page, at the same address.
        always = self._framed if arrival_of(request).base else self._headers
        body = _Body(receive, scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= FAILURES:
                    await body.let_go()
                message = {**message, "headers": [*message["headers"], *always]}
            await send(message)

        try:
            self._web.door.check_address(request)
        except Rejected as rejected:
            await _answer_rejected(request, rejected)(scope, body.receive, send_with_headers)
        else:
            await self._inner(scope, body.receive, send_with_headers)


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class _Body:
    """The body of one request, and whether all of it was read."""

    def __init__(self, receive: Receive, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._receive = receive
        # Who waits to be told that the body may come has sent none of it.
        self._left = ("content-length" in headers or "transfer-encoding" in headers) and "expect" not in headers

    async def receive(self) -> Message:
        """Return the next part."""
        message = await self._receive()
        self._left = self._left and message["type"] == "http.request" and bool(message.get("more_body"))
        return message

    async def let_go(self) -> None:
        """Drop what is on its way of a body that nobody reads, within bounds.

        Closing the connection over it would reset what carries the answer.
        """
        dropped = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LETTING_GO_S):
                while self._left and dropped < LETTING_GO:
                    dropped += len((await self.receive()).get("body", b""))


async def _read_body(request: Request, operation: Operation) -> Strict:
    return Nothing() if operation.body is None else await _read_model(request, operation.body)


async def _read_model(request: Request, model: type[M]) -> M:
    """Return the body as ``model``; raises Rejected when it is too large, too slow, not JSON, or not of this shape."""
    body = await read_json(request)
    return _valid(lambda: model.model_validate_json(body, strict=True))


def _read_query(request: Request, operation: Operation) -> Strict:
    given = dict(parse_qsl(request.url.query, keep_blank_values=True, errors="replace"))
    return _valid(lambda: operation.query.model_validate(given))


def _valid(validate: Callable[[], M]) -> M:
    try:
        return validate()
    except ValidationError as error:
        # The input itself is not echoed: it may be huge, and it is not ours.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Rejected(400, "invalid", f"{plain(where, 60)}: {plain(first['msg'], 200)}") from None


def _json(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = to_json(value, inf_nan_mode="null")
    return Response(content, status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def _failure(status: int, kind: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json({"error": {"kind": kind, "text": shown(text)}}, status, headers)


def _answer_rejected(request: Request, error: Exception) -> Response:
    del request
    rejected = cast("Rejected", error)
    # What is left of the body is not read, so the connection cannot be used again.
    return _failure(rejected.status, rejected.kind, rejected.text, {"Connection": "close", **rejected.headers})


def _answer_error(request: Request, error: Exception) -> Response:
    del request
    if isinstance(error, Refused):
        return _failure(403, "refused", str(error))
    if isinstance(error, Unavailable):
        return _failure(503, "unavailable", str(error))
    logger.error("The web page met a fault: %s", error)
    return _failure(500, "broken", str(error))


def _answer_bug(request: Request, error: Exception) -> Response:
    # Its first two words only: what follows may name somebody, or something.
    where = "/".join(request.scope["path"].split("/")[:3])
    logger.error("A request to %s failed unexpectedly", where, exc_info=error)
    return _failure(500, "bug", "That went wrong inside Claw; its log says how.")
