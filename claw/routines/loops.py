"""The loop guard: a routine that is set off by its own effect stops, is paused, and its person hears why.

Two routines that answer each other would run all night, and each run looks like a wish.  Who moved a thing is told
by the house with the context of the change; what routines did lately is remembered here by that context, so a firing
is followed back from what set it off to what set that off.  Where a device answers in no context of ours, the thing
itself says it: what fires again and again on what it has just moved itself is taken for a loop, too.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Origin, Outcome
from claw.base.clock import Clock, Timer
from claw.gate.follow import Follower
from claw.house.chronicle import Chronicle
from claw.routines.keeper import Does
from claw.routines.model import Done, Routine, Run
from claw.routines.spec import Acts, At, Becomes, Cron, Every, Happens, Holds, Once, Passes, Prompts, Runs, Sun, Trigger

MOST_EFFECTS = 500
MOST_LINKS = 8
"""Routines that set each other off one after the other; a longer chain is a loop that was not seen through."""
MOST_A_MINUTE = 60
ECHOES, ECHO_S = 3, 30.0
"""So often, each time so soon after it moved the thing itself, a change that nobody is behind is taken for its own."""
KNOWN_S, LOOK_S = 3.0, 0.1
"""In which context an act went is in the log a moment after its effect is seen; so long it is waited for."""

Pause = Callable[[str, str], object]
"""Pauses a routine by its id, with the reason."""


class Times(Clock, Timer, Protocol):
    """A clock that can also wait."""


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a routine moved, and in which context that was which had set it off."""

    routine: str
    after: str | None
    at: float


class Loops:
    """Follows firings back to what set them off; used from the event loop only.

    ``follower.noted.append(loops.note)`` is what lets it see.
    """

    def __init__(self, follower: Follower, chronicle: Chronicle, clock: Times, pause: Pause) -> None:
        self._follower = follower
        self._chronicle = chronicle
        self._clock = clock
        self._pause = pause
        self._effects: OrderedDict[str, _Effect] = OrderedDict()
        self._moved: OrderedDict[str, _Effect] = OrderedDict()
        self._last: dict[str, Run] = {}
        self._under_way: dict[int, Routine] = {}
        self._echoes: dict[str, int] = {}
        self._times: dict[str, deque[float]] = {}

    def note(self, outcome: Outcome, origin: Origin) -> None:
        """Remember in which context a routine moved something, and what."""
        if not origin.routine or not outcome.action.entities:
            return
        run = self._last.get(origin.routine)
        effect = _Effect(origin.routine, run.firing.context if run else None, self._clock.monotonic())
        _, context = self._follower.recent.get(outcome.audit or 0, (None, None))
        if context is not None:
            _remember(self._effects, context, effect)
        for entity in outcome.action.entities:
            _remember(self._moved, entity, effect)

    def began(self, routine: Routine, run: Run) -> None:
        """Remember what set off the run that begins, for what its acts will set off."""
        self._last[routine.id] = run
        self._under_way[run.id] = routine

    def ended(self, run: Run) -> None:
        """Take that a run is over."""
        self._under_way.pop(run.id, None)

    def stop(self, routine: Routine, why: str) -> None:
        """Have a routine rest until somebody resumes it."""
        self._pause(routine.id, f"It was paused: {why}.")

    async def why(self, routine: Routine, run: Run) -> str:
        """Return why this run would be a loop, in a sentence; empty where it is none."""
        if _goes_anyway(routine, run):
            return ""
        things = _things(routine, run)
        await self._known(run.firing.context, things)
        return self._again(routine, run) or self._echo(routine, run, things)

    async def _known(self, context: str | None, things: frozenset[str] | None) -> None:
        """Wait until it is known whether a routine that acts just now is behind ``context``."""
        end = self._clock.monotonic() + KNOWN_S
        while context is not None and context not in self._effects and self._clock.monotonic() < end:
            if not any(_may_move(one, things) for one in self._under_way.values()):
                return
            await self._clock.sleep(LOOK_S)

    def _again(self, routine: Routine, run: Run) -> str:
        seen: list[str] = []
        for effect in self._back(run.firing.context):
            if effect.routine == routine.id:
                return "it was set off by what it had done itself" + (f", by way of {seen[-1]}" if seen else "")
            seen.append(effect.routine)
            if len(seen) >= MOST_LINKS:
                return f"it was the last of {MOST_LINKS + 1} routines that set each other off"
        return ""

    def _back(self, context: str | None) -> Iterator[_Effect]:
        """Give what routines did that led to ``context``, the last first."""
        known: set[str] = set()
        while context is not None and context not in known:
            known.add(context)
            effect = self._effects.get(context)
            if effect is not None:
                yield effect
                context = effect.after
                continue
            past = self._chronicle.within(context)  # an automation or a script of the house may lie between
            context = past.cause.parent if past is not None and past.cause is not None else None

    def _echo(self, routine: Routine, run: Run, things: frozenset[str] | None) -> str:
        """Return that it is its own effect, where a device told of that without saying whose it was."""
        now, past = self._clock.monotonic(), self._chronicle.within(run.firing.context)
        named = past is not None and past.cause is not None and (past.cause.user or past.cause.parent)
        own = [
            one for one in things or () if (moved := self._moved.get(one)) is not None and moved.routine == routine.id
        ]
        if named or not any(now - self._moved[one].at <= ECHO_S for one in own):
            self._echoes.pop(routine.id, None)
            return ""
        count = self._echoes[routine.id] = self._echoes.get(routine.id, 0) + 1
        if count < ECHOES:
            return ""
        self._echoes.pop(routine.id)
        return f"it was set off {ECHOES} times by what it had just moved itself"

    def too_often(self, routine: Routine, run: Run) -> str:
        """Return that events set it off faster than anybody wants, and count this time; empty where they do not.

        That alone proves no loop: a sensor that flaps must not switch off for good what it sets off.
        """
        if _goes_anyway(routine, run):
            return ""
        now, times = self._clock.monotonic(), self._times.setdefault(routine.id, deque())
        while times and now - times[0] > 60:  # noqa: PLR2004  a minute
            times.popleft()
        if len(times) >= MOST_A_MINUTE:
            return f"it was set off {MOST_A_MINUTE} times within a minute"
        times.append(now)
        return ""


