"""A plan: what was asked, as it will be done, with the judge's word on each part; and how it is written down.

What is written into the log never holds a code: people put them into actions and say them aloud.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from claw.base.action import NO_DATA, Action, Decision, Json, Terms, canonical
from claw.gate.answering import for_risky
from claw.gate.verify import Watched

MOST_ACTIONS = 50
"""One request may hold this many actions; a person's never comes near."""

REMEMBERED = "something that was once said had a part in this"
"""Why a risky act needs a yes that the rules ask for none of."""

_SECRET = re.compile(r"code|pin|pass|secret|token|key", re.IGNORECASE)
_COUNTED = "tokens"
"""Budgets add these up, also after a restart, from what the log holds."""
_DIGITS = re.compile(r"\d{4,}")


@dataclass(frozen=True, slots=True)
class Plan:
    """Normalised actions in order, each with its decision.

    ``expected`` holds, for each action, the states of its entities when its turn comes, as the rehearsal has it;
    ``risky`` the positions of actions in the dangerous direction; ``seen`` the states that rules may have looked at.
    ``run`` is the id of the program that it is of, empty where it is of none.
    """

    actions: tuple[Action, ...]
    decisions: tuple[Decision, ...]
    expected: tuple[Mapping[str, str], ...] = ()
    risky: frozenset[int] = frozenset()
    seen: Mapping[str, str] = field(default_factory=dict[str, str])
    run: str = ""

    @property
    def denied(self) -> Decision | None:
        """The first denial, None where there is none."""
        return next((decision for decision in self.decisions if decision.effect == "deny"), None)

    @property
    def asks(self) -> bool:
        """True when a person must say yes first."""
        return any(decision.effect == "confirm" for decision in self.decisions)

    def guarded(self, at: int) -> bool:
        """Return whether the action at this position may only be done in the house that the rehearsal expects."""
        decision = self.decisions[at]
        return at in self.risky or decision.effect == "confirm" or decision.grant is not None

    def asked_first(self) -> "Plan":
        """Return the same plan with a question for every risky act that rules, or an earlier yes, would let pass."""
        decisions = tuple(
            replace(one, effect="confirm", why=REMEMBERED, terms=for_risky(Terms()), grant=None)
            if at in self.risky and one.effect == "allow"
            else one
            for at, one in enumerate(self.decisions)
        )
        return replace(self, decisions=decisions)

    def denied_for(self, why: str, rule: str) -> "Plan":
        """Return the same plan, denied as a whole by ``rule``."""
        denied = tuple(replace(one, effect="deny", rule=rule, why=why, terms=None) for one in self.decisions)
        return replace(self, decisions=denied)


def apart(plan: Plan) -> tuple[Action, ...]:
    """Return the actions of ``plan``, a risky one on several things as one for each: each can be struck out then."""
    found: list[Action] = []
    for at, action in enumerate(plan.actions):
        each = [Action(action.name, (entity,), action.data) for entity in action.entities]
        found += each if at in plan.risky and each else [action]
    return tuple(found)


def together(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return ``actions`` with those that differ in nothing but their things as one."""
    things: dict[bytes, tuple[Action, list[str]]] = {}
    for action in actions:
        alike = canonical([action.name, dict(action.data), bool(action.entities)])
        things.setdefault(alike, (action, []))[1].extend(action.entities)
    return tuple(Action(one.name, tuple(entities), one.data) for one, entities in things.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """What led to a plan, for the log: the sentence, the entries it takes back, and the first intent of the plan.

    ``run`` is the id of the program that it is of, ``program`` the number of its entry.
    """

    said: str = ""
    undoes: tuple[int, ...] = ()
    first: int | None = None
    run: str = ""
    program: int | None = None

    def as_json(self) -> dict[str, Json]:
        """Return it as the log may hold it: codes are masked, what is not so is left out."""
        told: dict[str, Json] = {"said": without_codes(self.said)}
        if self.undoes:
            told["undoes"] = list(self.undoes)
        if self.first is not None:
            told["first"] = self.first
        if self.run:
            told["run"] = self.run
        return told


def without_secrets(action: Action) -> Action:
    """Return ``action`` as it may be shown: codes and the like are left out, whatever service they were for."""
    data = {
        key: "(left out)" if _SECRET.search(key) and not (key == _COUNTED and type(value) in {int, float}) else value
        for key, value in action.data.items()
    }
    return Action(action.name, action.entities, data)


def logged(action: Action) -> dict[str, Json]:
    """Return ``action`` as the log may hold it."""
    return without_secrets(action).as_json()


def without_codes(said: str) -> str:
    """Return a sentence with runs of four or more digits masked: people say their codes aloud."""
    return _DIGITS.sub("****", said)


def requested(plan: Plan, asked: Asked) -> dict[str, Json]:
    """Return the log's body for a plan that a person is asked about."""
    return {
        **asked.as_json(),
        "actions": [logged(action) for action in plan.actions],
        "rules": [decision.rule for decision in plan.decisions],
        "seen": dict(plan.seen),
    }


def intended(plan: Plan, at: int, asked: Asked, watched: Watched) -> dict[str, Json]:
    """Return the log's body for the action at this position, which is about to be done."""
    decision = plan.decisions[at]
    body: dict[str, Json] = {
        **asked.as_json(),
        "action": logged(plan.actions[at]),
        "rule": decision.rule,
        "effect": decision.effect,
        "before": dict(watched.before),
        "prior": watched.prior,
        "expected": watched.wished,
        "seen": dict(plan.seen),
    }
    return body if decision.grant is None else body | {"grant": decision.grant}


def withheld(
    actions: Sequence[Action],
    asked: Asked,
    why: str,
    rule: str | None,
    seen: Mapping[str, str] = NO_DATA,
    *,
    denied: bool = False,
) -> dict[str, Json]:
    """Return the log's body for actions that are refused; ``denied``: by the policy, so that it can be judged anew."""
    return {
        **({"effect": "deny"} if denied else {}),
        **asked.as_json(),
        "actions": [logged(action) for action in actions[:MOST_ACTIONS]],
        "why": why,
        "rule": rule,
        "seen": dict(seen),
    }
