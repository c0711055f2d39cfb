"""How each part of a daemon tells whether it works."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from claw.base.clock import SystemClock
from claw.base.config_care import TracesConfig
from claw.base.degraded import Degraded
from claw.daemon.supervision import Supervision
from claw.daemon.traces import PART, SENDER, Traces
from claw.daemon.wellbeing import kept_by, look_after, named
from claw.house.backend import Link
from tests.held_clock import HeldClock
from tests.living import living


class Channel:
    def __init__(self, kind: str) -> None:
        self.kind = kind


def test_channels_of_one_kind_are_told_apart_by_a_number() -> None:
    one, two, three = Channel("notifier"), Channel("mqtt"), Channel("notifier")
    found = named(cast("Any", (one, two, three)))
    assert [name for name, _ in found] == ["notifier", "mqtt", "notifier 2"]


def test_who_keeps_nothing_going_has_nothing_to_be_looked_at() -> None:
    assert kept_by(object()) == ()


async def test_a_house_that_is_away_a_log_that_fails_and_a_full_disk_are_seen(tmp_path: Path) -> None:
    clock = HeldClock()
    async with living(tmp_path) as daemon:
        degraded = Degraded(clock)
        supervision = Supervision(degraded, cast("SystemClock", clock))
        look_after(daemon, supervision)
        supervision.look()
        assert degraded.now() == ()
        daemon.mirror.linked(Link("lost", "it restarts"))
        daemon.audit.failures.append(daemon.clock.monotonic())
        daemon.stopping.reserve.used = True
        supervision.look()
        assert {fault.part for fault in degraded.now()} == {"log", "disk"}, "a link may come back soon"
        await clock.advance(31)
        supervision.look()
        assert {fault.part: fault.text for fault in degraded.now()}["house"] == "it cannot be reached: it restarts"
        daemon.mirror.linked(Link("ready"))
        daemon.audit.failures.clear()
        daemon.stopping.reserve.used = False
        supervision.look()
        assert degraded.now() == ()
        await supervision.close()


async def test_what_sends_traces_is_looked_at_apart_from_its_collector(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        degraded = Degraded(daemon.clock)
        supervision = Supervision(degraded, daemon.clock)
        traces = Traces(TracesConfig(url="http://127.0.0.1:9"), daemon.clock, daemon.clock, daemon.degraded)
        traces.kept.problem = "it ended"
        look_after(replace(daemon, traces=traces), supervision)
        supervision.look()
        assert [fault.part for fault in degraded.now()] == [SENDER] != [PART]
        await traces.close()
        await supervision.close()
