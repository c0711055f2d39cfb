"""A condition holds where all of it is known to, and says what is lacking."""

from dataclasses import replace

import pytest

from claw.base.action import Origin
from claw.house.backend import Link
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.spec import Spec
from tests.watch_room import WatchRoom

DOOR = "binary_sensor.door"


@pytest.fixture
def room() -> WatchRoom:
    made = WatchRoom(DOOR, "sensor.heat", "person.anna", "person.ben")
    for entity, value in ((DOOR, "on"), ("sensor.heat", "21"), ("person.anna", "home"), ("person.ben", "away")):
        made.set(entity, value)
    made.sync()
    made.mirror.linked(Link("ready"))
    return made


def _routine(room: WatchRoom, when: object) -> Routine:
    spec = Spec.model_validate({"name": "x", "when": {"at": "07:00"}, "only_if": when, "do": {"say": "x"}})
    return Routine("one", spec, Origin("web", "anna"), room.clock.now())


@pytest.mark.parametrize(
    ("when", "lacking"),
    [
        ({"states": {DOOR: "on"}}, ""),
        ({"states": {DOOR: "off"}}, "its condition is door is off, and it is not so"),
        ({"states": {"sensor.heat": {"min": 20, "max": 22}}, "home": "anna", "away": "ben"}, ""),
        ({"states": {"sensor.gone": "on"}}, "its condition is sensor.gone is on, and it is not known whether it is so"),
        ({"home": "ben"}, "its condition is ben at home, and it is not so"),
        ({"home": "nobody"}, "its condition is nobody at home, and it is not so"),
        ({"between": ["12:00", "14:00"], "days": ["mon"]}, ""),  # it is Monday, 13:00 there
        ({"between": ["14:00", "15:00"]}, "its condition is between 14:00 and 15:00, and it is not so"),
        ({"sun": "up"}, ""),
        ({"sun": "down"}, "its condition is the sun down, and it is not so"),
    ],
)
def test_what_is_lacking_is_said(room: WatchRoom, when: object, lacking: str) -> None:
    routine = _routine(room, when)
    assert room.conditions.unmet(routine) == lacking
    assert routine.spec.only_if is not None
    unknown = "not known" in lacking
    assert room.conditions.holds(routine, routine.spec.only_if) is (None if unknown else not lacking)


def test_without_a_condition_nothing_is_lacking(room: WatchRoom) -> None:
    routine = room.routine({"at": "07:00"})
    assert room.conditions.unmet(routine) == ""


def test_what_is_out_of_sight_is_not_known(room: WatchRoom) -> None:
    routine = _routine(room, {"states": {DOOR: "on"}})
    room.lose()
    assert "not known" in room.conditions.unmet(routine)


def test_influence_from_outside_is_the_routines_own(room: WatchRoom) -> None:
    routine = _routine(room, {"tainted": False})
    tainted = replace(routine, made_by=Origin("web", "anna", taint=("a mail",)))
    assert room.conditions.unmet(routine) == ""
    assert "outside" in room.conditions.unmet(tainted)
    assert room.conditions.holds(tainted, When(tainted=True)) is True


def test_a_condition_follows_a_rename_also_where_the_policy_means_another_thing_by_the_new_id(room: WatchRoom) -> None:
    routine = _routine(room, {"states": {DOOR: "on"}})
    room.things.learn(routine)
    room.rename(DOOR, "binary_sensor.front")
    room.entities["binary_sensor.front"] = replace(room.entities["binary_sensor.front"], former=DOOR)
    room.sync()
    assert room.conditions.unmet(routine) == ""
    assert routine.spec.only_if is not None
    assert room.conditions.entities(routine, routine.spec.only_if) == {"binary_sensor.front"}
    room.set("binary_sensor.front", "off")
    assert room.conditions.unmet(routine) == "its condition is door is on, and it is not so"


def test_a_condition_looks_at_the_people_it_names(room: WatchRoom) -> None:
    routine = _routine(room, {"home": "anna", "away": "ben"})
    assert routine.spec.only_if is not None
    assert room.conditions.entities(routine, routine.spec.only_if) == {"person.anna", "person.ben"}
