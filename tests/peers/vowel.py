"""A voice for tests, made of figures: a vowel that a detector of speech takes for one, with a short tone in it.

The tone says which sentence ``tests/peers/tiny_whisper.py`` hears; the vowel says that somebody speaks.  A tone alone
is no speech, and is dropped before any model hears it.
"""

import numpy as np
from numpy.typing import NDArray

from claw.voice.model import RATE, Audio
from tests.peers.tiny_whisper import SENTENCES, tone_hz

PITCH_HZ, HARMONICS = 130.0, 29
FORMANTS = ((550.0, 1.0), (1800.0, 0.5), (2500.0, 0.25))
"""Where the mouth of somebody who says "eh" lets sound through, and how much of it."""
WIDTH_HZ, BESIDES = 200.0, 0.02
SYLLABLES = 4.0
LOUD = 0.1
TONE_AT_S, TONE_S, TONE_LOUD = 0.5, 0.2, 0.25

Sound = NDArray[np.float64]


def vowel(seconds: float, rate: int = RATE) -> Sound:
    """Somebody says "eh" ``SYLLABLES`` times a second, not quite in tune; from -1 to 1."""
    t = np.arange(round(seconds * rate)) / rate
    pitch = PITCH_HZ * (1 + 0.08 * np.sin(2 * np.pi * 2.2 * t) - 0.1 * t / max(seconds, 1.0))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    sound = np.zeros_like(t)
    for harmonic in range(1, HARMONICS + 1):
        away = ((harmonic * pitch - middle) / WIDTH_HZ for middle, _ in FORMANTS)
        through = sum(share * np.exp(-0.5 * far**2) for far, (_, share) in zip(away, FORMANTS, strict=True))
        heard = harmonic * pitch < rate / 2  # what the rate cannot carry would come back as another sound
        sound += heard * (through + BESIDES) / harmonic * np.sin(harmonic * phase)
    syllables = np.clip(1.3 * np.sin(np.pi * SYLLABLES * t) ** 2, 0.05, 1.0)
    return LOUD * sound / max(float(np.abs(sound).max()), 1e-9) * syllables


def tone(k: int, seconds: float, rate: int = RATE, loud: float = TONE_LOUD) -> Sound:
    """The tone of sentence ``k``, which comes and goes softly."""
    count = round(seconds * rate)
    return loud * np.hanning(count) * np.sin(2 * np.pi * tone_hz(k) * np.arange(count) / rate)


def silence(seconds: float, rate: int = RATE) -> Sound:
    """Nothing, for ``seconds``."""
    return np.zeros(round(seconds * rate))


def pcm(sound: Sound) -> bytes:
    """Return ``sound`` as 16-bit little-endian samples."""
    return (np.clip(sound, -1.0, 1.0) * 32_767).astype("<i2").tobytes()


def saying(
    sentence: str,
    seconds: float = 1.2,
    rate: int = RATE,
    *,
    channels: int = 1,
    around: float = 0.3,
    sentences: tuple[str, ...] = SENTENCES,
) -> Audio:
    """Return the sound that the tiny Whisper of ``sentences`` hears as ``sentence``, with silence ``around`` it."""
    said = vowel(seconds, rate)
    beep = tone(sentences.index(sentence), TONE_S, rate)
    at = round(TONE_AT_S * rate)
    said[at : at + len(beep)] += beep
    whole = np.concatenate([silence(around, rate), said, silence(around, rate)])
    return Audio(pcm(np.repeat(whole, channels)), rate, channels)
