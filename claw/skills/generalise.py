"""From what was done once or twice to what it means: which values were the request's own, and become parameters.

Nothing is guessed.  A value becomes a parameter where two requests differ in it or where somebody named it; things that
are all of one kind in the room that was named become a search for that kind in that room; all else stays as it was.
What lets somebody in is never a parameter: a door that was named is that door.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.model import Entity, House
from claw.house.services import CATALOGUE
from claw.house.text import quoted
from claw.policy.risky import risky_actions
from claw.skills.figures import Figures, field_of
from claw.skills.manifest import Parameter
from claw.skills.mentions import Mention, Names, mentions, names_of
from claw.skills.model import Trace
from claw.skills.naming import Unused, noun
from claw.skills.plan import Before, Chosen, Datum, Doing, Fixed, Found, Learned, Named, Plan, Things, found, part
from claw.skills.skeleton import Step, aligned, steps
from claw.skills.source import Source, source_of

ENTITIES = ""
"""The key of a slot that is the things themselves."""

MOST_PARAMETERS = 5

_NO_COUNTERPART = "these requests did not come to the same acts"


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of one call: ``step`` is the number of the call, ``key`` its datum, ``ENTITIES`` for its things.

    ``told`` is for a person: ``the brightness (40 %) of Living Room Lamp``.
    """

    step: int
    key: str
    value: Json
    told: str


@dataclass(frozen=True)
class Asked:
    """One request, looked at: its steps, what it named, where it was asked, its program, the house before it."""

    trace: Trace
    steps: tuple[Step, ...]
    named: tuple[Mention, ...]
    before: Before
    source: Source

    @property
    def area(self) -> str | None:
        """The one room that it is about: the one that was named, else the asker's own; None where that is not clear."""
        named = [one.ids[0] if len(one.ids) == 1 else None for one in self.named if one.kind == "area"]
        if not named:
            return self.trace.place
        return named[0] if len(set(named)) == 1 else None

    @property
    def placed(self) -> bool:
        """Whether a room was named, be it as "here"."""
        return any(one.kind in {"area", "here"} for one in self.named)


def slots(calls: Sequence[Action], house: House) -> tuple[Slot, ...]:
    """Return all values of these calls that could be a parameter, in order."""
    found: list[Slot] = []
    for number, call in enumerate(calls):
        things = " and ".join(_name(house, entity) for entity in call.entities[:3]) or call.name
        if len(call.entities) == 1 and not _guards(call.name, call.entities, house):
            found.append(Slot(number, ENTITIES, call.entities[0], f"which {noun(call.domain)} ({things})"))
        for key, value in call.data.items():
            if field_of(call.name, key) is not None and isinstance(value, (int, float, str)):
                found.append(Slot(number, key, value, f"the {key.replace('_', ' ')} ({value}) of {things}"))
    return tuple(found)


def generalise(
    traces: Sequence[Trace], house: House, *, free: Collection[tuple[int, str]] = (), apart: bool = False
) -> Plan:
    """Return what these requests come to; raises Refused, with a sentence, where they are not cases of one thing.

    ``free`` are slots of the last one that may change, whatever was named; with ``apart`` no two calls become one step.
    """
    names = names_of(house.registry) if any(trace.said for trace in traces) else Names({})
    asked = tuple(_asked(trace, house, names, apart=apart) for trace in traces)
    together = aligned([one.steps for one in asked])
    if together is None:
        raise Refused(_NO_COUNTERPART)
    return _Generalised(asked, together, house, frozenset(free)).plan()


def _asked(trace: Trace, house: House, names: Names, *, apart: bool) -> Asked:
    texts = [value for call in trace.calls for value in call.data.values() if isinstance(value, str) and len(value) > 1]
    named = mentions(trace.said, names, trace.language, texts)
    for entity in (one for call in trace.calls for one in call.entities):
        if entity not in house.states:
            raise Refused(f"{quoted(entity, 60)} is not in the house any more")
    done = steps(trace.calls, apart=apart)
    return Asked(trace, done, named, Before(house, trace.before), source_of(trace.source))


