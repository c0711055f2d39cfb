"""From what was done once or twice to what it means: which values were the request's own, and become parameters.

Nothing is guessed.  A value becomes a parameter where two requests differ in it or where somebody named it; things that
are all of one kind in the room that was named become a search for that kind in that room; all else stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.action import Action, Json
from claw.house.model import House

ENTITIES = ""
"""The key of a slot that is the things themselves."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of one call: ``step`` is the number of the call, ``key`` its datum, ``ENTITIES`` for its things.

    ``told`` is for a person: ``the brightness (40 %) of Living Room Lamp``.
    """

    step: int
    key: str
    value: Json
    told: str


def slots(calls: Sequence[Action], house: House) -> tuple[Slot, ...]:
    """Return all values of these calls that could be a parameter, in order."""
    raise NotImplementedError
