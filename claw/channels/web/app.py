"""The web application: every address, what it takes, what it gives and the right it needs, in one table.

The same table makes the routes, the checks and the OpenAPI document, so that none can forget another.  Nothing is
decided here: a handler turns a request into one call of the desk and its answer into JSON.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar, cast
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError, Refused, Unavailable
from claw.channels.channel import Desk
from claw.channels.clients import Clients
from claw.channels.shown import shown
from claw.channels.web import api
from claw.channels.web.assets import Assets
from claw.channels.web.events import Streams
from claw.channels.web.guard import BODY_LIMIT, SECURITY_HEADERS, Rejected, check_content, too_large
from claw.channels.web.openapi import document
from claw.channels.web.operation import Call, Nothing, Operation, Strict
from claw.channels.web.session import Door, conversations_of, set_cookie
from claw.house.text import plain

logger = logging.getLogger(__name__)

BODY_PATIENCE_S = 10.0

M = TypeVar("M", bound=BaseModel)


class Web:
    """The page and the API as one ASGI application."""

    def __init__(self, desk: Desk, clients: Clients, clock: Clock, timer: Timer, names: Sequence[str] = ()) -> None:
        self._desk = desk
        self._assets = Assets()
        self._streams = Streams(desk, clients, clock, timer)
        self.door = Door(desk, clients, clock, names)
        inner = Starlette(
            routes=[*self._pages(), *map(self._route, api.OPERATIONS)],
            exception_handlers={
                Rejected: _answer_rejected,
                ClawError: _answer_error,
                HTTPException: _answer_http,
                Exception: _answer_bug,
            },
        )
        inner.router.redirect_slashes = False
        self.app: ASGIApp = _Outer(inner, self.door)

    @cached_property
    def _document(self) -> dict[str, Json]:
        # Made when somebody asks: its schemas would be a tenth of the daemon's start.
        return document(api.OPERATIONS)

    def close(self) -> None:
        """End every open event stream."""
        self._streams.closing.set()

    def _pages(self) -> list[Route]:
        return [
            Route("/", self._index),
            Route("/login", self._login_page),
            Route("/page/{name:path}", self._file),
            Route("/healthz", self._health),
            Route("/api/login", self._sign_in, methods=["POST"]),
            Route("/api/session", self._sign_out, methods=["DELETE"]),
            Route("/api/events", self._events),
            Route("/api/openapi.json", self._openapi),
        ]

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            client = self.door.admit(request, operation.right)
            body = await _read_body(request, operation)
            query = _read_query(request, operation)
            call = Call(self._desk, client, body, query, request.path_params)
            return _json(await operation.run(call))

        return Route(operation.path, endpoint, methods=[operation.method])

    async def _index(self, request: Request) -> Response:
        if self.door.visitor(request) is None:
            return RedirectResponse("/login", 303)
        return self._assets.respond(request, "index.html")

    async def _login_page(self, request: Request) -> Response:
        if self.door.visitor(request) is not None:
            return RedirectResponse("/", 303)
        return self._assets.respond(request, "login.html")

    async def _file(self, request: Request) -> Response:
        return self._assets.respond(request, request.path_params["name"])

    async def _health(self, request: Request) -> Response:
        del request
        status = self._desk.status()
        return _json({"ok": True, "link": status["link"]["status"], "stopped": status["stop"]["engaged"]})

    async def _sign_in(self, request: Request) -> Response:
        self.door.knock(request)
        body = await _read_model(request, api.Code)
        client, secret = self.door.sign_in(request, body.code)
        response = _json(api.session_json(client))
        set_cookie(request, response, secret)
        return response

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
        return _json(self._document)


class _Outer:
    """What holds for every answer: the address is checked first, and the security headers are always there."""

    def __init__(self, inner: ASGIApp, door: Door) -> None:
        self._inner = inner
        self._door = door
        self._headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        request = Request(scope)
        try:
            self._door.check_address(request)
        except Rejected as rejected:
            await _answer_rejected(request, rejected)(scope, receive, send_with_headers)
        else:
            await self._inner(scope, receive, send_with_headers)


async def _read_body(request: Request, operation: Operation) -> Strict:
    return Nothing() if operation.body is None else await _read_model(request, operation.body)


async def _read_model(request: Request, model: type[M]) -> M:
    """Return the body as ``model``; raises Rejected when it is too large, too slow, not JSON, or not of this shape."""
    check_content(request.headers)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise too_large()
    except ClientDisconnect:
        raise Rejected(400, "gone", "The rest of the request did not come.") from None
    except TimeoutError:
        raise Rejected(408, "too_slow", "The rest of the request did not come.") from None
    return _valid(lambda: model.model_validate_json(bytes(body)))


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


def _answer_http(request: Request, error: Exception) -> Response:
    del request
    status = cast("HTTPException", error).status_code
    kind, text = {404: ("not_found", "There is nothing here."), 405: ("wrong_method", "Not with this method.")}.get(
        status, ("invalid", "That request cannot be read.")
    )
    return _failure(status, kind, text)


def _answer_bug(request: Request, error: Exception) -> Response:
    logger.error("A request to %s failed unexpectedly", request.scope["path"], exc_info=error)
    return _failure(500, "bug", "That went wrong inside Claw; its log says how.")
