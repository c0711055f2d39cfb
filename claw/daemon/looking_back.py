"""What takes acts back and tells of what was, put together: it looks at the log and never at anything of its own."""

from claw.base.clock import Clock
from claw.daemon.parts import Place, Way
from claw.gate.cause import Causes
from claw.gate.undoing import Undoing
from claw.mind.past import Recollection
from claw.mind.undone import Hindsight


def looking_back(way: Way, place: Place, causes: Causes, clock: Clock) -> Hindsight:
    """Return what takes acts back and tells of what was."""
    gate, judge, mirror, people = way.gate, place.judge, place.mirror, place.people
    undoing = Undoing(
        gate=gate, judge=judge, deeds=causes.deeds, causes=causes, mirror=mirror, people=people, clock=clock
    )
    return Hindsight(undoing, Recollection(causes), way.whereabouts)
