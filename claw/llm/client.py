"""Asks a model server: any that speaks OpenAI's interface, at an address and with a key that a person configured.

The package that speaks it costs half a second and 14 MB, so it is imported when the first question is asked and never
by a house that asks none.  Its own retries are off: what is worth a second try is decided here, and every wait can be
ended by the stop, because a call is one task from its first byte to its last and closing it closes the connection.
No sentence that leaves this file holds the key or a word of the server's.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from claw.base.action import Json
from claw.base.clock import Clock, Stopwatch, Timer, within
from claw.base.config import ModelConfig, read_key
from claw.base.errors import Broken, ClawError, Unavailable
from claw.llm.answer import NO_MODEL, Answer
from claw.llm.call import Call, Completion, Cut
from claw.llm.manners import Manners
from claw.llm.said import LONGEST_WAIT_S, Said, meaning, wait_of

if TYPE_CHECKING:
    import openai

__all__ = ["Call", "Client", "Completion", "Cut"]

logger = logging.getLogger(__name__)

TRIES = 3
FIRST_WAIT_S = 0.5
CONNECT_S = 10.0
MOST_WORDS = 2_000
MOST_BYTES = 32_000_000
"""A stream spends some 300 bytes on a token, and models that think aloud write many that are not shown."""

_jitter = secrets.SystemRandom().random


class Client:
    """One model at one server; ``complete`` may be called many times at once."""

    def __init__(
        self,
        config: ModelConfig,
        clock: Clock,
        timer: Timer,
        *,
        key: Callable[[], str] | None = None,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        """``key`` is asked before every call, so that a new one needs no restart; ``jitter`` gives 0 to 1."""
        self.model = config.name
        self.host = urlsplit(config.base_url).hostname or config.base_url
        self._config = config
        self._clock = clock
        self._timer = timer
        self._key = key or (lambda: read_key(config))
        self._jitter = jitter
        self._manners = Manners(tools=config.tools != "never", keep_tools=config.tools == "always")
        self._client: openai.AsyncOpenAI | None = None
        self._opening = asyncio.Lock()
        self.problem = ""
        """What a person has to mend before the model can be asked; empty where nothing is known."""

    def look(self) -> None:
        """Notice at a start already that there is no key: ``problem`` says so."""
        try:
            self._key()
        except Broken as error:
            self.problem = str(error)

    async def complete(self, call: Call) -> Completion:
        """Return the model's answer to ``call``.

        Raises Broken where a person has to mend something (key, name, address, credit), Refused for what the server
        will never take, Unavailable where it cannot be reached or fails, and Cut, which is Unavailable too, where an
        answer was begun.  Being cancelled closes the connection.
        """
        watch, answer = Stopwatch(), Answer(call)
        try:
            ended = await within(self._timer, self._config.timeout_s, self._ask(call, answer))
        except Broken as error:
            self.problem = str(error)
            raise
        if not ended:
            raise Cut(f"the model took longer than {self._config.timeout_s:g} seconds")
        self.problem = ""
        return answer.completion(watch.total())

    async def close(self) -> None:
        """Close what is open; the client can be used again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(self, call: Call, answer: Answer) -> None:
        stream = await self._open(call, self._key())
        import openai  # noqa: PLC0415  see the module's docstring; off the loop it was imported by then

        try:
            async with stream:
                async for piece in stream:
                    answer.take(piece)
        except openai.APIConnectionError as error:
            raise Cut("the connection to the model server broke off in the middle of the answer") from error
        except openai.APIError as error:
            raise _begun(meaning(said_by(error, None), self.model, self.host)) from error
        except ValueError as error:  # what the package raises for a stream that is no text or no JSON
            raise Cut(NO_MODEL) from error

    async def _open(self, call: Call, key: str) -> "openai.AsyncStream[object]":
        """Send the request, as often as it is worth it, and return the stream once the server begins to answer."""
        client, manners, tries = await self._connected(), self._manners, 0
        while True:
            found = await self._send(client, key, manners.body(self.model, call))
            if not isinstance(found, (Said, ClawError)):
                self._manners = manners
                return found
            if isinstance(found, Said) and (better := manners.learned(found, call)):
                manners = better
                continue
            error = meaning(found, self.model, self.host) if isinstance(found, Said) else found
            wait = self._wait(found, tries)
            tries += 1
            if wait is None or tries == TRIES:
                raise error
            logger.info("The model server is asked again in %.1f s: %s", wait, error)
            await self._timer.sleep(wait)

    async def _send(
        self, client: "openai.AsyncOpenAI", key: str, body: Json
    ) -> "openai.AsyncStream[object] | Said | Unavailable":
        import openai  # noqa: PLC0415  as above

        authorization = f"Bearer {key}" if key else openai.Omit()
        try:
            return await client.post(
                "/chat/completions",
                # Not the package's own types: they take any shape for theirs, and a strict look comes later.
                cast_to=object,
                body=body,
                options={"headers": {"Authorization": authorization}},
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        except openai.APITimeoutError as error:
            raise Unavailable("the model server does not answer") from error
        except openai.APIStatusError as error:
            headers = error.response.headers
            wait = wait_of(headers.get("retry-after-ms"), headers.get("retry-after"), self._clock.now())
            return said_by(error, wait)
        except openai.APIConnectionError as error:
            logger.info("No connection to the model server: %s", error.__cause__)
            return Unavailable(f"the model server at {self.host} cannot be reached")
        except ValueError as error:  # a header or an address that the package cannot write
            raise Unavailable("the request to the model server cannot be sent") from error

    def _wait(self, found: Said | ClawError, tries: int) -> float | None:
        """Return how long to wait before asking again, None where that is no use or too long."""
        if isinstance(found, Said) and not found.again:
            return None
        asked = (found.wait_s or 0.0) if isinstance(found, Said) else 0.0
        if asked > LONGEST_WAIT_S:
            return None
        backoff = FIRST_WAIT_S * 2**tries * (0.5 + 0.5 * self._jitter())
        return max(asked, backoff)

    async def _connected(self) -> "openai.AsyncOpenAI":
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(opened, self._config)
        return self._client


def opened(config: ModelConfig) -> "openai.AsyncOpenAI":
    """Import the package and read the certificates, which blocks, so run it in a thread; return what can post.

    It knows no key, follows no redirection, tries nothing twice, and reads no answer without an end.
    """
    import openai  # noqa: PLC0415  see the module's docstring

    timeout = openai.Timeout(config.timeout_s, connect=CONNECT_S)
    return openai.AsyncOpenAI(
        base_url=config.base_url,
        api_key="see each request",
        timeout=timeout,
        max_retries=0,
        # A server that sends us elsewhere would send the prompt there, too.
        http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False, timeout=timeout, event_hooks={"response": [_bound]}
        ),
    )


