"""The conversation of each satellite: kept for some minutes, and never anybody else's.

What a peer calls a conversation is a claim.  It separates talks within the satellite that it came from and means
nothing anywhere else: the name that the rest of Claw knows a talk by is drawn here, and ends in what nobody can guess.
Who does not say where they are, and claims no talk, has a talk of one sentence.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.voice.model import NOWHERE, Satellite
from claw.voice.twins import Key, key_of

TALK_S = 300.0
"""After so long a silence the next sentence begins anew."""

SUGGESTED_S = 15.0
"""A yes to "did you mean …?" is a yes for this long."""

MOST_OF_ONE = 32
"""Talks that one satellite may keep apart; what claims more loses its oldest, and nobody else's."""

MOST = 256


@dataclass(eq=False)
class Talk:
    """One conversation at one satellite.

    ``suggested`` is what was asked about ("did you mean …?") and until when a yes means it.
    """

    id: str
    satellite: Satellite
    last: float
    suggested: tuple[str, float] = ("", 0.0)


class Talks:
    """The talks of all satellites; one for the daemon."""

    def __init__(self, clock: Clock) -> None:
        """Nobody has spoken yet."""
        self._clock = clock
        self._talks: OrderedDict[tuple[Key, str], Talk] = OrderedDict()

    def of(self, satellite: Satellite, claimed: str = "") -> Talk:
        """Return the talk that goes on at ``satellite``, or a new one; ``claimed`` is what its peer calls it."""
        self._let_go()
        key = (key_of(satellite), claimed)
        known = self._talks.get(key)
        if known is None or (satellite.id == NOWHERE and not claimed) or known.satellite != satellite:
            known = self._talks[key] = Talk(_name(satellite), satellite, self._clock.monotonic())
            self._make_room(key)
        self._talks.move_to_end(key)
        known.last = self._clock.monotonic()
        return known

    def satellite(self, conversation: str) -> Satellite | None:
        """Return where a talk is held, None where it is over or never was: where a late answer belongs."""
        self._let_go()
        return next((talk.satellite for talk in self._talks.values() if talk.id == conversation), None)

    def erase(self, erasure: Erasure) -> int:
        """End every talk: what was suggested in it may hold anything."""
        del erasure
        gone = len(self._talks)
        self._talks.clear()
        return gone

    def _let_go(self) -> None:
        since = self._clock.monotonic() - TALK_S
        while self._talks and next(iter(self._talks.values())).last < since:
            self._talks.popitem(last=False)

    def _make_room(self, fresh: tuple[Key, str]) -> None:
        own = [key for key in self._talks if key[0] == fresh[0]]
        for key in own[: max(0, len(own) - MOST_OF_ONE)]:
            del self._talks[key]
        while len(self._talks) > MOST:
            self._talks.popitem(last=False)


def _name(satellite: Satellite) -> str:
    return f"voice:{satellite.source}:{satellite.id}:{secrets.token_hex(8)}"
