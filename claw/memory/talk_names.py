"""Names for the length of a talk: what a guest, or a voice that nobody knows, calls a thing.

Nothing of it is stored.  In what is said in that conversation the name stands for one of the thing's own names, so it
reaches nothing that those words would not reach; and when the talk is over, nobody remembers it.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field

from claw.base.clock import Clock
from claw.base.erasure import Erasure

OVER_S = 600.0
"""A talk in which nothing was said for so long is over."""
MOST_TALKS = 200
MOST_NAMES = 5

_UNSPACED = re.compile(r"[\u2e80-\U0003ffff]")
"""Scripts that are written without spaces."""


@dataclass(slots=True)
class _Talk:
    last: float
    names: dict[str, str] = field(default_factory=dict[str, str])


class TalkNames:
    """The names of the talks of the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._talks: OrderedDict[str, _Talk] = OrderedDict()

    def give(self, conversation: str, name: str, own: str) -> bool:
        """Let ``name`` stand for ``own`` in a conversation; False where it has no id, or has enough names already."""
        key = " ".join(name.casefold().split())
        if not conversation or not key:
            return False
        talk = self._talk(conversation) or _Talk(self._clock.monotonic())
        if key not in talk.names and len(talk.names) >= MOST_NAMES:
            return False
        talk.names[key] = own
        self._talks[conversation] = talk
        self._talks.move_to_end(conversation)
        while len(self._talks) > MOST_TALKS:
            self._talks.popitem(last=False)
        return True

    def said(self, text: str, conversation: str) -> str:
        """Return ``text`` with the names of its talk replaced by what they stand for, each once."""
        talk = self._talk(conversation)
        if talk is None or not talk.names:
            return text
        talk.last = self._clock.monotonic()
        words = sorted(talk.names, key=len, reverse=True)
        pattern = "|".join(_whole(word) for word in words)
        return re.sub(
            pattern, lambda found: talk.names[" ".join(found[0].casefold().split())], text, flags=re.IGNORECASE
        )

    def erase(self, erasure: Erasure) -> int:
        """Let go of the names of talks that are to be forgotten; return how many went."""
        gone = [one for one, talk in self._talks.items() if erasure.means(" ".join(talk.names), conversation=one)]
        return sum(len(self._talks.pop(known).names) for known in gone)

    def _talk(self, conversation: str) -> _Talk | None:
        talk = self._talks.get(conversation)
        if talk is not None and self._clock.monotonic() - talk.last > OVER_S:
            del self._talks[conversation]
            return None
        return talk


def _whole(word: str) -> str:
    said = r"\s+".join(map(re.escape, word.split()))
    return said if _UNSPACED.search(word) else rf"(?<!\w){said}(?!\w)"
