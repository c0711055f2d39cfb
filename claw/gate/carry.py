"""Carrying out a plan that may be done: intent, durable on disk → stop? → permit → act → verify → outcome, one by one.

A plan was judged, and maybe approved, in one house; by the third step it may be another one.  So before every step that
is risky or that somebody said yes to, the house is held against the rehearsal, and a run that has gone another way
halts there: what was done is told, the rest is left undone.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Decision, Message, Origin, Outcome
from claw.base.clock import Stopwatch
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.base.tracing import span
from claw.gate.doing import tell
from claw.gate.door import Door
from claw.gate.follow import Follower, settled
from claw.gate.judge import Judge
from claw.gate.messages import NOTIFY
from claw.gate.plan import Asked, Plan, intended, withheld
from claw.gate.refusals import Refusals
from claw.gate.stop import OWN, Stop
from claw.gate.verify import Verifier, Watched
from claw.house.model import State

DIVERGED = "the house is not as it was when you said yes"
"""Why the rest of a plan that somebody approved was left undone."""

BROKEN_OFF = "something before it did not work"
"""Why the rest of a plan was left undone that nobody had to approve."""

MOVED_ON = "something is not as it was when this was decided"
"""Why the rest of a plan was left undone whose next step would find another house."""

HALTED = frozenset({DIVERGED, BROKEN_OFF, MOVED_ON})
"""What the rest of a plan that halted on its way is refused for."""

_WORKED = frozenset({"done", "started", "sent", "unchanged"})
_MOVED = frozenset({"done", "started", "sent"})


@dataclass(frozen=True)
class Errand:
    """One plan on its way: for whom, what led to it, and which entry of the log it belongs to."""

    plan: Plan
    origin: Origin
    asked: Asked
    stages: Stopwatch
    parent: int | None = None


def refused(
    actions: Sequence[Action], why: str, number: int | None, decision: Decision | None = None
) -> tuple[Outcome, ...]:
    """Return an outcome for each of ``actions`` that says it was refused."""
    return tuple(Outcome(action, "refused", why, number, decision) for action in actions)


_Intended = tuple[Outcome, int, Watched]
"""An action whose intent is on disk: as it stands, the number of the intent, and what watches it."""


def _following(errand: Errand, first: Outcome) -> Errand:
    """Return the errand for what comes after ``first``, the first of its actions that has an entry in the log."""
    return errand if errand.asked.first is not None else replace(errand, asked=replace(errand.asked, first=first.audit))


class Carrier:
    """Does the actions of a plan in order."""

    def __init__(
        self,
        *,
        stop: Stop,
        judge: Judge,
        audit: AuditLog,
        door: Door,
        verifier: Verifier,
        follower: Follower,
        refusals: Refusals,
    ) -> None:
        self._stop = stop
        self._judge = judge
        self._audit = audit
        self._door = door
        self._verifier = verifier
        self._follower = follower
        self._refusals = refusals

    async def carry(self, errand: Errand) -> tuple[Outcome, ...]:
        """Do the plan and return the outcomes, one for each action; raises Broken when the log cannot be written."""
        return await self.part(errand, range(len(errand.plan.actions)), ())

    async def part(self, errand: Errand, steps: range, before: Sequence[Outcome]) -> tuple[Outcome, ...]:
        """Do these ``steps`` of the plan, in order; ``before`` is what came of those that were done of it already."""
        plan = errand.plan
        outcomes: list[Outcome] = []
        for at in steps:
            why = self._elsewhere(errand, at, (*before, *outcomes))
            if why:
                outcomes.extend(await self._halt(errand, range(at, steps.stop), why))
                break
            outcomes.append(await self._one(errand, at))
            errand = _following(errand, outcomes[0])
            self._notify(outcomes[-1], plan.decisions[at], errand.origin)
            if self._stop.engaged:
                outcomes.extend(refused(plan.actions[at + 1 : steps.stop], "stopped", None))
                break
        return tuple(outcomes)

    async def at_once(self, errand: Errand, steps: range) -> tuple[Outcome, ...]:
        """Do these ``steps`` of the plan at the same time; none of them is guarded, and no thing is in two of them.

        The intent of the first is on disk before the others', which name it: together they are one deed.
        """
        led = asyncio.Event()
        after = [errand]

        async def lead() -> Outcome:
            try:
                intended_ = await self._intend(errand, steps[0])
                after[0] = _following(errand, intended_ if isinstance(intended_, Outcome) else intended_[0])
            finally:
                led.set()
            return await self._sent(intended_, errand)

        async def follow(at: int) -> Outcome:
            await led.wait()
            return await self._one(after[0], at)

        found = await asyncio.gather(lead(), *map(follow, steps[1:]), return_exceptions=True)
        outcomes: list[Outcome] = []
        for at, one in enumerate(found, steps.start):
            if isinstance(one, BaseException):
                raise one  # once all of them have come to an end: none goes on behind the back of who asked
            outcomes.append(one)
            self._notify(one, errand.plan.decisions[at], errand.origin)
        return tuple(outcomes)

    def _elsewhere(self, errand: Errand, at: int, outcomes: Sequence[Outcome]) -> str:
        """Return why a step may not be done in the house as it is now; empty where it may."""
        plan = errand.plan
        if plan.guarded(at):
            if any(outcome.status not in _WORKED for outcome in outcomes):
                return DIVERGED if plan.asks else BROKEN_OFF
            for entity, value in plan.expected[at].items() if plan.expected else ():
                state = self._judge.mirror.states.get(entity)
                if state is None or (state.value != value and not self._ours(state, outcomes)):
                    return DIVERGED if plan.asks else MOVED_ON
        return MOVED_ON if self._never_now(errand, plan.actions[at]) else ""

    def _never_now(self, errand: Errand, action: Action) -> bool:
        """Return whether a step would bring about what must never be, which it would not have in its rehearsal.

        Everybody may have left since, or the step that was to prevent it did not work.
        """
        if not self._judge.concerns_never((action,)):
            return False
        try:
            return self._judge.judge((action,), errand.origin).denied is not None
        except Refused:
            return True

    def _ours(self, state: State, outcomes: Sequence[Outcome]) -> bool:
        """Return whether a thing came into ``state`` by one of these acts, or by what that set off."""
        recent = self._follower.recent
        contexts = {recent[one.audit][1] for one in outcomes if one.audit in recent} - {None}
        return not contexts.isdisjoint((state.context, state.cause.parent if state.cause else None))

    async def _halt(self, errand: Errand, steps: range, why: str) -> tuple[Outcome, ...]:
        rest, decision = errand.plan.actions[steps.start : steps.stop], errand.plan.decisions[steps.start]
        payload = withheld(rest, errand.asked, why, decision.rule, errand.plan.seen)
        number = await self._refusals.write(
            payload, errand.origin, versions=self._judge.versions(), parent=errand.parent
        )
        return refused(rest, why, number, decision)

    async def _one(self, errand: Errand, at: int) -> Outcome:
        return await self._sent(await self._intend(errand, at), errand)

    async def _sent(self, intended_: _Intended | Outcome, errand: Errand) -> Outcome:
        return intended_ if isinstance(intended_, Outcome) else await self._send(*intended_, errand)

    async def _intend(self, errand: Errand, at: int) -> _Intended | Outcome:
        """Write down that the action is about to be done; where it may not be, what came of it already."""
        plan, origin = errand.plan, errand.origin
        action, decision = plan.actions[at], plan.decisions[at]
        if action.domain != OWN:
            tell(origin, "acts", at + 1, len(plan.actions))
        watched = self._verifier.watch(action)
        payload = intended(plan, at, errand.asked, watched)
        versions = self._judge.versions()
        try:
            self._verifier.reachable(watched)
            self._judge.charge(action, decision, origin)
            # From here to the row in the queue of the log nothing is awaited: nobody slips between count and act.
            with span("disk") as writing:
                appended = self._audit.append("intent", payload, origin=origin, parent=errand.parent, versions=versions)
                number = await appended
                writing.note(entry=number)
        except (Unavailable, Refused) as error:
            watched.close()
            number = await self._refusals.write(
                payload | {"why": str(error)}, origin, versions=versions, parent=errand.parent
            )
            status = "failed" if isinstance(error, Unavailable) else "refused"
            return Outcome(action, status, str(error), number, decision, before=watched.before)
        except BaseException:  # also when this task is cancelled: the log itself says then that nothing was sent
            watched.close()
            raise
        errand.stages.mark("disk")
        outcome = Outcome(action, "unknown", "", number, decision, before=watched.before, prior=watched.prior)
        return outcome, number, watched

    async def _send(self, intended_: Outcome, number: int, watched: Watched, errand: Errand) -> Outcome:
        outcome, ack, seen = intended_, Acknowledgement(), None
        try:
            self._stop.check((outcome.action,), errand.origin)
            with span("device") as sending:
                sending.note(domain=outcome.action.domain, entry=number)
                ack = await self._door.send(outcome.action, number)
            errand.stages.mark("device")
            with span("verify") as verifying:
                seen = await self._verifier.settle(watched, ack)
                outcome = settled(outcome, seen)
                verifying.note(status=outcome.status)
            errand.stages.mark("verify")
        except UnknownOutcome as error:
            outcome = replace(outcome, detail=str(error))
        except Refused as error:
            outcome = replace(outcome, status="refused", detail=str(error))
        except Unavailable as error:
            outcome = replace(outcome, status="failed", detail=str(error))
        finally:
            # Also when this task is cancelled or an effector breaks: an intent never stays without a word on it.
            self._follower.take(outcome, watched, ack, errand.origin, seen, errand.stages.ms)
        return outcome

    def _notify(self, outcome: Outcome, decision: Decision, origin: Origin) -> None:
        """Tell whom the policy names; a message about a message would have no end."""
        if outcome.status not in _MOVED or outcome.action.name == NOTIFY:
            return
        who = origin.person or origin.channel
        for to in decision.notify:
            self._follower.send(Message(to, f"{who}: {self._follower.words(outcome)}", "note"))
