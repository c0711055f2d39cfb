"""From the words in a phrase's slots to the typed values of a run, and from values to the line that gives them.

Names are looked up in the house: an entity by its names, an area by its own.  A value that does not fit its parameter
is no value: the run does not begin.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from claw.base.action import Json
from claw.base.errors import Refused
from claw.house.fields import finite
from claw.house.model import Entity, House, Registry
from claw.house.text import quoted
from claw.skills.manifest import Manifest, Parameter
from claw.skills.model import Arguments
from claw.skills.numerals import Figures
from claw.skills.phrases import folded
from claw.skills.within import ranges, suits

_HERE = frozenset(
    {"here", "this room", "the room", "hier", "diesem raum", "diesem zimmer", "hier drin", "ici", "cette piece"}
    | {"deze kamer", "\u8fd9\u91cc", "\u8fd9\u513f", "\u8fd9\u4e2a\u623f\u95f4"}
)
_ARTICLES = (
    *("the ", "a ", "an ", "my ", "our ", "in the ", "in ", "der ", "die ", "das ", "den ", "dem ", "im ", "mein "),
    *(
        "meine ",
        "le ",
        "la ",
        "les ",
        "l'",
        "un ",
        "une ",
        "mon ",
        "ma ",
        "de ",
        "het ",
        "een ",
        "mijn ",
        "\u6211\u7684",
    ),
)
_YES = frozenset({"yes", "true", "on", "ja", "oui", "\u662f", "an", "aan"})
_NO = frozenset({"no", "false", "off", "nein", "non", "nee", "\u4e0d", "\u5426", "aus", "uit"})
_FIGURES = Figures()

LANGUAGE = "language"
"""The choice of languages by which a program knows in which one it is spoken to."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter without a value: what to ask for it (empty where its manifest asks nothing), and what was found.

    ``choices`` are entity or area ids between which nothing was chosen.
    """

    name: str
    ask: str
    why: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Where the asker stands (area id) and their language."""

    place: str | None = None
    language: str = "en"


def bind(manifest: Manifest, slots: Mapping[str, str], house: House, asker: Asker) -> Arguments | Missing:
    """Return the values of all parameters for the words in ``slots`` (folded), or the first one that has none."""
    values: dict[str, Json] = {}
    for name, parameter in manifest.parameters.items():
        said = slots.get(name)
        found = _spoken(parameter, said, house, asker) if said is not None else _unsaid(name, parameter, house, asker)
        if isinstance(found, _Open):
            return Missing(name, parameter.ask or "", found.why, found.choices)
        values[name] = found
    return values


def checked(manifest: Manifest, given: Mapping[str, Json], house: House, asker: Asker) -> Arguments:
    """Return ``given`` with defaults filled in; raises Refused for a value that does not fit, or one too many."""
    strange = sorted(set(given) - set(manifest.parameters))
    if strange:
        raise Refused(f"there is no value called {quoted(strange[0], 40)} to give")
    values: dict[str, Json] = {}
    for name, parameter in manifest.parameters.items():
        found = given[name] if name in given else _unsaid(name, parameter, house, asker)
        if isinstance(found, _Open):
            raise Refused(f"{name} is missing: {found.why}")
        if not _valid(parameter, found, house):
            raise Refused(f"{name} cannot be {quoted(str(found), 60)}")
        values[name] = found
    return values


def header(arguments: Arguments) -> str:
    """Return the one line that gives a program its values: ``area = 'living_room'; brightness = 40``."""
    return "; ".join(f"{name} = {value!r}" for name, value in arguments.items())


@dataclass(frozen=True, slots=True)
class _Open:
    """Why there is no value."""

    why: str
    choices: tuple[str, ...] = ()


def _valid(parameter: Parameter, value: Json, house: House) -> bool:
    if parameter.type == "area":
        return isinstance(value, str) and value in house.registry.areas and _allowed_area(parameter, value)
    if parameter.type == "entity":
        entity = house.registry.entities.get(value) if isinstance(value, str) else None
        if entity is None and isinstance(value, str) and value in house.states:
            entity = Entity(value, value)
        return entity is not None and suits(parameter, entity, house)
    return ranges(parameter, value)


def _allowed_area(parameter: Parameter, area: str) -> bool:
    return parameter.area is None or area in parameter.area


def _unsaid(name: str, parameter: Parameter, house: House, asker: Asker) -> Json:
    """Return the value of a parameter that nothing was said about."""
    if name == LANGUAGE and parameter.type == "enum" and asker.language in (parameter.values or ()):
        return asker.language
    if parameter.here and asker.place in house.registry.areas and _allowed_area(parameter, asker.place or ""):
        return asker.place
    if parameter.default is not None:
        default = parameter.default
        return default if _valid(parameter, default, house) else _Open(f"{quoted(str(default), 60)} is not here")
    return _Open("nothing was said about it")


