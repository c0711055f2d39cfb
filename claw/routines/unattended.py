"""Questions of a routine, which asks when nobody is there: put to its person, done at a yes, and never left open.

A yes that comes in time does what was asked once and then the steps after it; a no, silence and a question that was
voided close the row with that as the reason.  The questions themselves outlive a restart (``claw/gate/confirm.py``);
what hangs on them is found again in the history.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from claw.base.action import Action, Message, Pending
from claw.base.errors import ClawError
from claw.gate.perform import Performed
from claw.house.text import plain, quoted
from claw.routines.doing_rooms import Rooms
from claw.routines.model import Done, Run
from claw.routines.rights import OF_RUNS, acting, address, task_of
from claw.routines.spec import Acts
from claw.routines.stepped import Stepped, together
from claw.routines.steps import Steps, Under, actions_of

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.program.ran import Ran

logger = logging.getLogger(__name__)

SILENCE = "nobody answered the question in time, so it was not done"
RESTARTED = "the question does not stand any more since Claw was started anew, and it was not done"
REJECTED = "somebody said no"
_NO = "it was rejected"
"""What the gate says of each act after a no."""
LOST = "somebody said yes; how it ended was told there"
DRIVEN_S = 1800.0
"""How long a skill or program that got its yes may take until its row is closed without its end."""
_TAKEN = frozenset({"approved", "rejected", "void"})
_SLACK_S = 1.0
_MOST_ROWS = 500

GoesOn = Callable[[Under, int, tuple[Stepped, ...]], Awaitable[Done]]
"""Does the steps of a run from this one on, after those that were done."""


@dataclass
class _Open:
    """A question that stands: of which run, what was done before it, and the position of its step."""

    under: Under
    pending: Pending
    before: tuple[Stepped, ...]
    at: int | None
    alarm: "asyncio.Task[None] | None" = field(default=None)


class Unattended:
    """Keeps what hangs on the questions of routines; used from the event loop only.

    ``gate.answered``, ``gate.questions.voided``, the skills' ``runner.ran`` and the planner's ``finished`` tell it.
    """

    def __init__(self, rooms: Rooms, steps: Steps, goes_on: GoesOn) -> None:
        self._rooms = rooms
        self._steps = steps
        self._goes_on = goes_on
        self._open: dict[str, _Open] = {}
        self._driven: dict[str, _Open] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, under: Under, before: tuple[Stepped, ...], asked: Stepped, at: int | None) -> Done:
        """Take a question of a run, tell its person of it, and return how the run stands."""
        pending = asked.pending
        assert pending is not None  # noqa: S101  the one caller looked
        self._take(_Open(under, pending, before, at), pending.terms.within_s)
        text = (
            f"{quoted(under.routine.spec.name, 60)} asks, as a routine: {plain(pending.question, 1200)} It is done only"
            f" if somebody who may says yes within {_span(pending.terms.within_s)}."
        )
        for to in self._whom(under, pending):
            self._rooms.tell(Message(to, text, "question", "high"))
        return together([*before, replace(asked, reason=f"asks: {plain(pending.question, 300)}")])

    def answered(self, pending: Pending, performed: Performed) -> None:
        """Take what came of a question that somebody answered (``gate.answered``)."""
        one = self._open.pop(pending.id, None) or (self._driven.pop(pending.run, None) if pending.run else None)
        if one is None:
            return
        self._quiet(one)
        if performed.run is not None:
            self._driven[pending.run] = one  # whoever answered drives it on
            one.alarm = self._begin(lambda: self._lost(pending.run), DRIVEN_S)
            return
        if performed.outcomes and all(outcome.detail == _NO for outcome in performed.outcomes):
            self._close(one, Done("skipped", REJECTED), tell=not self._may_answer(one))
            return
        self._came(one, self._steps.came(performed.outcomes, one.under.routine.language))

    def voided(self, pending: Pending, why: str) -> None:
        """Take that a question went away unanswered (``gate.questions.voided``)."""
        one = self._open.pop(pending.id, None) or (self._driven.pop(pending.run, None) if pending.run else None)
        if one is not None:
            self._quiet(one)
            self._close(one, Done("refused", f"what was asked does not stand any more: {plain(why, 300)}"))

    def ran(self, ran: "Ran", unheld: Sequence[str] = ()) -> None:
        """Take how a skill or program ended; those that asked nothing for a routine are left."""
        one = self._driven.pop(ran.id, None)
        if one is not None:
            self._quiet(one)
            self._came(one, self._steps.ran(ran, one.under.routine.language, unheld))

    def settle(self) -> None:
        """Take up the questions of earlier runs that still stand, and close the rows of those that do not."""
        rows, now = self._rooms.rows, self._rooms.clock.now()
        asked = [run for run in rows.runs(limit=_MOST_ROWS) if run.status == "asked"]
        waiting = {one.under.run.id for one in (*self._open.values(), *self._driven.values())}
        for pending in tuple(self._rooms.gate.questions.standing.values()):
            run, routine = _of(pending, asked), rows.get(pending.origin.routine)
            if run is not None and routine is not None and pending.id not in self._open:
                waiting.add(run.id)
                at = _position(tuple(routine.spec.do), pending.actions)
                under = Under(routine, run, acting(routine, run))
                self._take(_Open(under, pending, (), at), (pending.expires - now).total_seconds())
        gone = [run for run in asked if run.id not in waiting]
        if gone:
            self._begin(lambda: self._gone(gone))

    async def _gone(self, runs: Sequence[Run]) -> None:
        """Close the rows of questions that stand no more: somebody may have said yes just before Claw ended."""
        for run in runs:
            done = await self._rooms.left(run)
            acted = done is not None and done.outcomes
            self._rooms.rows.close(run, done if done is not None and acted else Done("refused", RESTARTED))
        self._rooms.told()

    async def close(self) -> None:
        """End waiting; the questions stay where they are kept."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, one: _Open, seconds: float) -> None:
        self._open[one.pending.id] = one
        self._rooms.rights.began(one.under.routine.id)
        one.alarm = self._begin(lambda: self._lapsed(one), max(0.0, seconds) + _SLACK_S)

    async def _lapsed(self, one: _Open) -> None:
        # What somebody took is being done at this moment, and told when it is done.
        taken = self._rooms.gate.questions.stood(one.pending.id) in _TAKEN
        if not taken and self._open.pop(one.pending.id, None) is not None:
            self._close(one, Done("refused", SILENCE))

    async def _lost(self, run: str) -> None:
        one = self._driven.pop(run, None)
        if one is not None:
            self._close(one, Done("unknown", LOST))

    def _came(self, one: _Open, stepped: Stepped) -> None:
        spec = self._rooms.things.spec(one.under.routine)
        before = (*one.before, stepped)
        if one.at is None or not stepped.goes_on or one.at + 1 >= len(spec.do):
            left = len(spec.do) - one.at - 1 if one.at is not None else 0
            self._close(one, together(before, left))
            return
        at = one.at + 1
        self._begin(lambda: self._rest(one, at, before))

    async def _rest(self, one: _Open, at: int, before: tuple[Stepped, ...]) -> None:
        self._close(one, await self._goes_on(one.under, at, before))  # what asks once more counts by itself

    def _close(self, one: _Open, done: Done, *, tell: bool = False) -> None:
        self._rooms.rights.ended(one.under.routine.id)
        try:
            self._rooms.rows.close(replace(one.under.run, status="asked"), done, tell=tell)
        except ClawError:  # whoever said yes hears what was done all the same; the next start settles the row
            logger.exception("What came of a question of the routine %s cannot be kept", one.under.routine.id)
        self._rooms.told()

    def _begin(self, work: Callable[[], Awaitable[None]], after: float = 0.0) -> "asyncio.Task[None]":
        async def on() -> None:
            if after:
                await self._rooms.timer.sleep(after)
            try:
                await work()
            except ClawError:
                logger.exception("What hangs on a question of a routine cannot go on")

        task = asyncio.get_running_loop().create_task(on(), name="question of a routine")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @staticmethod
    def _quiet(one: _Open) -> None:
        if one.alarm is not None and one.alarm is not asyncio.current_task():
            one.alarm.cancel()
        one.alarm = None

    def _whom(self, under: Under, pending: Pending) -> Sequence[str]:
        """Return where the question is told: to the routine's person, and to who may answer where they may not."""
        mine = address(under.routine)
        if self._may(under, pending):
            return (mine,)
        return tuple(dict.fromkeys((mine, *self._rooms.rights.people_of(pending.terms.roles))))

    def _may_answer(self, one: _Open) -> bool:
        return self._may(one.under, one.pending)

    def _may(self, under: Under, pending: Pending) -> bool:
        role = self._rooms.gate.questions.role(under.origin.person) if under.origin.authenticated else None
        return role is not None and (not pending.terms.roles or role in pending.terms.roles)


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"  # noqa: PLR2004  two minutes


def _of(pending: Pending, asked: Sequence[Run]) -> Run | None:
    """Return which of these runs, the latest first, a question is of; a skill or program names its routine alone."""
    origin = pending.origin
    mine = [run for run in asked if run.routine == origin.routine]
    if origin.task.startswith(OF_RUNS):
        return next((run for run in mine if task_of(run) == origin.task), None)
    return next((run for run in mine if (run.began or run.firing.due) <= pending.created), None)


def _position(steps: Sequence[object], actions: Sequence[Action]) -> int | None:
    """Return which step asked for these actions, None where that cannot be told from what they are."""
    wanted = [(one.name, entity) for one in actions for entity in one.entities or ("",)]
    for at, step in enumerate(steps):
        if isinstance(step, Acts):
            found = [(one.name, entity) for one in actions_of(step.actions) for entity in one.entities or ("",)]
            if sorted(found) == sorted(wanted):
                return at
    return None
