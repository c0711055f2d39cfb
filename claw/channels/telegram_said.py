"""What came in by Telegram, told apart by what it is: only fresh text that somebody typed themselves is a request.

A chat carries much that its sender did not write: what is forwarded, quoted, captioned, previewed, posted through
another bot or by a group.  So this is closed: a message is a request only where every field of it is one that typed
text has, and a field that comes with a later version of the Bot API makes it none until somebody has thought about it.
Nothing of another message that comes with it (a reply, a quote) is even read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from claw.base.action import Json

LONGEST_TEXT = 4096
"""Characters that Telegram takes in one message."""

LONGEST_DATA = 64
"""Bytes that Telegram takes behind a button."""

Kind = Literal["edited", "forwarded", "other", "group"]
"""Why a message is no request; ``other`` is whatever holds more, or less, than typed text."""

MESSAGE_KINDS = ("message", "edited_message", "callback_query")
"""The kinds of update that are asked for; any other is nobody's."""

_TYPED = frozenset({"message_id", "from", "chat", "date", "text"})
_WITH_IT = frozenset(
    {
        "effect_id",
        "entities",
        "external_reply",
        "link_preview_options",
        "message_thread_id",
        "is_topic_message",
        "quote",
        "reply_to_message",
    }
)
"""What may come with typed text: how it looks, and what it answers, of which nothing is read."""

_FORWARDED = frozenset({"forward_date", "forward_from", "forward_from_chat", "forward_origin", "forward_sender_name"})


@dataclass(frozen=True, slots=True)
class Typed:
    """Fresh text that ``user`` (Telegram's number) typed in their own private chat with the bot."""

    update: int
    user: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button that ``user`` tapped under ``message`` in their own private chat; the tap is answered by ``query``."""

    update: int
    user: int
    message: int
    query: str
    data: str


@dataclass(frozen=True, slots=True)
class Odd:
    """What is no request: why, from whom, in which chat."""

    update: int
    user: int
    chat: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Unread:
    """An update that nobody can be told anything about."""

    update: int


Said = Typed | Tapped | Odd | Unread


def read(update: Json) -> Said | None:
    """Return what one update of the Bot API is, None where it has no number, so that it is none; raises nothing."""
    fields = _object(update)
    number = _number(fields.get("update_id"))
    if number is None or number < 0:
        return None
    if "callback_query" in fields:
        return _tapped(number, _object(fields["callback_query"]))
    if "edited_message" in fields:
        return _odd(number, _object(fields["edited_message"]), "edited")
    if "message" in fields:
        return _message(number, _object(fields["message"]))
    return Unread(number)


def _message(number: int, message: dict[str, Json]) -> Said:
    user, chat = _sender(message), _private(message)
    if user is None or chat is None or chat != user:
        return _odd(number, message, "group")
    kinds = message.keys()
    if kinds & _FORWARDED:
        return Odd(number, user, chat, "forwarded")
    text, at = message.get("text"), _moment(message.get("date"))
    if not kinds >= _TYPED or kinds - _TYPED - _WITH_IT or not isinstance(text, str) or at is None:
        return Odd(number, user, chat, "other")
    return Typed(number, user, text[: LONGEST_TEXT + 1], at)


def _tapped(number: int, query: dict[str, Json]) -> Said:
    under = _object(query.get("message"))
    user, chat, message = _sender(query), _private(under), _number(under.get("message_id"))
    name, data = query.get("id"), query.get("data")
    if user is None or chat != user or message is None or not isinstance(name, str) or not isinstance(data, str):
        return Unread(number)
    if not 0 < len(name) <= LONGEST_DATA or len(data.encode(errors="replace")) > LONGEST_DATA:
        return Unread(number)
    return Tapped(number, user, message, name, data)


def _odd(number: int, message: dict[str, Json], kind: Kind) -> Odd | Unread:
    user, chat = _sender(message), _number(_object(message.get("chat")).get("id"))
    if user is None or chat is None:
        return Unread(number)
    return Odd(number, user, chat, kind if chat == user else "group")


def _sender(fields: dict[str, Json]) -> int | None:
    """Return the number of the person who wrote or tapped; None for a bot, a channel, or nobody."""
    sender = _object(fields.get("from"))
    user = _number(sender.get("id"))
    return user if user is not None and user > 0 and sender.get("is_bot") is False else None


def _private(message: dict[str, Json]) -> int | None:
    """Return the number of the chat where it is one person's chat with the bot, None where it is anything else."""
    chat = _object(message.get("chat"))
    return _number(chat.get("id")) if chat.get("type") == "private" else None


def _object(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62 else None


def _moment(value: Json) -> datetime | None:
    seconds = _number(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
    except (ValueError, OverflowError, OSError):
        return None
