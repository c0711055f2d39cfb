"""Words as the index knows them, and what of a question is worth looking for.

Both sides of a search have to cut text alike, so both are here.  Chinese and Japanese are written without spaces: each
of their characters is indexed as a word of its own and looked for in pairs.
"""

from datetime import datetime


def spaced(text: str) -> str:
    """Return ``text`` with an invisible gap between characters that are written without spaces; see ``plain``."""
    raise NotImplementedError


def plain(text: str) -> str:
    """Return what ``spaced`` was given."""
    raise NotImplementedError


def day_words(moment: datetime) -> str:
    """Return the words by which people name a day: ``8 May 2026 Friday``."""
    raise NotImplementedError
