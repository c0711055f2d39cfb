"""Routines as the rooms above ask for them: whatever is said, typed or clicked about one comes through here.

What changes one is an act, judged, logged and stopped like a lamp; what only reads one asks who may know.  Talk, the
page and the command line get the same sentences from here, and refusals are sentences too.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from claw.base.action import Action, Json, Origin
from claw.base.clock import Clock, Timer, within
from claw.base.errors import ClawError, Refused
from claw.gate.perform import Performed
from claw.house.mirror import Mirror
from claw.memory.model import folded
from claw.routines import telling
from claw.routines.acts import ADOPT, CHANGE, PAUSE, REMOVE, RESUME, RUN, SCHEDULE, SKIP
from claw.routines.checking import sentence
from claw.routines.deeds import Roles
from claw.routines.effector import RoutineEffector
from claw.routines.making import Making, Shelf, written
from claw.routines.model import Done, Routine, Run
from claw.routines.place import place_of
from claw.routines.spec import Spec
from claw.routines.whose import Asker, asks_unseen, owned, private, sees, shown

WAIT_S = 10.0
"""How long somebody who has a routine run by hand waits for what comes of it; it goes on all the same."""
MOST_RUNS = 500
_FILLERS = frozenset({"the", "my", "our", "a", "an", "routine", "timer", "reminder"})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking for something: one sentence, and the routine as it stands where it was done.

    ``performed`` holds the question that somebody must answer first, or the outcome that says why not; where nothing
    came to the gate because it was found wrong before, it is empty and ``routine`` is None.  ``warnings`` are
    sentences about what would not work as things are now.  ``run`` is what came of one that was asked for by hand,
    where it ended in time.
    """

    text: str
    performed: Performed
    routine: Routine | None = None
    warnings: tuple[str, ...] = ()
    run: Run | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.routine is not None


class Door(Protocol):
    """The one door, as far as routines need it."""

    async def perform(self, actions: Sequence[Action], origin: Origin, *, said: str = "") -> Performed:
        """Do ``actions`` for ``origin``; ``said`` is the sentence that led to them, for the log."""
        ...


class Rows(Shelf, Protocol):
    """Where routines and their history are kept (``claw/routines/book.py``)."""

    def removed(self) -> Sequence[Routine]:
        """Return those that were removed and whose history is still kept."""
        ...

    def runs(self, routine: str | None = None, *, limit: int = 50, before: datetime | None = None) -> Sequence[Run]:
        """Return the rows due before ``before``, latest first."""
        ...


class Upcoming(Protocol):
    """Who knows what is due next (``claw/routines/keeper.py``)."""

    def upcoming(self, routine: str, most: int = 3) -> tuple[datetime, ...]:
        """Return the next firings by the clock (UTC) that are neither skipped nor after its end."""
        ...


class Dry(Protocol):
    """Who says what a routine would do (``claw/routines/doing.py``)."""

    async def dry(self, routine: Routine) -> Done:
        """Return what a run would do now and what would be refused; nothing is done or asked."""
        ...

    async def rehearse(self, spec: Spec, origin: Origin) -> Done:
        """Return the same for a routine that is not made yet, as ``origin``'s."""
        ...


@dataclass(frozen=True)
class Rooms:
    """What routines are read from and changed by; ``role`` gives the role that somebody has at this moment."""

    gate: Door
    effector: RoutineEffector
    making: Making
    book: Rows
    keeper: Upcoming
    doing: Dry
    mirror: Mirror
    role: Roles
    clock: Clock
    timer: Timer


