"""Is it valid, and may it be: the two questions before anything is asked of a person or a device.

Validity comes first, so that the policy only ever judges actions that exist, on entities that exist, with data in
range; a clever argument never reaches a rule.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Action, Decision, Origin, Terms
from claw.base.clock import Clock
from claw.base.errors import Invalid, Refused
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.services import validate
from claw.policy.decide import Explanation, Policy

logger = logging.getLogger(__name__)

MOST_ACTIONS = 50
"""One request may hold this many actions; a person's never comes near."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Normalised actions in order, each with its decision."""

    actions: tuple[Action, ...]
    decisions: tuple[Decision, ...]

    @property
    def denied(self) -> Decision | None:
        """The first denial, None where there is none."""
        return next((decision for decision in self.decisions if decision.effect == "deny"), None)

    @property
    def asks(self) -> bool:
        """True when a person must say yes first."""
        return any(decision.effect == "confirm" for decision in self.decisions)


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

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        """Return the plan for ``actions``; raises Refused for anything invalid, before the policy is asked."""
        if not actions:
            raise Refused("nothing was asked")
        if len(actions) > MOST_ACTIONS:
            raise Refused(f"{len(actions)} actions at once are too many; {MOST_ACTIONS} are the most")
        house = self.mirror.house()
        valid = tuple(validate(house, action, self._services) for action in actions)
        now = self._clock.now()
        return Plan(valid, tuple(self._decide(house, action, origin, now) for action in valid))

    def _decide(self, house: House, action: Action, origin: Origin, now: datetime) -> Decision:
        decision = self.policy.decide(house, action, origin, now)
        if decision.effect == "allow" and action.name in self._risky:
            return replace(decision, effect="confirm", why=f"{action.name} is declared as risky", terms=Terms())
        return decision

    def explain(self, action: Action, origin: Origin) -> Explanation:
        """Return how the policy comes to its decision about ``action``; raises Refused for anything invalid."""
        house = self.mirror.house()
        valid = validate(house, action, self._services)
        return self.policy.explain(house, valid, origin, self._clock.now())
