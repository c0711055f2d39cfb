"""A routine means the things that were called so when it was made."""

from dataclasses import replace

from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.spec import Acts, Becomes, Runs, Spec
from claw.routines.things import named
from tests.watch_room import ANNA, WatchRoom

SPEC = {
    "when": [
        {"state": "light.a"},
        {"number": "sensor.b", "above": 1},
        {"holds": {"states": {"light.c": "on"}}},
        {"at": "07:00"},
    ],
    "only_if": {"states": {"light.d": "on"}, "home": "anna"},
    "do": [
        {"actions": [{"action": "light.turn_on", "entities": ["light.e", "light.a"]}]},
        {"skill": "x", "arguments": {"lamp": "light.f", "how_many": 3, "mood": "cosy"}},
        {"say": "done"},
    ],
}
IDS = ("light.a", "sensor.b", "light.c", "light.d", "light.e", "light.f")


def test_every_thing_that_is_named_is_found() -> None:
    assert named(Spec.model_validate({"name": "x"} | SPEC)) == IDS


def test_all_of_a_routine_follows_a_rename_and_no_more_than_that() -> None:
    room = WatchRoom(*IDS, "light.free")
    room.sync()
    spec = Spec.model_validate({"name": "one"} | SPEC)
    routine = Routine("one", spec, ANNA, room.clock.now())
    room.things.learn(routine)
    assert room.things.spec(routine) is spec
    for one in IDS:
        room.set(one, "on")
        room.rename(one, one.replace(".", ".new_"))
    now = room.things.spec(routine)
    assert named(now) == tuple(one.replace(".", ".new_") for one in IDS)
    assert isinstance(now.when[0], Becomes)
    assert now.when[3] is spec.when[3]
    assert isinstance(now.do[0], Acts)
    assert isinstance(now.do[1], Runs)
    assert now.do[1].arguments == {"lamp": "light.new_f", "how_many": 3, "mood": "cosy"}
    assert room.things.when(routine, When.model_validate({"states": {"light.d": "off"}})).states.keys() == {
        "light.new_d"
    }


def test_what_is_gone_is_gone_whoever_has_its_id_now() -> None:
    room = WatchRoom("light.a", "light.b")
    room.set("light.a", "on")
    room.set("demo.unregistered", "on")
    room.sync()
    routine = room.routine({"state": "light.a"}, {"state": "demo.unregistered"}, {"state": "light.never"})
    room.things.learn(routine)
    assert room.things.present("one", "demo.unregistered") == "demo.unregistered"
    assert room.things.gone(routine) == ("light.never",)
    room.gone("light.a")
    room.entities["light.a"] = replace(room.entities["light.b"], entity_id="light.a")
    room.set("light.a", "on")
    room.sync()
    assert room.things.gone(routine) == ("light.a", "light.never")
    room.things.forget("one")
    assert room.things.present("one", "light.a") is None  # it is kept, not only remembered


def test_before_the_house_is_known_nothing_is_learned() -> None:
    room = WatchRoom("light.a")
    room.things.learn(room.routine({"state": "light.a"}))
    assert room.shelf.writes == 0
