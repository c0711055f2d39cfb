"""Watching somebody do by hand what a skill is to do: from "watch me" until "that's it", ten minutes or the stop.

Only what that person may have moved is kept: nobody else whom the house names, no automation, no act that Claw did for
another.  One demonstration at a time for the whole house, and it is on disk, so that a restart does not lose it.  It
moves nothing and gives no rights: what comes of it is a draft like any other.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from claw.base.action import NO_DATA, Action, Json, Origin
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.gate.answering import ADULTS
from claw.gate.cause import Causes
from claw.house.mirror import Mirror
from claw.house.model import Change, State
from claw.policy.people import Role
from claw.skills.demonstration_lines import Left, Line, Snapshot, calls, lines
from claw.skills.demonstration_rows import Rows
from claw.skills.demonstration_steps import Hands, Step, of_hand
from claw.skills.demonstration_watch import Watch
from claw.skills.model import Trace

logger = logging.getLogger(__name__)

LASTS = timedelta(minutes=10)
WAITS = timedelta(minutes=15)
"""How long the question stands which of the values are fixed."""
SOON_S = 1.0
"""So long a change of a figure alone may wait to be written: a lamp that fades reports many."""

Phase = Literal["watching", "asking", "gone"]
Reason = Literal[
    "taint", "nobody", "role", "stopped", "unreachable", "yours", "another", "none", "nothing", "opens", "all", "number"
]

REFUSALS: Mapping[Reason, str] = {
    "taint": "That has to be said by a person, by themselves.",
    "nobody": "Only somebody whom I know to live here can show me something.",
    "role": "Only a grown-up of the household can show me something.",
    "stopped": "I am stopped, and watch nothing.",
    "unreachable": "I cannot see the house at the moment.",
    "yours": "I am watching you already. Say “that's it” when you are done.",
    "another": "Somebody is showing me something just now.",
    "none": "You are not showing me anything.",
    "nothing": "I saw nothing that you changed, so there is nothing to learn.",
    "opens": "All that you moved lets somebody in or switches a guard, and that I do not learn by watching.",
    "all": "Then nothing would be left.",
    "number": "There is no such number in my list.",
}


class Declined(Refused):
    """What may not be shown, or not now; ``key`` is the reason, for whoever says it in another language."""

    def __init__(self, key: Reason) -> None:
        self.key: Reason = key
        super().__init__(REFUSALS[key])


@dataclass(frozen=True)
class Household:
    """What watching asks of the house.

    ``role`` gives the role that somebody has at this moment, ``name`` what a person is called, ``stopped`` whether
    Claw is stopped, ``note`` writes an entry of the log (kind, payload, who).
    """

    role: Callable[[str | None], Role | None]
    name: Callable[[str], str]
    stopped: Callable[[], bool]
    note: Callable[[str, dict[str, Json], Origin], object]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One that goes on: ``watching``, or ``asking`` which values are fixed; ``gone`` where nobody said.

    ``lines`` are what was moved, ``left`` what was and is no part of it, ``before`` how the things were, once it asks.
    """

    id: int
    started: datetime
    origin: Origin
    phase: Phase
    said: str = ""
    lines: tuple[Line, ...] = ()
    left: tuple[Left, ...] = ()
    before: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)

    @property
    def actions(self) -> tuple[Action, ...]:
        """All acts of the lines, in order."""
        return calls(self.lines)

    def trace(self, at: datetime) -> Trace:
        """Return it as what a skill is made of (``claw/skills/distil.py``)."""
        origin = self.origin
        return Trace(0, at, "", origin.language or "", origin, "", self.actions, self.before, origin.place, None, "", 0)


