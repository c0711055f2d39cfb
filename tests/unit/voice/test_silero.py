"""The detector of speech: a voice is one, what hums and hisses is none, and a stream is heard like a whole."""

from pathlib import Path

import numpy as np
import pytest

from claw.base.errors import Broken
from claw.voice import cues, silero
from claw.voice.model import Cue
from claw.voice.segmenter import FRAME_S, SAMPLES, Event, Segmenter
from claw.voice.silero import Silero, samples
from tests.peers.espeak import said
from tests.peers.vowel import Sound, pcm, tone, vowel

SECOND = 16_000


def likelihoods(sound: bytes) -> list[float]:
    """Return how likely each whole frame is speech."""
    silero, size = Silero(), 2 * SAMPLES
    return [silero.hear(sound[at : at + size]) for at in range(0, len(sound) - size + 1, size)]


def share(sound: bytes) -> float:
    heard = likelihoods(sound)
    return sum(one > 0.5 for one in heard) / len(heard)


def commands(sound: bytes) -> list[Event]:
    segmenter = Segmenter()
    events = [event for one in likelihoods(sound) for event in segmenter.feed(one)]
    return [event for event in (*events, *segmenter.flush()) if event.kind == "ended"]


def test_a_vowel_is_speech() -> None:
    assert share(pcm(vowel(2.0))) > 0.8


NOISES: dict[str, Sound] = {
    "silence": np.zeros(2 * SECOND),
    "hiss": np.random.default_rng(8).normal(0, 0.1, 2 * SECOND),
    "hum": 0.3 * np.sin(2 * np.pi * 50 * np.arange(2 * SECOND) / SECOND),
    "tone": tone(3, 2.0),
    "clicks": np.where(np.arange(2 * SECOND) % 4000 == 0, 0.9, 0.0),
}


@pytest.mark.parametrize("noise", NOISES)
def test_what_hums_and_hisses_is_no_speech(noise: str) -> None:
    assert max(likelihoods(pcm(NOISES[noise]))) < 0.5


@pytest.mark.parametrize("cue", ["listening", "done", "failed", "stopped"])
def test_a_cue_of_claws_is_no_command(cue: Cue) -> None:
    """A person begins to speak while it sounds, so nothing is deaf for it."""
    assert not commands(bytes(SECOND) + cues.sound(cue, SECOND) + bytes(2 * SECOND))


def test_a_spoken_sentence_is_found_where_it_is() -> None:
    (command,) = commands(said("turn on the kitchen lights", before=1.0, after=1.5))
    assert 0.3 < command.begin * FRAME_S < 1.1
    assert not command.cut


def test_three_sentences_are_three() -> None:
    sentences = ("turn on the kitchen lights", "is the garage door open", "stop everything now")
    assert len(commands(b"".join(said(one, before=0.5, after=1.0) for one in sentences))) == 3


def test_a_new_stream_does_not_remember_the_one_before() -> None:
    ear, frame = Silero(), pcm(vowel(1.0))[: 2 * SAMPLES]
    first = ear.hear(frame)
    ear.hear(frame)
    ear.forget()
    assert ear.hear(frame) == first


def test_sound_is_between_minus_one_and_one() -> None:
    assert samples(b"\x00\x80\xff\x7f\x00\x00\x07").tolist() == [-1.0, pytest.approx(1.0, abs=1e-4), 0.0]


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero, "find_spec", lambda _name: None)
    with pytest.raises(Broken, match="make voice"):
        silero.model()


def test_the_model_is_the_one_that_came_with_the_package() -> None:
    assert silero.model().is_file()
    assert Path(silero.model()).parent.name == "assets"
