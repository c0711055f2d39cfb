"""Whether a condition of a routine holds now, by the policy's own reading of it; what is not known is not met.

``When`` is the policy's word for hours, sun, states and presence, and is read here exactly as there: one language for
conditions, one meaning.  Only whose names count differs: a rule means a thing by what it was called when the policy was
written, a routine by what it was called when the routine was made (``claw/routines/things.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from claw.base.action import Action, Origin
from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.text import plain
from claw.policy.conditions import Holds, in_house
from claw.policy.people import People
from claw.policy.presence import entities_of
from claw.policy.rates import NO_ACTS
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.things import Things

_NO_ACTION = Action("claw.schedule")
_NOBODY = Origin("routine")
_NAME = 60


@dataclass(frozen=True, slots=True)
class _Test:
    """One part of a condition: ``sure`` where what is not known counts as no, ``maybe`` where it counts as yes."""

    text: str
    sure: Holds
    maybe: Holds
    own: bool = False
    """Whether it looks at a thing that the routine names."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A ``When`` of a routine made ready to be asked again and again, with the ids that things have now."""

    tests: tuple[_Test, ...]
    tainted: bool | None
    entities: frozenset[str]
    by_clock: bool


class Conditions:
    """Asks the house and the clock; used from the event loop only."""

    def __init__(self, mirror: Mirror, people: People, clock: Clock, things: Things) -> None:
        self._mirror = mirror
        self._people = people
        self._clock = clock
        self._things = things
        self._stripped: tuple[Registry, Registry] | None = None

    def unmet(self, routine: Routine) -> str:
        """Return what of ``only_if`` is lacking, in a few words; empty where all of it holds or there is none."""
        if routine.spec.only_if is None:
            return ""
        condition = self.compiled(routine, routine.spec.only_if)
        if condition.tainted not in {None, bool(routine.made_by.taint)}:
            return (
                "its condition asks for no influence from outside"
                if routine.made_by.taint
                else "nobody outside had a part"
            )
        for test, found in self._asked(condition):
            if found is not True:
                so = "it is not known whether it is so" if found is None else "it is not so"
                return f"its condition is {test.text}, and {so}"
        return ""

    def holds(self, routine: Routine, when: When) -> bool | None:
        """Return whether all of ``when`` holds now; None where that is not known."""
        condition = self.compiled(routine, when)
        return condition.tainted in {None, bool(routine.made_by.taint)} and self.now(condition)

    def entities(self, routine: Routine, when: When) -> frozenset[str]:
        """Return the present ids of everything in the house that ``when`` looks at."""
        return self.compiled(routine, when).entities

    def compiled(self, routine: Routine, when: When) -> Condition:
        """Return ``when`` ready to be asked; good until a thing of ``routine`` is renamed."""
        when = self._things.when(routine, when)
        tests = tuple(self._tests(when))
        who = [one for one in entities_of(self._people, (*when.home, *when.away)) if one]
        renamed = self._mirror.registry.renamed
        entities = frozenset((*when.states, *(renamed.get(one, one) for one in who)))
        by_clock = bool(when.between or when.days or when.sun)
        return Condition(tests, when.tainted, entities, by_clock)

    def now(self, condition: Condition) -> bool | None:
        """Return whether all of a condition holds now, but for influence from outside; None where it is not known."""
        unknown = False
        for _, found in self._asked(condition):
            if found is False:
                return False
            unknown = unknown or found is None
        return None if unknown else True

    def _asked(self, condition: Condition) -> Iterator[tuple[_Test, bool | None]]:
        house, now = self._mirror.house(), self._clock.now()
        for test in condition.tests:
            seen = self._by_present_ids(house) if test.own else house
            asked = (seen, _NO_ACTION, _NOBODY, None, now, NO_ACTS)
            yield test, True if test.sure(*asked) else None if test.maybe(*asked) else False

    def _tests(self, when: When) -> Iterator[_Test]:
        for entity_id, wish in when.states.items():
            name = self._name(entity_id)
            alone = when.model_copy(update=_ALONE | {"states": {entity_id: wish}})
            yield from self._pairs(alone, own=True, name=(f"{entity_id}:", f"{name} is"))
        yield from self._pairs(when.model_copy(update={"states": {}}), own=False)

    def _pairs(self, when: When, *, own: bool, name: tuple[str, str] = ("", "")) -> Iterator[_Test]:
        sure, maybe = in_house(when, self._people, unknown=False), in_house(when, self._people, unknown=True)
        for one, other in zip(sure, maybe, strict=True):
            yield _Test(one.text.replace(*name, 1) if own else one.text, one.holds, other.holds, own)

    def _name(self, entity_id: str) -> str:
        entity = self._mirror.registry.entities.get(entity_id)
        return plain(entity.name, _NAME) if entity is not None else entity_id

    def _by_present_ids(self, house: House) -> House:
        """Return the house with every thing meant by what it is called now, whatever the policy means by that id."""
        registry = house.registry
        if not registry.renamed:
            return house
        if self._stripped is None or self._stripped[0] is not registry:
            entities = {key: replace(one, former=None) for key, one in registry.entities.items()}
            self._stripped = (registry, replace(registry, entities=MappingProxyType(entities)))
        return replace(house, registry=self._stripped[1])


_ALONE = {"between": None, "days": (), "sun": None, "home": (), "away": ()}