class Routines:
    """What talk, the page, the command line and programs call."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def get(self, routine: str, origin: Origin) -> Routine | None:
        """Return the routine with this id as ``origin`` may see it, None where there is none for them."""
        found, asker = self._in.book.get(routine), self._asker(origin)
        return shown(found, asker) if found is not None and sees(found, asker) else None

    def list(self, origin: Origin, *, over: bool = False) -> tuple[Routine, ...]:
        """Return the routines that ``origin`` may know of, oldest first; ``over``: also those that are over or removed.

        What is nobody else's business (a reminder that somebody else made for themselves) has no words in it.
        """
        asker = self._asker(origin)
        found = [one for one in self._in.book.all() if over or one.state != "over"]
        if over:
            found = sorted([*found, *self._in.book.removed()], key=lambda one: one.created)
        return tuple(shown(one, asker) for one in found if sees(one, asker))

    def named(self, words: str, origin: Origin) -> tuple[Routine, ...]:
        """Return those that ``words`` mean, by id or by name; more than one where they fit several, best first."""
        by_id = self.get(words.strip(), origin)
        if by_id is not None and by_id.state != "removed":
            return (by_id,)
        found, wanted = self.list(origin), _words(words)
        exact = tuple(one for one in found if wanted and _words(one.spec.name) == wanted)
        return exact or tuple(one for one in found if wanted and wanted <= _words(one.spec.name))

    def own(self, routine: Routine, origin: Origin) -> bool:
        """Return whether it is ``origin``'s own: made or adopted by them, or made in their room by nobody known."""
        return owned(routine, self._asker(origin))

    def next(self, routine: Routine, most: int = 3) -> tuple[datetime, ...]:
        """Return the next firings by the clock (UTC) but those that are skipped; none where only events set it off."""
        return self._in.keeper.upcoming(routine.id, most)

    def history(
        self, origin: Origin, routine: str | None = None, *, limit: int = 50, before: datetime | None = None
    ) -> tuple[Run, ...]:
        """Return what came of the last firings of those ``origin`` may know of, latest first."""
        asker, found = self._asker(origin), list[Run]()
        limit = min(max(limit, 0), MOST_RUNS)
        for run in self._rows(routine, asker, before):
            of = self._in.book.get(run.routine)
            if of is not None and sees(of, asker) and len(found) < limit:
                theirs = not owned(of, asker) and (private(of) or asks_unseen(of, asker))
                found.append(_wordless(run) if theirs else run)
        return tuple(found)

    def _rows(self, routine: str | None, asker: Asker, before: datetime | None) -> Sequence[Run]:
        """Return rows of the history that ``asker`` may know of, and maybe others, latest first."""
        book = self._in.book
        if routine is not None or asker.grown_up:
            return book.runs(routine, limit=MOST_RUNS, before=before)
        # Of others' rows there may be any number before the first of their own.
        own = [one.id for one in (*book.all(), *book.removed()) if sees(one, asker)]
        rows = [run for ident in own for run in book.runs(ident, limit=MOST_RUNS, before=before)]
        return sorted(rows, key=lambda run: (run.firing.due, run.id), reverse=True)

    async def check(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        """Return what stands in the way of ``spec`` as ``origin``'s, a sentence each; nothing where it may be made."""
        return self._in.making.check(spec, origin)

    async def add(self, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        """Have a routine made for ``origin``; ``said`` is the sentence that led to it, for the log."""
        return await self._put(SCHEDULE, spec, origin, said)

    async def change(self, routine: str, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        """Put ``spec`` in the place of what the routine is now; who makes it anew is ``origin``."""
        return await self._put(CHANGE, spec, origin, said, routine)

    async def pause(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Let it rest until somebody resumes it."""
        return await self._ask(PAUSE, {"routine": routine}, origin, said)

    async def resume(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Let it fire again."""
        return await self._ask(RESUME, {"routine": routine}, origin, said)

    async def skip(self, routine: str, origin: Origin, *, days: Sequence[date] = (), said: str = "") -> Told:
        """Let it not fire on these local days; on the day of its next firing where none is named."""
        if not days:
            found = self.get(routine, origin)
            coming = self.next(found, 1) if found is not None else ()
            if not coming:
                return _no("It is not due at any time that could be skipped." if found else telling.UNKNOWN)
            days = (place_of(self._in.mirror.registry).wall(coming[0]).date(),)
        wanted = ",".join(day.isoformat() for day in days)
        return await self._ask(SKIP, {"routine": routine, "days": wanted}, origin, said)

    async def remove(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Take it away; its history stays."""
        return await self._ask(REMOVE, {"routine": routine}, origin, said)

    async def adopt(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Make it ``origin``'s own: it acts for them from now on, does not expire and waits for nobody's yes."""
        return await self._ask(ADOPT, {"routine": routine}, origin, said)

    async def run(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Have it run now, once, whatever its triggers say; its row in the history names who asked.

        What came of it is told where it ended within ten seconds; raises nothing where it failed.
        """
        told = await self._ask(RUN, {"routine": routine}, origin, said)
        outcomes = told.performed.outcomes
        task = self._in.effector.under_way(outcomes[0].audit if outcomes else None)
        if task is None or told.routine is None:
            return told
        try:
            if not await within(self._in.timer, WAIT_S, asyncio.shield(task)):
                return replace(told, text=telling.begun(told.routine))
            run = task.result()
        except ClawError as error:
            return replace(told, text=sentence(str(error)), routine=None)
        return replace(told, text=telling.ran(told.routine, run), run=run)

    async def dry_run(self, routine: str | Spec, origin: Origin) -> Done:
        """Return what it would do now, and do nothing; raises Refused where there is no such routine for ``origin``."""
        if isinstance(routine, Spec):
            if problems := self._in.making.check(routine, origin):
                raise Refused(" ".join(problems))
            return await self._in.doing.rehearse(routine, origin)
        found, asker = self._in.book.get(routine), self._asker(origin)
        if found is None or found.state == "removed" or not sees(found, asker):
            raise Refused(telling.UNKNOWN)
        if not owned(found, asker) and (private(found) or asks_unseen(found, asker)):
            raise Refused("what it would say is for somebody else")
        return await self._in.doing.dry(found)

    def _asker(self, origin: Origin) -> Asker:
        return Asker(origin, self._in.role(origin.person) if origin.authenticated else None)

    async def _put(self, action: str, spec: Spec, origin: Origin, said: str, routine: str = "") -> Told:
        """Have a new routine made, or another in the place of ``routine``, once it is looked at."""
        problems = self._in.making.check(spec, origin, besides=routine)
        if problems:
            return _no(" ".join(problems))
        warnings = self._in.making.warnings(spec, origin)
        data = {"spec": written(spec)} | ({"routine": routine} if routine else {})
        told = await self._ask(action, data, origin, said)
        if told.routine is None:
            return replace(told, warnings=warnings)
        text = " ".join((self._back(told.routine), *warnings))
        return replace(told, text=text, warnings=warnings)

    async def _ask(self, name: str, data: dict[str, Json], origin: Origin, said: str) -> Told:
        performed = await self._in.gate.perform((Action(name, (), data),), origin, said=said)
        if performed.pending is not None:
            return Told(performed.pending.question, performed)
        outcome = performed.outcomes[0] if performed.outcomes else None
        routine = self._in.effector.take(outcome.audit) if outcome is not None else None
        if routine is None:
            return Told(sentence(outcome.detail if outcome is not None else ""), performed)
        now, registry = self._in.clock.now(), self._in.mirror.registry
        seen = shown(routine, self._asker(origin))  # all that is said of it from here on
        if name == ADOPT and not owned(routine, self._asker(origin)):
            return Told(telling.RELEASED, performed, seen)
        return Told(telling.done(name, seen, now, registry), performed, seen)

    def _back(self, routine: Routine) -> str:
        now = self._in.clock.now()
        return telling.back(routine, self.next(routine), now, self._in.mirror.house())


def _no(why: str) -> Told:
    return Told(why, Performed())


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(text).split()) - _FILLERS


def _wordless(run: Run) -> Run:
    """Return a row as somebody may see it whom the routine's words do not concern."""
    return replace(run, reason="", firing=replace(run.firing, cause="", asked_by=None))
