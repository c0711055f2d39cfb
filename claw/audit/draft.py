"""Turns what a caller wants logged into bytes, whatever it is.

What is logged comes from outside in part: a lone surrogate, a NaN or a megabyte must not be able to keep the rest from
being written.  What has no JSON form is replaced, what is too long is cut, and both say so.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic_core import PydanticSerializationError, to_json

from claw.audit.chain import microseconds
from claw.base.action import Json, Origin

PAYLOAD_BYTES = 65_536
_KEPT_BYTES = 30_000  # as a JSON string inside JSON it may double
_TEXT_CHARS = 300
_TAINTS = 32
_VERSIONS = 16
_DEPTH = 40
_KIND = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_ORIGIN_FIELDS = fields(Origin)

Payload = Mapping[str, Json]
Versions = Mapping[str, str]


class Draft(NamedTuple):
    """An entry before it has a number: ``time`` in microseconds UTC, texts as they will be stored."""

    time: int
    kind: str
    origin: str
    parent: int | None
    versions: str
    body: bytes


def draft(
    time: datetime, kind: str, payload: Payload, origin: Origin | None, parent: int | None, versions: Versions
) -> Draft:
    """Return the entry ready to be stored; raises ValueError when ``kind`` is no short lower-case word."""
    return Draft(
        microseconds(time), _kind(kind), _origin(origin), parent, _versions(tuple(versions.items())), body(payload)
    )


def body(payload: Payload) -> bytes:
    """Return ``payload`` as JSON bytes, at most 64 KiB; a longer one is cut to its start, its length and its hash."""
    try:
        encoded = to_json(payload, inf_nan_mode="strings", fallback=_fallback)
    except PydanticSerializationError:
        encoded = to_json(_with_json_form(payload, _DEPTH), inf_nan_mode="strings")
    if len(encoded) <= PAYLOAD_BYTES:
        return encoded
    start = encoded[:_KEPT_BYTES].decode(errors="ignore")
    return to_json({"cut": start, "bytes": len(encoded), "sha256": hashlib.sha256(encoded).hexdigest()})


def stored_origin(stored: Mapping[str, Any]) -> Origin | None:
    """Return the Origin that was stored, None for nobody; fields that this version does not know are left out."""
    known: dict[str, Any] = {field.name: stored[field.name] for field in _ORIGIN_FIELDS if field.name in stored}
    taint = known.get("taint")
    known["taint"] = tuple(taint) if isinstance(taint, list) else ()
    return Origin(**known) if "channel" in known else None


@lru_cache(maxsize=64)
def _kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of entry")
    return kind


@lru_cache(maxsize=256)
def _origin(origin: Origin | None) -> str:
    if origin is None:
        return "{}"
    said = {field.name: getattr(origin, field.name) for field in _ORIGIN_FIELDS}
    said["taint"] = origin.taint[:_TAINTS]
    return _text({name: value for name, value in said.items() if value not in (None, "", False, ())})


@lru_cache(maxsize=64)
def _versions(versions: tuple[tuple[str, str], ...]) -> str:
    return _text(dict(versions[:_VERSIONS]))


def _text(value: Json) -> str:
    return to_json(_with_json_form(value, _DEPTH, _TEXT_CHARS)).decode()


def _fallback(value: object) -> Json:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _with_json_form(value: Any, depth: int, chars: int = PAYLOAD_BYTES) -> Json:
    """Return the nearest thing to ``value`` that JSON and UTF-8 can hold."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if depth == 0:
            return "…"
        if isinstance(value, Mapping):
            return {
                _plain_text(str(key), chars): _with_json_form(inner, depth - 1, chars) for key, inner in value.items()
            }
        return [_with_json_form(inner, depth - 1, chars) for inner in value]
    return _plain_text(str(value), chars)


def _plain_text(text: str, chars: int) -> str:
    return (text if len(text) <= chars else f"{text[:chars]}…").encode(errors="replace").decode()
