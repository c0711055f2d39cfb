"""Where the command line has house, people and actions from: a house file, a daemon, the configuration, in order."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import to_json
from claw.base.errors import Invalid, Refused
from claw.cli.client import Client
from claw.cli.ground import Ground, ground
from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.house.services import CATALOGUE
from claw.policy.people import People, Person
from tests.cli_room import FakeDaemon

HOUSE = FOLDER / "house.yaml"
POLICY = "version: 1\nrules:\n  - {id: a, allow: light.*, on: {entity: light.porch}}\n"
NOWHERE = Path("no-config.yaml")


def test_a_running_daemon_tells_all_of_it(daemon: FakeDaemon, tmp_path: Path) -> None:
    house = load_house(HOUSE)
    people = [Person("zoe", "Zoe", "adult", rooms=("hall",))]
    daemon.answers["policy_ground"] = {
        "ok": {
            "path": "/etc/claw/policy.yaml",
            "text": POLICY,
            "hash": "abc",
            "people": [to_json(one) for one in people],
            "actions": ["light.turn_on", "claw.notify"],
            "registry": to_json(house.registry),
            "states": {"light.porch": "on"},
        }
    }
    there = ground(None, NOWHERE, Client(tmp_path))
    assert list(there.people) == people
    assert there.known.registry.entities == dict(house.registry.entities)
    assert there.known.states["light.porch"].value == "on"
    assert (there.path, sorted(there.actions)) == (Path("/etc/claw/policy.yaml"), ["claw.notify", "light.turn_on"])
    assert there.read(None).text == POLICY


def test_a_named_house_file_comes_before_the_daemon(daemon: FakeDaemon, tmp_path: Path) -> None:
    there = ground(HOUSE, NOWHERE, Client(tmp_path))
    assert daemon.asked == []
    assert {person.id for person in there.people} >= {"anna", "ben"}
    assert set(there.actions) == set(CATALOGUE)
    with pytest.raises(Refused, match="name a file"):
        there.read(None)


def test_without_a_daemon_the_configuration_names_house_people_and_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "config.yaml").write_text(
        f"house: {{simulated: {HOUSE}}}\n"
        "people: [{id: zoe, name: Zoe, role: owner}]\n"
        "services: {pool.heat: {tier: 2}}\n"
    )
    there = ground(None, tmp_path / "config.yaml", Client(tmp_path / "state"))
    assert [person.id for person in there.people] == ["zoe"]
    assert "pool.heat" in there.actions
    assert there.read(None).name == str(tmp_path / "policy.yaml")


def test_where_nobody_knows_the_house_it_is_said(tmp_path: Path) -> None:
    there = ground(None, tmp_path / "none.yaml", Client(tmp_path))
    with pytest.raises(Refused, match="--house"):
        _ = there.known
    assert there.parse(POLICY, "p").policy.rules[0].id == "a"


def test_a_draft_means_things_by_the_ids_of_today() -> None:
    house = load_house(HOUSE)
    renamed = replace(house.registry.entities["light.porch"], entity_id="light.door", former="light.porch")
    registry = replace(house.registry, entities={"light.door": renamed})
    there = Ground(People(), CATALOGUE, replace(house, registry=registry))
    draft = there.parse(POLICY, "p")
    assert there.hold(draft)
    with pytest.raises(Invalid, match=r"light\.porch"):
        there.renamed_to_present().hold(draft)
