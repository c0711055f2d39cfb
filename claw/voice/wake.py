"""Words that wake a microphone, told without understanding anything else.

Either the small models that come inside the package pymicro-wakeword, in this process, or a Wyoming server that knows
more of them.  Used in a child process alone: the package runs native code on whatever is heard.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, Self

from claw.base.clock import Timer
from claw.base.errors import Broken, Unavailable
from claw.base.reinstall import adding
from claw.voice.child import FOR_EVER_S
from claw.voice.frames import Frame
from claw.voice.model import RATE
from claw.voice.wyoming_line import Line

NAME = "the wake word server"
MOST_UNSENT = 1 << 18
"""Bytes of sound, eight seconds, that a server may be behind: then it does not listen any more."""
_FORMAT = {"rate": RATE, "width": 2, "channels": 1}


class Wakes(Protocol):
    """Listens for its words in a stream of 16 kHz mono sound."""

    @property
    def words(self) -> tuple[str, ...]:
        """The names of what it knows."""
        ...

    def hear(self, pcm: bytes) -> str | None:
        """Return the name of a word that ended in, or a moment before, this piece of sound; raises Unavailable."""
        ...


class MicroWake:
    """The models of pymicro-wakeword: 0.15 ms of work for a frame of 32 ms and one word."""

    def __init__(self, words: Sequence[str]) -> None:
        """Load the models of ``words``; raises Broken where the package or a model is missing."""
        try:
            import pymicro_wakeword as package  # noqa: PLC0415  native, and missing without the extra
        except ImportError:
            raise Broken(f"pymicro-wakeword is missing: {adding('voice')}") from None
        known = {model.value: model for model in package.Model}
        if strange := [word for word in words if word not in known]:
            raise Broken(f"there is no wake word {strange[0]}: expected {', '.join(sorted(known))}, or a server")
        self.words = tuple(words)
        try:
            self._models: dict[str, Any] = {word: package.MicroWakeWord.from_builtin(known[word]) for word in words}
            self._features: Any = package.MicroWakeWordFeatures()
        except (OSError, ValueError) as error:
            raise Broken(f"the models of pymicro-wakeword cannot be loaded: {error}") from None

    def hear(self, pcm: bytes) -> str | None:
        """Return the name of a word that ended about here; for about 50 ms it is said again with every frame."""
        found: str | None = None
        for features in self._features.process_streaming(pcm):
            for word, model in self._models.items():
                if model.process_streaming(features):
                    found = found or word
        return found


class WyomingWake:
    """The words of a Wyoming server, to which all sound is sent as long as the microphone listens."""

    def __init__(self, words: Sequence[str], line: Line) -> None:
        """See ``open``."""
        self.words = tuple(words)
        self._line = line
        self._found: str | None = None
        self._failed = ""
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def open(cls, words: Sequence[str], server: str, timer: Timer) -> Self:
        """Connect to ``server`` and ask it for ``words``; raises Unavailable where it is not there."""
        line = await Line.to(server, NAME, timer)
        line.put(Frame("detect", {"names": list(words)}), Frame("audio-start", _FORMAT))
        return cls(words, line)

    def hear(self, pcm: bytes) -> str | None:
        """Send the sound on and return what the server found since the last time; raises Unavailable."""
        if self._failed or not self._line.open:
            raise Unavailable(self._failed or f"{NAME} hung up")
        if self._line.unsent > MOST_UNSENT:
            raise Unavailable(f"{NAME} does not listen any more")
        self._line.put(Frame("audio-chunk", _FORMAT, pcm))
        found, self._found = self._found, None
        return found

    async def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        await self._line.aclose()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while (frame := await self._line.read(FOR_EVER_S)).type != "error":
                if frame.type == "detection":
                    name = frame.data.get("name")
                    # A name that was not asked for is still somebody who said a wake word.
                    self._found = name if name in self.words else self.words[0]
            self._failed = f"{NAME} says that it cannot"
        except Unavailable as error:
            self._failed = str(error)
