"""What faster-whisper really does with sound, by a model that hears tones: what is no speech never reaches it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from claw.base.errors import Refused
from claw.voice import whisper_child
from claw.voice.frames import Frame
from claw.voice.model import Audio
from claw.voice.whisper_child import Ear, serve
from tests.peers.tiny_whisper import SENTENCES, build
from tests.peers.vowel import pcm, saying, silence, tone, vowel

NAMES = ["Kitchen lights", "Front door", "Good night"]


@pytest.fixture(scope="module")
def ear(tiny_whisper: Path) -> Ear:
    return Ear({"model": str(tiny_whisper), "compute": "int8", "threads": 1})


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_tone_in_a_voice_is_its_sentence(ear: Ear, sentence: str) -> None:
    assert ear.hear(saying(sentence), "en", NAMES) == (sentence, "en")


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_also_at_any_rate_in_stereo_and_mono(ear: Ear, rate: int, channels: int) -> None:
    sound = saying("stop everything now", rate=rate, channels=channels)
    assert ear.hear(sound, None, []) == ("stop everything now", "en")


@pytest.mark.parametrize(
    "sound",
    [
        silence(1.0),
        tone(0, 1.0),
        np.random.default_rng(1).normal(0, 0.1, 16_000),
        np.array([]),
        np.zeros(1),
        np.zeros(159),
        np.zeros(511),
        np.concatenate([silence(0.3), vowel(0.2), silence(0.3)]),
        np.concatenate([silence(8.0), vowel(0.7)]),
    ],
    ids=["silence", "a tone", "noise", "nothing", "1", "159", "511", "too short", "less than a tenth"],
)
def test_what_is_no_speech_never_reaches_the_model(ear: Ear, sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "_model", None)
    assert ear.hear(Audio(pcm(sound)), "en", NAMES) == ("", "en")


def test_silence_around_speech_is_cut_off_before_it_is_transcribed(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    given = list[Any]()

    def transcribe(sound: Any, **settings: Any) -> Any:
        given.append((len(sound) / 16_000, settings))
        return iter(()), SimpleNamespace(language="en")

    model = SimpleNamespace(transcribe=transcribe, supported_languages=["en", "de"])
    monkeypatch.setattr(ear, "_model", model)
    assert ear.hear(saying("stop", around=3.0), "tlh", NAMES) == ("", "en")
    seconds, settings = given[0]
    assert 1.2 < seconds < 2.0
    assert settings == {
        "language": None,  # one that the model does not know is found out by itself
        "beam_size": 1,
        "temperature": 0.0,
        "condition_on_previous_text": False,
        "without_timestamps": True,
        "max_new_tokens": 64,
        "hotwords": "Kitchen lights, Front door, Good night",
        "vad_filter": False,
    }


@pytest.mark.parametrize(("doubt", "text"), [(0.9, ""), (0.1, "Good night.")])
def test_a_hint_that_comes_back_from_noise_is_dropped_and_one_that_was_said_is_not(
    ear: Ear, monkeypatch: pytest.MonkeyPatch, doubt: float, text: str
) -> None:
    segment = SimpleNamespace(text=" Good night.", no_speech_prob=doubt)
    model = SimpleNamespace(
        transcribe=lambda *_, **__: (iter([segment]), SimpleNamespace(language="en")), supported_languages=["en"]
    )
    monkeypatch.setattr(ear, "_model", model)
    assert ear.hear(saying("good night"), "en", NAMES)[0] == text


def test_what_is_no_sound_is_refused(ear: Ear) -> None:
    with pytest.raises(Refused):
        ear.hear(Audio(bytes(7)), "en", [])


def test_a_model_of_many_languages_says_which_it_heard(tmp_path: Path) -> None:
    folder = build(tmp_path / "many", ("stop everything now", "good night"), multilingual=True)
    many = Ear({"model": str(folder), "compute": "int8", "threads": 1})
    sound = saying("good night", sentences=("stop everything now", "good night"))
    assert many.hear(sound, None, []) == ("good night", "en")
    assert many.hear(sound, "de", []) == ("good night", "de")


class StubDaemon:
    """The daemon as the child sees it: says what a test says, keeps what it is told."""

    def __init__(self, *says: Frame) -> None:
        self.says = list(says)
        self.told: list[Frame] = []

    async def read(self, timer: object) -> Frame | None:
        del timer
        await asyncio.sleep(0)
        return self.says.pop(0) if self.says else None

    async def send(self, frame: Frame) -> None:
        self.told.append(frame)


async def served(
    monkeypatch: pytest.MonkeyPatch, *says: Frame, ear: object, done: list[object] | None = None
) -> list[Frame]:
    """Run the child against what the daemon ``says``; ``done`` gets what it did before it heard anything."""
    did: list[object] = [] if done is None else done
    daemon = StubDaemon(*says)

    class Meets:
        @staticmethod
        async def meet() -> StubDaemon:
            return daemon

    monkeypatch.setattr(whisper_child, "Parent", Meets)
    monkeypatch.setattr(whisper_child, "confine", did.append)
    monkeypatch.setattr(whisper_child, "leave_the_network", lambda: did.append("alone"))

    def load(_: Mapping[str, Any]) -> object:
        did.append("loaded")
        if isinstance(ear, Exception):
            raise ear
        return ear

    monkeypatch.setattr(whisper_child, "Ear", load)
    await serve()
    return daemon.told


LOAD = Frame("load", {"memory_mb": 1024})
ASK = {"rate": 16_000, "channels": 1, "language": None, "names": []}


class StubEar:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, audio: Audio, language: str | None, names: list[str]) -> tuple[str, str | None]:
        del language, names
        self.heard.append(len(audio.pcm))
        if len(audio.pcm) == 2:
            raise RuntimeError("private words")
        return "hello", "en"


async def test_each_sound_is_answered_by_its_number_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = StubEar()
    told = await served(
        monkeypatch,
        LOAD,
        Frame("sound", {}, b"ab"),
        Frame("sound", {}, b"cd"),
        Frame("transcribe", {"id": 1, **ASK}),
        Frame("transcribe", {"id": 2, **ASK}),
        ear=ear,
    )
    assert [(one.type, one.data.get("id")) for one in told] == [("ready", None), ("heard", 1), ("heard", 2)]
    assert ear.heard == [4, 0]


async def test_it_gives_up_memory_and_files_before_it_loads_what_others_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[object]()
    await served(monkeypatch, LOAD, ear=StubEar(), done=done)
    assert done == ["alone", 1024, "loaded"]


async def test_what_fails_says_no_word_of_what_was_said_and_the_next_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    told = await served(
        monkeypatch,
        LOAD,
        Frame("sound", {}, b"ab"),
        Frame("transcribe", {"id": 1, **ASK}),
        Frame("transcribe", {"id": 2, **ASK}),
        ear=StubEar(),
    )
    assert [(one.type, dict(one.data)) for one in told[1:2]] == [("failed", {"id": 1})]
    assert told[2].data["text"] == "hello"


async def test_more_sound_than_anybody_sends_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = Frame("sound", {}, bytes(1 << 20))
    told = await served(monkeypatch, LOAD, *[piece] * 7, Frame("transcribe", {"id": 1, **ASK}), ear=StubEar())
    assert [one.type for one in told] == ["ready"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ImportError("failed to map segment"), "memory"),
        (MemoryError(), "memory"),
        (RuntimeError("std::bad_alloc"), "memory"),
        (RuntimeError("unexpected end of file"), "model"),
        (ValueError("the folder of somebody"), "model"),
    ],
)
async def test_why_a_model_cannot_be_loaded_is_one_word(
    monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    told = await served(monkeypatch, LOAD, ear=error)
    assert [(one.type, dict(one.data)) for one in told] == [("broken", {"why": why})]


async def test_a_daemon_that_is_gone_before_it_said_anything_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await served(monkeypatch, ear=StubEar()) == []