def _spoken(parameter: Parameter, said: str, house: House, asker: Asker) -> Json:
    """Return the value that ``said`` means."""
    match parameter.type:
        case "area":
            return _one(_areas(parameter, said, house, asker), said)
        case "entity":
            return _one(_entities(parameter, said, house, asker), said)
        case "number" | "duration":
            read = _FIGURES.number if parameter.type == "number" else _FIGURES.seconds
            number = finite(read(said, asker.language))
            value = None if number is None else int(number) if number.is_integer() else number
            unit = "seconds" if parameter.type == "duration" else parameter.unit or ""
            bounds = f"from {parameter.min:g} to {parameter.max:g} {unit}".rstrip()
            return value if ranges(parameter, value) else _Open(f"{quoted(said, 40)} is not {bounds}")
        case "enum":
            found = [one for one in parameter.values or () if folded(one) in _bare(said)]
            return found[0] if found else _Open(f"{quoted(said, 40)} is none of {', '.join(parameter.values or ())}")
        case "bool":
            return (
                True if said in _YES else False if said in _NO else _Open(f"{quoted(said, 40)} is neither yes nor no")
            )


def _one(found: list[str], said: str) -> Json:
    if len(found) == 1:
        return found[0]
    return _Open(
        f"{quoted(said, 40)} could mean {len(found)} things" if found else f"{quoted(said, 40)} is not here",
        tuple(found[:10]),
    )


def _bare(said: str) -> list[str]:
    """Return what was said, and the same without what only goes before a name."""
    found = [said]
    while shorter := next((said.removeprefix(one) for one in _ARTICLES if said.startswith(one) and said != one), ""):
        found.append(shorter)
        said = shorter
    return found


def _areas(parameter: Parameter, said: str, house: House, asker: Asker) -> list[str]:
    ways = _bare(said)
    if asker.place in house.registry.areas and not _HERE.isdisjoint(ways):
        found = [asker.place or ""]
    else:
        names = _names(house.registry).areas
        found = next((names[way] for way in ways if way in names), [])
    return [area for area in found if _allowed_area(parameter, area)]


def _entities(parameter: Parameter, said: str, house: House, asker: Asker) -> list[str]:
    """Return the things of the right kind that are called so; of several, those in the asker's room."""
    names = _names(house.registry)
    for way in _bare(said):
        for domain_names in (names.own(parameter.domain or ()), names.shorter(parameter.domain or ())):
            found = [one for one in domain_names.get(way, ()) if suits(parameter, house.registry.entities[one], house)]
            near = [one for one in found if asker.place and house.registry.entities[one].area == asker.place]
            if found:
                return near if len(found) > 1 and len(near) == 1 else found
    return []


@dataclass
class _Names:
    """What is called how in one registry; made for a domain when it is first asked about."""

    registry: Registry
    areas: Mapping[str, list[str]]
    _own: dict[str, Mapping[str, list[str]]] = field(default_factory=dict[str, Mapping[str, list[str]]])
    _shorter: dict[str, Mapping[str, list[str]]] = field(default_factory=dict[str, Mapping[str, list[str]]])

    def own(self, domains: Iterable[str]) -> Mapping[str, list[str]]:
        """Return things by the names that they go by."""
        return _merged(self._known(self._own, domain, shorter=False) for domain in domains)

    def shorter(self, domains: Iterable[str]) -> Mapping[str, list[str]]:
        """Return things by their names without that of their room, and by their ids."""
        return _merged(self._known(self._shorter, domain, shorter=True) for domain in domains)

    def _known(
        self, table: dict[str, Mapping[str, list[str]]], domain: str, *, shorter: bool
    ) -> Mapping[str, list[str]]:
        if domain not in table:
            things = [one for one in self.registry.entities.values() if one.domain == domain and not one.hidden]
            table[domain] = _gathered(
                (name, one.entity_id) for one in things for name in (self._short(one) if shorter else _called(one))
            )
        return table[domain]

    def _short(self, entity: Entity) -> Iterator[str]:
        area = self.registry.areas.get(entity.area or "")
        for name in _called(entity):
            for room in (area.name, *area.aliases) if area else ():
                prefix = folded(room) + " "
                if name.startswith(prefix):
                    yield name.removeprefix(prefix)
        yield folded(entity.entity_id.partition(".")[2].replace("_", " "))


def _called(entity: Entity) -> Iterator[str]:
    yield from (folded(name) for name in entity.names)


def _gathered(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, known in pairs:
        if name and known not in found[name]:
            found[name].append(known)
    return dict(found)


def _merged(tables: Iterable[Mapping[str, list[str]]]) -> Mapping[str, list[str]]:
    listed = list(tables)
    return (
        listed[0]
        if len(listed) == 1
        else _gathered((name, one) for table in listed for name, ones in table.items() for one in ones)
    )


class _Same:
    """A registry by which it is, not by what is in it: that would take longer than what it is kept for."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.registry is self.registry

    def __hash__(self) -> int:
        return id(self.registry)


def _names(registry: Registry) -> _Names:
    return _named(_Same(registry))


@lru_cache(maxsize=2)
def _named(known: _Same) -> _Names:
    registry = known.registry
    areas = _gathered(
        (folded(name), area.id)
        for area in registry.areas.values()
        for name in (area.name, *area.aliases, area.id.replace("_", " "))
    )
    return _Names(registry, areas)
