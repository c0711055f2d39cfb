"""What a tool of another server is in our terms: its hash, and the action that it becomes.

Everything here was written by that server.  A tool is usable where all it needs can be said in the catalogue's terms
(text, a number, a choice, true or false), so that the gate checks each argument before a rule is asked.  The hash
covers all that a model or a person reads of it: who accepted one text has not accepted another.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast

from claw.base.action import Json, canonical
from claw.base.errors import Refused
from claw.house.fields import LARGEST, Choice, Field, Flag, Number, Service, Text
from claw.house.text import plain

DOMAIN = "mcp"
COVERED = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
LONGEST_ARGUMENT = 2_000
MOST_ARGUMENTS = 20
MOST_OPTIONS = 100
LONGEST_TOLD = 500

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_TAKEN = frozenset({"service", "entities", "entity_id"})
"""Names that mean something else in a call of a program."""


def fingerprint(tool: Mapping[str, Json]) -> str:
    """Return the SHA-256 over everything that a tool says of itself; raises Refused for what is no plain JSON."""
    try:
        return hashlib.sha256(canonical({key: tool.get(key) for key in COVERED})).hexdigest()
    except (ValueError, TypeError, RecursionError):
        raise Refused("it says things of itself that cannot be read") from None


def service_of(server: str, tool: Mapping[str, Json]) -> Service:
    """Return a tool as an action, ``mcp.<server>.<tool>``; raises Refused saying why it cannot be one."""
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refused("its name is none that an action can have")
    schema = _mapping(tool.get("inputSchema"))
    fields: dict[str, Field] = {}
    listed = schema.get("required")
    required = (
        {one for one in cast("list[Json]", listed) if isinstance(one, str)} if isinstance(listed, list) else set()
    )
    for argument, wanted in _mapping(schema.get("properties")).items():
        try:
            fields[argument] = _field(argument, _mapping(wanted), required=argument in required)
        except Refused as refusal:
            if argument in required:
                raise Refused(f"it needs {plain(argument, 40)}, {refusal}") from None
    if missing := sorted(required - set(fields)):
        raise Refused(f"it needs {plain(missing[0], 40)}, which it does not describe")
    if len(fields) > MOST_ARGUMENTS:
        raise Refused(f"it takes more than {MOST_ARGUMENTS} arguments")
    return Service(name=f"{DOMAIN}.{server}.{name}", targets=False, fields=fields)


def _field(name: str, schema: Mapping[str, Json], *, required: bool) -> Field:
    if not _ARGUMENT.fullmatch(name) or name in _TAKEN:
        raise Refused("which a program cannot name")
    options = schema.get("enum")
    if isinstance(options, list):
        words = tuple(
            one for one in cast("list[Json]", options) if isinstance(one, str) and len(one) <= LONGEST_ARGUMENT
        )
        if not 0 < len(words) <= MOST_OPTIONS or len(words) != len(cast("list[Json]", options)):
            raise Refused("which is one of things that are not words")
        return Choice(required=required, options=words)
    match schema.get("type"):
        case "string":
            longest = _figure(schema, "maxLength", LONGEST_ARGUMENT)
            return Text(required=required, shortest=0, longest=max(0, min(longest, LONGEST_ARGUMENT)))
        case "boolean":
            return Flag(required=required)
        case "integer" | "number" as kind:
            low, high = _figure(schema, "minimum", -LARGEST), _figure(schema, "maximum", LARGEST)
            return Number(required=required, low=low, high=high, whole=kind == "integer")
        case _:
            raise Refused("which is neither text nor a number nor a choice")


def _figure(schema: Mapping[str, Json], key: str, otherwise: float) -> float:
    figure = schema.get(key)
    if isinstance(figure, bool) or not isinstance(figure, (int, float)) or not abs(figure) <= LARGEST:
        return otherwise
    return figure


def _mapping(value: Json) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def told(service: Service, tool: Mapping[str, Json]) -> str:
    """Return a tool as the line that a model reads of it, once it was accepted."""
    arguments = "".join(f", {name}={_example(field)}" for name, field in service.fields.items())
    described = tool.get("description")
    words = plain(described, LONGEST_TOLD) if isinstance(described, str) else ""
    return f'text = await call("{service.name}"{arguments}): {words}'


def _example(field: Field) -> str:
    if isinstance(field, Choice):
        return f'"{plain(field.options[0], 40)}"'
    return "1" if isinstance(field, Number) else "True" if isinstance(field, Flag) else '"..."'
