"""What the text of a script or an automation says that Home Assistant's search does not.

The search names what a script names and, in the same lists, what holds that: whether a room was meant itself only the
text tells.  The search also leaves out what is decided while the script runs (a template in the place of a target), a
script that is called by its own name, and what is done without any target.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from claw.base.action import Json
from claw.house.services import CATALOGUE, acts_on

MOST_PARTS = 20_000
MOST_LETTERS = 1_000_000
"""A text that is longer counts as not had: nobody waits until it is read."""

_STEPS = ("sequence", "actions", "action")
_WHERE = frozenset({"target", "entity_id", "device_id", "area_id", "floor_id", "label_id", "scene"})
_DATA = ("data", "data_template")
_CALLS = ("action", "service", "service_template")
_CALL = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_WORD = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?")
_TEMPLATE = re.compile(r"\{[{%#]")
_OF_ITSELF = frozenset({"toggle", "turn_off", "turn_on", "reload"})
_MOVES_NOTHING = frozenset({"notify", "persistent_notification", "logbook", "system_log"}) | {
    acts_on(name) for name in CATALOGUE
}
"""Domains whose actions move nothing where they are called without a target."""


@dataclass(frozen=True)
class ScriptText:
    """``words`` are all that it may name things by, ``calls`` the scripts that it calls by their own names.

    ``open``: what else it does shows only when it runs.
    """

    words: frozenset[str]
    calls: frozenset[str] = frozenset()
    open: bool = False


def read_text(answer: Json) -> ScriptText | None:
    """Return what the answer to ``script/config`` or ``automation/config`` says, None where it holds no such text.

    A blueprint comes with its inputs put in; one that could not be read comes without its steps, and is no text.
    """
    config = answer.get("config") if isinstance(answer, Mapping) else None
    if not isinstance(config, Mapping) or "use_blueprint" in config:
        return None
    text = cast("Mapping[object, Json]", config)
    if not any(isinstance(text.get(key), (list, tuple, Mapping)) for key in _STEPS):
        return None
    words: set[str] = set()
    calls: set[str] = set()
    letters = 0
    undecided = False
    for count, one in enumerate(_parts(text)):
        if isinstance(one, str):
            letters += len(one)
            words.update(_words(one))
        elif isinstance(one, Mapping):
            row = cast("Mapping[object, Json]", one)
            undecided = undecided or _is_open(row)
            calls.update(_called(row))
        if count > MOST_PARTS or letters > MOST_LETTERS:
            return None
    return ScriptText(frozenset(words), frozenset(calls), undecided)


def _parts(text: object) -> Iterator[object]:
    """Give everything in a text, keys too, however deep it is."""
    waiting = [iter((text,))]
    while waiting:
        one = next(waiting[-1], None)
        if one is None:
            waiting.pop()
            continue
        yield one
        if isinstance(one, Mapping):
            row = cast("Mapping[object, object]", one)
            waiting += [_given(row.keys()), _given(row.values())]
        elif isinstance(one, (list, tuple)):
            waiting.append(_given(cast("Sequence[object]", one)))


def _given(many: Iterable[object]) -> Iterator[object]:
    return (one for one in many if one is not None)


def _words(text: str) -> Iterator[str]:
    """Give the ids that a text may stand for: itself, what is between its commas, every word of a template."""
    if _TEMPLATE.search(text):
        yield from _WORD.findall(text)
    else:
        yield from (word.strip() for word in text.split(","))


def _is_open(row: Mapping[object, Json]) -> bool:
    """Return whether a part of a text does something to what it does not name."""
    if any(_has_template(row.get(key)) for key in _WHERE):
        return True
    if any(isinstance(row.get(key), str) and _has_template(row.get(key)) for key in (*_CALLS, *_DATA)):
        return True
    if isinstance(row.get("event"), str) and not {"trigger", "platform"} & row.keys():
        return True  # an event that it sends may set off anything
    name = _call(row)
    if name is None or _names(row):
        return False
    return name.partition(".")[0] not in _MOVES_NOTHING and not _is_script(name)


def _called(row: Mapping[object, Json]) -> Iterator[str]:
    name = _call(row)
    if name is not None and _is_script(name):
        yield name


def _is_script(name: str) -> bool:
    domain, _, called = name.partition(".")
    return domain == "script" and called not in _OF_ITSELF


def _call(row: Mapping[object, Json]) -> str | None:
    for key in _CALLS:
        name = row.get(key)
        if isinstance(name, str) and _CALL.fullmatch(name.strip().lower()):
            return name.strip().lower()
    return None


def _names(row: Mapping[object, Json]) -> bool:
    """Return whether a call says what it acts on."""
    places = [row, *(row.get(key) for key in ("target", *_DATA))]
    rows = [cast("Mapping[object, Json]", place) for place in places if isinstance(place, Mapping)]
    return any(place.get(key) for place in rows for key in _WHERE - {"target"})


def _has_template(value: Json) -> bool:
    return any(isinstance(one, str) and _TEMPLATE.search(one) for one in _parts(value)) if value is not None else False