class Guarded:
    """What does the runs of routines, behind the loop guard: give the keeper this, made of ``Doing``."""

    def __init__(self, does: Does, loops: Loops) -> None:
        self._does = does
        self._loops = loops

    async def do(self, routine: Routine, run: Run) -> Done:
        """Do a run, or hold it back as a loop and pause its routine."""
        why = await self._loops.why(routine, run)
        if why:
            self._loops.stop(routine, why)
            return Done("held", f"{why}, so it is paused")
        if much := self._loops.too_often(routine, run):
            return Done("held", much)
        self._loops.began(routine, run)
        try:
            return await self._does.do(routine, run)
        finally:
            self._loops.ended(run)

    def cancel(self, run: Run) -> None:
        """End a run that is under way."""
        self._does.cancel(run)


_BY_CLOCK = (At, Cron, Every, Once, Sun)


def _goes_anyway(routine: Routine, run: Run) -> bool:
    """Return whether nothing holds a run for a loop: it guards life, a person asked for it, or the clock did."""
    return routine.safety or run.firing.asked_by is not None or isinstance(_trigger(routine, run), _BY_CLOCK)


def _trigger(routine: Routine, run: Run) -> Trigger | None:
    number = run.firing.trigger
    return routine.spec.when[number] if number < len(routine.spec.when) else None


def _things(routine: Routine, run: Run) -> frozenset[str] | None:
    """Return what a run was set off by; None where that may be anything."""
    match _trigger(routine, run):
        case Becomes(state=entity) | Passes(number=entity):
            return frozenset((entity,))
        case Holds(holds=when):
            return frozenset(when.states)
        case Happens():
            return None
        case _:
            return frozenset()


def _may_move(routine: Routine, things: frozenset[str] | None) -> bool:
    """Return whether a run of ``routine`` may move one of ``things``; what a skill moves is not known before."""
    acts = [act for step in routine.spec.do if isinstance(step, Acts) for act in step.actions]
    anything = any(isinstance(step, Runs | Prompts) for step in routine.spec.do) or any(
        not act.entities for act in acts
    )
    return things is None or anything or any(things.intersection(act.entities) for act in acts)


def _remember(where: "OrderedDict[str, _Effect]", key: str, effect: _Effect) -> None:
    where[key] = effect
    where.move_to_end(key)
    while len(where) > MOST_EFFECTS:
        where.popitem(last=False)
