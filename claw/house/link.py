"""One websocket connection to Home Assistant that many callers can use at once.

The client of ``homeassistant-api`` lets every caller read the socket itself, so two calls at a time lock each other
out and one caller's error is raised in another.  Here one task reads and hands each answer to the call it belongs to,
one task writes, and one watches for silence.  A connection lives once: what keeps it alive across losses is
``claw/house/home_assistant.py``.

It must never send a message of a kind that is not on its list: what Claw may do to a house goes through
``call_service`` under a permit, and nothing else changes anything.
"""

import asyncio
import json
import logging
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never
from urllib.parse import urlsplit, urlunsplit

from homeassistant_api import AsyncWebsocketClient
from homeassistant_api.errors import HomeassistantAPIError, UnauthorizedError
from niquests.exceptions import RequestException

from claw.base.action import Json, canonical
from claw.base.clock import Clock, Timer
from claw.base.errors import Broken, ClawError, Unavailable
from claw.house.abort import abort, transport_of, unsent
from claw.house.text import plain
from claw.house.wire import Unreadable

_logger = logging.getLogger(__name__)
# The library logs every event with its content at INFO.
logging.getLogger("homeassistant_api").setLevel(logging.WARNING)

OPENING_S = 10.0
"""Connecting, upgrading and authenticating together; Home Assistant itself waits 10 s for the token."""
CLOSING_S = 2.0
QUIET_S = 30.0
"""After so long without a frame a ping is sent."""
SILENCE_S = 10.0
"""After so long without a frame since the ping the connection is given up."""
PATIENCE_S = 2 * (QUIET_S + SILENCE_S)
"""After so long without a byte the library would end the connection; its own 30 s are over before the ping is due."""
READ_S = 10.0
"""How long a question may take."""
LONGEST_FRAME = 2**24

_ALLOWED = re.compile(
    r"auth|auth/current_user|supported_features|ping|call_service|search/related|(?:script|automation)/config"
    # No other subscription: a trigger or a condition carries templates, which read everything.
    r"|subscribe_entities|subscribe_events|unsubscribe_events|get_[a-z_]+|history/[a-z_]+"
    r"|config/(?:area|device|entity|floor|label)_registry/list"
    # Aliases are in no list: only this reads them, for all entities in one call.
    r"|config/entity_registry/get_entries"
    # Which agent its voice assistants use, and what is shown to them; the lists alone, not what changes them.
    r"|assist_pipeline/pipeline/list|homeassistant/expose_entity/list"
)

ACT = "call_service"
"""The one kind of message that moves anything."""

OnEvent = Callable[[Json], None]


class TokenRefused(Broken):
    """Home Assistant does not accept the access token; trying again would not change that."""


class LinkLost(Unavailable):
    """The connection ended; the text says why."""


class CommandFailed(ClawError):
    """Home Assistant answered a command with an error: its ``code`` and its own ``reason``, already made harmless."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{reason} ({code})" if reason else code)


@dataclass(slots=True)
class _Waiting:
    answer: asyncio.Future[Json]
    until: float


def websocket_address(url: str) -> str:
    """Return the websocket address of the Home Assistant at ``url``; raises Broken when it is not a usable address."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise Broken("the address of Home Assistant is not an address") from None
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise Broken("the address of Home Assistant must look like http://homeassistant.local:8123")
    if parts.username is not None or parts.password is not None:
        raise Broken("the address of Home Assistant must not hold a user name or password")
    path = parts.path.rstrip("/")
    if not path.endswith("/websocket"):
        path += "/api/websocket"
    return urlunsplit((scheme, parts.netloc, path, "", ""))


