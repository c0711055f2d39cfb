"""Any Wyoming server that turns speech into text: what a house that listens already has.

One connection for each sound, as Home Assistant does it.  The names of the house go along as hints.  The server is
another program, on another machine perhaps: what it answers is read with limits, and waited for with one.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from claw.base.action import Json
from claw.base.clock import Timer
from claw.base.config_voice import WyomingEngineConfig
from claw.base.errors import Broken, Unavailable
from claw.voice.frames import Frame
from claw.voice.model import Audio, Heard, Hints
from claw.voice.transcriber import Partial
from claw.voice.wyoming_line import Line

logger = logging.getLogger(__name__)

ANSWER_S = 10.0
PIECE = 1 << 14
MOST_EVENTS = 2_000
"""A server that says more before it comes to an end has none."""
LONGEST_TEXT = 10_000

AWAY = "The server that turns speech into text cannot be reached. Please try again in a moment."
FAILED = "The server that turns speech into text failed. Please say it again."


class WyomingEngine:
    """The engine that is somebody else's program."""

    name = "wyoming"

    def __init__(self, config: WyomingEngineConfig, timer: Timer) -> None:
        self._server = config.server
        self._model = config.model
        self._timer = timer
        self._tells = False
        self._problem = ""

    @property
    def partials(self) -> bool:
        """Whether the server said that it tells what it understood before the end."""
        return self._tells

    @property
    def problem(self) -> str:
        """Return what keeps it from working, as far as is known."""
        return self._problem

    async def warm(self) -> None:
        """Ask the server what it can do; raises Broken where it turns no speech into text, Unavailable."""
        async with self._line() as line:
            await line.send(Frame("describe"))
            for _ in range(MOST_EVENTS):
                frame = await line.read(ANSWER_S)
                if frame.type == "info":
                    self._look(frame)
                    return
        raise Unavailable(FAILED)

    async def transcribe(self, audio: Audio, hints: Hints, partial: Partial | None = None) -> Heard:
        """Return what ``audio`` says; raises Unavailable."""
        async with self._line() as line:
            await line.send(Frame("transcribe", self._request(hints)))
            shape: dict[str, Json] = {"rate": audio.rate, "width": 2, "channels": audio.channels}
            await line.send(Frame("audio-start", shape))
            for at in range(0, len(audio.pcm), PIECE):
                await line.send(Frame("audio-chunk", shape, audio.pcm[at : at + PIECE]))
            await line.send(Frame("audio-stop"))
            text, language = await _text(line, partial)
        return Heard(text, language or hints.language, audio.seconds, audio.truncated)

    async def close(self) -> None:
        """Nothing is open between two sounds."""

    def _request(self, hints: Hints) -> dict[str, Json]:
        request: dict[str, Json] = {}
        if self._model is not None:
            request["name"] = self._model
        if hints.language is not None:
            request["language"] = hints.language
        if hints.names:
            request["transcript_names"] = list(hints.names)
        return request

    def _look(self, info: Frame) -> None:
        programs = [one for one in _objects(info.data.get("asr")) if one.get("installed", True)]
        if not programs:
            self._problem = "the Wyoming server that is configured turns no speech into text"
            raise Broken(self._problem)
        models = {str(model.get("name")) for one in programs for model in _objects(one.get("models"))}
        if self._model is not None and models and self._model not in models:
            self._problem = "the Wyoming server for speech to text has no model of the name that is configured"
            raise Broken(self._problem)
        self._tells = any(one.get("supports_transcript_streaming") is True for one in programs)

    @asynccontextmanager
    async def _line(self) -> AsyncGenerator[Line]:
        try:
            opened = await Line.to(self._server, "the server for speech to text", self._timer)
        except Unavailable:
            self._problem = AWAY
            raise Unavailable(AWAY) from None
        async with aclosing(opened) as line:
            try:
                yield line
            except Unavailable as error:
                logger.info("Speech to text failed: %s", error)
                self._problem = FAILED
                raise Unavailable(FAILED) from None
            self._problem = ""


async def _text(line: Line, partial: Partial | None) -> tuple[str, str | None]:
    """Return text and language from what a server answers, telling ``partial`` what comes before."""
    so_far, language, streams = "", None, False
    for _ in range(MOST_EVENTS):
        frame = await line.read(ANSWER_S)
        said, named = frame.data.get("text"), frame.data.get("language")
        language = named if isinstance(named, str) else language
        match frame.type:
            case "transcript" if isinstance(said, str):
                return said[:LONGEST_TEXT], language
            case "transcript-start":
                streams, so_far = True, ""
            case "transcript-chunk" if streams and isinstance(said, str):
                so_far = (so_far + said)[:LONGEST_TEXT]
                if partial is not None:
                    await partial(so_far)
            case "error" | "transcript":
                break
            case _:
                pass  # events of other kinds are not for us
    raise Unavailable(FAILED)


def _objects(value: Json) -> list[dict[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
