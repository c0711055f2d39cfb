"""Who moved it: a table of all that moves a lamp, and which of it was a hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.house.model import Cause, Change, State
from claw.routines.onlooker import by_machine
from tests.gate_room import LAMP_ON, OWNER, VOICE
from tests.hand_room import LIFE, ROUTINE, HandRoom, hand_room


def _switch(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", context="c1")


def _app(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", context="c1", cause=Cause(user="u1"))


def _automation_by_time(room: HandRoom) -> None:
    room.mirror.changed([Change("automation.dusk", State("on", {}, room.clock.now(), "c1"))])
    room.becomes("light.lamp", "on", context="c1")


def _automation_by_motion(room: HandRoom) -> None:
    room.becomes("light.lamp", "on", context="c1", cause=Cause(parent="c0"))


def _automation_by_app(room: HandRoom) -> None:
    """Somebody in the app moved another thing, and an automation made a lamp of it."""
    room.mirror.changed([Change("automation.dusk", State("on", {}, room.clock.now(), "c1", Cause(parent="c0")))])
    room.becomes("light.lamp", "on", context="c1", cause=Cause(parent="c0"))


def _nothing_new(room: HandRoom) -> None:
    room.becomes("light.lamp", "off", context="c1", cause=Cause(user="u1"))


def _away_and_back(room: HandRoom) -> None:
    room.becomes("light.lamp", "unavailable")
    room.becomes("light.lamp", "off")


@pytest.mark.parametrize(
    ("moves", "how"),
    [
        (_switch, "device"),
        (_app, "app"),
        (_automation_by_time, None),
        (_automation_by_motion, None),
        (_automation_by_app, None),
        (_nothing_new, None),
        (_away_and_back, None),
    ],
)
async def test_who_moved_it(tmp_path: Path, moves: object, how: str | None) -> None:
    assert callable(moves)
    async with hand_room(tmp_path) as room:
        moves(room)
        await room.clock.advance(3)
        assert [touch.how for touch in room.hands.touched(["light.lamp"])] == ([how] if how else [])


async def test_what_claw_did_is_whose_word_it_was(tmp_path: Path) -> None:
    async with hand_room(tmp_path) as room:
        await room.one(LAMP_ON, ROUTINE)
        await room.clock.advance(3)
        assert room.hands.touched(["light.lamp"]) == ()
        room.becomes("light.lamp", "off", context="c9", cause=Cause(user="u1"))
        await room.one(LAMP_ON, OWNER)
        found = room.hands.touched(["light.lamp"])
        assert [(touch.how, touch.person) for touch in found] == [("claw", "anna")]


async def test_an_act_under_way_is_nobodys_hand_though_its_context_is_not_known_yet(tmp_path: Path) -> None:
    """Home Assistant names Claw's own user behind it, and the answer with the context comes a moment later."""
    async with hand_room(tmp_path) as room:
        room.hands.acts(LAMP_ON, ROUTINE)
        room.becomes("light.lamp", "on", context="ctx1", cause=Cause(user="u-claw"))
        assert room.hands.touched(["light.lamp"]) == ()
        await room.clock.advance(3)
        outcome = await room.one(LAMP_ON, ROUTINE)  # it comes back, in that context
        assert outcome.status in {"done", "unchanged", "sent"}
        await room.clock.advance(5)
        assert room.hands.touched(["light.lamp"]) == ()


async def test_a_change_at_the_switch_right_after_a_routine_is_a_hand(tmp_path: Path) -> None:
    async with hand_room(tmp_path) as room:
        await room.one(LAMP_ON, ROUTINE)
        await room.clock.advance(6)
        room.becomes("light.lamp", "off", brightness=None)
        assert [touch.how for touch in room.hands.touched(["light.lamp"])] == ["device"]


async def test_a_change_at_the_switch_right_after_an_automation_is_a_hand_and_an_arrival_is_none(
    tmp_path: Path,
) -> None:
    async with hand_room(tmp_path) as room:
        _automation_by_motion(room)
        room.becomes("cover.garage", "opening", context="c2", cause=Cause(parent="c0"))
        await room.clock.advance(13)
        room.becomes("light.lamp", "off", brightness=None, context="c3")
        await room.clock.advance(60)
        room.becomes("cover.garage", "open", context="c4")
        await room.clock.advance(3)
        assert [touch.entity_id for touch in room.hands.touched(["light.lamp", "cover.garage"])] == ["light.lamp"]


@pytest.mark.parametrize(
    ("origin", "machine"),
    [
        (OWNER, False),
        (replace(OWNER, routine="evening"), True),
        (VOICE, False),
        (ROUTINE, True),
        (LIFE, True),
        (Origin("system"), True),
        (Origin("web"), False),
    ],
)
def test_a_routine_and_the_daemon_itself_are_machines(origin: Origin, machine: bool) -> None:
    assert by_machine(origin) == machine
