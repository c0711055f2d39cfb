"""The demo's house is big enough to try everything in, and its policy is one to copy from."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.documents import parse_document
from claw.cli.running import TRY
from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER, demo_config
from claw.house.file import load_house
from claw.policy.people import ROLES
from claw.policy.rules import PolicyFile
from tests.living import CONSOLE, living

REGISTRY = load_house(FOLDER / "house.yaml").registry


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


def test_the_house_has_something_of_everything() -> None:
    domains = {entity.domain for entity in REGISTRY.entities.values()}
    assert len(REGISTRY.floors) == 2
    assert len(REGISTRY.areas) >= 9
    assert len(REGISTRY.entities) >= 60
    assert len(domains) >= 15
    assert {"light", "lock", "cover", "alarm_control_panel", "valve", "climate", "media_player", "sensor"} <= domains
    assert all(area.floor is None or area.floor in REGISTRY.floors for area in REGISTRY.areas.values())


def test_some_things_are_in_no_area_as_in_real_houses() -> None:
    assert any(entity.area is None for entity in REGISTRY.entities.values())


def test_whoever_runs_it_speaks_for_the_owner_and_for_nobody_else() -> None:
    people = demo_config(0).people
    assert [person.uid for person in people if person.role == "owner"] == [os.getuid()]
    assert {person.uid for person in people if person.role != "owner"} == {None}
    assert {person.role for person in people} == set(ROLES)


def test_who_stays_for_a_while_has_rooms_and_a_last_day_or_hours() -> None:
    people = {person.role: person for person in demo_config(0).people}
    assert people["child"].rooms
    assert people["guest"].rooms
    assert people["guest"].end
    assert people["service"].rooms
    assert people["service"].hours
    assert all(room in REGISTRY.areas for person in people.values() for room in person.rooms)


async def test_nobody_is_in_a_hurry_by_voice_but_whoever_is_signed_in_may_be(daemon: Daemon) -> None:
    voice = Origin("voice:hall", source="test", conversation="voice")
    for origin, wanted in ((voice, "refused"), (CONSOLE, "done")):
        said = ["turn off the hall ceiling", "turn on the hall ceiling"] * 6
        found = [(await daemon.desk.say(sentence, origin)).status for sentence in said]
        assert (found[:10], found[11]) == (["done"] * 10, wanted)


def test_it_listens_where_it_is_told_and_nowhere_else() -> None:
    assert demo_config(4711).listen.port == 4711
    assert demo_config(4711).listen.host == "127.0.0.1"


async def test_the_policy_leaves_nothing_risky_open(daemon: Daemon) -> None:
    assert [finding for finding in daemon.desk.ruling.check() if finding["level"] != "note"] == []
    assert daemon.desk.status()["policy_problem"] == ""


async def test_the_five_things_to_try_do_what_they_promise(daemon: Daemon) -> None:
    found = [(await daemon.desk.say(sentence, CONSOLE)).status for sentence in TRY]
    assert found == ["done", "answered", "done", "pending", "stopped"]


def test_every_rule_is_tried_by_a_test_of_the_file_itself() -> None:
    file = parse_document((FOLDER / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml", PolicyFile)
    rated = {rule.id for rule in file.rules if rule.at_most or rule.more_than}  # a test knows nothing of before
    assert {rule.id for rule in file.rules} - {test.rule for test in file.tests} == rated
    assert {one.id for one in file.never} == {test.never for test in file.tests if test.expect == "broken"}
