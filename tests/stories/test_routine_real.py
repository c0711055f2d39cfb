"""Routines that a real Home Assistant sets off: its own contexts, renames and events, judged by what it says itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.config import Config, HouseConfig
from claw.daemon.build import Daemon, build
from claw.routines.model import Routine, Run
from claw.routines.spec import Spec
from tests.living import OWNER, PEOPLE
from tests.peers.real_hass import RealHomeAssistant, Talk

POLICY = 'version: 1\nrules: [{id: comfort, allow: ["light.*", "input_boolean.*", claw.notify]}]\n'
LAMP, OTHER, GUESTS = (
    "light.bed_light",
    "light.kitchen_lights",
    "input_boolean.guests",
)


class Home:
    """A daemon in this process that follows a real house, and somebody else who asks that house."""

    def __init__(self, daemon: Daemon, talk: Talk) -> None:
        self.daemon, self.talk = daemon, talk

    def routine(self, name: str, when: Any, *actions: tuple[str, str], **more: Any) -> None:
        do = {"actions": [{"action": action, "entities": [entity]} for action, entity in actions]}
        spec = Spec.model_validate({"name": name, "when": when, "do": do, **more})
        self.daemon.routines.book.add(Routine(name, spec, replace(OWNER, conversation=""), self.daemon.clock.now()))

    def runs(self, name: str) -> list[Run]:
        return list(reversed(self.daemon.routines.book.runs(name)))

    def statuses(self, name: str) -> list[str]:
        return [run.status for run in self.runs(name)]

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(1500):
            if holds():
                return
            await asyncio.sleep(0.02)
        assert holds()

    async def be(self, **wanted: str) -> None:
        """Bring things to a state, as somebody else does, and wait until it is seen."""
        for entity, value in ((one.replace("__", "."), value) for one, value in wanted.items()):
            if self.daemon.mirror.states[entity].value != value:
                await self.talk.act(f"homeassistant.turn_{value}", entity)
            await self.until(lambda entity=entity, value=value: self.daemon.mirror.states[entity].value == value)

    async def there(self, entity: str) -> str:
        """Return what the house itself says of a thing."""
        return (await self.talk.states())[entity]["state"]


@asynccontextmanager
async def living(folder: Path, peer: RealHomeAssistant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Daemon]:
    monkeypatch.setenv("CLAW_HOUSE_TOKEN", peer.token)
    policy = folder / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    config = Config(
        house=HouseConfig(url=peer.url),  # type: ignore[arg-type]
        policy=policy,
        people=PEOPLE,
        listen={"port": 0},  # type: ignore[arg-type]
        audit={"journald": False},  # type: ignore[arg-type]
        routines={"hand": "0 s"},  # type: ignore[arg-type]  # whoever else asks this house here is a hand
    )
    async with AsyncExitStack() as rooms:
        daemon = await build(config, folder / "state", rooms)
        daemon.skills.start()
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(60)
        daemon.routines.start()
        yield daemon


@pytest.fixture
async def home(
    tmp_path: Path, home_assistant: RealHomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Home]:
    async with living(tmp_path, home_assistant, monkeypatch) as daemon, home_assistant.talk() as talk:
        yield Home(daemon, talk)


async def test_a_state_a_span_a_figure_and_an_event_of_a_real_house_set_routines_off(home: Home) -> None:
    await home.be(input_boolean__guests="off", light__bed_light="off", light__kitchen_lights="off")
    home.routine("state", {"state": GUESTS, "to": "on"}, ("light.turn_on", LAMP))
    home.routine("span", {"state": GUESTS, "to": "on", "for": "1 s"}, ("light.turn_on", OTHER))
    home.routine("figure", {"number": LAMP, "attribute": "brightness", "above": 200}, ("light.turn_off", OTHER))
    home.routine("event", {"event": "claw_test", "data": {"button": 2}}, ("light.turn_off", LAMP))
    await home.be(input_boolean__guests="on")
    await home.until(lambda: home.statuses("state") == ["done"])
    assert await home.there(LAMP) == "on"
    assert "Guests is on" in home.runs("state")[0].firing.cause
    await home.until(lambda: home.statuses("span") == ["done"])
    assert await home.there(OTHER) == "on"

    await home.talk.act("light.turn_on", LAMP, brightness=100)
    await home.talk.act("light.turn_on", LAMP, brightness=220)
    await home.until(lambda: home.statuses("figure")[-1:] == ["done"])
    assert await home.there(OTHER) == "off"

    for button in (1, 2):
        await home.talk.command("fire_event", event_type="claw_test", event_data={"button": button})
    await home.until(lambda: home.statuses("event") == ["done"])
    assert await home.there(LAMP) == "off"
    assert home.runs("event")[0].firing.context


async def test_a_loop_through_a_real_house_is_seen_by_its_contexts(home: Home) -> None:
    await home.be(light__bed_light="off", light__kitchen_lights="off")
    home.routine("one", {"state": LAMP, "to": "on"}, ("light.turn_on", OTHER))
    home.routine("two", {"state": OTHER, "to": "on"}, ("light.turn_off", LAMP))
    home.routine("three", {"state": LAMP, "to": "off"}, ("light.turn_off", OTHER))
    home.routine("four", {"state": OTHER, "to": "off"}, ("light.turn_on", LAMP))
    await home.talk.act("light.turn_on", LAMP)
    await home.until(lambda: "held" in home.statuses("one"))
    assert home.statuses("one") == ["done", "held"]
    assert [home.statuses(name) for name in ("two", "three", "four")] == [["done"]] * 3
    paused = home.daemon.routines.book.get("one")
    assert paused is not None
    assert paused.state == "paused"


async def test_a_rename_in_a_real_house_is_followed(home: Home) -> None:
    await home.be(input_boolean__guests="off", light__bed_light="off")
    home.routine("door", {"state": GUESTS, "to": "on"}, ("light.turn_on", LAMP))
    await home.talk.command("config/entity_registry/update", entity_id=GUESTS, new_entity_id="input_boolean.visitors")
    try:
        await home.until(lambda: "input_boolean.visitors" in home.daemon.mirror.states)
        await home.until(lambda: GUESTS not in home.daemon.mirror.states)
        assert home.runs("door") == []
        await home.talk.act("input_boolean.turn_on", "input_boolean.visitors")
        await home.until(lambda: home.statuses("door") == ["done"])
        assert await home.there(LAMP) == "on"
        assert home.daemon.routines.watching.problems() == {}
    finally:
        await home.talk.command(
            "config/entity_registry/update", entity_id="input_boolean.visitors", new_entity_id=GUESTS
        )


async def test_a_link_that_breaks_is_no_event_and_hides_none(home: Home) -> None:
    await home.be(input_boolean__guests="off", light__bed_light="on", light__kitchen_lights="off")
    home.routine("door", {"state": GUESTS, "to": "on"}, ("light.turn_on", OTHER))
    home.routine("lamp", {"state": LAMP}, ("light.turn_on", OTHER))
    for _ in range(2):
        connection: Any = home.daemon.backend._connection  # type: ignore[attr-defined]
        connection.fail("somebody pulled the plug")
        await home.until(lambda: not home.daemon.mirror.ready)
        await home.talk.act("input_boolean.turn_on", GUESTS)
        await home.until(lambda: home.daemon.mirror.ready)
        await home.until(lambda: home.statuses("door") == ["done"])
    assert home.statuses("lamp") == []
