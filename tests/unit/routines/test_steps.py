"""One step through the gate, told as it was seen, and what people changed by hand left out."""

from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Unavailable
from tests.doing_room import LAMP, acting, acts
from tests.gate_room import OWNER, VOICE

SAYS = {"say": "It is dark."}


async def test_one_step_of_actions_is_one_plan(tmp_path: Path) -> None:
    forbidden = {"action": "switch.turn_off", "entities": ["switch.freezer"]}
    async with acting(tmp_path) as room:
        _, done = await room.do(room.routine([acts(LAMP, forbidden)]))
        assert done.status == "refused"
        assert not room.room.hand.sent


async def test_what_fails_is_no_success(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.room.hand.fault = Unavailable("the bulb does not answer")
        _, done = await room.do(room.routine([acts(LAMP), SAYS]))
        assert (done.status, "does not answer" in done.reason) == ("failed", True)
        assert not room.room.told


@pytest.mark.parametrize(
    ("maker", "to", "heard"),
    [
        (OWNER, "me", "person:anna"),
        (VOICE, "me", "place:hall"),
        (OWNER, "everyone", "everyone"),
        (OWNER, "person:ben", "person:ben"),
    ],
)
async def test_whom_a_message_goes_to(maker: Origin, to: str, heard: str, tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        await room.do(room.routine([{"say": "Dinner!", "to": to, "urgency": "high"}], maker))
        assert [(one.to, one.text, one.urgency) for one in room.room.told] == [(heard, "Dinner!", "high")]


async def test_what_was_changed_by_hand_is_left_and_the_rest_is_done(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.hands.touched = {"light.lamp"}
        routine = room.routine([acts(LAMP, {"action": "lock.lock", "entities": ["lock.door"]})])
        for told in (1, 1):
            _, done = await room.do(routine)
            assert (done.status, "left as it is: light.lamp" in done.reason) == ("done", True)
            assert len(room.told) == told
        assert {one.name for one in room.room.hand.sent} == {"lock.lock"}


async def test_where_all_was_changed_by_hand_it_is_said_once(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.hands.touched = {"light.lamp"}
        routine = room.routine([acts(LAMP)])
        assert [(await room.do(routine))[1].status for _ in range(3)] == ["held", "skipped", "skipped"]
        assert (await room.do(routine, OWNER))[1].status == "done"
        assert not room.told
