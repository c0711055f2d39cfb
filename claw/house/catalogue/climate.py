"""Warmth, water and air: heating, the water heater, humidifiers and fans."""

from collections.abc import Mapping

from claw.base.action import Json
from claw.house.catalogue.goals import OFF, becomes, beyond, sets
from claw.house.fields import Choice, Feature, Flag, MakeGoal, Number, Service, choices, finite
from claw.house.model import State
from claw.house.proof import Check, Goal, NoneOf, is_, near

_PATIENCE_S = 15.0
_STEP = 0.5  # degrees, where the device does not say its own; a device rounds to the nearest step

_TEMPERATURE = Feature("ClimateEntityFeature.TARGET_TEMPERATURE", 1)
_RANGE = Feature("ClimateEntityFeature.TARGET_TEMPERATURE_RANGE", 2)
_HUMIDITY = Feature("ClimateEntityFeature.TARGET_HUMIDITY", 4)
_SPEED = Feature("FanEntityFeature.SET_SPEED", 1)
_FAN_PRESET = Feature("FanEntityFeature.PRESET_MODE", 8)
_HEATER = Feature("WaterHeaterEntityFeature.TARGET_TEMPERATURE", 1)
_OPERATION = Feature("WaterHeaterEntityFeature.OPERATION_MODE", 2)
_AWAY = Feature("WaterHeaterEntityFeature.AWAY_MODE", 4)
_ON_OFF = Feature("WaterHeaterEntityFeature.ON_OFF", 8)

_DEGREES = Number(low="min_temp", high="max_temp", unit="degrees", needs=_TEMPERATURE)
_BAND = Number(low="min_temp", high="max_temp", unit="degrees", needs=_RANGE)
_TARGETS = ("temperature", "target_temp_low", "target_temp_high")
_BY_PREFERENCE = ("heat_cool", "heat", "cool", "auto")  # what Home Assistant turns a thermostat on to


def _step(state: State) -> float:
    step = finite(state.attributes.get("target_temp_step"))
    return step if step is not None and step > 0 else _STEP


def _set_temperature(state: State, data: Mapping[str, Json]) -> Goal:
    step = _step(state)
    wished = {name: data[name] for name in _TARGETS if name in data}
    seen: dict[str, Check] = {name: near(value, step / 2) for name, value in wished.items()}
    mode: str | None = data.get("hvac_mode")
    return Goal(mode, wished, None if mode is None else is_(mode), seen)


def _heat_water(state: State, data: Mapping[str, Json]) -> Goal:
    step = _step(state)
    wished = data["temperature"]
    mode: str | None = data.get("operation_mode")
    attributes: dict[str, Json] = {"temperature": wished} | ({} if mode is None else {"operation_mode": mode})
    return Goal(mode, attributes, None if mode is None else is_(mode), {"temperature": near(wished, step / 2)})


def _mode(field: str) -> MakeGoal:
    """Return the goal that the state is the mode in ``field``."""
    return lambda _state, data: Goal(data[field], state=is_(data[field]))


def _operation(_state: State, data: Mapping[str, Json]) -> Goal:
    mode = data["operation_mode"]
    return Goal(mode, {"operation_mode": mode}, is_(mode))


def _away(_state: State, data: Mapping[str, Json]) -> Goal:
    away = "on" if data["away_mode"] else "off"
    return Goal(attributes={"away_mode": away}, seen={"away_mode": is_(away)})


def _on_again(listed: str) -> MakeGoal:
    """Return the goal not to be off; the twin takes a usual mode of those in the attribute ``listed``."""

    def goal(state: State, _data: Mapping[str, Json]) -> Goal:
        modes = [mode for mode in choices(state, listed) if mode not in OFF]
        preferred = [mode for mode in _BY_PREFERENCE if mode in modes]
        value = state.value if state.value not in OFF else next(iter((*preferred, *modes)), "on")
        return Goal(value, state=NoneOf(OFF))

    return goal


def _fan_step(state: State) -> float:
    """Return the width of one speed in percent: a device takes the speed next to what it was told."""
    return max(1.0, finite(state.attributes.get("percentage_step")) or 1.0)


def _fan_at(state: State, percentage: float, check: Check | None = None) -> Goal:
    if percentage <= 0:
        return _fan_off(state, {})
    seen = {"percentage": check or near(percentage, _fan_step(state))}
    attributes: dict[str, Json] = {"percentage": round(percentage)}
    if "preset_mode" in state.attributes:
        attributes["preset_mode"] = None  # a speed of one's own ends a preset
    return Goal("on", attributes, is_("on"), seen)


def _fan_off(state: State, _data: Mapping[str, Json]) -> Goal:
    shown: Mapping[str, Json] = {"percentage": 0, "preset_mode": None}
    return Goal("off", {name: value for name, value in shown.items() if name in state.attributes}, is_("off"))


def _fan_on(state: State, data: Mapping[str, Json]) -> Goal:
    if "percentage" in data:
        return _fan_at(state, data["percentage"])
    attributes: dict[str, Json] = {}
    if "percentage" in state.attributes:
        attributes["percentage"] = state.attributes["percentage"] or 100
    if "preset_mode" not in data:
        return Goal("on", attributes, is_("on"))
    preset = data["preset_mode"]
    return Goal("on", attributes | {"preset_mode": preset}, is_("on"), {"preset_mode": is_(preset)})


def _fan_stepped(direction: int) -> MakeGoal:
    def goal(state: State, data: Mapping[str, Json]) -> Goal:
        now = finite(state.attributes.get("percentage")) or 0.0
        step = data.get("percentage_step") or _fan_step(state)
        wished = min(100.0, max(0.0, now + direction * step))
        return _fan_at(state, wished, beyond(now, direction * step, 0, 100))

    return goal


