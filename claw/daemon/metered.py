"""Has a daemon counted from its start on, and its figures read when a monitoring program asks for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from claw.channels.tally import Tally

if TYPE_CHECKING:  # it is made there, and figures are for houses that are watched
    from claw.channels.web.metrics import Metric
    from claw.daemon.build import Daemon
    from claw.daemon.traces import Traces


def metered(daemon: "Daemon", traces: "Traces | None" = None) -> Tally:
    """Count what ``daemon`` does from now on, and have ``/metrics`` tell it; return the counts."""
    tally = Tally()
    daemon.desk.replied.append(tally.replied)
    daemon.follower.noted.append(tally.acted)
    daemon.follower.ended.append(tally.ended)
    daemon.mirror.on_link(tally.linked)

    def figures() -> "Iterable[Metric]":
        from claw.daemon.figures import Figures  # noqa: PLC0415  see above

        return Figures(daemon, tally, traces)()

    daemon.web.watched_by(figures)
    return tally
