"""One run of a routine: its steps in order, through the one door, and the truth about what came of them.

Nothing here decides what may be done: the gate does, and asks for whom the routine acts.  What ran dry is judged and
rehearsed and moves nothing.  After a step that was refused or did not work the steps behind it are left undone.
"""

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from claw.base.action import Origin, Outcome
from claw.base.tracing import UNTRACED, Begins
from claw.routines.doing_rooms import Answers, Capped, Minds, Rooms, Rows
from claw.routines.dry import Dry
from claw.routines.landing import Landing
from claw.routines.model import Done, Routine, Run
from claw.routines.rights import acting
from claw.routines.spec import Spec
from claw.routines.stepped import Stepped, together
from claw.routines.steps import Steps, Under
from claw.routines.unattended import Unattended

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.skills.ran import SkillRan
    from claw.skills.traces import Done as Thought

__all__ = ["Answers", "Capped", "Doing", "Minds", "Rooms", "Rows"]

REPLACED = "it was due again before it was done, and began anew"
PROPOSED = "proposed"
"""The id of a routine that is not made yet, while it runs dry."""


class Doing:
    """Carries runs out; one for the whole daemon.

    It takes its place at the gate itself.  ``runner.ran.append(doing.skill_ran)``, ``planner.finished.append(
    doing.thought)``, ``follower.ended.append(doing.landed)`` and ``hands.by_request = rights.by_request`` are what it
    needs besides.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._steps = Steps(rooms)
        self._dry = Dry(rooms)
        self._unattended = Unattended(rooms, self._steps, self._on)
        self._landing = Landing(rooms.rows, rooms.judge.mirror)
        self._cancelled: set[int] = set()
        self.tracing: Begins = UNTRACED
        rooms.gate.answered.append(self._unattended.answered)
        rooms.gate.questions.voided.append(self._unattended.voided)

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it; raises Broken only where the log cannot be written."""
        rooms = self._rooms
        rooms.rights.look((routine,))
        routine = rooms.rows.get(routine.id) or routine
        with self.tracing.trace("routine") as firing:
            done = await self._carried(routine, run)
            firing.note(status=done.status, acts=len(done.outcomes))
            return done

    async def _carried(self, routine: Routine, run: Run) -> Done:
        rooms = self._rooms
        with rooms.rights.by_hand(routine.id) if run.firing.asked_by is not None else nullcontext():
            why = rooms.rights.why_not(routine)
            if why:
                return Done("refused", why)
            rooms.rights.began(routine.id)
            try:
                return self._landing.over(run, await self._do(routine, run), routine.language)
            finally:
                rooms.rights.ended(routine.id)
                self._cancelled.discard(run.id)

    def cancel(self, run: Run) -> None:
        """End a run that is under way: what is not begun is not begun."""
        self._cancelled.add(run.id)

    async def dry(self, routine: Routine) -> Done:
        """Return what a run would do now (``would``) and what would be refused; nothing is done or asked."""
        unmet = self._rooms.conditions.unmet(routine)
        done = await self._dry.run(routine)
        return replace(done, reason=f"it would not run now: {unmet}") if unmet else done

    async def rehearse(self, spec: Spec, origin: Origin) -> Done:
        """Return the same for a routine that is not made yet, as ``origin``'s."""
        maker = replace(origin, conversation="", routine="", skill="", task="")
        created = self._rooms.clock.now()
        return await self._dry.run(Routine(PROPOSED, spec, maker, created, language=origin.language or "en"))

    def settle(self) -> None:
        """Take up the questions of earlier runs that still stand, and close the rows of those that do not."""
        self._unattended.settle()

    async def skill_ran(self, found: "SkillRan") -> None:
        """Take how a skill ended that may have waited for a yes (``Runner.ran``)."""
        self._unattended.ran(found.ran, found.unheld)

    def landed(self, final: Outcome, origin: Origin) -> None:
        """Take how an act ended that was still on its way (``follower.ended``)."""
        self._landing.ended(final, origin)

    def thought(self, found: "Thought") -> None:
        """Take how a program ended that may have waited for a yes (``Planner.finished``)."""
        self._unattended.ran(found.ran)

    async def close(self) -> None:
        """End everything that is on its way."""
        await self._unattended.close()

    async def _do(self, routine: Routine, run: Run) -> Done:
        unmet = "" if run.firing.asked_by is not None else self._rooms.conditions.unmet(routine)
        if unmet:
            return Done("skipped", unmet)
        if routine.state == "shadow":
            return await self._dry.trial(routine)
        return await self._on(Under(routine, run, acting(routine, run)), 0, ())

    async def _on(self, under: Under, start: int, before: tuple[Stepped, ...]) -> Done:
        """Do the steps from ``start`` on, after those that were done."""
        steps, found = self._rooms.things.spec(under.routine).do, list(before)
        for at, step in enumerate(steps[start:], start):
            if under.run.id in self._cancelled:
                return Done("replaced", REPLACED, together(found).outcomes)
            stepped = await self._steps.do(step, under)
            if stepped.pending is not None:
                return self._unattended.ask(under, tuple(found), stepped, at)
            found.append(stepped)
            if not stepped.goes_on:
                return together(found, len(steps) - at - 1)
        return together(found)
