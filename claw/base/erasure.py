"""What is to be forgotten, in terms that every room understands, and what a room does that keeps words of people.

It stands this low because the rooms that keep such words (the log, the gate's questions, programs, talks, caches) may
know nothing of memory: each of them brings an Eraser, and whoever forgets asks all of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

SHORTEST = 4
"""Characters of a text that is looked for in others: a shorter one stands in everything."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be forgotten, in the terms in which each room keeps it.

    ``memories`` and ``episodes`` are numbers, ``entries`` numbers of the log, ``conversations`` their ids; ``person``
    is whose every trace goes, ``since`` the time after which everything goes; ``everything`` is all of it.  ``words``
    are texts of which no byte may be left in what ``speakers`` (people by id, None for everybody) said: whoever chooses
    the words of a memory must not get rid of what others said by having it forgotten.
    """

    memories: frozenset[int] = frozenset()
    episodes: frozenset[int] = frozenset()
    entries: frozenset[int] = frozenset()
    conversations: frozenset[str] = frozenset()
    person: str | None = None
    since: datetime | None = None
    everything: bool = False
    words: tuple[str, ...] = ()
    speakers: frozenset[str] | None = None

    def means(self, text: str = "", *, conversation: str = "", person: str | None = None) -> bool:
        """Return whether something falls under it by its words, by the talk it was said in or by who said it.

        ``person`` is empty where nobody is known to have said it, None where whoever asks cannot tell.
        """
        if self.everything or conversation in self.conversations or (person and person == self.person):
            return True
        if person is not None and self.speakers is not None and person not in self.speakers:
            return False
        plain = text.casefold()
        return any(len(word) >= SHORTEST and word.casefold() in plain for word in self.words)


class Eraser(Protocol):
    """Something that keeps words of people, or text made of them, in memory or on disk."""

    def erase(self, erasure: Erasure) -> int:
        """Let go of all that ``erasure`` means and return how many things went.

        It is asked again after a crash, so it does the same a second time without harm.  What it holds and cannot
        tell apart it lets go of as a whole: to have forgotten too much is the smaller harm.
        """
        ...
