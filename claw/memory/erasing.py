"""What is forgotten and by whom it is kept: the reach of a forgetting, and the rows of memory that fall under it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from claw.base.erasure import Eraser, Erasure

__all__ = ["Eraser", "Erasure", "Reach", "Scope"]

Reach = Literal["memory", "since", "person", "everything"]


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is to be forgotten: one memory, what came since a time (UTC), a person, or everything."""

    reach: Reach
    memory: int | None = None
    since: datetime | None = None
    person: str | None = None

    @classmethod
    def one(cls, memory: int) -> Self:
        """Return the reach of one memory, by its number."""
        return cls("memory", memory=memory)

    @classmethod
    def after(cls, since: datetime) -> Self:
        """Return the reach of all that was said and kept since ``since``."""
        return cls("since", since=since)

    @classmethod
    def about(cls, person: str) -> Self:
        """Return the reach of everything of and about one person, by their id."""
        return cls("person", person=person)

    @classmethod
    def all(cls) -> Self:
        """Return the reach of everything that was ever remembered."""
        return cls("everything")
