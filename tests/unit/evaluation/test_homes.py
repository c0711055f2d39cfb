"""The house of one case: the home, the case's states over it, at the case's time, with somebody who can say yes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from claw.base.errors import Invalid, Refused
from claw.evaluation.cases import Case
from claw.evaluation.homes import NOON, Home, area_of, home_of, slug

FLAT: dict[str, Any] = {
    "weather": "fine",
    "areas": [{"id": "hall", "name": "Hall", "aliases": ["entry"], "colour": "red"}],
    "entities": [
        {"entity_id": "light.a", "area": "hall", "state": True, "attributes": {"brightness": 9, "x": 1}, "odd": 1},
        {"entity_id": "sensor.t", "name": None, "state": 21.5},
    ],
    "people": [
        {"id": "mara", "name": "Mara", "role": "owner", "entity_id": "person.mara"},
        {"id": "Big Tim", "name": "Tim", "role": "uncle"},
    ],
}


def home(raw: dict[str, Any] = FLAT, **case: Any) -> Home:
    whole = {"id": "1", "home": "flat", "utterance": "hello", "expect": {"kind": "no_change"}, **case}
    return home_of(Case.model_validate(whole), {"flat": raw})


def test_fields_of_a_home_that_no_house_file_has_are_passed_over() -> None:
    found = home()
    assert found.house.states["light.a"].value == "on"
    assert found.house.states["sensor.t"].value == "21.5"
    assert area_of(found.house, "ENTRY") == "hall"
    assert area_of(found.house, "cellar") is None


def test_the_states_of_a_case_lie_over_those_of_its_home() -> None:
    setup = {"light.a": {"state": "off", "attributes": {"x": None}}, "sun.sun": "below_horizon"}
    found = home(setup=setup)
    assert found.house.states["light.a"].value == "off"
    assert dict(found.house.states["light.a"].attributes) == {"friendly_name": "A", "brightness": 9}
    assert found.house.states["sun.sun"].value == "below_horizon"
    assert FLAT["entities"][0]["state"] is True, "the home itself stays as it was"


@pytest.mark.parametrize(
    ("of_home", "of_case", "shown", "zone"),
    [
        (None, None, NOON, "UTC"),
        ("2026-03-01T20:00:00+01:00", None, datetime(2026, 3, 1, 19, 0, tzinfo=UTC), "Etc/GMT-1"),
        ("2026-03-01T20:00:00", "2026-05-01T07:00:00-05:00", datetime(2026, 5, 1, 12, 0, tzinfo=UTC), "Etc/GMT+5"),
        ("2026-03-01T20:00:00+01:00", "07:30", datetime(2026, 3, 1, 6, 30, tzinfo=UTC), "Etc/GMT-1"),
        ("2026-03-01T20:00:00", "2026-04-01 06:15", datetime(2026, 4, 1, 6, 15, tzinfo=UTC), "UTC"),
    ],
)
def test_the_clock_shows_what_is_written(of_home: str | None, of_case: str | None, shown: datetime, zone: str) -> None:
    found = home({**FLAT, "now": of_home}, context={"now": of_case})
    assert found.now == shown
    assert found.house.registry.time_zone == zone


def test_a_time_without_a_zone_is_that_of_the_home() -> None:
    raw = {**FLAT, "time_zone": "Europe/Paris"}
    past = [{"at": "2026-07-01T08:00:00", "entity_id": "light.a", "state": "on"}]
    found = home(raw, context={"now": "2026-07-01T12:00:00"}, setup_history=past)
    assert found.now == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert found.past["light.a"][0].changed == datetime(2026, 7, 1, 6, 0, tzinfo=UTC)


def test_a_past_is_in_order_whatever_the_order_of_its_lines() -> None:
    past = [
        {"at": f"2026-01-05T{hour:02}:00:00Z", "entity_id": "light.a", "state": state}
        for hour, state in ((9, "b"), (7, "a"), (11, "c"))
    ]
    assert [state.value for state in home(setup_history=past).past["light.a"]] == ["a", "b", "c"]


def test_somebody_is_always_there_who_can_say_yes() -> None:
    people = {person.id: person.role for person in home().people}
    assert people == {"mara": "owner", "big_tim": "adult"}
    assert [person.role for person in home({**FLAT, "people": []}).people] == ["owner"]


def test_a_case_for_no_home_and_a_time_that_is_none_are_refused() -> None:
    with pytest.raises(Refused, match="there is no home 'villa'"):
        home(home="villa")
    with pytest.raises(Refused, match=r"context.now: found 'soon'"):
        home(context={"now": "soon"})


def test_a_home_that_makes_no_sense_says_where() -> None:
    with pytest.raises(Invalid, match="found the area 'moon'"):
        home({**FLAT, "entities": [{"entity_id": "light.a", "area": "moon"}]})


@pytest.mark.parametrize(("text", "made"), [("Kitchen Ear #2", "kitchen_ear_2"), ("日记", "it"), ("a" * 60, "a" * 40)])
def test_any_text_becomes_an_id(text: str, made: str) -> None:
    assert slug(text) == made
