"""What a word sounds like, roughly, and how far two such sounds are apart.

A recogniser that does not know a name writes what it heard with the words that it knows: "sea ling lamp".  So names are
compared by their sound and without the gaps between words.  The rules are few and plain: which letters of a language
are heard alike.  They only ever propose; what is done with a proposal is decided elsewhere (``snapping.py``).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

WORD = re.compile(r"[^\W_]+")

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*rows: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), heard) for pattern, heard in rows)


_DOUBLED = (r"(.)\1+", r"\1")
_ENGLISH = _rules(
    (r"^kn|^gn", "n"), (r"^wr", "r"), (r"^wh", "w"), (r"^ps", "s"), (r"mb$", "m"), (r"t?ch", "C"),
    (r"sh|ti(?=on)|ci(?=al|ous)", "S"), (r"ph|v", "f"), (r"(?:ou|au)gh$", "of"), (r"gh", ""), (r"th", "0"),
    (r"ck", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"qu", "kw"), (r"q", "k"), (r"x", "ks"), (r"z", "s"),
    (r"dge?|g(?=[ey])|j", "j"), (r"(?<=[^aeiou])e(s?)$", r"\1"), (r"ee|ea|ie|ei|ey|y|i", "i"), (r"oo|ou|ue|ew|u", "u"),
    (r"oa|ow|oe|au|aw|o", "o"), (r"ai|ay|ae|a", "a"), _DOUBLED,
)  # fmt: skip
_GERMAN = _rules(
    (r"x", "ks"), (r"tsch|sch", "S"), (r"ch", "x"), (r"ph|v", "f"), (r"th|dt", "t"), (r"ck", "k"), (r"qu", "kw"),
    (r"c|q", "k"), (r"tz|z", "ts"), (r"y", "u"), (r"(?<=[aeiou])h", ""), (r"ei|ai|ey|ay", "A"),
    (r"eu|au(?=m)|oi", "O"), (r"ie|ih|i", "i"), (r"d$", "t"), (r"b$", "p"), (r"g$", "k"), _DOUBLED,
)  # fmt: skip
_FRENCH = _rules(
    (r"eaux?|aux?", "o"), (r"oi", "wa"), (r"ou", "u"), (r"ch", "S"), (r"ph", "f"), (r"gn", "N"), (r"qu|q", "k"),
    (r"c(?=[eiy])", "s"), (r"c", "k"), (r"g(?=[eiy])|j", "j"), (r"(?<=[aeiou])s(?=[aeiou])|z", "z"), (r"h", ""),
    (r"(?:er|ez|ee|et|es)$", "e"), (r"(?:ain|ein|in|im|aim)(?![aeiouy])", "I"), (r"(?:an|am|en|em)(?![aeiouy])", "A"),
    (r"(?:on|om)(?![aeiouy])", "O"), (r"ai|ei", "e"), (r"y", "i"), (r"[dtpsx]+$", ""), (r"(?<=.)e$", ""), _DOUBLED,
)  # fmt: skip
_DUTCH = _rules(
    (r"x", "ks"), (r"sch", "sx"), (r"ch|g", "x"), (r"ij|ei|ey|y", "A"), (r"ou|au", "O"), (r"oe", "u"), (r"ie|i", "i"),
    (r"eu", "E"), (r"ph|v", "f"), (r"th", "t"), (r"ck", "k"), (r"qu", "kw"), (r"c(?=[ei])|z", "s"), (r"c|q", "k"),
    (r"d$", "t"), (r"b$", "p"), _DOUBLED,
)  # fmt: skip
_OF: Mapping[str, Rules] = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "nl": _DUTCH}


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` without case and punctuation."""
    return tuple(WORD.findall(text.casefold()))


def sound_of(said: Sequence[str], code: str) -> str:
    """Return what words sound like, run together, in the language ``code``; as they are where it has no rules."""
    return "".join(_sound(word, code) for word in said)


def _sound(word: str, code: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold())
    heard = "".join(one for one in folded if one.isalnum())
    for pattern, said in _OF.get(code, ()):
        heard = pattern.sub(said, heard)
    return heard


def apart(one: str, other: str, most: int) -> int | None:
    """Return how many sounds were added, lost, changed or swapped between two; None where more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, sound in enumerate(one, 1):
        earlier, before, row = before, row, [at]
        for place, its in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (sound != its))
            if at > 1 and place > 1 and sound == other[place - 2] and one[at - 2] == its:
                cost = min(cost, earlier[place - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def bound(sounds: int) -> int:
    """Return how far apart two sounds of this length may be to be taken for each other: a quarter, three at most."""
    return min(3, sounds // 4)
