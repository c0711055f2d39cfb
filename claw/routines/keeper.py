"""Has everything run when it is due, once, and lets nothing pass in silence.

One loop sleeps to the earliest moment at which anything is due; events come in by ``fire``.  Each firing becomes a row
before anything else happens with it, and each row is closed with what came of it, also where that is only why nothing
was done.  What the words for missed, overlap, held and the others mean is written in ``docs/routines.md``.
"""

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol
from uuid import uuid4

from claw.base.action import Origin
from claw.base.clock import within
from claw.base.errors import ClawError, Refused
from claw.base.supervised import Supervised
from claw.routines.agenda import SURE, Agenda, Due, by_clock, once
from claw.routines.book import Book
from claw.routines.firings import Around, Firings
from claw.routines.missed import ON_TIME, Reasons, how_late, needs_house, patience
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.under_way import Does, UnderWay

logger = logging.getLogger(__name__)

LOOK_S = 60.0
"""The loop looks at the clock so often at least while anything is due by it: somebody may have set it."""
HOUSE_S = 2.0
"""The same while something waits for the house."""
SET_S = 5.0
"""By more than that between two looks the clock was set; less is a correction."""
SLICE = 20
"""Moments of one routine that are looked at in one go: what was missed in a year is counted in pieces."""
LOOKS = 20
"""Looks at routines one after the other before the clock and the house are looked at again."""
MOST_EVENTS = 2000
"""Firings by events that wait to be taken; more are skipped."""
_DAY = timedelta(days=1)


class Settles(Protocol):
    """Who says what became of a run that an earlier daemon left (``claw/routines/settle.py``)."""

    async def of(self, run: Run) -> Done | None:
        """Return what came of it; None where nothing of it had been begun."""
        ...


