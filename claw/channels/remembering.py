"""What a channel may ask about memory: what is known, why, put it right, forget it; and give or take leave to learn.

Whoever asks is turned into an audience first, and every answer holds only what that audience may hear: what somebody
may not hear of is to them as if it were not there, also by its number.  What is written or forgotten goes through the
gate; nothing is decided here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.memory.model import Audience, Evidence, Fact, Hit, Memory, Status
from claw.policy.people import People

MOST_LISTED = 200
MOST_FOUND = 50
LAST_HOUR = timedelta(hours=1)


class Kept(Protocol):
    """The memories: what the audience may hear of, decided in SQL."""

    def shown(
        self, audience: Audience, about: str | None = None, statuses: Sequence[Status] = ("active",), limit: int = 200
    ) -> Sequence[Memory]:
        """Return what this audience may hear of, newest first."""
        ...

    def visible(self, number: int, audience: Audience) -> Memory | None:
        """Return one memory, None where there is none or this audience may not hear of it."""
        ...

    def evidence(self, number: int) -> Sequence[Evidence]:
        """Return what one memory rests on."""
        ...

    def history(self, key: str) -> Sequence[Memory]:
        """Return every memory that ever had this key, newest first."""
        ...

    def seen(self, ids: Sequence[int], audience: Audience, conversation: str) -> None:
        """Write down that these were shown."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``audience`` says who hears what is told to an origin; ``understand`` makes a fact of a sentence, or raises Refused.
    """

    facts: Kept
    memories: Any
    recall: Any
    residents: Any
    forgetting: Any
    sleep: Any
    audience: Callable[[Origin], Audience]
    understand: Callable[[str, Origin], Fact]
    people: People
    mirror: Mirror
    audit: AuditLog
    clock: Clock


class Remembering:
    """Answers about memory; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def list(self, origin: Origin, *, about: str = "", kind: str = "", limit: int = MOST_LISTED) -> Json:
        """Return what is known that this origin may hear, newest first, about one thing where one is named."""
        raise NotImplementedError

    async def search(self, query: str, origin: Origin, *, k: int = 10) -> Json:
        """Return what is nearest to a few words, best first: memories, and one's own words of before."""
        raise NotImplementedError

    def why(self, number: int, origin: Origin) -> dict[str, Json]:
        """Return one memory, what it rests on and what was so before; raises Refused where there is none to tell."""
        raise NotImplementedError

    async def add(self, text: str, origin: Origin, *, private: bool = False) -> dict[str, Json]:
        """Remember one sentence, for oneself alone where ``private``; return status, text and the memory."""
        raise NotImplementedError

    async def correct(self, number: int, text: str, origin: Origin) -> dict[str, Json]:
        """Put one memory right; return status, text and the memory that took its place."""
        raise NotImplementedError

    async def forget(
        self, origin: Origin, *, number: int = 0, since: str = "", person: str = "", everything: bool = False
    ) -> dict[str, Json]:
        """Forget one memory, what came in since a time of day (``hour``: the last one), a person, or everything."""
        raise NotImplementedError

    def export(self, origin: Origin) -> dict[str, Json]:
        """Return everything that is kept and that this person may see, for them to take along."""
        raise NotImplementedError

    def proposals(self, origin: Origin) -> Json:
        """Return what waits for this origin's yes or no, with what speaks for it."""
        raise NotImplementedError

    async def settle(self, number: int, origin: Origin, *, yes: bool) -> dict[str, Json]:
        """Say yes or no to something that was only noticed; return status and text."""
        raise NotImplementedError

    def consents(self, origin: Origin) -> dict[str, Json]:
        """Return what this person agreed to: to have habits learned, to have talks kept."""
        raise NotImplementedError

    async def consent(
        self, origin: Origin, *, habits: bool | None = None, talks: bool | None = None
    ) -> dict[str, Json]:
        """Agree to have one's own habits learned or talks kept, or take it back; return status and text."""
        raise NotImplementedError

    def night(self, origin: Origin) -> dict[str, Json]:
        """Return what the last night brought, as far as this origin may hear."""
        raise NotImplementedError

    async def sleep(self, origin: Origin, *, dry_run: bool = False, undo: bool = False) -> dict[str, Json]:
        """Do now what is done at night, only say what it would do, or take the last night back; an owner's to ask."""
        raise NotImplementedError


def found_json(hits: Sequence[Hit], memories: Mapping[int, Memory]) -> Json:
    """Return what a search found as a channel may show it."""
    raise NotImplementedError


def nothing(number: int) -> Refused:
    """Return the one answer for what is not there and for what may not be heard of."""
    return Refused(f"I know of no memory {number}")
