"""Asks a server what is said in a sound: at an address, and with a key, that a person configured for that.

It is asked as the model is, but is no model call: nothing is decided by it, it takes no tokens, and it goes on while
Claw is stopped, because a stopped house still listens.  A sound that was lost is said again, so nothing is tried twice.
No sentence that leaves this file holds the key or a word of the server's.
"""

from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from claw.base.action import Json
from claw.base.clock import Timer, within
from claw.base.config import ModelConfig, read_key
from claw.base.errors import Unavailable
from claw.llm.call import clean
from claw.llm.client import Line
from claw.llm.said import Said, meaning

PATH = "/audio/transcriptions"

_NO_TEXT = "the server for speech to text answered with something else than text"


class Transcription:
    """One model for speech to text at one server."""

    def __init__(self, config: ModelConfig, timer: Timer, *, key: Callable[[], str] | None = None) -> None:
        """``key`` is asked before every call, so that a new one needs no restart."""
        self._config = config
        self._host = urlsplit(config.base_url).hostname or config.base_url
        self._timer = timer
        self._key = key or (lambda: read_key(config))
        self._line = Line(config)

    def look(self) -> None:
        """See that there is a key where one is needed; raises Broken."""
        self._key()

    async def transcribe(self, wav: bytes, prompt: str = "", language: str | None = None) -> str:
        """Return what is said in the WAV file ``wav``; ``prompt`` holds names that may be said in it.

        Raises Broken where a person has to mend something, Refused for what the server will never take, Unavailable
        where it cannot be reached, fails or answers with nonsense.  Being cancelled closes the connection.
        """
        found = list[object]()
        if not await within(self._timer, self._config.timeout_s, self._ask(wav, prompt, language, found)):
            raise Unavailable(f"the server for speech to text took longer than {self._config.timeout_s:g} seconds")
        answer = found[0]
        if isinstance(answer, Said):
            raise meaning(answer, self._config.name, self._host)
        text: object = cast("dict[str, object]", answer).get("text") if isinstance(answer, dict) else None
        if not isinstance(text, str):
            raise Unavailable(_NO_TEXT)
        return text

    async def close(self) -> None:
        """Close what is open; it can be used again."""
        await self._line.close()

    async def _ask(self, wav: bytes, prompt: str, language: str | None, found: list[object]) -> None:
        body: dict[str, Json] = {"model": self._config.name, "response_format": "json"}
        if prompt:
            body["prompt"] = clean(prompt)
        if language is not None:
            body["language"] = language
        found.append(await self._line.post(PATH, body, self._key(), file=("speech.wav", wav, "audio/wav")))
