"""How a simulated house is set for a trial: its time, its pace and its past, seen through a whole daemon."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.base.action import Action
from claw.base.clock import ShownClock
from claw.daemon.build import Daemon, build
from claw.daemon.demo import demo_config
from claw.daemon.staging import TRAVEL_S, Staging
from claw.house.model import State
from tests.living import OWNER

EVENING = datetime(2031, 3, 4, 21, 30, tzinfo=UTC)


async def staged(folder: Path, rooms: AsyncExitStack, staging: Staging | None) -> Daemon:
    daemon = await build(demo_config(0), folder / "state", rooms, staging)
    await daemon.backend.connect(daemon.mirror)
    await daemon.mirror.wait_ready(5)
    return daemon


async def test_everything_in_a_staged_house_goes_by_its_clock(tmp_path: Path) -> None:
    async with AsyncExitStack() as rooms:
        daemon = await staged(tmp_path, rooms, Staging(clock=ShownClock(EVENING)))
        await daemon.desk.act([Action("light.turn_on", ("light.kitchen_ceiling",))], OWNER)
        await daemon.audit.settle()
        rows = daemon.audit.entries(0, 20, newest_first=False, kinds=("intent",))
        changed = daemon.mirror.states["light.kitchen_ceiling"].changed
    for moment in (rows[0].time, changed):
        assert moment is not None
        assert timedelta() <= moment - EVENING < timedelta(minutes=1)


async def test_devices_that_take_no_time_have_arrived_in_the_reply(tmp_path: Path) -> None:
    act = [Action("cover.close_cover", ("cover.bedroom_blinds",))]
    async with AsyncExitStack() as rooms:
        daemon = await staged(tmp_path, rooms, Staging(travel_s={}))
        assert (await daemon.desk.act(act, OWNER)).status == "done"
        assert daemon.mirror.states["cover.bedroom_blinds"].value == "closed"
    assert TRAVEL_S["cover"] > 0  # what a demo shows: see tests/stories/test_spine.py


async def test_a_staged_past_is_what_the_history_tells(tmp_path: Path) -> None:
    night = [
        State("on", changed=EVENING - timedelta(hours=3)),
        State("off", changed=EVENING - timedelta(hours=2)),
    ]
    async with AsyncExitStack() as rooms:
        staging = Staging(clock=ShownClock(EVENING), past={"light.kitchen_ceiling": night})
        daemon = await staged(tmp_path, rooms, staging)
        now = daemon.mirror.states["light.kitchen_ceiling"]
        seen = await daemon.backend.history("light.kitchen_ceiling", EVENING - timedelta(hours=4), EVENING)
    assert [state.value for state in seen] == ["on", "off"]
    assert (now.value, now.changed) == ("off", EVENING - timedelta(hours=2))
