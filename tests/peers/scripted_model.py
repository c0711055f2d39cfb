"""A model server that says what a test tells it to, over real HTTP, and misbehaves on demand.

It speaks the part of OpenAI's interface that Claw uses: ``/v1/chat/completions``, streaming and not, with tools and
without.  Answers are taken from a queue (``says``, ``fails``, ``misbehaves``), else from the first standing rule
(``when``) whose pattern is found in the newest user message.  Everything asked stays in ``requests``.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

Json = Any

Trouble = Literal[
    "",
    "cut off",  # the connection ends in the middle of the answer
    "garbage",  # bytes that are no JSON and no stream
    "garbled stream",  # a stream whose frames are no JSON
    "wrong json",  # JSON of another shape
    "no stream",  # one JSON document although a stream was asked for
    "error in stream",  # an error object where the next piece should be
    "endless",  # pieces of text that never end
    "endless line",  # one piece that never ends
    "endless error",  # an error, status 500, that never ends
    "silent",  # the connection stays open and nothing comes
]


@dataclass(frozen=True)
class Answer:
    """One answer of the server.

    ``program`` comes as a call of the tool ``run`` where tools were offered and ``fenced`` is not set, else as fenced
    code.  ``calls`` are tool calls as (name, arguments text), for what no honest server would send.  ``delay_s`` is
    waited before the answer begins, ``piece_s`` between two pieces of a stream.
    """

    text: str = ""
    program: str | None = None
    fenced: bool = False
    calls: tuple[tuple[str, str], ...] = ()
    finish: str = ""
    status: int = 200
    message: str = "something went wrong"
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trouble: Trouble = ""
    delay_s: float = 0.0
    piece_s: float = 0.0
    tokens: tuple[int, int] | None = (100, 20)

    def content(self, *, tools: bool) -> str:
        """Return the text of the message."""
        if self.program is None or (tools and not self.fenced):
            return self.text
        return f"{self.text}\n```python\n{self.program}\n```\n".lstrip()

    def tool_calls(self, *, tools: bool) -> list[Json]:
        """Return the tool calls of the message, as the interface writes them."""
        found = list(self.calls)
        if self.program is not None and tools and not self.fenced:
            found.append(("run", json.dumps({"program": self.program})))
        return [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for at, (name, arguments) in enumerate(found)
        ]


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    body: Json
    headers: Mapping[str, str]

    @property
    def messages(self) -> list[Json]:
        return self.body["messages"]

    @property
    def size(self) -> int:
        """Bytes of all messages together."""
        return sum(len(str(one.get("content") or "").encode()) for one in self.messages)

    @property
    def said(self) -> str:
        """The newest message of the user."""
        return next((str(one["content"]) for one in reversed(self.messages) if one["role"] == "user"), "")

    @property
    def text(self) -> str:
        """Everything that was sent, for a look at what must not be in it."""
        return json.dumps(self.body, ensure_ascii=False)


class ScriptedModel:
    """Use as ``async with ScriptedModel() as model``; point the configuration at ``model.base_url``.

    ``key``, where set, is the only one it takes; ``names`` the only models it knows; ``tools`` whether it knows tools;
    ``context`` how many bytes of messages it takes.  ``gone`` counts answers whose reader hung up before their end.
    """

    def __init__(self, *, key: str = "", names: Sequence[str] = (), tools: bool = True, context: int = 0) -> None:
        self.key = key
        self.names = names
        self.tools = tools
        self.context = context
        self.requests: list[Asked] = []
        self.gone = 0
        self.meanings: dict[str, list[float]] = {}
        """The vector of each text that one of these words is in; of any other it is the last axis."""
        self.embedded: list[list[str]] = []
        self.answering = asyncio.Event()
        self.hung_up = asyncio.Event()
        self._queue: deque[Answer] = deque()
        self._rules: list[tuple[re.Pattern[str], Answer]] = []
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._ended = asyncio.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def asked(self) -> Asked:
        """The newest request."""
        return self.requests[-1]

    def says(self, text: str = "", **answer: Any) -> None:
        """Answer the next request like this; see ``Answer`` for what there is."""
        self._queue.append(Answer(text, **answer))

    def fails(self, status: int, message: str = "something went wrong", **answer: Any) -> None:
        """Answer the next request with an error; ``headers={"Retry-After": "1"}`` and ``code`` go with it."""
        self._queue.append(Answer(status=status, message=message, **answer))

    def misbehaves(self, trouble: Trouble, text: str = "Let me see what I can do.", **answer: Any) -> None:
        """Answer the next request wrongly."""
        self._queue.append(Answer(text, trouble=trouble, **answer))

    def when(self, pattern: str, text: str = "", **answer: Any) -> None:
        """Answer like this whenever ``pattern`` is found in what the user said and nothing is queued."""
        self._rules.append((re.compile(pattern, re.IGNORECASE), Answer(text, **answer)))

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen, on the port of the last time where there was one."""
        self._ended.clear()
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/embeddings", self._embed)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Hang up on everybody and listen no more."""
        self._ended.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(json.loads(await request.read()), dict(request.headers))
        self.requests.append(asked)
        answer = self._refusal(asked) or self._next(asked)
        self.answering.set()
        try:
            await self._wait(answer.delay_s)
            if answer.trouble in {"endless line", "endless error"}:
                return await self._flood(request, answer)
            if answer.status != 200:
                return _error(answer)
            if answer.trouble in {"garbage", "wrong json", "silent"}:
                return await self._wrong(request, answer)
            if asked.body.get("stream") and answer.trouble != "no stream":
                return await self._stream(request, asked, answer)
            return web.json_response(_whole(asked, answer))
        except (ConnectionError, asyncio.CancelledError):
            if self._ended.is_set() and request.transport is not None:
                request.transport.abort()
                return web.Response()
            self.gone += 1
            self.hung_up.set()
            raise

    async def _embed(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.embedded.append(body["input"])
        other = [0.0] * (len(next(iter(self.meanings.values()), [])) or 1)
        other[-1] = 1.0
        vectors = [
            next((vector for word, vector in self.meanings.items() if word in text), other) for text in body["input"]
        ]
        rows = [{"index": at, "embedding": vector} for at, vector in enumerate(vectors)]
        return web.json_response({"data": rows, "usage": {"prompt_tokens": 5 * len(rows)}})

    def _refusal(self, asked: Asked) -> Answer | None:
        """Return what a real server says to a request it does not take; these use up nothing of the script."""
        if self.key and asked.headers.get("Authorization") != f"Bearer {self.key}":
            return Answer(status=401, message="Incorrect API key provided", code="invalid_api_key")
        if self.names and asked.body["model"] not in self.names:
            return Answer(status=404, message="The model does not exist", code="model_not_found")
        if not self.tools and asked.body.get("tools"):
            return Answer(status=400, message="this model does not support tools")
        if self.context and asked.size > self.context:
            return Answer(status=400, message="maximum context length exceeded", code="context_length_exceeded")
        return None

    def _next(self, asked: Asked) -> Answer:
        if self._queue:
            return self._queue.popleft()
        found = next((answer for pattern, answer in self._rules if pattern.search(asked.said)), None)
        return found or Answer(status=400, message="nothing is scripted for this")

    async def _wait(self, seconds: float) -> None:
        """Sleep, but no longer than the server lives."""
        if seconds:
            try:
                await asyncio.wait_for(self._ended.wait(), seconds)
            except TimeoutError:
                return
            raise ConnectionResetError

    async def _wrong(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if answer.trouble == "silent":
            await self._wait(3600)
        if answer.trouble == "wrong json":
            return web.json_response({"answer": [1, 2, {"choices": None}]})
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n\x00\xff\xfe{[\x9c\x80]}\r\n")
        return web.Response(body=b"\x00\xff garbage")

    async def _flood(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(status=500 if answer.trouble == "endless error" else 200)
        response.content_type = "text/event-stream" if answer.trouble == "endless line" else "application/json"
        await response.prepare(request)
        await response.write(b"data: ")
        while not self._ended.is_set():
            await response.write(b"x" * 2**20)
        return response

    async def _stream(self, request: web.Request, asked: Asked, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **answer.headers})
        await response.prepare(request)
        pieces = _pieces(asked, answer)
        if answer.trouble == "cut off":
            pieces = pieces[: max(1, len(pieces) // 2)]
        for piece in pieces:
            await self._send(response, piece)
            await self._wait(answer.piece_s)
        while answer.trouble == "endless":
            await self._send(response, _piece(asked, {"content": "and on "}))
            await self._wait(answer.piece_s or 0.001)
        if answer.trouble == "cut off":
            assert request.transport is not None
            request.transport.abort()
            return response
        if answer.trouble == "garbled stream":
            await response.write(b"data: {this is \xff not json\n\n")
        if answer.trouble == "error in stream":
            await self._send(response, {"error": {"message": answer.message, "code": answer.code}})
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    @staticmethod
    async def _send(response: web.StreamResponse, piece: Json) -> None:
        await response.write(b"data: " + json.dumps(piece).encode() + b"\n\n")


def _error(answer: Answer) -> web.Response:
    kind = {"message": answer.message, "type": "invalid_request_error", "param": None, "code": answer.code}
    return web.json_response({"error": kind}, status=answer.status, headers=answer.headers)


def _whole(asked: Asked, answer: Answer) -> Json:
    tools = bool(asked.body.get("tools"))
    calls = answer.tool_calls(tools=tools)
    message: Json = {"role": "assistant", "content": answer.content(tools=tools) or None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": answer.finish or ("tool_calls" if calls else "stop")}
    return {**_frame(asked), "object": "chat.completion", "choices": [choice], "usage": _usage(answer)}


def _pieces(asked: Asked, answer: Answer) -> list[Json]:
    """Return the pieces of a stream: words one by one, arguments cut anywhere, the end, and the tokens if asked."""
    tools = bool(asked.body.get("tools"))
    found = [_piece(asked, {"role": "assistant", "content": ""})]
    found += [_piece(asked, {"content": word}) for word in re.findall(r"\s*\S+\s*", answer.content(tools=tools))]
    for at, call in enumerate(calls := answer.tool_calls(tools=tools)):
        arguments = call["function"]["arguments"]
        begun = _with_arguments(call, "") | {"index": at}
        found.append(_piece(asked, {"tool_calls": [begun]}))
        for start in range(0, len(arguments), 7):
            part = {"index": at, "function": {"arguments": arguments[start : start + 7]}}
            found.append(_piece(asked, {"tool_calls": [part]}))
    if answer.trouble not in {"endless", "garbled stream", "error in stream"}:
        found.append(_piece(asked, {}, answer.finish or ("tool_calls" if calls else "stop")))
        if (asked.body.get("stream_options") or {}).get("include_usage") and answer.tokens:
            found.append({**_frame(asked), "choices": [], "usage": _usage(answer)})
    return found


def _with_arguments(call: Json, arguments: str) -> Json:
    """Return a tool call with other arguments."""
    return {**call, "function": {**call["function"], "arguments": arguments}}


def _piece(asked: Asked, delta: Json, finish: str | None = None) -> Json:
    return {**_frame(asked), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _frame(asked: Asked) -> Json:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": asked.body["model"]}


def _usage(answer: Answer) -> Json:
    if answer.tokens is None:
        return None
    read, written = answer.tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
