"""The policy of a new home: it loads, its tests hold, nothing risky is open, and lamps that come later need no edit."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from claw.base.action import Action, Origin
from claw.base.config import Config
from claw.base.documents import parse_document
from claw.care.init_choices import Choices, Resident, known_people
from claw.care.init_config import config_text
from claw.care.init_home import Home
from claw.care.init_policy import policy_text
from claw.daemon.declared import people_of
from claw.house.file import load_house, parse_house
from claw.house.model import Entity, House, State
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from claw.policy.review import check
from tests.init_room import demo_home, home_of

HOUSES = Path(__file__).parents[2] / "houses"
NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
ANNA = Origin("web", person="anna", authenticated=True, strength="session")
HEARD = Origin("voice:hall")
PEOPLE = (Resident("anna", "Anna", "owner"), Resident("mia", "Mia", "child"))


def made(home: Home, choices: Choices | None = None) -> Policy:
    choices = choices or Choices(PEOPLE)
    config = parse_document(config_text(home, choices, "house-token", "policy.yaml", 1000), "config.yaml", Config)
    return parse_policy(policy_text(home, choices), "policy.yaml", people_of(config, None), home.house.registry)


def with_entity(home: Home, entity: Entity) -> House:
    registry = home.house.registry
    entities = MappingProxyType({**registry.entities, entity.entity_id: entity})
    states = MappingProxyType({**home.house.states, entity.entity_id: State("off")})
    return House(replace(registry, entities=entities, version=registry.version + 1), states)


def said(policy: Policy, house: House, action: str, entity: str, origin: Origin = ANNA, **data: Any) -> str:
    return policy.decide(house, Action(action, (entity,), data), origin, NOW).effect


@pytest.mark.parametrize("ruling", ["ask", "never"])
@pytest.mark.parametrize("of", ["demo", "small", "empty", "recorded"])
def test_it_holds_in_every_house_and_leaves_nothing_open(of: str, ruling: Any) -> None:
    home = {
        "demo": demo_home,
        "small": lambda: home_of(load_house(HOUSES / "small.yaml")),
        "empty": lambda: home_of([]),
        "recorded": lambda: home_of([{"entity_id": f"{kind}.x"} for kind in ("lock", "siren", "climate", "camera")]),
    }[of]()
    rulings = dict.fromkeys(("locks", "doors", "guards"), ruling)
    policy = made(home, Choices(known_people(home), rulings))
    assert [one for one in check(policy, home.house.registry) if one.level == "error"] == []


def test_a_lock_asks_and_a_lamp_that_comes_later_works_without_an_edit() -> None:
    home = home_of([{"entity_id": "lock.front"}, {"entity_id": "light.hall"}])
    policy = made(home)
    assert said(policy, home.house, "lock.unlock", "lock.front") == "confirm"
    assert said(policy, home.house, "light.turn_on", "light.hall", HEARD) == "allow"
    for exposed, effect in ((True, "allow"), (False, "deny"), (None, "deny")):
        later = with_entity(home, Entity("light.later", "Later", exposed=exposed))
        assert said(policy, later, "light.turn_on", "light.later") == effect
        assert said(policy, later, "light.turn_on", "light.later", HEARD) == effect


@pytest.mark.parametrize(
    ("entity", "action"),
    [
        (Entity("lock.later", "L", exposed=True), "lock.unlock"),
        (Entity("cover.later", "L", device_class="garage", exposed=True), "cover.open_cover"),
        (Entity("cover.later", "L", exposed=True), "cover.toggle"),
        (Entity("siren.later", "L", exposed=True), "siren.turn_on"),
        (Entity("valve.later", "L", exposed=True), "valve.open_valve"),
        (Entity("alarm_control_panel.later", "L", exposed=True), "alarm_control_panel.alarm_disarm"),
        (Entity("scene.later", "L", exposed=True), "scene.turn_on"),
        (Entity("switch.later", "L", exposed=True), "switch.turn_on"),
    ],
)
def test_nothing_risky_that_comes_later_is_allowed_by_being_exposed(entity: Entity, action: str) -> None:
    home = home_of([{"entity_id": "light.hall"}])
    policy = made(home)
    for origin in (ANNA, HEARD, Origin("routine", routine="x")):
        assert said(policy, with_entity(home, entity), action, entity.entity_id, origin) != "allow"


def test_what_is_never_to_be_moved_is_denied_and_may_still_be_made_safe() -> None:
    home = home_of([{"entity_id": "lock.front"}, {"entity_id": "cover.gate", "device_class": "gate"}])
    policy = made(home, Choices(PEOPLE, {"locks": "never", "doors": "never", "guards": "never"}))
    assert said(policy, home.house, "lock.unlock", "lock.front") == "deny"
    assert said(policy, home.house, "lock.lock", "lock.front") == "allow"
    assert said(policy, home.house, "cover.open_cover", "cover.gate") == "deny"
    assert said(policy, home.house, "cover.stop_cover", "cover.gate") == "allow"


@pytest.mark.parametrize(("unit", "low", "high", "asked"), [("°C", 18, 23, 23.5), ("°F", 61, 77, 80)])
def test_heating_is_bounded_as_was_said_in_the_unit_of_the_house(unit: str, low: int, high: int, asked: float) -> None:
    house = parse_house({"entities": [{"entity_id": "climate.hall"}], "temperature_unit": unit})
    home = home_of(house)
    policy = made(home, Choices(PEOPLE, {}, (low, high)))
    assert said(policy, house, "climate.set_temperature", "climate.hall", temperature=high) == "allow"
    assert said(policy, house, "climate.set_temperature", "climate.hall", temperature=asked) == "confirm"


def test_rooms_of_ones_own_are_in_it_where_there_are_any() -> None:
    home = home_of([{"entity_id": "light.hall", "area": "hall"}, {"entity_id": "light.attic"}])
    mia = Resident("mia", "Mia", "child", ("hall",))
    house, asker = home.house, Origin("web", person="mia", authenticated=True, strength="session")
    policy = made(home, Choices((PEOPLE[0], mia)))
    assert said(policy, house, "light.turn_on", "light.hall", asker) == "allow"
    assert said(policy, house, "light.turn_on", "light.attic", asker) == "deny"
    assert said(made(home), house, "light.turn_on", "light.hall", asker) == "deny"


def test_the_same_home_gives_the_same_text() -> None:
    assert policy_text(demo_home(), Choices(PEOPLE)) == policy_text(demo_home(), Choices(PEOPLE))


def test_a_house_of_three_thousand_things_gives_a_file_that_a_person_can_read() -> None:
    rows = [
        {"entity_id": f"{kind}.thing_{number}"}
        for kind in ("light", "lock", "cover", "climate", "sensor", "siren")
        for number in range(500)
    ]
    home = home_of(rows)
    text = policy_text(home, Choices(PEOPLE))
    assert len(text) < 200_000
    assert said(made(home), home.house, "lock.unlock", "lock.thing_499") == "confirm"
    assert json.dumps(text)
