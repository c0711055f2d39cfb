"""What talk about skills asks: the rooms that hold them, put together where the daemon is built."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Action, Origin
from claw.gate.perform import Performed
from claw.memory.model import Audience
from claw.skills.demonstration import Demonstrations
from claw.skills.library import Library
from claw.skills.model import Draft, Standing


class Stands(Protocol):
    """How far each skill is trusted (``claw/skills/standings.py``)."""

    def of(self, name: str) -> Standing | None:
        """Return the standing of a skill, None where there is none."""
        ...


class Learns(Protocol):
    """What makes a skill of what was just done (``claw/skills/distil.py``)."""

    def make(self, conversation: str, origin: Origin) -> Draft | str:
        """Return a draft of the last request of this talk, or the sentence why there is none."""
        ...


class Proposes(Protocol):
    """What takes a draft into the library (``claw/skills/life.py``)."""

    async def propose(self, draft: Draft, origin: Origin) -> str:
        """Write it, prove it and have it run beside; return what to say.  Raises Refused."""
        ...


class Door(Protocol):
    """The one door, as far as talk about skills needs it."""

    async def perform(self, actions: Sequence[Action], origin: Origin, *, said: str = "") -> Performed:
        """Do ``actions`` for ``origin``; ``said`` is the sentence that led to them, for the log."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from; ``audience`` says who hears what is told to an origin."""

    library: Library
    standings: Stands
    learning: Learns | None
    life: Proposes
    demonstrations: Demonstrations
    gate: Door
    audience: Callable[[Origin], Audience]
