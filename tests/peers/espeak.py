"""A robot that speaks, for what listens to speech: espeak-ng.  It says nothing about how well people are understood."""

import io
import shutil
import subprocess
import wave
from functools import cache

import numpy as np
import pytest

from claw.voice.model import Audio
from claw.voice.samples import samples

PROGRAM = "espeak-ng"


@cache
def said(text: str, *, before: float = 0.5, after: float = 1.0, voice: str = "en-us") -> bytes:
    """Return ``text`` spoken, with seconds of silence around it, as 16 kHz mono 16-bit samples."""
    if shutil.which(PROGRAM) is None:
        pytest.skip("espeak-ng is not installed, nothing was tried with a spoken voice (apt install espeak-ng)")
    command = [PROGRAM, "-v", voice, "--stdout", text]
    spoken = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
    with wave.open(io.BytesIO(spoken)) as wav:
        audio = Audio(wav.readframes(wav.getnframes()), wav.getframerate(), wav.getnchannels())
    sound = (samples(audio) * 32_767).astype("<i2")
    quiet = [np.zeros(round(seconds * 16_000), "<i2") for seconds in (before, after)]
    return np.concatenate([quiet[0], sound, quiet[1]]).tobytes()
