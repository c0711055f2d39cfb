"""What Home Assistant says on the wire, turned into the house model.

Pure: rows and frames in, frozen values out, so that every odd shape a server may send can be tried without a server.
Anything here may be wrong or hostile: ids that are not ids are left out, names are made harmless, and a frame that
cannot be followed raises ``Unreadable``, after which the whole house is read anew.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, cast

from claw.base.action import NO_DATA, Json
from claw.base.errors import Broken
from claw.house.exposure import exposed_in
from claw.house.fields import finite
from claw.house.model import Area, Cause, Change, Device, Entity, Floor, Person, Registry, State
from claw.house.reach import reaches, unsure
from claw.house.script_text import ScriptText
from claw.house.text import plain

ENTITY_ID = re.compile(r"[a-z0-9_]{1,64}\.[a-z0-9_]{1,255}")
"""An entity id as Home Assistant makes them: lower case, digits, underscores."""

_SHAPING = frozenset({"friendly_name", "device_class", "entity_id"})
"""Attributes that become part of the registry: when one changes it has to be built anew."""

_NOT_GROUPS = frozenset({"automation", "image_processing", "scene", "script"})
"""Domains whose ``entity_id`` attribute lists what they reach, not what they are made of."""

_NAME_LIMIT = 100
_POLE = 90.0
_NOTHING = State("unknown")
_NOBODY = Cause()

Row = Mapping[str, Any]


class Unreadable(Broken):
    """Home Assistant sent something that does not have the shape its protocol promises."""


@dataclass
class Feed:
    """The states of one ``subscribe_entities`` subscription, kept up to date by its compressed diffs."""

    states: dict[str, State] = field(default_factory=dict[str, State])

    def take(self, event: Json) -> tuple[list[Change], bool]:
        """Apply one event; return what changed and whether the registry has to be built anew.

        Raises Unreadable when the event does not fit what was told before: the feed is of no use from then on.
        """
        try:
            return self._apply(event)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise Unreadable(f"a state change that cannot be read ({type(error).__name__})") from None

    def _apply(self, event: Row) -> tuple[list[Change], bool]:
        changes: list[Change] = []
        shaping = False
        for entity_id, row in event.get("a", NO_DATA).items():
            if ENTITY_ID.fullmatch(entity_id):
                changes.append(self._put(entity_id, _state(row)))
                shaping = True
        for entity_id, diff in event.get("c", NO_DATA).items():
            before = self.states.get(entity_id)
            if before is not None:
                plus, minus = diff.get("+", NO_DATA), diff.get("-", NO_DATA)
                changes.append(self._put(entity_id, _moved(before, plus, minus)))
                shaping = shaping or not _SHAPING.isdisjoint(plus.get("a", ()))
                shaping = shaping or not _SHAPING.isdisjoint(minus.get("a", ()))
            elif ENTITY_ID.fullmatch(entity_id):
                raise Unreadable("a change of an entity that was never told")
        for entity_id in event.get("r", ()):
            if self.states.pop(entity_id, None) is not None:
                changes.append(Change(entity_id, None))
                shaping = True
        return changes, shaping

    def _put(self, entity_id: str, state: State) -> Change:
        self.states[entity_id] = state
        return Change(entity_id, state)


def _state(row: Row) -> State:
    attributes = MappingProxyType(dict(row.get("a", NO_DATA)))
    return State(_text(row["s"]), attributes, _time(row.get("lc")), *_context(row.get("c")))


def _moved(before: State, plus: Row, minus: Row) -> State:
    attributes = before.attributes
    if "a" in plus or "a" in minus:
        merged = {**attributes, **plus.get("a", NO_DATA)}
        for name in minus.get("a", ()):
            merged.pop(name, None)
        attributes = MappingProxyType(merged)
    context, cause = _context(plus["c"], before) if "c" in plus else (before.context, before.cause)
    return State(
        _text(plus["s"]) if "s" in plus else before.value,
        attributes,
        _time(plus["lc"]) if "lc" in plus else before.changed,
        context,
        cause,
    )


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("a state is a text")
    return value


def _time(value: Json) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _context(value: Json, before: State = _NOTHING) -> tuple[str | None, Cause | None]:
    """Return the id of a context and what is known of it.

    It is a bare id, or {id, parent_id, user_id}.  In a change only what differs from ``before`` is told: a bare id has
    the parent and the user of the context before it.
    """
    known = before.cause or _NOBODY
    row: Row = cast("Row", value) if isinstance(value, dict) else {"id": value}
    found = row.get("id", before.context)
    parent, user = row.get("parent_id", known.parent), row.get("user_id", known.user)
    cause = Cause(parent if isinstance(parent, str) else None, user if isinstance(user, str) else None)
    return found if isinstance(found, str) else None, None if cause == _NOBODY else cause


def states_from(rows: Json) -> dict[str, State]:
    """Return states by entity id from the answer to ``get_states``; raises Unreadable."""
    found: dict[str, State] = {}
    try:
        for row in rows:
            if ENTITY_ID.fullmatch(row["entity_id"]):
                changed = datetime.fromisoformat(row["last_changed"]).astimezone(UTC)
                attributes = MappingProxyType(dict(row["attributes"]))
                context, cause = _context(row.get("context"))
                found[row["entity_id"]] = State(_text(row["state"]), attributes, changed, context, cause)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"a list of states that cannot be read ({type(error).__name__})") from None
    return found


def past_from(rows: Json) -> list[State]:
    """Return the states of one entity, oldest first, from the answer to ``history/history_during_period``."""
    try:
        return [
            State(_text(row["s"]), MappingProxyType(dict(row.get("a", NO_DATA))), _time(row.get("lc", row.get("lu"))))
            for row in rows
        ]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"a history that cannot be read ({type(error).__name__})") from None


@dataclass(frozen=True)
class Lists:
    """The answers to one round of registry reads, as they came."""

    config: Json
    areas: Json
    devices: Json
    entities: Json
    floors: Json = ()
    labels: Json = ()
    extended: Json = ()
    """Rows of ``config/entity_registry/get_entries`` by entity id: the only ones that hold aliases."""
    exposed: Json = None
    """By entity id what is exposed to which assistant, as administrators may list it; None where nobody lists it."""
    related: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    """Answers to ``search/related`` by the id of the script or automation."""
    texts: Mapping[str, ScriptText | None] = field(default_factory=lambda: NO_DATA)
    """What their texts say, None where a text is not to be had."""


def daily_entities(entities: Json) -> list[str]:
    """Return the ids of the rows that people talk about: not disabled, hidden, for configuration or diagnosis."""
    return [
        entity_id
        for row in _rows(entities)
        if isinstance(entity_id := row.get("entity_id"), str)
        and not (row.get("disabled_by") or row.get("hidden_by") or row.get("entity_category"))
    ]


def registered(entities: Json) -> list[str]:
    """Return the ids of all rows."""
    return [entity_id for row in _rows(entities) if isinstance(entity_id := row.get("entity_id"), str)]


def registry_from(lists: Lists, states: Mapping[str, State], version: int) -> Registry:
    """Return the registry that these answers describe, for the entities that have a state; raises Unreadable."""
    areas, devices = _areas(lists.areas), _devices(lists.devices)
    by_entity = {row["entity_id"]: row for row in _rows(lists.entities) if isinstance(row.get("entity_id"), str)}
    extended: Mapping[str, Any] = lists.extended if isinstance(lists.extended, Mapping) else NO_DATA
    entities = {
        entity_id: _entity(
            entity_id, by_entity.get(entity_id, NO_DATA), (extended.get(entity_id), lists.exposed), state, devices
        )
        for entity_id, state in states.items()
    }
    config: Row = lists.config if isinstance(lists.config, Mapping) else NO_DATA
    units = config.get("unit_system")
    return Registry(
        areas=MappingProxyType(areas),
        floors=MappingProxyType(_floors(lists.floors)),
        labels=MappingProxyType(_labels(lists.labels)),
        devices=MappingProxyType(devices),
        entities=MappingProxyType(entities),
        groups=MappingProxyType(_groups(states)),
        people=_people(states),
        time_zone=_word(config, "time_zone") or "UTC",
        temperature_unit=(_word(cast("Row", units), "temperature") if isinstance(units, dict) else None) or "°C",
        language=_word(config, "language") or "en",
        location=_location(config),
        reaches=MappingProxyType(reaches(lists.related, states, entities, devices, areas, lists.texts)),
        unsure=unsure(lists.related, entities, lists.texts),
        version=version,
    )


def _location(config: Row) -> tuple[float, float] | None:
    latitude, longitude = finite(config.get("latitude")), finite(config.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > _POLE or abs(longitude) > 2 * _POLE:
        return None
    return latitude, longitude


def _entity(entity_id: str, row: Row, beside: tuple[Json, Json], state: State, devices: Mapping[str, Device]) -> Entity:
    """Return one entity; ``beside`` its row are the longer row that holds its aliases, and the list of all exposed."""
    extended, listed = beside
    device = devices.get(_word(row, "device_id") or "")
    name = (
        _name(state.attributes, "friendly_name")
        or _name(row, "name")
        or _name(row, "original_name")
        or entity_id.partition(".")[2].replace("_", " ")
    )
    return Entity(
        entity_id,
        name,
        registry_id=_word(row, "id"),
        area=_word(row, "area_id") or (device.area if device else None),
        device=device.id if device else None,
        labels=_words(row, "labels") | (device.labels if device else frozenset()),
        aliases=_names(cast("Row", extended), "aliases") if isinstance(extended, dict) else (),
        device_class=_word(state.attributes, "device_class"),
        category=_word(row, "entity_category"),
        hidden=row.get("hidden_by") is not None,
        exposed=exposed_in(row, listed, entity_id),
    )


def _areas(rows: Json) -> dict[str, Area]:
    return {
        found: Area(
            found, _name(row, "name") or found, _word(row, "floor_id"), _names(row, "aliases"), _words(row, "labels")
        )
        for row in _rows(rows)
        if (found := _word(row, "area_id"))
    }


def _floors(rows: Json) -> dict[str, Floor]:
    return {
        found: Floor(
            found,
            _name(row, "name") or found,
            level if type(level := row.get("level")) is int else None,
            _names(row, "aliases"),
        )
        for row in _rows(rows)
        if (found := _word(row, "floor_id"))
    }


def _labels(rows: Json) -> dict[str, str]:
    return {found: _name(row, "name") or found for row in _rows(rows) if (found := _word(row, "label_id"))}


def _devices(rows: Json) -> dict[str, Device]:
    # From 2026.11 on a device may be a part of another one, whose area is then its own unless it has one.
    by_id = {device: row for row in _rows(rows) if (device := _word(row, "id"))}
    found: dict[str, Device] = {}
    for device, row in by_id.items():
        parent = _word(row, "parent_device_id")
        found[device] = Device(
            device,
            _name(row, "name_by_user") or _name(row, "name") or device,
            _word(row, "area_id") or _word(by_id.get(parent or "", NO_DATA), "area_id"),
            _words(row, "labels"),
            parent,
        )
    return found


def _groups(states: Mapping[str, State]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entity_id, state in states.items():
        members = state.attributes.get("entity_id")
        if isinstance(members, (list, tuple)) and entity_id.partition(".")[0] not in _NOT_GROUPS:
            found[entity_id] = tuple(
                member
                for member in cast("Sequence[object]", members)
                if isinstance(member, str) and ENTITY_ID.fullmatch(member)
            )
    return found


def _people(states: Mapping[str, State]) -> tuple[Person, ...]:
    return tuple(
        Person(
            _word(state.attributes, "id") or entity_id.partition(".")[2],
            _name(state.attributes, "friendly_name") or entity_id.partition(".")[2],
            entity_id=entity_id,
        )
        for entity_id, state in states.items()
        if entity_id.startswith("person.")
    )


def _rows(answer: Json) -> list[Row]:
    if not isinstance(answer, (list, tuple)):
        raise Unreadable("a registry that is not a list")
    return [cast("Row", row) for row in cast("Sequence[object]", answer) if isinstance(row, dict)]


def _word(row: Row, key: str) -> str | None:
    found = row.get(key)
    return found if isinstance(found, str) and found else None


def _words(row: Row, key: str) -> frozenset[str]:
    found = row.get(key)
    return (
        frozenset(word for word in found if isinstance(word, str)) if isinstance(found, (list, tuple)) else frozenset()
    )


def _name(row: Row, key: str) -> str:
    found = row.get(key)
    return plain(found, _NAME_LIMIT) if isinstance(found, str) else ""


def _names(row: Row, key: str) -> tuple[str, ...]:
    found = row.get(key)
    if not isinstance(found, (list, tuple)):
        return ()
    return tuple(name for alias in found if isinstance(alias, str) and (name := plain(alias, _NAME_LIMIT)))
