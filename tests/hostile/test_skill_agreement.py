"""Somebody tries to have a skill trusted that nobody wanted: through the whole daemon, with a model and a sandbox.

One skill waits for agreement; it is Anna's.  Whoever else says its words, and however, has the same done each time,
and none of it counts.  Each test fails when the guard that it is about is taken out (``tests/prove/guards.py``).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from claw.base.action import Action, Origin, Reply
from claw.base.clock import ShownClock
from claw.base.config import ModelConfig
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.simulated import SimulatedHouse
from claw.skills.effector import ACTIONS
from claw.skills.model import Case, Draft, Report, Skill, Standing, Trace
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.skill_folders import skill_files

NAME = "cosy-evening"
WORDS = "make it cosy in the living room"
LAMP = "light.living_room_lamp"
PROGRAM = f'await call("light.turn_on", "{LAMP}", brightness_pct=30)\n"It is cosy now."\n'
MANIFEST = f"""version: 1.0.0
triggers:
  phrases:
    en: ["{WORDS}"]
may:
  - call: light.turn_on
    on: {{entity: {LAMP}}}
    data: {{brightness_pct: {{min: 30, max: 30}}}}
after:
  - {{of: {{entity: {LAMP}}}, values: "on"}}
provenance: {{made: learned}}
"""
PROSE = f"""---
name: {NAME}
description: Makes the living room cosy.
license: GPL-3.0-or-later
metadata:
  claw-version: "1.0.0"
---

# Cosy evening
"""
POLICY = """
version: 1
rules:
  - {id: talk, allow: [claw.notify, claw.model, claw.read]}
  - {id: skills, allow: "claw.skill_*"}
  - {id: lights, allow: "light.*"}
  - {id: doors, confirm: lock.unlock}
