"""In any order of hands, machines and routines: a routine changes a thing just where no person did for two hours."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw.gate.hand import by_hand
from claw.house.model import Cause
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, VOICE
from tests.hand_room import ROUTINE, HandRoom, hand_room

SPAN = timedelta(hours=2)
WALKS, EVERY_RUN = 200, 8
MOVES = ("app", "switch", "automation", "person", "voice", "routine", "routine", "restart", "flicker")


async def _walk(room: HandRoom, seed: int) -> int:
    """Take forty steps; return how often a routine was held back."""
    draw, touched, held, number = random.Random(seed), datetime.min.replace(tzinfo=room.clock.now().tzinfo), 0, 0
    for _ in range(40):
        move, number = draw.choice(MOVES), number + 1
        on = room.mirror.states["light.lamp"].value == "on"
        value, context = "off" if on else "on", f"x{number}"
        match move:
            case "app":
                room.becomes("light.lamp", value, context=context, cause=Cause(user="u1"))
                touched = room.clock.now()
            case "switch":
                await room.clock.advance(6)  # right after an act it would be taken for the device itself
                room.becomes("light.lamp", value, context=context)
                touched = room.clock.now()
            case "automation":
                room.becomes("light.lamp", value, context=context, cause=Cause(parent="p"))
            case "person" | "voice":
                await room.one(LAMP_OFF if on else LAMP_ON, OWNER if move == "person" else VOICE)
                touched = room.clock.now()
            case "restart":
                await room.clock.advance(3)
                await room.hands.close()
                room.mirror._watchers_of_all.clear()
                room.follower.noted.clear()
                room.hands = room.watch()
            case "flicker":
                room.becomes("light.lamp", room.mirror.states["light.lamp"].value, noise=number)
            case _:
                outcome = await room.one(LAMP_OFF if on else LAMP_ON, ROUTINE)
                wanted = room.clock.now() - touched < SPAN
                assert by_hand(outcome.detail) == wanted, (seed, number, outcome.detail, touched, room.clock.now())
                held += wanted
        await room.clock.advance(draw.choice((7, 31, 200, 1500, 4000)))
    return held


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < EVERY_RUN else (pytest.mark.prove,)) for seed in range(WALKS)]
)
async def test_a_routine_never_changes_what_a_person_just_did(tmp_path: Path, seed: int) -> None:
    async with hand_room(tmp_path) as room:
        assert await _walk(room, seed) >= 0
