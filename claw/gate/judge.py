"""Is it valid, and may it be: the two questions before anything is asked of a person or a device.

Validity comes first, so that the policy only ever judges actions that exist, on entities that exist, with data in
range; a clever argument never reaches a rule.  A plan is then rehearsed on the twin: one step that brings about what
must never be refuses all of it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from claw.base.action import Action, Decision, Effect, Origin, Terms
from claw.base.clock import Clock
from claw.base.errors import Invalid, Refused
from claw.gate.answering import for_risky
from claw.gate.hand import Hand, NoHand
from claw.gate.life import guarded
from claw.gate.makers import NO_NAME, Makers, NoRoutines, as_asked, stricter
from claw.gate.plan import MOST_ACTIONS, Plan, apart
from claw.gate.rehearse import Step, afterwards, may_move, rehearse, unsure
from claw.gate.rights import NoSkills, Rights, narrow
from claw.gate.risk import risky
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.services import validate
from claw.policy.decide import Explanation, Policy
from claw.policy.never import Predicate
from claw.policy.overlay import NO_OVERLAY, Overlay
from claw.policy.rates import Acts
from claw.policy.reach import with_members

logger = logging.getLogger(__name__)

MOST_SEEN = 50
"""States that a row of the log keeps at most of those that rules look at."""

_STRICTNESS: tuple[Effect, ...] = ("allow", "confirm", "deny")


class Judge:
    """Validates against the house and decides by the policy in force; ``policy`` is replaced whole on a reload.

    ``acts`` is what was done lately, for rules that count; ``overlay`` what was granted, None where nothing can be;
    ``rights`` what skills may do at most, ``makers`` for whom routines act: nothing and nobody, until somebody knows
    them.  ``hand`` knows what people have just changed, which no routine changes again.  ``services`` are the actions
    beside the catalogue's; the tools of other servers come and go in it.
    """

    def __init__(
        self,
        mirror: Mirror,
        policy: Policy,
        clock: Clock,
        services: Mapping[str, Service],
        risky: frozenset[str] = frozenset(),
        overlay: Overlay | None = None,
        own: frozenset[str] = frozenset(),
    ) -> None:
        """``services`` are actions beside the catalogue's; those in ``risky`` are never done without a person's yes.

        ``own`` are the entities by which Claw shows its stop and keeps its log honest: nobody moves them through it.
        """
        self.mirror = mirror
        self.policy = policy
        self.acts = Acts()
        self.overlay = overlay
        self.rights: Rights = NoSkills()
        self.makers: Makers = NoRoutines()
        self.hand: Hand = NoHand()
        self._clock = clock
        self.services = dict(services)
        self._risky = risky
        self._own = own
        self._looks_at: tuple[Policy, Registry, frozenset[str], frozenset[str]] | None = None
        self.problem = ""

    def hold_against(self, registry: Registry, load: Callable[[Registry], Policy]) -> None:
        """Check the policy's names and its own tests in a house that is known now; ``problem`` says what is wrong.

        The rules stay in force either way: a deny for a device that is missing today must hold when it is back.
        """
        try:
            load(registry)
        except Invalid as error:
            if self.problem != str(error):
                logger.warning("The policy does not fit this house: %s", error)
            self.problem = str(error)
        else:
            self.problem = ""

    @property
    def looks_at(self) -> frozenset[str]:
        """Ids of the entities whose states some rule looks at, as they are called now."""
        return self._names()[2]

    def _names(self) -> tuple[Policy, Registry, frozenset[str], frozenset[str]]:
        """Return what rules look at in this house, and the same with the members of groups, which move with them."""
        policy, registry = self.policy, self.mirror.registry
        kept = self._looks_at
        if kept is None or kept[0] is not policy or kept[1] is not registry:
            renamed = registry.renamed
            found = frozenset(renamed.get(one, one) for one in policy.looks_at)
            self._looks_at = kept = (policy, registry, found, frozenset(with_members(registry, found)))
        return kept

    def versions(self) -> dict[str, str]:
        """Return the hashes of everything that decides, for a row of the log."""
        return {"policy": self.policy.hash, "overlay": self.overlay.hash if self.overlay else ""}

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        """Return the plan for ``actions``; raises Refused for anything invalid, before the policy is asked.

        The actions count together against the rates.  A step that reaches what must never be denies the whole plan.
        """
        if not actions:
            raise Refused("nothing was asked")
        if len(actions) > MOST_ACTIONS:
            raise Refused(f"{len(actions)} actions at once are too many; {MOST_ACTIONS} are the most")
        self._check_admitted(origin)
        house = self.mirror.house()
        valid = tuple(validate(house, action, self.services) for action in actions)
        if own := sorted(self._own.intersection(entity for one in valid for entity in one.entities)):
            raise Refused(f"{own[0]} is what Claw itself speaks by; nobody moves it")
        now = self._clock.now()
        decided = self._decided(house, valid, origin, now)
        if origin.skill:
            rights = self.rights.narrowed(valid, origin, house)
            decided = tuple(narrow(one, right, origin.skill) for one, right in zip(decided, rights, strict=True))
        risks = frozenset(at for at, action in enumerate(valid) if self._is_risky(action, house.registry))
        decisions = tuple(self._hardened(one, valid[at], risky=at in risks) for at, one in enumerate(decided))
        plan = Plan(valid, decisions, (), risks, self._seen(house))
        return plan if plan.denied is not None else self._rehearsed(plan, house, now)

    def apart(self, plan: Plan, origin: Origin) -> Plan:
        """Return ``plan`` with each risky thing by itself, so that it can be struck out, where that may be done too."""
        actions = apart(plan)
        if plan.run or len(actions) == len(plan.actions):
            return plan  # a program takes the steps that it was rehearsed with
        try:
            found = self.judge(actions, origin)
        except Refused:
            return plan  # it would be too many
        return plan if found.denied is not None else found

    def charge(self, action: Action, decision: Decision, origin: Origin) -> None:
        """Count ``action`` as done now; raises Refused when, as things are at this moment, it may not be done.

        Nothing is awaited in here: between this and the intent in the log nobody else can count.
        """
        self._check_admitted(origin)
        house, now = self.mirror.house(), self._clock.now()
        if origin.channel == "routine" and not origin.routine:
            raise Refused(NO_NAME)
        again = self._decided(house, (action,), origin, now)[0]
        again = self._declared(again, action)
        if _STRICTNESS.index(again.effect) > _STRICTNESS.index(decision.effect):
            raise Refused(again.why if again.effect == "deny" else f"somebody has to be asked now: {again.why}")
        if origin.routine:
            self.makers.charged(action, origin)
        if origin.skill:
            self.rights.charged(action, origin, house)
        if decision.grant is not None and again.grant is not None and self.overlay is not None:
            self.overlay.use(again.grant)
        self.acts.add(now, action, origin)
        self.hand.acts(action, origin)

    def _check_admitted(self, origin: Origin) -> None:
        """Raise Refused for who was shut out, by whatever way they still ask: they may do less than nobody."""
        person = self.policy.people.get(origin.person) if origin.authenticated else None
        if person is not None and person.barred:
            raise Refused(f"{person.name} was shut out by an owner, and may ask for nothing")

    def guards_life(self, origin: Origin) -> bool:
        """Return whether a routine asks that acts for the house alone, by the word of who knows the routines."""
        if origin.channel != "routine" or not origin.routine or origin.person is not None:
            return False
        try:
            return self.makers.maker(origin) is None
        except Refused:
            return False

    def asks(self, actions: Sequence[Action], origin: Origin) -> frozenset[str]:
        """Return what asks for a yes to ``actions`` now, in the terms of the overlay."""
        house, now = self.mirror.house(), self._clock.now()
        found = (self.policy.asks(house, action, origin, now, self.acts) for action in actions)
        return frozenset[str]().union(*found)

    def explain(self, action: Action, origin: Origin) -> Explanation:
        """Return how it comes to its decision about ``action`` alone; raises Refused for anything invalid.

        The decision is the one that the gate would go by; the parts say what the rules of the file say.
        """
        plan = self.judge((action,), origin)
        house, now = self.mirror.house(), self._clock.now()
        found = self.policy.explain(house, plan.actions[0], origin, now, self.acts)
        return replace(found, decision=plan.decisions[0])

    def concerns_never(self, actions: Sequence[Action]) -> bool:
        """Return whether ``actions`` may move anything that decides what must never be; most of a day's do not."""
        if not self.policy.never:
            return False
        _, registry, _, things = self._names()
        return any(may_move(registry, action, things) for action in actions)

    def _decided(self, house: House, actions: Sequence[Action], origin: Origin, now: datetime) -> tuple[Decision, ...]:
        """Return the policy's word on each of ``actions``; of a routine also as its maker, and the stricter counts."""
        overlay = self.overlay or NO_OVERLAY
        decided = self.policy.decide_plan(house, actions, origin, now, self.acts, overlay)
        if not origin.routine:
            return decided
        self.makers.bound(actions, origin)
        maker = self.makers.maker(origin)
        if maker is None:
            if not self.guards_life(origin):
                raise Refused(f"{origin.routine} acts for nobody, and only what guards life does")
            return guarded(self.policy, house, actions, origin, now, self.services)
        self.hand.check(actions, origin, house)
        asked = as_asked(maker, origin)
        theirs = self.policy.decide_plan(house, actions, asked, now, self.acts, overlay)
        return tuple(stricter(one, other) for one, other in zip(decided, theirs, strict=True))

    def _rehearsed(self, plan: Plan, house: House, now: datetime) -> Plan:
        if not any(plan.guarded(at) for at in range(len(plan.actions))) and not self.concerns_never(plan.actions):
            return plan
        expected: list[Mapping[str, str]] = []
        loose: set[str] = set()
        for step in rehearse(house, plan.actions, now):
            expected.append(step.found)
            reached = self._reached(step, loose, now)
            if reached is not None:
                return plan.denied_for(reached.why, reached.id)
        return replace(plan, expected=tuple(expected))

    def _reached(self, step: Step, loose: set[str], now: datetime) -> Predicate | None:
        """Return what must never be and is so during or after ``step``, or may be by what it sets off.

        ``loose`` are the things of which nothing is known since an earlier step of the plan; those of this one come in.
        """
        if not self.policy.never:
            return None
        things = self._names()[3]
        loose |= unsure(step, things)
        after = afterwards(step, things, loose, now)
        return next((found for house in after if (found := self.policy.reached(step.before, house, now))), None)

    def _hardened(self, decision: Decision, action: Action, *, risky: bool) -> Decision:
        """Return what the policy said, stricter where the act is: no rule can make a yes to it cheaper than this."""
        decision = self._declared(decision, action)
        if risky and decision.terms is not None:
            return replace(decision, terms=for_risky(decision.terms))
        return decision

    def _declared(self, decision: Decision, action: Action) -> Decision:
        if decision.effect == "allow" and action.name in self._risky:
            return replace(decision, effect="confirm", why=f"{action.name} is declared as risky", terms=Terms())
        return decision

    def _is_risky(self, action: Action, registry: Registry) -> bool:
        return action.name in self._risky or risky(action, registry)

    def _seen(self, house: House) -> dict[str, str]:
        looked_at = sorted(self.looks_at)[:MOST_SEEN]
        return {entity: house.states[entity].value for entity in looked_at if entity in house.states}
