"""The switch in Home Assistant: on stops, off never resets, gone says nothing, and it shows what is so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.action import Origin
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.gate.helper import FIRST_RETRY_S, Helper
from claw.gate.safe import Passing
from claw.gate.stop import Stop
from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.house.model import Change
from claw.house.simulated import Fault, SimulatedHouse
from tests.held_clock import HeldClock

ENTITY = "input_boolean.claw_stop"
HOUSE = {"areas": [], "entities": [{"entity_id": ENTITY, "name": "Stop Claw", "state": "off"}]}
CONSOLE = Origin("cli", "anna", authenticated=True)


class Kit:
    """A switch in a house that can be held, cut and left alone, and a helper that watches it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.clock = HeldClock()
        self.audit = AuditLog.open(folder / "audit.db", self.clock)
        self.stop = Stop(folder, self.clock)
        desk = PermitDesk(self.clock)
        self.house = SimulatedHouse(parse_house(HOUSE), desk, self.clock, self.clock)
        self.mirror = Mirror(self.clock)
        self.passing = Passing(self.audit, desk, self.house)
        self.helper = Helper(ENTITY, self.stop, self.mirror, self.passing, self.clock)
        self.stop.told.append(lambda state: None if state.engaged else self.helper.lifted())

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0.02)

    @property
    def shown(self) -> str:
        return self.mirror.states[ENTITY].value

    def sends(self) -> list[str]:
        return [action.name.rpartition("_")[2] for action in self.house.performed]


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    made = Kit(tmp_path / "state")
    await made.house.connect(made.mirror)
    yield made
    await made.helper.close()
    await made.house.close()
    await made.audit.close()


async def test_on_stops_and_says_where_it_came_from(kit: Kit) -> None:
    kit.house.set_state(ENTITY, "on")
    state = kit.stop.state()
    assert state.engaged
    assert not state.local, "an adult on an authenticated screen may reset it"
    assert state.by == "helper"
    assert ENTITY in state.reason


async def test_off_resets_nothing(kit: Kit) -> None:
    kit.house.set_state(ENTITY, "on")
    kit.house.set_state(ENTITY, "off")
    await kit.settle()
    assert kit.stop.engaged
    kit.house.link(Link("lost"))
    kit.house.link(Link("ready"))
    await kit.settle()
    assert kit.stop.engaged


@pytest.mark.parametrize("value", ["unavailable", "unknown", "off", "ON", ""])
async def test_anything_but_on_is_no_trip(kit: Kit, value: str) -> None:
    kit.house.set_state(ENTITY, value)
    kit.house.remove(ENTITY)
    kit.helper.look()
    await kit.settle()
    assert not kit.stop.engaged


async def test_on_at_connect_stops(tmp_path: Path) -> None:
    kit = Kit(tmp_path / "state")
    kit.house.set_state(ENTITY, "on")
    assert not kit.stop.engaged
    await kit.house.connect(kit.mirror)
    assert kit.stop.engaged
    await kit.house.close()
    await kit.audit.close()


async def test_a_stop_that_came_another_way_is_shown(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    assert kit.shown == "on"
    assert kit.helper.state() == {"entity": ENTITY, "state": "on", "shows": True}
    assert kit.stop.state().local, "showing it does not make it a stop of the helper"


async def test_a_reset_turns_it_off_and_is_not_taken_for_a_stop(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    kit.stop.reset("aired", console=True, adult=False)
    await kit.settle()
    assert kit.shown == "off"
    assert kit.sends() == ["on", "off"]
    assert not kit.stop.engaged
    kinds = [entry.kind for entry in kit.audit.entries(0, 100)]
    assert kinds.count("intent") == 2
    kit.house.set_state(ENTITY, "on")
    assert kit.stop.engaged, "the next one counts again"


async def test_a_late_echo_of_our_own_on_is_not_a_stop(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    echo = kit.mirror.states[ENTITY]
    kit.house.link(Link("lost"))
    kit.stop.reset("aired", console=True, adult=False)
    kit.mirror.changed([Change(ENTITY, replace(echo, value="off", context="x"))])
    kit.mirror.changed([Change(ENTITY, echo)])
    assert not kit.stop.engaged


async def test_a_switch_that_went_on_again_while_nobody_was_connected_is_a_stop(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    kit.house.link(Link("lost"))
    kit.stop.reset("aired", console=True, adult=False)
    await kit.clock.advance(5)
    kit.house.set_state(ENTITY, "off")
    kit.house.set_state(ENTITY, "on")
    kit.house.link(Link("ready"))
    assert kit.stop.engaged


async def test_a_reset_without_a_link_is_shown_when_there_is_one(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    kit.house.link(Link("lost"))
    kit.stop.reset("aired", console=True, adult=False)
    await kit.settle()
    assert kit.sends() == ["on"]
    kit.house.link(Link("ready"))
    await kit.settle()
    assert kit.shown == "off"
    assert not kit.stop.engaged


async def test_a_stop_without_a_link_is_shown_when_there_is_one(kit: Kit) -> None:
    kit.house.link(Link("lost"))
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    assert kit.shown == "off"
    kit.house.link(Link("ready"))
    await kit.settle()
    assert kit.shown == "on"


async def test_who_turns_it_off_meanwhile_sees_it_on_again_but_is_not_fought(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    for _ in range(20):
        kit.house.set_state(ENTITY, "off")
        kit.helper.look()
        await kit.settle()
        await kit.clock.advance(1)
    assert 2 <= kit.sends().count("on") <= 4
    await kit.clock.advance(4 * FIRST_RETRY_S)
    kit.helper.look()
    await kit.settle()
    assert kit.shown == "on"


async def test_a_switch_that_refuses_is_tried_ever_more_seldom(kit: Kit) -> None:
    kit.house.faults[ENTITY] = Fault(fail="no")
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    for _ in range(120):
        kit.helper.look()
        await asyncio.sleep(0)
        await kit.clock.advance(1)
    await kit.settle()
    tries = [entry for entry in kit.audit.entries(0, 1000) if entry.kind == "intent"]
    assert 3 <= len(tries) <= 6
    assert not kit.helper.state()["shows"]


def test_only_an_input_boolean_will_do(tmp_path: Path) -> None:
    clock = HeldClock()
    with pytest.raises(Refused, match="input_boolean"):
        Helper("switch.boiler", Stop(tmp_path, clock), Mirror(clock), None, clock)  # type: ignore[arg-type]
