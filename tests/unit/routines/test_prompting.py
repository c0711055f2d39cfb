"""A model is asked only where a routine's own program says that there is something to decide."""

from pathlib import Path

import pytest

from claw.base.action import Action, Reply
from claw.base.errors import Refused, Unavailable
from tests.doing_room import acting
from tests.gate_room import LAMP_ON


def asking(**more: object) -> dict[str, object]:
    return {"prompt": "Is it to be watered?", "gate": "state('sensor.rain') < 1", **more}


async def test_a_model_is_asked_only_where_the_program_says_so(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.thoughts.gate = False
        routine = room.routine([asking()])
        assert (await room.do(routine))[1].status == "skipped"
        assert (room.thoughts.asked, room.thoughts.caps) == ([], [])
        room.thoughts.gate = True
        assert (await room.do(routine))[1].status == "done"
        assert [one[0] for one in room.thoughts.asked] == ["Is it to be watered?"]
        assert room.thoughts.caps == [("evening", 4000)]
        assert [(one.to, one.text) for one in room.room.told] == [("person:anna", "It rains.")]


@pytest.mark.parametrize(
    ("gate", "wanted", "problem", "status", "why"),
    [
        (1, (), None, "failed", "neither true nor false"),
        ("true", (), None, "failed", "neither true nor false"),
        (True, (LAMP_ON,), None, "refused", "wants to act"),
        (True, (), Refused("there is no sensor.rain"), "refused", "no sensor.rain"),
        (True, (), Unavailable("no process"), "failed", "no process"),
    ],
)
async def test_a_program_that_is_none_for_a_gate_wakes_no_model(
    gate: object, wanted: tuple[Action, ...], problem: Exception | None, status: str, why: str, tmp_path: Path
) -> None:
    async with acting(tmp_path) as room:
        thoughts = room.thoughts
        thoughts.gate, thoughts.wanted, thoughts.problem = gate, wanted, problem
        _, done = await room.do(room.routine([asking()]))
        assert (done.status, why in done.reason) == (status, True)
        assert not thoughts.asked


async def test_what_the_program_read_marks_what_the_model_is_asked(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.thoughts.looked_at = ("calendar.family",)
        await room.do(room.routine([asking()]))
        origin = room.thoughts.asked[0][1]
        assert (origin.taint, origin.routine, origin.channel) == (("calendar.family",), "evening", "routine")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply("used up", "refused"), "refused"),
        (Reply("no answer", "failed"), "failed"),
        (Reply("what?", "unclear"), "failed"),
        (Reply("which one?", "pending"), "failed"),
        (Reply("stopped", "stopped"), "held"),
        (Reply("half", "partial"), "failed"),
        (Reply("The lamp is on.", "done"), "done"),
    ],
)
async def test_what_a_model_leads_to_is_told_as_it_is(reply: Reply, status: str, tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.thoughts.reply = reply
        _, done = await room.do(room.routine([asking(tokens=500)]))
        assert done.status == status
        assert room.thoughts.caps == [("evening", 500)]
        assert not room.room.told


async def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.thoughts.model = False
        _, done = await room.do(room.routine([asking()]))
        assert (done.status, "no model" in done.reason) == ("failed", True)
