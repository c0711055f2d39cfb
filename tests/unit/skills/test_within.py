"""What a manifest covers: the one reading of selectors and bounds, with and without the values of a run."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action
from claw.house.file import parse_house
from claw.skills.manifest import Manifest, Parameter, Selector
from claw.skills.within import equals, meant, ranges, suits, within

HOUSE = parse_house(
    {
        "floors": [{"id": "up", "name": "Upstairs"}],
        "areas": [
            {"id": "hall", "name": "Hall"},
            {"id": "den", "name": "Den", "floor": "up"},
            {"id": "attic", "name": "Attic"},
        ],
        "entities": [
            {"entity_id": "light.hall", "name": "Hall", "area": "hall", "state": "off"},
            {"entity_id": "light.den", "name": "Den", "area": "den", "state": "off", "labels": ["cosy"]},
            {"entity_id": "light.den_big", "name": "Big", "area": "den", "state": "off"},
            {"entity_id": "cover.den", "name": "Blind", "area": "den", "state": "open", "device_class": "blind"},
            {"entity_id": "lock.door", "name": "Door", "state": "locked"},
            {"entity_id": "fan.attic", "name": "Fan", "state": "off", "area": "attic"},
        ],
    }
)
PARAMETERS: dict[str, Any] = {
    "area": {"type": "area"},
    "lamp": {"type": "entity", "domain": ["light"], "area": ["den"]},
    "level": {"type": "number", "min": 10, "max": 60},
    "mode": {"type": "enum", "values": ["warm", "cold"]},
    "really": {"type": "bool"},
    "mood": {"type": "enum", "values": ["on", "off"]},
    "kind": {"type": "enum", "values": ["light", "cover"]},
    "sort": {"type": "enum", "values": ["cosy", "None", "{sort}", "{lamp}"]},
}


def manifest(*may: dict[str, Any]) -> Manifest:
    return Manifest.model_validate({"version": "1.0.0", "parameters": PARAMETERS, "may": list(may)})


def on(*entities: str, **data: Any) -> Action:
    return Action("light.turn_on", entities, data)


def one(on_: dict[str, Any], **data: Any) -> Manifest:
    return manifest({"call": "light.turn_on", "on": on_, "data": data})


@pytest.mark.parametrize(
    ("on_", "found"),
    [
        ({"entity": ["light.den"]}, {"light.den"}),
        ({"entity": ["light.den*"]}, {"light.den", "light.den_big"}),
        ({"domain": ["light"]}, {"light.hall", "light.den", "light.den_big"}),
        ({"area": ["den"]}, {"light.den", "light.den_big", "cover.den"}),
        ({"floor": ["up"], "domain": ["light"]}, {"light.den", "light.den_big"}),
        ({"label": ["cosy"]}, {"light.den"}),
        ({"device_class": ["blind"]}, {"cover.den"}),
        ({"domain": ["light"], "without": {"label": ["cosy"], "area": ["hall"]}}, {"light.den_big"}),
        ({"domain": ["lock"]}, {"lock.door"}),
        ({"domain": ["light"], "area": ["{area}"]}, {"light.hall"}),
        ({"entity": ["{lamp}"]}, {"light.den"}),
        ({"entity": ["light.gone"]}, set()),
        ({"area": ["cellar"]}, set()),
        ({"entity": ["light.hall", "light.den_*"]}, {"light.hall", "light.den_big"}),
        ({"area": ["hall", "den"], "domain": ["light"]}, {"light.hall", "light.den", "light.den_big"}),
        ({"domain": ["{kind}"]}, {"cover.den"}),
        ({"domain": ["lock", "{kind}"]}, {"lock.door", "cover.den"}),
        ({"label": ["{sort}"]}, {"light.den"}),
        ({"floor": ["{kind}"]}, set()),
        ({"entity": ["{level}"]}, set()),
        ({"area": ["{level}"]}, set()),
        ({"floor": ["{level}"]}, set()),
    ],
)
def test_a_selector_means_these(on_: dict[str, Any], found: set[str]) -> None:
    given_ = {"area": "hall", "lamp": "light.den", "level": 30, "mode": "warm", "kind": "cover", "sort": "cosy"}
    assert set(meant(Selector.model_validate(on_), HOUSE, given_, manifest())) == found


@pytest.mark.parametrize(
    ("on_", "found"),
    [
        ({"domain": ["light"], "area": ["{area}"]}, {"light.hall", "light.den", "light.den_big"}),
        ({"entity": ["{lamp}"]}, {"light.den", "light.den_big"}),
        ({"area": ["{mode}"]}, set()),
        ({"entity": ["{nothing}"]}, set()),
        ({"area": ["{area}"]}, {"light.hall", "light.den", "light.den_big", "cover.den", "fan.attic"}),
        ({"floor": ["{area}"]}, set()),
        ({"domain": ["{kind}"]}, {"light.hall", "light.den", "light.den_big", "cover.den"}),
        ({"label": ["{sort}"]}, {"light.den"}),
        ({"entity": ["{sort}"]}, set()),
        ({"floor": ["{level}"]}, set()),
    ],
)
def test_without_values_a_slot_is_all_that_could_be_said_and_no_more(on_: dict[str, Any], found: set[str]) -> None:
    assert set(meant(Selector.model_validate(on_), HOUSE, None, manifest())) == found


def test_a_value_that_was_not_given_is_no_value_that_a_thing_lacks() -> None:
    """A lock without an area is in no area that nobody named."""
    assert within(one({"area": ["{area}"]}), on("lock.door"), HOUSE, {}) is not None
    assert within(one({"area": ["{area}"]}), on("light.hall"), HOUSE, {}) is not None


def test_a_value_is_never_read_as_the_name_of_another_parameter() -> None:
    given_ = {"sort": "{lamp}", "lamp": "light.den"}
    assert within(one({"label": ["{sort}"]}), on("light.den"), HOUSE, given_) is not None
    assert within(one({"label": ["{sort}"]}), on("light.den"), HOUSE, {"sort": "{sort}"}) is not None


@pytest.mark.parametrize("where", ["entity", "state"])
def test_a_class_is_what_the_registry_says_or_else_the_thing_itself(where: str) -> None:
    house = parse_house({"entities": [{"entity_id": "cover.c", "name": "C", "state": "open", "device_class": "blind"}]})
    entity, state = house.registry.entities["cover.c"], house.states["cover.c"]
    if where == "entity":
        house = replace(house, states={"cover.c": replace(state, attributes={"device_class": "garage"})})
    else:
        registry = replace(house.registry, entities={"cover.c": replace(entity, device_class=None)})
        house = replace(house, registry=registry)
    made = one({"device_class": ["blind"]})
    assert within(made, on("cover.c"), house) is None
    assert within(made, on("cover.gone"), house) is not None


@pytest.mark.parametrize(
    ("bound", "value", "covered", "anyhow"),
    [
        ({"min": 10, "max": 60}, 60, True, True),
        ({"min": 10, "max": 60}, 60.5, False, False),
        ({"min": 10, "max": 60}, True, False, False),
        ({"min": 10, "max": 60}, "30", False, False),
        ({"min": 10}, 1e9, True, True),
        ({"values": ["{level}"]}, 30, True, True),
        ({"values": ["{level}"]}, 30.0, True, True),
        ({"values": ["{level}"]}, 31, False, True),
        ({"values": ["{level}"]}, 61, False, False),
        ({"values": ["{mode}"]}, "warm", True, True),
        ({"values": ["{mode}"]}, "cold", False, True),
        ({"values": ["{mode}"]}, "hot", False, False),
        ({"values": ["{really}"]}, True, True, True),
        ({"values": ["{really}"]}, 1, False, False),
        ({"values": ["{nothing}"]}, "x", False, False),
        ({"values": [1]}, 1, True, True),
        ({"values": [1]}, True, False, False),
        ({"values": ["on"]}, "on", True, True),
        ({"values": ["on"]}, ["on"], False, False),
        ({"values": ["['on']"]}, ["on"], False, False),
        ({"values": ["None"]}, None, False, False),
        ({"values": ["on"]}, True, False, False),
        ({"values": ["warm", "cold"]}, "cold", True, True),
        pytest.param({"values": [1]}, 10**400, False, False, id="huge"),
        ({"min": 10, "max": 60}, 9, False, False),
        ({"min": 10, "max": 60}, 10 - 1e-6, True, True),
        ({"min": 10, "max": 60}, 60 + 1e-6, True, True),
        ({"min": 0, "max": 60}, True, False, False),
        ({"values": ["{mood}"]}, True, False, False),
        ({"values": ["{mood}"]}, "on", True, True),
        ({"values": ["{sort}"]}, "None", False, True),
        ({"values": ["{area}"]}, 3, False, False),
        ({"values": ["{area}"]}, "den", False, True),
        ({"any": True}, ["whatever"], True, True),
    ],
)
def test_a_value_lies_within_its_bound(bound: dict[str, Any], value: Any, covered: bool, anyhow: bool) -> None:
    made = one({"domain": ["light"]}, brightness_pct=bound)
    given_ = {"level": 30, "mode": "warm", "really": True, "mood": "on"}
    assert (within(made, on("light.den", brightness_pct=value), HOUSE, given_) is None) is covered
    assert (within(made, on("light.den", brightness_pct=value), HOUSE) is None) is anyhow


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Action("light.turn_off", ("light.den",)), "does not name light.turn_off"),
        (on("light.den", transition=1), "transition 1"),
        (on("light.den", "light.hall"), "for light.hall"),
        (on(), "without naming a thing"),
        (on("light.nowhere"), "for light.nowhere"),
    ],
)
def test_what_no_capability_covers_is_said(action: Action, why: str) -> None:
    assert why in (within(one({"domain": ["light"], "area": ["den"]}), action, HOUSE) or "")


def test_an_act_without_things_is_covered_by_a_capability_without_any() -> None:
    made = manifest({"call": "claw.notify", "data": {"text": {"any": True}, "to": {"values": ["everyone"]}}})
    assert within(made, Action("claw.notify", (), {"text": "hi", "to": "everyone"}), HOUSE) is None
    assert within(made, Action("claw.notify", (), {"text": "hi", "to": "person:x"}), HOUSE) is not None


def test_a_capability_without_things_covers_no_act_on_one() -> None:
    made = manifest({"call": "light.turn_on"}, {"call": "light.turn_on", "on": {"area": ["den"]}})
    assert within(made, on(), HOUSE) is None
    assert within(made, on("light.den"), HOUSE) is None
    assert "for light.hall" in (within(made, on("light.hall"), HOUSE) or "")


@pytest.mark.parametrize(
    ("parameter", "value", "inside"),
    [
        ({"type": "number", "min": 0, "max": 60}, 60, True),
        ({"type": "number", "min": 0, "max": 60}, "30", False),
        ({"type": "number", "min": 0, "max": 60}, True, False),
        ({"type": "duration", "min": 1, "max": 60}, 0, False),
        ({"type": "enum", "values": ["a"]}, "a", True),
        ({"type": "enum", "values": ["a"]}, ["a"], False),
        ({"type": "bool"}, "on", False),
        ({"type": "area"}, "den", True),
        ({"type": "area"}, 3, False),
    ],
)
def test_a_value_lies_in_the_range_of_its_parameter(parameter: dict[str, Any], value: Any, inside: bool) -> None:
    assert ranges(Parameter.model_validate(parameter), value) is inside


@pytest.mark.parametrize(
    ("parameter", "entity", "suited"),
    [
        ({"type": "entity", "domain": ["cover"]}, "cover.den", True),
        ({"type": "entity", "domain": ["light"]}, "cover.den", False),
        ({"type": "area", "domain": ["cover"]}, "cover.den", False),
        ({"type": "entity", "domain": ["cover"], "area": ["den"]}, "cover.den", True),
        ({"type": "entity", "domain": ["cover"], "area": ["hall"]}, "cover.den", False),
        ({"type": "entity", "domain": ["cover"], "device_class": ["blind"]}, "cover.den", True),
        ({"type": "entity", "domain": ["cover"], "device_class": ["garage"]}, "cover.den", False),
    ],
)
def test_a_thing_suits_its_parameter(parameter: dict[str, Any], entity: str, suited: bool) -> None:
    made, thing = Parameter.model_validate(parameter), HOUSE.registry.entities[entity]
    assert suits(made, thing, HOUSE) is suited
    assert not suits(made, thing, replace(HOUSE, states={})), "what has no state is not there"


def test_each_thing_may_be_covered_by_another_capability_with_its_own_bounds() -> None:
    low = {"call": "light.turn_on", "on": {"area": ["hall"]}, "data": {"brightness_pct": {"max": 20}}}
    high = {"call": "light.turn_on", "on": {"area": ["den"]}, "data": {"brightness_pct": {"max": 90}}}
    made = manifest(low, high)
    assert within(made, on("light.hall", "light.den", brightness_pct=20), HOUSE) is None
    assert within(made, on("light.den", brightness_pct=80), HOUSE) is None
    assert "light.hall" in (within(made, on("light.hall", "light.den", brightness_pct=80), HOUSE) or "")


def test_what_was_renamed_is_still_meant_and_what_took_its_name_is_not() -> None:
    renamed = parse_house({"entities": [{"entity_id": "light.new", "name": "New", "state": "on"}]})
    entity = renamed.registry.entities["light.new"]
    moved = entity.__class__("light.new", "New", former="light.den")
    registry = renamed.registry.__class__(entities={"light.new": moved})
    house = renamed.__class__(registry, renamed.states)
    made = one({"entity": ["light.den"]})
    assert within(made, on("light.new"), house) is None
    assert meant(Selector.model_validate({"entity": ["light.den"]}), house, None, made) == ("light.new",)


@given(
    entity=st.sampled_from(["light.hall", "light.den", "light.den_big"]),
    level=st.integers(0, 100),
    area=st.sampled_from(["hall", "den"]),
    said=st.integers(10, 60),
)
def test_what_a_run_may_do_is_never_more_than_what_any_run_may(entity: str, level: int, area: str, said: int) -> None:
    made = one({"domain": ["light"], "area": ["{area}"]}, brightness_pct={"values": ["{level}"]})
    action = on(entity, brightness_pct=level)
    if within(made, action, HOUSE, {"area": area, "level": said}) is None:
        assert within(made, action, HOUSE) is None
        assert level == said
        assert HOUSE.registry.entities[entity].area == area


@pytest.mark.parametrize(
    ("one_", "other", "same"),
    [
        (True, "on", True),
        (True, "true", True),
        (True, "off", False),
        ("off", False, True),
        ("false", False, True),
        ("on", False, False),
        (True, "maybe", False),
        (True, 1, False),
        (1, 1.0, True),
        (0, 1e-6, True),
        (0, 2e-6, False),
        ("1", 1, True),
        (1, "1", True),
        ("a", "b", False),
        (30, 10**400, False),
        (10**400, 10**400, True),
    ],
)
def test_values_are_one_or_not(one_: Any, other: Any, same: bool) -> None:
    assert equals(one_, other) is same
