"""The nouns of what is heard and said aloud.

A satellite is a place to speak, never a person: whoever stands there speaks through it, and so does a television.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from claw.base.action import Origin, Reply
from claw.base.clock import Clock

RATE = 16_000
"""Samples a second that every engine and the detector of speech work with."""
LONGEST_S = 30.0
"""More audio than this is cut: nobody gives a command for half a minute, and Whisper hears thirty seconds at once."""

NOWHERE = "nowhere"
"""The satellite of whoever does not say, or may not say, where they are."""

Stage = Literal["wake", "speech", "text", "intent", "act", "said"]
"""Wake word, end of speech, text, what it means, the acts acknowledged, the first sound (or byte) of the answer."""
STAGES: tuple[Stage, ...] = get_args(Stage)

Cue = Literal["none", "listening", "done", "failed", "stopped"]
"""A sound instead of a sentence."""

Ignored = Literal["blank", "long", "twin", "echo"]
"""No words · more than anybody says · another satellite heard the same · it was Claw's own voice."""

RATES = range(8_000, 48_001)
"""Samples a second of sound that can be heard here; each of them has two bytes."""
CHANNELS = (1, 2)


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound as signed 16-bit little-endian samples, ``channels`` of them side by side, ``rate`` times a second.

    ``truncated``: there was more than ``LONGEST_S`` of it.
    """

    pcm: bytes
    rate: int = RATE
    channels: int = 1
    truncated: bool = False

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.pcm) / (2 * self.channels * self.rate)


@dataclass(frozen=True, slots=True)
class Hints:
    """What helps an engine to hear right: the language, and the names of things, those of the speaker's room first."""

    language: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of audio: no text where it heard no words; ``seconds`` is how much it listened to."""

    text: str
    language: str | None = None
    seconds: float = 0.0
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Satellite:
    """Where something was said.

    ``id`` names it in policies (``voice:<id>``); ``place`` is the area that the registry puts it in, None where nobody
    vouches for it; ``entity`` its ``assist_satellite`` in Home Assistant, where it has one; ``source`` who brought it
    (a peer's address, ``microphone``).
    """

    id: str = NOWHERE
    place: str | None = None
    entity: str | None = None
    source: str = ""


class Stages:
    """When each stage of one spoken turn was reached; a stage that does not happen is never marked."""

    def __init__(self, clock: Clock) -> None:
        """Begin now."""
        self._clock = clock
        self._began = clock.monotonic()
        self._at: dict[Stage, float] = {}

    def mark(self, stage: Stage, *, at: float | None = None) -> None:
        """Note that ``stage`` is reached, now or at that moment of the monotonic clock; the first mark counts."""
        self._at.setdefault(stage, self._clock.monotonic() if at is None else at)

    def at(self, stage: Stage) -> float | None:
        """Return when a stage was reached, on the monotonic clock; None where it was not."""
        return self._at.get(stage)

    def spans(self) -> dict[str, float]:
        """Return what each reached stage took, in milliseconds since the one before it."""
        spans, before = {}, self._began
        for stage in STAGES:
            if (at := self._at.get(stage)) is not None:
                spans[stage] = round(max(0.0, at - before) * 1000, 3)
                before = max(before, at)
        return spans


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words that came out of some ear.

    ``conversation`` is what the ear's owner calls the talk; it means something for this one satellite only.
    """

    text: str
    satellite: Satellite
    stages: Stages
    language: str | None = None
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back to the satellite: ``text`` to say, which may be empty, and a ``cue`` to sound.

    Whoever can sound a cue sounds ``done`` instead of the text, which says the same, and any other cue before it.
    ``handled`` is False where nothing could be made of the words.  ``ignored`` says why nothing was done with them.
    """

    text: str
    cue: Cue = "none"
    handled: bool = True
    ignored: Ignored | Literal[""] = ""
    language: str = "en"
    reply: Reply | None = None
    origin: Origin | None = None


class Ear(Protocol):
    """Sound to text (``claw/voice/transcriber.py``)."""

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        """Return what was said; raises Refused for what is no sound, Unavailable."""
        ...


class Hears(Protocol):
    """What words mean (``claw/voice/hearing.py``)."""

    async def hear(self, utterance: Utterance) -> Answer:
        """Return the answer; raises nothing for anything that was said."""
        ...
