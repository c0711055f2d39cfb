"""Where a spoken command begins and ends, told from one figure for every 32 ms: how likely that is speech.

Pure, so that its tests are traces of figures.  The times are those that Home Assistant's own satellites use: 0.3 s of
speech begin a command and 0.7 s of silence end it, so that none is shorter than a second with its silence; 15 s are the
most.  A cough or a click is shorter than 0.3 s, and does not add up with the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from claw.voice.model import RATE

SAMPLES = 512
"""Samples of one frame: what the detector takes at once."""
FRAME_S = SAMPLES / RATE

Kind = Literal["started", "paused", "resumed", "ended", "nobody"]
"""Speech began · it is quiet for a moment · it was only a pause · the command is over · nobody said anything."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, and likelihoods from 0 to 1.

    ``speech`` is how likely a frame must be to begin as speech, ``silence`` how unlikely to end it: what lies between
    goes on as it was.  ``before`` is kept from before the first frame of speech, for the consonant nobody heard.
    """

    start_s: float = 0.3
    pause_s: float = 0.25
    end_s: float = 0.7
    longest_s: float = 15.0
    nobody_s: float = 5.0
    before_s: float = 0.5
    gap_s: float = 0.3
    speech: float = 0.5
    silence: float = 0.35


@dataclass(frozen=True, slots=True)
class Event:
    """What was noticed, in frames since the segmenter was made.

    ``begin`` to ``end`` is the sound that belongs to it, what is kept from before included; ``quiet`` is how many
    frames of silence are at its end; ``cut`` says that it ended because it grew too long.
    """

    kind: Kind
    begin: int
    end: int
    quiet: int = 0
    cut: bool = False


class Segmenter:
    """Takes a likelihood for each frame and tells of commands."""

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()
        self._frame = 0
        self._earliest = 0
        self._until: int | None = None
        self._rest()

    def wait(self, seconds: float | None) -> None:
        """Begin to wait for a command from here on: nothing earlier belongs to it.

        After ``seconds`` without speech it tells that nobody spoke; None waits for ever.
        """
        self._earliest = self._frame
        self._until = None if seconds is None else self._frame + _frames(seconds)
        self._rest()

    @property
    def keeps(self) -> int:
        """The earliest frame whose sound is still wanted."""
        if self._began is not None:
            return self._began
        first = self._frame if self._first is None else self._first
        return max(self._earliest, first - _frames(self._timing.before_s))

    def feed(self, likelihood: float) -> Iterator[Event]:
        """Take the next frame and give what it tells: mostly nothing, at most one event."""
        self._frame += 1
        timing = self._timing
        # What is no number counts as silence.
        sounds = likelihood >= (timing.silence if self._sounding else timing.speech)
        self._sounding = sounds
        self._quiet = 0 if sounds else self._quiet + 1
        if self._began is None:
            yield from self._before(sounds=sounds)
        else:
            yield from self._within(self._began, sounds=sounds)

    def flush(self) -> Iterator[Event]:
        """Give the end of a command that the sound stopped in the middle of."""
        if self._began is not None:
            yield Event("ended", self._began, self._frame, self._quiet)
            self.wait(None)

    def _before(self, *, sounds: bool) -> Iterator[Event]:
        timing = self._timing
        if sounds:
            self._first = self._frame - 1 if self._first is None else self._first
            self._spoken += 1
            if self._spoken * FRAME_S >= timing.start_s:
                self._began = max(self._earliest, self._first - _frames(timing.before_s))
                self._until = None
                yield Event("started", self._began, self._frame)
            return
        if self._quiet * FRAME_S >= timing.gap_s:
            self._first, self._spoken = None, 0
        if self._until is not None and self._frame >= self._until and self._first is None:
            self.wait(None)
            yield Event("nobody", self._frame, self._frame)

    def _within(self, began: int, *, sounds: bool) -> Iterator[Event]:
        timing = self._timing
        if (self._frame - began) * FRAME_S >= timing.longest_s:
            yield Event("ended", began, self._frame, self._quiet, cut=True)
            self.wait(None)
        elif sounds and self._paused:
            self._paused = False
            yield Event("resumed", began, self._frame)
        elif self._quiet * FRAME_S >= timing.end_s:
            yield Event("ended", began, self._frame, self._quiet)
            self.wait(None)
        elif self._quiet * FRAME_S >= timing.pause_s and not self._paused:
            self._paused = True
            yield Event("paused", began, self._frame, self._quiet)

    def _rest(self) -> None:
        self._began: int | None = None
        self._first: int | None = None
        self._spoken = 0
        self._quiet = 0
        self._paused = False
        self._sounding = False


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_S)
