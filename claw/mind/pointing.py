"""Which things "the other lamp" and "and the bedroom" point at, after an act on something else.

Pointing never widens what was done: the same kind of thing, and one only where the kind is not one that people mean by
the roomful (nobody says "and the bedroom" to mean every socket in it).
"""

from claw.base.action import NO_DATA, Action
from claw.house.catalogue.openings import SUN_COVERS
from claw.house.model import Entity, House
from claw.mind.verbs import ON_OFF

BY_THE_ROOM = frozenset({"light", "media_player", "fan", "climate", "cover"})
"""Domains that an area's name may stand for."""


def others(house: House, entity_ids: tuple[str, ...], domain: str | None, *, every: bool) -> tuple[str, ...]:
    """Return the other thing of the same kind in the same area, or every other; empty where that is not one thing.

    ``domain`` is the kind that was said ("lamp"); it must be that of the things spoken of.
    """
    entities = [house.registry.entities.get(entity_id) for entity_id in entity_ids]
    known = [entity for entity in entities if entity is not None]
    kinds = {(entity.domain, entity.area, _class(entity)) for entity in known}
    if len(known) < len(entities) or len(kinds) != 1:
        return ()
    kind, area, device_class = kinds.pop()
    if area is None or domain not in {None, kind}:
        return ()
    found = tuple(
        entity.entity_id
        for entity in house.registry.entities.values()
        if (entity.domain, entity.area, _class(entity)) == (kind, area, device_class)
        and entity.entity_id not in entity_ids
        and _is_meant(entity, house)
    )
    return found if len(found) == 1 or (every and kind in BY_THE_ROOM) else ()


def named(house: House, last: Action, name: str) -> tuple[str, ...]:
    """Return the things that ``name`` (an area, a floor, a thing) means after ``last``; empty where none or several."""
    wanted = _normal(name)
    before = house.registry.entities.get(last.entities[0])
    if not wanted or before is None:
        return ()
    areas = _areas(house, wanted)
    if areas:
        found = tuple(
            entity.entity_id
            for entity in house.registry.entities.values()
            if entity.domain == before.domain
            and entity.area in areas
            and _class(entity) == _class(before)
            and entity.entity_id not in last.entities
            and _is_meant(entity, house)
        )
        return found if len(found) == 1 or _is_roomful(before) else ()
    return _things(house, last, before, wanted)


def same_on(last: Action, entity_ids: tuple[str, ...]) -> tuple[Action, ...]:
    """Return the act ``last`` on other things; a code is never carried over, and data not to another domain."""
    if not entity_ids or "code" in last.data:
        return ()
    service = last.name.partition(".")[2]
    by_domain: dict[str, list[str]] = {}
    for entity_id in entity_ids:
        by_domain.setdefault(entity_id.partition(".")[0], []).append(entity_id)
    return tuple(
        Action(f"{domain}.{service}", tuple(ids), last.data if domain == last.domain else NO_DATA)
        for domain, ids in by_domain.items()
    )


def _things(house: House, last: Action, before: Entity, wanted: str) -> tuple[str, ...]:
    called = [
        entity
        for entity in house.registry.entities.values()
        if wanted in set(map(_normal, entity.names)) and entity.entity_id not in last.entities
    ]
    alike = [entity for entity in called if entity.domain == before.domain]
    if not alike and last.name.partition(".")[2] in {"turn_on", "turn_off"} and last.domain in ON_OFF:
        alike = [entity for entity in called if entity.domain in ON_OFF]
    if len(alike) != 1:
        return ()
    members = house.registry.groups.get(alike[0].entity_id, (alike[0].entity_id,))
    return members if all(member.partition(".")[0] in {alike[0].domain, *ON_OFF} for member in members) else ()


def _areas(house: House, wanted: str) -> frozenset[str]:
    registry = house.registry
    areas = {a.id for a in registry.areas.values() if wanted in {_normal(a.name), *map(_normal, a.aliases)}}
    floors = {f.id for f in registry.floors.values() if wanted in {_normal(f.name), *map(_normal, f.aliases)}}
    return frozenset(areas or {a.id for a in registry.areas.values() if a.floor in floors})


def _is_meant(entity: Entity, house: House) -> bool:
    hidden = entity.hidden or entity.category is not None
    return not hidden and entity.entity_id not in house.registry.groups and entity.entity_id in house.states


def _is_roomful(entity: Entity) -> bool:
    return entity.domain in BY_THE_ROOM and (entity.domain != "cover" or entity.device_class in SUN_COVERS)


def _class(entity: Entity) -> str | None:
    """Return the device class where it makes a different kind of thing of it: a garage door is no blind."""
    return entity.device_class if entity.domain == "cover" else None


def _normal(name: str) -> str:
    return " ".join(name[:80].casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
