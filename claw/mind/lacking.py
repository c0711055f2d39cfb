"""The name in an order that nothing in the house bears: "turn on the jacuzzi" is understood but for the jacuzzi.

It only makes a better sentence of what is not understood anyway, and says nothing where the name might be another word
for something that is there: then the nearest sentence helps more.
"""

from claw.house.text import plain
from claw.memory.stop_words import STOP_WORDS
from claw.mind.compound import bare
from claw.mind.hygiene import name_text
from claw.mind.language import Language
from claw.mind.names import NameBook

_MOST_WORDS = 3
_MOST_SPACELESS = 6
"""Characters of a name in a language without spaces."""


def lacking(text: str, language: Language, book: NameBook) -> str:
    """Return the name in the cleaned order ``text`` that nothing of the house bears, "" where it is none or unsure."""
    for order in language.orders:
        name = _between(text, order, language)
        if name and _foreign(name_text(name), language, book):
            return plain(name, 40)
    return ""


def _between(text: str, order: str, language: Language) -> str:
    """Return what stands in the gap of ``order``, at its end where none is marked; "" where ``text`` is another."""
    before, _, after = order.partition("{}")
    folded = text.casefold()
    start, end = (before, after) if language.spaceless else (f"{before.strip()} ", f" {after.strip()}" if after else "")
    if len(folded) <= len(start) + len(end) or not (folded.startswith(start) and folded.endswith(end)):
        return ""
    return bare(text[len(start) : len(text) - len(end)].strip(), language)


def _foreign(name: str, language: Language, book: NameBook) -> bool:
    """Return whether no word of ``name`` is known to the house or the language; only a kind may end it."""
    if not name or any(char.isdigit() for char in name):
        return False
    if language.spaceless:
        common = any(word in name for word in (*language.no_names, *language.kinds, *language.spoken.get("polar", ())))
        named = any(known in name or name in known for known in book.words)
        return len(name) <= _MOST_SPACELESS and not common and not named
    words = name.split()
    if len(words) > _MOST_WORDS or name in language.kinds:
        return False
    ordinary = language.no_names | STOP_WORDS[language.code] | _spoken(language)
    kind = words[-1] in language.kinds and len(words) > 1
    return not any(word in ordinary or word in book.words for word in (words[:-1] if kind else words))


def _spoken(language: Language) -> frozenset[str]:
    """Return the words of this language that are something else than a name of its own."""
    phrases = (
        *language.spoken.get("polar", ()),
        *language.kinds,
        *language.reserved,
        *language.articles,
        *(word for joiners in language.joiners.values() for word in joiners),
        *(word for floors in language.floors.values() for word in floors),
    )
    return frozenset(word for phrase in phrases for word in phrase.split())
