"""What would be heard in a file: the same detector and ends of speech as a microphone, and nothing done with it."""

import io
import os
import signal
import wave
from pathlib import Path

import pytest

from claw.base.errors import Refused, Unavailable
from claw.voice.child import Child
from claw.voice.model import NOWHERE, Audio, Heard, Satellite
from claw.voice.trial import trial
from tests.peers.vowel import saying

CELLAR = Satellite("cellar", "cellar", None, "microphone")


class Ear:
    def __init__(self, *texts: str | Exception) -> None:
        self.texts = list(texts)
        self.asked: list[tuple[Audio, Satellite, str | None]] = []

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        self.asked.append((audio, satellite, language))
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return Heard(text, "en", audio.seconds)


def wav(audio: Audio) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(audio.channels)
        file.setsampwidth(2)
        file.setframerate(audio.rate)
        file.writeframes(audio.pcm)
    return out.getvalue()


async def test_each_stretch_of_speech_is_heard_by_itself(tmp_path: Path) -> None:
    one = saying("good night", rate=44_100, channels=2, around=1.0)
    path = tmp_path / "two.wav"
    path.write_bytes(wav(Audio(one.pcm * 2, one.rate, one.channels)))
    ear = Ear("good night", Unavailable("I cannot turn speech into words at the moment."))
    found = await trial(path, ear, satellite=CELLAR, language="en")
    assert (found.seconds, found.rate, found.channels) == (pytest.approx(6.4), 44_100, 2)
    assert 1.5 < found.speech_s < 3.5
    first, second = found.pieces
    assert (first.text, first.language, first.problem) == ("good night", "en", "")
    assert (second.text, second.problem) == ("", "I cannot turn speech into words at the moment.")
    assert 0.3 < first.begin_s < 1.1
    assert 1.9 < first.end_s < second.begin_s < 4.3
    assert 4.3 < second.end_s < 6.4
    assert set(found.ms) == {"detect", "text"}
    for audio, satellite, language in ear.asked:
        assert (audio.rate, audio.channels, satellite, language) == (16_000, 1, CELLAR, "en")


async def test_a_file_in_which_nobody_speaks_asks_no_engine() -> None:
    found = await trial(wav(Audio(bytes(64_000))), Ear())
    assert (found.pieces, found.speech_s, found.seconds) == ((), 0.0, 2.0)


async def test_who_does_not_say_is_nowhere() -> None:
    ear = Ear("good night")
    await trial(wav(saying("good night", around=1.0)), ear)
    assert ear.asked[0][1].id == NOWHERE


async def test_what_is_no_sound_is_refused_before_anything_starts() -> None:
    async def start() -> Child:
        raise AssertionError("nothing is to be started")

    with pytest.raises(Refused, match="no WAV file"):
        await trial(b"unlock the front door", Ear(), start=start)


async def test_a_detector_that_dies_is_said_to() -> None:
    async def start() -> Child:
        child = await Child.start("claw.voice.listening_child")
        os.kill(child.pid, signal.SIGKILL)
        return child

    with pytest.raises(Unavailable, match="ended"):
        await trial(wav(saying("good night")), Ear(), start=start)


@pytest.mark.parametrize("module", ["this", "claw.voice.no_such_child"])
async def test_a_detector_that_is_none_is_said_to_be(module: str) -> None:
    with pytest.raises(Unavailable):
        await trial(wav(saying("good night")), Ear(), start=lambda: Child.start(module))
