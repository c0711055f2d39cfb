"""The line to Telegram's Bot API: what is asked of it, what it may answer, and which of its troubles is which.

The bot's token is a part of every address that is asked, so nothing that the package or its client says about a call
goes any further: errors are told in words of our own, without their cause, and what both write to the log is off.
Long polling is asked for here and its answer read as it came, because one update in a shape that the package does not
know would hold up all that come after it.
"""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from claw.base.action import Json
from claw.base.clock import Timer, within
from claw.base.errors import Broken, ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.telegram_said import LONGEST_TEXT, MESSAGE_KINDS

# The client writes every address to the log, and the package what it could not read.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)
logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)

CALL_S = 15.0
MOST_BYTES = 8_000_000
"""A hundred updates of the longest text, with everything that comes with it, are a tenth of this."""

TRIES = 3
FIRST_WAIT_S = 0.5
LONGEST_FLOOD_S = 30.0
"""Told to wait longer than this, Claw gives a message up: what it says would be no news by then."""

CONNECTIONS = 8

_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "InvalidURL"})
"""What the client calls it when it sent nothing."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Key:
    """A button under a message: what it says, and what a tap on it brings."""

    says: str
    data: str


class Flooded(Unavailable):
    """Too much was sent; ``wait_s`` is when it may be tried again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("Telegram asks to wait: too much was sent")
        self.wait_s = wait_s


class Line:
    """One bot; many calls may be made at once."""

    def __init__(self, api: str, token: str, timer: Timer) -> None:
        """``api`` is the server's address, without a slash at its end."""
        self._timer = timer
        self._base = f"{api}/bot"
        self._token = token
        self._polling = _Request(connection_pool_size=1, read_timeout=CALL_S, httpx_kwargs=_bounds())
        self._calling = _Request(
            connection_pool_size=CONNECTIONS, read_timeout=CALL_S, pool_timeout=CALL_S, httpx_kwargs=_bounds()
        )
        self._bot = Bot(token, base_url=self._base, request=self._calling, get_updates_request=self._polling)

    def __repr__(self) -> str:
        return "Line(Telegram)"

    async def name(self) -> str:
        """Return the name under which people find the bot; raises Broken for a token that is none, Unavailable."""
        me = await self._call(self._bot.get_me)
        return str(me.username or "")

    async def commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Have people offered these commands, each with what it does; raises ClawError."""
        await self._call(lambda: self._bot.set_my_commands([BotCommand(name, does) for name, does in commands]))

    async def updates(self, offset: int | None, wait_s: int) -> Sequence[Json]:
        """Return what came in from the number ``offset`` on, as it came; everything before it is confirmed by this.

        The server waits ``wait_s`` for something to come.  Raises Broken for a token that is none, Unavailable.
        """
        asked: dict[str, Json] = {"timeout": wait_s, "limit": 100, "allowed_updates": json.dumps(MESSAGE_KINDS)}
        asked.update({"offset": offset} if offset is not None else {})
        address = f"{self._base}{self._token}/getUpdates?{urlencode(asked)}"
        body = await self._bounded(
            lambda: self._polling.retrieve(address, read_timeout=wait_s + CALL_S), wait_s + CALL_S
        )
        return _listed(body)

    async def send(self, chat: int, text: str, keys: Sequence[Sequence[Key]] = (), *, quiet: bool = False) -> int:
        """Send ``text`` as it stands, cut to what fits, with rows of buttons; return the message's number.

        Raises Refused where it will never be taken (the bot is blocked there), UnknownOutcome, Unavailable.
        """
        sent = await self._call(
            lambda: self._bot.send_message(
                chat,
                fitting(text),
                disable_notification=quiet,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_markup(keys),
            ),
            tries=TRIES,
        )
        return int(sent.message_id)

    async def edit(self, chat: int, message: int, text: str) -> None:
        """Write ``text`` in the place of a message, without buttons; raises as ``send``."""
        await self._call(
            lambda: self._bot.edit_message_text(fitting(text), chat, message, link_preview_options=_NO_PREVIEW),
            tries=TRIES,
        )

    async def acknowledge(self, query: str, text: str = "") -> None:
        """Answer a tap, so that its button stops waiting; ``text`` is shown for a moment.  Raises ClawError."""
        await self._call(lambda: self._bot.answer_callback_query(query, text[:200] or None))

    async def typing(self, chat: int) -> None:
        """Show for five seconds that something is being written; raises ClawError."""
        await self._call(lambda: self._bot.send_chat_action(chat, "typing"))

    async def close(self) -> None:
        """Hang up."""
        await self._polling.shutdown()
        await self._calling.shutdown()

    async def _call(self, call: Callable[[], Awaitable[_Answer]], tries: int = 1) -> _Answer:
        """Make one call, again where it was surely not taken and that is soon enough; raises ClawError."""
        wait_s = FIRST_WAIT_S
        for left in reversed(range(tries)):
            try:
                return await self._bounded(call, CALL_S)
            except UnknownOutcome:
                raise
            except Unavailable as unavailable:
                pause_s = unavailable.wait_s if isinstance(unavailable, Flooded) else wait_s
                if not left or pause_s > LONGEST_FLOOD_S:
                    raise
                await self._timer.sleep(pause_s)
                wait_s *= 4
        raise Unavailable("Telegram was not asked")  # pragma: no cover  there is at least one try

    async def _bounded(self, call: Callable[[], Awaitable[_Answer]], seconds: float) -> _Answer:
        answer: list[_Answer] = []

        async def made() -> None:
            answer.append(await _told(call))

        if not await within(self._timer, seconds, made()):
            raise UnknownOutcome("Telegram does not answer")
        return answer[0]


class _Request(HTTPXRequest):
    """The package's own client, which tells of a flood in a way that a later version will not have."""

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        status, body = await super().do_request(*args, **options)
        if status == 429:  # noqa: PLR2004  HTTP's number for it
            raise _Flood(_wait_of(body))
        return status, body