"""
"""One that lets everybody do everything about skills: what is refused here, no rule can allow."""

ANNA = replace(OWNER, conversation="web:1:main", source="anna")
BEN = Origin("web", "ben", authenticated=True, source="ben", conversation="web:2:main", strength="session")
CARL = Origin("web", "carl", authenticated=True, source="carl", conversation="web:3:main", strength="session")
OTHERS = {
    "another adult": BEN,
    "a child": CARL,
    "a voice": Origin("voice:hall", place="hall", source="satellite", conversation="hall"),
    "a voice that claims to be her": replace(ANNA, channel="voice:hall", authenticated=False),
    "a voice that is taken for her": replace(ANNA, channel="voice:hall"),
    "a shared screen": replace(ANNA, channel="screen:hall"),
    "a client that may only ask": replace(ANNA, asks_only=True),
    "a routine of hers": replace(ANNA, routine="evening"),
    "text that she read": replace(ANNA, taint=("calendar",)),
    "somebody unknown": replace(ANNA, person="mallory"),
    "nobody": replace(ANNA, person=None, authenticated=False, strength=None),
}


class Days(ShownClock):
    """A clock that a test sets forward."""

    def pass_by(self, time: timedelta) -> None:
        """Let this much time go by at once, but for those who sleep."""
        self._ahead += time


async def until(so: Callable[[], bool]) -> None:
    """Wait until something is so; it is due at once."""
    for _ in range(500):
        if so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


@dataclass
class Home:
    """A whole daemon with one skill that waits for agreement."""

    daemon: Daemon
    model: ScriptedModel
    clock: Days

    @property
    def standing(self) -> Standing:
        found = self.daemon.skills.lives.standings.of(NAME)
        assert found is not None
        return found

    async def say(self, text: str = WORDS, by: Origin = ANNA) -> Reply:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        self.clock.pass_by(timedelta(hours=1))
        self.daemon.backend.set_state(LAMP, "off", brightness=None)
        await asyncio.sleep(0.01)
        return await self.daemon.desk.say(text, by)


async def _green(_proving: object, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
    """Prove nothing: what is tried here comes after it."""
    del traces
    return Report(skill.name, skill.version, skill.hash, (Case("test", "ordinary", held=True),), 1.0)


@asynccontextmanager
async def waiting(folder: Path, policy: str = POLICY, manifest: str = MANIFEST) -> AsyncIterator[Home]:
    clock = Days(datetime(2026, 1, 5, 19, 0, tzinfo=UTC))
    async with ScriptedModel() as model:
        model.when("cosy", program=PROGRAM)
        asked = ModelConfig(name="scripted", base_url=model.base_url, tools="always")
        async with (
            living(folder, policy, model=asked, staging=Staging(clock=clock)) as daemon,
            daemon.desk.feed(ANNA),
        ):
            home = Home(daemon, model, clock)
            change = {"SKILL.md": PROSE, "skill.yaml": manifest, "program.py": PROGRAM}
            files = skill_files(NAME, change)
            draft = Draft(NAME, files, "learned", ("anna",), "It makes the living room cosy.")
            await daemon.skills.lives.life.propose(draft, ANNA, asked=False)
            await until(lambda: bool(daemon.skills.lives.offers.open()))
            assert home.standing.state == "shadow"
            yield home


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr("claw.daemon.skilled.Proving.prove", _green)
    monkeypatch.setattr("claw.skills.aftermath.LOOK_S", 0.1)
    async with waiting(tmp_path) as made:
        yield made


async def test_her_own_three_agreements_are_what_it_takes(home: Home) -> None:
    for count in (1, 2):
        assert (await home.say()).path == "program"
        assert (home.standing.state, home.standing.agreed) == ("shadow", count)
    assert (await home.say()).path == "program"
    assert (home.standing.state, home.standing.accepted_by) == ("trusted", "")
    asked = len(home.model.requests)
    assert (await home.say()).path == "skill"
    assert len(home.model.requests) == asked


async def test_while_it_waits_nothing_is_done_in_its_name(home: Home) -> None:
    act = Action("light.turn_on", (LAMP,), {"brightness_pct": 30})
    done = await home.daemon.gate.perform((act,), replace(ANNA, skill=NAME))
    assert done.outcomes[0].status == "refused"
    assert "does not run by itself" in done.outcomes[0].detail


async def test_nobody_elses_words_are_an_agreement(home: Home) -> None:
    for who, origin in OTHERS.items():
        await home.say(by=origin)
        assert (home.standing.state, home.standing.agreed) == ("shadow", 0), who
    assert home.daemon.skills.lives.runs.of(NAME) == []


async def test_what_others_said_in_between_does_not_count_with_hers(home: Home) -> None:
    await home.say()
    await home.say(by=CARL)
    await home.say()
    await home.say(by=BEN)
    assert (home.standing.state, home.standing.agreed) == ("shadow", 2)


async def test_what_she_takes_back_was_no_agreement(home: Home) -> None:
    await home.say()
    await home.say()
    assert home.standing.agreed == 2
    undone = await home.daemon.desk.say("undo", ANNA)
    assert undone.status == "done", undone.text
    await until(lambda: home.standing.agreed == 0)
    assert home.standing.state == "shadow"


async def test_until_an_owner_takes_it_it_runs_for_nobody_else(home: Home) -> None:
    lives = home.daemon.skills.lives
    lives.standings.put(replace(home.standing, state="trusted"), "test", "agreed", origin=ANNA)
    act = Action("light.turn_on", (LAMP,), {"brightness_pct": 30})
    for who, origin in OTHERS.items():
        hers = origin.authenticated and origin.person == "anna" and not origin.taint
        if not hers:
            assert (await home.say(by=origin)).path != "skill", who
        done = await home.daemon.gate.perform((act,), replace(origin, skill=NAME))
        may = hers and not origin.routine  # there is no such routine, and nobody acts in the name of one
        assert (done.outcomes[0].status == "refused") is not may, who
    assert (await home.say()).path == "skill"


async def test_nobody_elses_yes_takes_it(home: Home) -> None:
    for who, origin in OTHERS.items():
        for text in ("yes", "accept the skill cosy evening"):
            await home.daemon.desk.say(text, origin)
        with pytest.raises(Refused):
            await home.daemon.skills.lives.offers.answer(NAME, origin, yes=True)
        assert (home.standing.state, home.standing.accepted_by) == ("shadow", ""), who
    assert (await home.daemon.desk.say("yes", ANNA)).status == "answered"
    assert (home.standing.state, home.standing.accepted_by) == ("trusted", "anna")


async def test_no_rule_lets_them_decide_anything_about_it(home: Home) -> None:
    before = home.standing
    for name, (who, origin) in product(ACTIONS, OTHERS.items()):
        data = {"skill": NAME}
        if not name.endswith(("enable", "disable", "retire")):
            data["hash"] = before.hash
        done = await home.daemon.gate.perform((Action(name, (), data),), origin)
        if (name, who) != ("claw.skill_disable", "another adult"):
            assert done.outcomes[0].status == "refused", (name, who)
            assert home.standing == before
        else:
            assert not home.standing.enabled
            home.daemon.skills.lives.standings.put(before, "test", "on again", origin=ANNA)
            before = home.standing


async def test_no_program_of_a_model_decides_or_borrows_its_trust(home: Home) -> None:
    before = home.standing
    programs = (
        f'await call("claw.skill_accept", skill="{NAME}", hash="{before.hash}")\n"done"\n',
        f'await call("claw.skill_enable", skill="{NAME}")\n"done"\n',
        f'run_skill("{NAME}")\n',
        'await call("claw.notify", to="person:anna", text="yes")\n"yes"\n',
    )
    for at, program in enumerate(programs):
        home.model.when(f"trust it {at}", program=program)
        reply = await home.say(f"trust it {at} now")
        assert reply.path != "skill", program
        assert home.standing == before, program
        assert home.daemon.skills.lives.runs.of(NAME) == [], program


async def test_a_skill_that_would_open_the_door_waits_for_an_owner_however_often_it_agrees(home: Home) -> None:
    lives = home.daemon.skills.lives
    risky = MANIFEST.replace("may:", "may:\n  - {call: lock.unlock, on: {entity: lock.front_door}}")
    files = skill_files(NAME, {"SKILL.md": PROSE, "skill.yaml": risky, "program.py": PROGRAM})
    draft = Draft(NAME, files, "learned", ("anna",), "It makes the living room cosy.")
    before = home.standing.hash
    await lives.life.propose(draft, ANNA, asked=False)
    await until(lambda: home.standing.hash != before and home.standing.state == "shadow")
    for _ in range(4):
        await home.say()
    assert home.standing.state == "shadow"
    assert home.standing.agreed >= 3
    assert "owner's yes" in home.standing.why
