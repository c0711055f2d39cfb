"""What things were like before an act, as little of it as is needed to take the act back.

A state's value says that a lamp was on, not how bright and in which colour.  So the attributes that an act of the
catalogue can change are kept with the intent, in the log; all others are nobody's business there.
"""

from collections.abc import Mapping

from claw.base.action import Action, Json
from claw.house.model import State
from claw.house.proof import Expectation

KEPT: Mapping[str, tuple[str, ...]] = {
    "light": ("brightness", "color_mode", "color_temp_kelvin", "hs_color", "effect"),
    "cover": ("current_position", "current_tilt_position"),
    "valve": ("current_position",),
    "climate": (
        "temperature",
        "target_temp_low",
        "target_temp_high",
        "humidity",
        "preset_mode",
        "fan_mode",
        "swing_mode",
    ),
    "water_heater": ("temperature", "away_mode"),
    "humidifier": ("humidity", "mode"),
    "fan": ("percentage", "preset_mode", "oscillating", "direction"),
    "media_player": ("volume_level", "is_volume_muted", "source", "sound_mode", "shuffle", "repeat"),
    "vacuum": ("fan_speed",),
    "camera": ("motion_detection",),
}
"""The attributes of each domain that an action can change and another can put back."""

MOST_THINGS = 200
"""Of an act on more things than this only the values are kept: a payload of the log has an end."""

_LONGEST = 100
_COLOUR_PARTS = 2


def prior(action: Action, states: Mapping[str, State]) -> dict[str, dict[str, Json]]:
    """Return by entity the attributes before ``action`` that may have to be put back."""
    if len(action.entities) > MOST_THINGS:
        return {}
    found = {entity: kept(entity, states[entity]) for entity in action.entities if entity in states}
    return {entity: attributes for entity, attributes in found.items() if attributes}


def kept(entity_id: str, state: State) -> dict[str, Json]:
    """Return the attributes of ``state`` that can be put back; what a device never should have said is left out."""
    names = KEPT.get(entity_id.partition(".")[0], ())
    return {name: state.attributes[name] for name in names if _is_plain(state.attributes.get(name))}


def wished(wish: Expectation) -> list[Json]:
    """Return what the twin says an entity will be: its value (None: as it was) and the attributes that will change."""
    return [wish.goal.value, {name: value for name, value in wish.goal.attributes.items() if _is_plain(value)}]


def shown(wish: Expectation, state: State) -> dict[str, Json]:
    """Return the attributes of ``state`` that ``wish`` is about, to be held against it."""
    return {name: state.attributes[name] for name in wish.goal.attributes if _is_plain(state.attributes.get(name))}


def _is_plain(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    if isinstance(value, (list, tuple)):
        return len(value) == _COLOUR_PARTS and all(isinstance(part, (int, float)) for part in value)
    return isinstance(value, (bool, int, float))
