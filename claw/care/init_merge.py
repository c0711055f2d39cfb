"""Puts what is newly proposed together with what a person changed: line by line, against what was proposed before.

Where both changed the same lines the person's stay, and what was not taken is said.  Whether the outcome means anything
is not decided here: it is checked like any file before it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff


@dataclass(frozen=True, slots=True)
class Merged:
    """The text that came of it, and the proposed parts that were not taken, as their lines."""

    text: str
    left_out: tuple[str, ...] = ()


def merge(before: str, mine: str, proposed: str) -> Merged:
    """Return ``mine`` with what changed from ``before`` to ``proposed``; where both changed, ``mine`` stays."""
    if mine in {before, proposed}:
        return Merged(proposed)
    if before == proposed:
        return Merged(mine)
    old, own, new = (text.splitlines(keepends=True) for text in (before, mine, proposed))
    lines: list[str] = []
    left_out: list[str] = []
    at = (0, 0, 0)
    for common in _shared(old, own, new):
        chosen, lost = _chosen(old[at[0] : common[0]], own[at[1] : common[1]], new[at[2] : common[2]])
        lines += chosen
        left_out += lost
        lines += own[common[1] : common[1] + common[3]]
        at = (common[0] + common[3], common[1] + common[3], common[2] + common[3])
    return Merged("".join(lines), tuple(left_out))


def _chosen(old: list[str], own: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines that stay between two places where all agree, and the proposed ones that do not."""
    if own == old:
        return new, []
    if new in (old, own):
        return own, []
    return own, ["".join(new)] if new else []


def _shared(old: Sequence[str], own: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return where all three have the same lines: the start in each, and how many; the ends of all are the last."""
    in_own = SequenceMatcher(None, old, own, autojunk=False).get_matching_blocks()
    in_new = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    while i < len(in_own) and j < len(in_new):
        one, other = in_own[i], in_new[j]
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            found.append((start, one.b + start - one.a, other.b + start - other.a, end - start))
        if one.a + one.size < other.a + other.size:
            i += 1
        else:
            j += 1
    return [*found, (len(old), len(own), len(new), 0)]


def difference(before: str, after: str, name: str) -> str:
    """Return what changes, as a unified diff; empty where nothing does."""
    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (proposed)")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
