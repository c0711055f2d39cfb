"""A routine by hand: short forms mean what the full ones do, and what is wrong is said with what was expected."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.routines.spec import Spec
from claw.routines.written import LONGEST, read_spec, step_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL = {"name": "x", "when": {"at": "07:00"}, "do": {"say": "up"}}


@pytest.mark.parametrize(
    ("line", "action", "entities", "data"),
    [
        ("light.turn_on light.hall", "light.turn_on", "light.hall", {}),
        ("light.turn_off light.hall,light.den light.x", "light.turn_off", "light.hall light.den light.x", {}),
        ("light.turn_on light.hall brightness_pct=40", "light.turn_on", "light.hall", {"brightness_pct": 40}),
        ('todo.add_item todo.list item="oat milk, two"', "todo.add_item", "todo.list", {"item": "oat milk, two"}),
        ("x.y a.b c=true d=false e=-1.5 f='1'", "x.y", "a.b", {"c": True, "d": False, "e": -1.5, "f": "1"}),
        ("homeassistant.check_config", "homeassistant.check_config", "", {}),
    ],
)
def test_a_line_is_an_action(line: str, action: str, entities: str, data: dict[str, Any]) -> None:
    assert step_of(line) == {"actions": [{"action": action, "entities": entities.split(), "data": data}]}


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("run movie-time", {"skill": "movie-time", "arguments": {}}),
        ("run movie-time level=5 area=den", {"skill": "movie-time", "arguments": {"level": 5, "area": "den"}}),
        ("say Dinner is ready", {"say": "Dinner is ready", "to": "me"}),
        ("say to everyone: a=b c.d", {"say": "a=b c.d", "to": "everyone"}),
        ("SAY to person:ben:  up", {"say": "up", "to": "person:ben"}),
        ("say to be or not to be", {"say": "to be or not to be", "to": "me"}),
    ],
)
def test_a_line_is_a_skill_or_words(line: str, step: dict[str, Any]) -> None:
    assert step_of(line) == step


@pytest.mark.parametrize("line", ["", "say", "run", "turn on the light", "light.turn_on the lamp", "x" * (LONGEST + 1)])
def test_what_is_no_step_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(Refused, match="expected"):
        step_of(line)


def test_the_full_form_stays_as_it_is() -> None:
    assert read_spec(FULL, NOW) == Spec.model_validate(FULL)


def test_short_and_full_steps_stand_beside_each_other() -> None:
    spec = read_spec(FULL | {"do": ["light.turn_on light.hall", {"say": "on"}]}, NOW)
    assert [type(step).__name__ for step in spec.do] == ["Acts", "Says"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "name"),
        ({"when": {"at": "25:00"}}, "when.0.at"),
        ({"when": {"at": "07:00", "sun": "sunset"}}, "expected exactly one of"),
        ({"do": []}, "do"),
        ({"do": {"say": "x", "loud": True}}, "loud"),
        ({"cooldown": "soon"}, "expected a span such as"),
        ({"colour": 1}, "colour"),
        ({"when": "x" * (LONGEST + 1)}, "at most"),
        ({"do": {"actions": [{"action": "light.turn_on", "entities": ["lamp"]}]}}, "entities"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_spec({**FULL, **wrong}, NOW)
    assert said in str(refused.value)


def test_without_a_name_it_says_so() -> None:
    with pytest.raises(Refused, match="name: expected a name"):
        read_spec({key: value for key, value in FULL.items() if key != "name"}, NOW)


def test_a_phrase_is_a_trigger() -> None:
    assert read_spec({**FULL, "when": "07:00"}, NOW).when == read_spec(FULL, NOW).when
    with pytest.raises(Refused, match=r"^when: "):
        read_spec({**FULL, "when": "when pigs fly"}, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["name", "when", "do", "quiet", "x"]), json_values))
def test_nothing_that_is_sent_does_anything_else_than_be_refused(written: dict[str, Any]) -> None:
    with contextlib.suppress(Refused):
        read_spec(written, NOW)


@given(st.text(max_size=60))
def test_no_line_does_anything_else_than_be_refused(line: str) -> None:
    with contextlib.suppress(Refused):
        step_of(line)
