"""What a microphone makes of its sound, frame by frame: woken, a command begins, it pauses, here it is.

No input, no output, no clock: it is given sound and answers with what to tell the daemon.  While Claw itself sounds in
the room nothing is a command (what is heard then is mostly Claw): the wake word still wakes, and without one what was
said over Claw's voice goes out marked as such, for a stop.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from claw.voice.frames import Frame
from claw.voice.segmenter import FRAME_S, SAMPLES, Event, Segmenter, Timing

FRAME_BYTES = 2 * SAMPLES
DEAF_S = 0.5
"""After Claw sounded: what a room and a speaker's buffer give back."""
REFRACTORY_S = 2.0
"""A wake word is said once, and found with every frame for a moment."""
STOP_WORD = "stop"
"""A wake word of this name wakes nothing: it ends what Claw says, or what rings, without any text."""
STOPS_FOR_S = 12.0
"""And so long after Claw sounded it may be meant for it: a timer rings every ten seconds."""


class Detector(Protocol):
    """Tells speech (``claw/voice/silero.py``)."""

    def hear(self, pcm: bytes, /) -> float:
        """Return how likely this frame of 16-bit samples is speech."""
        ...

    def forget(self) -> None:
        """Begin a stream anew."""
        ...


class Wakes(Protocol):
    """Tells wake words (``claw/voice/wake.py``)."""

    def hear(self, pcm: bytes, /) -> str | None:
        """Return the name of a word that ended about here."""
        ...


@dataclass(frozen=True, slots=True)
class _Sound:
    pcm: bytes
    over: bool


class Listening:
    """One microphone's state; without ``wakes`` every command counts."""

    def __init__(self, detector: Detector, wakes: Wakes | None, timing: Timing | None = None) -> None:
        """See the class."""
        self._timing = timing or Timing()
        self._detector = detector
        self._wakes = wakes
        self._segmenter = Segmenter(self._timing)
        self._kept: deque[_Sound] = deque()
        self._first = 0
        self._open = wakes is None
        self._sounding = False
        self._deaf = 0
        self._refractory = 0
        self._sounded = 0
        self._then: float | None = None

    def hear(self, pcm: bytes) -> Iterator[Frame]:
        """Take the next 32 ms and give what there is to tell."""
        self._refractory = max(0, self._refractory - 1)
        self._sounded = round(STOPS_FOR_S / FRAME_S) if self._sounding else max(0, self._sounded - 1)
        word = self._wakes.hear(pcm) if self._wakes else None
        if word is not None and not self._refractory:
            yield from self._woken(word)
        if self._deaf:
            self._deaf -= 1
            if not self._deaf and self._then is not None:
                self._awake(self._then)
            return
        if not self._open:
            return
        self._kept.append(_Sound(pcm, self._sounding))
        for event in self._segmenter.feed(self._detector.hear(pcm)):
            yield from self._told(event)
        self._let_go()

    def flush(self) -> Iterator[Frame]:
        """Give the command that the sound ended in the middle of."""
        for event in self._segmenter.flush():
            yield from self._told(event)

    def speaking(self) -> None:
        """Claw begins to sound in the room."""
        self._sounding = True
        self._deaf = 0

    def spoke(self, then: float | None = None) -> None:
        """Claw does not sound any more; ``then`` is for how many seconds it listens without a wake word."""
        if not self._sounding:
            return
        self._sounding = False
        if self._wakes is not None and self._open:
            return  # a command was begun before Claw did, and goes on
        self._deaf = round(DEAF_S / FRAME_S)
        self._then = then
        self._begin(None)

    def _woken(self, word: str) -> Iterator[Frame]:
        if word == STOP_WORD:
            if self._sounded:
                self._refractory = round(REFRACTORY_S / FRAME_S)
                yield Frame("stop")
            return
        if self._open and not self._sounding:
            return  # it is part of what is being said
        self._refractory = round(REFRACTORY_S / FRAME_S)
        self._sounding = False  # whoever hears of this cuts it
        self._deaf = 0
        self._awake(self._timing.nobody_s)
        yield Frame("wake", {"word": word})

    def _awake(self, seconds: float) -> None:
        self._open = True
        self._then = None
        self._begin(seconds if self._wakes else None)

    def _begin(self, seconds: float | None) -> None:
        self._segmenter.wait(seconds)
        self._detector.forget()
        self._let_go()

    def _let_go(self) -> None:
        while self._kept and self._first < self._segmenter.keeps:
            self._kept.popleft()
            self._first += 1

    def _told(self, event: Event) -> Iterator[Frame]:
        if event.kind in {"started", "resumed"}:
            yield Frame(event.kind)
            return
        if event.kind == "nobody":
            yield Frame("nobody")
        else:
            heard = [self._kept[at - self._first] for at in range(max(event.begin, self._first), event.end)]
            over = any(sound.over for sound in heard)
            data = {"quiet_s": round(event.quiet * FRAME_S, 3), "cut": event.cut, "over": over}
            yield Frame("paused" if event.kind == "paused" else "clip", data, b"".join(one.pcm for one in heard))
        if event.kind != "paused":
            self._open = self._wakes is None