class Connection(AsyncWebsocketClient):
    """An authenticated connection, from ``open`` until it is lost or shut."""

    def __init__(self, url: str, token: str, clock: Clock, timer: Timer) -> None:
        super().__init__(websocket_address(url), token, max_size=LONGEST_FRAME)
        # Proxies and .netrc of the environment are for the internet; the token goes to this address and nowhere else.
        self._session.trust_env = False
        self._clock = clock
        self._timer = timer
        self._waiting: dict[int, _Waiting] = {}
        self._handlers: dict[int, OnEvent] = {}
        self._outbox: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._acts: set[int] = set()
        self._sending = False
        self._transport: asyncio.Transport | None = None
        self._heard = clock.monotonic()

    async def open(self) -> None:
        """Connect and authenticate; raises LinkLost, or TokenRefused when the token is not accepted."""
        try:
            async with asyncio.timeout(OPENING_S):
                # Not the library's own way in: that one would follow a redirect and show the token to another host.
                response = await self._session.get(self.api_url, allow_redirects=False, timeout=PATIENCE_S)
                if response.extension is None:
                    raise LinkLost(f"it answered HTTP {response.status_code} where a websocket was expected")
                self._ws = response.extension
                self._transport = transport_of(self._ws)
                await self.authentication_phase()
        except TimeoutError:
            raise LinkLost(f"it did not answer within {OPENING_S:g} s") from None
        except UnauthorizedError as error:
            raise TokenRefused(f"Home Assistant refuses the access token: {plain(str(error), 120)}") from None
        except HomeassistantAPIError:
            raise LinkLost("it does not speak Home Assistant's protocol") from None
        except (RequestException, OSError) as error:
            raise LinkLost(f"no connection ({_cause(error)})") from None
        except Unavailable as error:
            raise LinkLost(str(error)) from None
        self._begin()
        # Many changes then come in one frame, which is most of what a change costs.
        await self.command("supported_features", features={"coalesce_messages": 1})

    async def command(self, kind: str, *, within_s: float = READ_S, **fields: Json) -> Json:
        """Send one message and return the result that Home Assistant gives.

        Raises CommandFailed when it answers with an error or, with the code ``timeout``, not within ``within_s``;
        LinkLost when the connection ends first; Broken when messages of this kind are not allowed.
        """
        number, waiting = self._post(kind, within_s, fields)
        try:
            return await waiting.answer
        finally:
            # An abandoned call that is still in the outbox is not sent any more.
            self._waiting.pop(number, None)
            self._acts.discard(number)

    async def subscribe(self, kind: str, on_event: OnEvent, **fields: Json) -> None:
        """Send a subscription; ``on_event`` gets each event's content in order. Raises as ``command`` does."""
        number, waiting = self._post(kind, READ_S, fields)
        # Before the answer: the first event may come in the same frame.
        self._handlers[number] = on_event
        try:
            await waiting.answer
        except BaseException:
            self._handlers.pop(number, None)
            raise
        finally:
            self._waiting.pop(number, None)

    async def lost(self) -> str:
        """Wait until the connection has ended and return why."""
        return await asyncio.shield(self._ended)

    @property
    def gone(self) -> str | None:
        """Why the connection has ended, None while it stands."""
        return self._ended.result() if self._ended.done() else None

    def fail(self, reason: str) -> None:
        """End the connection: every call that waits gets LinkLost, nothing is sent any more."""
        if self._ended.done():
            return
        self._ended.set_result(reason)
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(LinkLost(reason))
                waiting.answer.exception()  # a caller that was cancelled meanwhile will not collect it
        self._handlers.clear()

    def drop_acts(self) -> bool:
        """Give up every act that is under way; return whether bytes of one may still lie in a buffer of this machine.

        What is not written yet is never written; what is gone is settled by looking at the house.  Whose bytes lie in a
        buffer cannot be told, and their caller may have left: any count.
        """
        for number in self._acts:
            waiting = self._waiting.pop(number, None)
            if waiting is not None and not waiting.answer.done():
                waiting.answer.set_exception(LinkLost("stopped"))
                waiting.answer.exception()
        self._acts = set()
        return self._sending or (self._transport is not None and unsent(self._transport))

    def abort(self, reason: str) -> None:
        """End the connection at once, throwing away what it has not sent: no word of goodbye, nothing flushed."""
        if self._transport is not None:
            abort(self._transport)
        self.fail(reason)

    async def shut(self, reason: str = "closed") -> None:
        """End the connection and release its socket and tasks."""
        self.fail(reason)
        for task in self._tasks:
            task.cancel()
        try:
            async with asyncio.timeout(CLOSING_S):
                await asyncio.gather(*self._tasks, return_exceptions=True)
                if hasattr(self, "_ws"):
                    await self._ws.close()
                await self._session.close()
        except (TimeoutError, OSError, RequestException) as error:
            _logger.debug("The connection did not close cleanly (%s)", type(error).__name__)

    async def recv(self, msg_id: int) -> Never:
        """Refuse: the library's own calls read the socket by themselves, and here only one task may."""
        raise Broken(f"answer {msg_id} is not to be read from the socket: use command()")

    def _begin(self) -> None:
        self._tasks = [asyncio.create_task(work()) for work in (self._read, self._write, self._watch)]

    def _post(self, kind: str, within_s: float, fields: dict[str, Json]) -> tuple[int, _Waiting]:
        _allow(kind)
        if self._ended.done():
            raise LinkLost(self._ended.result())
        number = self._request_id()
        text = canonical({**fields, "id": number, "type": kind}).decode()
        waiting = _Waiting(asyncio.get_running_loop().create_future(), self._clock.monotonic() + within_s)
        self._waiting[number] = waiting
        if kind == ACT:
            self._acts.add(number)
        self._outbox.put_nowait((number, text))
        return number, waiting

    async def _async_send(self, data: dict[str, Any]) -> None:
        # The library's authentication comes through here; so would every other call of its own.
        _allow(data.get("type"))
        await self._ws.send_payload(json.dumps(data))

    async def _async_recv(self) -> dict[str, Any]:
        # Used by the library's authentication, which checks the shape itself.
        return await self._frame()

    async def _frame(self) -> Json:
        payload = await self._ws.next_payload()
        if payload is None:
            raise LinkLost("the house closed the connection")
        if len(payload) > LONGEST_FRAME:
            raise Unreadable(f"a message of {len(payload)} bytes")
        try:
            return _decode(payload if isinstance(payload, str) else payload.decode())
        except (ValueError, RecursionError):
            raise Unreadable("a message that is not JSON") from None

    async def _read(self) -> None:
        try:
            while True:
                frame = await self._frame()
                self._heard = self._clock.monotonic()
                for message in frame if isinstance(frame, list) else (frame,):
                    self._hand_out(message)
        except LinkLost as lost:
            self.fail(str(lost))
        except Unreadable as unreadable:
            self.fail(f"it sent {unreadable}")
        except Exception as error:  # noqa: BLE001  the task's boundary: any end of the reader is the end of the link
            self._broke(error)

    def _hand_out(self, message: Json) -> None:
        """Give one message to whom it belongs; what belongs to nobody is dropped."""
        if not isinstance(message, dict):
            return
        number = message.get("id")
        if type(number) is not int:
            return
        kind = message.get("type")
        if kind == "event":
            handler = self._handlers.get(number)
            if handler is not None:
                handler(message.get("event"))
        elif kind in ("result", "pong"):
            waiting = self._waiting.pop(number, None)
            if waiting is not None and not waiting.answer.done():
                _settle(waiting.answer, message)

    async def _write(self) -> None:
        try:
            while True:
                number, text = await self._outbox.get()
                if number in self._waiting and not self._ended.done():
                    self._sending = True
                    await self._ws.send_payload(text)
                    self._sending = False
        except Exception as error:  # noqa: BLE001  the task's boundary: what cannot be sent ends the link
            self._broke(error)

    async def _watch(self) -> None:
        try:
            await self._look_after()
        except Exception as error:  # noqa: BLE001  the task's boundary: a link that nobody watches may be dead for hours
            self._broke(error)

    async def _look_after(self) -> None:
        pinged: float | None = None
        while not self._ended.done():
            await self._timer.sleep(1.0)
            now = self._clock.monotonic()
            for waiting in self._waiting.values():
                if waiting.until <= now and not waiting.answer.done():
                    waiting.answer.set_exception(CommandFailed("timeout", "it did not answer in time"))
            if pinged is not None and self._heard >= pinged:
                pinged = None
            if pinged is None and now - self._heard >= QUIET_S:
                self._post("ping", SILENCE_S * 2, {})
                pinged = now
            elif pinged is not None and now - pinged >= SILENCE_S:
                self.fail(f"it has been silent for {now - self._heard:.0f} s")

    def _broke(self, error: Exception) -> None:
        if not self._ended.done():
            _logger.debug("The connection to Home Assistant broke", exc_info=error)
            self.fail(f"the connection broke ({_cause(error)})")


