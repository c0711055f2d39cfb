import hashlib
import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.audit.draft import PAYLOAD_BYTES, body, draft, stored_origin
from claw.base.action import Origin

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def made(**changed: Any) -> Any:
    given = {"time": NOON, "kind": "intent", "payload": {}, "origin": None, "parent": None, "versions": {}} | changed
    return draft(**given)


def test_a_draft_is_what_will_be_stored() -> None:
    found = made(payload={"name": "Küche"}, origin=Origin("cli", "anna"), parent=3, versions={"policy": "1f"})
    assert found == (
        1_767_614_400_000_000,
        "intent",
        '{"channel":"cli","person":"anna"}',
        3,
        '{"policy":"1f"}',
        '{"name":"Küche"}'.encode(),
    )


@pytest.mark.parametrize("kind", ["", "Intent", "an intent", "intent\n", "1", "x" * 41, "é"])
def test_a_kind_is_one_short_word(kind: str) -> None:
    with pytest.raises(ValueError, match="no kind of entry"):
        made(kind=kind)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        Origin("web"),
        Origin(
            "voice:hall",
            "anna",
            "hall",
            authenticated=True,
            source="s",
            conversation="c",
            language="de",
            taint=("a", "b"),
        ),
    ],
)
def test_an_origin_comes_back_as_it_was(origin: Origin | None) -> None:
    assert stored_origin(json.loads(made(origin=origin).origin)) == origin


def test_an_origin_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    assert stored_origin({"channel": "web", "mood": "good"}) == Origin("web")


def test_an_endless_origin_is_cut() -> None:
    origin = Origin("web", source="s" * 100_000, taint=tuple(f"t{i}" * 1_000 for i in range(1_000)))
    assert len(made(origin=origin).origin) < 12_000


def test_endless_versions_are_cut() -> None:
    assert len(made(versions={f"v{i}": "x" * 10_000 for i in range(100)}).versions) < 6_000


def test_control_characters_cannot_forge_a_line() -> None:
    encoded = body({"text": "off\r\n2026-01-05 12:00 intent \x1b[2J\x00"})
    assert b"\n" not in encoded
    assert b"\r" not in encoded
    assert b"\x1b" not in encoded
    assert json.loads(encoded) == {"text": "off\r\n2026-01-05 12:00 intent \x1b[2J\x00"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ({"\udfff": 1}, {"?": 1}),
        (b"\xff", "b'\\xff'"),
        (MappingProxyType({"a": MappingProxyType({"b": 1})}), {"a": {"b": 1}}),
        (frozenset({"x"}), ["x"]),
        (("\ud800", float("nan")), ["?", "NaN"]),
        (NOON, "2026-01-05T12:00:00Z"),
        (slice(1), "slice(None, 1, None)"),
    ],
)
def test_what_has_no_json_form_gets_the_nearest(value: object, stored: object) -> None:
    assert json.loads(body({"value": value})) == {"value": stored}


def test_what_nests_for_ever_is_cut() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert "…" in body({"deep": deep}).decode()


def test_the_largest_payload_is_kept_whole() -> None:
    payload = {"text": "x" * (PAYLOAD_BYTES - len('{"text":""}'))}
    assert json.loads(body(payload)) == payload
    assert len(body(payload)) == PAYLOAD_BYTES


@pytest.mark.parametrize("character", ["x", '"', "\\", "\n", "\x00", "é", "\U0001f600"])
def test_a_longer_payload_is_cut_and_says_so(character: str) -> None:
    payload = {"text": character * PAYLOAD_BYTES}
    whole = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    found = json.loads(body(payload))
    assert found["bytes"] == len(whole)
    assert found["sha256"] == hashlib.sha256(whole).hexdigest()
    assert whole.decode().startswith(found["cut"])
    assert len(found["cut"]) > 5_000
    assert len(body(payload)) <= PAYLOAD_BYTES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters()), json_values, max_size=4))
def test_anything_becomes_valid_json_in_bounds(payload: dict[str, Any]) -> None:
    encoded = body(payload)
    assert isinstance(json.loads(encoded), dict)
    assert len(encoded) <= PAYLOAD_BYTES
    assert all(byte >= 0x20 for byte in encoded)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none(), max_size=4))
def test_plain_values_come_back_as_they_were(payload: dict[str, Any]) -> None:
    assert json.loads(body(payload)) == payload


def test_nothing_stays_nothing_beside_what_has_no_json_form() -> None:
    assert json.loads(body({"none": None, "odd": "\ud800"})) == {"none": None, "odd": "?"}
