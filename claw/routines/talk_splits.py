"""Where a sentence may be cut: what must happen first, what is then done, and what must be so besides.

Pure text.  People leave out the comma, so a sentence that begins with "when" is cut at each word that a command may
begin with; which of these ways makes sense is for the caller to find.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from claw.routines.talk_tongue import Tongue, tidy

_MOST_SPLITS = 12


@dataclass(frozen=True, slots=True)
class Split:
    """A sentence cut at "when": what must happen, what is then done, and whether once (None: it was not said)."""

    clause: str
    command: str
    once: bool | None


def splits(text: str, tongue: Tongue) -> Iterator[Split]:
    """Yield the ways in which a sentence may be cut into what must happen and what is then done."""
    each = next((word for word in tongue.texts("each_ends") if text.lower().endswith(f" {word}")), "")
    text = text[: len(text) - len(each)].rstrip(" ,") if each else text
    whens = [(str(word), "each" if each else key) for key, words in tongue.raw["whens"].items() for word in words]
    for start, end, key in _found(text, whens, tongue):
        once = {"each": False, "once": True}.get(key)
        behind = text[end:].strip(" ,")
        before = tidy(text[:start], tongue) if start else ""
        if before:
            yield Split(behind, before, once)
            for at, _ in _places(behind, tongue.texts("then_to"), tongue):  # "remind me when I am home to call"
                yield Split(behind[:at].strip(" ,"), f"{before} {behind[at:]}", once)
            continue
        for at in _cuts(behind, tongue):
            yield Split(behind[:at].strip(" ,"), tidy(behind[at:], tongue), once)
    ends = [(str(word), key) for key, words in tongue.raw.get("when_ends", {}).items() for word in words]
    for start, end, key in _found(text, ends, tongue):
        if start and text[end:].strip(" ,"):
            yield Split(tidy(text[:start], tongue), tidy(text[end:], tongue), {"each": False, "once": True}.get(key))


def conditions(text: str, tongue: Tongue) -> Iterator[tuple[str, str, str]]:
    """Yield the ways in which a condition may stand in a sentence: what is before it, itself, and what is behind it."""
    for start, end in _places(text, tongue.texts("conditions"), tongue):
        before, behind = text[:start].strip(" ,"), text[end:].strip(" ,")
        if before:
            yield before, behind, ""
        comma = behind.find(",")
        for at in (
            [comma] if comma > 0 else _cuts(behind, tongue)
        ):  # "at seven, if it is dark, ...", also without commas
            yield before, behind[:at].strip(), behind[at:].strip(" ,")


def _found(text: str, words: list[tuple[str, str]], tongue: Tongue) -> list[tuple[int, int, str]]:
    """Return where words stand in a text, the longest where several begin at one place."""
    low, found = text.lower(), dict[int, tuple[int, int, str]]()
    for word, key in sorted(words, key=lambda pair: len(pair[0])):
        for start, end in _at(low, word, tongue):
            found[start] = (start, end, key)
    kept: list[tuple[int, int, str]] = []
    for start, end, key in sorted(found.values()):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, key))
    return kept[:_MOST_SPLITS]


def _places(text: str, words: tuple[str, ...], tongue: Tongue) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in _found(text, [(word, "") for word in words], tongue)]


def _at(low: str, word: str, tongue: Tongue) -> Iterator[tuple[int, int]]:
    start = low.find(word)
    while start >= 0:
        end = start + len(word)
        free = tongue.spaceless or (
            (start == 0 or not low[start - 1].isalnum()) and (end == len(low) or not low[end].isalnum())
        )
        if free:
            yield start, end
        start = low.find(word, start + 1)


def _cuts(text: str, tongue: Tongue) -> list[int]:
    """Return where a command may begin in what follows "when": behind a comma, or at a word of command."""
    commas = [at for at, char in enumerate(text) if char in ",;"]
    low = text.lower()
    starts = range(1, len(low)) if tongue.spaceless else [at + 1 for at, char in enumerate(low) if char == " "]
    openings = [at for at in starts if any(_opens(low, at, word, tongue) for word in tongue.opens)]
    return [*commas, *openings][: _MOST_SPLITS * 2]


def _opens(low: str, at: int, word: str, tongue: Tongue) -> bool:
    return low.startswith(word, at) and (tongue.spaceless or low[at + len(word) : at + len(word) + 1] in {"", " ", "-"})
