"""What the rules and the house say of a skill's rights before anybody asks: never allowed, always asked, not there.

A rule that depends on the hour, on the state of the house or on how often something was done takes no trust away: what
is meant here is what could not be done by the skill's people at any hour.  A thing that the manifest names counts by
itself; of things that it means by their kind all must be denied.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product

from claw.base.action import Action, Decision, Json, Origin
from claw.base.clock import Clock
from claw.gate.answering import ADULTS
from claw.gate.risk import risky
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.policy.decide import Policy
from claw.policy.globs import is_glob
from claw.policy.people import People
from claw.skills.manifest import SLOT, Bound, Capability, Manifest, Which
from claw.skills.model import Skill
from claw.skills.within import fits

HOURS = range(24 * 7)
"""Hours from now at which the rules are asked: a week has every hour and every day that a rule may name."""
MOST_LOOKED_AT = 25
"""Things of one kind that are asked about at all those hours: the first that is not denied ends it."""
_MOST_DATA = 6
_AT_ONCE = 50


class Forbidding:
    """Holds manifests against the policy in force and the house as it is."""

    def __init__(
        self,
        mirror: Mirror,
        policy: Callable[[], Policy],
        people: People,
        clock: Clock,
        risks: frozenset[str] = frozenset(),
    ) -> None:
        """``policy`` gives the one in force, ``risks`` are declared actions that always need a yes."""
        self._mirror = mirror
        self._policy = policy
        self._people = people
        self._clock = clock
        self._risks = risks

    async def denied(self, skill: Skill, people: Sequence[str]) -> str | None:
        """Return what of it is never allowed now to any of ``people`` (empty: to anybody), in a sentence."""
        if not self._mirror.ready:
            return None  # without the house nobody knows what a rule is about
        house, askers = self._mirror.house(), self._askers(skill, people)
        for may in skill.manifest.may:
            named = [one for one in _named(may.on) if one in house.registry.entities]
            for entity in named:
                if (why := await self._never(house, skill, may, entity, askers)) is not None:
                    return f"the rules do not allow {may.call} on {entity} any more ({why})"
            if may.on is not None and may.on.entity is not None and len(_named(may.on)) == len(may.on.entity):
                continue
            why, looked = None, 0
            async for entity in _things(house, skill.manifest, may):
                why, looked = await self._never(house, skill, may, entity, askers), looked + 1
                if why is None or looked == MOST_LOOKED_AT:
                    break
            if why is not None:
                return f"the rules do not allow {may.call} any more ({why})"
        return None

    async def asks(self, skill: Skill, people: Sequence[str] = ()) -> str | None:
        """Return what of it a person is always asked about first, in a sentence; None where nothing is."""
        manifest, house = skill.manifest, self._mirror.house()
        if manifest.confirm:
            return f"it asks each time before it does {manifest.confirm[0]}"
        askers = self._askers(skill, people)
        for may in manifest.may:
            for entity in _named(may.on):  # also one that is not there: what it sets off is not known
                if may.call in self._risks or risky(Action(may.call, (entity,)), house.registry):
                    return f"{may.call} is risky"
            async for entity in _things(house, manifest, may):
                if may.call in self._risks or risky(Action(may.call, (entity,) if entity else ()), house.registry):
                    return f"{may.call} is risky"
                if await self._may_ask(house, _samples(manifest, may, entity), askers):
                    return f"the rules want a yes for {may.call}"
        return None

    def gone(self, skill: Skill) -> str | None:
        """Return which thing that it names is not in the house any more, in a sentence; None while that is unknown.

        What came with Claw only ever looks whether a thing is there.
        """
        if not self._mirror.ready:
            return None
        manifest, registry = skill.manifest, self._mirror.registry
        spoken = [may.on for may in manifest.may]
        if manifest.provenance.made != "shipped":
            spoken += [*manifest.reads, *(wish.of for wish in (*manifest.before, *manifest.after))]
        named = dict.fromkeys(entity for which in spoken for entity in _named(which))
        defaults = (one.default for one in manifest.parameters.values() if one.type == "entity")
        named |= dict.fromkeys(one for one in defaults if isinstance(one, str))
        missing = next((entity for entity in named if entity not in registry.entities), None)
        return f"{missing} is not in the house any more" if missing is not None else None

    def _askers(self, skill: Skill, people: Sequence[str]) -> list[Origin]:
        """Return how those would ask for whom it may run: its people, or the grown-ups where it is everybody's."""
        known = people or [one.id for one in self._people if one.role in ADULTS]
        return [
            Origin("web", person, authenticated=True, strength="session", skill=skill.name)
            for person in known
            if self._people.get(person) is not None
        ]

    async def _never(
        self, house: House, skill: Skill, may: Capability, entity: str, askers: Sequence[Origin]
    ) -> str | None:
        """Return why nobody of ``askers`` may ever do this, None where somebody may, at some hour, in some house."""
        policy = self._policy()
        possible = policy.possible(house.registry, may.call, entity)
        if all(one.effect == "deny" for one in possible):
            return next((one.why or one.rule or may.call for one in possible), may.call)
        samples = _samples(skill.manifest, may, entity)
        if not askers or not samples or self._depends(policy, possible):
            return None
        why = may.call
        for asker, action in product(askers, samples):
            for now in self._hours():
                decision = policy.decide(house, action, asker, now)
                if decision.effect != "deny":
                    return None
                why = decision.why or why
            await asyncio.sleep(0)
        return why

    async def _may_ask(self, house: House, samples: Sequence[Action], askers: Sequence[Origin]) -> bool:
        policy = self._policy()
        for action, asker in product(samples, askers):
            possible = policy.possible(house.registry, action.name, (action.entities or ("",))[0])
            if not any(one.effect == "confirm" for one in possible):
                continue
            if any(policy.decide(house, action, asker, now).effect == "confirm" for now in self._hours()):
                return True
            await asyncio.sleep(0)
        return False

    @staticmethod
    def _depends(policy: Policy, possible: Iterable[Decision]) -> bool:
        """Return whether any rule that may speak looks at the house: then how it is now says nothing of tomorrow."""
        rules = {rule.id: rule for rule in policy.rules}
        spoken = (rules[one.rule] for one in possible if one.rule in rules)
        return any(rule.when is not None and rule.when.looks_at_house for rule in spoken)

    def _hours(self) -> list[datetime]:
        now = self._clock.now()
        return [now + timedelta(hours=hour) for hour in HOURS]


