"""Devices that say nonsense about themselves: every sentence is still answered, and nothing is raised."""

import json
import random
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from claw.base.action import Action, to_json
from claw.gate import verify
from claw.house.model import Change, State
from claw.house.services import CATALOGUE
from tests.living import OWNER, living

NONSENSE: tuple[Any, ...] = (
    *(None, True, -1, 10**400, -(10**400), 1e308, -1e308, float("inf"), 5e-324),
    *("", "on", "1e999", "NaN", "\u0661\u0662", "\u202e", "9" * 5000, "\u00b2", "x" * 10_000, "2020-01-01T00:00:00"),
    *([], [1], [[1]], ["x"] * 1000, [None], [float("inf")] * 3, ["heat", None, 5, {}], {}, {"a": 1}),
)
SAID = (
    *("turn on everything", "turn off everything", "everything louder", "set the volume to 40", "make it warmer"),
    *("set the bedroom to 21 degrees", "dim the kitchen lights", "set the kitchen lights to 50 percent"),
    *("open the bedroom blinds", "close the bedroom blinds", "lock the front door", "unlock the front door"),
    *("what is the temperature in the bedroom", "which lights are on", "how many lights are on", "again", "undo"),
    *("set the living room lamp to red", "start the robot", "turn the thermostat up", "a bit less", "not that one"),
    *("set the dehumidifier to 50 percent", "set the fan speed to 30 percent", "is the garage open", "set it to 40 %"),
    *("set the heat pump limit to 70 percent", "arm the alarm home", "turn on the tv", "what is the humidity"),
)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_a_device_says_of_itself_a_sentence_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(verify, "ANSWER_S", 0.01)
    chosen = random.Random(seed)
    async with living(tmp_path) as daemon:
        sound = dict(daemon.mirror.states)
        for said in SAID:
            odd = [Change(entity, _odd(state, chosen)) for entity, state in sound.items()]
            daemon.mirror.changed(odd)
            reply = await daemon.desk.say(said, OWNER)
            json.dumps([to_json(reply), daemon.desk.house()])
            name, service = chosen.choice(sorted(CATALOGUE.items()))
            targets = tuple(e for e in sound if e.startswith(f"{service.domain}."))[: service.targets]
            data = {key: chosen.choice((*NONSENSE, 50, 21)) for key in service.fields}
            await daemon.desk.act([Action(name, targets, data)], OWNER)


def _odd(state: State, chosen: random.Random) -> State:
    attributes = {k: chosen.choice(NONSENSE) if chosen.random() < 0.3 else v for k, v in state.attributes.items()}
    for name in ("device_class", "volume_level", "percentage_step", "min_temp", "max_temp", "unit_of_measurement"):
        if chosen.random() < 0.3:
            attributes[name] = chosen.choice(NONSENSE)
    value = chosen.choice((state.value, state.value, "unknown", "1e999", "x" * 1000, "-1"))
    return State(value, MappingProxyType(attributes), state.changed)
