"""Text from outside, made harmless to look at.

Entity names, states, media titles and a peer's error messages come from devices and other people.  Shown raw they can
reorder a line (bidirectional marks), hide words (zero-width characters), drive a terminal (escape sequences) or fill a
screen.  What is shown to a person or put in a prompt goes through here first; what is compared or sent does not.
"""

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that print nothing of their own: control, format (bidi, zero-width), surrogate, unassigned."""

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)
"""Letters, marks and variation selectors that are drawn as nothing; Unicode calls them default ignorable."""


def plain(text: str, limit: int = 60) -> str:
    """Return ``text`` on one line, without controls, bidi or zero-width characters, cut to ``limit`` characters."""
    # Nearly every name is like this, and a page shows thousands of them.
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Cut before walking: a megabyte of attributes must not cost a megabyte of work.
    head = text[: limit * 8 + 64]
    kept = "".join(_visible(char) for char in head)
    folded = " ".join(kept.split())
    if len(folded) <= limit and len(head) == len(text):
        return folded
    return folded[: max(limit - 1, 0)].rstrip() + "…" if limit > 0 else ""


def quoted(text: str, limit: int = 60) -> str:
    """Return ``plain(text)`` in double quotes, inner double quotes made single, so that its ends are plain to see."""
    return '"' + plain(text, limit).replace('"', "'") + '"'


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    if char.isascii():
        return char if char.isprintable() else ""
    return "" if char in _BLANK or unicodedata.category(char) in _HIDDEN else char
