from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.errors import Invalid, Refused
from claw.care.repair import About, Changed, propose
from claw.care.repair_kept import Kept, Use
from claw.house.model import Area, Entity, House, Registry, State
from claw.house.services import CATALOGUE
from claw.policy.people import People, Person

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
ENTITIES = (
    Entity("light.kitchen_lamp_two", "Kitchen Lamp", registry_id="l2", area="kitchen"),
    Entity("light.hall", "Hall", registry_id="h", area="hall"),
    Entity("lock.new", "Door", registry_id="d2"),
    Entity("binary_sensor.hall_motion", "Motion", area="hall", device_class="motion"),
    Entity("person.anna", "Anna"),
)
HOUSE = House(
    Registry(
        areas={"kitchen": Area("kitchen", "Kitchen"), "hall": Area("hall", "Hall")},
        entities={one.entity_id: one for one in ENTITIES},
    ),
    {one.entity_id: State("off") for one in ENTITIES},
)
POLICY = """\
version: 1
rules:
  - {id: lamp, allow: light.*, on: {entity: light.kitchen_lamp}}
tests:
  - {as: {role: owner, channel: web}, action: light.turn_on, entities: [light.kitchen_lamp], expect: allow}
"""


def about(policy: str = POLICY, config: str = "", house: House = HOUSE, **more: object) -> About:
    people = People([Person("anna", "Anna", "owner", entity="person.anna")])
    given = {"kept": Kept(), "skills": {}, **more}
    return About(Path("p.yaml"), policy, Path("c.yaml"), config, people, frozenset(CATALOGUE), house, **given)  # type: ignore[arg-type]


def test_where_nothing_is_gone_nothing_is_proposed() -> None:
    found = propose(about(POLICY.replace("light.kitchen_lamp", "light.hall")), {}, NOON)
    assert (found.pairs, found.asked, found.files, found.judged.problems) == ((), (), (), ())


def test_one_mapping_goes_over_every_text() -> None:
    config = "house: {simulated: h.yaml}\nroutines: {hands: {light.kitchen_lamp: 0 s}}\n"
    skills = {"mine": {"program.py": 'turn_on("light.kitchen_lamp")\n', "SKILL.md": "no id\n"}}
    uses = (Use("routine", "r1", "light.kitchen_lamp", gone=True), Use("alias", "1", "light.hall", gone=False))
    found = propose(about(config=config, skills=skills, kept=Kept(uses)), {}, NOON)
    assert found.new == {"light.kitchen_lamp": "light.kitchen_lamp_two"}
    assert [one.path for one in found.files] == ["p.yaml", "c.yaml", "skills/mine/program.py"]
    assert [one.path for one in found.written] == ["p.yaml", "c.yaml"]
    assert found.uses == uses[:1]
    assert [one.passed for one in found.judged.tests] == [True]
    assert (found.judged.problems, found.judged.wider) == ((), ())
    assert {one.entity for one in found.judged.differences} == {"light.kitchen_lamp_two"}


def test_a_renamed_thing_is_written_by_its_present_id_since_a_new_text_is_about_present_ids() -> None:
    lamp = replace(ENTITIES[0], former="light.kitchen_lamp")
    house = House(replace(HOUSE.registry, entities={**HOUSE.registry.entities, lamp.entity_id: lamp}), HOUSE.states)
    for one in (about(house=house), about(kept=Kept(renamed={"light.kitchen_lamp": "light.kitchen_lamp_two"}))):
        found = propose(one, {}, NOON)
        assert [(pair.new, pair.same) for pair in found.pairs] == [("light.kitchen_lamp_two", True)]
        assert not found.judged.failed


def test_a_routine_lost_its_thing_also_where_another_has_the_same_id() -> None:
    kept = Kept((Use("routine", "r1", "light.hall", gone=True), Use("routine", "r2", "lock.new", gone=True)))
    found = propose(about(POLICY.replace("light.kitchen_lamp", "light.hall"), kept=kept), {}, NOON)
    assert (found.new, found.files) == ({"light.hall": "light.hall"}, ())
    assert [(one.old, one.choices) for one in found.asked] == [("lock.new", ("lock.new",))]
    assert propose(about(kept=kept), {"lock.new": "lock.new"}, NOON).new["lock.new"] == "lock.new"


def test_what_decides_and_a_lock_are_never_guessed() -> None:
    rules = """\
version: 1
rules:
  - {id: a, allow: light.*, when: {states: {binary_sensor.motion_hall: on}}}
  - {id: b, confirm: lock.unlock, on: {entity: lock.door}}
"""
    config = "house: {simulated: h.yaml}\npeople: [{id: anna, name: Anna, role: owner, entity: person.ann}]\n"
    found = propose(about(rules, config), {}, NOON)
    assert (found.pairs, {one.old for one in found.asked}) == (
        (), {"binary_sensor.motion_hall", "lock.door", "person.ann"},
    )  # fmt: skip
    assert found.judged.problems
    says = {
        "binary_sensor.motion_hall": "binary_sensor.hall_motion",
        "lock.door": "lock.new",
        "person.ann": "person.anna",
    }
    assert propose(about(rules, config), says, NOON).judged.problems == ()


def test_an_open_door_that_was_open_before_is_no_news_and_one_that_was_not_is() -> None:
    text = "version: 1\nrules:\n  - {id: a, allow: lock.unlock, on: {entity: lock.door}}\n"
    assert propose(about(text), {"lock.door": "lock.new"}, NOON).judged.open_risks == ()
    text += "  - {id: b, deny: lock.unlock, on: {entity: lock.d*}}\n"
    found = propose(about(text), {"lock.door": "lock.new"}, NOON).judged
    assert found.open_risks
    assert {one.action for one in found.wider} == {"lock.unlock"}


def test_what_cannot_be_read_or_done_is_said() -> None:
    with pytest.raises(Invalid):
        propose(about("rules: ["), {}, NOON)
    for said in ({"light.x": "light.hall"}, {"light.kitchen_lamp": "light.nowhere"}):
        with pytest.raises(Refused):
            propose(about(), said, NOON)
    escaped = POLICY.replace("on: {entity: light.kitchen_lamp}", 'on: {entity: "light.kitchen\\x5flamp"}')
    found = propose(about(escaped), {}, NOON)
    assert [one.entity_id for _, one in found.by_hand] == ["light.kitchen_lamp"]
    assert found.judged.problems


def test_the_diff_is_one_that_patch_reads() -> None:
    assert Changed("a", "x\ny", "x\nz").diff == (
        "--- a\n+++ a\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )
    assert Changed("a", "x\x85y\u2028z\n", "x\x85y\u2028w\n").diff == (
        "--- a\n+++ a\n@@ -1 +1 @@\n-x\x85y\u2028z\n+x\x85y\u2028w\n"
    )
