"""What may be read at all: too long, hidden, or disguised text is refused before anything looks for a meaning in it.

A sentence that shows one thing and says another (a Cyrillic letter in a Latin word, a bidirectional mark, a
zero-width space inside a name) would be confirmed by a person who reads something else.
"""

import re
import unicodedata

LONGEST = 1000

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_DISGUISES = ("LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN")
_WORD = re.compile(r"[^\W\d_]+")
_PUNCTUATION = re.compile(r"[.:]+(?=\s|$)|[!?。¡¿\"“”„«»\u2039\u203a()\[\]{}<>|*~]+")
_ENDS = re.compile(r"(?<=\w)(?:[.!]+[ \t]+|[.!。\uff01;]*\s*[\r\n]+\s*|[。\uff01]+\s*)(?=\w)")
_DEGREES = re.compile(r"(?<=\d)\s*°\s*([CFcf])\b")


def refusal(text: str) -> str | None:
    """Return why ``text`` cannot be read, as a whole polite sentence, or None when it can."""
    if len(text) > LONGEST:
        return _TOO_LONG
    if text.isascii():
        return None if text.replace("\t", " ").replace("\n", " ").replace("\r", " ").isprintable() else _UNPRINTABLE
    if any(unicodedata.category(char) in _HIDDEN and char not in "\t\n\r\u200d" for char in text):
        return _UNPRINTABLE
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) > LONGEST:
        return _TOO_LONG  # one character can stand for eighteen
    for word in _WORD.findall(folded):
        if not word.isascii() and len({_script(char) for char in word} - {None}) > 1:
            return _MIXED
    return None


_TOO_LONG = f"That is too long for me: please say it in fewer than {LONGEST} characters."
_MIXED = "One word mixes letters of two alphabets that look alike, so I would rather not guess: please retype it."
_UNPRINTABLE = "There are hidden or unprintable characters in that: please type it again without them."


def _script(char: str) -> str | None:
    name = unicodedata.name(char, "")
    return next((script for script in _DISGUISES if name.startswith(script)), None)


def clean(text: str) -> str:
    """Return ``text`` on one line without symbols and end marks, its letters' case kept."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
        text = "".join(char for char in folded if char == "°" or unicodedata.category(char) not in _DRAWN)
    return " ".join(_PUNCTUATION.sub(" ", text).split())


def joined(text: str) -> str:
    """Return ``text`` as ``clean`` does, with a semicolon where one sentence ends and another begins."""
    return clean(_ENDS.sub("; ", text))


_DRAWN = frozenset({"So", "Sk", "Cf", "Me"})


_SAID = {code: chr(code).lower() if chr(code).isalnum() or chr(code) == "'" else " " for code in range(128)}
_SAID[ord("&")] = " and "


def name_text(name: str) -> str:
    """Return ``name`` as people say it: lower case letters, digits and apostrophes, one space between words."""
    if name.isascii():  # nearly every name, and a prompt asks for two hundred
        return " ".join(name[:120].translate(_SAID).split())[:60].strip()
    folded = unicodedata.normalize("NFKC", name[:120]).replace("\u2019", "'").replace("&", " and ").casefold()
    kept = "".join(char if char.isalnum() or char == "'" or unicodedata.combining(char) else " " for char in folded)
    return " ".join(kept.split())[:60].strip()


def degrees(text: str) -> tuple[str, str | None]:
    """Return ``text`` with a plain ``°`` for "°C" and "°F", and the unit that was written, None where none was."""
    found = _DEGREES.search(text)
    return (_DEGREES.sub("°", text), found.group(1).upper()) if found else (text, None)
