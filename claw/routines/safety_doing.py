"""Carrying out what guards life: everybody is told first, then each listed act is done by itself.

Not one plan: where one act is refused or fails, the others are done all the same, and what did not work is told.  It
goes through the same gate as everything; no model, no sandbox and no condition is anywhere near it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from claw.base.action import Action, Message, Origin, Outcome
from claw.base.clock import Clock
from claw.gate.life import kind_of
from claw.gate.messages import notify
from claw.gate.perform import Gate
from claw.house.mirror import Mirror
from claw.policy.safety import KINDS, SafetyKind
from claw.routines.detectors import Detector, detectors
from claw.routines.model import Done, Routine, Run
from claw.routines.rights import acting
from claw.routines.safety_words import alarm
from claw.routines.spec import Acts

_WORKED = frozenset({"done", "started", "sent", "unchanged"})
_NOTHING_SENT = frozenset({"refused", "failed"})
LONGEST_REASON = 600


class Does(Protocol):
    """Who carries a run out (``claw/routines/keeper.py``)."""

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it."""
        ...

    def cancel(self, run: Run) -> None:
        """End a run that is under way."""
        ...


class Tests(Protocol):
    """Who looks whether it would work (``claw/routines/selftest.py``)."""

    async def run(self, origin: Origin) -> Done:
        """Look, tell the owners, and return what was found."""
        ...


class SafetyDoing:
    """Carries out the runs of the routines that guard life, and of the test of them where ``tests`` is given."""

    def __init__(self, gate: Gate, mirror: Mirror, clock: Clock, language: str, tests: Tests | None = None) -> None:
        self._gate = gate
        self._mirror = mirror
        self._clock = clock
        self._language = language
        self.tests = tests

    async def do(self, routine: Routine, run: Run) -> Done:
        """Tell everybody and do what is listed; returns the truth about each.  Raises Broken where the log fails."""
        origin = acting(routine, run)
        kind = _kind(routine)
        if kind is None:
            return (
                await self.tests.run(origin) if self.tests is not None else Done("refused", "nothing tests the alarms")
            )
        where, tried = self._where(kind, routine, run)
        text = alarm(kind, where, self._language, tried=tried)
        # Both at once: neither a message that hangs nor a device that is slow keeps the other waiting.
        told, outcomes = await asyncio.gather(
            self._performed(notify(Message("everyone", text, "alarm", "high")), origin), self._acts(routine, origin)
        )
        return _done(text, (told, *outcomes))

    def cancel(self, run: Run) -> None:
        """Let it go on: nothing takes the place of a run that guards life."""

    def _where(self, kind: SafetyKind, routine: Routine, run: Run) -> tuple[Sequence[str], bool]:
        """Return which detectors tell, the one that set it off first; and whether none does and somebody tries it."""
        house = self._mirror.house()
        found: dict[str, Detector] = {one.entity_id: one for one in detectors(house).get(kind, ())}
        trigger = routine.spec.when[run.firing.trigger] if run.firing.trigger < len(routine.spec.when) else None
        first = getattr(trigger, "state", None) or getattr(trigger, "number", None)
        telling = [key for key, one in found.items() if one.tells(house.states.get(key))]
        if run.firing.asked_by is not None:
            return [found[key].where for key in telling or found], not telling
        known = found.get(first) if first is not None else None
        others = [found[key].where for key in telling if key != first]
        return [known.where if known is not None else str(first), *others], False

    async def _acts(self, routine: Routine, origin: Origin) -> Sequence[Outcome]:
        """Do each listed act by itself; one on several things that was not sent is tried on each of them."""
        listed = [act for step in routine.spec.do if isinstance(step, Acts) for act in step.actions]
        actions = [Action(act.action, act.entities, act.data) for act in listed]
        found = await asyncio.gather(*(self._each(action, origin) for action in actions))
        return [outcome for outcomes in found for outcome in outcomes]

    async def _each(self, action: Action, origin: Origin) -> Sequence[Outcome]:
        outcome = await self._performed(action, origin)
        if outcome.status not in _NOTHING_SENT or outcome.entities or len(action.entities) < 2:  # noqa: PLR2004  one is the same again
            return [outcome]
        return [await self._performed(replace(action, entities=(one,)), origin) for one in action.entities]

    async def _performed(self, action: Action, origin: Origin) -> Outcome:
        performed = await self._gate.perform((action,), origin)
        if performed.outcomes:
            return performed.outcomes[0]
        return Outcome(action, "refused", "somebody would have to be asked, and nobody is")


def _kind(routine: Routine) -> SafetyKind | None:
    found = kind_of(routine.id)
    return next((kind for kind in KINDS if kind == found), None)


def _done(text: str, outcomes: Sequence[Outcome]) -> Done:
    """Return what a run came to: done where everything was, else what was not and why; ``text`` was the alarm.

    The alarm stands in the row, too: where it did not go out, it is told with what is told of the row.
    """
    wrong = [outcome for outcome in outcomes if outcome.status not in _WORKED]
    if not wrong:
        return Done("done", text, tuple(outcomes))
    reason = "; ".join(f"{one.action.name}{_on(one.action)}: {one.detail or one.status}" for one in wrong)
    unknown = all(one.status == "unknown" for one in wrong)
    refused = len(wrong) == len(outcomes) and all(one.status == "refused" for one in wrong)
    status = "refused" if refused else "unknown" if unknown else "failed"
    return Done(status, f"{text} Did not work: {reason}"[:LONGEST_REASON], tuple(outcomes))


def _on(action: Action) -> str:
    return f" on {', '.join(action.entities)}" if action.entities else ""


class Either:
    """Gives what guards life to ``safety`` and everything else to ``doing``."""

    def __init__(self, safety: Does, doing: Does) -> None:
        self._safety, self._doing = safety, doing

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it."""
        return await (self._safety if routine.safety else self._doing).do(routine, run)

    def cancel(self, run: Run) -> None:
        """End a run that is under way, where it may be ended."""
        self._doing.cancel(run)
