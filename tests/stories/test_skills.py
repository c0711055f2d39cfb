"""What worked twice runs for nothing the third time: requests, a skill of them, a yes, and what takes it back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from claw.base.action import Origin, Reply
from claw.base.clock import ShownClock
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.simulated import SimulatedHouse
from claw.skills.model import Standing
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel

COSY = """
await call("light.turn_on", "light.living_room_lamp", brightness_pct=30)
await call("light.turn_off", "light.living_room_ceiling")
"It is cosy now."
"""
POLICY = """
version: 1
rules:
  - {id: talk, allow: [claw.notify, claw.model, claw.read]}
  - {id: skills, allow: "claw.skill_*", who: {role: owner}}
  - {id: teach, allow: claw.skill_learn, who: {role: adult}}
  - {id: lights, allow: "light.*"}
"""
NO_LIGHTS = POLICY.replace(
    'light.*"}', 'light.*"}\n  - {id: no-lamp, deny: light.turn_on, on: {entity: light.living_room_lamp}}'
)
BEN = Origin("web", "ben", authenticated=True, source="ben", conversation="web:2:main", strength="session")
ANNA = replace(OWNER, conversation="web:1:main", source="anna")


class Days(ShownClock):
    """A clock that a test sets forward."""

    def pass_by(self, time: timedelta) -> None:
        """Let this much time go by at once, but for those who sleep."""
        self._ahead += time


@dataclass
class Home:
    """A whole daemon, its model, and what was said to people."""

    daemon: Daemon
    model: ScriptedModel
    clock: Days
    folder: Path
    told: list[str] = field(default_factory=list)

    @property
    def house(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return len(self.model.requests)

    async def say(self, text: str, by: Origin = ANNA) -> Reply:
        return await self.daemon.desk.say(text, by)

    def states(self) -> dict[str, object]:
        """What the lamps of the story are like."""
        states = self.daemon.mirror.states
        lamp = states["light.living_room_lamp"]
        return {
            "lamp": lamp.value,
            "brightness": lamp.attributes.get("brightness"),
            "ceiling": states["light.living_room_ceiling"].value,
        }

    async def another_day(self) -> None:
        """Put the lamps back by hand, so long after that nobody takes it for an answer."""
        self.clock.pass_by(timedelta(hours=20))
        self.house.set_state("light.living_room_lamp", "off", brightness=None)
        self.house.set_state("light.living_room_ceiling", "on", brightness=180)
        await asyncio.sleep(0.01)

    def standing(self, state: str | None = None) -> Standing | None:
        """The one skill that was learned."""
        found = [one for one in self.daemon.skills.lives.standings.all() if one.made == "learned"]
        assert len(found) <= 1
        return found[0] if found and state in {None, found[0].state} else None

    async def until(self, state: str) -> Standing:
        """Wait until the learned skill is in this state."""
        for _ in range(600):
            found = self.standing(state)
            if found is not None:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"it never came to {state}: {self.standing()}")

    async def offered(self) -> None:
        """Wait until somebody is asked about it."""
        for _ in range(600):
            if self.daemon.skills.lives.offers.open():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("nobody was asked")


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    clock = Days(datetime(2026, 1, 5, 19, 0, tzinfo=UTC))
    async with ScriptedModel() as model:
        model.when("cosy", program=COSY)
        asked = ModelConfig(name="scripted", base_url=model.base_url, tools="always")
        async with (
            living(tmp_path, POLICY, model=asked, staging=Staging(clock=clock)) as daemon,
            daemon.desk.feed(ANNA) as feed,
        ):
            found = Home(daemon, model, clock, tmp_path)

            async def listen() -> None:
                while True:
                    found.told.append(str(await feed.get()))

            listening = asyncio.ensure_future(listen())
            try:
                yield found
            finally:
                listening.cancel()


async def test_what_was_done_twice_is_offered_proved_and_then_runs_without_a_model(home: Home) -> None:
    await home.another_day()
    first = await home.say("make it cosy in the living room")
    assert (first.status, first.path) == ("done", "program"), first.text
    wanted = home.states()
    await home.another_day()
    second = await home.say("make it cosy in the living room")
    assert (second.status, second.path) == ("done", "program")
    assert home.states() == wanted
    assert home.asked == 2

    learned = await home.until("shadow")
    assert learned.people == ("anna",)
    report = home.daemon.skills.lives.standings.report(learned.name, learned.hash)
    assert report is not None
    assert report.green, report.failed()
    await home.offered()
    offered = [one for one in home.told if "cosy" in one]
    assert offered, home.told

    agreed = await home.say("yes")
    assert agreed.status == "answered", agreed.text
    assert (await home.until("trusted")).accepted_by == "anna"

    await home.another_day()
    asked, done = home.asked, len(home.house.performed)
    third = await home.say("make it cosy in the living room")
    assert (third.status, third.path, third.tokens_in, third.tokens_out) == ("done", "skill", 0, 0), third.text
    assert home.asked == asked
    assert home.states() == wanted
    assert {one.name for one in home.house.performed[done:]} == {"light.turn_on", "light.turn_off"}


async def test_a_policy_that_forbids_what_it_does_takes_it_back_with_a_reason(home: Home) -> None:
    for _ in range(2):
        await home.another_day()
        await home.say("make it cosy in the living room")
    await home.until("shadow")
    await home.offered()
    await home.say("yes")
    await home.until("trusted")
    (home.folder / "policy.yaml").write_text(NO_LIGHTS, encoding="utf-8")
    await home.daemon.reloading.now(ANNA)
    fallen = await home.until("shadow")
    assert "Living Room Lamp" in fallen.why or "living_room_lamp" in fallen.why
    kinds = [entry.payload for entry in home.daemon.audit.entries(0, 500, kinds=("skill",)) if entry.payload]
    assert any(one.get("what") == "demoted" and one.get("skill", one.get("name")) == fallen.name for one in kinds), (
        kinds[-3:]
    )
    await home.another_day()
    again = await home.say("make it cosy in the living room")
    assert again.path == "program"
    assert again.status == "refused"


async def test_three_dry_runs_that_agree_need_nobody(home: Home) -> None:
    for _ in range(2):
        await home.another_day()
        await home.say("make it cosy in the living room")
    await home.until("shadow")
    for _ in range(3):
        await home.another_day()
        reply = await home.say("make it cosy in the living room")
        assert reply.path == "program"
        home.clock.pass_by(timedelta(minutes=11))
        await home.daemon.skills.lives.life.look()
    trusted = await home.until("trusted")
    assert trusted.accepted_by == ""
    await home.another_day()
    asked = home.asked
    assert (await home.say("make it cosy in the living room")).path == "skill"
    assert home.asked == asked
    other = await home.say("make it cosy in the living room", BEN)
    assert other.path == "program", "it is nobody else's before an owner took it"


@pytest.mark.parametrize("ask", ["make that a skill", "make that a skill called cosy evening"])
async def test_it_is_a_skill_at_once_where_somebody_says_so(home: Home, ask: str) -> None:
    await home.another_day()
    await home.say("make it cosy in the living room")
    reply = await home.say(ask)
    assert reply.status in {"done", "answered"}, reply.text
    learned = await home.until("shadow")
    assert (learned.name == "cosy-evening") is ("called" in ask)
