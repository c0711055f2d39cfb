"""Sound that comes in over a Wyoming connection: only of a kind that can be heard, and only so much of it.

It is held in memory until somebody has stopped speaking, and nowhere else.  What all connections hold together is
bounded too: sixty satellites that talk for half a minute would be three hundred megabytes.
"""

from claw.base.errors import Refused, Unavailable
from claw.voice.frames import WIDTH, Frame, sound_form
from claw.voice.model import LONGEST_S, Audio

MOST_AT_ONCE = 32 << 20
"""Bytes that all connections hold together: thirty satellites with half a minute each, as they usually send it."""

Shape = tuple[int, int]
"""Rate and channels."""


class BadSound(Refused):
    """Sound that nothing here can hear."""


class Room:
    """How much sound may still be held; one for all connections."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self.left = most

    def take(self, count: int) -> None:
        """Have room for ``count`` bytes; raises Unavailable where there is none."""
        if count > self.left:
            raise Unavailable("too many people are talking to me at once")
        self.left -= count

    def free(self, count: int) -> None:
        """Give back what was taken."""
        self.left += count


class Recording:
    """One utterance while it is spoken."""

    def __init__(self, shape: Shape, room: Room) -> None:
        self._rate, self._channels = shape
        self._most = int(LONGEST_S * self._rate) * WIDTH * self._channels
        self._room = room
        self._pcm = bytearray()
        self._held = 0
        self._truncated = False

    @property
    def full(self) -> bool:
        """Whether there is more than anybody listens to."""
        return self._truncated

    def add(self, frame: Frame) -> None:
        """Take a chunk, or what of it still counts.

        Raises BadSound where it is no whole samples, or of another kind than what came before, and Unavailable where
        there is no room for it.
        """
        if shape_of(frame) != (self._rate, self._channels):
            raise BadSound("the sound changed its rate or channels in the middle")
        if len(frame.payload) % (WIDTH * self._channels):
            raise BadSound("a chunk of sound ends in the middle of a sample")
        fits = frame.payload[: self._most - self._held]
        self._truncated |= len(fits) < len(frame.payload)
        self._room.take(len(fits))
        self._held += len(fits)
        self._pcm += fits

    def audio(self) -> Audio:
        """Return what was spoken, once; it counts as held until ``close``."""
        pcm, self._pcm = bytes(self._pcm), bytearray()
        return Audio(pcm, self._rate, self._channels, truncated=self._truncated)

    def close(self) -> None:
        """Let go of it."""
        self._room.free(self._held)
        self._held = 0
        self._pcm.clear()


def shape_of(frame: Frame) -> Shape:
    """Return rate and channels of an ``audio-start`` or ``audio-chunk``; raises BadSound for what cannot be heard."""
    shape = sound_form(frame)
    if shape is None:
        raise BadSound("expected sound of 8 to 48 kHz in samples of two bytes, one or two of them side by side")
    return shape
