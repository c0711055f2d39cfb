"""Is this daemon alive?  What only a new start mends, looked at several times a minute by whoever would start it anew.

A house that is away, a model that is down, a full disk and an engaged stop are none of that: the daemon goes on and
says so.  A loop that nobody hears from, a log that takes no write and a link that nobody holds any more are.
"""

from typing import TYPE_CHECKING

from claw.audit.pulse import Pulse
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.channels.vital import Vital
from claw.gate.heartbeat import Heartbeat
from claw.house.backend import HouseBackend

if TYPE_CHECKING:
    from claw.daemon.build import Daemon

HOUSE = "nothing follows the house any more"


class Vitals:
    """What the life of one daemon is told by."""

    def __init__(self, heartbeat: Heartbeat, pulse: Pulse, backend: HouseBackend) -> None:
        self._heartbeat = heartbeat
        self._pulse = pulse
        self._backend = backend

    def look(self) -> None:
        """Have found out what nobody knows by now, in the background."""
        self._pulse.look()

    def now(self) -> Vital:
        """Return how it is, as far as is known; costs nothing and never raises."""
        return Vital(self._loop(), self._pulse.problem, "" if self._backend.alive else HOUSE)

    def _loop(self) -> str:
        try:
            self._heartbeat.check()
        except Refused as late:
            return str(late)
        return ""


def vitals(daemon: "Daemon", clock: Clock | None = None) -> Vitals:
    """Return what a built daemon's life is told by; its desk answers by it from now on."""
    found = Vitals(daemon.stopping.heartbeat, Pulse(daemon.audit, clock or daemon.clock), daemon.backend)
    daemon.desk.vitals(found.now)
    return found
