"""The process that hears with one microphone: runs its command, tells speech and wake words, and sends commands out.

``python -I -m claw.voice.listening_child``; its first frame is ``settings``.  With a ``command`` it listens until the
sound or the daemon ends; without one it is given sound in frames (``sound``, each a whole file) and tells what in it is
speech.  What goes wrong is one ``problem`` frame with a sentence, and the end: whoever started it tries again.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from claw.base.action import Json
from claw.base.clock import SystemClock, within
from claw.base.errors import ClawError, Refused
from claw.voice.child import Parent, confine
from claw.voice.frames import Frame
from claw.voice.listening import FRAME_BYTES, Detector, Listening
from claw.voice.model import RATE, Audio
from claw.voice.segmenter import FRAME_S, Event, Segmenter, Timing
from claw.voice.wake import MicroWake, WyomingWake

MEMORY_MB = 512
SILENT_S = 5.0
"""A microphone that gives nothing for so long is none: also a quiet room sounds."""
AHEAD_S = 60.0
"""Sound this far ahead of the clock does not come from a room: another rate, or something that is no microphone."""
LOOK_S = 20.0
SLOWEST = 0.75
"""After so long at least this share of the sound must have come."""
ALIVE_S = 5.0
LAST_WORDS_S = 1.0
READ_AT_ONCE = 1 << 15
MOST_SAID = 300
"""Characters of what a command says about itself: "No such device" is worth more than a number."""
SPEECH = Timing().speech


class Gone(ClawError):
    """The microphone does not give any more; the text says why."""


@dataclass(slots=True)
class _Command:
    """The program that records, and what it last said about itself."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def overhear(self) -> None:
        stream = self.process.stderr
        while stream is not None and (more := await stream.read(4096)):
            self.said = (self.said + more.decode("utf-8", "replace"))[-MOST_SAID:]

    def why(self) -> str:
        """Return what it said, on one line of printable characters."""
        words = "".join(one if one.isprintable() else " " for one in self.said).split()
        return f": {' '.join(words)}" if words else ""


