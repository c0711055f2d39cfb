"""What a person may configure about background work: for how long it leaves alone what somebody changed by hand."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

LONGEST_S = 86_400.0
"""After a day nobody remembers what a hand was for."""

_HELD = re.compile(r"([0-9]{1,5}) ?(s|min|h)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def held_s(written: str) -> float:
    """Return the seconds of ``30 min``, ``2 h`` or ``0 s``; raises ValueError for anything else and above a day."""
    found = _HELD.fullmatch(written)
    length = int(found[1]) * _SECONDS[found[2]] if found else -1.0
    if not 0 <= length <= LONGEST_S:
        raise ValueError(f"found {written!r}, expected a span such as 30 min or 2 h, at most 24 h; 0 s for never")
    return length


def _held(written: str) -> str:
    held_s(written)
    return written


Held = Annotated[str, AfterValidator(_held)]
Thing = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=255)]


class RoutinesConfig(BaseModel):
    """What runs in the background.

    ``hand`` is how long routines leave alone what a person changed at the thing, in an app or by asking Claw; those
    that guard life do not.  ``hands`` says it otherwise for some entities; ``0 s`` means that a hand never counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hand: Held = "2 h"
    hands: Mapping[Thing, Held] = Field(default_factory=dict, max_length=1000)

    def hand_s(self, entity_id: str) -> float:
        """Return for how many seconds a hand counts on one thing."""
        return held_s(self.hands.get(entity_id, self.hand))

    @property
    def longest_s(self) -> float:
        """The longest that a hand counts anywhere, in seconds."""
        return max(map(held_s, (self.hand, *self.hands.values())))
