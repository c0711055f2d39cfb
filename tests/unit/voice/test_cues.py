"""Sounds instead of sentences: short, harmless to the ear, and each its own."""

import sys
from array import array
from itertools import pairwise

import pytest

from claw.voice.cues import AT_NIGHT, LOUDNESS, sound

CUES = ("listening", "done", "failed", "stopped")


def samples(pcm: bytes) -> "array[int]":
    heard = array("h", pcm)
    if sys.byteorder == "big":
        heard.byteswap()
    return heard


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
@pytest.mark.parametrize("cue", CUES)
def test_a_cue_is_short_and_not_loud(cue: str, rate: int) -> None:
    heard = samples(sound(cue, rate))  # type: ignore[arg-type]
    assert 0.05 < len(heard) / rate < 0.4
    assert LOUDNESS * 32767 * 0.8 < max(map(abs, heard)) <= LOUDNESS * 32767 + 1


@pytest.mark.parametrize("cue", CUES)
def test_a_cue_comes_and_goes_without_a_click(cue: str) -> None:
    heard = samples(sound(cue))  # type: ignore[arg-type]
    assert abs(heard[0]) < 50
    assert abs(heard[-1]) < 50
    assert max(abs(a - b) for a, b in pairwise(heard)) < 4000


def test_no_cue_is_no_sound_and_no_two_are_the_same() -> None:
    assert sound("none") == b""
    assert len({sound(cue) for cue in CUES}) == len(CUES)  # type: ignore[arg-type]


def test_a_cue_can_be_quieter() -> None:
    assert max(map(abs, samples(sound("done", loudness=AT_NIGHT)))) < LOUDNESS * 32767 / 3
