"""A routine as somebody writes it by hand: short forms of triggers and steps beside the full ones, one clear error.

A trigger may be a phrase ("weekdays 07:00", see ``claw/routines/when.py``), a step a line: an action with entities and
data (``light.turn_on light.hall brightness_pct=40``), ``run SKILL key=value`` or ``say [to everyone:] words``.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast

from pydantic import ValidationError

from claw.base.action import Json
from claw.base.errors import Refused
from claw.house.text import plain
from claw.routines.spec import Spec
from claw.routines.when import triggers_of

LONGEST = 1_000
"""Characters of a short form."""
_STEP = "light.turn_on light.hall brightness_pct=40, run movie-time, or say to everyone: dinner is ready"
_ACTION = re.compile(r"[a-z0-9_]+\.[a-z0-9_.]+")
_ENTITY = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_DATUM = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_WORDS = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_TO = re.compile(r"to +(me|everyone|person:[a-z0-9_]{1,40}|place:[a-z0-9_]{1,60}) *: *", re.IGNORECASE)


def read_spec(written: Mapping[str, Json], now: datetime) -> Spec:
    """Return what ``written`` means; ``now`` has the zone of the house.  Raises Refused with what was expected."""
    whole = dict(written)
    short: Mapping[str, Callable[[str], list[Json]]] = {"when": partial(_when, now=now), "do": _do}
    for key, read in short.items():
        if key in whole:
            given = whole[key] if isinstance(whole[key], list) else [whole[key]]
            whole[key] = [part for one in given for part in (read(one) if isinstance(one, str) else [one])]
    if "name" not in whole:
        raise Refused("name: expected a name for it")
    try:
        return Spec.model_validate(whole)
    except ValidationError as error:
        raise Refused(_problem(error)) from error


def step_of(text: str) -> dict[str, Json]:
    """Return the step that a line means; raises Refused with what was expected."""
    head, _, rest = text.strip().partition(" ")
    if len(text) > LONGEST:
        raise Refused(f"expected a step of at most {LONGEST} characters")
    if head.lower() == "say" and rest.strip():
        to = _TO.match(rest.strip())
        words = rest.strip()[to.end() :] if to else rest.strip()
        return {"say": words.strip(), "to": to[1].lower() if to else "me"}
    words = _WORDS.findall(rest)
    if head.lower() == "run" and words and not _DATUM.fullmatch(words[0]):
        return {"skill": words[0], "arguments": _data(words[1:])}
    if not _ACTION.fullmatch(head):
        raise Refused(f"do: found {plain(text, 60)!r}, expected a step such as {_STEP}")
    entities = [name for word in words if not _DATUM.fullmatch(word) for name in word.split(",") if name]
    if wrong := [name for name in entities if not _ENTITY.fullmatch(name)]:
        raise Refused(f"do: found {plain(wrong[0])!r}, expected an entity such as light.hall, or key=value")
    data = _data([word for word in words if _DATUM.fullmatch(word)])
    return {"actions": [{"action": head, "entities": entities, "data": data}]}


def _do(text: str) -> list[Json]:
    return [step_of(text)]


def _when(text: str, now: datetime) -> list[Json]:
    if len(text) > LONGEST:
        raise Refused(f"when: expected at most {LONGEST} characters")
    try:
        return list(triggers_of(text, now))
    except ValueError as error:
        raise Refused(f"when: {error}") from error


def _data(words: list[str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for word in words:
        datum = _DATUM.fullmatch(word)
        if not datum:
            raise Refused(f"do: found {plain(word)!r}, expected key=value")
        found[datum[1]] = _value(datum[2])
    return found


def _value(text: str) -> Json:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", text) else text


def _problem(error: ValidationError) -> str:
    """Return the first thing that is wrong, with where it stands."""
    first = cast("dict[str, Any]", error.errors(include_url=False, include_input=False)[0])
    where = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return plain(f"{where}: {said}" if where else said, 400)
