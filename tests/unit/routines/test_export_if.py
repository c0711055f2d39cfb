"""Conditions in the words of Home Assistant: all that has a counterpart, and a sentence about what has none."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.policy.rules import When
from claw.routines.export_if import conditions, expression, inert, literal, span
from tests.routines_to_export import CONDITIONS, PEOPLE


def of(when: dict[str, Any]) -> tuple[list[Any], list[str]]:
    notes: list[str] = []
    return conditions(When.model_validate(when), PEOPLE, notes), notes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("between", [{"condition": "time", "after": "07:00:00", "before": "22:30:00"}]),
        ("until midnight", [{"condition": "time", "after": "20:00:00", "before": "00:00:00"}]),
        ("sun", [{"condition": "state", "entity_id": "sun.sun", "state": "above_horizon"}]),
        ("nobody", [{"condition": "template", "value_template": "{{ states('zone.home') | int(0) == 0 }}"}]),
        ("anyone", [{"condition": "template", "value_template": "{{ states('zone.home') | int(0) > 0 }}"}]),
        (
            "one of two",
            [
                {
                    "condition": "template",
                    "value_template": "{{ (is_state('person.anna', 'home') or is_state('person.ben', 'home')) }}",
                }
            ],
        ),
        (
            "states",
            [
                {"condition": "state", "entity_id": "input_select.mode", "state": ["home"]},
                {
                    "condition": "template",
                    "value_template": "{{ (is_number(states('sensor.outside_temperature'))"
                    " and states('sensor.outside_temperature') | float >= 3) }}",
                },
            ],
        ),
    ],
)
def test_what_has_a_counterpart_is_that(name: str, expected: list[Any]) -> None:
    assert of(CONDITIONS[name]) == (expected, [])


def test_who_is_somewhere_unknown_is_not_away() -> None:
    (one,), _ = of({"away": ["ben"]})
    assert "not in ['home', 'unavailable', 'unknown']" in one["value_template"]


@pytest.mark.parametrize(
    ("when", "note"),
    [
        ({"tainted": True}, "text from outside"),
        ({"home": ["gus"]}, "no entity says where gus is"),
        ({"between": ["22:00", "07:00"], "days": ["fri"]}, "the day on which it begins"),
    ],
)
def test_what_has_none_is_said(when: dict[str, Any], note: str) -> None:
    _, notes = of(when)
    assert [note in one for one in notes] == [True]


@pytest.mark.parametrize(
    ("ends", "way"),
    [
        (("sunset", "sunrise"), "or"),
        (("sunset-00:30", "23:00"), "and"),
        (("22:00", "sunrise+01:00"), "or"),
        (("sunrise", "12:00"), "and"),
    ],
)
def test_a_span_with_the_sun_at_an_end_is_two_conditions(ends: tuple[str, str], way: str) -> None:
    assert span(*ends)["condition"] == way


def test_an_offset_of_the_sun_keeps_its_sign() -> None:
    assert span("sunset-00:30", "sunrise+01:00")["conditions"] == [
        {"condition": "sun", "after": "sunset", "after_offset": "-00:30:00"},
        {"condition": "sun", "before": "sunrise", "before_offset": "01:00:00"},
    ]


def test_in_an_expression_a_span_with_the_sun_is_left_out_and_said() -> None:
    notes: list[str] = []
    assert expression(When.model_validate({"between": ["sunset", "23:00"]}), PEOPLE, notes) == ""
    assert "left out" in notes[0]


@given(st.text())
def test_no_text_leaves_its_quotes(text: str) -> None:
    said = literal(text)
    assert re.fullmatch(r"'(?:[A-Za-z0-9 _.:-]|\\U[0-9a-f]{8})*'", said)
    assert said[1:-1].encode("ascii").decode("unicode-escape") == text


@given(st.text(alphabet="{}%# ab"))
def test_no_text_of_a_person_becomes_a_template(text: str) -> None:
    said = str(inert(text))
    assert not re.search(r"\{[{%#]", said.replace("{{ '{' }}", ""))
    assert said.replace("{{ '{' }}", "{") == text
