"""Text to speech by a Wyoming server, such as Piper's: words go out, sound comes back piece by piece.

A person configured the server, and it may still be slow, endless or wrong: it has so long for the next piece, and so
much in all.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from claw.base.action import Json
from claw.base.clock import Timer
from claw.base.errors import Unavailable
from claw.voice.frames import WIDTH, Frame, sound_form
from claw.voice.wyoming_line import Line

FIRST_S = 10.0
"""A voice on a small machine takes seconds for its first sound."""
MOST_S = 60.0
"""More sound than this for two sentences is no speech."""


@dataclass(frozen=True, slots=True)
class Format:
    """How sound is written: 16-bit little-endian samples, ``rate`` a second in each of ``channels``."""

    rate: int
    channels: int = 1

    @property
    def bytes_per_second(self) -> int:
        """How much of it there is in a second."""
        return self.rate * self.channels * WIDTH


class VoiceServer:
    """The client of one server; each text is a connection of its own."""

    def __init__(self, server: str, timer: Timer) -> None:
        """``server`` is its address, as the configuration writes it: ``tcp://127.0.0.1:10200``."""
        self._server = server
        self._timer = timer

    async def say(self, text: str, language: str | None = None) -> AsyncGenerator[tuple[Format, bytes]]:
        """Give the sound of ``text`` as it comes, with its format; raises Unavailable where the server gives none."""
        async with aclosing(await Line.to(self._server, "the voice server", self._timer)) as line:
            data: dict[str, Json] = {"text": text}
            if language is not None:
                data["voice"] = {"language": language}
            line.put(Frame("synthesize", data))
            async for piece in _sound(line):
                yield piece


async def _sound(line: Line) -> AsyncGenerator[tuple[Format, bytes]]:
    form, left = None, 0
    while True:
        frame = await line.read(FIRST_S)
        match frame.type:
            case "audio-start":
                form = _format(frame)
                left = round(MOST_S * form.bytes_per_second)
            case "audio-chunk":
                if form is None or _format(frame) != form:
                    raise Unavailable("the voice server changes the form of its sound")
                left -= len(frame.payload)
                if left < 0:
                    raise Unavailable("the voice server does not come to an end")
                if len(frame.payload) % (WIDTH * form.channels):
                    raise Unavailable("the voice server sends half a sample")
                if frame.payload:
                    yield form, frame.payload
            case "audio-stop" if form is not None:
                return
            case "error":
                raise Unavailable("the voice server says that it cannot")
            case _:
                pass  # what newer versions send besides


def _format(frame: Frame) -> Format:
    form = sound_form(frame)
    if form is None:
        raise Unavailable("the voice server sends sound in a form that Claw does not play")
    return Format(*form)
