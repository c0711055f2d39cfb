"""The skills that ship, proved in the demo house: a tenth of each proof always, all of it under the mark ``prove``.

And as somebody meets them: said to a whole daemon, which has no model.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.daemon.build import proved_house
from claw.daemon.demo import FOLDER
from claw.daemon.proving import proving
from claw.daemon.proving_sentences import Heard
from claw.daemon.staging import Staging
from claw.gate.children import Children
from claw.house.file import load_house
from claw.house.model import House, State
from claw.mind.intents import Intents
from claw.skills.folder import read_folder
from claw.skills.model import Report, Skill
from claw.skills.mutants import mutants
from claw.skills.places import shipped
from claw.skills.proving import FULL, TENTH, Effort, Prover
from claw.skills.reading import read_skill
from tests.living import OWNER, living

PLACE = shipped() or Path("skills")
NAMES = sorted(one.name for one in PLACE.iterdir() if one.is_dir())
LANGUAGES = ("en", "de", "fr", "nl", "zh")


@cache
def house() -> House:
    return load_house(FOLDER / "house.yaml")


@cache
def intents() -> Intents:
    found = Intents(LANGUAGES)
    found.refresh(house().registry)
    return found


def read(name: str) -> Skill:
    return read_skill(read_folder(PLACE / name, installed=True), name)


@asynccontextmanager
async def prover(effort: Effort) -> AsyncIterator[Prover]:
    others = [(name, read(name).manifest) for name in NAMES]
    async with proving(None, proved_house, Children(), lambda: False) as ground:
        yield Prover(ground, Heard(intents(), house, lambda: others), effort)


def failed(report: Report) -> list[str]:
    return [f"{case.kind} {case.name}: {case.why}" for case in report.failed()]


@pytest.mark.parametrize("name", NAMES)
async def test_a_tenth_of_the_proof_of_a_shipped_skill_holds(name: str) -> None:
    async with prover(TENTH) as proving_it:
        report = await proving_it.prove(read(name))
    assert report.green, failed(report)


@pytest.mark.prove
@pytest.mark.parametrize("name", NAMES)
async def test_the_whole_proof_of_a_shipped_skill_holds(name: str) -> None:
    skill = read(name)
    async with prover(FULL) as proving_it:
        report = await proving_it.prove(skill)
    assert report.green, failed(report)
    kinds = [case.kind for case in report.cases]
    assert kinds.count("trouble") >= 50
    assert kinds.count("mutant") == len(list(mutants(skill.program, house())))
    print(f"{name}: {len(kinds)} cases, {kinds.count('mutant')} mutants caught, {report.ms / 1000:.1f} s")  # noqa: T201  a figure


async def test_the_laundry_that_ran_within_four_hours_is_done(tmp_path: Path) -> None:
    now, machine = SystemClock().now(), "binary_sensor.washing_machine"
    attributes = house().states[machine].attributes
    past = [State(value, attributes, now - timedelta(minutes=ago)) for value, ago in (("on", 150), ("off", 40))]
    async with living(tmp_path, staging=Staging(past={machine: past})) as daemon:
        reply = await daemon.desk.say("is the laundry done", OWNER)
    assert (reply.path, reply.status, reply.text) == ("skill", "answered", "Done: Washing Machine.")


async def test_a_shipped_skill_answers_in_the_language_of_its_phrase_and_once_is_enough(tmp_path: Path) -> None:
    async with living(tmp_path, languages=("en", "de"), staging=Staging(travel_s={})) as daemon:
        reply = await daemon.desk.say("ich gehe ins Bett", replace(OWNER, conversation="german"))
        assert (reply.path, reply.language) == ("skill", "de")
        assert reply.text.endswith("Gute Nacht. Die Türen sind abgeschlossen. Noch offen: Bedroom Window.")
        assert daemon.mirror.states["light.living_room_lamp"].value == "off"
        assert daemon.mirror.states["switch.freezer"].value == "on"
        again = await daemon.desk.say("ich gehe ins Bett", replace(OWNER, conversation="german"))
        assert again.outcomes == ()


async def test_a_scene_of_the_household_goes_before_a_phrase_that_ships(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        reply = await daemon.desk.say("movie time", OWNER)
    assert (reply.path, [one.action.entities for one in reply.outcomes]) == ("intent", [("scene.movie_time",)])
