"""One websocket to Home Assistant for as long as Claw is being set up; it asks, and moves nothing.

The daemon's link (``claw/house/link.py``) is for acting and for years; this one is for a minute, and what it may say is
the list below.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, Self, cast
from urllib.parse import urlsplit, urlunsplit

import niquests
from niquests.exceptions import RequestException

from claw.base.action import Json
from claw.base.errors import Broken, ClawError, Unavailable
from claw.care.house_asked import TokenNotTaken
from claw.house.text import plain

Question = Literal[
    "assist_pipeline/pipeline/list",
    "auth/current_user",
    "auth/long_lived_access_token",
    "config/area_registry/list",
    "config/device_registry/list",
    "config/entity_registry/get_entries",
    "config/entity_registry/list",
    "config/floor_registry/list",
    "config/label_registry/list",
    "get_config",
    "get_services",
    "get_states",
    "homeassistant/expose_entity/list",
]

OPENING_S = 15.0
CLOSING_S = 2.0
ANSWER_S = 30.0
LONGEST_FRAME = 2**24
_FRAMES = 50


class NotAnswered(ClawError):
    """Home Assistant answered a question with an error; ``code`` is its own."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NoHomeAssistant(Unavailable):
    """What answers does not speak Home Assistant's language."""


def base_of(url: str) -> str:
    """Return the address of Home Assistant without what follows its host; raises Broken for one that is no address."""
    written = url.strip()
    if "://" not in written:
        written = f"http://{written}"
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError:
        raise Broken("the address of Home Assistant is not an address") from None
    if not written.isascii() or not written.isprintable() or " " in written:
        raise Broken("the address of Home Assistant is not an address")
    scheme = {"http": "http", "https": "https", "ws": "http", "wss": "https"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise Broken("the address of Home Assistant must look like http://homeassistant.local:8123")
    if parts.username is not None or parts.password is not None:
        raise Broken("the address of Home Assistant must not hold a user name or password")
    path = parts.path.rstrip("/").removesuffix("/api/websocket").rstrip("/")
    # What is copied from a browser ends in the page that was open.
    kept = "" if path.split("/")[1:2] in (["lovelace"], ["config"], ["profile"], ["home"]) else path
    return urlunsplit((scheme, parts.netloc, kept, "", ""))


class Talk:
    """An authenticated connection; use it with ``async with``."""

    def __init__(self, base: str, token: str) -> None:
        scheme, rest = base.split("://", 1)
        self._address = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/api/websocket"
        self._token = token
        self._session = niquests.AsyncSession()
        self._session.trust_env = False  # the token goes to this address and nowhere else
        self._socket: Any = None
        self._number = 0

    async def __aenter__(self) -> Self:
        """Connect and show the token; raises TokenNotTaken, NoHomeAssistant, Unavailable."""
        try:
            async with asyncio.timeout(OPENING_S):
                await self._open()
        except _FAILURES as error:
            await self._shut()
            raise _told(error, OPENING_S) from None
        except BaseException:
            await self._shut()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._shut()

    async def _shut(self) -> None:
        for close in (self._socket.close if self._socket is not None else None, self._session.close):
            if close is not None:
                with suppress(*_FAILURES):  # it is over either way
                    async with asyncio.timeout(CLOSING_S):
                        await close()

    async def _open(self) -> None:
        response = await self._session.get(self._address, allow_redirects=False)
        if response.extension is None:
            raise NoHomeAssistant(f"it answered HTTP {response.status_code} where a websocket was expected")
        self._socket = cast("Any", response.extension)
        if (await self._frame())["type"] != "auth_required":
            raise ValueError("no greeting of Home Assistant's")
        await self._socket.send_payload(json.dumps({"type": "auth", "access_token": self._token}))
        answer = await self._frame()
        if answer["type"] == "auth_invalid":
            raise TokenNotTaken("Home Assistant does not accept this token")
        if answer["type"] != "auth_ok":
            raise ValueError("no answer to a token")

    async def ask(self, question: Question, **more: Json) -> Json:
        """Return the answer; raises NotAnswered, NoHomeAssistant, Unavailable."""
        self._number += 1
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._socket.send_payload(json.dumps({**more, "id": self._number, "type": question}))
                for _ in range(_FRAMES):
                    answer = await self._frame()
                    if answer.get("id") == self._number and answer["type"] == "result":
                        return _result(answer)
        except _FAILURES as error:
            raise _told(error, ANSWER_S) from None
        raise NoHomeAssistant("what answers there talks of something else")

    async def _frame(self) -> Mapping[str, Any]:
        payload = await self._socket.next_payload()
        if payload is None:
            raise Unavailable("it closed the connection")
        if len(payload) > LONGEST_FRAME:
            raise ValueError("too long")
        return cast("Mapping[str, Any]", json.loads(payload))


def _result(answer: Mapping[str, Any]) -> Json:
    if answer.get("success") is True:
        return answer["result"]
    raise NotAnswered(plain(str(answer["error"]["code"]), 40))


_FAILURES = (
    TimeoutError, RequestException, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError,
)  # fmt: skip
"""What a connection and a stranger's answers may raise."""


def _told(error: Exception, seconds: float) -> Unavailable:
    """Return what ``error`` means for whoever set out to talk."""
    match error:
        case TimeoutError():
            return Unavailable(f"it did not answer within {seconds:g} s")
        case RequestException() | OSError():
            return Unavailable(f"it cannot be reached ({cause(error)})")
        case _:
            return NoHomeAssistant("what answers there does not speak Home Assistant's language")


_UNTRUSTED = "its certificate is not trusted: give the name that it was made for, or its http address"
_WORDS = (
    ("certificate", _UNTRUSTED),
    ("resolve", "its name is not known"),
    ("resolution", "its name is not known"),
    ("name or service not known", "its name is not known"),
    ("no address associated", "its name is not known"),
    ("ssl", "it does not speak TLS: try http"),
    ("reset by peer", "it hung up"),
)


def cause(error: BaseException) -> str:
    """Return in a few words why a connection failed: the libraries in between wrap what the system said."""
    chain: list[BaseException] = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None and inner not in chain:
        chain.append(inner)
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return "nobody listens there"
    said = " ".join(str(link) for link in chain).lower()
    for word, meaning in _WORDS:
        if word in said:
            return meaning
    system = next((link.strerror for link in reversed(chain) if isinstance(link, OSError) and link.strerror), None)
    return plain(system, 80) if system else type(chain[-1]).__name__
