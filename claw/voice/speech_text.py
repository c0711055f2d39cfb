"""What may come out of a loudspeaker: two short sentences of plain words, whoever wrote them.

Whatever is said aloud is heard by every microphone in the room, so it passes through ``claw/mind/harmless.py`` last, in
the very form in which it is said.  Before that everything goes that a voice would read wrongly or take for an order of
its own: markup, signs that nobody sees, brackets that a house reads as a template.
"""

import re
import unicodedata
from collections.abc import Callable

MOST_SENTENCES = 2
LONGEST = 400
"""Characters said at once: half a minute of talk, of which nobody wants more."""
_LONGEST_READ = 10_000
_ROUNDS = 3
_GOES_ON = "..."

Clean = Callable[[str, int], str]
"""Makes text harmless and cuts it to a length (``claw/mind/harmless.py``)."""

_TAG = re.compile(r"<[^<>]{0,500}>")
_SIGNS = str.maketrans(dict.fromkeys("<>{}[]|_#^\\", " ") | dict.fromkeys("*`~", ""))
_SPACE = re.compile(r"\s+")
_LOOSE = re.compile(r" (?=[.,;:!?])")
_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)]*\s+(?=\S)|(?<=[\u3002\uff01\uff1f])(?=\S)")
_SHORT = re.compile(
    r"(?:^|\W)(?:\w|mr|mrs|ms|dr|st|no|nr|ca|etc|usw|bzw|z\. ?b|d\. ?h|e\.g|i\.e|\d+)\.$", re.IGNORECASE
)
"""What ends in a point and no sentence: an initial, an abbreviation, the number of a day."""


def spoken(text: str, clean: Clean, *, most: int = MOST_SENTENCES, longest: int = LONGEST) -> str:
    """Return ``text`` as it may be said aloud: harmless, no markup, ``most`` sentences; empty where nothing is left.

    What is said again through here stays as it is.
    """
    said = clean(text[:_LONGEST_READ], _LONGEST_READ)
    for _ in range(_ROUNDS):
        before, said = said, clean(_short(_plain(said), most, longest), longest)
        if said == before:
            break
    else:
        return ""  # something that is made anew by every cleaning was made for that
    return said if any(map(str.isalnum, said)) else ""


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text``, in order; a point that ends an abbreviation ends none."""
    found: list[str] = []
    for piece in _END.split(text):
        if found and _SHORT.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        elif piece.strip():
            found.append(piece.strip())
    return found


def _plain(text: str) -> str:
    shown = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFKC", text)
        if char.isspace() or char.isprintable()
    )
    before = ""
    while before != shown:
        before, shown = shown, _TAG.sub(" ", shown)
    words = "".join(char for char in shown.translate(_SIGNS) if unicodedata.category(char) not in {"So", "Sk", "Cn"})
    return _LOOSE.sub("", _SPACE.sub(" ", words)).strip()


def _short(text: str, most: int, longest: int) -> str:
    """Return the first sentences of ``text`` that fit; of one that is too long alone, its first words."""
    said = ""
    for sentence in sentences(text)[:most]:
        more = f"{said} {sentence}".strip()
        if len(more) > longest:
            break
        said = more
    if said or not text:
        return said
    cut = text[: longest - len(_GOES_ON)]
    return (cut[: cut.rfind(" ")] if " " in cut else cut) + _GOES_ON
