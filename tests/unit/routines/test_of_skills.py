"""The times and events of skills are routines while an owner wants them, and what the library says now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from claw.house.backend import Link
from claw.house.model import Entity, State
from claw.routines.of_skills import OfSkills
from claw.routines.spec import Becomes, Cron, Passes, Runs
from claw.skills.library import Library
from claw.skills.manifest import Manifest
from claw.skills.model import Skill, Standing
from claw.skills.places import shipped
from claw.skills.reading import read_skill
from claw.skills.standings import SOMEBODY, Standings
from tests.skill_folders import skill_files
from tests.watch_room import WatchRoom

ACCEPTED = datetime(2026, 1, 5, tzinfo=UTC)


def _read(name: str, folder: Path | None = None) -> Skill:
    if folder is None:
        return read_skill(skill_files(name), name)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return read_skill(files, name)


@dataclass
class Shelf:
    """A library and what stands of its skills, as a test says."""

    skills: dict[str, Skill] = field(default_factory=dict[str, Skill])
    stands: dict[str, Standing] = field(default_factory=dict[str, Standing])
    changed: list[Callable[[str], None]] = field(default_factory=list[Callable[[str], None]])

    def all(self) -> list[Skill]:
        return list(self.skills.values())

    def of(self, name: str) -> Standing | None:
        return self.stands.get(name)

    def put(self, skill: Skill, **more: Any) -> None:
        self.skills[skill.name] = skill
        standing = Standing(skill.name, skill.version, skill.hash, "trusted", "shipped", accepted_by="anna")
        self.stands[skill.name] = replace(standing, accepted_at=ACCEPTED, **more)


def _with(triggers: Mapping[str, object], **more: object) -> Skill:
    skill = _read("reading-light")
    told = {"version": "1.0.0", "triggers": triggers, **more}
    return replace(skill, manifest=Manifest.model_validate(told))


class House:
    """A house with some sensors, and the routines of its skills."""

    def __init__(self, *things: tuple[str, str]) -> None:
        self.room = WatchRoom()
        for entity, device_class in things:
            self.room.entities[entity] = Entity(entity, entity, f"id-{entity}", device_class=device_class)
            self.room.set(entity, "off")
        self.room.sync()
        self.room.mirror.linked(Link("ready"))
        self.shelf = Shelf()
        self.routines = OfSkills(cast("Library", self.shelf), cast("Standings", self.shelf), self.room.mirror)

    def ids(self) -> list[str]:
        return [one.id for one in self.routines.all()]


@pytest.fixture(scope="module")
def ours() -> dict[str, Skill]:
    folder = shipped()
    assert folder is not None
    return {name: _read(name, folder / name) for name in ("laundry-done", "vacation-lights", "window-open-heating")}


def test_what_ships_is_set_off_by_what_it_says_and_acts_for_the_owner_who_took_it(ours: dict[str, Skill]) -> None:
    house = House(("binary_sensor.washer", "running"), ("binary_sensor.kitchen", "window"))
    for skill in ours.values():
        house.shelf.put(skill)
    laundry, vacation, window = house.routines.all()
    assert [laundry.id, vacation.id, window.id] == [f"skill-{name}-1" for name in ours]
    assert laundry.spec.when == (
        Becomes.model_validate({"state": "binary_sensor.washer", "to": "off", "for": "3 min"}),
    )
    assert vacation.spec.when == (Cron(cron="0,30 16-23 * * *"),)
    assert window.spec.when == (Becomes.model_validate({"state": "binary_sensor.kitchen", "to": "on", "for": "5 min"}),)
    assert laundry.spec.do == (Runs(skill="laundry-done", arguments={"language": "en"}),)
    assert (laundry.made_by.person, laundry.made_by.authenticated, laundry.created) == ("anna", True, ACCEPTED)
    assert house.routines.get("skill-vacation-lights-1") == vacation
    assert house.routines.get("skill-vacation-lights-2") is None


@pytest.mark.parametrize(
    "stands",
    [
        {"accepted_by": ""},
        {"accepted_by": SOMEBODY},
        {"enabled": False},
        {"state": "shadow"},
        {"state": "draft"},
        {"state": "retired"},
        {"hash": "0" * 64},
    ],
)
def test_nothing_starts_a_skill_that_does_not_run_or_that_no_owner_took(
    ours: dict[str, Skill], stands: dict[str, Any]
) -> None:
    house = House()
    house.shelf.put(ours["vacation-lights"], **stands)
    assert house.ids() == []
    house.shelf.put(ours["vacation-lights"], state="stale")
    assert house.ids() == ["skill-vacation-lights-1"]
    house.shelf.skills["vacation-lights"] = replace(ours["vacation-lights"], problems=("it was changed",))
    assert house.ids() == []


def test_a_house_without_such_things_has_no_such_routine(ours: dict[str, Skill]) -> None:
    house = House(("binary_sensor.kitchen", "window"))
    house.shelf.put(ours["laundry-done"])
    assert house.ids() == []


def test_many_things_are_several_routines(ours: dict[str, Skill]) -> None:
    house = House(*((f"binary_sensor.w{number:02}", "window") for number in range(23)))
    house.shelf.put(ours["window-open-heating"])
    assert [(one.id[-1], len(one.spec.when)) for one in house.routines.all()] == [("1", 10), ("2", 10), ("3", 3)]


def test_figures_times_and_rests_are_taken_over_and_nonsense_is_left_out() -> None:
    house = House(("sensor.power", "power"), ("binary_sensor.x", "window"))
    events = [
        {"of": {"domain": "sensor"}, "above": 5, "lasting": "1 min"},
        {"of": {"domain": "binary_sensor"}},
        {"of": {"entity": "light.gone"}, "to": "on"},
    ]
    skill = _with(
        {"schedule": ["0 7 * * *", "99 99 * * *", "every day"], "events": events}, limits={"cooldown": "10 min"}
    )
    house.shelf.put(skill)
    cron, power, window = house.routines.all()
    assert cron.spec.when == (Cron(cron="0 7 * * *"),)
    assert power.spec.when == (Passes.model_validate({"number": "sensor.power", "above": 5, "for": "1 min"}),)
    assert window.spec.when == (Becomes(state="binary_sensor.x"),)
    assert {one.spec.cooldown for one in house.routines.all()} == {"10 min"}


def test_what_only_answers_words_is_no_routine() -> None:
    house = House()
    house.shelf.put(_read("reading-light"))
    assert house.ids() == []


async def test_a_change_of_the_library_the_trust_or_the_house_is_told(ours: dict[str, Skill]) -> None:
    house = House()
    told: list[list[str]] = []
    house.routines.changed.append(lambda _: told.append(house.ids()))
    house.shelf.put(ours["laundry-done"])
    for tell in house.shelf.changed:
        tell("laundry-done")
    assert told == [[], []]
    washer = "binary_sensor.washer"
    house.room.entities[washer] = Entity(washer, washer, "id", device_class="running")
    house.room.states[washer] = State("off")
    house.room.sync()
    await house.room.clock.settle()
    assert told[-1] == ["skill-laundry-done-1"]
    house.room.mirror.linked(Link("closed"))
    count = len(told)
    await house.room.clock.settle()
    assert len(told) == count
