"""Which thing a routine means by an entity id: the one that had it when the routine was made, whatever its name now.

A routine is written with ids, and an id can be changed with two clicks.  So the registry id of every thing that a
routine names is kept beside it; after a rename the routine speaks of the same thing, and where another thing took
the id over it does not mean that one.
"""

from collections.abc import Mapping
from typing import Protocol

from claw.base.action import Json
from claw.house.mirror import Mirror
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.spec import Spec


class Keeps(Protocol):
    """What the book keeps for a routine beside its row."""

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what is kept for it, empty where nothing is."""
        ...

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others."""
        ...


def named(spec: Spec) -> tuple[str, ...]:
    """Return every entity id that ``spec`` names, in its triggers, its conditions and its acts, in order."""
    raise NotImplementedError


class Things:
    """Follows the things of routines through renames; used from the event loop only."""

    def __init__(self, mirror: Mirror, keeps: Keeps) -> None:
        raise NotImplementedError

    def learn(self, routine: Routine) -> None:
        """Keep the registry ids of what ``routine`` names, of those that are not kept yet; call it when it is made."""
        raise NotImplementedError

    def present(self, routine: str, entity_id: str) -> str | None:
        """Return the id by which the thing is known now; None where it is not in the house any more."""
        raise NotImplementedError

    def spec(self, routine: Routine) -> Spec:
        """Return what ``routine`` does with present ids; the same object where nothing was renamed."""
        raise NotImplementedError

    def when(self, routine: Routine, when: When) -> When:
        """Return a condition of it with present ids."""
        raise NotImplementedError

    def gone(self, routine: Routine) -> tuple[str, ...]:
        """Return the ids it names of which nothing is in the house, as it was written."""
        raise NotImplementedError
