"""What is learned of requests, proved like any skill: a tenth of some proofs always, all of all under ``prove``."""

from collections.abc import Callable, Mapping

import pytest

from claw.base.action import Action
from claw.skills.distil import distil
from claw.skills.model import Draft, Skill, Trace
from claw.skills.proving import FULL, TENTH
from tests.learning_room import HOUSE, lights, off, on, skill_of, trace
from tests.stories.test_shipped_skills import failed, prover

LAMP, CEILING = "light.living_room_lamp", "light.living_room_ceiling"
TV, CURTAIN, HEAT = "media_player.living_room_tv", "cover.living_room_curtain", "climate.living_room"
DIM = "for lamp in find(domain='light', area='living_room'):\n    if state(lamp) == 'on':\n"
DIM += "        await call('light.turn_on', lamp, brightness_pct=20)\n"


def cosy(room: str, number: int) -> Trace:
    name = HOUSE.registry.areas[room].name
    return trace(f"make it cosy in the {name}", [on(*lights(room), brightness_pct=30)], number=number)


def film(number: int) -> Trace:
    calls = [
        on(LAMP, brightness_pct=15),
        off(CEILING),
        Action("media_player.turn_on", (TV,)),
        Action("cover.close_cover", (CURTAIN,)),
    ]
    return trace("now it is film night", calls, number=number)


def shown() -> Draft:
    one = trace("", [on(LAMP, brightness_pct=40), off(CEILING)], source="")
    return distil([one], HOUSE, called="Book and blanket", free={(0, "brightness_pct")}, made="shown")


LEARNED: Mapping[str, Callable[[], Draft]] = {
    "any room": lambda: distil([cosy("living_room", 1), cosy("bedroom", 2)], HOUSE),
    "here": lambda: distil(
        [trace("make it cosy in here", [on(*lights("bedroom"), brightness_pct=20)], place="bedroom")], HOUSE
    ),
    "these things": lambda: distil([film(1), film(2)], HOUSE),
    "a thing and a figure": lambda: distil(
        [trace("bring the floor lamp to a soft 40 percent", [on(LAMP, brightness_pct=40)])], HOUSE
    ),
    "a colour": lambda: distil([trace("give me a warm red glow now", [on(LAMP, rgb_color=[255, 60, 20])])], HOUSE),
    "warmth": lambda: distil(
        [trace("I am cold so warm me up", [Action("climate.set_temperature", (HEAT,), {"temperature": 22.5})])], HOUSE
    ),
    "a decision": lambda: distil(
        [
            trace(
                "soften what burns in the living room to 20 percent",
                [on(CEILING, brightness_pct=20), on(LAMP, brightness_pct=20)],
                source=DIM,
            )
        ],
        HOUSE,
    ),
    "shown by hand": shown,
}


def skill(kind: str) -> Skill:
    return skill_of(LEARNED[kind]())


@pytest.mark.parametrize("kind", ["any room", "these things", "a decision"])
async def test_a_tenth_of_the_proof_of_what_was_learned_holds(kind: str) -> None:
    async with prover(TENTH) as proving_it:
        report = await proving_it.prove(skill(kind))
    assert failed(report) == []
    assert report.green


@pytest.mark.prove
@pytest.mark.parametrize("kind", list(LEARNED))
async def test_all_of_the_proof_of_what_was_learned_holds(kind: str) -> None:
    async with prover(FULL) as proving_it:
        report = await proving_it.prove(skill(kind))
    assert failed(report) == []
    assert any(case.kind == "mutant" for case in report.cases)


async def test_the_requests_it_was_made_of_come_to_the_same_again() -> None:
    asked = [cosy("living_room", 1), cosy("bedroom", 2)]
    async with prover(TENTH) as proving_it:
        report = await proving_it.prove(skill_of(distil(asked, HOUSE)), asked)
        wrong = [asked[0], trace("make it cosy in the Bedroom", [off(*lights("bedroom"))], number=3)]
        other = await proving_it.prove(skill_of(distil(asked, HOUSE)), wrong)
    assert [case.held for case in report.cases if case.kind == "replay"] == [True, True]
    assert not other.green
