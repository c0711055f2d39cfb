"""Makes of whatever a microphone gave what the models take: 16,000 numbers between -1 and 1 a second, of one channel.

For children only: numpy is one of the heavy packages.  A model that is given anything else does not complain, it
writes nonsense, so this is the one way to it.
"""

import numpy as np
from numpy.typing import NDArray

from claw.base.errors import Refused
from claw.voice.model import CHANNELS, RATE, RATES, Audio

FULL_SCALE = 32_768

Samples = NDArray[np.float32]


def samples(audio: Audio) -> Samples:
    """Return ``audio`` as the models take it; raises Refused for what is no sound of 8 to 48 kHz in mono or stereo."""
    if audio.rate not in RATES or audio.channels not in CHANNELS or len(audio.pcm) % (2 * audio.channels):
        raise Refused("no sound of 8 to 48 kHz with one or two channels")
    heard = np.frombuffer(audio.pcm, dtype="<i2").reshape(-1, audio.channels)
    mono = heard.mean(axis=1, dtype=np.float64) / FULL_SCALE
    return _resampled(mono, audio.rate).astype(np.float32)


def _resampled(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return the same sound at ``RATE``: its spectrum, with what no longer fits cut off."""
    length = round(len(mono) * RATE / rate)
    if rate == RATE or length == 0:
        return mono[:length]
    spectrum = np.fft.rfft(mono)
    return np.clip(np.fft.irfft(spectrum[: length // 2 + 1], length) * (length / len(mono)), -1.0, 1.0)
