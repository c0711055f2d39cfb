"""What Claw would hear in a sound file: through the same detector, ends of speech and engine as a microphone.

Nothing is done in the house with what is heard; nothing of it is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from claw.base.action import Json
from claw.base.clock import Clock, SystemClock, Timer
from claw.base.errors import ClawError, Unavailable
from claw.voice.child import Child
from claw.voice.frames import BadFrame, Frame
from claw.voice.model import NOWHERE, Audio, Ear, Satellite
from claw.voice.wav import read_wav

FIRST_S = 30.0
"""The detector starts and goes through a minute of sound in much less."""
CHILD = "claw.voice.listening_child"


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of speech: where it lies in the file, in seconds, what was heard, and what that took.

    ``problem`` says why there is no text where the engine gave none.  ``means`` is what the text would mean, where
    somebody was asked who knows the house.
    """

    begin_s: float
    end_s: float
    text: str = ""
    language: str | None = None
    text_ms: float = 0.0
    problem: str = ""
    means: Json = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What was heard in a file.

    ``seconds`` is how long it is, ``listened_s`` how much of it was listened to, ``speech_s`` how much of that is
    speech.  ``ms`` are milliseconds by stage: ``detect`` (with the start of the detector), ``text``.
    """

    seconds: float
    listened_s: float
    rate: int
    channels: int
    speech_s: float
    pieces: tuple[Piece, ...] = ()
    ms: Mapping[str, float] = field(default_factory=dict[str, float])


async def trial(
    file: Path | bytes,
    ear: Ear,
    *,
    satellite: Satellite | None = None,
    language: str | None = None,
    clock: Clock | None = None,
    timer: Timer | None = None,
    start: Callable[[], Awaitable[Child]] | None = None,
) -> Trial:
    """Listen to a WAV file, or to the bytes of one.

    Raises Refused, with one plain sentence, for what is no sound that can be read, and Unavailable where the detector
    cannot be started.  ``start`` makes another child process than the usual one.
    """
    clock = clock or SystemClock()
    asked = _Asked(ear, clock, satellite or Satellite(NOWHERE), language)
    audio, seconds = await asyncio.to_thread(read_wav, file)
    began = clock.monotonic()
    found, speech_s = await _speech(audio, timer or SystemClock(), start or (lambda: Child.start(CHILD)))
    detected = clock.monotonic()
    pieces = [await _piece(one, sound, asked) for one, sound in found]
    ms = {"detect": _ms(detected - began), "text": round(sum(one.text_ms for one in pieces), 1)}
    return Trial(round(seconds, 3), round(audio.seconds, 3), audio.rate, audio.channels, speech_s, tuple(pieces), ms)


async def _speech(
    audio: Audio, timer: Timer, start: Callable[[], Awaitable[Child]]
) -> tuple[list[tuple[Piece, Audio]], float]:
    """Return what is speech in it, with its sound, and how many seconds of it are; raises Unavailable."""
    child = await start()
    try:
        await child.send(Frame("settings", {"command": None}))
        await child.send(Frame("sound", {"rate": audio.rate, "channels": audio.channels}, audio.pcm))
        found: list[tuple[Piece, Audio]] = []
        while (frame := await child.read(timer, FIRST_S)) is not None:
            match frame.type:
                case "speech":
                    begin, end = _number(frame.data.get("begin_s")), _number(frame.data.get("end_s"))
                    found.append((Piece(begin, end), Audio(frame.payload)))
                case "over":
                    return found, _number(frame.data.get("speech_s"))
                case "problem":
                    raise Unavailable(str(frame.data.get("text")))
                case _:
                    pass
        raise Unavailable("the detector of speech ended before it was done")
    except BadFrame:
        raise Unavailable("the detector of speech says what makes no sense") from None
    finally:
        await child.end(timer)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom to ask what was said, and as whose words."""

    ear: Ear
    clock: Clock
    satellite: Satellite
    language: str | None


async def _piece(piece: Piece, sound: Audio, asked: _Asked) -> Piece:
    began = asked.clock.monotonic()
    try:
        heard = await asked.ear.transcribe(sound, asked.satellite, asked.language)
        piece = replace(piece, text=heard.text, language=heard.language)
    except ClawError as error:
        piece = replace(piece, problem=str(error))
    return replace(piece, text_ms=_ms(asked.clock.monotonic() - began))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _number(said: Json) -> float:
    return float(said) if isinstance(said, (int, float)) else 0.0
