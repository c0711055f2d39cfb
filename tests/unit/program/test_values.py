"""What crosses between the sandbox and Claw."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.program.values import MOST_DEPTH, MOST_TEXT, MOST_WORDS, Unfit, cleaned, inward, outward, seen

PLAIN = st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Po", "Zs", "So"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(PLAIN, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(PLAIN, max_size=5), inner, max_size=4),
    max_leaves=20,
)
ANYTHING = st.recursive(
    st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers() | st.just(print),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.integers() | st.text(), inner),
    max_leaves=20,
)


class Word(str):
    __slots__ = ()


class Thing:
    pass


@given(JSON)
def test_plain_data_comes_out_as_it_is(value: Any) -> None:
    assert outward(value) == value


@given(ANYTHING)
def test_whatever_comes_out_is_json_or_is_refused(value: Any) -> None:
    try:
        out = outward(value)
    except Unfit:
        return
    assert json.loads(json.dumps(out, allow_nan=False)) == out


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53 + 1,
        -(2**53) - 1,
        b"x",
        {1},
        frozenset({1}),
        1j,
        Thing(),
        Thing,
        len,
        {1: 2},
        {None: 1},
        Word("x"),
        {Word("x"): 1},
        "a\u202eb",
        "a\u200bb",
        "a\u2066b",
        "\ufeffx",
        "x\x00",
        "x\x1b[0m",
        "\ud800",
        "\U000e0041",
        "a\u200db",
        "<function '<lambda>' at 0xc>",
        "<bound method>",
        "<coroutine object f>",
        "<O object at 0xf0>",
        "range(0, 3)",
        "range(0, 3, -1)",
        "[...]",
        "<deeply nested>",
        "x" * (MOST_TEXT + 1),
        ["x" * 15_000] * 2,
        [0] * 5_001,
    ],
    ids=lambda value: ascii(value)[:30],
)
@pytest.mark.parametrize("inside", [lambda one: one, lambda one: [one], lambda one: {"a": (1, one)}])
def test_what_is_no_data_is_refused_wherever_it_stands(value: Any, inside: Any) -> None:
    with pytest.raises(Unfit):
        outward(inside(value))


@pytest.mark.parametrize(
    "text", ["Küche & Flur", "客厅", "line\nline\tend", "👨‍👩‍👧", "21.5 °C", "<b>", "range(x)", "a function"]
)
def test_what_people_write_is_let_through(text: str) -> None:
    assert outward({"text": text}) == {"text": text}


def test_what_is_too_deep_is_refused_and_a_circle_is_too() -> None:
    value: list[Any] = []
    for _ in range(MOST_DEPTH):
        value = [value]
    assert outward(value) == value
    with pytest.raises(Unfit, match="deeper"):
        outward([value])
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(Unfit, match="deeper"):
        outward(circle)


def test_a_tuple_becomes_a_list_and_a_handle_its_id() -> None:
    thing = Thing()
    known = {id(thing): "mail:1"}
    assert outward([(1, thing)], lambda value: known.get(id(value))) == [[1, {"handle": "mail:1"}]]
    with pytest.raises(Unfit):
        outward(Thing(), lambda value: known.get(id(value)))


@given(JSON)
def test_an_answer_goes_in_as_it_is(value: Any) -> None:
    assert inward(value) == value


def test_an_answer_loses_what_cannot_be_encoded_and_nothing_else() -> None:
    assert inward({"a": ("x\ud800y", "\u202e", math.inf)}) == {"a": ["x?y", "\u202e", math.inf]}


@pytest.mark.parametrize("value", [Thing(), {1}, b"x", [[print]]])
def test_what_is_no_json_cannot_be_an_answer(value: Any) -> None:
    with pytest.raises(TypeError):
        inward(value)


def test_an_answer_that_is_a_circle_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(TypeError, match="too large"):
        inward(circle)


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        ("GET http://claw:pw@house.local:8123/api/x?y=1 failed", "house"),
        ("wss://10.0.0.7/api/websocket closed", "10.0"),
        ("Authorization: Bearer abc.def.ghi", "abc"),
        ("bearer AbCdEf", "AbCdEf"),
        ("access_token=abcdef rejected", "abcdef"),
        ('{"password": "hunter2"}', "hunter2"),
        ("code: 1234 is wrong", "1234"),
        ("PIN=4711", "4711"),
        ("api_key='xyz'", "xyz"),
        ("key sk-proj-abcdefgh1234 unknown", "abcdefgh"),
        ("cannot read /var/lib/claw/keys/seal.key", "seal"),
        ("digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "9f86"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhYmNkZWYifQ.Q2xhdzEyMzQ1Njc4OTA refused", "eyJ"),
        ("token Zm9vYmFyMTIzNDU2Nzg5MA== refused", "Zm9v"),
        ("no route to 192.168.1.20:8123", "192"),
    ],
)
def test_what_could_be_a_secret_is_taken_out_of_an_error(words: str, secret: str) -> None:
    assert secret not in cleaned(words)
    assert "…" in cleaned(words)


@pytest.mark.parametrize(
    "words",
    [
        "light.kitchen_ceiling_lamp_2 does not answer",
        "binary_sensor.front_door_contact_sensor_2_battery is unavailable",
        "brightness must be at most 255, and 300 is more",
        "the back door is open since 21:40",
        "climate.bedroom: 16 to 24 °C, and/or off",
    ],
)
def test_an_error_about_a_thing_keeps_its_words(words: str) -> None:
    assert cleaned(words) == words


@given(st.text())
def test_an_error_is_one_short_line_whatever_it_was(words: str) -> None:
    clean = cleaned(words)
    assert len(clean) <= MOST_WORDS
    assert "\n" not in clean
    assert seen(clean) == clean


@given(st.text())
def test_what_is_seen_hides_nothing(words: str) -> None:
    shown = seen(words, 50)
    assert len(shown) <= 50
    assert not set(shown) & {"\u202e", "\u200b", "\x1b", "\x00", "\u2066"}
    shown.encode()


def test_what_is_seen_keeps_its_lines_and_says_where_it_was_cut() -> None:
    assert seen("a\nb\tc\u202ed") == "a\nb\tc�d"
    assert seen("x" * 60, 50) == "x" * 49 + "…"
