"""The policy of a case: its lines become rules that the real policy file accepts, and that say just that."""

from typing import Any

import pytest

from claw.base.action import Action, Effect, Origin
from claw.evaluation.cases import read_homes
from claw.evaluation.homes import people_of
from claw.evaluation.permissions import asked_about, policy_for
from claw.house.file import parse_house
from claw.house.model import House
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from tests.held_clock import HeldClock
from tests.stories.test_eval import HOMES

NOW = HeldClock().now()
RAW: dict[str, Any] = {
    "areas": [{"id": "hall", "name": "Hall"}],
    "entities": [
        {"entity_id": "light.hall", "area": "hall"},
        {"entity_id": "light.nursery"},
        {"entity_id": "lock.front", "state": "locked"},
        {"entity_id": "lock.shed", "state": "locked"},
        {"entity_id": "cover.garage", "device_class": "garage", "state": "closed"},
        {"entity_id": "cover.blind", "device_class": "blind", "state": "closed"},
        {"entity_id": "valve.main", "state": "closed"},
        {"entity_id": "siren.roof", "state": "off"},
        {"entity_id": "switch.pump", "state": "on", "labels": ["critical"]},
        {"entity_id": "switch.fan", "state": "on"},
        {"entity_id": "scene.dinner", "attributes": {"entities": {"light.hall": {"state": "on"}}}},
        {"entity_id": "button.router"},
        {"entity_id": "alarm_control_panel.house", "state": "disarmed"},
    ],
    "people": [{"id": "mara", "name": "Mara", "role": "owner"}, {"id": "kid", "name": "Kid", "role": "child"}],
}
HOUSE = parse_house(RAW)
OWNER = Origin("web", "mara", authenticated=True, conversation="c", strength="session")
CHILD = Origin("web", "kid", authenticated=True, conversation="c", strength="session")
VOICE = Origin("voice:hall", place="hall")


def loaded(lines: dict[str, str], house: House = HOUSE) -> Policy:
    people = People([Person(one.id, one.name, one.role) for one in people_of(house)])
    return parse_policy(policy_for(lines, house), "policy", people, house.registry)


def says(policy: Policy, action: str, entity: str = "", origin: Origin = OWNER) -> Effect:
    return policy.decide(HOUSE, Action(action, (entity,) if entity else ()), origin, NOW).effect


@pytest.mark.parametrize(
    ("action", "entity", "effect"),
    [
        ("light.turn_on", "light.hall", "allow"),
        ("lock.lock", "lock.front", "allow"),
        ("lock.unlock", "lock.front", "confirm"),
        ("cover.open_cover", "cover.garage", "confirm"),
        ("cover.stop_cover", "cover.garage", "allow"),
        ("cover.open_cover", "cover.blind", "allow"),
        ("valve.open_valve", "valve.main", "confirm"),
        ("valve.close_valve", "valve.main", "allow"),
        ("siren.turn_on", "siren.roof", "confirm"),
        ("siren.turn_off", "siren.roof", "allow"),
        ("alarm_control_panel.alarm_disarm", "alarm_control_panel.house", "confirm"),
        ("alarm_control_panel.alarm_arm_home", "alarm_control_panel.house", "allow"),
        ("switch.turn_off", "switch.pump", "confirm"),
        ("switch.turn_off", "switch.fan", "allow"),
        ("scene.turn_on", "scene.dinner", "allow"),
        ("button.press", "button.router", "confirm"),
        ("claw.model", "", "allow"),
    ],
)
def test_the_everyday_policy_allows_comfort_and_asks_about_the_rest(action: str, entity: str, effect: Effect) -> None:
    policy = loaded({})
    assert says(policy, action, entity) == effect
    assert says(policy, action, entity, VOICE) == effect


def test_the_everyday_policy_asks_nobody_for_a_child_that_wants_out() -> None:
    policy = loaded({})
    assert says(policy, "lock.unlock", "lock.front", CHILD) == "deny"
    assert says(policy, "light.turn_on", "light.hall", CHILD) == "allow"


