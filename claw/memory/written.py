"""A fact as text: how it travels in an action, waits in a question and stands in the log.

Whoever can send an action can send any text, so what comes back is checked field by field, and is a fact of one exact
shape or none at all.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from claw.base.action import Json, canonical
from claw.base.errors import Refused
from claw.memory.model import HOUSEHOLD, KINDS, Fact, Sensitivity
from claw.memory.rows import stamp

LONGEST_FACT = 4_000
"""Characters of a fact as text."""
DEEPEST = 4
"""Levels of a value; a person's sentence never needs as many."""

_TEXTS = ("kind", "subject", "predicate", "sentence", "visibility", "sensitivity")
_FIELDS = frozenset({*_TEXTS, "value", "condition", "valid_from", "valid_to", "several"})


def as_text(fact: Fact) -> str:
    """Return ``fact`` as canonical JSON; raises Refused for a value that is no JSON, or a time without a zone."""
    told: dict[str, Json] = {name: getattr(fact, name) for name in _TEXTS}
    try:
        told |= {
            "value": fact.value,
            "condition": dict(fact.condition),
            "several": fact.several,
            "valid_from": fact.valid_from and stamp(fact.valid_from),
            "valid_to": fact.valid_to and stamp(fact.valid_to),
        }
        return canonical(told).decode()
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        raise Refused("That cannot be kept: it is not made of words, numbers and times.") from error


def from_text(text: str) -> Fact:
    """Return the fact that ``as_text`` wrote; raises Refused for anything else."""
    try:
        stored: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused("That is not the way in which a fact is written.") from error
    if not isinstance(stored, dict) or frozenset(cast("dict[str, object]", stored)) != _FIELDS:
        raise Refused("That is not the way in which a fact is written.")
    given = cast("dict[str, Any]", stored)
    _check(given)
    return Fact(
        kind=given["kind"],
        subject=given["subject"],
        predicate=given["predicate"],
        value=given["value"],
        sentence=given["sentence"],
        condition=given["condition"],
        valid_from=_moment(given["valid_from"]),
        valid_to=_moment(given["valid_to"]),
        visibility=given["visibility"],
        sensitivity=given["sensitivity"],
        several=given["several"],
    )


def laid_open(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the data of an act on memory as a person reads it: the fact in its parts, with nothing left out.

    What says nothing that differs from the ordinary is not told: a fact for the household, in somebody's own words.
    """
    try:
        fact = from_text(str(data["fact"]))
    except (KeyError, Refused):
        return data
    told: dict[str, Json] = {key: value for key, value in data.items() if key not in {"fact", "op", "by"}}
    told |= {"about": fact.subject, "what": fact.predicate, "value": _as_said(fact.value)}
    more: dict[str, tuple[Json, Json]] = {
        "kind": (fact.kind, "fact"),
        "for": (fact.visibility, HOUSEHOLD),
        "sensitivity": (fact.sensitivity, "normal"),
        "several": (str(fact.several), "False"),
        "when": (_as_said(dict(fact.condition)), "{}"),
        "from": (fact.valid_from and stamp(fact.valid_from), None),
        "until": (fact.valid_to and stamp(fact.valid_to), None),
        "by": (data.get("by", "words"), "words"),
    }
    return told | {key: value for key, (value, ordinary) in more.items() if value != ordinary}


def _as_said(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def texts_of(value: Json, deepest: int = DEEPEST) -> list[str]:
    """Return every text in a JSON value, keys too; raises Refused for one that is nested too deeply."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (Mapping, list, tuple)):
        return []
    if deepest == 0:
        raise Refused("That is too deeply nested to be remembered.")
    found: list[str] = []
    if isinstance(value, Mapping):
        for key, one in cast("Mapping[object, Json]", value).items():
            found += [str(key), *texts_of(one, deepest - 1)]
        return found
    for one in cast("list[Json]", value):
        found += texts_of(one, deepest - 1)
    return found


def _check(given: Mapping[str, Any]) -> None:
    shapes: list[tuple[bool, str]] = [
        (all(isinstance(given[name], str) for name in _TEXTS), "its words"),
        (given["kind"] in KINDS, "its kind"),
        (given["sensitivity"] in get_args(Sensitivity), "its sensitivity"),
        (isinstance(given["condition"], dict), "its condition"),
        (isinstance(given["several"], bool), "whether there may be several"),
    ]
    for right, what in shapes:
        if not right:
            raise Refused(f"That is not the way in which a fact is written: {what}.")
    texts_of(given["value"])
    texts_of(given["condition"])


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused("That is not the way in which a time is written.")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
