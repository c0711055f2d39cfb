"""What stands behind the Wyoming server: who makes words of sound, what words mean, and who vouches for whom."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.clock import Clock
from claw.voice.claims import Claims
from claw.voice.model import Audio, Ear, Heard, Hears, Satellite


class TellingEar(Ear, Protocol):
    """An ear that may tell what it understood so far."""

    @property
    def partials(self) -> bool:
        """Whether it tells what it understood before it is done."""
        ...

    async def transcribe(
        self,
        audio: Audio,
        satellite: Satellite,
        language: str | None = None,
        *,
        partial: Callable[[str], Awaitable[None]] | None = None,
    ) -> Heard:
        """Return what was said; raises Refused for what is no sound, Unavailable."""
        ...


@dataclass(frozen=True)
class Behind:
    """What stands behind the server.

    Without an ``ear`` only words can be brought.  ``stops`` tells whether a text engages the kill switch when it is
    said: that is heard whatever else is going on, and also where whoever brought the sound only asked for its text.
    """

    hearing: Hears
    claims: Claims
    stops: Callable[[str], bool]
    languages: Sequence[str]
    clock: Clock
    ear: TellingEar | None = None
