"""Which things of a house tell of danger: smoke, carbon monoxide, gas, water where none should be, frost indoors.

What a thing is, its device class says.  Of thermometers only those inside the house tell of frost: one in the garden or
in a freezer would do so every winter, or always.  The labels ``frost`` and ``no_frost`` of Home Assistant say it
where a name does not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from claw.house.model import Entity, House, Registry, State
from claw.house.text import plain
from claw.policy.safety import SafetyKind

CLASSES: Mapping[str, SafetyKind] = {
    "smoke": "smoke",
    "carbon_monoxide": "co",
    "gas": "gas",
    "moisture": "leak",
}
"""Device class of a binary sensor → of what it tells while it is on."""

FROST = {"°C": 5.0, "°F": 41.0}
"""Below that pipes may freeze, by unit of the reading."""
COUNTS, COUNTS_NOT = "frost", "no_frost"
"""Labels that say whether a thermometer tells of frost."""

_OUTSIDE = re.compile(
    r"outdoor|outside|exterior|garden|balcon|terrace|terrasse|patio|porch|garage|carport|\bshed\b|greenhouse|\bpool\b"
    r"|weather|forecast|fridge|refrigerator|freezer|\bice\b"
    r"|außen|aussen|draußen|garten|schuppen|gewächshaus|kühl|gefrier|wetter"
    r"|extérieur|exterieur|dehors|jardin|frigo|congél|congel|météo|meteo|serre"
    r"|buiten|tuin|balkon|schuur|koelkast|vriezer|diepvries|\bkas\b"
    r"|室外|户外|花园|阳台|车库|冰箱|冰柜|冷柜|天气",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Detector:
    """One thing that tells of a danger; ``attribute`` and ``below`` where a figure does, in the house's own unit."""

    entity_id: str
    name: str
    area: str
    attribute: str | None = None
    below: float | None = None

    @property
    def where(self) -> str:
        """Its name and room, to be shown."""
        return f"{self.name} ({self.area})" if self.area and self.area not in self.name else self.name

    def tells(self, state: State | None) -> bool:
        """Return whether it tells of danger in this state."""
        if state is None or self.below is None:
            return state is not None and state.value == "on"
        figure = self.figure(state)
        return figure is not None and figure < self.below

    def figure(self, state: State) -> float | None:
        """Return what it measures, None where that is not known."""
        try:
            return float(state.attributes[self.attribute] if self.attribute else state.value)
        except (KeyError, TypeError, ValueError):
            return None


def detectors(house: House) -> Mapping[SafetyKind, Sequence[Detector]]:
    """Return the detectors of this house by what they tell of, in the order of their ids."""
    found: dict[SafetyKind, list[Detector]] = {}
    for entity in sorted(house.registry.entities.values(), key=lambda one: one.entity_id):
        for kind, one in _of(entity, house):
            found.setdefault(kind, []).append(one)
    return found


def _of(entity: Entity, house: House) -> Iterator[tuple[SafetyKind, Detector]]:
    registry, state = house.registry, house.states.get(entity.entity_id)
    area = registry.areas.get(entity.area or "")
    name, room = plain(entity.name, 60) or entity.entity_id, plain(area.name, 40) if area else ""
    # A group of detectors says nothing that its members do not.
    if entity.domain == "binary_sensor" and entity.entity_id not in registry.groups:
        kind = CLASSES.get(entity.device_class or "")
        if kind is not None:
            yield kind, Detector(entity.entity_id, name, room)
    if entity.domain == "sensor" and entity.device_class == "temperature" and _indoors(entity, registry):
        unit = str(state.attributes.get("unit_of_measurement", "")) if state is not None else ""
        below = FROST.get(unit) or FROST.get(registry.temperature_unit, FROST["°C"])
        yield "freeze", Detector(entity.entity_id, name, room, None, below)
    measures = entity.domain == "climate" and state is not None and "current_temperature" in state.attributes
    if measures and _indoors(entity, registry):
        below = FROST.get(registry.temperature_unit, FROST["°C"])
        yield "freeze", Detector(entity.entity_id, name, room, "current_temperature", below)


def _indoors(entity: Entity, registry: Registry) -> bool:
    """Return whether a thermometer measures a room of the house, as far as its labels, names and room tell."""
    labels = {label.casefold() for label in entity.labels}
    if COUNTS_NOT in labels:
        return False
    if COUNTS in labels:
        return True
    if entity.area is None or entity.category is not None or entity.hidden:
        return False
    area = registry.areas.get(entity.area)
    device = registry.devices.get(entity.device or "")
    names = (entity.entity_id.replace("_", " "), *entity.names, entity.area.replace("_", " "), *sorted(labels))
    return not any(map(_OUTSIDE.search, (*names, area.name if area else "", device.name if device else "")))
