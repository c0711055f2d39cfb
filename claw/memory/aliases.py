"""What this household calls its things: names that people gave, beside those that the house has.

An alias is a fact like any other; what makes it work is that it is added to every registry the mirror takes, as one of
the names by which a thing is *called*.  So sentences in every language, programs and cards know it at once, and a
renamed device keeps it.  A name that could be taken for another (an existing name, a room, a word for a kind of thing,
a word of Claw's own) is refused: whoever can name things must not be able to redirect a command.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.memory.model import Fact, Memory
from claw.policy.people import People

PREDICATE = "called"


class Known(Protocol):
    """What is remembered, as far as names are concerned."""

    changed: list[Callable[[], None]]

    def active(
        self, kind: str | None = None, subject: str | None = None, predicate: str | None = None
    ) -> list[Memory]:
        """Return the memories in force of this kind, about this, without regard to who may hear of them."""
        ...


class Sentences(Protocol):
    """What knows the phrases of every language."""

    def taken(self, name: str) -> str | None:
        """Return why ``name`` can be no name of a thing, as the end of a sentence; None where nothing speaks so."""
        ...


class Aliases:
    """The names that the household gave; used from the event loop only."""

    def __init__(
        self, known: Known, mirror: Mirror, people: People, sentences: Sentences, now: Callable[[], datetime | None]
    ) -> None:
        """``now`` gives the time as the clocks in the house show it, None where its time zone is not known."""
        self._known = known
        self._mirror = mirror
        self._people = people
        self._sentences = sentences
        self._now = now

    def fact(self, entity_id: str, name: str, origin: Origin) -> Fact:
        """Return the fact that this thing is called ``name``, to be told to ``Memories`` by whoever asked.

        Raises Refused with a whole sentence: no such thing, a name that is or resembles another, or a lock, cover,
        valve or alarm that somebody else than an owner would name.
        """
        raise NotImplementedError

    def follow(self, registry: Registry) -> Registry:
        """Return ``registry`` with the names that the household gave."""
        return registry