class _Generalised:
    """Works out one plan; each step goes through it once."""

    def __init__(
        self,
        asked: tuple[Asked, ...],
        together: Sequence[tuple[Step, ...]],
        house: House,
        free: frozenset[tuple[int, str]],
    ) -> None:
        self._asked = asked
        self._together = together
        self._house = house
        self._free = free
        self._unused = Unused(name for one in asked for name in one.source.names)
        self._parameters: list[Learned] = []
        self._figures = Figures([one.named for one in asked], house, self._unused)
        self._areas = tuple(one.area for one in asked)

    def plan(self) -> Plan:
        """Return the plan; raises Refused."""
        things = self._by_area()
        doings: list[Doing] = []
        for at, column in enumerate(self._together):
            seen = tuple((step.entities, step.data) for step in column)
            of = things.get(at) or self._things(at, column)
            free = frozenset(key for number, key in self._free if number in column[-1].calls)
            service = column[-1].service
            guards = any(_guards(service, step.entities, self._house) for step in column)
            data = _as_it_was(column) if guards else self._figures.data(service, column, free)
            doings.append(Doing(service, of, data, seen))
        found = (*self._parameters, *self._figures.found)
        if len(found) > MOST_PARAMETERS:
            raise Refused(f"more than {MOST_PARAMETERS} things differ between these requests")
        return Plan(tuple(doings), found)

    # ------------------------------------------------------------------ the room

    def _by_area(self) -> dict[int, Found]:
        """Return the steps that are all of a kind in the room, where the room is what the requests are about."""
        known = [area for area in self._areas if area is not None and area in self._house.registry.areas]
        varies = len(set(self._areas)) > 1
        if len(known) != len(self._asked) or not (varies or any(one.placed for one in self._asked)):
            return {}
        found: dict[int, Found] = {}
        for at, column in enumerate(self._together):
            if not all(map(self._inside, column, known)):
                continue
            kind = self._kind(column, known)
            if kind is None:  # of one room, and not simply all that is there: then the room cannot be another
                if varies and len({step.entities for step in column}) > 1:
                    raise Refused("what was done in these rooms is not the same for all rooms")
                return {}
            found[at] = kind
        if found:
            here = any(not any(one.kind == "area" for one in asked.named) for asked in self._asked)
            spec = part(Parameter, type="area", here=True if here else None, ask="In which room?")
            where = tuple(next((m for m in one.named if m.kind in {"area", "here"}), None) for one in self._asked)
            name = self._unused.name("area")
            self._parameters.append(Learned(name, spec, tuple(known), where))
            found = {at: replace(one, area=name, given=True) for at, one in found.items()}
        return found

    def _inside(self, step: Step, area: str) -> bool:
        entities = self._house.registry.entities
        return bool(step.entities) and all(one in entities and entities[one].area == area for one in step.entities)

    def _kind(self, column: Sequence[Step], areas: Sequence[str]) -> Found | None:
        """Return the search that gives exactly the things of each request; None where none does, or none may."""
        if any(_guards(step.service, step.entities, self._house) for step in column):
            return None
        service = column[0].service
        ids = [frozenset(step.entities) for step in column]
        for one in self._searches(column):
            if self._every(replace(one, given=True), areas) == ids and self._harmless(service, one):
                return one
        own = [
            {replace(one, area="") for one in asked.source.finds if one.area == area}
            for asked, area in zip(self._asked, areas, strict=True)
        ]
        domain = service.partition(".")[0]
        for one in sorted(set.intersection(*own), key=str):
            wide = replace(one, domain=one.domain or domain, given=True)
            every = self._every(wide, areas)
            among = wide.domain == domain and all(few <= many for few, many in zip(ids, every, strict=True))
            if among and self._harmless(service, wide):
                return wide
        return None

    def _harmless(self, service: str, search: Found) -> bool:
        """Return whether an action lets nobody in, whatever of the whole house the search comes to another time."""
        anywhere = replace(search, area="" if search.given or not search.area else search.area, given=False, state="")
        return not _guards(service, found(Before(self._house), anywhere, ""), self._house)

    def _every(self, search: Found, areas: Sequence[str]) -> list[frozenset[str]]:
        """Return what a search finds for each request."""
        return [found(asked.before, search, area) for asked, area in zip(self._asked, areas, strict=True)]

    def _searches(self, column: Sequence[Step]) -> Iterator[Found]:
        """Yield searches, the plainest first."""
        service = column[0].service
        plain = Found(domain=service.partition(".")[0])
        modes, needs = _wants(service, column[0].data)
        yield plain
        if modes or needs:
            yield replace(plain, modes=modes, needs=needs)
        classes = {self._class(entity) for step in column for entity in step.entities}
        if len(classes) == 1 and (only := next(iter(classes))):
            yield replace(plain, device_class=only)
        states = {
            state.value
            for asked, step in zip(self._asked, column, strict=True)
            for entity in step.entities
            if (state := asked.before.state(entity)) is not None
        }
        if len(states) == 1 and next(iter(states)) in {"on", "open", "playing"}:
            yield replace(plain, state=next(iter(states)))

    def _class(self, entity: str) -> str:
        known, state = self._house.registry.entities.get(entity), self._house.states.get(entity)
        told = state.attributes.get("device_class") if state is not None else None
        return (known.device_class if known is not None else None) or (told if isinstance(told, str) else "")

    # ------------------------------------------------------------------ other things

    def _things(self, at: int, column: Sequence[Step]) -> Things:
        """Return the things of a step that the room does not say; raises Refused where they just differ."""
        del at
        ids = [step.entities for step in column]
        same = all(set(one) == set(ids[0]) for one in ids)
        guards = any(_guards(step.service, step.entities, self._house) for step in column)
        if not guards and all(len(one) == 1 for one in ids):
            chosen = self._chosen(column, tuple(one[0] for one in ids))
            if chosen is not None:
                return chosen
        if same and all(self._written(asked, one) for asked, one in zip(self._asked, ids, strict=True)):
            return Named(ids[-1])
        if not guards and (search := self._searched(column)) is not None:
            return search
        if same:
            return Named(ids[-1])
        what = noun(column[0].service.partition(".")[0])
        raise Refused(f"these requests were about different things, and it is not clear how each {what} was chosen")

    def _chosen(self, column: Sequence[Step], values: tuple[str, ...]) -> Chosen | None:
        """Return the parameter that the one thing of each request is, None where it is no parameter."""
        service = column[0].service
        for known in self._parameters:
            if known.spec.type == "entity" and known.values == values:
                return Chosen(known.name) if self._any_of(service, known.spec) else None
        named = tuple(_mention(asked.named, value) for asked, value in zip(self._asked, values, strict=True))
        free = any((number, ENTITIES) in self._free for number in column[-1].calls)
        if not free and any(one is None for one in named):
            return None
        domains, classes = {one.partition(".")[0] for one in values}, {self._class(one) for one in values}
        if len(domains) != 1:
            return None
        domain = next(iter(domains))
        name, default = noun(domain), values[-1] if None in named else None
        spec = part(Parameter, type="entity", domain=(domain,), default=default, ask=f"Which {name}?")
        if not self._any_of(service, spec):  # of a kind that lets nobody in it may be another one, of any kind not
            kind = (next(iter(classes)),) if len(classes) == 1 and "" not in classes else None
            spec = spec.model_copy(update={"device_class": kind})
            if kind is None or not self._any_of(service, spec):
                return None
        self._parameters.append(Learned(self._unused.name(name), spec, values, named))
        return Chosen(self._parameters[-1].name)

    def _any_of(self, service: str, spec: Parameter) -> bool:
        """Return whether an action lets nobody in, whichever thing the parameter is."""
        domains, classes = spec.domain or (), spec.device_class
        could = [
            one.entity_id
            for one in self._house.registry.entities.values()
            if one.domain in domains and (classes is None or self._class(one.entity_id) in classes)
        ]
        return not _guards(service, could, self._house)

    @staticmethod
    def _written(asked: Asked, ids: Sequence[str]) -> bool:
        """Return whether the program names these things itself; what was shown by hand has no program."""
        return not asked.trace.source or all(one in asked.source.texts for one in ids)

    def _searched(self, column: Sequence[Step]) -> Found | None:
        """Return the search of the programs themselves that the things of each request were among."""
        service = column[0].service
        for search in self._asked[-1].source.finds:
            wide = replace(search, domain=search.domain or service.partition(".")[0])
            if wide.domain != service.partition(".")[0] or not all(search in one.source.finds for one in self._asked):
                continue
            every = self._every(wide, [""] * len(self._asked))
            if all(ids.issuperset(step.entities) for step, ids in zip(column, every, strict=True)):
                return wide if self._harmless(service, wide) else None
        return None


