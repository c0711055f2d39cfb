"""Whatever a microphone gave comes out as 16 kHz, mono, between -1 and 1, and sounds the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.voice.model import Audio
from claw.voice.samples import samples


def beep(hz: float, rate: int, channels: int = 1, seconds: float = 0.5) -> Audio:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return Audio(np.repeat((wave * 32_767).astype("<i2"), channels).tobytes(), rate, channels)


def loudest(sound: np.ndarray) -> float:
    """The frequency with the most in it."""
    return float(np.argmax(np.abs(np.fft.rfft(sound))) * 16_000 / len(sound))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_a_beep_stays_the_same_beep(rate: int, channels: int) -> None:
    sound = samples(beep(1_000, rate, channels))
    assert sound.dtype == np.float32
    assert abs(len(sound) - 8_000) <= 1
    assert abs(loudest(sound) - 1_000) < 3
    assert abs(float(np.abs(sound[1_000:7_000]).max()) - 0.5) < 0.02


def test_what_is_too_high_for_the_models_does_not_come_back_as_something_else() -> None:
    assert float(np.abs(samples(beep(12_000, 48_000))[1_000:7_000]).max()) < 0.01


def test_two_channels_are_heard_together() -> None:
    left, right = np.full(800, 16_000, "<i2"), np.full(800, -16_000, "<i2")
    sound = samples(Audio(np.column_stack((left, right)).tobytes(), channels=2))
    assert (len(sound), float(np.abs(sound).max())) == (800, 0.0)


@pytest.mark.parametrize(
    "audio",
    [Audio(b"\0" * 7), Audio(b"\0" * 6, channels=2), Audio(b"\0" * 8, rate=0), Audio(b"\0" * 6, channels=3)],
)
def test_what_is_no_sound_is_refused(audio: Audio) -> None:
    with pytest.raises(Refused):
        samples(audio)


@given(st.binary(max_size=2_000), st.integers(8_000, 48_000), st.sampled_from([1, 2]))
def test_any_bytes_become_finite_figures_of_the_right_length(raw: bytes, rate: int, channels: int) -> None:
    raw = raw[: len(raw) // (2 * channels) * 2 * channels]
    sound = samples(Audio(raw, rate, channels))
    assert len(sound) == round(len(raw) // (2 * channels) * 16_000 / rate)
    assert np.isfinite(sound).all()
    assert sound.size == 0 or float(np.abs(sound).max()) <= 1.0
