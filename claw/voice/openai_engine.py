"""Any server with OpenAI's way of turning speech into text: one in the house (speaches), or a public one.

The sound leaves this machine for the address that a person configured.  The names of the house go along as the prompt.
"""

import io
import wave

from claw.base.clock import Timer
from claw.base.config import ModelConfig
from claw.base.config_voice import OpenAIEngineConfig
from claw.base.errors import ClawError, Unavailable
from claw.llm.transcription import Transcription
from claw.voice.model import Audio, Heard, Hints
from claw.voice.transcriber import Partial

TIMEOUT_S = 10.0
LONGEST_TEXT = 10_000

FAILED = "The server that turns speech into text failed. Please say it again."


class OpenAIEngine:
    """The engine that is asked over HTTP."""

    name = "openai"
    partials = False

    def __init__(self, config: OpenAIEngineConfig, timer: Timer) -> None:
        model = ModelConfig(name=config.model, base_url=config.base_url, key_file=config.key_file, timeout_s=TIMEOUT_S)
        self._server = Transcription(model, timer)
        self._problem = ""

    @property
    def problem(self) -> str:
        """Return what keeps it from working, as far as is known."""
        return self._problem

    async def warm(self) -> None:
        """See that there is a key; raises Broken.  The server is not asked: that may cost money."""
        try:
            self._server.look()
        except ClawError as error:
            self._problem = str(error)
            raise

    async def transcribe(self, audio: Audio, hints: Hints, partial: Partial | None = None) -> Heard:
        """Return what ``audio`` says; raises Broken, Refused, Unavailable."""
        del partial
        try:
            text = await self._server.transcribe(wav(audio), ", ".join(hints.names), hints.language)
        except Unavailable as error:
            self._problem = str(error)
            raise Unavailable(FAILED) from error
        except ClawError as error:
            self._problem = str(error)
            raise
        self._problem = ""
        return Heard(text[:LONGEST_TEXT], hints.language, audio.seconds, audio.truncated)

    async def close(self) -> None:
        """Close the connection."""
        await self._server.close()


def wav(audio: Audio) -> bytes:
    """Return ``audio`` as a WAV file, in memory."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(audio.channels)
        writer.setsampwidth(2)
        writer.setframerate(audio.rate)
        writer.writeframes(audio.pcm)
    return file.getvalue()
