"""A stop that is shouted: again and again, in quotes, behind a dash, without its accents.

Whoever is frightened does not spell.  What consists of nothing but words to stop is one, whatever stands between them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 80
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")


class Shouts:
    """The words to stop, of every language together."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """``phrases`` are the words and sentences by which a language says it."""
        self._phrases = {words for one in phrases if (words := _words(one))}
        self._longest = max(map(len, self._phrases), default=0)

    def means_stop(self, text: str) -> bool:
        """Return whether ``text`` is words to stop, once or several times, and nothing else."""
        words = _words(text) if len(text) <= LONGEST else ()
        reached = {0}
        for at in range(len(words)):
            if at in reached:
                sizes = range(1, self._longest + 1)
                reached |= {at + size for size in sizes if words[at : at + size] in self._phrases}
        return bool(words) and len(words) in reached


def _words(text: str) -> tuple[str, ...]:
    folded: Sequence[str] = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall("".join(one for one in folded if not unicodedata.combining(one))))
