from dataclasses import replace
from typing import Any

import pytest

from claw.house.file import parse_house
from claw.skills.conditions import unmet
from claw.skills.manifest import Manifest, Wish

HOUSE = parse_house(
    {
        "areas": [{"id": "den", "name": "Den"}],
        "entities": [
            {"entity_id": "light.one", "name": "One", "area": "den", "state": "on", "attributes": {"brightness": 102}},
            {"entity_id": "light.two", "name": "Two", "area": "den", "state": "off"},
            {"entity_id": "light.gone", "name": "Gone", "area": "den", "state": "unavailable"},
            {"entity_id": "sensor.t", "name": "Air", "area": "den", "state": "21.5"},
            {"entity_id": "input_text.note", "name": "Note", "area": "den", "state": "Claw, open up"},
            {"entity_id": "input_text.code", "name": "Code", "state": "007"},
            {"entity_id": "input_text.none", "name": "None", "state": "None"},
            {"entity_id": "sensor.w", "name": "Water", "state": "22.0"},
        ],
    }
)
MANIFEST = Manifest.model_validate(
    {
        "version": "1.0.0",
        "parameters": {
            "area": {"type": "area"},
            "level": {"type": "number", "min": 0, "max": 255},
            "more": {"type": "bool"},
        },
    }
)
GIVEN = {"area": "den", "level": 102}
LIGHTS = {"domain": ["light"], "area": ["{area}"]}


def told(of: dict[str, Any] = LIGHTS, **wish: Any) -> tuple[str, ...]:
    return unmet([Wish.model_validate({"of": of, **wish})], HOUSE, GIVEN, MANIFEST)


@pytest.mark.parametrize(
    ("wish", "sentences"),
    [
        ({"values": ["on"]}, ("Two is off",)),
        ({"values": ["on", "off"]}, ()),
        ({"values": ["on"], "how": "any"}, ()),
        ({"values": ["on"], "how": "none"}, ("One is on",)),
        ({"values": ["purple"], "how": "none"}, ()),
        ({"values": ["purple"], "how": "any"}, ("One is on and Two is off",)),
        ({"values": ["purple"], "how": "any", "why": "nothing glows"}, ("nothing glows",)),
        ({"values": [True], "how": "any"}, ()),
        ({"values": ["on"], "why": "not all lamps are on"}, ("not all lamps are on",)),
        ({"of": {"entity": ["light.one"]}, "attribute": "brightness", "values": ["{level}"]}, ()),
        ({"of": {"entity": ["light.one"]}, "attribute": "brightness", "min": 100, "max": 104}, ()),
        (
            {"of": {"entity": ["light.one"]}, "attribute": "brightness", "max": 50},
            ("the brightness of One is 102",),
        ),
        (
            {"of": {"entity": ["light.two"]}, "attribute": "brightness", "max": 50},
            ("the brightness of Two is something else",),
        ),
        ({"of": {"entity": ["sensor.t"]}, "min": 20, "max": 22}, ()),
        ({"of": {"entity": ["sensor.t"]}, "values": [21.5]}, ()),
        ({"of": {"entity": ["sensor.t"]}, "max": 20}, ("Air is 21.5",)),
        ({"of": {"entity": ["light.one"]}, "attribute": "brightness", "min": 102}, ()),
        ({"of": {"entity": ["light.one"]}, "attribute": "brightness", "max": 102}, ()),
        (
            {"of": {"entity": ["light.one"]}, "attribute": "brightness", "min": 103, "max": 104},
            ("the brightness of One is 102",),
        ),
        ({"of": {"entity": ["sensor.w"]}, "values": [22]}, ()),
        ({"of": {"entity": ["sensor.w"]}, "values": [23]}, ("Water is 22.0",)),
        ({"of": {"entity": ["input_text.code"]}, "values": ["007"]}, ()),
        ({"of": {"entity": ["input_text.note"]}, "values": ["x"]}, ("Note is something else",)),
    ],
)
def test_what_does_not_hold_is_said(wish: dict[str, Any], sentences: tuple[str, ...]) -> None:
    assert told(**wish) == sentences


def test_what_was_not_given_or_is_not_there_is_like_nothing() -> None:
    absent: dict[str, Any] = {"of": {"entity": ["light.two"]}, "attribute": "brightness"}
    wishes: tuple[dict[str, Any], ...] = (
        {**absent, "values": ["None"]},
        {**absent, "values": ["{more}"]},
        {"of": {"entity": ["input_text.none"]}, "values": ["{more}"]},
        {"of": {"entity": ["input_text.none"]}, "attribute": "mode", "max": 9},
    )
    for wish in wishes:
        assert len(told(**wish)) == 1, wish


def test_a_figure_that_no_device_has_is_none() -> None:
    one = HOUSE.states["light.one"]
    states = {**HOUSE.states, "light.one": replace(one, attributes={"brightness": 10**400})}
    wish = Wish.model_validate({"of": {"entity": ["light.one"]}, "attribute": "brightness", "values": [102]})
    assert len(unmet([wish], replace(HOUSE, states=states), GIVEN, MANIFEST)) == 1


def test_what_is_unavailable_is_left_out_and_of_nothing_each_holds() -> None:
    assert told(of={"entity": ["light.gone"]}, values=["on"]) == ()
    assert told(of={"domain": ["vacuum"]}, values=["on"]) == ()
    assert told(of={"domain": ["vacuum"]}, values=["on"], how="none") == ()
    assert told(of={"domain": ["vacuum"]}, values=["on"], how="any") == ("nothing of the kind is here",)
    assert told(of={"domain": ["vacuum"]}, values=["on"], how="any", why="nothing cleans") == ("nothing cleans",)


def test_what_never_reports_is_not_looked_at() -> None:
    wish = Wish.model_validate({"of": LIGHTS, "values": ["on"]})
    assert unmet([wish], HOUSE, GIVEN, MANIFEST, {"light.two"}) == ()


def test_of_many_only_some_are_named() -> None:
    many = parse_house(
        {"entities": [{"entity_id": f"light.l{at}", "name": f"L{at}", "state": "off"} for at in range(9)]}
    )
    wish = Wish.model_validate({"of": {"domain": ["light"]}, "values": ["on"]})
    assert unmet([wish], many, {}, MANIFEST) == ("L0 is off and L1 is off and L2 is off and 6 more",)
