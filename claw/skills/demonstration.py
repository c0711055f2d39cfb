"""Watching somebody do by hand what a skill is to do: from "watch me" until "that's it", ten minutes or the stop.

Only what that person may have moved is kept: nobody else whom the house names, no automation, no act that Claw did for
another.  One demonstration at a time for the whole house, and it is on disk, so that a restart does not lose it.  It
moves nothing and gives no rights: what comes of it is a draft like any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.gate.cause import Causes
from claw.house.mirror import Mirror
from claw.house.model import Change
from claw.policy.people import Role
from claw.skills.demonstration_lines import Left, Line, Snapshot

LASTS = timedelta(minutes=10)
ASKED_FOR = timedelta(minutes=15)
"""How long the question waits which of the values are fixed."""

Phase = Literal["watching", "asking"]
Roles = Callable[[str | None], Role | None]
"""Gives the role that somebody has at this moment, None for nobody."""
Note = Callable[[str, dict[str, Json], Origin], object]
"""Writes an entry of the log: kind, payload, who."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One that goes on: ``watching``, or ``asking`` which values are fixed.

    ``before`` and ``after`` are what was seen of the things that were moved by hand, in order, once it is ``asking``.
    """

    id: int
    started: datetime
    origin: Origin
    phase: Phase
    lines: tuple[Line, ...] = ()
    left: tuple[Left, ...] = ()
    before: Mapping[str, Snapshot] = field(default_factory=dict[str, Snapshot])


class Demonstrations:
    """The table ``demonstrations`` of ``claw.db``; used from the event loop only.

    ``mirror.watch(demonstrations.take)`` lets it see, ``look`` is called often (every few seconds), ``abandon`` is a
    hook of the stop.
    """

    def __init__(self, db: Database, clock: Clock, mirror: Mirror, causes: Causes, role: Roles, note: Note) -> None:
        """``role`` says who may show something (owners and adults), ``note`` writes to the log."""
        self._db, self._clock, self._mirror, self._causes, self._role, self._note = (
            db,
            clock,
            mirror,
            causes,
            role,
            note,
        )
        self.over: list[Callable[[Demonstration], None]] = []
        """Called with one whose ten minutes are over, asking now: its person has to be told."""

    def begin(self, origin: Origin, said: str = "") -> Demonstration:
        """Begin to watch; raises Refused, with a sentence, for whom it may not be, and while another goes on."""
        raise NotImplementedError

    def current(self, origin: Origin | None = None) -> Demonstration | None:
        """Return the one that goes on, that of this person where ``origin`` is given; None where there is none."""
        raise NotImplementedError

    def finish(self, origin: Origin) -> Demonstration:
        """End the watching; return it with its lines.  Raises Refused where nothing was moved, which ends it."""
        raise NotImplementedError

    def without(self, origin: Origin, numbers: frozenset[int]) -> Demonstration:
        """Leave out some lines of the one that asks (from 0); raises Refused where none would be left."""
        raise NotImplementedError

    def settle(self, origin: Origin) -> Demonstration:
        """Take out the one that asks, of which a draft is made now; raises Refused where there is none."""
        raise NotImplementedError

    def forget(self, origin: Origin) -> bool:
        """End this person's without a draft; return whether there was one."""
        raise NotImplementedError

    def abandon(self, why: str = "the stop") -> None:
        """End whichever goes on, at once; blocks for nothing and raises nothing."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on with the one that a restart interrupted; called once, when the house is ready."""
        raise NotImplementedError

    def take(self, change: Change) -> None:
        """Remember one change while somebody shows something."""
        raise NotImplementedError

    def look(self) -> None:
        """Write what waits and end what has lasted long enough; a full disk is said once and tried again."""
        raise NotImplementedError

    def erase(self, erasure: Erasure) -> int:
        """Let go of a demonstration that is to be forgotten, in memory and on disk; return how many went."""
        raise NotImplementedError
