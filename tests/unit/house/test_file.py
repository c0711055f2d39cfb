from pathlib import Path

import pytest

from claw.base.action import Json
from claw.base.errors import Invalid
from claw.house.file import load_house, parse_house

ROOT = Path(__file__).parents[3]
SMALL = ROOT / "tests" / "houses" / "small.yaml"
DEMO = ROOT / "claw" / "daemon" / "demo" / "house.yaml"


def entity(entity_id: str = "light.a", **more: Json) -> dict[str, Json]:
    return {"entity_id": entity_id, **more}


def test_states_are_text_as_in_home_assistant() -> None:
    house = load_house(SMALL)
    assert {entity_id: state.value for entity_id, state in house.states.items()} == {
        "light.hall": "on",
        "light.attic": "off",
        "cover.gate": "closed",
        "lock.door": "locked",
        "switch.led": "off",
        "sensor.temperature": "21",
        "scene.evening": "unknown",
        "group.lights": "on",
    }


def test_an_entity_takes_area_and_labels_from_its_device() -> None:
    gate = load_house(SMALL).registry.entities["cover.gate"]
    assert (gate.area, gate.labels, gate.device_class) == ("hall", {"outer"}, "gate")


def test_a_floor_that_only_an_area_names_exists() -> None:
    registry = load_house(SMALL).registry
    assert registry.floors["top"].name == "Top"
    assert registry.floor_of(registry.entities["light.attic"]) == "top"


def test_every_registered_entity_has_an_id_of_its_own() -> None:
    entities = load_house(SMALL).registry.entities
    ids = [one.registry_id for one in entities.values() if one.registry_id is not None]
    assert len(set(ids)) == len(ids) == len(entities) - 1
    assert entities["lock.door"].registry_id is None


def test_attributes_look_like_home_assistants() -> None:
    states = load_house(SMALL).states
    assert states["cover.gate"].attributes == {
        "friendly_name": "Gate",
        "device_class": "gate",
        "supported_features": 15,
    }
    assert states["scene.evening"].attributes["entity_id"] == ["light.hall"]
    assert states["group.lights"].attributes["entity_id"] == ["light.hall", "light.attic"]


def test_an_empty_house_is_a_house() -> None:
    assert parse_house({"entities": []}).states == {}


def test_json_is_read_like_yaml(tmp_path: Path) -> None:
    file = tmp_path / "house.json"
    file.write_text('{"entities": [{"entity_id": "light.a", "state": true}, {"entity_id": "sensor.b", "state": 1.5}]}')
    assert [state.value for state in load_house(file).states.values()] == ["on", "1.5"]


def test_the_demo_house_is_as_rich_as_promised() -> None:
    house = load_house(DEMO)
    registry = house.registry
    assert len([floor for floor in registry.floors.values() if floor.level is not None]) == 2
    assert len(registry.areas) >= 9
    assert len(house.states) >= 60
    assert len({one.domain for one in registry.entities.values()}) >= 15
    assert not [name for name in registry.entities if house.states[name].attributes["friendly_name"] == ""]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"entities": [entity("Light.A")]}, "entities.0.entity_id"),
        ({"entities": [entity(), entity()]}, "'light.a' twice"),
        ({"entities": [entity(area="nowhere")]}, "'nowhere'"),
        ({"entities": [entity(device="nothing")]}, "'nothing'"),
        ({"entities": [entity(colour="red")]}, "colour"),
        ({"entities": [entity(state=None)]}, "entities.0.state"),
        ({"entities": [entity(attributes={"brightness": float("inf")})]}, "attributes"),
        ({"groups": [{"entity_id": "group.g", "members": ["light.a"]}]}, "'light.a'"),
        ({"groups": [{"entity_id": "group.g", "members": []}]}, "members"),
        ({"areas": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}, "'a' twice"),
        ({"devices": [{"id": "d", "name": "D", "area": "x"}]}, "'x'"),
        ({"entites": []}, "entites"),
        ({"entities": "light.a"}, "entities"),
        ([], "house"),
    ],
)
def test_says_what_is_wrong_with_a_house(data: Json, expected: str) -> None:
    with pytest.raises(Invalid, match=expected.replace(".", r"\.")):
        parse_house(data)


def test_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "house.yaml"
    file.write_text("areas:\n  - {id: a, name: A}\nentities:\n  - entity_id: light.a\n    area: b\n")
    with pytest.raises(Invalid, match=r"house\.yaml:5: .*'b'"):
        load_house(file)


def test_what_is_exposed_is_as_written_or_as_home_assistant_would_have_it() -> None:
    rows = [
        {"entity_id": "light.a"},
        {"entity_id": "light.b", "exposed": False},
        {"entity_id": "light.c", "hidden": True},
        {"entity_id": "light.d", "category": "config"},
        {"entity_id": "lock.a"},
        {"entity_id": "lock.b", "exposed": True},
        {"entity_id": "binary_sensor.a", "attributes": {"device_class": "window"}},
    ]
    house = parse_house({"entities": rows, "groups": [{"entity_id": "light.all", "members": ["light.a"]}]})
    exposed = {one.entity_id for one in house.registry.entities.values() if one.exposed}
    assert exposed == {"light.a", "lock.b", "binary_sensor.a", "light.all"}
