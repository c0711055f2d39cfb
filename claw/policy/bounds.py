"""Bounds on what a call sets, whichever parameter it uses to set it.

``brightness: 255`` and ``brightness_pct: 100`` are one wish, and so are ``temperature`` and ``target_temp_high``: a
bound on one of them that the other escapes would be no bound.  So parameters belong to *dimensions*, and a bound looks
at every value of its dimension that the call sets.  A call that sets the dimension without saying how far (a plain
``light.turn_on``, a ``volume_up``) counts as going to the end of the scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Literal

from claw.base.action import Action, Json

Unit = Literal["%", "°C", "°F"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that calls set.

    ``scales`` maps each parameter to its factor to the common scale; ``steps`` are parameters that move it by an
    amount; ``implied`` maps actions that set it without a parameter to where they take it, on the common scale.
    """

    name: str
    scales: Mapping[str, float]
    unit: Literal["%", "°", ""] = "%"
    steps: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    implied: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


_ANYWHERE = (-inf, inf)
_UP = (inf,)
_DOWN = (-inf,)

DIMENSIONS = (
    Dimension(
        "brightness",
        {"brightness": 100 / 255, "brightness_pct": 1.0, "white": 100 / 255},
        steps=("brightness_step", "brightness_step_pct"),
        presets=("profile",),
        implied={"light.turn_on": _ANYWHERE, "light.toggle": _ANYWHERE},
    ),
    Dimension(
        "temperature",
        {"temperature": 1.0, "target_temp_low": 1.0, "target_temp_high": 1.0},
        unit="°",
        implied={"climate.set_temperature": _ANYWHERE, "water_heater.set_temperature": _ANYWHERE},
    ),
    Dimension(
        "volume",
        {"volume_level": 100.0, "volume_pct": 1.0},
        implied={
            "media_player.volume_set": _ANYWHERE,
            "media_player.volume_up": _UP,
            "media_player.volume_down": _DOWN,
        },
    ),
    Dimension(
        "position",
        {"position": 1.0, "tilt_position": 1.0},
        implied={
            "cover.open_cover": (100.0,),
            "cover.open_cover_tilt": (100.0,),
            "cover.close_cover": (0.0,),
            "cover.close_cover_tilt": (0.0,),
            "cover.toggle": _ANYWHERE,
            "cover.toggle_cover_tilt": _ANYWHERE,
            "cover.set_cover_position": _ANYWHERE,
            "cover.set_cover_tilt_position": _ANYWHERE,
            "valve.open_valve": (100.0,),
            "valve.close_valve": (0.0,),
            "valve.toggle": _ANYWHERE,
            "valve.set_valve_position": _ANYWHERE,
        },
    ),
    Dimension(
        "percentage",
        {"percentage": 1.0},
        steps=("percentage_step",),
        implied={
            "fan.turn_on": _ANYWHERE,
            "fan.toggle": _ANYWHERE,
            "fan.set_percentage": _ANYWHERE,
            "fan.increase_speed": _UP,
            "fan.decrease_speed": _DOWN,
        },
    ),
    Dimension(
        "humidity",
        {"humidity": 1.0},
        implied={"humidifier.set_humidity": _ANYWHERE, "climate.set_humidity": _ANYWHERE},
    ),
)
_BY_PARAMETER = {parameter: dimension for dimension in DIMENSIONS for parameter in dimension.scales}
_KNOWN_SETTERS = {dimension.name: frozenset(dimension.implied) for dimension in DIMENSIONS}


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound in the file, ready to be held against calls; ``low`` and ``high`` are on the dimension's scale."""

    dimension: Dimension
    low: float
    high: float
    unit: Unit | None
    text: str

    def spread(self, action: Action) -> Sequence[float]:
        """Return every value that ``action`` sets the dimension to; empty where it does not touch it."""
        data = action.data
        if not data:  # as most calls
            return self._unsaid(action.name)
        values: list[float] = []
        for parameter, scale in self.dimension.scales.items():
            if parameter in data:
                values += _ANYWHERE if (value := number(data[parameter])) is None else (value * scale,)
        for parameter in self.dimension.steps:
            if parameter in data:
                step = number(data[parameter])
                values += _ANYWHERE if step is None or action.name.startswith("fan.") else (inf if step > 0 else -inf,)
        if any(parameter in data for parameter in self.dimension.presets):
            values += _ANYWHERE
        return values or self._unsaid(action.name)

    def _unsaid(self, action: str) -> Sequence[float]:
        """Return where ``action`` takes the dimension when it does not say how far."""
        found = self.dimension.implied.get(action)
        if found is None:
            return () if self.dimension.name in _KNOWN_SETTERS else _ANYWHERE
        return found

    def holds(self, action: Action, house_unit: str) -> bool:
        """Return whether every value that ``action`` sets lies inside, both ends included."""
        low, high = self.low, self.high
        if self.unit is not None and self.unit not in ("%", house_unit):
            low, high = _converted(low, house_unit), _converted(high, house_unit)
        for value in self.spread(action):  # noqa: SIM110  asked for every call; a generator doubles the time
            if not low <= value <= high:
                return False
        return True


def limit(key: str, low: float | None, high: float | None, unit: Unit | None) -> Limit:
    """Return the limit that a file writes under ``key``; raises ValueError when it makes no sense."""
    dimension = _BY_PARAMETER.get(key) or Dimension(key, {key: 1.0}, unit="")
    if low is None and high is None:
        raise ValueError(f"{key}: found neither min nor max, expected at least one")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{key}: found min {low:g} above max {high:g}, which nothing can satisfy")
    if dimension.unit == "°" and unit not in {"°C", "°F"}:
        raise ValueError(f"{key}: found no unit of temperature, expected unit: °C or °F")
    if dimension.unit != "°" and unit not in ({None, "%"} if dimension.unit == "%" else {None}):
        raise ValueError(f"{key}: found the unit {unit}, expected {'% or none' if dimension.unit else 'none'}")
    text = f"{key} {_span(low, high)}{f' {unit}' if unit else ''}"
    scale = 1.0 if unit == "%" else dimension.scales[key]
    slack = 1e-9  # 80 % of 255 is not a whole number
    return Limit(
        dimension,
        -inf if low is None else low * scale - slack,
        inf if high is None else high * scale + slack,
        unit,
        text,
    )


def _span(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _converted(value: float, house_unit: str) -> float:
    return value * 9 / 5 + 32 if house_unit == "°F" else (value - 32) * 5 / 9


def number(value: Json) -> float | None:
    """Return a finite number as such, None for anything else: text is no number here, whatever it reads like."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isfinite(value) else None
