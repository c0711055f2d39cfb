"""Globs of the policy file: ``*`` stands for any text, ``?`` for one character, and nothing else is special."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

REMEMBERED = 1024  # distinct ids, areas or channels that one rule keeps the answer for


def is_glob(text: str) -> bool:
    """Return whether ``text`` holds a wildcard."""
    return "*" in text or "?" in text


@lru_cache(4096)
def compiled(glob: str) -> re.Pattern[str]:
    """Return the pattern of one glob; match it with ``fullmatch``."""
    return re.compile(re.escape(glob).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Return a test that says whether a text matches any of ``globs``; equal globs share one test and its memory."""
    return _matcher(tuple(globs))


@lru_cache(4096)
def _matcher(listed: tuple[str, ...]) -> Callable[[str], bool]:
    exact = frozenset(glob for glob in listed if not is_glob(glob))
    patterns = [compiled(glob).pattern for glob in listed if is_glob(glob)]
    if not patterns:
        return exact.__contains__
    pattern = re.compile("|".join(f"(?:{one})" for one in patterns), re.DOTALL)

    @lru_cache(REMEMBERED)
    def matches(text: str) -> bool:
        return text in exact or pattern.fullmatch(text) is not None

    return matches


def is_voice(channel: str) -> bool:
    """Return whether a channel, or a glob of one, is voice or one of its satellites."""
    return channel.partition(":")[0] == "voice"


def channel_matcher(globs: Iterable[str]) -> Callable[[str], bool]:
    """Return a test for channels: ``voice`` also matches every ``voice:<satellite>``."""
    listed = tuple(globs)
    kinds = (f"{glob}:*" for glob in listed if ":" not in glob)
    return matcher((*listed, *kinds))
