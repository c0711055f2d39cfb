import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Json
from claw.house.model import State
from claw.mind.levels import LEVELS, set_to, step
from tests.talked_house import house


@pytest.mark.parametrize(
    ("entity", "steps", "action"),
    [
        ("light.kitchen_ceiling", 1, Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness_pct": 60})),
        ("light.kitchen_ceiling", -0.5, Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness_pct": 30})),
        ("light.kitchen_ceiling", -9, Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness_pct": 1})),
        ("light.worktop", 1, Action("light.turn_on", ("light.worktop",), {"brightness_pct": 20})),
        ("climate.living", 0.5, Action("climate.set_temperature", ("climate.living",), {"temperature": 21})),
        ("climate.bedroom", 5, Action("climate.set_temperature", ("climate.bedroom",), {"temperature": 22})),
        ("media_player.tv", -1, Action("media_player.volume_set", ("media_player.tv",), {"volume_level": 0.2})),
        ("fan.bedroom", 1, Action("fan.set_percentage", ("fan.bedroom",), {"percentage": 53})),
        ("cover.left", -1, Action("cover.set_cover_position", ("cover.left",), {"position": 40})),
    ],
)
def test_a_step_becomes_an_absolute_value_within_bounds(entity: str, steps: float, action: Action) -> None:
    assert step(house(), (entity,), steps) == (action,)


@pytest.mark.parametrize(
    ("entity", "steps"),
    [
        ("light.attic", 1),  # unavailable
        ("light.worktop", -1),  # off already
        ("light.bedroom", 1),  # as bright as it goes
        ("cover.garage", 1),  # a door is not opened by degrees
        ("lock.front", 1),
        ("light.nowhere", 1),
    ],
)
def test_what_cannot_be_moved_is_left_alone(entity: str, steps: float) -> None:
    assert step(house(), (entity,), steps) == ()


def test_things_that_get_the_same_value_share_an_action() -> None:
    lit = house({"light.living": State("on", {"brightness": 102})})
    (action,) = step(lit, ("light.kitchen_ceiling", "light.living"), 1)
    assert action.entities == ("light.kitchen_ceiling", "light.living")


def test_a_half_step_of_one_thing_does_not_grow_that_of_the_next() -> None:
    actions = step(house(), ("climate.living", "light.kitchen_ceiling"), 0.5)
    assert actions[1].data == {"brightness_pct": 50}


def test_degrees_fahrenheit_go_by_two() -> None:
    (action,) = step(house({"climate.living": State("heat", {"temperature": 20})}, "°F"), ("climate.living",), 1)
    assert action.data == {"temperature": 22}


@pytest.mark.parametrize(
    ("entity", "value", "unit", "data"),
    [
        ("light.worktop", 40, "%", {"brightness_pct": 40}),
        ("climate.bedroom", 21.5, "°", {"temperature": 21.5}),
        ("climate.bedroom", 99, "°", {"temperature": 99}),  # out of bounds is for the catalogue to refuse
        ("media_player.tv", 25, "%", {"volume_level": 0.25}),
        ("light.worktop", 30, "", {"brightness_pct": 30}),
        ("climate.bedroom", 40, "%", None),
        ("light.worktop", 21, "°", None),
        ("cover.garage", 50, "%", None),
    ],
)
def test_a_figure_is_set_where_its_unit_fits(
    entity: str, value: float, unit: str, data: dict[str, Json] | None
) -> None:
    actions = set_to(house(), (entity,), value, unit)
    assert [dict(action.data) for action in actions] == ([] if data is None else [data])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(LEVELS)),
    st.sampled_from(["on", "off", "heat", "unavailable", "open"]),
    st.dictionaries(
        st.sampled_from([level.attribute for level in LEVELS.values()] + ["min_temp", "max_temp"]),
        st.floats() | st.text(max_size=5) | st.none() | st.integers(),
    ),
    st.floats(-5, 5),
)
def test_no_state_breaks_a_step(domain: str, value: str, attributes: dict[str, Json], steps: float) -> None:
    entity = f"{domain}.bedroom" if domain != "cover" else "cover.left"
    for action in step(house({entity: State(value, attributes)}), (entity,), steps):
        action.digest()  # raises for a value that has no JSON form
