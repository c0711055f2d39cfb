"""The process in which faster-whisper listens: ``python -I -m claw.voice.whisper_child``, started by whisper.py.

It is told once which model to load, then is given sound and answers with text.  It knows no token, opens no file but
the model's, writes none, asks nobody, and keeps nothing of what it heard.  The settings are those for commands, not for
lectures: one beam, one temperature, no memory of the sentence before.
"""

import asyncio
import ctypes
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.errors import Broken
from claw.voice.child import Parent, confine
from claw.voice.frames import Frame
from claw.voice.model import RATE, Audio
from claw.voice.segmenter import SAMPLES
from claw.voice.sounds import words

MOST_SOUND = 6 << 20
SPEECH = 0.5
"""The detector's own threshold between noise and voice."""
SHORTEST_S = 0.25
SMALLEST_SHARE = 0.1
"""Less speech than this is a television next door, or sound at another rate than it says."""
MARGIN_S = 0.3
MOST_TOKENS = 64
DOUBT = 0.5
_NEW_NETWORK, _NEW_USER, _SET_DUMPABLE = 0x40000000, 0x10000000, 4  # of unshare(2) and prctl(2)


class Ear:
    """One loaded model."""

    def __init__(self, settings: Mapping[str, Json]) -> None:
        """Load it; raises ImportError, MemoryError, and whatever the packages raise."""
        from faster_whisper import WhisperModel  # noqa: PLC0415  most of a second and 100 MB, after the limits are set

        from claw.voice.silero import Silero  # noqa: PLC0415  numpy and onnxruntime, the same

        self._detector = Silero()
        self._model: Any = WhisperModel(
            str(settings["model"]),
            device="cpu",
            compute_type=str(settings["compute"]),
            cpu_threads=int(settings["threads"]),
            local_files_only=True,
        )

    def hear(self, audio: Audio, language: str | None, names: list[str]) -> tuple[str, str | None]:
        """Return text and language; no text where nobody speaks.  Raises Refused for what is no sound."""
        from claw.voice.samples import samples  # noqa: PLC0415  numpy, as above

        spoken = self._spoken(samples(audio))
        if spoken is None:
            return "", language
        known = language if language in self._model.supported_languages else None
        segments, info = self._model.transcribe(
            spoken,
            language=known,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=MOST_TOKENS,
            hotwords=", ".join(names) or None,
            vad_filter=False,
        )
        found: list[Any] = list(segments)  # nothing is decoded before it is asked for
        text = " ".join(one.text.strip() for one in found).strip()
        doubtful = bool(found) and all(one.no_speech_prob > DOUBT for one in found)
        if doubtful and words(text) in {words(name) for name in names}:
            return "", info.language  # one of the hints, and nobody said it
        return text, info.language

    def _spoken(self, sound: Any) -> Any:
        """Return the part of ``sound`` in which somebody speaks, None where nobody does."""
        size, pcm = 2 * SAMPLES, (sound * 32_767).astype("<i2").tobytes()
        self._detector.forget()
        speech = [
            at for at in range(len(pcm) // size) if self._detector.hear(pcm[at * size : (at + 1) * size]) > SPEECH
        ]
        seconds = len(speech) * SAMPLES / RATE
        if seconds < SHORTEST_S or seconds < SMALLEST_SHARE * len(sound) / RATE:
            return None
        margin = round(MARGIN_S * RATE)
        return sound[max(0, speech[0] * SAMPLES - margin) : (speech[-1] + 1) * SAMPLES + margin]


async def serve() -> None:
    """Load what the first frame says, then answer until the daemon says no more."""
    parent, timer = await Parent.meet(), SystemClock()
    first = await parent.read(timer)
    if first is None:
        return
    leave_the_network()
    confine(int(first.data["memory_mb"]))
    found = _load(first.data)
    if isinstance(found, str):
        await parent.send(Frame("broken", {"why": found}))
        return
    await parent.send(Frame("ready"))
    sound = bytearray()
    while (frame := await parent.read(timer)) is not None:
        if frame.type == "sound":
            sound += frame.payload
            if len(sound) > MOST_SOUND:
                return
            continue
        pcm, sound = bytes(sound), bytearray()
        await parent.send(_answer(found, frame.data, pcm))


def leave_the_network() -> None:
    """Have nobody to talk to from here on, where the kernel lets a process choose that: some systems do not."""
    libc = ctypes.CDLL(None)
    if libc.unshare(_NEW_NETWORK) and not libc.unshare(_NEW_USER | _NEW_NETWORK):
        libc.prctl(_SET_DUMPABLE, 1)  # it is still the daemon's to look at


def _load(settings: Mapping[str, Json]) -> Ear | str:
    """Return the model, or in one word why there is none."""
    if find_spec("faster_whisper") is None:
        return "missing"
    try:
        return Ear(settings)
    except Broken:
        return "missing"
    except (ImportError, MemoryError):  # a library that finds no room is no library
        return "memory"
    except Exception as error:  # noqa: BLE001  the packages raise anything, and this process has one caller
        return "memory" if "alloc" in str(error) else "model"


def _answer(ear: Ear, asked: Mapping[str, Json], pcm: bytes) -> Frame:
    number = asked["id"]
    try:
        text, language = ear.hear(
            Audio(pcm, int(asked["rate"]), int(asked["channels"])), asked["language"], list(asked["names"])
        )
    except Exception:  # noqa: BLE001  as above; what it says may quote what was said
        return Frame("failed", {"id": number})
    return Frame("heard", {"id": number, "text": text, "language": language})


if __name__ == "__main__":
    asyncio.run(serve())
