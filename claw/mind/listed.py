"""Lists of words that need little memory: which words of a list a text begins with.

hassil asks that of every list at every place of a sentence, and answers it with a tree that holds an object and a
dictionary for each letter: 3.5 MB for one language in a small house.  Here the words themselves are the keys of one
dictionary, and the first letters of a text say which lengths are worth looking up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from hassil.expression import TextChunk
from hassil.intents import SlotList, TextSlotList, TextSlotValue

_HEAD = 3
"""Letters by which the lengths are known; with fewer, most texts would be looked up in vain many times."""

_AS_SPACES = str.maketrans("-_", "  ")


class Listed(TextSlotList):
    """A list of texts and what each means; answers exactly as hassil's own does."""

    def __init__(self, name: str | None, values: Iterable[TextSlotValue]) -> None:
        super().__init__(name, list(values))
        self._by_text: dict[str, list[TextSlotValue]] = {}
        self._others: list[TextSlotValue] = []
        for value in self.values:
            text = value.text_in.text.lstrip() if isinstance(value.text_in, TextChunk) else None
            if text is None or len(text.casefold()) != len(text):  # a template, or a letter that folds to two
                self._others.append(value)
            elif text:
                self._by_text.setdefault(text.casefold(), []).append(value)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for text in self._by_text:
            lengths[text[:_HEAD]].add(len(text))
        self._lengths = {head: tuple(sorted(known)) for head, known in lengths.items() if len(head) == _HEAD}
        self._short = tuple(sorted({len(text) for text in self._by_text if len(text) < _HEAD}))

    def get_candidates(self, text: str) -> list[TextSlotValue]:
        """Return the values that may stand at the start of ``text``, and those of which only matching can tell."""
        folded = text.casefold()
        found = list(self._beginning(folded))
        if "-" in folded or "_" in folded:  # the matcher reads these as spaces as well
            found += self._beginning(folded.translate(_AS_SPACES))
        return found + self._others

    def _beginning(self, text: str) -> Iterator[TextSlotValue]:
        for length in (*self._short, *self._lengths.get(text[:_HEAD], ())):
            if length > len(text):
                return
            yield from self._by_text.get(text[:length], ())


def listed(known: SlotList) -> SlotList:
    """Return a list of texts as ``Listed``, and a list of another kind as it is."""
    return Listed(known.name, known.values) if isinstance(known, TextSlotList) else known
