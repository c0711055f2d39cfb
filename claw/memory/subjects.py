"""What a fact is about, as text: written one way, and found again in the house after a device was renamed.

A thing is meant by its registry id, which a rename leaves as it is; only what is in no registry is meant by its entity
id.  A subject that leads to nothing any more is no error: the thing is gone, and what was said of it may stay.
"""

from claw.house.model import Area, Entity, Registry

HOUSE = "house"


def of_entity(entity: Entity) -> str:
    """Return the subject of what is said of a thing: ``entity:<registry id, else entity id>``."""
    return f"entity:{entity.registry_id or entity.entity_id}"


def of_area(area: str) -> str:
    """Return the subject of what is said of a room, by its area id."""
    return f"area:{area}"


def of_person(person: str) -> str:
    """Return the subject of what is said of somebody, by their id."""
    return f"person:{person}"


def entity_of(subject: str, registry: Registry) -> Entity | None:
    """Return the thing that ``subject`` means in ``registry`` today, None where it means none."""
    kind, _, known = subject.partition(":")
    if kind != "entity":
        return None
    return registry.by_registry_id.get(known) or _unregistered(known, registry)


def _unregistered(entity_id: str, registry: Registry) -> Entity | None:
    """Return a thing by its entity id, unless that id belongs to something the registry knows by another."""
    entity = registry.entities.get(entity_id)
    return entity if entity is not None and entity.registry_id is None else None


def area_of(subject: str, registry: Registry) -> Area | None:
    """Return the room that ``subject`` means in ``registry`` today, None where it means none."""
    kind, _, known = subject.partition(":")
    return registry.areas.get(known) if kind == "area" else None
