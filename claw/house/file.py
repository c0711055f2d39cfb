"""House files: a whole house written down, for the demo, the tests and the evaluation.

The shape is one list per kind of thing, so that a person can write it and a bug report can carry one.  YAML and JSON
are read alike.  What a file leaves out is filled in as Home Assistant would: a floor named only by an area, a name made
from the id, the member ids of a scene.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from claw.base.action import NO_DATA, Action, Json, canonical
from claw.base.documents import parse_marked, read_text
from claw.base.errors import Invalid
from claw.house.exposure import usually_exposed
from claw.house.model import Area, Device, Entity, Floor, House, Person, Registry, State
from claw.house.reach import reaches, steps_of_scene, steps_of_script

ENTITY_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")


def _state_text(value: object) -> object:
    """Return a state as text: JSON and YAML have numbers and truth values, Home Assistant's states have not."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, (int, float)) else value


def _json(value: dict[str, Json]) -> dict[str, Json]:
    canonical(value)  # infinity is a number to YAML and nothing to JSON: ValueError, TypeError
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
EntityId = Annotated[str, StringConstraints(pattern=f"^{ENTITY_ID.pattern}$", max_length=255)]
StateText = Annotated[str, BeforeValidator(_state_text), StringConstraints(max_length=255)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FloorRow(_Row):
    """One storey."""

    id: Name
    name: Name
    level: int | None = None
    aliases: tuple[Name, ...] = ()


class AreaRow(_Row):
    """One room; ``floor`` is a floor's id, or a new floor's name."""

    id: Name
    name: Name
    floor: Name | None = None
    aliases: tuple[Name, ...] = ()
    labels: tuple[Name, ...] = ()


class DeviceRow(_Row):
    """One physical thing."""

    id: Name
    name: Name
    area: Name | None = None
    labels: tuple[Name, ...] = ()


class EntityRow(_Row):
    """One entity with its state; ``registry_id`` is made from the entity id where the file gives none.

    Where it does not say whether it is ``exposed``, that is as Home Assistant has it before anybody chooses.
    """

    entity_id: EntityId
    name: Name | None = None
    registry_id: Name | None = None
    registered: bool = True
    area: Name | None = None
    device: Name | None = None
    labels: tuple[Name, ...] = ()
    aliases: tuple[Name, ...] = ()
    device_class: Name | None = None
    category: Literal["config", "diagnostic"] | None = None
    hidden: bool = False
    exposed: bool | None = None
    state: StateText = "unknown"
    attributes: Annotated[dict[str, Json], AfterValidator(_json)] = Field(default_factory=dict)


class GroupRow(_Row):
    """One name for several entities."""

    entity_id: EntityId
    members: Annotated[tuple[EntityId, ...], Field(min_length=1)]
    name: Name | None = None


class HoursRow(_Row):
    """A span of local time, on every day where none is named."""

    start: Name
    end: Name
    days: tuple[Name, ...] = ()


class PersonRow(_Row):
    """Somebody who lives there or comes by; ``rooms``, ``hours`` and ``end`` bound what a role lets them do."""

    id: Name
    name: Name
    role: Name | None = None
    entity_id: EntityId | None = None
    rooms: tuple[Name, ...] = ()
    hours: tuple[HoursRow, ...] = ()
    end: date | None = None


class LocationRow(_Row):
    """Where the house stands, in degrees; it decides when the sun rises."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class HouseFile(_Row):
    """A house file as written; ``now`` is the moment it shows."""

    floors: tuple[FloorRow, ...] = ()
    areas: tuple[AreaRow, ...] = ()
    labels: dict[Name, Name] = Field(default_factory=dict)
    devices: tuple[DeviceRow, ...] = ()
    entities: tuple[EntityRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    now: datetime | None = None
    time_zone: Name = "UTC"
    temperature_unit: Literal["°C", "°F"] = "°C"
    language: Name = "en"
    location: LocationRow | None = None


class _Wrong(Protocol):
    """Makes the error about the part of the file at ``path``."""

    def __call__(self, problem: str, *path: str | int) -> Invalid: ...


def load_house(path: Path) -> House:
    """Return the house in the file at ``path``; raises Invalid naming file, line where known, and what was expected."""
    document = parse_marked(read_text(path), str(path), HouseFile)
    return _build(document.value, document.invalid)


def parse_house(data: Mapping[str, Json], name: str = "house") -> House:
    """Return the house in ``data`` (the parsed file); raises Invalid, with ``name`` for the file."""

    def wrong(problem: str, *path: str | int) -> Invalid:
        return Invalid(name, None, ": ".join((".".join(str(part) for part in path), problem)))

    try:
        written = HouseFile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise wrong(first["msg"], *first["loc"]) from None
    return _build(written, wrong)


def _build(written: HouseFile, wrong: _Wrong) -> House:
    _check(written, wrong)
    changed = written.now
    if changed is not None and changed.tzinfo is None:
        changed = changed.replace(tzinfo=UTC)
    groups = {row.entity_id: row.members for row in written.groups}
    states = {row.entity_id: State(row.state, _attributes(row), changed) for row in written.entities}
    devices = {row.id: Device(row.id, row.name, row.area, frozenset(row.labels)) for row in written.devices}
    entities = {row.entity_id: _entity(row, devices.get(row.device or "")) for row in written.entities}
    for row in written.groups:
        if row.entity_id not in entities:
            title = row.name or _title(row.entity_id.partition(".")[2])
            usual = usually_exposed(row.entity_id, None, daily=True)
            registry_id = _registry_id(row.entity_id)
            entities[row.entity_id] = Entity(row.entity_id, title, registry_id=registry_id, exposed=usual)
            on = any(states[member].value == "on" for member in row.members if member in states)
            attributes = MappingProxyType({"friendly_name": title, "entity_id": list(row.members)})
            states[row.entity_id] = State("on" if on else "off", attributes, changed)
    steps = _steps(states)
    areas = {row.id: Area(row.id, row.name, row.floor, row.aliases, frozenset(row.labels)) for row in written.areas}
    registry = Registry(
        areas=MappingProxyType(areas),
        floors=MappingProxyType(_floors(written)),
        labels=MappingProxyType(_labels(written)),
        devices=MappingProxyType(devices),
        entities=MappingProxyType(entities),
        groups=MappingProxyType(groups),
        people=tuple(map(_person, written.people)),
        time_zone=written.time_zone,
        temperature_unit=written.temperature_unit,
        language=written.language,
        location=(written.location.latitude, written.location.longitude) if written.location else None,
        reaches=MappingProxyType(reaches(NO_DATA, states, entities, devices, areas) | _named(steps)),
        steps=MappingProxyType(steps),
    )
    return House(registry, MappingProxyType(states))


def _steps(states: Mapping[str, State]) -> dict[str, tuple[Action, ...]]:
    """Return what scenes and scripts do, as their attributes say it."""
    found: dict[str, tuple[Action, ...]] = {}
    for entity_id, state in states.items():
        if entity_id.startswith("scene."):
            found[entity_id] = steps_of_scene(state.attributes.get("entities"))
        elif entity_id.startswith("script."):
            steps = steps_of_script(state.attributes.get("actions"))
            if steps is not None:
                found[entity_id] = steps
    return found


def _named(steps: Mapping[str, tuple[Action, ...]]) -> dict[str, tuple[str, ...]]:
    """Return which entities the steps of each script name."""
    return {
        script: tuple(dict.fromkeys(entity_id for action in actions for entity_id in action.entities))
        for script, actions in steps.items()
        if script.startswith("script.")
    }


def _check(written: HouseFile, wrong: _Wrong) -> None:
    areas = _unique("areas", (row.id for row in written.areas), wrong)
    devices = _unique("devices", (row.id for row in written.devices), wrong)
    entities = _unique("entities", (row.entity_id for row in written.entities), wrong)
    groups = _unique("groups", (row.entity_id for row in written.groups), wrong)
    _unique("people", (row.id for row in written.people), wrong)
    _unique("floors", (row.id for row in written.floors), wrong)
    for at, device in enumerate(written.devices):
        if device.area is not None and device.area not in areas:
            raise wrong(f"found the area {device.area!r}, expected one listed under areas", "devices", at, "area")
    for at, entity in enumerate(written.entities):
        if entity.area is not None and entity.area not in areas:
            raise wrong(f"found the area {entity.area!r}, expected one listed under areas", "entities", at, "area")
        if entity.device is not None and entity.device not in devices:
            raise wrong(f"found the device {entity.device!r}, expected one under devices", "entities", at, "device")
    for at, group in enumerate(written.groups):
        for member in group.members:
            if member not in entities or member in groups:
                problem = f"found the member {member!r}, expected an entity listed under entities that is no group"
                raise wrong(problem, "groups", at, "members")


def _person(row: PersonRow) -> Person:
    hours = tuple((span.start, span.end, span.days) for span in row.hours)
    return Person(row.id, row.name, row.role, row.entity_id, row.rooms, hours, row.end)


def _unique(kind: str, ids: Iterable[str], wrong: _Wrong) -> set[str]:
    seen: set[str] = set()
    for at, one in enumerate(ids):
        if one in seen:
            raise wrong(f"found {one!r} twice under {kind}", kind, at)
        seen.add(one)
    return seen


def _entity(row: EntityRow, device: Device | None) -> Entity:
    written = row.device_class or row.attributes.get("device_class")
    device_class = written if isinstance(written, str) else None
    daily = not row.hidden and row.category is None
    return Entity(
        row.entity_id,
        row.name or _title(row.entity_id.partition(".")[2]),
        registry_id=(row.registry_id or _registry_id(row.entity_id)) if row.registered else None,
        area=row.area or (device.area if device else None),
        device=row.device,
        labels=frozenset(row.labels) | (device.labels if device else frozenset()),
        aliases=row.aliases,
        device_class=device_class,
        category=row.category,
        hidden=row.hidden,
        exposed=usually_exposed(row.entity_id, device_class, daily=daily) if row.exposed is None else row.exposed,
    )


def _attributes(row: EntityRow) -> Mapping[str, Json]:
    attributes: dict[str, Json] = {"friendly_name": row.name or _title(row.entity_id.partition(".")[2])}
    if row.device_class is not None:
        attributes["device_class"] = row.device_class
    attributes.update(row.attributes)
    if row.entity_id.startswith("scene.") and isinstance(attributes.get("entities"), Mapping):
        attributes.setdefault("entity_id", sorted(attributes["entities"]))
    return MappingProxyType(attributes)


def _floors(written: HouseFile) -> dict[str, Floor]:
    floors = {row.id: Floor(row.id, row.name, row.level, row.aliases) for row in written.floors}
    for row in written.areas:
        if row.floor is not None and row.floor not in floors:
            floors[row.floor] = Floor(row.floor, _title(row.floor))
    return floors


def _labels(written: HouseFile) -> dict[str, str]:
    used = {label for row in (*written.areas, *written.devices, *written.entities) for label in row.labels}
    return {label: _title(label) for label in sorted(used)} | written.labels


def _registry_id(entity_id: str) -> str:
    return hashlib.sha256(entity_id.encode()).hexdigest()[:32]


def _title(name: str) -> str:
    return name.replace("_", " ").strip().title()
