"""One command, heard by two satellites: done once.

Between two rooms with an open door both microphones hear it, and both machines send it.  The first that comes does it;
the other waits for what becomes of that, and does it itself only where the first could not (it stood nowhere, so that
"turn on the light" meant nothing there).  Words are kept as their hash, and only for as long as it takes.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field

from claw.base.clock import Clock
from claw.voice.echo import normalised
from claw.voice.model import Satellite

TWIN_S = 2.0
"""Two microphones and two engines differ by this much at most; the same again later is meant again."""

MOST_KEPT = 256

Key = tuple[str, str]


def key_of(satellite: Satellite) -> Key:
    """Return what tells satellites apart: who brought it, and what it is called there."""
    return satellite.source, satellite.id


@dataclass(eq=False)
class Once:
    """A command that is being done for the first satellite that sent it; ``acted`` will say whether it was.

    None: nobody even tried, as too much was said there at once.
    """

    satellite: Satellite
    at: float
    acted: asyncio.Future[bool | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, *, acted: bool | None) -> None:
        """Say what became of it; the first word counts."""
        if not self.acted.done():
            self.acted.set_result(acted)


class Twins:
    """The commands of the last two seconds; one for the daemon."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was heard yet."""
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._heard: dict[bytes, Once] = {}

    def first(self, text: str, satellite: Satellite) -> Once | None:
        """Return the command that another satellite brought in the same words just before, None where this is first."""
        known = self._fresh().get(self._digest(text))
        return known if known is not None and key_of(known.satellite) != key_of(satellite) else None

    def begin(self, text: str, satellite: Satellite) -> Once:
        """Take note that ``satellite`` brought a command, and return what says later what became of it."""
        once = Once(satellite, self._clock.monotonic())
        kept = self._fresh()
        kept[self._digest(text)] = once
        while len(kept) > MOST_KEPT:
            kept.pop(next(iter(kept))).settle(acted=False)
        return once

    def _fresh(self) -> dict[bytes, Once]:
        since = self._clock.monotonic() - TWIN_S
        self._heard = {digest: once for digest, once in self._heard.items() if once.at >= since}
        return self._heard

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(normalised(text).encode(), key=self._salt, digest_size=16).digest()
