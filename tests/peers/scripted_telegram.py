"""A Bot API server that a test scripts, over real HTTP: what people write and tap, and how the server misbehaves.

It speaks the part of Telegram's Bot API that Claw uses: long polling with offsets, sending, editing, taps.  What people
do is queued as updates, numbered as Telegram numbers them; what the bot does stays in ``calls`` in order, and what it
sent, as it stands now, in ``messages``.
"""

import asyncio
import itertools
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

from claw.base.clock import SystemClock

Json = Any

TOKEN = "123456:test-token-that-must-stay-secret"
BOT = 777
LONGEST = 4096

Trouble = Literal[
    "",
    "flood",  # 429, with retry_after
    "server error",  # 502
    "forbidden",  # 403: the person blocked the bot
    "bad request",  # 400
    "conflict",  # 409: another program polls with the same token
    "garbage",  # bytes that are no JSON
    "wrong json",  # JSON of another shape
    "endless",  # a body that does not end
    "cut off",  # the connection ends without an answer, after the call was taken
    "silent",  # the connection stays open and nothing comes
]

ERRORS: Mapping[str, tuple[int, str]] = {
    "server error": (502, "Bad Gateway"),
    "forbidden": (403, "Forbidden: bot was blocked by the user"),
    "bad request": (400, "Bad Request: chat not found"),
    "conflict": (409, "Conflict: terminated by other getUpdates request"),
}
BODIES: Mapping[str, bytes] = {
    "garbage": b"\xff\xfe not json {",
    "wrong json": b'["nothing", {"like": "it"}]',
}


@dataclass(frozen=True)
class Called:
    """One call of the bot's: the method and its parameters, those that hold JSON read."""

    method: str
    parameters: Mapping[str, Json]

    def __getitem__(self, name: str) -> Json:
        return self.parameters.get(name)


@dataclass
class Sent:
    """A message of the bot's as it stands now; ``buttons`` by what they say, with their data."""

    id: int
    chat: int
    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    edited: bool = False