_PERCENTAGE = Number(low=0, high=100, whole=True, unit="%", needs=_SPEED)
_PERCENTAGE_STEP = Number(low=1, high=100, whole=True, unit="%", needs=_SPEED)

_CLIMATE = (
    Service(
        "climate.set_temperature",
        {
            "temperature": _DEGREES,
            "target_temp_low": _BAND,
            "target_temp_high": _BAND,
            "hvac_mode": Choice(options="hvac_modes"),
        },
        goal=_set_temperature,
        patience_s=_PATIENCE_S,
        exclusive=(frozenset({"temperature", "target_temp_high"}), frozenset({"temperature", "target_temp_low"})),
        any_of=frozenset(_TARGETS),
        range=("target_temp_low", "target_temp_high"),
    ),
    Service(
        "climate.set_hvac_mode",
        {"hvac_mode": Choice(options="hvac_modes", required=True)},
        goal=_mode("hvac_mode"),
        patience_s=_PATIENCE_S,
    ),
    Service(
        "climate.set_preset_mode",
        {"preset_mode": Choice(options="preset_modes", required=True)},
        Feature("ClimateEntityFeature.PRESET_MODE", 16),
        sets("preset_mode"),
        _PATIENCE_S,
    ),
    Service(
        "climate.set_fan_mode",
        {"fan_mode": Choice(options="fan_modes", required=True)},
        Feature("ClimateEntityFeature.FAN_MODE", 8),
        sets("fan_mode"),
        _PATIENCE_S,
    ),
    Service(
        "climate.set_swing_mode",
        {"swing_mode": Choice(options="swing_modes", required=True)},
        Feature("ClimateEntityFeature.SWING_MODE", 32),
        sets("swing_mode"),
        _PATIENCE_S,
    ),
    Service(
        "climate.set_humidity",
        {"humidity": Number(low="min_humidity", high="max_humidity", whole=True, unit="%", required=True)},
        _HUMIDITY,
        sets("humidity", tolerance=1),
        _PATIENCE_S,
    ),
    Service(
        "climate.turn_on",
        needs=Feature("ClimateEntityFeature.TURN_ON", 256),
        goal=_on_again("hvac_modes"),
        patience_s=_PATIENCE_S,
    ),
    Service(
        "climate.turn_off",
        needs=Feature("ClimateEntityFeature.TURN_OFF", 128),
        goal=becomes("off"),
        patience_s=_PATIENCE_S,
    ),
)

_WATER_HEATER = (
    Service(
        "water_heater.set_temperature",
        {
            "temperature": Number(low="min_temp", high="max_temp", unit="degrees", required=True),
            "operation_mode": Choice(options="operation_list", needs=_OPERATION),
        },
        _HEATER,
        _heat_water,
        _PATIENCE_S,
    ),
    Service(
        "water_heater.set_operation_mode",
        {"operation_mode": Choice(options="operation_list", required=True)},
        _OPERATION,
        _operation,
        _PATIENCE_S,
    ),
    Service("water_heater.set_away_mode", {"away_mode": Flag(required=True)}, _AWAY, _away, _PATIENCE_S),
    Service("water_heater.turn_on", needs=_ON_OFF, goal=_on_again("operation_list"), patience_s=_PATIENCE_S),
    Service("water_heater.turn_off", needs=_ON_OFF, goal=becomes("off"), patience_s=_PATIENCE_S),
)

_HUMIDIFIER = (
    Service("humidifier.turn_on", goal=becomes("on")),
    Service("humidifier.turn_off", goal=becomes("off")),
    Service(
        "humidifier.set_humidity",
        {"humidity": Number(low="min_humidity", high="max_humidity", whole=True, unit="%", required=True)},
        goal=sets("humidity", tolerance=1),
    ),
    Service(
        "humidifier.set_mode",
        {"mode": Choice(options="available_modes", required=True)},
        Feature("HumidifierEntityFeature.MODES", 1),
        sets("mode"),
    ),
)

# FanEntityFeature.TURN_ON and TURN_OFF exist only since 2024.8; before that every fan could do both.
_FAN = (
    Service(
        "fan.turn_on",
        {"percentage": _PERCENTAGE, "preset_mode": Choice(options="preset_modes", needs=_FAN_PRESET)},
        goal=_fan_on,
        exclusive=(frozenset({"percentage", "preset_mode"}),),
    ),
    Service("fan.turn_off", goal=_fan_off),
    Service(
        "fan.set_percentage",
        {"percentage": Number(low=0, high=100, whole=True, unit="%", required=True)},
        _SPEED,
        lambda state, data: _fan_at(state, data["percentage"]),
    ),
    Service("fan.increase_speed", {"percentage_step": _PERCENTAGE_STEP}, _SPEED, _fan_stepped(1)),
    Service("fan.decrease_speed", {"percentage_step": _PERCENTAGE_STEP}, _SPEED, _fan_stepped(-1)),
    Service(
        "fan.oscillate",
        {"oscillating": Flag(required=True)},
        Feature("FanEntityFeature.OSCILLATE", 2),
        sets("oscillating"),
    ),
    Service(
        "fan.set_direction",
        {"direction": Choice(options=("forward", "reverse"), required=True)},
        Feature("FanEntityFeature.DIRECTION", 4),
        sets("direction"),
    ),
    Service(
        "fan.set_preset_mode",
        {"preset_mode": Choice(options="preset_modes", required=True)},
        _FAN_PRESET,
        _fan_on,
    ),
)

SERVICES = (*_CLIMATE, *_WATER_HEATER, *_HUMIDIFIER, *_FAN)
