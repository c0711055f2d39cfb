"""Sounds instead of sentences: that Claw listens, that it is done, that it failed, that it is stopped.

They are computed, so that no file has to be shipped or licensed: two notes upwards for yes, downwards for no, one alone
to say "go on", a low double for the stop.
"""

import math
import sys
from array import array
from functools import cache

from claw.voice.model import Cue

SPEAKER_RATE = 22_050
"""Samples a second of what a microphone's own speaker command plays, where no voice's server says otherwise."""
LOUDNESS, AT_NIGHT = 0.25, 0.06
NOTE_S = 0.09
FADE_S = 0.01
"""What each note takes to come and go: without it, it clicks."""

_NOTES: dict[Cue, tuple[float, ...]] = {
    "none": (),
    "listening": (880.0,),
    "done": (660.0, 880.0),
    "failed": (440.0, 330.0),
    "stopped": (220.0, 0.0, 220.0),
}


@cache
def sound(cue: Cue, rate: int = SPEAKER_RATE, loudness: float = LOUDNESS) -> bytes:
    """Return a cue as signed 16-bit little-endian mono samples, ``rate`` a second; ``loudness`` is from 0 to 1."""
    count, fade = int(NOTE_S * rate), FADE_S * rate
    samples = array("h")
    for hertz in _NOTES[cue]:
        for at in range(count):
            edge = min(1.0, at / fade, (count - 1 - at) / fade)
            samples.append(round(32767 * loudness * edge * math.sin(2 * math.pi * hertz * at / rate)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
