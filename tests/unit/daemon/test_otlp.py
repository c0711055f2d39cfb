"""The request that brings spans to a collector: OTLP's JSON to the letter, and no attribute that is not on the list."""

import json

import pytest

from claw.base.tracing import Mark, Span
from claw.daemon.otlp import ATTRIBUTES, encoded

RESOURCE = {"service.name": "claw", "service.version": "1.2"}


def span(name: str = "request", parent: bytes = b"") -> Span:
    made = Span(name, bytes(range(16)), parent, 1_767_614_400_000_000_123)
    made.span = bytes(range(8))
    made.ended = made.began + 5
    return made


def test_a_span_is_encoded_as_the_protocol_has_it() -> None:
    one = span(parent=b"parent!!")
    one.attributes.update({"status": "done", "acts": 2, "found": True, "tokens_in": 1.5})
    one.links.append(Mark(b"t" * 16, b"s" * 8))
    one.failed = True
    assert json.loads(encoded([one], RESOURCE)) == {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [
                        {"key": "service.name", "value": {"stringValue": "claw"}},
                        {"key": "service.version", "value": {"stringValue": "1.2"}},
                    ]
                },
                "scopeSpans": [
                    {
                        "scope": {"name": "claw"},
                        "spans": [
                            {
                                "traceId": "000102030405060708090a0b0c0d0e0f",
                                "spanId": "0001020304050607",
                                "parentSpanId": "706172656e742121",
                                "name": "request",
                                "kind": 1,
                                "startTimeUnixNano": "1767614400000000123",
                                "endTimeUnixNano": "1767614400000000128",
                                "attributes": [
                                    {"key": "claw.status", "value": {"stringValue": "done"}},
                                    {"key": "claw.acts", "value": {"intValue": "2"}},
                                    {"key": "claw.found", "value": {"boolValue": True}},
                                    {"key": "claw.tokens_in", "value": {"doubleValue": 1.5}},
                                ],
                                "links": [{"traceId": "74" * 16, "spanId": "73" * 8}],
                                "status": {"code": 2},
                            }
                        ],
                    }
                ],
            }
        ]
    }


def test_the_first_of_a_trace_has_no_parent_and_says_that_it_was_asked_for() -> None:
    (found,) = json.loads(encoded([span()], RESOURCE))["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert found["kind"] == 2
    assert not {"parentSpanId", "attributes", "links", "status"} & set(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("person", "anna"),
        ("text", "hello"),
        ("status", "turn on the light"),
        ("status", "Anna"),
        ("domain", "light.kitchen"),
        ("path", "x" * 41),
        ("channel", "voice:kitchen"),
        ("effect", ""),
    ],
)
def test_what_no_trace_may_say_is_left_out(name: str, value: str) -> None:
    one = span()
    one.attributes.update({name: value, "acts": 1})
    (found,) = json.loads(encoded([one], RESOURCE))["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert [each["key"] for each in found["attributes"]] == ["claw.acts"]


def test_the_list_holds_nothing_that_could_be_a_name() -> None:
    assert not ATTRIBUTES & {
        "person",
        "entity",
        "text",
        "said",
        "name",
        "place",
        "area",
        "rule",
        "skill",
        "routine",
        "source",
    }
