"""How a thing stands as far as a person can set it, and which changes of that a hand may have made.

What a thermostat measures, what a player plays next and what a lamp reports on its way are no hand; a lamp that is off
now and was on is, and so is another set-point.
"""

from datetime import timedelta

from claw.base.action import Json
from claw.gate.prior import kept
from claw.house.model import UNAVAILABLE, State
from claw.memory.postures import posture

BY_DEVICE = frozenset(
    {
        "alarm_control_panel",
        "climate",
        "cover",
        "fan",
        "humidifier",
        "light",
        "lock",
        "media_player",
        "switch",
        "vacuum",
    }
    | {"lawn_mower", "valve", "water_heater"}
)
"""Domains of things that somebody may change at the thing itself, with nobody named behind it."""
SETTABLE = BY_DEVICE | {
    "automation",
    "input_boolean",
    "input_datetime",
    "input_number",
    "input_select",
    "number",
    "remote",
    "select",
    "siren",
}
"""Domains of things that a person sets and a routine may set otherwise."""

FLICKER = timedelta(seconds=5)
"""So long after it arrived a thing may report once more what it was before."""
LEVELS = timedelta(seconds=30)
"""So long after it arrived a thing may still report another level."""
_LONG = timedelta(minutes=3)
_SLOW = frozenset({"climate", "cover", "lawn_mower", "lock", "vacuum", "valve", "water_heater"})

MOVING = frozenset(
    {"opening", "closing", "locking", "unlocking", "arming", "pending", "buffering", "cleaning", "returning", "mowing"}
)
"""States of a thing that is on its way to another one."""

_GOALS = ("temperature", "target_temp_low", "target_temp_high", "humidity")
_BY_POSTURE = ("light", "fan", "media_player", "switch")

Stance = tuple[Json, ...]


def settles(entity_id: str) -> timedelta:
    """Return for how long a thing may be on its way after something set it going."""
    return _LONG if entity_id.partition(".")[0] in _SLOW else LEVELS


def settable(entity_id: str) -> bool:
    """Return whether this is a thing that a person sets at all."""
    return entity_id.partition(".")[0] in SETTABLE


def stance(entity_id: str, state: State) -> Stance | None:
    """Return how a thing is set, None where that is not known."""
    if state.value in UNAVAILABLE:
        return None
    return (state.value, *sorted(kept(entity_id, state).items()))


def turned(entity_id: str, state: State) -> Stance | None:
    """Return the part of it that a hand at the thing may have changed; None where none may, or it is not known."""
    domain = entity_id.partition(".")[0]
    if domain not in BY_DEVICE or state.value in UNAVAILABLE:
        return None
    if domain in _BY_POSTURE:
        word = posture(domain, state)
        return None if word is None else (word,)
    goals = (
        (state.attributes.get(name) for name in _GOALS) if domain in {"climate", "humidifier", "water_heater"} else ()
    )
    return (state.value, *(goal if isinstance(goal, int | float) else None for goal in goals))
