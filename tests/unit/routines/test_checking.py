"""What can be known to be wrong with a routine is said when it is written, in a sentence, and nothing else is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from claw.base.action import Action
from claw.gate.messages import SERVICES
from claw.house.file import parse_house
from claw.house.model import Registry
from claw.policy.people import People, Person
from claw.routines.checking import MOST_ACTS, Ground, actions_of, problems, sentence
from claw.routines.place import place_of
from tests.making_room import EVERYBODY, HOME, LAMP, NOW, spec

HOUSE = parse_house(HOME)
GROUND = Ground(HOUSE, place_of(HOUSE.registry), NOW, SERVICES, EVERYBODY, lambda _: "", lambda _: "")


def wrong(**given: Any) -> str:
    return " ".join(problems(spec(**given), GROUND))


@pytest.mark.parametrize(
    "when",
    [
        {"at": "07:00", "days": ["mon"]},
        {"cron": "0 7 * * 1-5"},
        {"every": "20 min"},
        {"once": "2026-11-27T18:00:00"},
        {"sun": "sunset", "offset": "-30 min"},
        {"state": "binary_sensor.window", "to": ["on"], "for": "2 min"},
        {"number": "sensor.warmth", "above": 26, "hysteresis": 1},
        {"number": "light.lamp", "attribute": "brightness", "above": 26},
        {"number": "light.dark", "above": 26},
        {"event": "doorbell_rang"},
        {"presence": ["last"], "does": "leaves"},
        {"presence": ["anna"], "does": "comes"},
        {"holds": {"states": {"binary_sensor.window": "on"}, "home": ["anyone"]}},
    ],
)
def test_a_routine_that_makes_sense_has_no_problems(when: Mapping[str, Any]) -> None:
    assert wrong(when=when) == ""


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"cron": "99 7 * * *"}, "99"),
        ({"cron": "a b c d e"}, "."),
        ({"cron": "0 0 31 2 *"}, "."),
        ({"once": "2026-11-20T18:00:00"}, "2026-11-20 18:00 is in the past"),
        ({"once": "2026-11-23T12:59:00"}, "is in the past"),
        ({"state": "light.nowhere"}, 'There is no "light.nowhere" in this house.'),
        ({"state": "binary_sensor.window", "to": ["open"]}, 'is on or off, never "open"'),
        ({"state": "binary_sensor.window", "to": ["unavailable"]}, "is no state to wait for"),
        ({"number": "sensor.word", "above": 3}, "which is no figure"),
        ({"number": "sensor.nowhere", "above": 3}, 'There is no "sensor.nowhere" in this house.'),
        ({"event": "state_changed"}, "happens all the time"),
        ({"presence": ["nobody_here"], "does": "comes"}, 'Nobody here has the id "nobody_here".'),
        ({"presence": ["ben"], "does": "comes"}, 'Nothing in this house says where "Ben" is.'),
        ({"holds": {"states": {"light.nowhere": "on"}}}, 'There is no "light.nowhere" in this house.'),
        ({"holds": {"home": ["ben"]}}, 'says where "Ben" is'),
        ({"holds": {"tainted": True, "days": ["mon"]}}, "looks at the house"),
    ],
)
def test_a_trigger_that_never_fires_is_said(when: Mapping[str, Any], said: str) -> None:
    assert said in wrong(when=when)


def test_which_of_several_triggers_is_meant_is_said() -> None:
    found = problems(spec(when=[{"at": "07:00"}, {"state": "light.nowhere"}]), GROUND)
    assert found == ('Trigger 2: there is no "light.nowhere" in this house.',)


def test_without_a_place_there_is_no_sun_and_without_people_nobody_comes() -> None:
    house = parse_house({key: value for key, value in HOME.items() if key != "location"})
    nowhere = replace(GROUND, place=place_of(house.registry), people=People([Person("ben", "Ben", "owner")]))
    assert "no sunset to go by" in problems(spec(when={"sun": "sunset"}), nowhere)[0]
    assert "the sun cannot be asked" in problems(spec(only_if={"sun": "down"}), nowhere)[0]
    assert problems(spec(when={"presence": ["anyone"], "does": "comes"}), nowhere) == (
        "Nothing in this house says who is at home.",
    )


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ({"actions": [{"action": "light.turn_on", "entities": ["light.nowhere"]}]}, 'Unknown entity "light.nowhere"'),
        ({"actions": [{"action": "light.explode", "entities": ["light.lamp"]}]}, 'Unknown action "light.explode"'),
        ({"actions": [{"action": "lock.lock", "entities": ["light.lamp"]}]}, "is not for"),
        (
            {"actions": [{"action": "light.turn_on", "entities": ["light.lamp"], "data": {"brightness_pct": 900}}]},
            "expected",
        ),
        ({"actions": [{"action": "light.turn_on"}]}, "needs an entity"),
        ({"actions": [{"action": "lock.lock", "entities": ["light.dark"]}]}, "is not for"),
        ({"actions": [{"action": "light.turn_on", "entities": ["light.dark"], "data": {"wings": 2}}]}, "takes no"),
        ({"actions": [{"action": "claw.schedule", "data": {"spec": "{}"}}]}, "nothing that a routine does"),
        ({"actions": [{"action": "claw.forget_all"}]}, "nothing that a routine does"),
        ({"actions": [{"action": "claw.skill_accept"}]}, "nothing that a routine does"),
        ({"say": "dinner", "to": "person:nobody"}, 'Nobody here has the id "nobody".'),
        ({"say": "dinner", "to": "place:attic"}, 'There is no area "attic" in this house.'),
    ],
)
def test_what_cannot_be_done_here_is_said(do: Mapping[str, Any], said: str) -> None:
    assert said in wrong(do=do)


@pytest.mark.parametrize(
    "do",
    [
        {"actions": [{"action": "light.turn_on", "entities": ["light.dark"], "data": {"brightness_pct": 20}}]},
        {"actions": [{"action": "light.turn_on", "entities": ["light.lamp", "light.dark"]}]},
        {"actions": [{"action": "claw.notify", "data": {"to": "everyone", "text": "dinner"}}]},
        {"say": "dinner", "to": "place:hall"},
        {"say": "dinner"},
        {"skill": "laundry-done"},
        {"say": "dinner", "to": "person:ben"},
        {"prompt": "look", "gate": "True"},
    ],
)
def test_what_only_cannot_be_done_at_this_moment_is_no_problem(do: Mapping[str, Any]) -> None:
    assert wrong(do=do) == ""


def test_what_does_nothing_now_may_do_something_later() -> None:
    timers = [
        {"entity_id": "timer.egg", "name": "Egg", "state": "idle"},
        {"entity_id": "timer.tea", "name": "Tea", "state": "active"},
    ]
    house = parse_house({**HOME, "entities": [*HOME["entities"], *timers]})
    pause = {"actions": [{"action": "timer.pause", "entities": ["timer.egg", "timer.tea"]}]}
    assert problems(spec(do=pause), replace(GROUND, house=house)) == ()
    pause["actions"][0]["entities"] = ["timer.tea"]
    assert problems(spec(do=pause), replace(GROUND, house=house)) == ()


def test_what_a_step_leans_on_is_asked_of_whoever_knows() -> None:
    ground = replace(GROUND, skill=lambda runs: f"there is no skill {runs.skill}", gate=lambda _: "it does not end")
    steps = [{"skill": "laundry-done"}, {"prompt": "look", "gate": "x = 1"}]
    assert problems(spec(do=steps), ground) == (
        "Step 1: there is no skill laundry-done.",
        "Step 2: it does not end.",
    )
    assert "No model is named" in problems(spec(do=steps[1]), replace(ground, gate=None))[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "safety"}, "nobody makes it"),
        ({"name": "a\u202eb"}, "cannot be shown"),
        ({"until": "2026-11-23T12:00:00"}, "over before it begins"),
        ({"until": "2026-11-23T11:59:00+00:00"}, "over before it begins"),
        ({"quiet": ["22:00", "22:00"]}, "quiet hours begin when they end"),
        ({"only_if": {"states": {"lock.nowhere": "locked"}}}, 'no "lock.nowhere"'),
        ({"when": {"every": "10 s"}, "missed": "all", "grace": "366 d"}, "shorten the grace"),
        ({"when": [{"every": "10 s"}, {"state": "light.lamp"}], "missed": "all", "grace": "1 h"}, "shorten the grace"),
        ({"when": {"cron": "99 7 * * *"}, "missed": "all"}, "99"),
    ],
)
def test_what_is_around_triggers_and_steps_is_looked_at(more: Mapping[str, Any], said: str) -> None:
    assert said in wrong(**more)


def test_too_many_actions_are_said_and_the_actions_are_those_that_are_named() -> None:
    many = [{"actions": LAMP["actions"] * 20} for _ in range(6)]
    assert f"more than {MOST_ACTS} actions" in wrong(do=many).lower()
    assert actions_of(spec(do=[LAMP, {"say": "x"}])) == (Action("light.turn_on", ("light.lamp",)),)


def test_a_house_of_which_nothing_is_known_has_sentences_too() -> None:
    empty = parse_house({"entities": []})
    assert isinstance(empty.registry, Registry)
    assert problems(spec(), replace(GROUND, house=empty)) == ('Unknown entity "light.lamp".',)


@pytest.mark.parametrize(
    ("why", "told"), [("", "That was not done."), ("it is over.", "It is over."), ("lock.door jams", "lock.door jams.")]
)
def test_a_reason_becomes_a_sentence(why: str, told: str) -> None:
    assert sentence(why) == told
