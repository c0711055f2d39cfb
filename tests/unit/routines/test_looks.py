"""Each trigger has its eye, its time to stay, its name on disk, and says what it lacks."""

import pytest

from claw.policy.people import People, Person
from claw.routines.eyes import BecomesEye, HoldsEye, PassesEye, PresenceEye
from claw.routines.looks import Looks, lasting, mark
from claw.routines.spec import Spec, Trigger
from tests.watch_room import WatchRoom

TRIGGERS = {
    "becomes": ({"state": "light.a", "for": "2 min"}, BecomesEye, 120.0),
    "passes": ({"number": "sensor.a", "above": 1}, PassesEye, 0.0),
    "presence": ({"presence": "anna", "does": "comes", "for": "1 h"}, PresenceEye, 3600.0),
    "holds": ({"holds": {"sun": "down"}, "for": "30 s"}, HoldsEye, 30.0),
    "event": ({"event": "x"}, None, 0.0),
    "at": ({"at": "07:00"}, None, 0.0),
}


def _trigger(written: object) -> Trigger:
    return Spec.model_validate({"name": "x", "when": written, "do": {"say": "x"}}).when[0]


def _looks(room: WatchRoom) -> Looks:
    return Looks(room.mirror, room.people, room.conditions, room.things)


@pytest.mark.parametrize("kind", sorted(TRIGGERS))
def test_each_kind_of_trigger_has_its_eye(kind: str) -> None:
    written, eye, seconds = TRIGGERS[kind]
    room = WatchRoom("light.a", "sensor.a", "person.anna")
    trigger = _trigger(written)
    found = _looks(room).eye(room.routine(written), trigger)
    assert isinstance(found, eye) if eye else found is None
    assert lasting(trigger) == seconds
    assert _looks(room).by_clock(trigger) is (kind == "holds")


def test_another_trigger_in_the_same_place_has_another_name() -> None:
    names = {mark(number, _trigger(TRIGGERS[kind][0])) for kind in TRIGGERS for number in (0, 1)}
    assert len(names) == 2 * len(TRIGGERS)
    assert mark(0, _trigger({"state": "light.a"})) == mark(0, _trigger({"state": "light.a"}))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"state": "light.gone"}, "Light.gone, which sets it off, is not in the house any more."),
        ({"number": "sensor.gone", "above": 1}, "Sensor.gone, which sets it off, is not in the house any more."),
        ({"holds": {"states": {"light.gone": "on"}}}, "Light.gone, which it waits for, is not in the house any more."),
        ({"presence": "anna", "does": "comes"}, ""),
        ({"presence": "carl", "does": "comes"}, "Nothing in the house says where its people are."),
        ({"presence": ["anna", "carl"], "does": "comes"}, "Nothing in the house says where carl is."),
        ({"presence": "last", "does": "leaves"}, "Nothing says where Ben is, so nobody can be the last one."),
        ({"presence": "anyone", "does": "leaves"}, ""),
        ([{"at": "07:00"}, {"event": "x"}, {"state": "light.a"}], ""),
    ],
)
def test_what_a_trigger_lacks_is_said(written: object, why: str) -> None:
    room = WatchRoom("light.a", "person.anna", "person.ben")
    room.people = People([*room.people, Person("carl", "Carl", "child")])
    room.set("person.anna", "home")
    room.sync()
    routine = room.routine(*(written if isinstance(written, list) else [written]))
    assert _looks(room).problem(routine) == why
