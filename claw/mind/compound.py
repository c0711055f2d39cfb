"""Several commands in one sentence: where it can be cut, and what each part may borrow from its neighbours.

Pure text.  "turn on the kitchen and the hall light" has one verb for two nouns and one noun for two rooms; each
part is offered with what it may lack, likeliest first, and it is for the caller to find which of these is understood.
"""

import re
from collections.abc import Iterator, Sequence

from claw.mind.language import Language

MOST_PARTS = 8


def cut_exception(text: str, language: Language) -> tuple[str, str] | None:
    """Return the text before and after "except" or its like, None where there is none."""
    for word in language.joiners.get("except", ()):
        found = re.search(_whole(word, language), text, re.IGNORECASE)
        if found and found.start() > 0 and text[found.end() :].strip():
            return text[: found.start()].strip(" ,"), text[found.end() :].strip(" ,")
    return None


def cut(text: str, language: Language) -> tuple[str, ...]:
    """Return the pieces between commas and joining words, the whole text alone where there are none."""
    joints = "|".join(_whole(word, language) for word in language.joiners.get("and", ()))
    mark = r"\s*[,;、]\s*"
    pieces = re.split(f"(?:{joints}|{mark})+" if joints else mark, text, flags=re.IGNORECASE)
    return tuple(stripped for piece in pieces if (stripped := piece.strip(" ,")))


def _whole(word: str, language: Language) -> str:
    return re.escape(word) if language.spaceless else rf"(?:^|(?<=\s)|(?<=,)){re.escape(word)}(?=\s|$)"


def offers(piece: str, verb: str, tail: str, nouns: Sequence[str], language: Language) -> Iterator[str]:
    """Yield ``piece`` with what it may borrow: the noun and ending of a later piece, the verb of an earlier one."""
    gap = "" if language.spaceless else " "
    whole = led(piece, verb, language)
    yield from (f"{whole}{gap}{noun}{tail}" for noun in nouns)
    if tail:
        yield f"{whole}{tail}"


def led(piece: str, verb: str, language: Language) -> str:
    """Return ``piece`` with ``verb`` before it where it has none of its own."""
    if not verb or verb_of(piece, language):
        return piece
    return f"{verb}{piece}" if language.spaceless else f"{verb} {piece}"


def swapped(sentence: str, places: Sequence[str], place: str) -> tuple[str, ...]:
    """Return ``sentence`` with the last of ``places`` that it names replaced by ``place``; () where it names none."""
    folded = sentence.casefold()
    found = max(((folded.rfind(known), len(known)) for known in places if known in folded), default=None)
    if found is None:
        return ()
    start, length = found
    return (f"{sentence[:start]}{place}{sentence[start + length :]}",)


def verb_of(piece: str, language: Language) -> str:
    """Return the words of command that ``piece`` begins with, "" where there are none."""
    folded = piece.casefold()
    for verb in language.verbs:
        if folded.startswith(verb) and (language.spaceless or folded[len(verb) : len(verb) + 1] in {"", " "}):
            return piece[: len(verb)]
    return ""


def tail_of(piece: str, language: Language) -> str:
    """Return the ending of ``piece`` that earlier pieces share ("off", "to 50 percent"), "" where there is none."""
    for tail in language.tails:
        found = re.search(f"{tail}$", piece, re.IGNORECASE)
        if found and found.start() > 0:
            return found.group()
    return ""


def noun_of(piece: str, language: Language) -> str:
    """Return the kind of thing that ``piece`` ends in ("light"), "" where it ends in none."""
    folded = piece.casefold()
    for phrase in sorted(language.kinds, key=len, reverse=True):
        if folded.endswith(phrase if language.spaceless else f" {phrase}"):
            return piece[-len(phrase) :]
    return ""


def bare(phrase: str, language: Language) -> str:
    """Return ``phrase`` without a leading article."""
    folded = phrase.casefold()
    for article in language.articles:
        start = article if language.spaceless or article.endswith("'") else f"{article} "
        if folded.startswith(start):
            return phrase[len(start) :]
    return phrase