async def _things(house: House, manifest: Manifest, may: Capability) -> AsyncIterator[str]:
    """Give the things of the house that a right may be about, the empty text for one that is about none.

    A house may have thousands: whoever else waits gets their turn in between.
    """
    if may.on is None:
        yield ""
        return
    domains = frozenset(one for one in may.on.domain or () if not SLOT.search(one))
    for at, entity in enumerate(list(house.states)):
        if at % _AT_ONCE == 0:
            await asyncio.sleep(0)
        if domains and len(domains) == len(may.on.domain or ()) and entity.partition(".")[0] not in domains:
            continue
        if fits(may.on, entity, house, None, manifest):
            yield entity
            await asyncio.sleep(0)


def _named(which: Which | None) -> tuple[str, ...]:
    """Return the things that a selector names by their exact id."""
    return tuple(one for one in (which.entity if which else None) or () if not is_glob(one) and not SLOT.search(one))


def _samples(manifest: Manifest, may: Capability, entity: str) -> list[Action]:
    """Return some acts of a right, with the least, the most and each listed value of its data; none where any goes."""
    values = {key: _values(manifest, bound) for key, bound in may.data.items()}
    if not all(values.values()):
        return []
    things = (entity,) if entity else ()
    most = min(_MOST_DATA, max(map(len, values.values()), default=1))
    return [
        Action(may.call, things, {key: one[min(at, len(one) - 1)] for key, one in values.items()}) for at in range(most)
    ]


def _values(manifest: Manifest, bound: Bound) -> list[Json]:
    """Return values that lie within a bound, of a parameter those that it may have; none where anything may be."""
    found: list[Json] = _between(bound.min, bound.max)
    for value in bound.values or ():
        slot = SLOT.fullmatch(value) if isinstance(value, str) else None
        parameter = manifest.parameters.get(slot[1]) if slot is not None else None
        if parameter is None:
            found.append(value)
            continue
        found += [*_between(parameter.min, parameter.max), *(parameter.values or ())]
        found += [True, False] if parameter.type == "bool" else []
    return found


def _between(least: float | None, most: float | None) -> list[Json]:
    ends = [one for one in (least, most) if one is not None]
    return [*ends, sum(ends) / len(ends)] if ends else []
