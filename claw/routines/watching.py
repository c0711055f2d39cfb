"""What of the house sets routines off: states, figures, events, presence and conditions, each counted once.

The mirror tells of every change; only what a trigger looks at comes here.  What a trigger last knew (which value, on
which side of a threshold, since when) is kept, so that a restart neither forgets a door that was left open nor takes a
house that comes into view for one that changed.  ``docs/routines.md`` has the rules.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from claw.base.clock import Clock, Timer
from claw.house.mirror import Mirror
from claw.policy.people import People
from claw.routines.conditions import Conditions
from claw.routines.model import Firing, Routine
from claw.routines.things import Keeps, Things


class Listens(Protocol):
    """The backend, as far as events need it."""

    async def events(self, types: Sequence[str]) -> None:
        """Also tell about these event types."""
        ...


class Known(Keeps, Protocol):
    """The book, as far as watching needs it; ``changed`` are called with the id of a routine that changed."""

    changed: list[Callable[[str], None]]

    def all(self) -> Sequence[Routine]:
        """Return every routine that is not removed."""
        ...

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id."""
        ...


Fire = Callable[[Firing], object]
"""Takes one firing (``Keeper.fire``); ``due`` lies before now where it was seen late, after a time out of sight."""
Tell = Callable[[Routine, str], object]
"""Tells the person of a routine a sentence about it."""


class Watching:
    """Watches the house for all routines; used from the event loop only."""

    def __init__(
        self,
        mirror: Mirror,
        backend: Listens,
        known: Known,
        fire: Fire,
        times: tuple[Clock, Timer],
        around: tuple[People, Conditions, Things],
        tell: Tell,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Begin to watch for all routines that stand now, and follow the book from here on."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop watching, and keep what was last known."""
        raise NotImplementedError

    def problems(self) -> Mapping[str, str]:
        """Return, by routine, why a trigger of it cannot fire as things are, a sentence each."""
        raise NotImplementedError
