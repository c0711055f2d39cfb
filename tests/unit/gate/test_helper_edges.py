"""What of the switch in Home Assistant shows only when something is missing, late, refused or done twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.permit import PermitDesk
from claw.gate.helper import FIRST_RETRY_S, Helper
from claw.gate.safe import Passing
from claw.house.backend import Link
from claw.house.model import Change, State
from claw.house.simulated import Fault
from tests.unit.gate.test_helper import CONSOLE, ENTITY, Kit


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Kit]:
    made = Kit(tmp_path / "state")
    await made.house.connect(made.mirror)
    yield made
    await made.helper.close()
    await made.house.close()
    await made.audit.close()


def intents(kit: Kit) -> int:
    return len(kit.audit.entries(0, 1000, kinds=("intent",)))


def unheard(kit: Kit, value: str) -> None:
    """Let the switch be so without anybody having been told."""
    kit.mirror._states[ENTITY] = State(value)


async def by_hand(kit: Kit) -> State:
    """Stop by the switch, lose the link, reset, and return how the switch stood."""
    kit.house.set_state(ENTITY, "on")
    assert kit.stop.engaged
    stood = kit.mirror.states[ENTITY]
    kit.house.link(Link("lost"))
    kit.stop.reset("aired", console=True, adult=False)
    return stood


async def test_nothing_is_owed_before_anything_was_stopped(kit: Kit) -> None:
    kit.helper.look()
    unheard(kit, "on")
    late = Helper(ENTITY, kit.stop, kit.mirror, Passing(kit.audit, PermitDesk(kit.clock), kit.house), kit.clock)
    for helper in (kit.helper, late):
        helper.look()
        await kit.settle()
    assert intents(kit) == 0, "a switch that is on, and nobody knows why, is not turned off"


async def test_a_look_alone_shows_the_stop(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    kit.helper.look()
    await kit.settle()
    assert kit.shown == "on"


@pytest.mark.parametrize("how", ["unavailable", "gone", "lost"])
async def test_where_the_switch_says_nothing_nothing_is_sent(kit: Kit, how: str) -> None:
    if how == "lost":
        kit.house.link(Link("lost"))
    elif how == "gone":
        kit.house.remove(ENTITY)
    else:
        kit.house.set_state(ENTITY, how)
    kit.stop.engage("smoke", CONSOLE)
    kit.helper.look()
    await kit.settle()
    assert intents(kit) == 0


async def test_a_switch_that_somebody_turned_on_and_that_was_reset_is_told_once_more_and_stops_nothing(
    kit: Kit,
) -> None:
    stood = await by_hand(kit)
    kit.mirror.changed([Change(ENTITY, stood)])
    assert not kit.stop.engaged


async def test_a_switch_that_went_away_and_came_back_on_is_a_stop(kit: Kit) -> None:
    stood = await by_hand(kit)
    kit.mirror.changed([Change(ENTITY, None)])
    kit.mirror.changed([Change(ENTITY, stood)])
    assert kit.stop.engaged


async def test_a_switch_that_was_off_at_the_reset_stops_the_moment_it_goes_on(kit: Kit) -> None:
    kit.house.set_state(ENTITY, "on")
    kit.house.set_state(ENTITY, "off")
    kit.stop.reset("aired", console=True, adult=False)
    kit.house.set_state(ENTITY, "on")
    assert kit.stop.engaged


async def test_an_on_of_which_nobody_knows_the_time_is_a_stop(kit: Kit) -> None:
    kit.mirror.changed([Change(ENTITY, State("on"))])
    assert kit.stop.engaged


@pytest.mark.parametrize("there", [True, False])
async def test_nothing_is_owed_after_a_reset_that_finds_the_switch_off_or_gone(kit: Kit, there: bool) -> None:
    kit.stop.engage("smoke", CONSOLE)
    if not there:
        kit.house.remove(ENTITY)
    kit.stop.reset("aired", console=True, adult=False)
    kit.helper.lifted()
    await kit.settle()
    unheard(kit, "on")
    kit.helper.look()
    await kit.settle()
    assert intents(kit) == 0


async def test_a_switch_that_does_not_go_off_is_tried_ever_more_seldom(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    await kit.helper.publish()
    kit.house.faults[ENTITY] = Fault(fail="no")
    kit.stop.reset("aired", console=True, adult=False)
    for _ in range(120):
        kit.helper.look()
        await asyncio.sleep(0)
        await kit.clock.advance(1)
    await kit.settle()
    assert 4 <= intents(kit) <= 7
    kit.house.faults.clear()
    await kit.clock.advance(10 * FIRST_RETRY_S)
    kit.helper.look()
    await kit.settle()
    assert kit.shown == "off"


async def test_a_switch_that_shows_it_is_tried_soon_again_when_it_does_not_any_more(kit: Kit) -> None:
    kit.house.faults[ENTITY] = Fault(fail="no")
    kit.stop.engage("smoke", CONSOLE)
    for _ in range(3):
        await kit.helper.publish()
    assert kit.helper._pause_s > FIRST_RETRY_S
    kit.house.faults.clear()
    await kit.helper.publish()
    kit.helper.look()
    assert kit.helper._pause_s == FIRST_RETRY_S


@pytest.mark.parametrize("fails", [True, False])
async def test_only_what_could_not_be_shown_is_said(kit: Kit, fails: bool, caplog: pytest.LogCaptureFixture) -> None:
    kit.stop.engage("smoke", CONSOLE)
    if fails:
        kit.house.faults[ENTITY] = Fault(fail="no")
    await kit.helper.publish()
    unheard(kit, "on")
    kit.stop.reset("aired", console=True, adult=False)
    await kit.settle()
    said = [one.getMessage().partition(" could")[0] for one in caplog.records if "could not be shown" in one.message]
    assert said == (["The stop", "The end of the stop"] if fails else [])


async def test_closing_ends_what_is_under_way(kit: Kit) -> None:
    kit.helper._begin(asyncio.sleep(60))
    (task,) = kit.helper._tasks
    await kit.helper.close()
    assert task.cancelled()


async def test_what_is_done_is_kept_no_longer(kit: Kit) -> None:
    kit.stop.engage("smoke", CONSOLE)
    kit.helper.look()
    assert len(kit.helper._tasks) == 1
    await kit.settle()
    assert kit.helper._tasks == set()
