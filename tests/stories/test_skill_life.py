"""What takes a skill's trust away, seen from outside: a whole daemon, its phrases, its undo and its devices."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.house.simulated import Fault, SimulatedHouse
from claw.skills.runs import SkillRun
from tests.hostile.test_skill_agreement import ANNA, LAMP, MANIFEST, NAME, Home, _green, until, waiting


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    monkeypatch.setattr("claw.skills.aftermath.LOOK_S", 0.1)
    async with waiting(tmp_path) as made:
        assert (await made.daemon.desk.say("yes", ANNA)).status == "answered"
        assert made.standing.state == "trusted"
        yield made


def _house(home: Home) -> SimulatedHouse:
    assert isinstance(home.daemon.backend, SimulatedHouse)
    return home.daemon.backend


def _last(home: Home) -> SkillRun:
    return home.daemon.skills.lives.runs.of(NAME, 1)[0]


async def _fallen(home: Home) -> str:
    """Return why it fell, once it has; from then on its words go the ordinary way again."""
    await until(lambda: home.standing.state == "shadow")
    assert home.daemon.skills.lives.standings.events(NAME)[0].what == "demoted"
    assert (await home.say()).path == "program"
    return home.standing.why


async def test_who_undoes_it_three_times_does_not_want_it(home: Home) -> None:
    for _ in range(3):
        assert home.standing.state == "trusted"
        assert (await home.say()).path == "skill"
        assert (await home.daemon.desk.say("undo", ANNA)).status == "done"
        await until(lambda: _last(home).undone is not None)
        assert _last(home).why == "it was undone"
    assert "taken back or changed by hand" in await _fallen(home)


async def test_who_changes_by_hand_what_it_did_does_not_want_it_either(home: Home) -> None:
    for _ in range(3):
        assert (await home.say()).path == "skill"
        home.clock.pass_by(timedelta(minutes=2))
        _house(home).set_state(LAMP, "off", brightness=None)
        await until(lambda: _last(home).undone is not None)
    assert "taken back or changed by hand" in await _fallen(home)


async def test_what_does_not_come_true_twice_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    monkeypatch.setattr("claw.skills.runner.GRACE_S", 0.1)
    wrong = MANIFEST.replace(f'{{of: {{entity: {LAMP}}}, values: "on"}}', f'{{of: {{entity: {LAMP}}}, values: "off"}}')
    assert wrong != MANIFEST
    async with waiting(tmp_path, manifest=wrong) as home:
        await home.daemon.desk.say("yes", ANNA)
        for _ in range(2):
            assert home.standing.state == "trusted"
            assert (await home.say()).path == "skill"
        assert "did not do what they should (Living Room Lamp is on" in await _fallen(home)


async def test_a_device_that_does_not_answer_says_nothing_against_it(home: Home) -> None:
    _house(home).faults[LAMP] = Fault(fail="it does not answer")
    for _ in range(3):
        reply = await home.say()
        assert reply.path == "skill"
        assert "it does not answer" in reply.text
    assert home.standing.state == "trusted"


async def test_what_changes_later_says_nothing_against_it(home: Home) -> None:
    for _ in range(3):
        assert (await home.say()).path == "skill"
        home.clock.pass_by(timedelta(minutes=11))
        _house(home).set_state(LAMP, "off", brightness=None)
        await asyncio.sleep(0.02)
    assert home.standing.state == "trusted"
    assert [run.undone for run in home.daemon.skills.lives.runs.of(NAME, mode="real")] == [None] * 3


async def test_one_byte_is_enough(home: Home, tmp_path: Path) -> None:
    assert (await home.say()).path == "skill"
    program = tmp_path / "state" / "skills" / NAME / "program.py"
    program.write_bytes(program.read_bytes().replace(b"brightness_pct=30", b"brightness_pct=31"))
    assert (await home.say()).path == "program"
    assert home.standing.state == "draft"
    assert (home.standing.accepted_by, home.standing.enabled) == ("", True)


async def test_off_is_off_at_once_and_on_is_what_it_was(home: Home) -> None:
    deciding = home.daemon.skills.lives.deciding
    await deciding.do("disable", NAME, ANNA)
    assert (await home.say()).path == "program"
    await deciding.do("enable", NAME, ANNA)
    assert (await home.say()).path == "skill"
    nobody = replace(ANNA, person=None, authenticated=False, strength=None)
    await deciding.do("disable", NAME, nobody)
    assert (await home.say()).path == "skill"


async def test_undo_does_not_decide_about_a_skill(home: Home) -> None:
    assert (await home.daemon.desk.say("turn off the skill cosy evening", ANNA)).status == "done"
    assert not home.standing.enabled
    told = await home.daemon.desk.say("undo", ANNA)
    assert "decided anew" in told.text
    assert not home.standing.enabled
