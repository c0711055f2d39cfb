"""The hand wins, asked by the judge itself: what a person has just changed, nobody's routine changes again.

The gate knows nothing of who touched what.  Whoever fills this port does; it is asked when a plan is judged and once
more when each act is counted, just before its intent, so that no way of running something goes past it.  What guards
life is not held up by it.
"""

from collections.abc import Sequence
from typing import Protocol

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.house.model import House

LEFT = "left as it is"
"""What the reason begins with for which a routine leaves something alone."""


def by_hand(detail: str) -> bool:
    """Return whether the reason of a refused outcome is that a person had just changed the thing."""
    return detail.startswith(LEFT)


class Hand(Protocol):
    """Who knows what people changed (``claw/routines/hands.py``)."""

    def check(self, actions: Sequence[Action], origin: Origin, house: House) -> None:
        """Raise Refused, with ``LEFT`` first, where a person has just changed something that one of these moves."""
        ...

    def acts(self, action: Action, origin: Origin) -> None:
        """Take that ``action`` is about to be done for ``origin``: what moves next, moves by it."""
        ...


class NoHand:
    """Where nobody watches what people do, routines leave nothing alone."""

    def check(self, actions: Sequence[Action], origin: Origin, house: House) -> None:
        """Let everything pass."""

    def acts(self, action: Action, origin: Origin) -> None:
        """Keep nothing."""


def refused(thing: str, when: str) -> Refused:
    """Return why a routine leaves ``thing`` alone that a person changed ``when``."""
    return Refused(f"{LEFT}: {thing} was changed by hand {when}")
