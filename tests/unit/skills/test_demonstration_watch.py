"""What is seen of a house while somebody shows something, and what is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.house.backend import Link
from claw.house.model import Change, State
from claw.skills.demonstration_lines import Snapshot
from claw.skills.demonstration_watch import MOST_STEPS, Watch
from tests.shown_room import CEILING, LAMP, ShownRoom


@pytest.fixture
def room(tmp_path: Path) -> ShownRoom:
    return ShownRoom(tmp_path)


def watch(room: ShownRoom) -> Watch:
    return Watch(room.mirror, lambda state: state.context == "auto", (), {})


def seen(room: ShownRoom, of: Watch, entity: str, value: str, context: str = "c", **attributes: object) -> bool | None:
    state = State(value, {**room.mirror.states[entity].attributes, **attributes}, room.clock.now(), context)
    return of.take(Change(entity, state), room.clock.now())


def test_a_thing_that_turns_is_told_from_one_that_moves_on(room: ShownRoom) -> None:
    of = watch(room)
    assert seen(room, of, LAMP, "on", brightness=10) is True
    assert seen(room, of, LAMP, "on", brightness=11) is False
    assert seen(room, of, LAMP, "off") is True
    assert [one.shot.value for one in of.steps] == ["on", "off"]
    assert of.steps[0].shot.attributes["brightness"] == 11
    assert of.began() == {LAMP: Snapshot("on", of.began()[LAMP].attributes)}


@pytest.mark.parametrize("value", ["unavailable", "unknown"])
def test_what_is_not_known_is_no_change(room: ShownRoom, value: str) -> None:
    assert seen(room, watch(room), LAMP, value) is None


def test_what_nobody_moves_is_not_looked_at(room: ShownRoom) -> None:
    of = watch(room)
    for entity in room.mirror.states:
        if not of.moves(entity):
            assert seen(room, of, entity, "else") is None
    assert of.steps == []
    assert of.take(Change(LAMP, None), room.clock.now()) is None
    assert of.take(Change("light.unknown", State("on")), room.clock.now()) is None


def test_a_group_is_not_a_thing_its_members_are(room: ShownRoom) -> None:
    registry = replace(room.house.registry, groups={CEILING: (LAMP,)})
    room.sync(replace(room.house, registry=registry))
    of = watch(room)
    assert not of.moves(CEILING)
    assert of.moves(LAMP)


def test_an_automation_is_marked_as_long_as_it_is_known(room: ShownRoom) -> None:
    of = watch(room)
    seen(room, of, LAMP, "off", context="auto")
    seen(room, of, CEILING, "off", context="hand")
    assert [one.machine for one in of.steps] == [True, False]


def test_what_began_before_is_marked_as_nobodys_hand_now(room: ShownRoom) -> None:
    room.change("cover.living_room_curtain", "closing", user="u-anna", context="earlier")
    of = watch(room)
    seen(room, of, "cover.living_room_curtain", "closing", context="earlier", current_position=50)
    seen(room, of, LAMP, "off", context="now")
    assert [(one.entity, one.machine) for one in of.steps] == [("cover.living_room_curtain", True), (LAMP, False)]


def test_it_looks_at_so_many_changes_and_no_more(room: ShownRoom) -> None:
    of = watch(room)
    for number in range(MOST_STEPS + 50):
        seen(room, of, LAMP, "on" if number % 2 else "off", context=f"c{number}")
    assert len(of.steps) == MOST_STEPS


def test_while_it_cannot_look_things_begin_as_they_are_found(room: ShownRoom) -> None:
    of = watch(room)
    room.mirror.linked(Link("connecting"))
    assert seen(room, of, LAMP, "off", context="x") is None
    room.mirror.linked(Link("ready"))
    seen(room, of, LAMP, "on", context="y", brightness=9)
    assert of.began()[LAMP].value == "off"


def test_before_says_no_more_than_what_can_be_put_back(room: ShownRoom) -> None:
    of = watch(room)
    seen(room, of, LAMP, "off")
    assert of.before(LAMP) == {
        "state": "on",
        "brightness": 128,
        "color_mode": "color_temp",
        "color_temp_kelvin": 2700,
        "hs_color": [28.4, 65.7],
        "effect": "off",
    }
