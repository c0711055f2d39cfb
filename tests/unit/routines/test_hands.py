"""The hand wins: nothing in the background changes again what a person has just changed, and it says so once."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from claw.base.action import Action
from claw.base.erasure import Erasure
from claw.gate.hand import by_hand
from claw.house.model import Cause, Change, Entity, House, State
from tests.gate_room import FREEZER_OFF, GARAGE, LAMP_OFF, LAMP_ON, OWNER, VOICE
from tests.hand_room import LIFE, ROUTINE, HandRoom, hand_room

LOCK = Action("lock.lock", ("lock.door",))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[HandRoom]:
    async with hand_room(tmp_path) as made:
        yield made


def _by_switch(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", brightness=200, context="c-wall")


def _by_app(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", brightness=200, context="c-app", cause=Cause(user="u-anna"))


def _by_automation(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", brightness=200, context="c-auto", cause=Cause(parent="c-motion"))


async def _held(room: HandRoom, action: Action = LAMP_OFF) -> bool:
    outcome = await room.one(action, ROUTINE)
    assert outcome.status in {"refused", "done", "unchanged"}
    assert (outcome.status == "refused") == by_hand(outcome.detail)
    return outcome.status == "refused"


@pytest.mark.parametrize("change", [_by_switch, _by_app])
@pytest.mark.parametrize("later", [0.0, 3.0, 7190.0])
async def test_what_a_person_changed_no_routine_changes_again_for_two_hours(
    room: HandRoom, change: Callable[[HandRoom], None], later: float
) -> None:
    change(room)
    await room.clock.advance(later)
    assert await _held(room)
    assert room.hand.sent == []
    await room.clock.advance(7300)
    assert not await _held(room)


async def test_what_an_automation_did_is_no_hand(room: HandRoom) -> None:
    _by_automation(room)
    await room.clock.advance(5)
    assert not await _held(room)


async def test_what_was_asked_of_claw_is_a_hand_and_what_a_routine_did_is_none(room: HandRoom) -> None:
    await room.one(LAMP_ON, ROUTINE)
    await room.clock.advance(60)
    assert not await _held(room)
    await room.one(LAMP_ON, VOICE)
    assert await _held(room)
    await room.clock.advance(5)
    assert await _held(room)


async def test_whoever_asks_for_what_is_so_already_means_that_it_stays_so(room: HandRoom) -> None:
    await room.one(LAMP_ON, ROUTINE)
    await room.clock.advance(60)
    assert (await room.one(LAMP_ON, OWNER)).status == "unchanged"
    assert await _held(room)


async def test_people_are_never_held_up_and_neither_is_what_guards_life(room: HandRoom) -> None:
    _by_switch(room)
    assert (await room.one(LAMP_OFF, OWNER)).status == "done"
    await room.clock.advance(5)
    outcome = await room.one(LAMP_ON, LIFE)
    assert not by_hand(outcome.detail)


async def test_what_a_device_settles_to_is_no_hand_and_whoever_flips_it_back_is_one(room: HandRoom) -> None:
    await room.one(LAMP_ON, ROUTINE)
    room.becomes("light.lamp", "on", brightness=90)
    await room.clock.advance(10)
    assert not await _held(room, Action("light.turn_on", ("light.lamp",), {"brightness_pct": 50}))
    await room.clock.advance(40)
    room.becomes("light.lamp", "off", brightness=None)
    await room.clock.advance(3)
    assert await _held(room, LAMP_ON)


async def test_a_cover_that_a_routine_sent_is_not_touched_when_it_arrives_but_when_somebody_moves_it(
    room: HandRoom,
) -> None:
    room.hand.silent = True
    room.becomes("cover.garage", "open")
    await room.clock.advance(2000)
    room.judge.hand.acts(Action("cover.close_cover", ("cover.garage",)), ROUTINE)
    room.becomes("cover.garage", "closing")
    await room.clock.advance(50)
    room.becomes("cover.garage", "closed")
    await room.clock.advance(20)
    house = room.mirror.house()
    assert room.hands.spare((GARAGE,), house).left == ()
    room.becomes("cover.garage", "open")
    await room.clock.advance(3)
    close = Action("cover.close_cover", ("cover.garage",))
    assert [touch.how for touch in room.hands.spare((close,), room.mirror.house()).left] == ["device"]
    await room.clock.advance(1900)  # half an hour, as the configuration says of it
    assert room.hands.spare((close,), room.mirror.house()).left == ()


async def test_where_the_household_says_so_a_hand_never_counts(room: HandRoom) -> None:
    room.becomes("lock.safe", "unlocked", context="c", cause=Cause(user="u"))
    room.becomes("lock.door", "unlocked", context="c", cause=Cause(user="u"))
    await room.clock.advance(3)
    both = Action("lock.lock", ("lock.safe", "lock.door"))
    spared = room.hands.spare((both,), room.mirror.house())
    assert spared.actions == (Action("lock.lock", ("lock.safe",)),)
    assert [touch.entity_id for touch in spared.left] == ["lock.door"]


async def test_the_rest_is_done_and_what_is_so_already_is_not_left(room: HandRoom) -> None:
    _by_app(room)
    await room.clock.advance(3)
    house = room.mirror.house()
    spared = room.hands.spare((LAMP_ON, LAMP_OFF, FREEZER_OFF), house)
    assert spared.actions == (LAMP_ON, FREEZER_OFF)
    assert room.hands.said(spared.left) == "left as it is: Lamp (changed by hand at 12:00)"
    assert not spared.nothing
    assert not await _held(room, LAMP_ON)  # the gate says the same


async def test_it_is_said_once_for_each_routine_and_hand_also_after_a_restart(room: HandRoom) -> None:
    _by_switch(room)
    await room.clock.advance(3)
    left = room.hands.touched(["light.lamp"])
    assert [room.hands.first_time("evening", left), room.hands.first_time("evening", left)] == [True, False]
    assert room.hands.first_time("night", left)
    await room.clock.advance(3)
    hands = room.watch()
    again = hands.touched(["light.lamp"])
    assert again
    assert not hands.first_time("evening", again)
    room.becomes("light.lamp", "off", context="x", cause=Cause(user="u"))
    await room.clock.advance(3)
    assert hands.first_time("evening", hands.touched(["light.lamp"]))
    await hands.close()


@pytest.mark.parametrize("later", [0.0, 3.0])
async def test_it_is_said_once_also_before_it_is_certain_who_it_was(room: HandRoom, later: float) -> None:
    _by_app(room)
    left = room.hands.spare((LAMP_OFF,), room.mirror.house()).left
    assert room.hands.first_time("evening", left)
    await room.clock.advance(later)
    again = room.hands.spare((LAMP_OFF,), room.mirror.house()).left
    assert again
    assert not room.hands.first_time("evening", again)
    await room.clock.advance(3)
    assert not room.hands.first_time("evening", room.hands.touched(["light.lamp"]))


async def test_a_thing_is_followed_to_its_new_name_and_a_scene_that_reaches_it_is_left(room: HandRoom) -> None:
    _by_app(room)
    await room.clock.advance(3)
    registry, states = room.mirror.registry, room.mirror.states
    lamp = replace(registry.entities["light.lamp"], entity_id="light.desk", registry_id="r1")
    scene = Entity("scene.movie", "Movie")
    renamed = replace(
        registry,
        entities=MappingProxyType({**registry.entities, "light.desk": lamp, "scene.movie": scene}),
        reaches={"scene.movie": ("light.desk",)},
    )
    room.hands.renamed(renamed, {"light.lamp": "light.desk"})
    assert [touch.entity_id for touch in room.hands.touched(["light.desk", "light.lamp"])] == ["light.desk"]
    movie = Action("scene.turn_on", ("scene.movie",))
    spared = room.hands.spare((movie, LOCK), House(renamed, states))
    assert spared.actions == (LOCK,)


async def test_what_was_changed_in_the_app_while_claw_was_away_counts_too(room: HandRoom) -> None:
    await room.hands.close()
    room.mirror._watchers_of_all.clear()
    room.becomes("light.lamp", "on", context="c-app", cause=Cause(user="u-anna"))
    room.becomes("switch.freezer", "off", context="c-x")
    await room.clock.advance(600)
    room.hands = room.watch()
    await room.clock.advance(3)
    assert [touch.entity_id for touch in room.hands.touched(["light.lamp", "switch.freezer"])] == ["light.lamp"]


@pytest.mark.parametrize("erasure", [Erasure(person="anna"), Erasure(everything=True)])
async def test_who_is_forgotten_leaves_no_hand_behind(room: HandRoom, erasure: Erasure) -> None:
    await room.one(LAMP_ON, OWNER)
    await room.clock.advance(3)
    assert list(room.db.query("select person from hands")) == [{"person": "anna"}]
    assert room.hands.erase(erasure) == 1
    assert list(room.db.query("select * from hands")) == []
    assert room.hands.touched(["light.lamp"]) == ()


async def test_a_run_that_a_person_asked_for_is_their_hand_too(room: HandRoom) -> None:
    _by_switch(room)
    room.hands.by_request = lambda origin: origin.task == ROUTINE.task
    assert not await _held(room)
    room.hands.by_request = lambda origin: origin.task == "another"
    await room.clock.advance(60)
    await room.one(LAMP_ON, OWNER)
    assert await _held(room)


async def test_who_sets_up_a_routine_after_they_did_something_wishes_the_routine(room: HandRoom) -> None:
    """ "Turn the lamp on", and then "turn it off in 20 minutes"."""
    await room.one(LAMP_ON, OWNER)
    made = room.clock.now()
    room.hands.made = lambda routine: made if routine == ROUTINE.routine else None
    await room.clock.advance(2)
    room.becomes("light.lamp", "on", brightness=90, context="ctx1")  # what the device says of it a moment later
    await room.clock.advance(1200)
    assert room.hands.spare((LAMP_OFF,), room.mirror.house(), "evening").actions == (LAMP_OFF,)
    assert room.hands.spare((LAMP_OFF,), room.mirror.house(), "another").nothing
    assert not await _held(room)
    await room.clock.advance(10)
    _by_switch(room)
    assert await _held(room)


async def test_a_measurement_is_no_hand_however_often_it_comes(room: HandRoom) -> None:
    for figure in range(50):
        room.hands.take(Change("sensor.power", State(str(figure))))
    assert room.hands._waiting == []
