"""Whether the wishes of a manifest hold in a house: before a run, and read back after it."""

from collections.abc import Sequence

from claw.house.model import House
from claw.skills.manifest import Wish
from claw.skills.model import Arguments


def unmet(wishes: Sequence[Wish], house: House, arguments: Arguments) -> tuple[str, ...]:
    """Return a sentence for each wish that does not hold in ``house``; empty where all do."""
    raise NotImplementedError
