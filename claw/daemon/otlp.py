"""Spans as a collector takes them: the JSON of OTLP over HTTP, whose shape OpenTelemetry's protocol fixes.

What goes out of an attribute is decided here once more: its name is on a list, and a text is a word of Claw's own.  So
no room can put a name or a sentence into a trace, by mistake either.
"""

import json
import re
from collections.abc import Iterable, Mapping

from claw.base.action import Json
from claw.base.tracing import Span, Worth

ATTRIBUTES = frozenset(
    {
        *("acts", "answer", "channel", "domain", "effect", "entry", "found", "path", "purpose", "status"),
        *("tokens_in", "tokens_out"),
    }
)
"""What a span may say: counts, states, a number of the log, and of an act its domain."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INTERNAL, _SERVER = 1, 2
_ERROR = 2


def encoded(spans: Iterable[Span], resource: Mapping[str, str]) -> bytes:
    """Return the request that brings ``spans`` to a collector; ``resource`` says which program they are from."""
    about = [_attribute(name, value) for name, value in resource.items()]
    scope = {"scope": {"name": "claw"}, "spans": [_span(one) for one in spans]}
    whole = {"resourceSpans": [{"resource": {"attributes": about}, "scopeSpans": [scope]}]}
    return json.dumps(whole, separators=(",", ":")).encode()


def _span(span: Span) -> dict[str, Json]:
    told = [_attribute(f"claw.{name}", value) for name, value in span.attributes.items() if _may(name, value)]
    links = [{"traceId": one.trace.hex(), "spanId": one.span.hex()} for one in span.links]
    return {
        "traceId": span.trace.hex(),
        "spanId": span.span.hex(),
        **({"parentSpanId": span.parent.hex()} if span.parent else {}),
        "name": span.name,
        "kind": _INTERNAL if span.parent else _SERVER,
        # 64 bits are texts in this JSON: other languages read its numbers as floats.
        "startTimeUnixNano": str(span.began),
        "endTimeUnixNano": str(span.ended),
        **({"attributes": told} if told else {}),
        **({"links": links} if links else {}),
        **({"status": {"code": _ERROR}} if span.failed else {}),
    }


def _may(name: str, value: Worth) -> bool:
    return name in ATTRIBUTES and (not isinstance(value, str) or _WORD.fullmatch(value) is not None)


def _attribute(name: str, value: Worth) -> dict[str, Json]:
    if isinstance(value, bool):
        return {"key": name, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": name, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": name, "value": {"doubleValue": value}}
    return {"key": name, "value": {"stringValue": value}}
