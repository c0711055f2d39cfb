"""The one door.

Every action of every room comes through ``Gate.perform``, in this order and no other:

    stop? → valid? → policy → (a person's yes) → intent, durable on disk → stop? → permit → act → verify → outcome

Nothing here knows where a request came from, and nothing past here trusts it: the effector spends a permit that
only this file asks for.  There is no parameter that skips a step.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from claw.audit.log import AuditLog
from claw.base.action import (
    SYSTEM,
    Acknowledgement,
    Action,
    Decision,
    Json,
    Message,
    Origin,
    Outcome,
    Pending,
    Permit,
)
from claw.base.clock import Stopwatch
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.gate.confirm import Questions
from claw.gate.follow import Follower, settled
from claw.gate.judge import MOST_ACTIONS, Judge, Plan
from claw.gate.messages import notify
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop
from claw.gate.verify import Verifier, Watched
from claw.house.model import House

_SECRET = re.compile(r"code|pin|pass|secret|token|key", re.IGNORECASE)
_DIGITS = re.compile(r"\d{4,}")


class Effector(Protocol):
    """Something that can do actions of one or more domains."""

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once, spending ``permit``; raises Refused, Unavailable (nothing sent) or UnknownOutcome."""
        ...


class Wording(Protocol):
    """How the gate's own sentences read; filled by the room that knows languages."""

    def question(self, actions: Sequence[Action], house: House, language: str | None) -> str:
        """Return the confirmation question: entities, from → to."""
        ...


@dataclass(frozen=True)
class Door:
    """The effectors behind the gate, by action domain, and the desk that makes their permits."""

    desk: PermitDesk
    house: Effector
    own: Mapping[str, Effector]

    async def send(self, action: Action, audit: int) -> Acknowledgement:
        """Send ``action``, whose durable intent is ``audit``, to its effector."""
        return await self.own.get(action.domain, self.house).perform(self.desk.issue(action, audit), action)


@dataclass(frozen=True, slots=True)
class Asked:
    """What led to a plan, for the log: the sentence, the entries it takes back, and the first intent of the plan."""

    said: str = ""
    undoes: tuple[int, ...] = ()
    first: int | None = None

    def as_json(self) -> dict[str, Json]:
        """Return it as the log may hold it: codes are masked, what is not so is left out."""
        told: dict[str, Json] = {"said": without_codes(self.said)}
        if self.undoes:
            told["undoes"] = list(self.undoes)
        if self.first is not None:
            told["first"] = self.first
        return told


@dataclass(frozen=True, slots=True)
class Performed:
    """Outcomes of a plan in order, or the question that must be answered first; timings in ms by stage."""

    outcomes: tuple[Outcome, ...] = ()
    pending: Pending | None = None
    timings: Mapping[str, float] = field(default_factory=dict[str, float])


