"""OpenAI's chat interface at ``/v1``: any chat client, and Home Assistant's LiteLLM integration, can talk to the house.

It is an ear for words, no language model: the last message is a request like one that is typed on the page, with the
rights of the person for whom the client's token was made, and never with that person's yes (``admit_model``,
``model_origin``).  What a client's own tools, instructions and earlier messages say is left.

A client that got no answer asks again, and its package does so by itself: nothing is done twice for that.  Each request
has a key, which is on disk before anything is asked of the desk (``Jobs``): the client's own where it sends one, else
made from its words.  The same words count as the same request while its answer is awaited, for five seconds more, and
for as long as the client's package says that it tries again.  What is tried again after Claw was started anew, without
a key of its own, is not done: nobody knows any more whether it was.
"""

import asyncio
import hashlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from claw.base.action import Json, Origin, Reply
from claw.base.clock import Clock, Timer, within
from claw.base.errors import ClawError, Refused, Unavailable
from claw.channels.agent_jobs import Job, Jobs
from claw.channels.channel import Desk
from claw.channels.clients import Client
from claw.channels.web import openai_shapes as shapes
from claw.channels.web.body import read_json
from claw.channels.web.guard import Rejected
from claw.channels.web.openai_shapes import Answer
from claw.channels.web.session import Door, model_origin
from claw.mind.replies import reply_text

logger = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
"""Bytes of a request: clients send all that was said before, and what their tools can do, each time."""

LONGEST_KEY = 200
PATIENCE_S = 60.0
STREAM_PATIENCE_S = 300.0
"""How long an answer is awaited; what goes on then is told in the place where its person is."""

HEARTBEAT_S = 10.0
STREAMS_EACH = 8
SAME_S = 5.0
"""For how long the same words of one client are the same request, after which a person may mean them again."""

AGAIN_S = 900.0
"""For how long a request may be tried again by the package that sent it: longer than it waits for an answer."""

MOST_NEWS = 20
_STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_ONLY_TEXT = "I can read text only, no pictures, sound or files. Please say it in words."
_WITHOUT_WORDS: Mapping[str, str] = {
    "accepted": "This is being done, and takes longer than I can wait here.",
    "waiting": "This waits for a person to say yes.",
    "done": "You asked for this before, and it was done.",
    "sent": "You asked for this before, and it was sent.",
    "refused": "You asked for this before, and it was refused.",
    "failed": "You asked for this before, and it did not work.",
}
_STARTED_AGAIN = "I was started again since you asked, and cannot tell whether it was done. Look, and then ask again."
_UNKNOWN = "You asked for this before, and I do not know what came of it. Look at the house before you ask again."


