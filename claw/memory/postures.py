"""How a thing is, in the one or two words that habits are made of: ``off``, ``on``, ``on 30``.

What habits may be learned about at all is decided here, once, for what is written and for what is offered: things that
nobody minds being switched.  What locks, opens a way into the house, guards it, heats it or costs money is not in it.
"""

from claw.house.model import UNAVAILABLE, Entity, State

STEP = 5
"""Levels are kept to five percent: nobody means the last one."""

_LEVELS = {
    "light": ("brightness", 100 / 255),
    "fan": ("percentage", 1.0),
    "media_player": ("volume_level", 100.0),
}
"""By domain the attribute that says how much, and what makes percent of it."""

_ON_OFF = frozenset({"light", "switch", "fan", "input_boolean"})
_QUIET = frozenset({"off", "standby"})
_SHADES = frozenset({"awning", "blind", "curtain", "shade", "shutter"})
_GUARDING = frozenset({"alarm", "siren", "safe", "heater", "heating", "boiler", "oven", "stove", "iron", "kettle"})
"""Words in the class or id of a switch that is not for learning, whatever its domain says."""


def learnable(entity: Entity) -> bool:
    """Return whether a habit about this thing may be learned at all."""
    if entity.hidden or entity.category is not None:
        return False
    if entity.domain == "cover":
        return entity.device_class in _SHADES
    named = f"{entity.entity_id} {entity.name} {entity.device_class or ''}".casefold()
    words = set(named.replace(".", " ").replace("_", " ").split())
    return entity.domain in {*_ON_OFF, "media_player"} and not words & _GUARDING


def posture(domain: str, state: State | None) -> str | None:
    """Return how a thing is: its word, with a level in percent where it is on; None where that is not known yet."""
    if state is None or state.value in UNAVAILABLE:
        return None
    if domain in _ON_OFF:
        word = state.value if state.value in {"on", "off"} else None
    elif domain == "media_player":
        word = "off" if state.value in _QUIET else "on"
    else:
        word = state.value if state.value in {"open", "closed"} else None  # one that moves is not there yet
    if word != "on":
        return word
    level = _level(domain, state)
    return word if level is None else f"on {level}"


def _level(domain: str, state: State) -> int | None:
    attribute, factor = _LEVELS.get(domain, ("", 0.0))
    value = state.attributes.get(attribute)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value * factor <= 100:  # noqa: PLR2004  in percent
        return None
    return round(value * factor / STEP) * STEP
