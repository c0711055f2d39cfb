"""Conditions on how often, or how much, was done: ``at_most`` and ``more_than``.

They count acts that the rule itself is about, so they are made of the rule's own conditions.
"""

from datetime import UTC, datetime

from claw.base.action import Action, Origin
from claw.house.model import Entity, House, Registry
from claw.policy.bounds import number
from claw.policy.conditions import Dynamic, Holds, static_conditions, who_conditions
from claw.policy.forbidden import indirect
from claw.policy.globs import matcher
from claw.policy.people import People
from claw.policy.rates import NO_ACTS, Act, Counting
from claw.policy.reach import parts_of
from claw.policy.rules import Rate, Rule
from claw.policy.words import seconds


def counted_conditions(rule: Rule, people: People) -> tuple[Dynamic, ...]:
    """Return the conditions of ``rule`` on what was done lately."""
    found: list[Dynamic] = []
    if rule.at_most:
        found.append(_rated(rule, rule.at_most, people, f"at most {rule.at_most.text}"))
    if rule.more_than:
        found.append(_rated(rule, rule.more_than, people, f"more than {rule.more_than.text}"))
    return tuple(found)


def _rated(rule: Rule, rate: Rate, people: People, text: str) -> Dynamic:
    """Return the condition that the rule was about so many acts already, or, on an allow, was not."""
    speaks, static, who = (
        matcher(rule.actions),
        static_conditions(rule),
        who_conditions(rule.who, people) if rule.who else [],
    )
    span_s, over, most = seconds(rate.per), rule.effect != "allow", rate.total or float(rate.times or 0)

    def about(house: House, origin: Origin, name: str, entity_id: str) -> bool:
        entity = house.registry.entities.get(entity_id)
        if entity_id and entity is None:
            return True  # it was renamed or taken away since, which forgives nothing
        role = people.role(origin.person) if origin.authenticated else None
        return all(one.fits(name, entity, house.registry) for one in static) and all(
            one.test(entity)(house, _NOTHING, origin, role, _LONG_AGO, NO_ACTS) for one in who
        )

    def on(entity: Entity | None) -> Holds:
        alone = entity.entity_id if entity and rate.each == "entity" else None

        def holds(house: House, action: Action, origin: Origin, _r: str | None, now: datetime, done: Counting) -> bool:
            own = 1.0 if rate.sum is None else number(action.data.get(rate.sum))
            if own is None or own < 0:
                return over
            person = _proven(origin)

            def fits(act: Act) -> bool:
                if rate.each == "person" and _proven(act.origin) != person:
                    return False
                moved = _moved(house.registry, act.action)
                return moved is None or any(
                    speaks(name) and alone in {None, entity_id} and about(house, act.origin, name, entity_id)
                    for name, entity_id in moved
                )

            return (done.count(now, span_s, fits, rate.sum) + own > most) is over

        return holds

    return Dynamic(text, on(None), on)


def _proven(origin: Origin) -> str | None:
    return origin.person if origin.authenticated else None


def _moved(registry: Registry, action: Action) -> list[tuple[str, str]] | None:
    """Return what an act did to what: of a script, what it set off; None where that is more than can be told."""
    if not indirect(action.name):
        return [(action.name, entity_id) for entity_id in action.entities or ("",)]
    parts = parts_of(registry, action)
    return None if parts is None else [(part.action.name, part.entity) for part in parts if part.certain]


_NOTHING = Action("")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # who asked does not depend on when
