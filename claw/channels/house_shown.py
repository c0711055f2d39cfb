"""The house as a channel may show it: names and states stripped and cut, attributes by an allow-list.

What a device calls itself and what it reports come from outside, and much of it (codes, tokens, addresses of cameras,
where somebody is) is for nobody who only looks at a page.
"""

from claw.base.action import Json
from claw.channels.shown import shown
from claw.house.model import Change, Registry
from claw.house.text import plain

MOST_LISTED = 50
"""Modes a thermostat may list; no colour has more parts."""

SHOWN_ATTRIBUTES = frozenset(
    {
        "battery_level",
        "brightness",
        "color_mode",
        "color_temp_kelvin",
        "current_humidity",
        "current_position",
        "current_temperature",
        "device_class",
        "fan_mode",
        "humidity",
        "hvac_action",
        "hvac_mode",
        "hvac_modes",
        "is_volume_muted",
        "max_temp",
        "media_title",
        "min_temp",
        "percentage",
        "preset_mode",
        "rgb_color",
        "target_temp_high",
        "target_temp_low",
        "temperature",
        "unit_of_measurement",
        "volume_level",
    }
)
"""The only attributes that leave through a channel: no codes, no tokens, no camera addresses, no coordinates."""


def state_json(change: Change) -> dict[str, Json]:
    """Return one entity's state as a channel may show it: text stripped and cut, attributes by allow-list."""
    state = change.state
    if state is None:
        return {"entity_id": change.entity_id, "state": None, "attributes": {}}
    return {
        "entity_id": change.entity_id,
        "state": plain(state.value, 255),
        "attributes": {key: _attribute(value) for key, value in state.attributes.items() if key in SHOWN_ATTRIBUTES},
    }


def _attribute(value: Json) -> Json:
    if value is None or isinstance(value, (int, float)):
        return value  # nearly every one there is
    if isinstance(value, (list, tuple)):
        return [_attribute(one) for one in value[:MOST_LISTED] if not isinstance(one, (list, dict))]
    return plain(value, 255) if isinstance(value, str) else None


class Names:
    """What a registry says as a channel may show it, kept until there is another: making names harmless takes time."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.floors = shown(
            [{"id": floor.id, "name": plain(floor.name), "level": floor.level} for floor in registry.floors.values()]
        )
        self.areas = shown(
            [{"id": area.id, "name": plain(area.name), "floor": area.floor} for area in registry.areas.values()]
        )
        self.entities: dict[str, dict[str, Json]] = {
            entity_id: {
                "name": plain(entity.name),
                "area": shown(entity.area),
                "device_class": shown(entity.device_class),
                "hidden": entity.hidden or entity.category is not None,
            }
            for entity_id, entity in registry.entities.items()
        }
