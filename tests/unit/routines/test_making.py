"""How many routines somebody may have, what could never be allowed to them, and how a new one stands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.routines.making import MOST, MOST_OF_A_ROOM, MOST_OF_ONE, parsed, written
from claw.routines.model import Routine
from tests.making_room import ANNA, BEN, CARL, KITCHEN, LAMP, NOW, VOICE, MakingRoom, as_person, making_room, spec

UNLOCK = {"actions": [{"action": "lock.unlock", "entities": ["lock.door"]}]}
SAFE = {"actions": [{"action": "lock.unlock", "entities": ["lock.safe"]}]}
FREEZER = {"actions": [{"action": "switch.turn_off", "entities": ["switch.freezer"]}]}
KITCHEN_LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.kitchen"]}]}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


def fill(room: MakingRoom, count: int, by: Origin, state: Any = "on") -> None:
    for number in range(count):
        room.book._routines[f"{by.person}-{by.place}-{state}-{number}"] = Routine(
            f"{by.person}-{by.place}-{state}-{number}", spec(), by, NOW, state=state
        )


@pytest.mark.parametrize(
    ("by", "most", "said"),
    [
        (ANNA, MOST_OF_ONE, f"You have {MOST_OF_ONE} routines already: remove some first."),
        (VOICE, MOST_OF_A_ROOM, f"This room has {MOST_OF_A_ROOM} routines already: remove some first."),
    ],
)
def test_nobody_fills_the_house_with_routines(room: MakingRoom, by: Origin, most: int, said: str) -> None:
    fill(room, most - 1, by)
    fill(room, 50, by, state="over")
    assert room.making.check(spec(), by) == ()
    fill(room, most, by)
    assert room.making.check(spec(), by) == (said,)
    assert room.making.check(spec(), by, besides=f"{by.person}-{by.place}-on-0") == ()
    assert room.making.check(spec(), BEN) == ()


def test_a_home_has_a_most_whoever_asks(room: MakingRoom) -> None:
    for number in range(MOST // MOST_OF_ONE + 1):
        fill(room, MOST_OF_ONE, as_person(f"p{number}"))
    assert "which is the most a home can have" in room.making.check(spec(), BEN)[0]


@pytest.mark.parametrize(
    ("do", "by", "said"),
    [
        (SAFE, ANNA, "That could never be done: the safe stays shut."),
        (UNLOCK, CARL, "That could never be done: locks are not for children."),
        (UNLOCK, VOICE, "lock.unlock is risky"),
        (KITCHEN_LAMP, VOICE, "moves nothing outside of its room"),
        (LAMP, KITCHEN, "moves nothing outside of its room"),
        (LAMP, replace(VOICE, place=None), "moves nothing outside of its room"),
        ({"say": "dinner", "to": "everyone"}, VOICE, "says nothing outside of its room"),
        ({"say": "dinner", "to": "place:kitchen"}, VOICE, "says nothing outside of its room"),
        ({"prompt": "look", "gate": "True"}, VOICE, "Only for somebody who is known"),
    ],
)
def test_what_could_never_be_allowed_is_said_at_once(room: MakingRoom, do: Any, by: Origin, said: str) -> None:
    (found,) = room.making.check(spec(do=do), by)
    assert said in found


@pytest.mark.parametrize(
    ("do", "by"),
    [
        (FREEZER, ANNA),
        (UNLOCK, ANNA),
        (UNLOCK, BEN),
        (LAMP, VOICE),
        (KITCHEN_LAMP, KITCHEN),
        ({"say": "dinner"}, VOICE),
        ({"say": "dinner", "to": "place:hall"}, VOICE),
        ({"prompt": "look", "gate": "True"}, BEN),
    ],
)
async def test_what_may_be_allowed_at_some_moment_may_be_made(room: MakingRoom, do: Any, by: Origin) -> None:
    await room.clock.advance(10 * 3600)  # the night is quiet, and it is at night
    assert room.making.check(spec(do=do), by) == ()


async def test_what_would_be_refused_or_asked_now_is_said_beforehand(room: MakingRoom) -> None:
    assert room.making.warnings(spec(), ANNA) == ()
    assert room.making.warnings(spec(do=UNLOCK), ANNA) == (
        "Each time somebody has to say yes before lock.unlock is done.",
    )
    await room.clock.advance(10 * 3600)
    assert room.making.warnings(spec(do=FREEZER), ANNA) == (
        "As things are now switch.turn_off would be refused: the night is quiet.",
    )


def test_a_new_routine_stands_for_whoever_made_it(room: MakingRoom) -> None:
    origin = replace(BEN, task="run:3", skill="laundry-done", language="de")
    made = room.making.made("r9", spec(shadow=2), origin, 9, accepted=False)
    assert (made.state, made.shadow_left, made.language, made.entry, made.expires) == ("shadow", 2, "de", 9, None)
    assert made.made_by == replace(BEN, language="de")


def test_what_nobody_known_made_ends_after_a_week(room: MakingRoom) -> None:
    for origin in (VOICE, replace(ANNA, authenticated=False)):
        assert room.making.made("r9", spec(), origin, 9, accepted=False).expires == NOW + timedelta(days=7)


@pytest.mark.parametrize(("taint", "accepted", "state"), [((), False, "on"), (("mail",), True, "on")])
def test_what_needs_no_yes_or_has_one_is_on(
    room: MakingRoom, taint: tuple[str, ...], accepted: bool, state: str
) -> None:
    assert room.making.made("r9", spec(), replace(ANNA, taint=taint), 9, accepted=accepted).state == state


def test_what_outside_text_had_a_part_in_waits(room: MakingRoom) -> None:
    made = room.making.made("r9", spec(shadow=2), replace(ANNA, taint=("mail",)), 9, accepted=False)
    assert made.state == "waiting"
    assert "an owner" in made.why


def test_a_routine_is_written_and_read_back_as_it_is() -> None:
    for given in (
        spec(),
        spec(when=[{"state": "light.lamp", "from": "on", "for": "2 min"}], do=[LAMP, {"say": "é\n"}]),
    ):
        assert parsed(written(given)) == given


@pytest.mark.parametrize(
    "text", ["", "null", "{}", '{"name":1}', "[" * 2000, '{"name":"x","when":[],"do":[]}', "\ud800"]
)
def test_what_is_no_routine_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(text)
    assert len(str(refused.value)) < 400
