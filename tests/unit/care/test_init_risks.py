"""Every lock, door, gate, valve, siren, alarm, heater and camera is listed, with its tier, and nothing else is."""

from claw.care.init_risks import GROUPS, SAID, RiskyThing, present, risky_things
from claw.house.file import parse_house
from claw.policy.risky import RISKY
from claw.policy.soundness import risky_pairs
from tests.init_room import demo_home

ROWS = [
    {"entity_id": "lock.a", "name": "Front", "area": "hall"},
    {"entity_id": "cover.garage", "device_class": "garage", "exposed": False},
    {"entity_id": "cover.plain"},
    {"entity_id": "cover.blind", "device_class": "blind"},
    {"entity_id": "valve.a"},
    {"entity_id": "siren.a"},
    {"entity_id": "alarm_control_panel.a"},
    {"entity_id": "camera.a"},
    {"entity_id": "climate.a"},
    {"entity_id": "water_heater.a"},
    {"entity_id": "light.a"},
    {"entity_id": "switch.a"},
]


def test_what_is_risky_is_listed_by_group() -> None:
    registry = parse_house({"entities": ROWS, "areas": [{"id": "hall", "name": "The Hall"}]}).registry
    found = risky_things(registry)
    assert [(one.entity_id, one.group, one.tier, one.exposed) for one in found] == [
        ("lock.a", "locks", 3, False),
        ("cover.garage", "doors", 3, False),
        ("cover.plain", "doors", 3, True),
        ("alarm_control_panel.a", "guards", 3, False),
        ("camera.a", "guards", 3, False),
        ("siren.a", "guards", 3, False),
        ("valve.a", "guards", 3, False),
        ("climate.a", "heating", 2, True),
        ("water_heater.a", "heating", 2, True),
    ]
    assert found[0].as_json() == {
        "entity_id": "lock.a", "name": "Front", "area": "The Hall", "group": "locks", "tier": 3, "exposed": False,
    }  # fmt: skip
    assert present(found) == GROUPS
    assert present(found[:1]) == ("locks",)


def test_nothing_that_the_policy_holds_for_risky_is_missing() -> None:
    registry = demo_home().house.registry
    listed = {one.entity_id for one in risky_things(registry)}
    assert {entity for _, entity in risky_pairs(registry) if entity not in registry.groups} <= listed
    entities = [{"entity_id": f"{domain}.a"} for domain in RISKY]
    assert {one.entity_id for one in risky_things(parse_house({"entities": entities}).registry)} == {
        f"{domain}.a" for domain in RISKY
    }


def test_a_group_of_locks_is_its_members() -> None:
    groups = [{"entity_id": "lock.all", "members": ["lock.a"]}]
    registry = parse_house({"entities": [{"entity_id": "lock.a"}], "groups": groups}).registry
    assert [one.entity_id for one in risky_things(registry)] == ["lock.a"]


def test_every_group_has_its_words() -> None:
    assert SAID.keys() == set(GROUPS)
    assert RiskyThing("lock.a", "A", "", "locks", 3, exposed=True).as_json()["exposed"] is True
