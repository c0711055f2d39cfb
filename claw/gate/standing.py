"""How a thing returns to the state it stood in: one maker of orders for each domain, from the state before and now.

Pure.  Only the state's value is brought back here; figures, colours and modes beside it are ``restore.py``'s.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from claw.base.action import NO_DATA, Json
from claw.house.fields import choices, finite
from claw.house.model import State
from claw.house.services import CATALOGUE

Why = Literal[
    "sent", "memory", "routine", "skill", "skipped", "effects", "list", "over", "unknown", "foreign", "gone", "same"
]
"""Why something cannot be put back; each has a sentence in ``claw/mind/sentences``."""

Order = tuple[str, Mapping[str, Json]]

OFF = frozenset({"off", "standby"})
NO_PRESET = (None, "none")
_FULL = 100


def _switched(domain: str, then: State, _now: State) -> list[Order] | Why:
    if then.value not in {"on", "off"}:
        return "unknown"
    return [(f"{domain}.turn_{then.value}", NO_DATA)]


def _fan(_domain: str, then: State, _now: State) -> list[Order] | Why:
    if then.value == "off":
        return [("fan.turn_off", NO_DATA)]
    preset, speed = then.attributes.get("preset_mode"), then.attributes.get("percentage")
    if preset not in NO_PRESET:
        return [("fan.turn_on", {"preset_mode": preset})]
    return [("fan.turn_on", {"percentage": speed} if speed else NO_DATA)]


def _player(_domain: str, then: State, now: State) -> list[Order] | Why:
    if then.value in OFF:
        return [("media_player.turn_off", NO_DATA)]
    found: list[Order] = [("media_player.turn_on", NO_DATA)] if now.value in OFF else []
    wanted = {"playing": "media_play", "buffering": "media_play", "paused": "media_pause"}.get(then.value)
    if wanted is not None:
        return [*found, (f"media_player.{wanted}", NO_DATA)]
    if not found and then.value == "idle":
        return [("media_player.media_stop", NO_DATA)]
    return found or "unknown"


def _climate(_domain: str, then: State, _now: State) -> list[Order] | Why:
    return [("climate.set_hvac_mode", {"hvac_mode": then.value})]


def _water(_domain: str, then: State, now: State) -> list[Order] | Why:
    if then.value in choices(now, "operation_list"):
        return [("water_heater.set_operation_mode", {"operation_mode": then.value})]
    return [(f"water_heater.turn_{'off' if then.value == 'off' else 'on'}", NO_DATA)]


def _lock(_domain: str, then: State, _now: State) -> list[Order] | Why:
    if then.value in {"locked", "locking"}:
        return [("lock.lock", NO_DATA)]
    return [("lock.unlock", NO_DATA)] if then.value in {"unlocked", "unlocking", "open", "opening"} else "unknown"


def _alarm(domain: str, then: State, _now: State) -> list[Order] | Why:
    if then.value == "disarmed":
        return [(f"{domain}.alarm_disarm", NO_DATA)]
    return [(f"{domain}.alarm_arm_{then.value[6:]}", NO_DATA)] if then.value.startswith("armed_") else "unknown"


def _opening(domain: str, then: State, now: State) -> list[Order] | Why:
    """Return to a position where the thing knows any, else to open or closed."""
    if then.value not in {"open", "closed", "opening", "closing"}:
        return "unknown"
    position = finite(then.attributes.get("current_position")) or 0.0
    if 0 < position < _FULL and then.value == "open" and _can_stand(domain, now):
        return [(f"{domain}.set_{domain}_position", {"position": round(position)})]
    return [(f"{domain}.{'close' if then.value in {'closed', 'closing'} else 'open'}_{domain}", NO_DATA)]


def _can_stand(domain: str, now: State) -> bool:
    needs = CATALOGUE[f"{domain}.set_{domain}_position"].needs
    return needs is None or needs.supported_by(now)


_SENT: Mapping[str, Mapping[str, str]] = {
    "vacuum": {
        "docked": "return_to_base",
        "returning": "return_to_base",
        "cleaning": "start",
        "paused": "pause",
        "idle": "stop",
    },
    "lawn_mower": {"docked": "dock", "returning": "dock", "mowing": "start_mowing", "paused": "pause"},
}
"""What is sent to work and called home: the service for each state before."""


def _sent(domain: str, then: State, _now: State) -> list[Order] | Why:
    service = _SENT[domain].get(then.value)
    return "unknown" if service is None else [(f"{domain}.{service}", NO_DATA)]


def _timer(_domain: str, then: State, now: State) -> list[Order] | Why:
    if then.value == "idle":
        return [("timer.cancel", NO_DATA)]
    if now.value == "idle":
        return "over"  # how much of its time was left is not known
    return [(f"timer.{'start' if then.value == 'active' else 'pause'}", NO_DATA)]


def _number(domain: str, then: State, _now: State) -> list[Order] | Why:
    try:
        value = float(then.value)
    except ValueError:
        return "unknown"
    return [(f"{domain}.set_value", {"value": int(value) if domain == "counter" else value})]


def _option(domain: str, then: State, _now: State) -> list[Order] | Why:
    return [(f"{domain}.select_option", {"option": then.value})]


def _text(domain: str, then: State, _now: State) -> list[Order] | Why:
    return [(f"{domain}.set_value", {"value": then.value})]


def _moment(domain: str, then: State, now: State) -> list[Order] | Why:
    form = ("date" if now.attributes.get("has_date") else "") + ("time" if now.attributes.get("has_time") else "")
    return [(f"{domain}.set_datetime", {form: then.value})] if form else "unknown"


VALUES: Mapping[str, Callable[[str, State, State], list[Order] | Why]] = {
    "switch": _switched,
    "input_boolean": _switched,
    "humidifier": _switched,
    "siren": _switched,
    "fan": _fan,
    "media_player": _player,
    "climate": _climate,
    "water_heater": _water,
    "lock": _lock,
    "alarm_control_panel": _alarm,
    "cover": _opening,
    "valve": _opening,
    "vacuum": _sent,
    "lawn_mower": _sent,
    "timer": _timer,
    "counter": _number,
    "input_number": _number,
    "number": _number,
    "input_select": _option,
    "select": _option,
    "input_text": _text,
    "input_datetime": _moment,
}
"""The maker of each domain that has one."""
