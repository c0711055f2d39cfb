"""The one door.

Every action of every room comes through ``Gate.perform``, in this order and no other:

    stop? → in line → valid? → policy → rehearsal → (a person's yes) → intent, durable on disk → stop? → permit → act
    → verify → outcome

Nothing here knows where a request came from, and nothing past here trusts it: the effector spends a permit that
only the carrier asks for.  There is no parameter that skips a step.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from claw.audit.log import AuditLog
from claw.base.action import NO_DATA, SYSTEM, Action, Decision, Effect, Json, Message, Origin, Outcome, Pending
from claw.base.clock import Stopwatch
from claw.base.errors import Refused
from claw.base.tracing import span
from claw.gate.answering import ADULTS, WHOLE, Choice, for_risky
from claw.gate.carry import Carrier, Errand, refused
from claw.gate.confirm import Questions, Taken
from claw.gate.doing import tell
from claw.gate.door import Door, Effector
from claw.gate.follow import Follower, address
from claw.gate.judge import Judge
from claw.gate.messages import notify
from claw.gate.plan import Asked, Plan, logged, requested, together, withheld, without_codes, without_secrets
from claw.gate.queue import Lines
from claw.gate.refusals import Refusals
from claw.gate.run import Run, taken_out
from claw.gate.spoken import check_aloud
from claw.gate.stop import Stop, StopState
from claw.gate.verify import Verifier
from claw.gate.vigil import Vigil, denied_now
from claw.gate.waits import Waits
from claw.house.model import House
from claw.house.text import quoted
from claw.llm.effector import MODEL
from claw.policy.overlay import digest
from claw.policy.windows import local

__all__ = ["Door", "Effector", "Gate", "Performed", "Wording", "logged", "without_codes", "without_secrets"]

NOT_LATER = "the policy wants a yes before a model is asked, and a model is not asked later"
"""Why a model is not asked where a rule wants a question first: whoever waits for the words cannot wait that long."""


class Wording(Protocol):
    """How the gate's own sentences read; filled by the room that knows languages."""

    def question(self, actions: Sequence[Action], house: House, language: str | None) -> str:
        """Return the confirmation question: entities, from → to."""
        ...


@dataclass(frozen=True, slots=True)
class Performed:
    """Outcomes of a plan in order, or the question that must be answered first; timings in ms by stage.

    ``run`` is the plan of a program that may be done now, step by step.
    """

    outcomes: tuple[Outcome, ...] = ()
    pending: Pending | None = None
    run: Run | None = None
    timings: Mapping[str, float] = field(default_factory=dict[str, float])


