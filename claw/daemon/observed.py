"""Has a daemon looked at from outside: its figures counted, and its traces sent where a collector is configured."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from claw.channels.tally import Tally

if TYPE_CHECKING:  # it is made there; figures are for houses that are watched, and few have a collector
    from claw.channels.web.metrics import Metric
    from claw.daemon.build import Daemon
    from claw.daemon.traces import Traces


def observed(daemon: "Daemon", rooms: AsyncExitStack) -> "Traces | None":
    """Count what ``daemon`` does, and trace its requests and routines where that is configured; ``rooms`` ends it."""
    traces = _traced(daemon, rooms)
    _counted(daemon, traces)
    return traces


def _counted(daemon: "Daemon", traces: "Traces | None") -> None:
    tally = Tally()
    daemon.desk.replied.append(tally.replied)
    daemon.follower.noted.append(tally.acted)
    daemon.follower.ended.append(tally.ended)
    daemon.mirror.on_link(tally.linked)

    def figures() -> "Iterable[Metric]":
        from claw.daemon.figures import Figures  # noqa: PLC0415  see above

        return Figures(daemon, tally, traces)()

    daemon.web.watched_by(figures)


def _traced(daemon: "Daemon", rooms: AsyncExitStack) -> "Traces | None":
    config = daemon.config.traces
    if config is None or not config.sample:
        return None
    from claw.daemon.traces import Traces  # noqa: PLC0415  see above

    traces = Traces(config, daemon.clock, daemon.clock, daemon.degraded)
    rooms.push_async_callback(traces.close)
    daemon.desk.tracing = daemon.routines.doing.tracing = traces.tracing
    traces.start()
    return traces