def _allow(kind: object) -> None:
    if not isinstance(kind, str) or not _ALLOWED.fullmatch(kind):
        raise Broken(f"messages of the kind {plain(str(kind))!r} are never sent to Home Assistant")


def _settle(answer: asyncio.Future[Json], message: dict[str, Json]) -> None:
    if message.get("type") == "pong" or message.get("success") is True:
        answer.set_result(message.get("result"))
        return
    error = message.get("error")
    code, reason = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)
    answer.set_exception(
        CommandFailed(
            plain(code, 40) if isinstance(code, str) else "unknown_error",
            plain(reason, 200) if isinstance(reason, str) else "",
        )
    )


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


_decode: Callable[[str], Json] = json.JSONDecoder(parse_constant=_no_constant).decode


_CAUSES: tuple[tuple[type[OSError], str], ...] = (
    (ConnectionRefusedError, "nobody listens there"),
    (socket.gaierror, "its name is not known"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "it does not speak TLS"),
    (ConnectionResetError, "it hung up"),
)


def _cause(error: BaseException) -> str:
    """Return in a few words why: the libraries in between wrap the cause in names of Python objects."""
    chain: list[BaseException] = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None and inner not in chain:
        chain.append(inner)
    for kind, words in _CAUSES:
        if any(isinstance(link, kind) for link in chain):
            return words
    last = chain[-1]
    return plain(last.strerror, 80) if isinstance(last, OSError) and last.strerror else type(last).__name__