class OpenAiDoor:
    """Answers at ``/v1`` until ``close``."""

    def __init__(self, desk: Desk, jobs: Jobs, clock: Clock, timer: Timer) -> None:
        self._desk = desk
        self._jobs = jobs
        self._clock = clock
        self._timer = timer
        self._since = int(clock.now().timestamp())
        self._closing = asyncio.Event()
        self._streams: list[str] = []

    def routes(self, door: Door) -> list[Route]:
        """Return its addresses, where ``door`` admits clients."""

        def admitted(answer: Callable[[Request, Client], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
            async def endpoint(request: Request) -> Response:
                try:
                    client = _talker(door, request)
                    with door.busy.held(client.id):
                        return await answer(request, client)
                except Rejected as rejected:
                    return _failure(rejected)
                except ClawError as error:
                    return _failure(_rejected(error))

            return endpoint

        async def chat(request: Request, client: Client) -> Response:
            return await self._chat(request, client, partial(door.check_stands, client))

        return [
            Route("/v1/chat/completions", admitted(chat), methods=["POST"]),
            Route("/v1/models", admitted(self._models)),
            Route("/v1/models/{name:path}", admitted(self._model)),
            Route("/v1/{rest:path}", admitted(_nothing), methods=["GET", "POST", "DELETE"]),
        ]

    async def close(self) -> None:
        """End the open streams; what was asked goes on."""
        self._closing.set()

    async def _models(self, request: Request, client: Client) -> Response:
        del request, client
        return _json({"object": "list", "data": [shapes.model(self._since)]})

    async def _model(self, request: Request, client: Client) -> Response:
        del client
        if request.path_params["name"] != shapes.MODEL:
            raise Rejected(404, "model_not_found", f"There is one model here, {shapes.MODEL!r}.")
        return _json(shapes.model(self._since))

    async def _chat(self, request: Request, client: Client, still: Callable[[], None]) -> Response:
        """Answer a request; ``still`` raises Rejected where its client was ended while it, or the answer, came."""
        body = await read_json(request, BODY_LIMIT)
        still()
        asked = shapes.read(body)
        origin = model_origin(client, "openai", asked.talk)
        text = asked.text
        asking = self._only_text if text is None else self._asking(request, client, body, origin, text)

        async def answered(patience_s: float) -> Answer:
            answer = await asking(patience_s)
            still()
            return answer

        if not asked.stream:
            return _json(shapes.completion(await answered(PATIENCE_S)))
        if self._streams.count(client.id) >= STREAMS_EACH:
            raise Rejected(429, "too_many", "Too many answers of this client are awaited.", {"Retry-After": "5"})
        stream = self._stream(client, origin, answered, usage=asked.usage)
        return StreamingResponse(stream, headers=_STREAMED, media_type="text/event-stream")

    def _young(self) -> bool:
        """Return whether a request that is tried again may have reached the daemon before this one."""
        return self._clock.now().timestamp() - self._since <= AGAIN_S

    async def _only_text(self, patience_s: float) -> Answer:
        del patience_s
        return Answer(_id(secrets.token_hex(8)), int(self._clock.now().timestamp()), _ONLY_TEXT)

    def _asking(self, request: Request, client: Client, body: bytes, origin: Origin, text: str) -> "_Answered":
        """Return what asks the desk, once for all that are the same request, and waits for the answer."""
        key = request.headers.get("idempotency-key", "")
        if len(key) > LONGEST_KEY:
            raise Rejected(400, "invalid_request", f"An Idempotency-Key has at most {LONGEST_KEY} characters.")
        asked = ["openai", origin.conversation, text] if key else ["openai", hashlib.sha256(body).hexdigest()]
        tried_again = request.headers.get("x-stainless-retry-count", "0") != "0"
        replies: list[Reply] = []

        async def work() -> Reply:
            if tried_again and not key and self._young():
                return Reply(_STARTED_AGAIN, "failed")
            reply = await self._desk.say(text, origin)
            replies.append(reply)
            if not reply.pending:
                return reply
            return replace(reply, text=f"{reply.text} {reply_text('answer_elsewhere', reply.language)}")

        async def answered(patience_s: float) -> Answer:
            same_s = AGAIN_S if tried_again else SAME_S
            named = f"openai {key}" if key else ""
            try:
                job = await self._jobs.do(client.id, named, asked, work, patience_s=patience_s, same_s=same_s)
            except Refused as refused:
                raise Rejected(422, "key_used", str(refused)) from None
            return _told(job, replies[0] if replies else None)

        return answered

    async def _stream(
        self, client: Client, origin: Origin, answered: "_Answered", *, usage: bool
    ) -> AsyncGenerator[bytes]:
        """Give the frames of an answer, and before it what is being done; it may be left at any of them."""
        news, told = deque[str](maxlen=MOST_NEWS), asyncio.Event()
        head = Answer(_id(secrets.token_hex(8)), int(self._clock.now().timestamp()), "")

        def put(event: dict[str, Json]) -> None:
            if event["conversation"] == origin.conversation and event["text"]:
                news.append(event["text"])
                told.set()

        self._streams.append(client.id)
        asking = asyncio.ensure_future(answered(STREAM_PATIENCE_S))
        try:
            with self._desk.doings.told(origin, put):
                yield shapes.opening(head)
                while not asking.done() and not self._closing.is_set():
                    await self._news(asking, told)
                    told.clear()
                    if not news and not asking.done():
                        yield shapes.comment("still here")
                    while news:
                        yield shapes.comment(news.popleft())
            for frame in _ending(asking, head, usage=usage):
                yield frame
        finally:
            self._streams.remove(client.id)
            asking.cancel()

    async def _news(self, asking: asyncio.Future[Answer], told: asyncio.Event) -> None:
        """Wait until the answer is there, something is told, Claw ends, or a while has passed."""
        others = [asyncio.ensure_future(one.wait()) for one in (told, self._closing)]
        try:
            first = asyncio.wait({asking, *others}, return_when=asyncio.FIRST_COMPLETED)
            await within(self._timer, HEARTBEAT_S, first)
        finally:
            for one in others:
                one.cancel()


def _talker(door: Door, request: Request) -> Client:
    client = door.admit_model(request)
    if not client.may("talk"):
        raise Rejected(403, "above_ceiling", "This client may not do that: it lacks the right 'talk'.")
    return client


_Answered = Callable[[float], Awaitable[Answer]]
"""Waits for an answer for so many seconds; raises Rejected or a ClawError where there is none."""


def _ending(asking: asyncio.Future[Answer], head: Answer, *, usage: bool) -> Iterator[bytes]:
    """Give the last frames of a stream: the answer, or why there is none."""
    if not asking.done():
        yield shapes.broken(Rejected(503, "ending", "Claw is ending. Look at the house before you ask again."))
        return
    try:
        answer = asking.result()
    except Rejected as rejected:
        yield shapes.broken(rejected)
    except ClawError as error:
        yield shapes.broken(_rejected(error))
    else:
        yield from shapes.saying(replace(answer, id=head.id, created=head.created), usage=usage)


def _told(job: Job, reply: Reply | None) -> Answer:
    """Return a job as an answer; ``reply`` is what the desk said, where it was asked for this very request."""
    text = str(job.answer.get("text", "")) or _WITHOUT_WORDS.get(job.state, _UNKNOWN)
    tokens = (reply.tokens_in, reply.tokens_out) if reply is not None else (0, 0)
    return Answer(_id(job.id), int(job.created.timestamp()), text, *tokens)


async def _nothing(request: Request, client: Client) -> Response:
    del request, client
    raise Rejected(404, "not_found", "There is nothing here: of OpenAI's interface there are chat and models.")


def _id(name: str) -> str:
    return f"chatcmpl-{name}"


def _rejected(error: ClawError) -> Rejected:
    if isinstance(error, Refused):
        return Rejected(403, "refused", str(error))
    if isinstance(error, Unavailable):
        return Rejected(503, "unavailable", str(error))
    logger.error("A chat client met a fault: %s", error)
    return Rejected(500, "broken", str(error))


def _json(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(value), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json")


def _failure(rejected: Rejected) -> Response:
    # What is left of the body is not read, so the connection cannot be used again.
    return _json(shapes.failure(rejected), rejected.status, {"Connection": "close", **rejected.headers})
