"""Has a daemon looked at from outside: its figures counted, and its traces sent where a collector is configured."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from claw.daemon.metered import metered

if TYPE_CHECKING:  # it is made there, and few houses have a collector
    from claw.daemon.build import Daemon
    from claw.daemon.traces import Traces


def observed(daemon: "Daemon", rooms: AsyncExitStack) -> "Traces | None":
    """Count what ``daemon`` does, and trace its requests and routines where that is configured; ``rooms`` ends it."""
    traces = _traced(daemon, rooms)
    metered(daemon, traces)
    return traces


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
