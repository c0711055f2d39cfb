"""A plan that may be done, taken step by step by whoever drives it.

A program is judged as the plan that its rehearsal showed, and then runs in a house that moves on.  So the run is held
against the plan, action by action: what comes as it was judged is done, and anything else is judged by itself.  A run
that has left its plan once does nothing more that is guarded: the yes, or the verdict, was for the plan.

Where nothing is guarded, what the program asks for at the same time is done at the same time.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.gate.carry import Carrier, Errand, refused
from claw.gate.judge import Judge
from claw.gate.plan import Plan, withheld
from claw.gate.queue import Lines
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop

STRAYED = "the program does other things than in its rehearsal"
"""Why a guarded step is left undone after the run has left its plan."""

LEFT_OUT = "it was left out of the yes"
"""Why a step is not done that whoever answered took out of the question."""

NOT_IN_PLAN = "the program wants something that it did not want in its rehearsal"
"""Why something is not done that would have needed a question, or that is risky, and was in no plan."""


class Run:
    """One plan under way; made by the gate alone.

    ``outcomes`` is what came of everything so far, ``strayed`` whether the run has done anything that is not its plan.
    """

    def __init__(
        self,
        errand: Errand,
        carrier: Carrier,
        judge: Judge,
        lines: Lines,
        stop: Stop,
        refusals: Refusals,
        without: Sequence[Action] = (),
    ) -> None:
        """``without`` are the actions that whoever said yes left out."""
        self.outcomes: list[Outcome] = []
        self.strayed = False
        self._errand = errand
        self._carrier = carrier
        self._judge = judge
        self._lines = lines
        self._stop = stop
        self._refusals = refusals
        self._without = list(without)
        self._stops = stop.times
        self._next = 0

    @property
    def left(self) -> tuple[Action, ...]:
        """The actions of the plan whose turn has not come."""
        return self._errand.plan.actions[self._next :]

    @property
    def first(self) -> int | None:
        """The number of the first act of this deed in the log; None before there was any."""
        return self._errand.asked.first

    def mark(self, taint: Sequence[str]) -> None:
        """Add untrusted sources that the program has seen since: each further step is decided with them."""
        self._errand = replace(self._errand, origin=tainted(self._errand.origin, taint))

    async def step(self, actions: Sequence[Action]) -> tuple[Outcome, ...]:
        """Do what the program asks for now and return an outcome for each, in order.

        Every refusal is an outcome, never an exception; Broken is raised only when the log cannot be written.
        """
        if not actions:
            return ()
        done = len(self.outcomes)
        try:
            self._check(actions)
            async with self._lines.place(self._errand.origin):
                self._check(actions)
                await self._wave(actions)
        except Refused as refusal:
            self._took(await self._refuse(actions, str(refusal)))
        return tuple(self.outcomes[done:])

    def _took(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what came of some actions, and which act of this deed was the first."""
        self.outcomes.extend(outcomes)
        if self.first is None:
            self._errand = replace(self._errand, asked=replace(self._errand.asked, first=outcomes[0].audit))

    def _check(self, actions: Sequence[Action]) -> None:
        """Raise Refused when nothing may move, and for good once it was stopped: a reset releases no run."""
        self._stop.check(actions)
        if self._stop.times != self._stops:
            raise Refused("stopped")

    async def _wave(self, actions: Sequence[Action]) -> None:
        steps = range(self._next, self._next + len(actions))
        guarded = self._errand.plan.guarded
        if self._is_next(actions) and not any(map(guarded, steps)) and self._apart(steps):
            self._next = steps.stop
            self._took(await self._carrier.at_once(self._errand, steps))
            return
        for action in actions:
            try:
                self._check((action,))
                self._took(await self._one(action))
            except Refused as refusal:
                self._took(await self._refuse((action,), str(refusal)))

    async def _one(self, action: Action) -> tuple[Outcome, ...]:
        if self._is_next((action,)):
            at = self._next
            self._next += 1
            if self.strayed and self._errand.plan.guarded(at):
                return await self._refuse((action,), STRAYED)
            before = [one for one in self.outcomes if one.detail != LEFT_OUT]
            return await self._carrier.part(self._errand, range(at, at + 1), before)
        if action in self._without:
            self._without.remove(action)
            return await self._refuse((action,), LEFT_OUT)
        return await self._alone(action)

    async def _alone(self, action: Action) -> tuple[Outcome, ...]:
        """Judge what the plan does not hold by itself: it is done only where nobody would have to be asked."""
        self.strayed = True
        plan = self._judge.judge((action,), self._errand.origin)
        if plan.denied is not None:
            return await self._refuse(plan.actions, plan.denied.why, plan)
        if plan.guarded(0):
            return await self._refuse(plan.actions, NOT_IN_PLAN, plan)
        return await self._carrier.carry(replace(self._errand, plan=plan))

    def _is_next(self, actions: Sequence[Action]) -> bool:
        """Return whether these are the next of the plan, as the plan holds them: in normal form."""
        planned = self._errand.plan.actions[self._next : self._next + len(actions)]
        if len(planned) != len(actions):
            return False
        return all(one == other or self._normal(one) == other for one, other in zip(actions, planned, strict=True))

    def _normal(self, action: Action) -> Action | None:
        try:
            return self._judge.judge((action,), self._errand.origin).actions[0]
        except Refused:
            return None

    def _apart(self, steps: range) -> bool:
        """Return whether these may be done in any order: no thing is in two, and nothing that must never be is near."""
        actions = self._errand.plan.actions[steps.start : steps.stop]
        named = list(chain.from_iterable(action.entities for action in actions))
        return len(set(named)) == len(named) and not self._judge.concerns_never(actions)

    async def _refuse(self, actions: Sequence[Action], why: str, plan: Plan | None = None) -> tuple[Outcome, ...]:
        decision, payload = None, withheld(actions, self._errand.asked, why, None)
        if plan is not None:
            decision, denied = plan.decisions[0], plan.denied is not None
            payload = withheld(actions, self._errand.asked, why, decision.rule, plan.seen, denied=denied)
        number = await self._refusals.write(
            payload, self._errand.origin, versions=self._judge.versions(), parent=self._errand.parent
        )
        return refused(actions, why, number, decision)


def taken_out(actions: Sequence[Action], kept: Sequence[Action]) -> tuple[Action, ...]:
    """Return those of ``actions`` that are not among ``kept``, which come in the same order."""
    rest = list(kept)
    out: list[Action] = []
    for action in actions:
        if rest and rest[0] == action:
            rest.pop(0)
        else:
            out.append(action)
    return tuple(out)


def tainted(origin: Origin, taint: Sequence[str]) -> Origin:
    """Return ``origin`` with these untrusted sources added, in the order they came in."""
    return replace(origin, taint=tuple(dict.fromkeys((*origin.taint, *taint))))
