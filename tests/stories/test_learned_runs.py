"""What was learned in two rooms, with two figures, is done in a third with another, and asks no model."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from claw.base.clock import ShownClock
from claw.base.config import ModelConfig
from claw.daemon.proving import Proofs
from claw.daemon.staging import Staging
from claw.skills.proving import Effort
from tests.learning_room import lights
from tests.living import living
from tests.peers.scripted_model import ScriptedModel
from tests.stories.test_skills import ANNA, Days, Home

POLICY = """
version: 1
rules:
  - {id: talk, allow: [claw.notify, claw.model, claw.read]}
  - {id: skills, allow: "claw.skill_*", who: {role: owner}}
  - {id: lights, allow: ["light.*", lock.lock]}
  - {id: doors, confirm: lock.unlock, ask: {roles: [owner], channels: [web], same_chat: true}}
"""


def program(room: str, level: int) -> str:
    return f'await call("light.turn_on", {list(lights(room))!r}, brightness_pct={level})\n"Done."'


@pytest_asyncio.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr(Proofs.__init__, "__defaults__", (Effort(0.02),))  # how it proves is tried elsewhere
    clock: ShownClock = Days(datetime(2026, 1, 5, 19, 0, tzinfo=UTC))
    async with ScriptedModel() as model:
        model.when("gentle.*living", program=program("living_room", 30))
        model.when("gentle.*bedroom", program=program("bedroom", 20))
        model.when("let Sam in", program='await call("lock.unlock", "lock.front_door")')
        asked = ModelConfig(name="scripted", base_url=model.base_url, tools="always")
        async with (
            living(tmp_path, POLICY, model=asked, staging=Staging(clock=clock)) as daemon,
            daemon.desk.feed(ANNA),
        ):
            assert isinstance(clock, Days)
            yield Home(daemon, model, clock, tmp_path)


async def offered(home: Home) -> None:
    for _ in range(500):
        if home.daemon.skills.lives.offers.open():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"nothing is offered: {home.standing()}")


async def test_another_room_and_another_figure_need_no_model(home: Home) -> None:
    for said in ("gentle light at 30 percent in the living room", "gentle light at 20 percent in the bedroom"):
        home.clock.pass_by(timedelta(hours=3))
        reply = await home.say(said)
        assert (reply.status, reply.path) == ("done", "program"), reply.text
    await home.until("shadow")
    await offered(home)
    await home.say("yes")
    await home.until("trusted")
    asked = home.asked
    home.clock.pass_by(timedelta(hours=3))
    reply = await home.say("gentle light at 45 percent in the dining room")
    assert (reply.status, reply.path, reply.tokens_in) == ("done", "skill", 0), reply.text
    assert home.asked == asked
    for lamp in lights("dining_room"):
        assert home.daemon.mirror.states[lamp].attributes["brightness"] == round(255 * 0.45)
    again = await home.say("gentle light at 45 percent in the dining room")
    assert (again.path, again.outcomes) == ("skill", ())


async def test_what_needed_a_yes_is_learned_after_the_yes_and_never_trusts_itself(home: Home) -> None:
    for _ in range(2):
        home.clock.pass_by(timedelta(hours=3))
        home.house.set_state("lock.front_door", "locked")
        asked = await home.say("let Sam in by the front door")
        assert asked.status == "pending", asked.text
        done = await home.say("yes")
        assert done.status in {"done", "started"}, done.text
        await asyncio.sleep(0.05)
    learned = await home.until("shadow")
    manifest = home.daemon.skills.library.whole(learned.name).manifest
    assert [(one.call, one.on.entity) for one in manifest.may if one.on] == [("lock.unlock", ("lock.front_door",))]
    assert manifest.parameters == {}
    for _ in range(4):
        home.clock.pass_by(timedelta(hours=3))
        home.house.set_state("lock.front_door", "locked")
        assert (await home.say("let Sam in by the front door")).path != "skill"
        await home.say("yes")
        await asyncio.sleep(0.05)
    assert home.standing("shadow") is not None
