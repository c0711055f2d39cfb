"""A habit by the clock becomes a routine of whoever said yes to it, and no other habit becomes one."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from claw.house.file import parse_house
from claw.memory.model import Fact
from claw.memory.subjects import of_entity
from claw.routines.habits import HabitRoutines
from claw.routines.spec import Acts, At
from tests.making_room import ANNA, CARL, GUS, HOME, MakingRoom, making_room

REGISTRY = parse_house(HOME).registry
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


def habit(thing: str = "light.lamp", value: Any = None, days: Any = WORKDAYS, **more: Any) -> Fact:
    condition: Mapping[str, Any] = {"after": "06:10", "before": "07:10"} | ({"weekdays": days} if days else {})
    value = {"at": "06:40", "becomes": "on"} if value is None else value
    kind = more.pop("kind", "routine")
    entity = REGISTRY.entities.get(thing)
    subject = of_entity(entity) if entity is not None else f"entity:{thing}"
    return Fact(kind, subject, "usually on", value, "Anna turns the lamp on.", condition)


async def test_a_yes_makes_a_routine_that_does_it_and_says_what_it_will_do(room: MakingRoom) -> None:
    carries = HabitRoutines(room.routines, room.mirror)
    assert carries.can(habit())
    said = await carries.carry(habit(), ANNA, said="yes please")
    (made,) = room.book.all()
    assert said.startswith("Every weekday at 06:40: turn on the lamp.")
    assert made.spec.when == (At(at="06:40", days=("mon", "tue", "wed", "thu", "fri")),)
    assert isinstance(made.spec.do[0], Acts)
    assert (made.spec.do[0].actions[0].action, made.spec.do[0].actions[0].entities) == (
        "light.turn_on",
        ("light.lamp",),
    )
    assert made.made_by == ANNA


@pytest.mark.parametrize(
    ("thing", "becomes", "action"),
    [
        ("cover.garage", "open", "cover.open_cover"),
        ("cover.garage", "closed", "cover.close_cover"),
        ("switch.freezer", "off", "switch.turn_off"),
    ],
)
async def test_each_kind_of_thing_is_brought_to_what_it_was_brought_to(
    room: MakingRoom, thing: str, becomes: str, action: str
) -> None:
    carries = HabitRoutines(room.routines, room.mirror)
    await carries.carry(habit(thing, {"at": "06:40", "becomes": becomes}, days=()), ANNA, said="yes")
    (made,) = room.book.all()
    assert isinstance(made.spec.do[0], Acts)
    assert made.spec.do[0].actions[0].action == action
    assert made.spec.when == (At(at="06:40"),)


@pytest.mark.parametrize(
    "fact",
    [
        habit(value={"after": "automation.night", "did": "on", "becomes": "off"}),
        habit("light.nowhere"),
        habit("lock.door", {"at": "06:40", "becomes": "open"}),
        habit("cover.garage", {"at": "06:40", "becomes": "on"}),
        habit(value="06:40"),
        habit(value={"at": "25:99", "becomes": "on"}),
        habit(value={"at": 640, "becomes": "on"}),
        habit(kind="fact"),
    ],
)
async def test_what_is_no_habit_by_the_clock_is_only_known(room: MakingRoom, fact: Fact) -> None:
    carries = HabitRoutines(room.routines, room.mirror)
    assert not carries.can(fact)
    assert await carries.carry(fact, ANNA, said="yes") == "That cannot be done by itself any more."
    assert room.book.all() == ()


async def test_nobody_gets_more_by_a_habit_than_by_asking(room: MakingRoom) -> None:
    room.rules('version: 1\nrules:\n  - {id: one, allow: ["claw.schedule", "light.*"], who: {role: owner}}\n')
    carries = HabitRoutines(room.routines, room.mirror)
    for who in (CARL, GUS):
        said = await carries.carry(habit(), who, said="yes")
        assert "never" in said
    assert room.book.all() == ()