class Keeper:
    """Keeps all routines of one book; used from the event loop only."""

    def __init__(self, book: Book, does: Does, settles: Settles, around: Around) -> None:
        self._book = book
        self._settles = settles
        self._around = around
        self._clock = around.clock
        self.agenda = Agenda(book, around.place)
        self._under_way = UnderWay(book, does, (around.clock, around.timer), around.held, self._ended)
        self._looks: list[tuple[datetime, str]] = []
        self._queued: set[tuple[datetime, str]] = set()
        self._at: dict[str, datetime] = {}
        self._parked: set[str] = set()
        self._left: set[str] = set()
        self._fresh: set[str] = set()
        self._events: deque[Firing] = deque()
        self._woken = asyncio.Event()
        self.kept = Supervised("routines", self._keep, around.clock, around.timer)
        self._settling: asyncio.Task[None] | None = None
        self._offset = self._looked = 0.0
        self._reasons = Reasons(self._clock.now())
        self._firings = Firings(book, self.agenda, self._under_way, around, self._reasons)
        self._place = around.place()
        self._tidied = self._clock.now()

    def start(self) -> None:
        """Settle what an earlier daemon left, and begin: needs a running event loop."""
        now = self._clock.now()
        self._reasons.start(now)
        self._tidied = now
        self._looked = self._clock.monotonic()
        self._offset = now.timestamp() - self._looked
        left = self._book.unfinished()
        self._left = {run.routine for run in left}
        for routine in self._book.all():
            ahead = (self._book.accounted(routine.id) - now).total_seconds()
            if ahead > 0:  # the clock was set back while Claw did not run
                self.agenda.set_back(routine, now, ahead)
            self._look_at(routine.id, now)
        self._book.changed.append(self._changed)
        self.kept.start()
        self._settling = asyncio.get_running_loop().create_task(self._settle(left), name="routines of an earlier run")

    async def close(self) -> None:
        """End; what is under way stays open in the book and is settled at the next start."""
        if self._changed in self._book.changed:
            self._book.changed.remove(self._changed)
        await self.kept.close()
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)
        await self._under_way.close()
        self._book.flush()

    def wake(self) -> None:
        """Look around now: the stop or a pause began or ended, the house came or went, the time zone is another."""
        self._look_at_parked(self._clock.now())
        self._woken.set()
        self._around.told()  # what could not be told while Claw was stopped may be told now

    def fire(self, firing: Firing) -> None:
        """Take one firing that an event set off; returns at once and never raises."""
        routine = self._book.standing(firing.routine)
        if routine is not None and routine.safety:
            self._events.appendleft(firing)
        elif len(self._events) < MOST_EVENTS:
            self._events.append(firing)
        elif routine is not None:
            self._guarded(firing.routine, lambda: self._firings.note(firing, "skipped", "too much happened at once"))
        self._woken.set()

    async def run_now(self, routine: str, asked_by: Origin) -> Run:
        """Have a routine run once because a person says so, and return its row when it ended.

        Quiet hours, skips, a cool-down and a pause of this routine do not hold it; the stop and a pause of Claw do.
        Raises Refused where there is no such routine, it waits for a yes or is suspended, or so many wait already.
        """
        found = self._book.get(routine)
        if found is None or found.state in {"waiting", "suspended", "removed"}:
            raise Refused(f"there is no routine {routine}" if found is None else f"{routine} is {found.state}")
        firing = Firing(routine, 0, self._clock.now(), f"asked {uuid4().hex}", "somebody asked for it", None, asked_by)
        if why := self._around.held(found.safety):
            raise Refused(why)
        job = self._under_way.start(found, firing)
        if job is None:
            raise Refused(f"too many runs of {routine} wait already")
        return await asyncio.shield(job.closed)

    def upcoming(self, routine: str, most: int = 3) -> tuple[datetime, ...]:
        """Return the next firings by the clock (UTC): none that is skipped, in its quiet hours or after its end."""
        found = self._book.get(routine)
        if found is None or found.state in {"over", "removed"}:
            return ()
        end, moments = self.agenda.end(found), list[datetime]()
        left = most if found.spec.max_runs is None else min(most, found.spec.max_runs - found.runs)
        after = max(self._clock.now(), self._book.accounted(routine)) if found.fires else self._clock.now()
        for due in islice(self.agenda.dues(found, after), 200 * SLICE):
            if len(moments) >= left or (end is not None and due.moment >= end):
                break
            if not self.agenda.skips(found, due.moment) and not self.agenda.quiet(found, due.moment):
                moments.append(due.moment)
        return tuple(moments)

    def under_way(self) -> tuple[Run, ...]:
        """Return the runs that go on now, or wait for their turn."""
        return self._under_way.runs()

    # The loop.

    async def _keep(self) -> None:
        while True:
            self._woken.clear()
            self._notice()
            if abs(self._clock.now() - self._tidied) >= _DAY:
                await self._tidy()
            while self._events:
                firing = self._events.popleft()
                async with self._under_way.disk:
                    self._guarded(firing.routine, lambda firing=firing: self._firings.happened(firing))
            looks = 0
            while looks < LOOKS and self._looks and self._looks[0][0] <= self._clock.now():
                looks += 1
                moment, name = heapq.heappop(self._looks)
                self._queued.discard((moment, name))
                if self._at.get(name) == moment:
                    async with self._under_way.disk:
                        self._guarded(name, lambda name=name: self._look(name))
                if self._events:
                    break
            self._looked = self._clock.monotonic()
            self._guarded("", self._book.flush)
            if not self._events and looks < LOOKS:
                await within(self._around.timer, self._pause(), self._woken.wait())
            else:
                await self._around.timer.sleep(0)  # a long list keeps nobody else from their turn

    async def _tidy(self) -> None:
        self._tidied = self._clock.now()
        try:
            for _ in self._book.tidying():
                await self._around.timer.sleep(0)
        except Exception:  # what cannot be let go of must not keep what is due from running
            logger.exception("Old rows of the history of routines cannot be let go of")

    def _pause(self) -> float:
        """Return for how many seconds the loop has nothing to do."""
        if not self._looks:
            return _DAY.total_seconds()
        longest = HOUSE_S if self._parked else LOOK_S
        return min(longest, (self._looks[0][0] - self._clock.now()).total_seconds())

    def _guarded(self, name: str, do: Callable[[], object]) -> None:
        """Do something for one routine; what goes wrong there neither ends the loop nor is lost: it is tried again."""
        try:
            do()
        except ClawError as error:
            logger.error("The routine %s could not be looked at: %s", name, error)  # noqa: TRY400  a disk, no bug
        except Exception:  # one routine, or a bug in here, must not keep the others from running
            logger.exception("The routine %s could not be looked at", name)
        else:
            return
        if self._book.standing(name) is not None:
            self._look_at(name, self._clock.now() + timedelta(seconds=LOOK_S))

    def _notice(self) -> None:
        """See whether somebody set the clock, the house came or went, or it stands elsewhere."""
        now = self._clock.now()
        offset = now.timestamp() - self._clock.monotonic()
        moved, self._offset = offset - self._offset, offset
        if abs(moved) > SET_S:
            logger.warning("The clock was set by %+.0f s", moved)
            self._set_clock(now, moved, self._clock.monotonic() - self._looked)
        ready, place = self._around.house_ready(), self._around.place()
        self._reasons.house(now, ready=ready)
        if ready:
            self._look_at_parked(now)
        if place != self._place or abs(moved) > SET_S:
            self._place = place
            for routine in self._book.all():
                self._look_at(routine.id, now)
        self._fresh.clear()

    def _set_clock(self, now: datetime, moved: float, unseen: float) -> None:
        """Take it that somebody set the clock, within the last ``unseen`` seconds."""
        if moved > 0:
            self._reasons.set_forward(now - timedelta(seconds=moved), now)
            return
        self._reasons.set_back(now)
        since = min(now, now - timedelta(seconds=unseen) + SURE)  # what was due meanwhile has not been yet
        for routine in self._book.all():
            if routine.id not in self._fresh:  # those were made by the clock as it is now
                self._guarded(routine.id, lambda routine=routine: self.agenda.set_back(routine, since, -moved))

    def _changed(self, name: str) -> None:
        self._fresh.add(name)
        routine = self._book.standing(name)
        if routine is None or not routine.fires:
            self._at.pop(name, None)
            self._parked.discard(name)
            return
        self._look_at(name, self._clock.now())
        self._woken.set()

    def _look_at_parked(self, now: datetime) -> None:
        """Look at what waits for the house; a look that is due keeps its place, or more would come than go."""
        for name in tuple(self._parked):
            due = self._at.get(name)
            if due is None or due > now:
                self._look_at(name, now)

    def _look_at(self, name: str, moment: datetime | None) -> None:
        if moment is None:
            self._at.pop(name, None)
            return
        self._at[name] = moment
        if (moment, name) not in self._queued:  # an event a second must not leave a look each
            self._queued.add((moment, name))
            heapq.heappush(self._looks, (moment, name))

    # What is due by the clock.

    def _look(self, name: str) -> None:
        """Account for what is due of one routine by now, and see when to look again."""
        self._parked.discard(name)
        routine, now = self._book.standing(name), self._clock.now()
        if routine is None or not routine.fires or self._firings.over(routine, now):
            self._look_at(name, None)
            return
        try:
            passed, ahead = self._dues(routine, now)
        except ValueError as error:
            self._book.change(name, state="suspended", why=str(error))
            return
        waits = self._firings.account(routine, passed, now, more=ahead is not None and ahead <= now)
        if waits is not None:
            self._parked.add(name)
            ahead = ahead if ahead is not None and ahead > now else None  # what is due already waits as well
        goes_on = waits is not None or name in self._left or self._under_way.count(name) > 0
        if ahead is None and once(routine) and not goes_on:
            self._book.change(name, state="over", why="its time has come")
            return
        nothing = now + _DAY if ahead is None and by_clock(routine) else None  # no sunrise here, just now
        moments = (ahead, waits, nothing, self.agenda.end(routine))
        then = min((each for each in moments if each is not None), default=None)
        # One that has much to account for takes its turn behind all others, which may have something to do by now.
        self._look_at(name, None if then is None else max(then, now))

    def _dues(self, routine: Routine, now: datetime) -> tuple[list[Due], datetime | None]:
        """Return what is due by now and has no row yet, not all of it at once, and when the next after that is."""
        passed: list[Due] = []
        for due in self.agenda.dues(routine, self._book.accounted(routine.id)):
            if due.moment > now or len(passed) == SLICE:
                return passed, due.moment
            passed.append(due)
        return passed, None

    def _ended(self, name: str) -> None:
        """Hear that a run was closed: its routine may have come to its end with it."""
        self._around.told()
        if self._book.standing(name) is not None:
            self._look_at(name, self._clock.now())
            self._woken.set()

    # What an earlier daemon left.

    async def _settle(self, left: Sequence[Run]) -> None:
        for run in left:
            try:
                done = await self._settles.of(run)
            except ClawError as error:
                done = Done("unknown", f"Claw ended in the middle of it, and {error}")
            except Exception:  # a bug in here must not leave the others open
                logger.exception("What became of a run of %s could not be found out", run.routine)
                done = Done("unknown", "Claw ended in the middle of it")
            if done is None:
                await self._house_for(run)
                done = self._again(run)
            if done is not None:
                self._guarded(run.routine, lambda run=run, done=done: self._book.close(run, done))
        for name in self._left:
            self._ended(name)
        self._left = set()

    async def _house_for(self, run: Run) -> None:
        """Wait for the house as long as it would still be in time for a run that was not begun."""
        routine = self._book.standing(run.routine)
        while routine is not None and needs_house(routine) and not self._around.house_ready():
            if self._clock.now() - run.firing.due > patience(routine.spec):
                return
            await self._around.timer.sleep(HOUSE_S)

    def _again(self, run: Run) -> Done | None:
        """Carry out a run that was claimed and never begun, where it is in time; else return what came of it."""
        routine, lateness = self._book.standing(run.routine), self._clock.now() - run.firing.due
        if routine is None or not routine.fires or run.firing.asked_by is not None:
            return Done("missed", "Claw ended before it began")
        if why := self._around.held(routine.safety):
            return Done("held", why)
        if lateness > patience(routine.spec):
            return Done("missed", "Claw ended before it began")
        self._under_way.again(run, f"{how_late(lateness)} (Claw was not running)" if lateness > ON_TIME else "")
        return None