def _as_it_was(column: Sequence[Step]) -> dict[str, Datum]:
    """Return the data of what lets somebody in: none of them is a parameter.  Raises Refused where they differ."""
    if any(dict(step.data) != dict(column[-1].data) for step in column):
        raise Refused("how far something opens that lets somebody in is not learned")
    return {key: Fixed(value) for key, value in column[-1].data.items()}


def _mention(named: Sequence[Mention], entity: str) -> Mention | None:
    """Return where a thing was named, by a name that is no other thing's."""
    return next((one for one in named if one.kind == "entity" and one.ids == (entity,)), None)


def _guards(service: str, entities: Collection[str], house: House) -> bool:
    """Return whether the action is in the dangerous direction on any of these, or sets off who knows what."""
    if service.partition(".")[0] in {"scene", "script", "automation", "button", "input_button"}:
        return True
    known = (house.registry.entities.get(entity) or Entity(entity, entity) for entity in entities)
    return any(service in risky_actions(one) for one in known)


def _wants(service: str, data: Mapping[str, Json]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the colour modes of which a lamp must have one, and the features, for an action with these data."""
    known = CATALOGUE.get(service)
    if known is None:
        return (), ()
    fields = [known.fields[key] for key in data if key in known.fields]
    modes = [one.modes for one in fields if one.modes]
    both = frozenset.intersection(*modes) if modes else frozenset[str]()
    needs = [known.needs] if known.needs is not None else []
    needs += [one.needs for one in fields if one.needs is not None]
    return tuple(sorted(both)), tuple(dict.fromkeys(one.bits for one in needs))


def _name(house: House, entity: str) -> str:
    known = house.registry.entities.get(entity)
    return known.name if known is not None else entity
