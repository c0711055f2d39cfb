"""What talk about skills asks: the rooms that hold them, put together where the daemon is built."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from claw.base.action import Message, Origin
from claw.memory.model import Audience
from claw.policy.people import Role
from claw.skills.deciding import Decided
from claw.skills.demonstration import Demonstrations
from claw.skills.model import Draft, Skill, Standing


class Books(Protocol):
    """The library (``claw/skills/library.py``)."""

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read."""
        ...


class Stands(Protocol):
    """How far each skill is trusted (``claw/skills/standings.py``)."""

    def of(self, name: str) -> Standing | None:
        """Return the standing of a skill, None where there is none."""
        ...


class Learns(Protocol):
    """What makes a skill of what was just done (``claw/skills/learning.py``)."""

    async def make(self, origin: Origin, called: str = "") -> Draft | str:
        """Return a draft of the last request of this conversation, or the sentence why there is none."""
        ...


class Proposes(Protocol):
    """What takes a draft into the library (``claw/skills/life.py``)."""

    async def propose(self, draft: Draft, origin: Origin) -> Decided:
        """Write it, prove it and have it run beside; return what came of it.  Raises Refused."""
        ...


class Decides(Protocol):
    """What turns skills on and off, as acts through the gate (``claw/skills/deciding.py``)."""

    async def do(self, deed: Literal["enable", "disable"], name: str, origin: Origin, *, said: str = "") -> Decided:
        """Do it, or say why not; ``said`` is the sentence that led to it, for the log."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``audience`` says who hears what is told to an origin, ``role`` what role somebody has now, ``tell`` sends a message
    through the gate; ``knows`` says whether a text is a phrase of a skill in a language.  Without a model nothing is
    learned from requests: ``learning`` is None then.
    """

    library: Books
    standings: Stands
    learning: Learns | None
    life: Proposes
    deciding: Decides
    demonstrations: Demonstrations
    audience: Callable[[Origin], Audience]
    role: Callable[[str | None], Role | None]
    tell: Callable[[Message], Awaitable[object]]
    knows: Callable[[str, str], bool]
