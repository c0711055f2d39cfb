"""Entity ids in a policy and a configuration: where they may stand, and how one is written instead of another.

A file that a person wrote keeps its comments, its order and its layout: only the characters of the id itself are
replaced, in the places that mean a thing of the house.  An id in a comment, a reason or the name of an action stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

ANY: Final = "*"
KEYS: Final = "<keys>"
Place = tuple[str, ...]
"""Keys that lead to ids; ``ANY`` is every value of a mapping or list, ``KEYS`` the keys of a mapping themselves."""

POLICY: Final[tuple[Place, ...]] = (
    ("rules", ANY, "on", "entity"),
    ("rules", ANY, "except", "entity"),
    ("rules", ANY, "when", "states", KEYS),
    ("never", ANY, "when", "states", KEYS),
    ("safety", ANY, ANY, "entities"),
    ("tests", ANY, "entities"),
    ("tests", ANY, "states", KEYS),
)
CONFIG: Final[tuple[Place, ...]] = (
    ("stop", "safe", ANY, "entities"),
    ("stop", "helper"),
    ("audit", "witness_entity"),
    ("sources", ANY, "entity"),
    ("routines", "hands", KEYS),
    ("people", ANY, "entity"),
    ("voice", "wyoming", "peers", ANY, "satellites"),
    ("voice", "speech", "rooms", ANY),
    ("voice", "speech", "voice"),
)
DECIDING: Final[tuple[Place, ...]] = (
    ("rules", ANY, "when", "states", KEYS),
    ("never", ANY, "when", "states", KEYS),
    ("stop", "helper"),
    ("audit", "witness_entity"),
    ("people", ANY, "entity"),
    ("voice", "wyoming", "peers", ANY, "satellites"),
)
"""Places of things that decide about others: whoever brings in the newcomer would hold a key."""


@dataclass(frozen=True)
class Named:
    """One id in a text: the ``place`` it stands in, its line from 1, and the characters ``start`` to ``end``."""

    entity_id: str
    place: Place
    line: int
    start: int
    end: int

    @property
    def where(self) -> str:
        """The place in words, with the line."""
        return f"{'.'.join(part for part in self.place if part not in {ANY, KEYS})} in line {self.line}"


def names(text: str, places: tuple[Place, ...]) -> list[Named]:
    """Return every id in the YAML ``text`` at one of these places, in the order of the text.

    The text has been read as its own kind of file before: what is no YAML raises what the parser raises.
    """
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    found: dict[tuple[int, int], Named] = {}  # by where it stands: an alias leads to the same place again
    for place in places:
        for node in _at(root, place):
            start, end = node.start_mark.index, node.end_mark.index
            found[start, end] = Named(node.value, place, node.start_mark.line + 1, start, end)
    return [found[key] for key in sorted(found)]


def _at(node: yaml.Node | None, place: Place) -> Iterator[yaml.ScalarNode]:
    if not place:
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.SequenceNode):
            yield from (one for one in node.value if isinstance(one, yaml.ScalarNode))
        return
    head, rest = place[0], place[1:]
    if isinstance(node, yaml.SequenceNode) and head == ANY:
        for one in node.value:
            yield from _at(one, rest)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if head == KEYS:
                yield from _at(key, rest)
            elif head == ANY or (isinstance(key, yaml.ScalarNode) and key.value == head):
                yield from _at(value, rest)


def replaced(text: str, places: tuple[Place, ...], new: Mapping[str, str]) -> tuple[str, list[Named]]:
    """Return ``text`` with the ids of ``new`` written in place of its keys, and those that have to be changed by hand.

    By hand goes what is written so that its letters do not stand in the text, behind an escape.
    """
    left: list[Named] = []
    for one in reversed(names(text, places)):
        if one.entity_id not in new:
            continue
        written = text[one.start : one.end]
        if written.count(one.entity_id) != 1:
            left.append(one)
            continue
        text = text[: one.start] + written.replace(one.entity_id, new[one.entity_id]) + text[one.end :]
    return text, left[::-1]
