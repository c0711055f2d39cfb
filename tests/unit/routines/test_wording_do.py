"""What a routine does, in words that somebody understands who did not write it."""

from typing import Any

import pytest

from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.routines.spec import Spec, Step
from claw.routines.wording_do import deed, deeds

HOUSE = load_house(FOLDER / "house.yaml")


def steps(*written: dict[str, Any]) -> tuple[Step, ...]:
    return Spec.model_validate({"name": "x", "when": {"at": "07:00"}, "do": list(written)}).do


def act(action: str, *entities: str, **data: object) -> dict[str, Any]:
    return {"actions": [{"action": action, "entities": list(entities), "data": data}]}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (act("light.turn_on", "light.kitchen_ceiling", brightness_pct=40), "set Kitchen Ceiling to 40 %"),
        (
            act("light.turn_off", "light.kitchen_ceiling", "light.hall_ceiling"),
            "turn off Kitchen Ceiling and Hall Ceiling",
        ),
        (act("light.turn_off", "light.gone"), "turn off light.gone"),
        (act("homeassistant.restart"), "do “homeassistant.restart”"),
        (act("claw.notify", to="everyone", text="hi"), 'tell everyone: "hi"'),
        ({"say": "dinner", "to": "everyone"}, 'tell everyone: "dinner"'),
        ({"say": "dinner", "to": "place:kitchen"}, 'tell whoever is in "Kitchen": "dinner"'),
        ({"say": "dinner", "to": "person:anna"}, 'tell Anna: "dinner"'),
        ({"say": 'say "yes"\u202e\x1b[2J'}, "tell you: \"say 'yes'[2J\""),
        ({"skill": "movie-time", "arguments": {"level": 5}}, "run the skill movie time (level 5)"),
        ({"skill": "movie-time"}, "run the skill movie time"),
        ({"prompt": "Is it cold?", "gate": "True"}, 'where its program says so, ask the model: "Is it cold?"'),
    ],
)
def test_a_step_is_a_phrase(written: dict[str, Any], said: str) -> None:
    assert deeds(steps(written), HOUSE) == (said,)


def test_several_steps_are_one_phrase_in_order() -> None:
    found = steps(act("light.turn_off", "light.kitchen_ceiling"), {"say": "done"})
    assert deed(found, HOUSE, to="Ben") == 'turn off Kitchen Ceiling, then tell Ben: "done"'
