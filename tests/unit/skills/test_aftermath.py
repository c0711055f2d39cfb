"""What people do about an act within ten minutes, told apart from what devices and machines do."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.gate.rights import Narrowed, NoSkills
from claw.house.model import Cause, Change, House, State
from tests.gate_room import LAMP_OFF, LAMP_ON
from tests.life_room import ANNA, BEN, LifeRoom, life_room


class _AnySkill(NoSkills):
    """Lets any skill do anything."""

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        del origin, house
        return [Narrowed() for _ in actions]

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        del action, origin, house


BY_SKILL = replace(ANNA, skill="movie-time")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def _followed(room: LifeRoom) -> list[str]:
    """Turn the lamp on and follow that; returns the list that is told."""
    told: list[str] = []
    outcome = await room.one(LAMP_ON, replace(ANNA, conversation="first"))
    room.skills.aftermath.follow([outcome], told.append)
    await room.clock.advance(60)
    return told


def _seen(room: LifeRoom, value: str, context: str | None = None, cause: Cause | None = None) -> None:
    state = room.mirror.states["light.lamp"]
    room.mirror.changed([Change("light.lamp", State(value, state.attributes, room.clock.now(), context, cause))])


async def test_whoever_turns_it_off_again_did_not_want_it(room: LifeRoom) -> None:
    told = await _followed(room)
    await room.one(LAMP_OFF, BEN)
    await room.clock.advance(5)
    assert told == ["light.lamp was changed by asking"]
    await room.one(LAMP_ON, ANNA)
    await room.one(LAMP_OFF, ANNA)
    await room.clock.advance(5)
    assert len(told) == 1


async def test_an_undo_is_told_as_one(room: LifeRoom) -> None:
    told: list[str] = []
    outcome = await room.one(LAMP_ON, ANNA)
    room.skills.aftermath.follow([outcome], told.append)
    await room.clock.advance(60)
    assert outcome.audit is not None
    await room.gate.perform((LAMP_OFF,), ANNA, said="undo", undoes=(outcome.audit,))
    await room.clock.advance(5)
    assert told == ["it was undone"]


async def test_a_user_of_the_house_counts_named_or_not(room: LifeRoom) -> None:
    told = await _followed(room)
    _seen(room, "off", "foreign", Cause(user="u1"))
    await room.clock.advance(5)
    assert told == ["light.lamp was changed by hand"]


async def test_a_hand_at_the_switch_counts(room: LifeRoom) -> None:
    told = await _followed(room)
    _seen(room, "off")
    await room.clock.advance(5)
    assert told == ["light.lamp was changed by hand"]


async def test_what_a_device_settles_to_is_no_hand(room: LifeRoom) -> None:
    told: list[str] = []
    outcome = await room.one(LAMP_ON, ANNA)
    room.skills.aftermath.follow([outcome], told.append)
    await room.clock.advance(5)
    _seen(room, "off")
    await room.clock.advance(5)
    assert told == []


@pytest.mark.parametrize(
    "origin",
    [BY_SKILL, replace(ANNA, routine="evening"), Origin("routine"), Origin("system")],
    ids=["skill", "routine", "by routine", "system"],
)
async def test_what_a_skill_a_routine_or_claw_itself_does_next_is_no_correction(room: LifeRoom, origin: Origin) -> None:
    told = await _followed(room)
    room.judge.rights = _AnySkill()
    await room.one(LAMP_OFF, origin)
    await room.clock.advance(5)
    assert told == []


async def test_an_automation_is_no_correction(room: LifeRoom) -> None:
    told = await _followed(room)
    _seen(room, "off", "auto", Cause(parent="trigger"))
    await room.clock.advance(5)
    assert told == []


async def test_the_same_again_is_no_correction_and_no_news_of_it_neither(room: LifeRoom) -> None:
    told = await _followed(room)
    _seen(room, "on", "foreign", Cause(user="u1"))
    _seen(room, "unavailable", "foreign", Cause(user="u1"))
    await room.clock.advance(5)
    assert told == []


async def test_after_ten_minutes_people_may_change_what_they_like(room: LifeRoom) -> None:
    told = await _followed(room)
    await room.clock.advance(601)
    await room.one(LAMP_OFF, ANNA)
    await room.clock.advance(5)
    assert told == []


async def test_what_did_not_move_is_not_followed(room: LifeRoom) -> None:
    told: list[str] = []
    outcome = replace(await room.one(LAMP_ON, ANNA), status="failed", entities={})
    room.skills.aftermath.follow([outcome], told.append)
    await room.clock.advance(60)
    await room.one(LAMP_OFF, ANNA)
    await room.clock.advance(5)
    assert told == []


async def test_it_ends_with_the_daemon(room: LifeRoom) -> None:
    told = await _followed(room)
    _seen(room, "off")
    await room.skills.aftermath.close()
    await room.clock.advance(60)
    assert told == []
