"""OpenAI's chat interface, as far as Claw speaks it: what is read of a request, and how an answer is put.

A client sends much that is meant for a language model: instructions, tools, earlier messages, a temperature.  None of
it means anything here, because whoever answers is the house.  So of a request only its last message is read, who it
says its talk is, and how it wants the answer.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from claw.base.action import Json
from claw.channels.web.guard import Rejected
from claw.house.text import plain

MODEL = "claw"
"""The one model there is; by which name a client asks for it does not matter."""

PIECE = 40
"""About how many characters of an answer come at once."""

MOST_PARTS = 100


class _Loose(BaseModel):
    """A part of a request: what is not known is for a language model, and is left."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Said(_Loose):
    """One message."""

    role: Annotated[str, Field(max_length=40)]
    content: Any = None


class Options(_Loose):
    """How a stream is wanted."""

    include_usage: bool = False


class Wanted(_Loose):
    """The body of a request; ``user`` and ``metadata`` may name the talk that it belongs to."""

    messages: Annotated[tuple[Said, ...], Field(min_length=1, max_length=10_000)]
    stream: bool | None = False
    stream_options: Options | None = None
    user: Any = None
    metadata: Any = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the text of the last message (None where it is not only text), and its talk by a hash."""

    text: str | None
    talk: str
    stream: bool
    usage: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its id, when it was begun (seconds since 1970), its words, the tokens that Claw's own model took."""

    id: str
    created: int
    text: str
    tokens_in: int = 0
    tokens_out: int = 0


def read(body: bytes) -> Request:
    """Return what is asked; raises Rejected (400) for what has not the shape, or whose last word is not a user's.

    Something older is never taken up again: it has been answered.
    """
    try:
        wanted = Wanted.model_validate_json(body)
    except ValidationError as error:
        # The input itself is not echoed: it may be huge, and it is not ours.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Rejected(400, "invalid_request", f"{plain(where, 60)}: {plain(first['msg'], 200)}") from None
    last = next((one for one in reversed(wanted.messages) if one.role not in {"system", "developer"}), None)
    if last is None or last.role != "user":
        raise Rejected(400, "no_user_message", "The last message is not a user's, so there is nothing to do.")
    first_said = next(one for one in wanted.messages if one.role == "user")
    return Request(
        _text_of(last.content),
        _talk(wanted, first_said),
        bool(wanted.stream),
        wanted.stream_options is not None and wanted.stream_options.include_usage,
    )


def _text_of(content: Json) -> str | None:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, Sequence) or len(cast("Sequence[Json]", content)) > MOST_PARTS:
        return None
    texts: list[str] = []
    for part in cast("Sequence[Json]", content):
        fields = cast("Mapping[str, Json]", part) if isinstance(part, Mapping) else {}
        if fields.get("type") != "text" or not isinstance(fields.get("text"), str):
            return None
        texts.append(fields["text"])
    return "\n".join(texts)


def _talk(wanted: Wanted, first: Said) -> str:
    """Return a hash of what names the talk: the client's own word for it, else how it began."""
    metadata = cast("Mapping[str, Json]", wanted.metadata) if isinstance(wanted.metadata, Mapping) else {}
    named = [metadata.get(key) for key in ("conversation_id", "chat_id", "session_id")] + [wanted.user]
    for name in named:
        if isinstance(name, str) and name:
            return _hash("named", name)
    return _hash("began", _text_of(first.content) or "")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:24]


def completion(answer: Answer) -> dict[str, Json]:
    """Return a whole answer."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": _usage(answer),
    }


def opening(answer: Answer) -> bytes:
    """Return the first frame of a stream: that an assistant speaks."""
    return _frame(_chunk(answer, {"role": "assistant", "content": ""}))


def saying(answer: Answer, *, usage: bool) -> Iterator[bytes]:
    """Give the frames that say the answer and end the stream; ``usage`` is whether the client wants the figures."""
    for piece in _pieces(answer.text):
        yield _frame(_chunk(answer, {"content": piece}))
    yield _frame(_chunk(answer, {}, finish="stop"))
    if usage:
        yield _frame({**_chunk(answer, {}), "choices": [], "usage": _usage(answer)})
    yield b"data: [DONE]\n\n"


def comment(text: str) -> bytes:
    """Return a frame that no client takes for a part of the answer; it keeps the connection."""
    return f": {plain(text, 200)}\n\n".encode()


def broken(error: Rejected) -> bytes:
    """Return the frame that ends a stream in an error."""
    return _frame(failure(error))


def failure(error: Rejected) -> dict[str, Json]:
    """Return what an error looks like; its ``code`` is one of Claw's own words."""
    kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error")  # noqa: PLR2004  as HTTP has it
    return {"error": {"message": plain(error.text, 1000), "type": kind, "param": None, "code": error.kind}}


def model(created: int) -> dict[str, Json]:
    """Return the one model; ``created`` is when this Claw began."""
    return {"id": MODEL, "object": "model", "created": created, "owned_by": "claw"}


def _chunk(answer: Answer, delta: Mapping[str, Json], finish: str | None = None) -> dict[str, Json]:
    return {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": MODEL,
        "choices": [{"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}],
    }


def _usage(answer: Answer) -> dict[str, Json]:
    total = answer.tokens_in + answer.tokens_out
    return {"prompt_tokens": answer.tokens_in, "completion_tokens": answer.tokens_out, "total_tokens": total}


def _frame(data: Mapping[str, Json]) -> bytes:
    return b"data: " + to_json(data, inf_nan_mode="null") + b"\n\n"


def _pieces(text: str) -> Iterator[str]:
    """Give ``text`` in pieces that end where words do; together they are the text."""
    at = 0
    while at < len(text):
        space = text.find(" ", at + PIECE - 1, at + 2 * PIECE)
        end = space + 1 if space >= 0 else min(len(text), at + 2 * PIECE)
        yield text[at:end]
        at = end
