"""What people like: figures that an understood command gets where it says none.

A preference is a fact of the kind ``preference``: about a thing, a room or the house, for one domain and figure, with
the service data as its value and the hours as its condition.  It is applied before the gate, so the policy judges what
will really be done; what was said wins; and nothing that locks, opens or guards can be moved by it at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import Action, Json, Origin
from claw.house.model import House
from claw.memory.aliases import Known
from claw.memory.model import HOUSEHOLD, Fact, Memory


@dataclass(frozen=True, slots=True)
class Applied:
    """Actions with what people like in them, and the memories that had a part, each with its things."""

    actions: tuple[Action, ...]
    used: tuple[tuple[Memory, tuple[str, ...]], ...] = ()


def preference(
    subject: str,
    domain: str,
    value: Mapping[str, Json],
    sentence: str,
    *,
    condition: Mapping[str, Json] | None = None,
    visibility: str = HOUSEHOLD,
) -> Fact:
    """Return the fact that things of ``domain`` at ``subject`` get the data ``value`` when they are turned on.

    Raises Refused for a domain or figure that no preference may set (locks, covers, valves, alarms and the rest).
    """
    raise NotImplementedError


class Preferences:
    """Applies what people like to commands."""

    def __init__(
        self, known: Known, now: Callable[[], datetime | None], allows: Callable[[Action, Action, Origin], bool]
    ) -> None:
        """``allows`` says whether a filled action is judged no more strictly than the plain one would be."""
        self._known = known
        self._now = now
        self._allows = allows

    def applied(self, actions: Sequence[Action], house: House, origin: Origin) -> Applied:
        """Return ``actions`` with the figures that hold now for whoever asks; what they say already stays."""
        return Applied(tuple(actions))