class Demonstrations:
    """The table ``demonstrations`` of ``claw.db``; used from the event loop only.

    ``mirror.watch(demonstrations.take)``, before the house is followed, lets it see; ``look`` is called once a minute,
    ``abandon`` is a hook of the stop.  ``over`` are called with one whose time ran out: ``asking`` after its ten
    minutes, ``gone`` where the question was not answered.
    """

    def __init__(self, db: Database, clock: Clock, mirror: Mirror, causes: Causes, household: Household) -> None:
        """Go on with the one that a restart interrupted, if there is one."""
        self._clock = clock
        self._mirror = mirror
        self._household = household
        self._hands = Hands(causes, household.name)
        self._rows = Rows(db)
        self._watch: Watch | None = None
        self._unwritten = False
        self._written = 0.0
        self._ended: tuple[int, datetime, str] | None = None
        self.over: list[Callable[[Demonstration], Awaitable[object]]] = []
        self._now: Demonstration | None = None
        self._read()

    def begin(self, origin: Origin, said: str = "") -> Demonstration:
        """Begin to watch; raises Declined for whom it may not be, and while another goes on; Broken."""
        self._check(origin)
        if self._now is not None and self._now.phase == "asking" and self._mine(self._now, origin):
            self._end("begun anew")
        if self._now is not None:
            raise Declined("yours" if self._mine(self._now, origin) else "another")
        if not self._mirror.ready:
            raise Declined("unreachable")
        now = self._clock.now()
        self._now = Demonstration(self._rows.add(now, origin, said), now, origin, "watching", said)
        self._watch = self._watching()
        self._note("watching", self._now)
        return self._now

    def current(self, origin: Origin | None = None) -> Demonstration | None:
        """Return the one that goes on, only that of this person where ``origin`` is given; None where there is none."""
        found = self._now
        return found if found is not None and (origin is None or self._mine(found, origin)) else None

    def finish(self, origin: Origin) -> Demonstration:
        """End the watching; return what was seen, with its question open.

        Raises Declined where there is nothing in it, which ends it, and where this person shows nothing; Broken.
        """
        found = self._of(origin)
        return found if found.phase == "asking" else self._finish(found)

    def without(self, origin: Origin, numbers: frozenset[int]) -> Demonstration:
        """Leave out some lines of the one that asks (from 0); raises Declined where none would be left; Broken."""
        found = self._asking(origin)
        if any(not 0 <= number < len(found.lines) for number in numbers):
            raise Declined("number")
        kept = tuple(line for number, line in enumerate(found.lines) if number not in numbers)
        if not kept:
            raise Declined("all")
        return self._ask(replace(found, lines=kept))

    def asked(self, origin: Origin) -> Trace:
        """Return the one that asks, as what a draft is made of; raises Declined where there is none."""
        return self._asking(origin).trace(self._clock.now())

    def settle(self, origin: Origin) -> None:
        """End the one that asks, of which a draft was made; raises Declined where there is none."""
        self._asking(origin)
        self._end("made a draft of")

    def forget(self, origin: Origin) -> bool:
        """End this person's without a draft; return whether there was one."""
        if self.current(origin) is None:
            return False
        self._end("dropped")
        return True

    def abandon(self, why: str = "stopped") -> None:
        """End whichever goes on, at once; waits for nothing, not even the disk, and raises nothing."""
        found = self._now
        if found is not None:
            self._drop(found, why)
            self._note(why, found)

    def take(self, change: Change) -> None:
        """Remember one change while somebody shows something."""
        found, watch = self._now, self._watch
        if found is None or watch is None:
            return
        now = self._clock.now()
        turned = watch.take(change, now) if now - found.started < LASTS else None
        if turned is None:
            return
        self._unwritten = True
        if turned or self._clock.monotonic() - self._written >= SOON_S:
            self._write()

    async def look(self) -> None:
        """Write what waits and end what has lasted long enough; a full disk is said once and tried again."""
        self._write_end()
        found, now = self._now, self._clock.now()
        if found is None:
            return
        self._write()
        if found.phase == "watching" and now - found.started >= LASTS:
            try:
                found = self._finish(found)
            except Declined:
                found = replace(found, phase="gone")
        elif now - found.started >= LASTS + WAITS:
            self._end("not answered")
            found = replace(found, phase="gone")
        else:
            return
        for tell in self.over:
            await tell(found)

    def erase(self, erasure: Erasure) -> int:
        """Let go of a demonstration that is to be forgotten; return how many went."""
        found = self._now
        if found is None:
            return 0
        origin = found.origin
        since = erasure.since is not None and found.started >= erasure.since
        if not since and not erasure.means(found.said, conversation=origin.conversation, person=origin.person):
            return 0
        self._drop(found, "forgotten")  # and no entry of the log tells of it anew
        self._write_end()
        return 1

    def _check(self, origin: Origin) -> None:
        if origin.taint or origin.skill or origin.routine or origin.asks_only:
            raise Declined("taint")
        role = self._household.role(origin.person) if origin.authenticated else None
        if role is None or role in {"guest", "service"}:
            raise Declined("nobody")
        if role not in ADULTS:
            raise Declined("role")
        if self._household.stopped():
            raise Declined("stopped")

    def _of(self, origin: Origin) -> Demonstration:
        found = self.current(origin)
        if found is None:
            raise Declined("none")
        self._check(origin)
        return found

    def _asking(self, origin: Origin) -> Demonstration:
        found = self._of(origin)
        if found.phase != "asking":
            raise Declined("none")
        return found

    def _mine(self, found: Demonstration, origin: Origin) -> bool:
        return origin.authenticated and origin.person == found.origin.person

    def _write(self) -> None:
        watch = self._watch
        if self._now is None or watch is None or not self._unwritten:
            return
        try:
            self._rows.watched(self._now.id, watch.steps, watch.began())
        except Broken:
            logger.warning("What is being shown cannot be written yet; %d changes wait", len(watch.steps))
            return
        self._unwritten, self._written = False, self._clock.monotonic()

    def _finish(self, found: Demonstration) -> Demonstration:
        watch, person = self._watch, found.origin.person or ""
        if watch is None:
            raise Declined("none")
        began = watch.began()
        after, others = of_hand(watch.steps, began, lambda step: self._hands.of(step, person))
        shown, left = lines(began, after, self._mirror.house())
        if not shown:
            self._end("nothing was seen")
            raise Declined("opens" if any(one.why == "opens" for one in left) else "nothing")
        left += tuple(Left(entity, "others") for entity in others)
        before = {entity: watch.before(entity) for line in shown for entity in line.entities}
        return self._ask(replace(found, phase="asking", lines=shown, left=left, before=before))

    def _ask(self, asking: Demonstration) -> Demonstration:
        self._rows.asks(asking.id, asking.lines, asking.left, asking.before)
        if self._watch is not None:
            self._note("watched", asking)
        self._now, self._watch, self._unwritten = asking, None, False
        return asking

    def _drop(self, found: Demonstration, why: str) -> None:
        self._now, self._watch, self._unwritten = None, None, False
        self._ended = (found.id, self._clock.now(), why)

    def _end(self, what: str) -> None:
        self.abandon(what)
        self._write_end()

    def _write_end(self) -> None:
        if self._ended is None:
            return
        try:
            self._rows.end(*self._ended)
        except Broken:
            logger.warning("It cannot be written yet that a demonstration is over")
            return
        self._ended = None

    def _note(self, what: str, found: Demonstration) -> None:
        payload: dict[str, Json] = {"demonstration": found.id, "what": what}
        if found.lines:
            payload["lines"] = len(found.lines)
        self._household.note("skill", payload, found.origin)

    def _watching(self, steps: Sequence[Step] = (), began: Mapping[str, Snapshot] = NO_DATA) -> Watch:
        return Watch(self._mirror, self._is_machine, steps, began)

    def _is_machine(self, state: State) -> bool:
        return self._hands.is_machine(state.context, state.cause)

    def _read(self) -> None:
        """Take up what a restart interrupted; a row that cannot be read is left to the next beginning."""
        row = self._rows.open()
        if row is None:
            return
        asking = row.state == "asking"
        found = Demonstration(row.id, row.started, row.origin, "asking" if asking else "watching", row.said)
        self._now = replace(found, lines=row.lines, left=row.left, before=row.before)
        self._watch = None if asking else self._watching(row.steps, row.began)
        if self._household.stopped():
            self._end("stopped")  # and the stop came before it could be written