class _Flood(TelegramError):
    def __init__(self, wait_s: float) -> None:
        super().__init__("flood")
        self.wait_s = wait_s


async def _told(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Make a call; raises a ClawError in words of our own, with nothing of the package's."""
    problem: ClawError
    try:
        return await call()
    except _Flood as flood:
        problem = Flooded(flood.wait_s)
    except InvalidToken:
        problem = Broken("Telegram does not know the bot's token, or the address is not that of its server")
    except Forbidden:
        problem = Refused("this account takes no messages from the bot")
    except BadRequest:
        problem = Refused("Telegram does not take this")
    except Conflict:
        problem = Unavailable("another program reads this bot's messages: only one can")
    except NetworkError as error:
        cause = type(error.__cause__).__name__
        sent = error.__cause__ is not None and cause not in _NOT_SENT
        problem = UnknownOutcome("Telegram did not answer") if sent else Unavailable("Telegram cannot be reached")
    except (TelegramError, ValueError, TypeError, KeyError, AttributeError):
        problem = UnknownOutcome("Telegram's answer cannot be read")
    raise problem  # outside of what caught it, so that nothing of the package's goes along


def fitting(text: str) -> str:
    """Return ``text`` as one message takes it: something, and no longer than may be (counted as Telegram does)."""
    if len(text) <= LONGEST_TEXT // 2:
        return text if text.strip() else "…"
    room = 2 * (LONGEST_TEXT - len(_REST))
    raw = text.encode("utf-16-le", errors="replace")
    if len(raw) <= 2 * LONGEST_TEXT:
        return text
    return raw[:room].decode("utf-16-le", errors="ignore") + _REST


_REST = "\n… (the rest is on the page)"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
"""Telegram's servers would fetch an address that stands in a text, and tell whoever owns it that it was read."""


def _markup(keys: Sequence[Sequence[Key]]) -> InlineKeyboardMarkup | None:
    if not keys:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(key.says, callback_data=key.data) for key in row] for row in keys]
    )


def _listed(body: bytes) -> Sequence[Json]:
    """Return the updates in an answer; raises Unavailable where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    fields = cast("dict[str, Json]", found) if isinstance(found, dict) else {}
    updates = fields.get("result")
    if fields.get("ok") is not True or not isinstance(updates, list):
        raise Unavailable("Telegram's answer cannot be read")
    return cast("list[Json]", updates)


def _wait_of(body: bytes) -> float:
    try:
        wait_s = float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return FIRST_WAIT_S * 2
    return wait_s if 0 <= wait_s < float("inf") else FIRST_WAIT_S * 2


def _bounds() -> dict[str, Any]:
    """Return what the client is told besides: to go nowhere else, and to read no answer without an end.

    A proxy that this machine holds for all its programs is not asked: the token stands in every address.
    """
    return {"follow_redirects": False, "trust_env": False, "event_hooks": {"response": [_bound]}}


async def _bound(response: Any) -> None:
    read = response.aiter_bytes

    async def bounded() -> AsyncIterator[bytes]:
        length = 0
        async for part in read():
            length += len(part)
            if length > MOST_BYTES:
                raise ValueError("an answer without an end")
            yield part

    response.aiter_bytes = bounded
