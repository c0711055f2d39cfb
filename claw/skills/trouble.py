"""Houses in trouble: the same house with things unavailable, already so, slow, failing or missing; empty, at night.

Each seed gives one such house, always the same one.  What must hold in all of them is not what happens, but what never
does: a program that crashes, a call beyond the manifest, too many calls, an answer that says more than is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from claw.house.model import House
from claw.skills.model import Skill
from claw.skills.proving import Fault, Seen


@dataclass(frozen=True, slots=True)
class Trouble:
    """One house in trouble: which kinds of it there are, in words."""

    name: str
    house: House
    now: datetime
    faults: Mapping[str, Fault]


def trouble(seed: int, house: House, things: frozenset[str], now: datetime) -> Trouble:
    """Return the house of ``seed``: ``things`` are the entities that the skill may touch or look at."""
    raise NotImplementedError


def wrong(skill: Skill, seen: Seen, house: House) -> tuple[str, ...]:
    """Return a sentence for each thing that must never be and was, in a run that began in ``house``."""
    raise NotImplementedError