class Gate:
    """Takes actions and an origin; gives back outcomes that were seen, or a question.

    ``answered`` are told what came of a question that a person answered, for whoever asked and is not there to hear.
    ``decided`` counts what was first said of plans as wholes; ``lines`` and ``refusals`` count for themselves.
    """

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
        self.answered: list[Callable[[Pending, Performed], None]] = []
        self.decided: Counter[Effect] = Counter()
        self._waits = Waits()
        self._audit = audit
        self._wording = wording
        self.refusals = refusals
        self._follower = follower
        self._door = door
        self._carrier = Carrier(
            stop=stop, judge=judge, audit=audit, door=door, verifier=verifier, follower=follower, refusals=refusals
        )
        questions.local = partial(_local, judge)
        questions.aloud = partial(_aloud, judge)
        stop.unpaused = judge.guards_life
        self._vigil = Vigil(questions, judge)
        self.lines = Lines()
        stop.hooks.append(self.lines.empty)
        stop.told.append(self._stopped)
        questions.voided.append(self._voided)

    def behind(self, domain: str, effector: Effector) -> None:
        """Have what is done in ``domain`` done by ``effector`` from now on: by the same way as everything else."""
        self._door.own[domain] = effector

    async def perform(
        self, actions: Sequence[Action], origin: Origin, *, said: str = "", undoes: Sequence[int] = ()
    ) -> Performed:
        """Do ``actions`` in order for ``origin``; ``said`` is the sentence that led to them, for the log.

        ``undoes`` are the entries of the log that this takes back: it stands in the log and decides nothing.

        A plan is judged whole: one denial refuses all of it before anything moves, one question covers all of it.
        Every refusal is an outcome, never an exception; Broken is raised only when the log cannot be written.
        """
        return await self._handle(actions, origin, Asked(said, tuple(undoes)), None)

    async def begin(
        self,
        actions: Sequence[Action],
        origin: Origin,
        *,
        said: str = "",
        run: str = "",
        first: int | None = None,
        program: int | None = None,
        wary: bool = False,
    ) -> Performed:
        """Judge ``actions`` as the plan of the program with the id ``run``, and do nothing yet.

        Where it may be done, ``run`` of what is returned takes its steps; where a person is asked first, the question
        names the program, and its answer gives the run.  An empty plan is one too: nothing of it needs a verdict.
        ``first`` is the first act of the same program in the log, so that all of it is one deed; ``program`` is the
        entry of the program itself, under which all of it is written.  ``wary``: something that was once said and kept
        had a part in it, so that nothing risky of it is done without a person's yes, whatever the rules allow.
        """
        stages, asked = Stopwatch(), Asked(said, first=first, run=run, program=program)
        try:
            self._stop.check(actions, origin)
            async with self.lines.place(origin):
                self._stop.check(actions, origin)
                plan = self._judged(actions, origin, wary=wary) if actions else Plan((), ())
                stages.mark("decide")
                if plan.denied is not None:
                    return await self._refuse(plan.actions, origin, asked, plan.denied.why, plan.denied, plan.seen)
                if plan.asks:
                    return await self._ask(replace(plan, run=run), origin, asked)
                return self._begun(Errand(plan, origin, asked, stages, program))
        except Refused as refusal:
            return await self._refuse(actions, origin, asked, str(refusal))

    def _begun(self, errand: Errand, without: Sequence[Action] = ()) -> Performed:
        run = Run(errand, self._carrier, self._judge, self.lines, self._stop, self.refusals, without)
        return Performed(run=run, timings=errand.stages.ms)

    async def hold(self, actions: Sequence[Action], origin: Origin, shown: Mapping[str, str]) -> Performed:
        """Do ``actions`` that somebody asked for by holding a control which showed each entity in the state ``shown``.

        Holding is a yes for a signed-in adult who may answer what the rules ask, while everything is as it was shown;
        for anybody else, and whenever it is not, the ordinary question is asked.
        """
        return await self._handle(actions, origin, Asked(), shown)

    async def answer(self, question: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Performed:
        """Take a person's answer to a waiting question and, on yes, do exactly what was approved.

        Of a program nothing is done yet: ``run`` of what is returned takes its steps.

        Raises Refused when the question is unknown, answered, expired or not this person's to answer.  What the
        question showed must still be so: a renamed thing, a changed state or a policy that would now deny, or ask
        somebody else, voids it.
        """
        stages = Stopwatch()
        if not yes:
            taken, number = await self._take(question, origin, yes=False, choice=WHOLE)
            return self._came(taken, Performed(refused(taken.pending.actions, taken.why, number)))
        self._stop.check()
        async with self.lines.place(origin):
            self._stop.check()
            taken, number = await self._take(question, origin, yes=True, choice=choice)
            if not taken.actions:
                return self._came(taken, Performed(refused(taken.pending.actions, taken.why, number)))
            return self._came(taken, await self._approved(taken, number, origin, choice, stages))

    def _judged(self, actions: Sequence[Action], origin: Origin, *, wary: bool = False) -> Plan:
        """Return the plan for ``actions``, and count what was said of it."""
        with span("decide") as deciding:
            plan = self._judge.judge(actions, origin)
            plan = plan.asked_first() if wary else plan
            effect: Effect = "deny" if plan.denied is not None else "confirm" if plan.asks else "allow"
            deciding.note(effect=effect, acts=len(plan.actions))
        self.decided[effect] += 1
        return plan

    def _came(self, taken: Taken, performed: Performed) -> Performed:
        """Tell what came of a question that was answered, and return it."""
        self._waits.end(taken.pending.id, "yes" if taken.actions else "no")
        for told in tuple(self.answered):
            told(taken.pending, performed)
        return performed

    def _stopped(self, state: StopState) -> None:
        """End what was granted, at the stop and at its reset: a person who resets one means to be asked again.

        At the reset too, because a daemon that found the latch when it started was not told of the stop.
        """
        del state
        if self._judge.overlay is not None:
            self._judge.overlay.end_all()

    def _voided(self, pending: Pending, why: str) -> None:
        """Tell whoever asked why their question went away; that a reset voids all of them is said by the reset."""
        self._waits.end(pending.id, "void")
        if not self._stop.engaged:
            text = f"{quoted(pending.question, 200)} is void: {why}. Ask again if you still want it."
            self._follower.send(Message(address(pending.origin), text, "question"))

    def void_denied(self) -> None:
        """Void the questions that the policy in force would refuse now: called when there is a new one."""
        self.questions.void_denied(partial(denied_now, self._judge))

    async def tell(self, message: Message) -> bool:
        """Send a message through the same door and return whether it went; a refusal is logged like any other."""
        performed = await self.perform((notify(message),), SYSTEM)
        return bool(performed.outcomes) and performed.outcomes[0].status in {"done", "sent"}

    async def _handle(
        self, actions: Sequence[Action], origin: Origin, asked: Asked, shown: Mapping[str, str] | None
    ) -> Performed:
        stages = Stopwatch()
        try:
            self._stop.check(actions, origin)
            async with self.lines.place(origin, actions):
                self._stop.check(actions, origin)
                plan = self._judged(actions, origin)
                stages.mark("decide")
                return await self._decided(plan, origin, asked, stages, shown)
        except Refused as refusal:
            return await self._refuse(actions, origin, asked, str(refusal))

    async def _decided(
        self, plan: Plan, origin: Origin, asked: Asked, stages: Stopwatch, shown: Mapping[str, str] | None
    ) -> Performed:
        if plan.denied is not None:
            return await self._refuse(plan.actions, origin, asked, plan.denied.why, plan.denied, plan.seen)
        if plan.asks and any(action.name == MODEL for action in plan.actions):
            return await self._refuse(plan.actions, origin, asked, NOT_LATER)
        if not plan.asks:
            outcomes = await self._carrier.carry(Errand(plan, origin, asked, stages))
            return Performed(outcomes, timings=stages.ms)
        if shown is not None and self._held(plan, origin, shown):
            payload = {"held": dict(shown), "actions": [logged(action) for action in plan.actions], "yes": True}
            number = await self._audit.append("answer", payload, origin=origin, versions=self._judge.versions())
            outcomes = await self._carrier.carry(Errand(plan, origin, asked, stages, number))
            return Performed(outcomes, timings=stages.ms)
        return await self._ask(plan, origin, asked)

    def _held(self, plan: Plan, origin: Origin, shown: Mapping[str, str]) -> bool:
        """Return whether holding the control was a yes: who held it, where, and what it showed."""
        if origin.channel != "web" or self.questions.role(origin.person) not in ADULTS:
            return False
        found = {entity: value for states in plan.expected for entity, value in states.items()}
        named = {entity for action in plan.actions for entity in action.entities}
        if not named or dict(shown) != {entity: found.get(entity) for entity in named}:
            return False
        asking = [decision.terms for decision in plan.decisions if decision.terms is not None]
        try:
            self.questions.check_answer([for_risky(terms) for terms in asking], origin)
        except Refused:
            return False
        return True

    async def _take(self, question: str, origin: Origin, *, yes: bool, choice: Choice) -> tuple[Taken, int]:
        taken = self.questions.take(question, origin, yes=yes, choice=choice)
        payload: dict[str, Json] = {"question": question, "yes": bool(taken.actions), "digest": taken.digest}
        if taken.why and yes:
            payload["why"] = taken.why
        if choice.without:
            payload["without"] = sorted(choice.without)
        if taken.actions and choice.grant_s:
            payload["grant_s"] = choice.grant_s
        parent, versions = taken.pending.audit, self._judge.versions()
        return taken, await self._audit.append("answer", payload, origin=origin, parent=parent, versions=versions)

    async def _approved(
        self, taken: Taken, number: int, origin: Origin, choice: Choice, stages: Stopwatch
    ) -> Performed:
        pending, asked = taken.pending, self._led_to(taken.pending)
        try:
            self._unchanged(pending)
            with span("decide"):
                plan = self._judge.judge(taken.actions, pending.origin)
            self.questions.check_answer([decision.terms for decision in plan.decisions], origin)
        except Refused as refusal:
            self.questions.void(pending.id, str(refusal))
            return await self._refuse(taken.actions, pending.origin, asked, str(refusal))
        if plan.denied is not None:
            self.questions.void(pending.id, plan.denied.why)
            return await self._refuse(plan.actions, pending.origin, asked, plan.denied.why, plan.denied, plan.seen)
        await self._grant(replace(pending, actions=plan.actions), origin, choice.grant_s, number)
        stages.mark("decide")
        errand = Errand(plan, pending.origin, asked, stages, number)
        if pending.run:
            return self._begun(errand, taken_out(pending.actions, taken.actions))
        return Performed(await self._carrier.carry(errand), timings=stages.ms)

    async def _grant(self, pending: Pending, origin: Origin, seconds: float, answer: int) -> None:
        """Keep a yes that was given for longer than once, after the log knows of it: for a while, or for the task."""
        overlay, task = self._judge.overlay, pending.origin.task or pending.origin.conversation
        if overlay is None or not (seconds or (pending.terms.once_per_task and task and pending.origin.authenticated)):
            return
        asks = self._judge.asks(pending.actions, pending.origin)
        if not asks:
            return
        reason = f"answer {answer}"
        whole = replace(pending, actions=together(pending.actions))  # it may be asked for in one act again
        grant = overlay.grant(whole, asks, author=origin.person or "", reason=reason, seconds=seconds or None)
        payload = {"id": grant.id, "digest": digest(grant), "until": grant.expires.isoformat()}
        await self._audit.append("grant", payload, origin=origin, parent=answer, versions=self._judge.versions())
        overlay.keep(grant)

    async def _ask(self, plan: Plan, origin: Origin, asked: Asked) -> Performed:
        house, versions = self._judge.mirror.house(), self._judge.versions()
        self.questions.check_room(origin)
        tell(origin, "asks")
        request = await self._audit.append(
            "request", requested(plan, asked), origin=origin, parent=asked.program, versions=versions
        )
        question = self._wording.question(plan.actions, house, origin.language)
        plan = self._judge.apart(plan, origin)
        pending = await self.questions.ask(
            plan, origin, question=question, house=house, request=request, policy=versions["policy"]
        )
        self._waits.begin(pending.id, self.questions.standing)
        return Performed(pending=pending)

    async def _refuse(
        self,
        actions: Sequence[Action],
        origin: Origin,
        asked: Asked,
        why: str,
        decision: Decision | None = None,
        seen: Mapping[str, str] = NO_DATA,
    ) -> Performed:
        rule = decision.rule if decision else None
        payload = withheld(actions, asked, why, rule, seen, denied=decision is not None)
        number = await self.refusals.write(payload, origin, versions=self._judge.versions(), parent=asked.program)
        return Performed(refused(actions, why, number, decision))

    def _led_to(self, pending: Pending) -> Asked:
        """Return what led to a question, from the request in the log: an undo stays one when it had to be asked."""
        question = self._audit.entry(pending.audit)
        request = self._audit.entry(question.parent) if question and question.parent else None
        undoes: Sequence[int] = ((request.payload if request else None) or {}).get("undoes", ())
        return Asked(undoes=tuple(undoes), run=pending.run)

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


def _local(judge: Judge, now: datetime) -> datetime | None:
    return local(judge.mirror.registry, now)


def _aloud(judge: Judge, pending: Pending) -> None:
    check_aloud(pending, judge.mirror.house())
