"""Sound that is not sent away: while everything is stopped, an open microphone has nobody to tell what a room says.

A stopped house still listens, so that it can say that it is stopped to whoever speaks to it.  Nobody speaks to it
through a microphone that no wake word opened, and what would stop everything has done so: that sound stays here.
"""

from collections.abc import Callable

from claw.base.errors import Unavailable
from claw.voice.model import Audio, Heard, Satellite
from claw.voice.transcriber import Speculation, Transcriber

STOPPED = "Claw is stopped, and until a reset no sound that only tries something out is sent to another machine."


class OpenEar:
    """The ear of a microphone that is always open, where what it hears leaves this machine."""

    def __init__(self, ear: Transcriber, withheld: Callable[[], bool]) -> None:
        """``withheld``: whether nothing is sent now (``Stop.engaged``)."""
        self._ear = ear
        self._withheld = withheld

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        """Return what was said, nothing where it is withheld; raises Refused, Unavailable."""
        if self._withheld():
            return Heard("", language, audio.seconds)
        return await self._ear.transcribe(audio, satellite, language)

    def speculate(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Speculation | None:
        """Begin with what may be all of it; None where that is withheld too, or would be in the way."""
        return None if self._withheld() else self._ear.speculate(audio, satellite, language)


class TriedEar:
    """The ear for recordings that somebody tries, the same."""

    def __init__(self, ear: Transcriber, withheld: Callable[[], bool]) -> None:
        self._ear = ear
        self._withheld = withheld
        self.state = ear.state

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        """Return what was said; raises Refused, and Unavailable where it is withheld too."""
        if self._withheld():
            raise Unavailable(STOPPED)
        return await self._ear.transcribe(audio, satellite, language)