class ScriptedTelegram:
    """Use as ``async with ScriptedTelegram() as telegram``; point the configuration at ``telegram.url``.

    ``now`` gives the seconds since 1970 that messages are stamped with.
    """

    def __init__(self, now: Callable[[], float] = lambda: SystemClock().now().timestamp()) -> None:
        self.now = now
        self.token = TOKEN
        self.calls: list[Called] = []
        self.messages: dict[int, Sent] = {}
        self.polls = 0
        self.called = asyncio.Event()
        self._again: list[Json] = []
        self._updates: list[Json] = []
        self._numbers = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._news = asyncio.Event()
        self._troubles: dict[str, deque[tuple[Trouble, int]]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._ended = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # What people do.

    def says(self, user: int, words: str, **message: Json) -> Json:
        """Have ``user`` write ``words`` in a private chat; ``message`` holds other fields, None leaves one out."""
        return self.update(message=self.message(user, **{"text": words, **message}))

    def message(self, user: int, **fields: Json) -> Json:
        """Return a message of ``user`` in their private chat with these fields."""
        whole: dict[str, Json] = {
            "message_id": next(self._message_ids),
            "from": {"id": user, "is_bot": False, "first_name": f"User {user}", "language_code": "en"},
            "chat": {"id": user, "type": "private", "first_name": f"User {user}"},
            "date": int(self.now()),
            **fields,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def taps(self, user: int, sent: Sent, button: str, **query: Json) -> Json:
        """Have ``user`` tap the button that says ``button`` under a message of the bot's."""
        found = next((data for said, data in sent.buttons.items() if button.lower() in said.lower()), None)
        assert found is not None, (button, sent)
        return self.taps_data(user, sent, found, **query)

    def taps_data(self, user: int, sent: Sent, data: str, **query: Json) -> Json:
        shown = {"message_id": sent.id, "chat": {"id": sent.chat, "type": "private"}, "date": 1, "text": sent.text}
        return self.update(
            callback_query={
                "id": str(next(self._numbers)),
                "from": {"id": user, "is_bot": False, "first_name": f"User {user}"},
                "chat_instance": "1",
                "message": shown,
                "data": data,
                **query,
            }
        )

    def update(self, **fields: Json) -> Json:
        """Queue an update as it stands; ``update_id`` where none is given."""
        one = {"update_id": next(self._numbers), **fields}
        self._updates.append(one)
        self._news.set()
        return one

    def again(self, update: Json) -> Json:
        """Deliver an update once more, although the bot has confirmed it."""
        self._again.append(update)
        self._news.set()
        return update

    def fails(self, method: str, trouble: Trouble, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of ``method`` wrongly."""
        self._troubles.setdefault(method, deque()).extend([(trouble, retry_after)] * times)

    # What the bot did.

    def said(self, chat: int) -> list[str]:
        """Return what stands in a chat, oldest first."""
        return [one.text for one in self.messages.values() if one.chat == chat]

    def last(self, chat: int) -> Sent:
        """Return the newest message in a chat."""
        return [one for one in self.messages.values() if one.chat == chat][-1]

    def of(self, method: str) -> list[Called]:
        """Return the calls of one method."""
        return [one for one in self.calls if one.method == method]

    async def until(self, holds: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until ``holds`` does, looked at whenever the bot calls."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.called.clear()
                try:
                    await asyncio.wait_for(self.called.wait(), 0.02)
                except TimeoutError:
                    continue

    async def answered(self, chat: int, pattern: str, seconds: float = 5.0) -> Sent:
        """Wait until something that matches stands in a chat, and return the newest."""
        found: list[Sent] = []

        def there() -> bool:
            wanted = re.compile(pattern, re.IGNORECASE)
            found[:] = [one for one in self.messages.values() if one.chat == chat and wanted.search(one.text)]
            return bool(found)

        try:
            await self.until(there, seconds)
        except TimeoutError:
            raise AssertionError(f"nothing like {pattern!r} in {self.said(chat)}") from None
        return found[-1]

    async def read(self) -> None:
        """Wait until the bot has confirmed everything that was queued."""
        await self.until(lambda: not self._updates and not self._again)

    # The server.

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, on the port of the last time where there was one."""
        self._ended.clear()
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Hang up on everybody and listen no more."""
        self._ended.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _error(401, "Unauthorized")
        called = Called(method, await _parameters(request))
        if method == "getUpdates":
            self.polls += 1
        else:
            self.calls.append(called)
        self.called.set()
        trouble, retry_after = self._trouble(method)
        if trouble:
            return await self._wrong(request, trouble, retry_after)
        if method == "getUpdates":
            return _ok(await self._poll(called))
        answer = self._answers(called)
        self.called.set()
        return answer

    def _trouble(self, method: str) -> tuple[Trouble, int]:
        queue = self._troubles.get(method)
        return queue.popleft() if queue else ("", 0)

    async def _poll(self, called: Called) -> list[Json]:
        offset = called["offset"] or 0
        self._updates = [one for one in self._updates if not _numbered(one) or one["update_id"] >= offset]
        if not self._updates and not self._again and called["timeout"]:
            self._news.clear()
            waits = [asyncio.ensure_future(one.wait()) for one in (self._news, self._ended)]
            try:
                await asyncio.wait(waits, timeout=min(called["timeout"], 50), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
        again, self._again = self._again, []
        batch = [*again, *self._updates][:100]
        self._updates = [one for one in self._updates if _numbered(one)]
        return batch

    def _answers(self, called: Called) -> web.StreamResponse:
        if called.method == "getMe":
            return _ok({"id": BOT, "is_bot": True, "first_name": "Claw", "username": "claw_test_bot"})
        if called.method == "sendMessage":
            sent = Sent(next(self._message_ids), called["chat_id"], called["text"], _buttons(called))
            if not 0 < len(sent.text) <= LONGEST:
                return _error(400, "Bad Request: message is too long")
            self.messages[sent.id] = sent
            return _ok(_shown(sent))
        if called.method == "editMessageText":
            sent = self.messages.get(called["message_id"])
            if sent is None:
                return _error(400, "Bad Request: message to edit not found")
            sent.text, sent.buttons, sent.edited = called["text"], _buttons(called), True
            return _ok(_shown(sent))
        known = called.method in {"answerCallbackQuery", "sendChatAction", "setMyCommands"}
        return _ok(True) if known else _error(404, "Not Found: method not found")

    async def _wrong(self, request: web.Request, trouble: Trouble, retry_after: int) -> web.StreamResponse:
        if trouble == "flood":
            return _error(429, "Too Many Requests", parameters={"retry_after": retry_after})
        if trouble in ERRORS:
            return _error(*ERRORS[trouble])
        if trouble in BODIES:
            return web.Response(body=BODIES[trouble], content_type="application/json")
        if trouble == "endless":
            return await self._flood(request)
        if trouble == "cut off" and request.transport is not None:
            request.transport.abort()
            return web.Response()
        await self._ended.wait()
        return web.Response()

    async def _flood(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self._ended.is_set():
            try:
                await response.write(b" " * 65_536)
            except ConnectionError:
                break
        return response


def _numbered(update: Json) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


async def _parameters(request: web.Request) -> Mapping[str, Json]:
    given = {**request.query, **(await request.post())}
    return {name: _read(name, str(value)) for name, value in given.items()}


def _read(name: str, value: str) -> Json:
    """Return what stands in a parameter: lists, mappings and whole numbers read, everything else as text."""
    if name == "text":
        return value
    if value[:1] in {"{", "["} or re.fullmatch(r"-?\d{1,18}", value) or value in {"true", "false"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _buttons(called: Called) -> dict[str, str]:
    rows = (called["reply_markup"] or {}).get("inline_keyboard", [])
    return {one["text"]: one["callback_data"] for row in rows for one in row}


def _shown(sent: Sent) -> Json:
    chat = {"id": sent.chat, "type": "private"}
    return {"message_id": sent.id, "date": 1, "chat": chat, "text": sent.text}


def _ok(result: Json) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(status: int, description: str, **more: Json) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return web.json_response(body, status=status)