class Gate:
    """Takes actions and an origin; gives back outcomes that were seen, or a question."""

    def __init__(  # noqa: PLR0913  these are the steps of the door, one each
        self,
        *,
        stop: Stop,
        judge: Judge,
        questions: Questions,
        audit: AuditLog,
        door: Door,
        verifier: Verifier,
        wording: Wording,
        follower: Follower,
        refusals: Refusals,
    ) -> None:
        self._stop = stop
        self._judge = judge
        self.questions = questions
        self._audit = audit
        self._door = door
        self._verifier = verifier
        self._wording = wording
        self._follower = follower
        self._refusals = refusals

    async def perform(
        self, actions: Sequence[Action], origin: Origin, *, said: str = "", undoes: Sequence[int] = ()
    ) -> Performed:
        """Do ``actions`` in order for ``origin``; ``said`` is the sentence that led to them, for the log.

        ``undoes`` are the entries of the log that this takes back: it stands in the log and decides nothing.

        A plan is judged whole: one denial refuses all of it before anything moves, one question covers all of it.
        Every refusal is an outcome, never an exception; Broken is raised only when the log cannot be written.
        """
        stages = Stopwatch()
        asked = Asked(said, tuple(undoes))
        try:
            self._stop.check()
            plan = self._judge.judge(actions, origin)
        except Refused as refusal:
            return await self._refuse(actions, origin, asked, str(refusal))
        stages.mark("decide")
        if plan.denied is not None:
            return await self._refuse(plan.actions, origin, asked, plan.denied.why, plan.denied)
        if plan.asks:
            return await self._ask(plan, origin, asked)
        outcomes = await self._act(plan, origin, asked, stages)
        return Performed(outcomes, timings=stages.ms)

    async def answer(self, question: str, origin: Origin, *, yes: bool) -> Performed:
        """Take a person's answer to a waiting question and, on yes, do exactly what was asked.

        Raises Refused when the question is unknown, answered, expired or not this person's to answer.  What the
        question showed must still be so: a renamed thing, a changed state or a policy that would now deny, or ask
        somebody else, voids it.
        """
        stages = Stopwatch()
        if yes:
            self._stop.check()
        pending = self.questions.take(question, origin, "approved" if yes else "rejected")
        number = await self._audit.append(
            "answer", {"question": question, "yes": yes}, origin=origin, parent=pending.audit
        )
        if not yes:
            return Performed(_refused(pending.actions, "it was rejected", number))
        try:
            self._unchanged(pending)
            plan = self._judge.judge(pending.actions, pending.origin)
            self.questions.still_may(plan.decisions, origin)
        except Refused as refusal:
            self.questions.void(question)
            return await self._refuse(pending.actions, origin, Asked(), str(refusal))
        if plan.denied is not None:
            self.questions.void(question)
            return await self._refuse(plan.actions, origin, Asked(), plan.denied.why, plan.denied)
        stages.mark("decide")
        outcomes = await self._act(plan, pending.origin, Asked(), stages, parent=number)
        return Performed(outcomes, timings=stages.ms)

    async def tell(self, message: Message) -> None:
        """Send a message through the same door; a refusal is logged like any other."""
        await self.perform((notify(message),), SYSTEM)

    async def _ask(self, plan: Plan, origin: Origin, asked: Asked) -> Performed:
        house = self._judge.mirror.house()
        try:
            self.questions.check_room(origin)
            request = await self._audit.append("request", _plan(plan, asked), origin=origin, versions=self._versions())
            pending = await self.questions.ask(
                plan.actions,
                plan.decisions,
                origin,
                question=self._wording.question(plan.actions, house, origin.language),
                house=house,
                request=request,
            )
        except Refused as refusal:
            return await self._refuse(plan.actions, origin, asked, str(refusal))
        return Performed(pending=pending)

    async def _act(
        self, plan: Plan, origin: Origin, asked: Asked, stages: Stopwatch, parent: int | None = None
    ) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        for action, decision in zip(plan.actions, plan.decisions, strict=True):
            outcome = await self._one(action, decision, origin, asked, stages, parent)
            outcomes.append(outcome)
            asked = asked if asked.first else replace(asked, first=outcome.audit)
            if self._stop.engaged:
                outcomes.extend(_refused(plan.actions[len(outcomes) :], "stopped", None))
                break
        return tuple(outcomes)

    async def _one(
        self, action: Action, decision: Decision, origin: Origin, asked: Asked, stages: Stopwatch, parent: int | None
    ) -> Outcome:
        watched = self._verifier.watch(action)
        try:
            self._verifier.reachable(watched)
        except Unavailable as error:
            watched.close()
            payload = _intent(action, decision, asked, watched) | {"why": str(error)}
            number = await self._refusals.write(payload, origin, versions=self._versions(), parent=parent)
            return Outcome(action, "failed", str(error), number, decision, before=watched.before)
        try:
            number = await self._audit.append(
                "intent",
                _intent(action, decision, asked, watched),
                origin=origin,
                parent=parent,
                versions=self._versions(),
            )
        except Broken:
            watched.close()
            raise
        stages.mark("disk")
        outcome = Outcome(action, "unknown", "", number, decision, before=watched.before, prior=watched.prior)
        return await self._send(outcome, number, watched, origin, stages)

    async def _send(
        self, intended: Outcome, number: int, watched: Watched, origin: Origin, stages: Stopwatch
    ) -> Outcome:
        outcome, ack, seen = intended, Acknowledgement(), None
        try:
            self._stop.check()
            ack = await self._door.send(intended.action, number)
            stages.mark("device")
            seen = await self._verifier.settle(watched, ack)
            stages.mark("verify")
            outcome = settled(intended, seen)
        except UnknownOutcome as error:
            outcome = replace(intended, detail=str(error))
        except Refused as error:
            outcome = replace(intended, status="refused", detail=str(error))
        except Unavailable as error:
            outcome = replace(intended, status="failed", detail=str(error))
        finally:
            # Also when this task is cancelled or an effector breaks: an intent never stays without a word on it.
            self._follower.take(outcome, watched, ack, origin, seen, stages.ms)
        return outcome

    async def _refuse(
        self, actions: Sequence[Action], origin: Origin, asked: Asked, why: str, decision: Decision | None = None
    ) -> Performed:
        payload = {
            **asked.as_json(),
            "actions": [logged(action) for action in actions[:MOST_ACTIONS]],
            "why": why,
            "rule": decision.rule if decision else None,
        }
        number = await self._refusals.write(payload, origin, versions=self._versions())
        return Performed(_refused(actions, why, number, decision))

    def _unchanged(self, pending: Pending) -> None:
        registry, states = self._judge.mirror.registry, self._judge.mirror.states
        for entity_id, thing in pending.things.items():
            found = registry.entities.get(entity_id)
            if found is None or (found.registry_id or "") != thing:
                renamed = registry.by_registry_id.get(thing)
                became = f"is called {renamed.entity_id} now" if renamed else "is not what it was"
                raise Refused(f"{entity_id} {became}; ask again")
        for entity, before in pending.before.items():
            now = states[entity].value if entity in states else "gone"
            if now != before:
                raise Refused(f"{entity} was {before} when this was asked and is {now} now; ask again")

    def _versions(self) -> dict[str, str]:
        return {"policy": self._judge.policy.hash}


def _refused(
    actions: Sequence[Action], why: str, number: int | None, decision: Decision | None = None
) -> tuple[Outcome, ...]:
    return tuple(Outcome(action, "refused", why, number, decision) for action in actions)


def without_secrets(action: Action) -> Action:
    """Return ``action`` as it may be shown: codes and the like are left out, whatever service they were for."""
    data = {key: "(left out)" if _SECRET.search(key) else value for key, value in action.data.items()}
    return Action(action.name, action.entities, data)


def logged(action: Action) -> dict[str, Json]:
    """Return ``action`` as the log may hold it."""
    return without_secrets(action).as_json()


def without_codes(said: str) -> str:
    """Return a sentence with runs of four or more digits masked: people say their codes aloud."""
    return _DIGITS.sub("****", said)


def _plan(plan: Plan, asked: Asked) -> dict[str, Json]:
    return {
        **asked.as_json(),
        "actions": [logged(action) for action in plan.actions],
        "rules": [decision.rule for decision in plan.decisions],
    }


def _intent(action: Action, decision: Decision, asked: Asked, watched: Watched) -> dict[str, Json]:
    return {
        **asked.as_json(),
        "action": logged(action),
        "rule": decision.rule,
        "effect": decision.effect,
        "before": dict(watched.before),
        "prior": watched.prior,
        "expected": watched.wished,
    }
