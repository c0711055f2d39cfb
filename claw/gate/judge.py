"""Is it valid, and may it be: the two questions before anything is asked of a person or a device.

Validity comes first, so that the policy only ever judges actions that exist, on entities that exist, with data in
range; a clever argument never reaches a rule.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from claw.base.action import Action, Decision, Origin, Pending, Terms
from claw.base.clock import Clock
from claw.base.errors import Invalid, Refused
from claw.gate.answering import RISKY_STRENGTH, at_least
from claw.gate.plan import MOST_ACTIONS, Plan
from claw.gate.rehearse import rehearse
from claw.gate.risk import risky
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.services import validate
from claw.policy.decide import Explanation, Policy
from claw.policy.people import People

logger = logging.getLogger(__name__)

MOST_SEEN = 50
"""States that a row of the log keeps at most of those that rules look at."""


class Judge:
    """Validates against the house and decides by the policy in force; ``policy`` is replaced whole on a reload."""

    def __init__(
        self,
        mirror: Mirror,
        policy: Policy,
        clock: Clock,
        services: Mapping[str, Service],
        risky: frozenset[str] = frozenset(),
    ) -> None:
        """``services`` are actions beside the catalogue's; those in ``risky`` are never done without a person's yes."""
        self.mirror = mirror
        self.policy = policy
        self._clock = clock
        self._services = services
        self._risky = risky
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
    def people(self) -> People:
        """Who lives here, as the policy in force knows them."""
        return self.policy.people

    @property
    def looks_at(self) -> frozenset[str]:
        """Entity ids whose states some rule looks at."""
        return frozenset()

    def versions(self) -> dict[str, str]:
        """Return the hashes of everything that decides, for a row of the log."""
        return {"policy": self.policy.hash}

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        """Return the plan for ``actions``; raises Refused for anything invalid, before the policy is asked."""
        if not actions:
            raise Refused("nothing was asked")
        if len(actions) > MOST_ACTIONS:
            raise Refused(f"{len(actions)} actions at once are too many; {MOST_ACTIONS} are the most")
        house = self.mirror.house()
        valid = tuple(validate(house, action, self._services) for action in actions)
        now = self._clock.now()
        risks = frozenset(at for at, action in enumerate(valid) if self._is_risky(action, house))
        decisions = tuple(
            self._decide(house, action, origin, now, risky=at in risks) for at, action in enumerate(valid)
        )
        plan = Plan(valid, decisions, (), risks, self._seen(house))
        if plan.denied is None and any(plan.guarded(at) for at in range(len(valid))):
            plan = replace(plan, expected=tuple(step.found for step in rehearse(house, valid, now)))
        return plan

    def charge(self, action: Action, decision: Decision, origin: Origin) -> None:
        """Count ``action`` as done now; raises Refused when the rates, as they are at this moment, leave no room.

        Nothing is awaited in here: between this and the intent in the log nobody else can count.
        """

    def grant(self, plan: Plan, pending: Pending, origin: Origin, seconds: float) -> None:
        """Keep a yes for ``seconds``, or for the task that asked, where it was given for longer than once."""

    def _decide(self, house: House, action: Action, origin: Origin, now: datetime, *, risky: bool) -> Decision:
        decision = self.policy.decide(house, action, origin, now)
        if decision.effect == "allow" and action.name in self._risky:
            decision = replace(decision, effect="confirm", why=f"{action.name} is declared as risky", terms=Terms())
        if risky and decision.terms is not None:
            return replace(decision, terms=at_least(decision.terms, RISKY_STRENGTH))
        return decision

    def _is_risky(self, action: Action, house: House) -> bool:
        return action.name in self._risky or risky(action, house)

    def _seen(self, house: House) -> dict[str, str]:
        looked_at = sorted(self.looks_at)[:MOST_SEEN]
        return {entity: house.states[entity].value for entity in looked_at if entity in house.states}

    def explain(self, action: Action, origin: Origin) -> Explanation:
        """Return how the policy comes to its decision about ``action``; raises Refused for anything invalid."""
        house = self.mirror.house()
        valid = validate(house, action, self._services)
        return self.policy.explain(house, valid, origin, self._clock.now())
