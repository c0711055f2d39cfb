"""Claw's own voice, known again when a microphone hears it: what Claw says must never be what Claw does.

A sentence that Claw speaks comes back through every open microphone of the house, misheard in places and often cut at
its start or end.  So a transcript counts as an echo where it is most of something that was just spoken, or a piece of
it.  Two things are kept apart from that on purpose: one or two words (who is asked "the lamp or the fan?" answers in
words of the question), and a stop phrase, which is only an echo where Claw itself spoke exactly these words; Claw never
does (``claw/mind/harmless.py``), so that no trick with echoes silences the stop.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.clock import Clock
from claw.base.erasure import Erasure

ECHO_S = 10.0
"""So long after it ended is a sentence of Claw's own still in the air, or in somebody's buffer."""

CHARACTERS_A_SECOND = 12.0
"""How fast speech servers speak, slow ones: nobody says how long a sentence lasts."""

MOST_OF_IT = 0.6
WHOLE = 0.85
"""Shares of what was spoken that were heard: enough for an echo; and where an answer in its words is awaited."""
MISHEARD = 7
"""One word of so many may be another one; of fewer none: "close the garage door" is no echo of "the door is open"."""
PIECE = 3
"""The fewest words that are a piece of something."""

MOST_KEPT = 64
LONGEST = 400
"""Words of an utterance that are compared."""
LONGEST_SPOKEN = 100
"""Words of what Claw says that are: it says two sentences at a time."""

_CLAUSES = re.compile(r"[^\w\s']+")
_WORDS = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def normalised(text: str) -> str:
    """Return ``text`` as it is compared: its words in small letters, one space between them, nothing else."""
    return " ".join(words(text))


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` in small letters; each character of Chinese and the like is one."""
    folded = unicodedata.normalize("NFKC", text[: LONGEST * 16]).replace("\u2019", "'").casefold()
    found = (part for word in _WORDS.findall(folded) for part in _parts(word))
    return tuple(found)[:LONGEST]


def _parts(word: str) -> Sequence[str]:
    return word if any(ord(char) >= 0x2E80 for char in word) else (word,)  # noqa: PLR2004  where CJK begins


@dataclass(frozen=True, slots=True)
class _Spoken:
    words: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    until: float


class Echo:
    """What Claw spoke in the last ten seconds, anywhere in the house; one for the daemon."""

    def __init__(self, clock: Clock) -> None:
        """Nothing has been spoken yet."""
        self._clock = clock
        self._spoken: deque[_Spoken] = deque(maxlen=MOST_KEPT)

    def spoke(self, text: str) -> None:
        """Take note of what is about to be said aloud; told before it sounds, by any way out."""
        until = self._clock.monotonic() + len(text) / CHARACTERS_A_SECOND + ECHO_S
        if found := words(text)[:LONGEST_SPOKEN]:
            clauses = tuple(map(words, _CLAUSES.split(text[: LONGEST_SPOKEN * 16])))
            self._spoken.append(_Spoken(found, clauses, until))

    def is_echo(self, text: str, *, awaited: bool = False, any_part: bool = False) -> bool:
        """Return whether ``text`` is most of, or a piece of, what was just spoken.

        ``awaited``: an answer in words of what was spoken is awaited from there, so a piece of it is none.
        ``any_part``: a single word of it is one already; for words that mean a lot by themselves, such as a yes.
        """
        heard = words(text)
        return bool(heard) and any(_echoes(heard, one.words, awaited, any_part) for one in self._fresh())

    def held(self, phrase: str) -> bool:
        """Return whether exactly these words were just spoken in one breath, with no comma or stop between them."""
        heard = words(phrase)
        return bool(heard) and any(_stands_in(heard, clause) for one in self._fresh() for clause in one.clauses)

    def erase(self, erasure: Erasure) -> int:
        """Let go of all of it; it would be gone in seconds anyway."""
        del erasure
        gone = len(self._spoken)
        self._spoken.clear()
        return gone

    def _fresh(self) -> list[_Spoken]:
        now = self._clock.monotonic()
        kept = [one for one in self._spoken if one.until > now]
        if len(kept) < len(self._spoken):
            self._spoken = deque(kept, maxlen=MOST_KEPT)
        return kept


def _echoes(heard: Sequence[str], spoken: Sequence[str], awaited: bool, any_part: bool) -> bool:  # noqa: FBT001  private, and named where it is made
    if any_part and _stands_in(heard, spoken):
        return True
    if len(heard) - len(heard) // MISHEARD > len(spoken):
        return False
    same = _in_order(heard, spoken)
    if same < len(heard) - len(heard) // MISHEARD:
        return False
    if same >= (WHOLE if awaited else MOST_OF_IT) * len(spoken):
        return True
    return not awaited and len(heard) >= PIECE and _run(heard, spoken) >= len(heard) - len(heard) // MISHEARD


def _stands_in(heard: Sequence[str], spoken: Sequence[str]) -> bool:
    size = len(heard)
    return any(tuple(spoken[at : at + size]) == tuple(heard) for at in range(len(spoken) - size + 1))


def _in_order(heard: Sequence[str], spoken: Sequence[str]) -> int:
    """Return how many words both have in the same order (the longest common subsequence)."""
    before = [0] * (len(spoken) + 1)
    for word in heard:
        row = [0]
        for at, other in enumerate(spoken):
            row.append(before[at] + 1 if word == other else max(row[at], before[at + 1]))
        before = row
    return before[-1]


def _run(heard: Sequence[str], spoken: Sequence[str]) -> int:
    """Return how many of the heard words stand in order within as long a piece of what was spoken."""
    span = len(heard)
    return max((_in_order(heard, spoken[at : at + span]) for at in range(max(1, len(spoken) - span + 1))), default=0)
