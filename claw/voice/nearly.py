"""Which sentence of this house was nearly said: every word of it accounted for, but for one that is lost or misheard.

For what cannot be put right safely ("turn of the hall light"): it is only ever asked about.  A word more than the
sentence has means something else was said, and nothing is asked; nor is where no name was heard, or nothing to do.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from claw.mind import hygiene
from claw.mind.intents import Intents
from claw.mind.language import Language
from claw.voice.sounds import apart, sound_of, words

_MOST = 1.0
"""A word that is lost costs 1, one that sounds alike a half; so one of the first kind, or two of the second."""
_LOST, _ALIKE, _SAME = 1.0, 0.5, 0.4
_SHORTEST = 2
_SHARE = 0.5
"""Of what a sentence says so much may be lost or misheard."""


class Nearly:
    """Compares what was heard with sentences made from the names of the house."""

    def __init__(self, intents: Intents) -> None:
        """``intents`` knows the sentences."""
        self._intents = intents
        self._tellers: dict[str, _Teller] = {}

    def sentences(self, text: str, language: Language, most: int) -> list[tuple[str, float]]:
        """Return the sentences that were nearly said, nearest first, each with what it lacks."""
        teller = self._tellers.setdefault(language.code, _Teller(language))
        said = teller.told(text)
        found = [
            (sentence, lacks)
            for sentence in self._intents.near(text, language.code, most)
            if (lacks := teller.lacks(said, teller.told(sentence))) is not None
        ]
        return sorted(found, key=lambda row: row[1])


@dataclass(frozen=True)
class _Teller:
    """What the words of a language say: a direction, what to do in general, or a name."""

    language: Language

    @cached_property
    def _empty(self) -> frozenset[str]:
        phrases = (*self.language.articles, *self.language.polite, *self.language.address)
        return frozenset(word for phrase in phrases for word in self._words(phrase))

    @cached_property
    def _verbs(self) -> frozenset[str]:
        return frozenset(word for one in self.language.spoken.get("neutral", ()) for word in self._words(one))

    @cached_property
    def _directions(self) -> frozenset[str]:
        return frozenset(word for one in self.language.spoken.get("polar", ()) for word in self._words(one))

    def told(self, text: str) -> list[str]:
        """Return the words that say something: without articles, "please" and Claw's name; of Chinese the signs."""
        return [word for word in self._words(hygiene.clean(text)) if word not in self._empty]

    def lacks(self, said: list[str], sentence: list[str]) -> float | None:
        """Return what of ``sentence`` was lost or misheard in ``said``, None where that is too much or nothing."""
        does = any(word in self._verbs or word in self._directions for word in said)
        left = Counter(word for word in sentence if word not in self._verbs)
        size, lacks, named, odd = left.total(), 0.0, False, list[str]()
        for word in said:
            if left[word] > 0:
                left[word] -= 1
                named = named or word not in self._directions
            elif word not in self._verbs:
                odd.append(word)
        for word in odd:
            cost, meant = min(((self._apart(word, one), one) for one in (*+left, *self._verbs)), default=(_LOST, ""))
            if cost >= _LOST:
                return None
            if left[meant] > 0:
                left[meant] -= 1
            named = named or meant not in self._directions | self._verbs
            does = does or meant in self._directions | self._verbs
            lacks += cost
        lacks += _LOST * left.total()
        return lacks if does and named and 0 < lacks <= min(_MOST, _SHARE * size) else None

    def _words(self, text: str) -> list[str]:
        return [sign for word in words(text) for sign in (word if self.language.spaceless else (word,))]

    def _apart(self, heard: str, meant: str) -> float:
        """Return what it costs that ``heard`` was ``meant``; a word with a direction of its own was meant as it is."""
        if self.language.spaceless or heard in self._directions or meant.isdigit() or heard.isdigit():
            return _LOST
        one, other = sound_of([heard], self.language.code), sound_of([meant], self.language.code)
        if min(len(one), len(other)) < _SHORTEST:
            return _LOST
        far = apart(one, other, max(1, max(len(one), len(other)) // 3))
        return _LOST if far is None else _ALIKE if far else _SAME
