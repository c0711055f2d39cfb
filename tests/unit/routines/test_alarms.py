"""A danger that was there before anybody looked is told once, and one that was dealt with is not told again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from claw.house.backend import Link
from claw.house.model import Change
from claw.routines.alarms import Alarms
from claw.routines.model import Done, Firing
from tests.safety_room import SafetyRoom, safety_room

SMOKE = "binary_sensor.kitchen_smoke"


class AlarmRoom:
    def __init__(self, room: SafetyRoom) -> None:
        self.room = room
        self.fired: list[Firing] = []
        self.alarms = Alarms(room.book, room.mirror, room.clock, room.clock, self.fired.append)

    def has_row(self, firing: Firing, done: Done) -> None:
        run = self.room.book.claim(firing)
        assert run is not None
        self.room.book.close(run, done)


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[AlarmRoom]:
    async with safety_room(tmp_path) as room:
        one = AlarmRoom(room)
        yield one
        await one.alarms.close()


async def test_smoke_that_was_there_at_the_start_is_told_a_moment_later(made: AlarmRoom) -> None:
    made.room.becomes(SMOKE, "on")
    await made.room.clock.advance(300)
    made.alarms.start()
    assert made.fired == []
    await made.room.clock.advance(11)
    assert [(one.routine, one.trigger, one.cause) for one in made.fired] == [
        ("safety-smoke", 1, "Kitchen Smoke (Hall) told of it already")
    ]


@pytest.mark.parametrize("status", ["done", "held"])
async def test_what_was_dealt_with_since_it_began_is_not_told_again(made: AlarmRoom, status: str) -> None:
    made.room.becomes(SMOKE, "on")
    assert made.alarms.look() == 1
    firing = made.fired[0]
    if status == "held":
        made.room.book.note(firing, "held", "Claw is stopped")
    else:
        made.has_row(firing, Done("done"))
    assert made.alarms.look() == 0
    made.room.becomes(SMOKE, "off")
    await made.room.clock.advance(60)
    made.room.becomes(SMOKE, "on")
    assert made.alarms.look() == 1


async def test_a_row_of_another_time_or_of_what_was_missed_is_none(made: AlarmRoom) -> None:
    made.has_row(Firing("safety-smoke", 0, made.room.clock.now(), "earlier"), Done("done"))
    await made.room.clock.advance(60)
    made.room.becomes(SMOKE, "on")
    assert made.alarms.look() == 1
    assert made.alarms.look() == 1
    assert made.fired[0].key == made.fired[1].key  # so that it is claimed once


@pytest.mark.parametrize("status", ["failed", "unknown", "refused"])
async def test_what_did_not_work_or_broke_off_is_tried_again_while_the_danger_lasts(
    made: AlarmRoom, status: Literal["failed", "unknown", "refused"]
) -> None:
    made.room.becomes(SMOKE, "on")
    made.has_row(Firing("safety-smoke", 1, made.room.clock.now(), "1:on"), Done(status))
    assert made.alarms.look() == 1


async def test_frost_is_told_again_after_hours_and_not_with_each_figure(made: AlarmRoom) -> None:
    made.room.becomes("sensor.hall_temperature", "3.5")
    assert made.alarms.look() == 1
    made.has_row(made.fired[0], Done("done"))
    for figure in ("3.4", "3.3"):
        await made.room.clock.advance(600)
        made.room.becomes("sensor.hall_temperature", figure)
        assert made.alarms.look() == 0
    await made.room.clock.advance(timedelta(hours=6).total_seconds())
    assert made.alarms.look() == 1


async def test_it_looks_again_whenever_the_house_is_back(made: AlarmRoom) -> None:
    made.alarms.start()
    await made.room.clock.advance(11)
    made.room.mirror.linked(Link("connecting"))
    state = replace(made.room.mirror.states[SMOKE], value="on", changed=made.room.clock.now())
    made.room.mirror.changed([Change(SMOKE, state)])
    made.room.mirror.linked(Link("ready"))
    await made.room.clock.advance(5)
    made.room.mirror.linked(Link("connecting"))
    await made.room.clock.advance(20)
    assert made.fired == []
    made.room.mirror.linked(Link("ready"))
    await made.room.clock.advance(11)
    assert len(made.fired) == 1


async def test_one_that_is_paused_is_not_fired(made: AlarmRoom) -> None:
    made.room.becomes(SMOKE, "on")
    made.room.book.change("safety-smoke", state="paused", why="anna said so")
    assert made.alarms.look() == 0
