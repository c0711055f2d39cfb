"""How a manifest's rights, values and wishes are put: with the names that this house gives to rooms and things.

Every name and every word of a manifest stands in quotes and is made harmless, except ids of Claw's own spelling.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from claw.base.action import Action
from claw.gate.risk import risky
from claw.house.model import House, Registry
from claw.house.services import CATALOGUE
from claw.house.text import plain, quoted
from claw.policy.forbidden import indirect
from claw.policy.risky import RISKY
from claw.skills.manifest import SLOT, Bound, Capability, Event, Manifest, Parameter, Selector, Value, Which, Wish
from claw.skills.plain_words import LONGEST, doing, figure, joined, kind, seconds
from claw.skills.within import fits

NAME = 60

_DANGEROUS = frozenset(action for actions in RISKY.values() for action in actions)
Places = Sequence[str] | None

_WORDS: Mapping[str, str] = {
    "area": "room",
    "number": "number",
    "duration": "time",
    "enum": "choice",
    "bool": "yes or no",
}


@dataclass(frozen=True)
class Naming:
    """The words of one manifest: its parameters, and the names of the house."""

    parameters: Mapping[str, Parameter]
    registry: Registry

    @cached_property
    def _manifest(self) -> Manifest:
        """A manifest of these parameters, for whoever reads selectors."""
        return Manifest(version="0.0.0", parameters=self.parameters)

    @cached_property
    def _called(self) -> Counter[str]:
        """How many things have a name."""
        return Counter(entity.name for entity in self.registry.entities.values())

    def right(self, one: Capability) -> str:
        """Return one thing that the skill may do, with its bounds in brackets."""
        said = doing(one.call, self.things(one.on) if one.on is not None else "")
        bounds = [self._bound(one.call, field, bound) for field, bound in one.data.items()]
        return f"{said} ({', '.join(bounds)})" if bounds else said

    def dangerous(self, one: Capability) -> bool:
        """Return whether some thing that it could be about makes it risky."""
        if one.on is None:
            return risky(Action(one.call), self.registry)
        # Of a house's thousand lamps none is risky by itself, only a group may be.
        harmless = one.call in CATALOGUE and one.call not in _DANGEROUS and not indirect(one.call)
        those = self.registry.groups if harmless else self.registry.entities
        domain, which, house = one.call.partition(".")[0], one.on, House(self.registry, {})
        near = [entity for entity in those if entity.startswith(f"{domain}.")] or list(those)
        return any(
            risky(Action(one.call, (entity,)), self.registry) and fits(which, entity, house, None, self._manifest)
            for entity in near
        )

    def _bound(self, call: str, field: str, bound: Bound) -> str:
        return figure(call, field, self._range(bound.values, bound.min, bound.max))

    def _range(self, values: Sequence[Value] | None, low: float | None, high: float | None) -> str:
        if values is not None:
            return joined([self._value(one) for one in values], "or")
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        if high is not None:
            return f"at most {high:g}"
        return f"at least {low:g}" if low is not None else "as it likes"

    def _value(self, one: Value) -> str:
        if isinstance(one, bool):
            return "yes" if one else "no"
        if isinstance(one, (int, float)):
            return f"{one:g}"
        slot = SLOT.fullmatch(one)
        return f"as you say: {self._whole(slot[1])}" if slot else _state(one)

    def _whole(self, name: str) -> str:
        """Return all that a parameter may be."""
        one = self.parameters.get(name)
        if one is None:
            return quoted(name)
        if one.min is not None and one.max is not None:
            if one.type == "duration":
                return f"{seconds(one.min)} to {seconds(one.max)}"
            return f"{one.min:g} to {one.max:g}{f' {plain(one.unit)}' if one.unit else ''}"
        if one.type == "enum":
            return joined([_state(value) for value in one.values or ()], "or")
        if one.type == "entity":
            where = self._where(one.area)
            return f"{joined([kind(domain) for domain in one.domain or ()], 'or')}{_classes(one.device_class)}{where}"
        return "any room" if one.type == "area" else "yes or no"

    def taken(self, name: str, one: Parameter) -> str:
        """Return what a parameter may be, and what is taken where it is not said."""
        otherwise = ""
        if one.here:
            otherwise = "; where you name none, the one you are in"
        elif one.default is not None:
            otherwise = f"; where you say none, {self._value(one.default)}"
        elif one.ask:
            otherwise = f"; where it is missing it asks {quoted(one.ask, LONGEST)}"
        return f"{quoted(name.replace('_', ' '))}: {self._whole(name)}{otherwise}"

    def _named(self, slot: str) -> str:
        """Return what a parameter stands for: ``the room you name``."""
        one = self.parameters.get(slot)
        if one is None:
            return quoted(slot)
        word = _WORDS.get(one.type) or joined([kind(domain, several=False) for domain in one.domain or ()], "or")
        alike = sum(other.type == one.type for other in self.parameters.values())
        mine = " or are in" if one.here else ""
        return f"the {word} you name{mine}{f' as {quoted(slot)}' if alike > 1 else ''}"

    def things(self, which: Which) -> str:
        """Return which entities: ``lights in the room you name, but not the light "Night"``."""
        kinds = [kind(one) for one in which.domain or ()]
        if which.entity is not None:
            what = joined([self._entity(one) for one in which.entity]) + (
                f" as far as {joined(kinds)}" if kinds else ""
            )
        else:
            what = joined(kinds) or "anything"
        without = which.without if isinstance(which, Selector) else None
        but = f", but not {self.things(without)}" if without is not None else ""
        where = self._where(which.area, which.floor, which.label)
        house = " in the house" if what == "anything" and not where else ""
        return f"{what}{_classes(which.device_class)}{where or house}{but}"

    def _where(self, area: Places, floor: Places = None, label: Places = None) -> str:
        """Return in which rooms, on which floors, with which labels; empty where none is named."""
        registry = self.registry
        areas = [self._place(one, {key: area.name for key, area in registry.areas.items()}) for one in area or ()]
        floors = [self._place(one, {key: floor.name for key, floor in registry.floors.items()}) for one in floor or ()]
        labels = [self._place(one, registry.labels) for one in label or ()]
        return "".join(
            f" {word} {joined(names, 'or')}"
            for word, names in (("in", areas), ("on the floor", floors), ("with the label", labels))
            if names
        )

    def _place(self, ident: str, names: Mapping[str, str]) -> str:
        slot = SLOT.fullmatch(ident)
        if slot:
            return self._named(slot[1])
        return quoted(names[ident], NAME) if ident in names else quoted(ident, LONGEST)

    def _entity(self, ident: str) -> str:
        slot = SLOT.fullmatch(ident)
        if slot:
            return self._named(slot[1])
        if _open(ident):
            return f"what has an id like {quoted(ident, LONGEST)}"
        known = self.registry.entities.get(ident)
        if known is None:
            return f"{quoted(ident, LONGEST)}, which is not in this house"
        own = f" ({plain(ident, LONGEST)})" if self._called[known.name] > 1 else ""
        return f"the {kind(known.domain, several=False)} {quoted(known.name, NAME)}{own}"

    def wish(self, one: Wish) -> str:
        """Return what must be so: ``lights in "Hall": none on``."""
        said = self._range(one.values, one.min, one.max)
        how = {"each": "all", "any": "at least one", "none": "none"}[one.how]
        of = f"with {plain(one.attribute.replace('_', ' '), LONGEST)} " if one.attribute is not None else ""
        return f"{self.things(one.of)}: {how} {of}{said}"

    def event(self, one: Event) -> str:
        """Return what happens in the house that sets the skill off."""
        parts = [f"come to {joined([_state(state) for state in one.to], 'or')}"] if one.to else []
        if one.above is not None:
            parts.append(f"rise above {one.above:g}")
        if one.below is not None:
            parts.append(f"fall below {one.below:g}")
        lasting = f" for {plain(one.lasting)}" if one.lasting else ""
        return f"{self.things(one.of)} {joined(parts) or 'change'}{lasting}"


def _classes(named: Sequence[str] | None) -> str:
    return f" ({joined([_state(one) for one in named], 'or')})" if named else ""


def _open(ident: str) -> bool:
    """Return whether an entry means more than one id: a glob, or what a run is given."""
    return "*" in ident or "?" in ident or "[" in ident or SLOT.search(ident) is not None


def _state(value: str) -> str:
    return value if value.isascii() and value.replace("_", "").isalnum() else quoted(value, LONGEST)
