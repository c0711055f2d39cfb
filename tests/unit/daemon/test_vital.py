"""What ends a daemon's life for its watchdog, and what does not."""

import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.audit.pulse import FAILS, Pulse
from claw.base.errors import Broken, Unavailable
from claw.base.permit import PermitDesk
from claw.channels.channel import Desk
from claw.channels.vital import Vital
from claw.daemon.vital import HOUSE, Vitals, vitals
from claw.gate.heartbeat import BEAT_S, FRESH_BEATS, STALE_S, Heartbeat
from claw.house.home_assistant import STUCK_S, HomeAssistant
from tests.held_clock import HeldClock
from tests.living import CONSOLE, living
from tests.peers.scripted_hass import ScriptedHass, eventually
from tests.unit.house.test_home_assistant import Notes


class Alive:
    """A backend of which only that is asked."""

    alive = True


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def heartbeat(clock: HeldClock) -> AsyncIterator[Heartbeat]:
    beating = Heartbeat(clock, clock)
    yield beating
    await beating.close()


@pytest.fixture
async def log(tmp_path: Path, clock: HeldClock) -> AsyncIterator[AuditLog]:
    opened = AuditLog.open(tmp_path / "audit.db", clock)
    yield opened
    await opened.close()


def of(heartbeat: Heartbeat, log: AuditLog, clock: HeldClock, backend: object = Alive) -> Vitals:
    return Vitals(heartbeat, Pulse(log, clock), backend)  # type: ignore[arg-type]


async def test_a_loop_that_stood_still_is_dead_until_it_beats_in_its_rhythm_again(
    heartbeat: Heartbeat, log: AuditLog, clock: HeldClock
) -> None:
    looked = of(heartbeat, log, clock)
    heartbeat.beat()
    assert looked.now() == Vital()
    await clock.advance(STALE_S)
    assert "not responding" in looked.now().loop
    assert not looked.now().alive
    for _ in range(FRESH_BEATS + 1):
        heartbeat.look()
        heartbeat.beat()
        await clock.advance(BEAT_S)
    heartbeat.look()
    assert looked.now() == Vital()


async def test_a_loop_that_nobody_watches_is_as_good_as_dead(
    heartbeat: Heartbeat, log: AuditLog, clock: HeldClock
) -> None:
    looked = of(heartbeat, log, clock)
    for _ in range(int(2 * STALE_S / BEAT_S)):
        await clock.advance(BEAT_S)
        heartbeat.beat()
    assert "not watched" in looked.now().loop


async def test_a_log_that_takes_no_write_is_dead(heartbeat: Heartbeat, log: AuditLog, clock: HeldClock) -> None:
    looked = of(heartbeat, log, clock)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(Broken):
            await log.append("note", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert looked.now() == Vital(log=FAILS)
    await clock.advance(1)
    heartbeat.beat()
    looked.look()
    await log.settle()
    assert looked.now() == Vital()


async def test_a_house_that_is_away_is_no_reason_to_start_anew_and_a_dead_follower_is(
    heartbeat: Heartbeat, log: AuditLog, clock: HeldClock
) -> None:
    house = ScriptedHass()
    await house.up()
    notes = Notes()
    backend = HomeAssistant(house.url, house.token, PermitDesk(clock), clock, clock, jitter=lambda: 1.0)
    looked = of(heartbeat, log, clock, backend)
    assert looked.now().house == ""  # it has not begun

    async def tick() -> None:
        await clock.advance(0.25)

    await backend.connect(notes)
    await eventually(lambda: notes.status == "ready", tick)
    assert looked.now().house == ""
    await clock.advance(2 * STUCK_S)  # nothing happened in the house for long
    assert looked.now().house == ""
    await house.down()
    await eventually(lambda: notes.status == "lost", tick)
    for _ in range(10):
        assert looked.now().house == ""
        await clock.advance(STUCK_S / 5)
        await asyncio.sleep(0.001)  # the sockets are real: each try takes a moment to fail
    task = backend.kept._task
    assert task is not None
    task.cancel()
    await asyncio.wait({task})
    assert looked.now() == Vital(loop=looked.now().loop, house=HOUSE)
    await backend.close()
    assert looked.now().house == ""


async def test_a_follower_that_hangs_is_dead_after_a_while(
    heartbeat: Heartbeat, log: AuditLog, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = HomeAssistant("http://127.0.0.1:1", "token", PermitDesk(clock), clock, clock)
    monkeypatch.setattr(backend, "_hold", asyncio.Event().wait)
    looked = of(heartbeat, log, clock, backend)
    await backend.connect(Notes())
    await clock.advance(STUCK_S - 1)
    assert looked.now().house == ""
    await clock.advance(1)
    assert looked.now().house == HOUSE
    await backend.close()


async def test_refused_credentials_are_nothing_that_a_new_start_mends(
    heartbeat: Heartbeat, log: AuditLog, clock: HeldClock
) -> None:
    async with ScriptedHass() as house:
        notes = Notes()
        backend = HomeAssistant(house.url, "another token", PermitDesk(clock), clock, clock)
        await backend.connect(notes)

        async def tick() -> None:
            await clock.advance(0.25)

        await eventually(lambda: notes.status == "refused", tick)
        await clock.advance(2 * STUCK_S)
        assert of(heartbeat, log, clock, backend).now().house == ""
        await backend.close()


async def test_a_whole_daemon_lives_also_while_it_is_stopped_and_its_desk_says_so(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        with pytest.raises(Unavailable):
            Desk(daemon.desk._in).vital()
        looked = vitals(daemon)
        daemon.stop.engage("a test", CONSOLE)
        assert looked.now() == daemon.desk.vital() == Vital()
        daemon.audit.failures.append(daemon.clock.monotonic())
        assert daemon.desk.vital() == Vital(log=FAILS)
