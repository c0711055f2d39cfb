"""What the stories in ``tests/stories/test_undo.py`` do not reach: how far back it looks, and for how long a talk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate import undoing as module
from claw.gate.cause import Causes
from claw.gate.deeds import Deeds
from claw.gate.undoing import LATELY, Undoing
from claw.house.chronicle import Chronicle
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, PEOPLE, Room, gate_room


class Shifted(SystemClock):
    """A clock that a test sets on."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


class Undoer:
    def __init__(self, room: Room) -> None:
        self.room = room
        deeds = Deeds(room.audit, room.follower)
        causes = Causes(Chronicle(room.mirror, room.clock), room.mirror, deeds, PEOPLE)
        self.undoing = Undoing(
            gate=room.gate,
            judge=room.judge,
            deeds=deeds,
            causes=causes,
            mirror=room.mirror,
            people=PEOPLE,
            clock=room.clock,
        )

    def last(self, origin: Origin = OWNER, *, talk: bool = True) -> tuple[int, ...] | None:
        plan = self.undoing.last(origin, talk=talk)
        return None if plan is None else plan.undoes


@pytest.fixture
async def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def undoer(tmp_path: Path, clock: Shifted) -> AsyncIterator[Undoer]:
    async with gate_room(tmp_path, clock=clock) as room:
        yield Undoer(room)


async def test_a_talk_remembers_for_ten_minutes_a_person_for_longer(undoer: Undoer, clock: Shifted) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    assert undoer.last() == (number,)
    clock.ahead = LATELY + timedelta(seconds=1)
    assert undoer.last() is None
    assert undoer.last(talk=False) == (number,)


async def test_another_talk_of_the_same_person_is_another_talk(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    elsewhere = replace(OWNER, conversation="other")
    assert undoer.last(elsewhere) is None
    assert undoer.last(elsewhere, talk=False) == (number,)
    assert undoer.last(replace(OWNER, conversation="")) is None


async def test_an_act_that_is_further_back_than_a_glance_is_found(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GLANCE", 8)
    number = (await undoer.room.one(LAMP_ON)).audit
    other = replace(OWNER, person="ben", conversation="ben")
    for _ in range(10):
        await undoer.room.one(Action("light.turn_on", ("light.lamp",), {"brightness": 9}), other)
        await undoer.room.one(Action("light.turn_on", ("light.lamp",), {"brightness": 90}), other)
    plan = undoer.undoing.last(OWNER, talk=False)
    assert plan is not None
    assert [(one.code, one.entry) for one in plan.cannot] == [("changed", number)]


async def test_too_many_acts_since_then_are_not_half_taken_back(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 6)
    start = undoer.room.clock.now()
    for _ in range(4):
        await undoer.room.one(LAMP_ON)
        await undoer.room.one(LAMP_OFF)
    await undoer.room.written()
    with pytest.raises(Refused, match="too many acts"):
        undoer.undoing.since(start, OWNER)


async def test_a_passed_over_message_is_no_act_to_undo_but_in_a_talk_it_is_the_last(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    await undoer.room.one(Action("claw.notify", (), {"to": "everyone", "text": "dinner"}))
    assert undoer.last(talk=False) == (number,)
    plan = undoer.undoing.last(OWNER, talk=True)
    assert plan is not None
    assert [one.code for one in plan.cannot] == ["sent"]
    assert plan.actions == ()
