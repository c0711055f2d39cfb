"""Carrying out a plan that may be done: intent, durable on disk → stop? → permit → act → verify → outcome, one by one.

A plan was judged, and maybe approved, in one house; by the third step it may be another one.  So before every step that
is risky or that somebody said yes to, the house is held against the rehearsal, and a run that has gone another way
halts there: what was done is told, the rest is left undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Decision, Message, Origin, Outcome
from claw.base.clock import Stopwatch
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.gate.door import Door
from claw.gate.follow import Follower, settled
from claw.gate.judge import Judge
from claw.gate.messages import NOTIFY
from claw.gate.plan import Asked, Plan, intended, withheld
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop
from claw.gate.verify import Verifier, Watched

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
        plan = errand.plan
        outcomes: list[Outcome] = []
        for at in range(len(plan.actions)):
            why = self._elsewhere(plan, at, outcomes)
            if why:
                outcomes.extend(await self._halt(errand, at, why))
                break
            outcomes.append(await self._one(errand, at))
            if errand.asked.first is None:
                errand = replace(errand, asked=replace(errand.asked, first=outcomes[0].audit))
            self._notify(outcomes[-1], plan.decisions[at], errand.origin)
            if self._stop.engaged:
                outcomes.extend(refused(plan.actions[len(outcomes) :], "stopped", None))
                break
        return tuple(outcomes)

    def _elsewhere(self, plan: Plan, at: int, outcomes: Sequence[Outcome]) -> str:
        """Return why a guarded step may not be done in the house as it is now; empty where it may."""
        if not plan.guarded(at):
            return ""
        if any(outcome.status not in _WORKED for outcome in outcomes):
            return DIVERGED if plan.asks else BROKEN_OFF
        states = self._judge.mirror.states
        for entity, value in plan.expected[at].items() if plan.expected else ():
            if entity not in states or states[entity].value != value:
                return DIVERGED if plan.asks else MOVED_ON
        return ""

    async def _halt(self, errand: Errand, at: int, why: str) -> tuple[Outcome, ...]:
        rest = errand.plan.actions[at:]
        payload = withheld(rest, errand.asked, why, errand.plan.decisions[at].rule, errand.plan.seen)
        number = await self._refusals.write(
            payload, errand.origin, versions=self._judge.versions(), parent=errand.parent
        )
        return refused(rest, why, number, errand.plan.decisions[at])

    async def _one(self, errand: Errand, at: int) -> Outcome:
        plan, origin = errand.plan, errand.origin
        action, decision = plan.actions[at], plan.decisions[at]
        watched = self._verifier.watch(action)
        payload = intended(plan, at, errand.asked, watched)
        versions = self._judge.versions()
        try:
            self._verifier.reachable(watched)
            self._judge.charge(action, decision, origin)
            # From here to the row in the queue of the log nothing is awaited: nobody slips between count and act.
            number = await self._audit.append("intent", payload, origin=origin, parent=errand.parent, versions=versions)
        except (Unavailable, Refused) as error:
            watched.close()
            number = await self._refusals.write(
                payload | {"why": str(error)}, origin, versions=versions, parent=errand.parent
            )
            status = "failed" if isinstance(error, Unavailable) else "refused"
            return Outcome(action, status, str(error), number, decision, before=watched.before)
        except Broken:
            watched.close()
            raise
        errand.stages.mark("disk")
        outcome = Outcome(action, "unknown", "", number, decision, before=watched.before, prior=watched.prior)
        return await self._send(outcome, number, watched, errand)

    async def _send(self, intended_: Outcome, number: int, watched: Watched, errand: Errand) -> Outcome:
        outcome, ack, seen = intended_, Acknowledgement(), None
        try:
            self._stop.check((outcome.action,))
            ack = await self._door.send(outcome.action, number)
            errand.stages.mark("device")
            seen = await self._verifier.settle(watched, ack)
            errand.stages.mark("verify")
            outcome = settled(outcome, seen)
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
