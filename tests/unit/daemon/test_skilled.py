"""Skills in a whole daemon: the gate knows their manifests, the stop says so, the chores look after them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from claw.base.action import Action
from claw.base.erasure import Erasure
from claw.daemon.build import Daemon
from claw.skills.effector import ACTIONS
from tests.living import NOBODY, OWNER, living

PORCH = Action("light.turn_on", ("light.porch",))


@pytest_asyncio.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as found:
        yield found


async def test_an_act_in_the_name_of_a_skill_is_held_to_its_manifest(daemon: Daemon) -> None:
    asked = replace(OWNER, skill="energy-check")
    (outcome,) = (await daemon.gate.perform((PORCH,), asked)).outcomes
    assert outcome.status == "refused"
    assert "energy-check" in outcome.detail
    assert (await daemon.gate.perform((PORCH,), OWNER)).outcomes[0].status == "done"


async def test_an_act_in_the_name_of_no_skill_that_there_is_is_refused(daemon: Daemon) -> None:
    (outcome,) = (await daemon.gate.perform((PORCH,), replace(OWNER, skill="nobody-knows"))).outcomes
    assert outcome.status == "refused"


async def test_before_it_started_no_skill_runs(tmp_path: Path, daemon: Daemon) -> None:
    daemon.skills.lives.standings._by_name.clear()
    reply = await daemon.desk.say("energy check", OWNER)
    assert reply.path != "skill"
    daemon.skills.start()
    assert (await daemon.desk.say("energy check", OWNER)).path == "skill"


async def test_every_act_about_skills_has_its_effector_and_a_voice_may_none_of_them(daemon: Daemon) -> None:
    for name in ACTIONS:
        data = {"skill": "energy-check"}
        if name not in {"claw.skill_enable", "claw.skill_disable", "claw.skill_retire"}:
            data["hash"] = "0" * 64
        (outcome,) = (await daemon.gate.perform((Action(name, (), data),), NOBODY)).outcomes
        assert outcome.status == "refused", name
    (off,) = (await daemon.gate.perform((Action("claw.skill_disable", (), {"skill": "energy-check"}),), OWNER)).outcomes
    assert off.status in {"done", "sent"}
    assert (await daemon.desk.say("energy check", OWNER)).path != "skill"


async def test_the_chores_look_after_skills(daemon: Daemon) -> None:
    assert len(daemon.skills.chores) >= 3
    for _, work in daemon.skills.chores:
        await work()


async def test_a_phrase_while_stopped_says_that_it_is_stopped(daemon: Daemon) -> None:
    daemon.stop.engage("a test", OWNER)
    reply = await daemon.desk.say("energy check", OWNER)
    assert reply.status == "stopped"


async def test_a_house_without_a_model_imports_nothing_of_programs_before_the_first_skill(daemon: Daemon) -> None:
    assert not daemon.programming.made
    await daemon.desk.say("energy check", OWNER)
    assert daemon.programming.made
    assert daemon.skills.learning is None


async def test_what_programs_did_is_known_no_more_once_anything_is_forgotten(daemon: Daemon) -> None:
    await daemon.desk.say("energy check", OWNER)
    programs = daemon.programming().programs
    assert programs.segments._records._known
    daemon.programming.erase(Erasure(words=("energy",)))
    assert not programs.segments._records._known