@pytest.mark.parametrize("name", ["canal_house", "orchard_farm", "studio"])
def test_the_everyday_policy_fits_every_own_home(name: str) -> None:
    assert loaded({}, parse_house(read_homes(HOMES)[name]))
    assert loaded({"lock.*": "deny", "other": "allow"}, parse_house(read_homes(HOMES)[name]))


@pytest.mark.parametrize(
    ("lines", "action", "entity", "effect"),
    [
        ({"light.*": "allow", "other": "deny"}, "light.turn_on", "light.hall", "allow"),
        ({"light.*": "allow", "other": "deny"}, "lock.lock", "lock.front", "deny"),
        ({"light.*": "allow", "other": "confirm"}, "lock.lock", "lock.front", "confirm"),
        ({"light.*": "deny", "other": "allow"}, "lock.unlock", "lock.front", "allow"),
        ({"light.*": "deny", "other": "allow"}, "notify.notify", "", "allow"),
        ({"light.*": "deny", "*": "allow"}, "light.turn_on", "light.hall", "deny"),
        ({"light.*": "deny", "light.hall": "allow", "other": "allow"}, "light.turn_on", "light.hall", "allow"),
        ({"light.*": "deny", "*.nursery": "allow", "other": "allow"}, "light.turn_on", "light.nursery", "deny"),
        ({"lock.*": "confirm on unlock", "other": "allow"}, "lock.unlock", "lock.shed", "confirm"),
        ({"lock.*": "confirm on unlock", "other": "allow"}, "lock.lock", "lock.shed", "allow"),
        ({"lock.*": "confirm on lock.unlock", "other": "deny"}, "lock.lock", "lock.shed", "deny"),
        ({"lock.unlock": "deny", "other": "allow"}, "lock.unlock", "lock.shed", "deny"),
        ({"cover.*": "confirm on open", "other": "allow"}, "cover.open_cover", "cover.blind", "confirm"),
        ({"alarm_control_panel.*": "deny on disarm", "other": "allow"}, "alarm_control_panel.alarm_disarm",
         "alarm_control_panel.house", "deny"),
        ({"other": "allow"}, "button.press", "button.router", "allow"),
        ({"other": "allow"}, "scene.turn_on", "scene.dinner", "allow"),
        ({"lock.front": "allow on unlock"}, "lock.unlock", "lock.front", "allow"),
        ({"lock.front": "allow on unlock"}, "lock.lock", "lock.front", "allow"),
        ({"lock.front": "allow on unlock"}, "lock.unlock", "lock.shed", "confirm"),
        ({"light.hall": "deny"}, "light.turn_on", "light.nursery", "allow"),
        ({"vacuum.*": "deny", "other": "allow"}, "light.turn_on", "light.hall", "allow"),
    ],
)  # fmt: skip
def test_the_lines_of_a_case_say_what_they_say(lines: dict[str, str], action: str, entity: str, effect: Effect) -> None:
    assert says(loaded(lines), action, entity) == effect


@pytest.mark.parametrize(("lines", "effect"), [({"other": "allow"}, "confirm"), ({}, "deny")])
def test_what_a_strangers_text_suggested_never_just_opens_a_door(lines: dict[str, str], effect: Effect) -> None:
    tainted = Origin("web", "mara", authenticated=True, conversation="c", strength="session", taint=("mail",))
    policy = loaded(lines)
    assert says(policy, "lock.unlock", "lock.front", tainted) == effect
    assert says(policy, "light.turn_on", "light.hall", tainted) == "allow"


def test_what_a_case_wants_to_be_asked_about_is_known() -> None:
    assert asked_about({"light.*": "confirm", "light.hall": "allow"}, HOUSE) == {"light.nursery"}
    assert asked_about({}, HOUSE) == frozenset()
