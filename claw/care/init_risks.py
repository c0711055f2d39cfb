"""What in a house can let somebody in, let something out, switch a guard off or run hot, by groups and tiers.

The tiers are those of declared services (``claw/base/config_services.py``): 2 is for limits, 3 for a person's yes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from claw.base.action import Json
from claw.house.model import Entity, Registry
from claw.policy.risky import RISKY_COVERS

Group = Literal["locks", "doors", "guards", "heating"]
GROUPS: tuple[Group, ...] = ("locks", "doors", "guards", "heating")
"""What one question each is asked about, in this order."""

SAID: dict[Group, str] = {
    "locks": "Locks",
    "doors": "Garage doors, gates, doors and windows that move",
    "guards": "Alarms, sirens, water and gas, cameras",
    "heating": "Heating and hot water",
}

_OF_DOMAIN: dict[str, tuple[Group, int]] = {
    "lock": ("locks", 3),
    "cover": ("doors", 3),
    "alarm_control_panel": ("guards", 3),
    "siren": ("guards", 3),
    "valve": ("guards", 3),
    "camera": ("guards", 3),
    "climate": ("heating", 2),
    "water_heater": ("heating", 2),
}


@dataclass(frozen=True, slots=True)
class RiskyThing:
    """One of them; ``exposed`` where Home Assistant's own voice assistants may move it, too."""

    entity_id: str
    name: str
    area: str
    group: Group
    tier: int
    exposed: bool

    def as_json(self) -> dict[str, Json]:
        """Return the same as JSON."""
        return {
            "entity_id": self.entity_id,
            "name": self.name,
            "area": self.area,
            "group": self.group,
            "tier": self.tier,
            "exposed": self.exposed,
        }


def risky_things(registry: Registry) -> tuple[RiskyThing, ...]:
    """Return what a household has to decide about, by group and id; of a group of things its members alone."""
    found: list[RiskyThing] = []
    for entity_id, entity in sorted(registry.entities.items()):
        place = _OF_DOMAIN.get(entity.domain)
        if place is None or entity_id in registry.groups or not _guards(entity):
            continue
        area = registry.areas.get(entity.area or "")
        found.append(RiskyThing(entity_id, entity.name, area.name if area else "", *place, entity.exposed is True))
    return tuple(sorted(found, key=lambda one: GROUPS.index(one.group)))


def present(things: Iterable[RiskyThing]) -> tuple[Group, ...]:
    """Return the groups of which there is anything."""
    there = {one.group for one in things}
    return tuple(group for group in GROUPS if group in there)


def _guards(entity: Entity) -> bool:
    return entity.domain != "cover" or entity.device_class in RISKY_COVERS