class Line:
    """A server that is asked for what it answers whole, as the model for embeddings is; opened when first used."""

    def __init__(self, config: ModelConfig) -> None:
        self._config = config
        self._client: openai.AsyncOpenAI | None = None
        self._opening = asyncio.Lock()

    async def post(self, path: str, body: Json, key: str, *, file: tuple[str, bytes, str] | None = None) -> object:
        """Return the JSON that the server answers to ``body``, None for anything else, a ``Said`` for its errors.

        With a ``file`` (its name, what is in it, of what kind) the body is sent as a form.  Nothing is tried twice.
        Raises Unavailable where it cannot be reached or does not answer.
        """
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(opened, self._config)
        import openai  # noqa: PLC0415  see the module's docstring; off the loop it was imported by then

        headers: dict[str, str | openai.Omit] = {"Authorization": f"Bearer {key}" if key else openai.Omit()}
        if file is not None:
            headers["Content-Type"] = "multipart/form-data"
        files = None if file is None else {"file": file}
        try:
            return await self._client.post(path, cast_to=object, body=body, files=files, options={"headers": headers})
        except openai.APITimeoutError as error:
            raise Unavailable("the model server does not answer") from error
        except openai.APIStatusError as error:
            return said_by(error, None)
        except openai.APIConnectionError as error:
            raise Unavailable("the model server cannot be reached") from error
        except (openai.APIError, ValueError):  # no JSON, or a header that the package cannot write
            return None

    async def close(self) -> None:
        """Close what is open; it can be used again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


async def _bound(response: Any) -> None:
    """Have the body of ``response`` end where no answer goes: the package collects a line, or an error, whole."""
    read = response.aiter_bytes

    async def bounded() -> AsyncIterator[bytes]:
        length = 0
        async for part in read():
            length += len(part)
            if length > MOST_BYTES:
                raise Cut("the model did not come to an end")
            yield part

    response.aiter_bytes = bounded


def said_by(error: "openai.APIError", wait_s: float | None) -> Said:
    """Return what a server said, in small letters and cut: it is only looked at, never shown."""
    body = error.body
    told: object = cast("dict[str, object]", body).get("message") if isinstance(body, dict) else body
    words = f"{error.code or ''} {error.param or ''} {told or error.message}"[:MOST_WORDS].lower()
    return Said(getattr(error, "status_code", 0), words, wait_s)


def _begun(error: ClawError) -> ClawError:
    """Return ``error`` as one of an answer that had begun."""
    return Cut(str(error)) if isinstance(error, Unavailable) else error