class Live:
    """Hears with a microphone until it ends."""

    def __init__(self, parent: Parent, command: _Command, listening: Listening, clock: SystemClock) -> None:
        self._parent = parent
        self._command = command
        self._listening = listening
        self._clock = clock
        self._began = clock.monotonic()
        self._frames = 0

    async def run(self) -> None:
        """Listen; raises Gone when the microphone ends, and returns when the daemon does."""
        overhearing = asyncio.ensure_future(self._command.overhear())
        hearing, obeying = asyncio.ensure_future(self._hear()), asyncio.ensure_future(self._obey())
        tasks = (overhearing, hearing, obeying)
        try:
            await asyncio.wait({hearing, obeying}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                hearing.result()
                await within(self._clock, LAST_WORDS_S, overhearing)
                raise Gone(await self._ended())
            obeying.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self) -> None:
        stream, rest = self._command.process.stdout, b""
        while stream is not None:
            reading = asyncio.ensure_future(stream.read(READ_AT_ONCE))
            if not await within(self._clock, SILENT_S, reading):
                raise Gone(f"the microphone gives no sound{self._command.why()}")
            if not (more := reading.result()):
                break
            sound = rest + more
            whole = len(sound) - len(sound) % FRAME_BYTES
            for at in range(0, whole, FRAME_BYTES):
                await self._tell(self._listening.hear(sound[at : at + FRAME_BYTES]))
                self._frames += 1
                if self._frames % round(ALIVE_S / FRAME_S) == 0:
                    await self._parent.send(Frame("alive"))
            rest = sound[whole:]
            self._pace()
        await self._tell(self._listening.flush())

    def _pace(self) -> None:
        heard, past = self._frames * FRAME_S, self._clock.monotonic() - self._began
        rate = round(heard * RATE / max(past, 1.0), -2)
        expected = f"instead of {RATE}: it must write 16 kHz mono S16_LE"
        if heard - past > AHEAD_S:
            raise Gone(f"the microphone gives some {rate} samples a second {expected}")
        if past > LOOK_S and heard < past * SLOWEST:
            raise Gone(f"the microphone gives only {rate} samples a second {expected}")

    async def _obey(self) -> None:
        while (frame := await self._parent.read(self._clock)) is not None:
            match frame.type:
                case "speaking":
                    self._listening.speaking()
                case "spoke":
                    self._listening.spoke(_seconds(frame.data.get("listen_s")))
                case _:
                    raise Refused(f"{frame.type} is nothing to do")

    async def _tell(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            await self._parent.send(frame)

    async def _ended(self) -> str:
        code = await self._command.process.wait()
        return f"the microphone's command ended with {code}{self._command.why()}"


async def listen() -> None:
    """Do what the first frame says, until its end."""
    parent, clock = await Parent.meet(), SystemClock()
    settings = await parent.read(clock, 30.0)
    if settings is None:
        return
    try:
        await _obey_settings(parent, settings.data, clock)
    except ConnectionError:
        return
    except (ClawError, MemoryError) as error:
        with contextlib.suppress(ConnectionError):
            await parent.send(Frame("problem", {"text": str(error) or "there is too little memory to listen"}))


async def _obey_settings(parent: Parent, settings: Mapping[str, Json], clock: SystemClock) -> None:
    command = settings.get("command")
    # First, so that what limits this process does not limit a program that other people wrote.
    recorder = await _recorder(command) if command else None
    confine(MEMORY_MB)
    from claw.voice.silero import Silero  # noqa: PLC0415  numpy and native code, behind the limits

    detector = Silero()
    if recorder is None:
        await _files(parent, clock, detector)
        return
    async with contextlib.AsyncExitStack() as closing:
        wakes = await _wakes(settings.get("wake"), clock, closing)
        await parent.send(Frame("ready"))
        await Live(parent, recorder, Listening(detector, wakes), clock).run()


async def _recorder(command: Json) -> _Command:
    words = cast("list[str]", command)
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=READ_AT_ONCE,
        )
    except OSError as error:
        raise Gone(f"{words[0]} cannot be started: {error.strerror or error}") from None
    return _Command(process)


async def _wakes(
    wake: Json, clock: SystemClock, closing: contextlib.AsyncExitStack
) -> "MicroWake | WyomingWake | None":
    if wake is None:
        return None
    words, server = cast("list[str]", wake["words"]), wake.get("server")
    if server is None:
        return MicroWake(words)
    wakes = await WyomingWake.open(words, str(server), clock)
    closing.push_async_callback(wakes.close)
    return wakes


async def _files(parent: Parent, clock: SystemClock, detector: Detector) -> None:
    """Tell what is speech in each sound that comes."""
    from claw.voice.samples import samples  # noqa: PLC0415  numpy, behind the limits

    while (frame := await parent.read(clock)) is not None:
        sound = samples(Audio(frame.payload, int(frame.data["rate"]), int(frame.data["channels"])))
        pcm = (sound * 32767.0).astype("<i2").tobytes()
        detector.forget()
        spoken, segmenter = 0, Segmenter()
        for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
            likelihood = detector.hear(pcm[at : at + FRAME_BYTES])
            spoken += likelihood >= SPEECH
            await _told(parent, pcm, segmenter.feed(likelihood))
        await _told(parent, pcm, segmenter.flush())
        await parent.send(Frame("over", {"speech_s": round(spoken * FRAME_S, 3)}))


async def _told(parent: Parent, pcm: bytes, events: Iterable[Event]) -> None:
    for event in events:
        if event.kind == "ended":
            data = {"begin_s": round(event.begin * FRAME_S, 3), "end_s": round((event.end - event.quiet) * FRAME_S, 3)}
            sound = pcm[event.begin * FRAME_BYTES : event.end * FRAME_BYTES]
            await parent.send(Frame("speech", data, sound))


def _seconds(said: Json) -> float | None:
    return float(said) if isinstance(said, (int, float)) and not isinstance(said, bool) and said > 0 else None


if __name__ == "__main__":
    try:
        asyncio.run(listen())
    finally:
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # the microphone's command too
