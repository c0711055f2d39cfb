"""Lights: on and off, brightness, colour."""

import colorsys
from collections.abc import Mapping

from claw.base.action import Json
from claw.house.fields import Choice, Feature, Number, Numbers, Service, choices, finite
from claw.house.model import State
from claw.house.proof import Check, Goal, Hue, is_, near

_EFFECT = Feature("LightEntityFeature.EFFECT", 4)
_TRANSITION = Feature("LightEntityFeature.TRANSITION", 32)

_COLOUR_MODES = ("hs", "rgb", "rgbw", "rgbww", "xy")  # the order in which Home Assistant picks one
_COLOUR = frozenset(_COLOUR_MODES)
_DIMMABLE = _COLOUR | {"brightness", "color_temp", "white"}
_KELVIN = frozenset({"color_temp"})

_FULL = 255
_BRIGHTNESS_TOLERANCE = 3  # of 255: devices that know a hundred levels round by 2.55
_KELVIN_TOLERANCE = 0.02  # devices count in mireds

COLOUR_NAMES: Mapping[str, tuple[int, int, int]] = {
    "aqua": (0, 255, 255),
    "blue": (0, 0, 255),
    "coral": (255, 127, 80),
    "cyan": (0, 255, 255),
    "gold": (255, 215, 0),
    "green": (0, 128, 0),
    "indigo": (75, 0, 130),
    "lavender": (230, 230, 250),
    "lime": (0, 255, 0),
    "magenta": (255, 0, 255),
    "orange": (255, 165, 0),
    "pink": (255, 192, 203),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "salmon": (250, 128, 114),
    "teal": (0, 128, 128),
    "turquoise": (64, 224, 208),
    "violet": (238, 130, 238),
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
}
"""Colours by the names of CSS, as far as people say them; Home Assistant knows these and more."""

_SHOWN_WHILE_ON = ("brightness", "color_mode", "color_temp_kelvin", "hs_color", "rgb_color", "xy_color", "effect")


def _off(state: State, _data: Mapping[str, Json]) -> Goal:
    return Goal("off", dict.fromkeys(name for name in _SHOWN_WHILE_ON if name in state.attributes), is_("off"))


def _on(state: State, data: Mapping[str, Json]) -> Goal:
    attributes: dict[str, Json] = {}
    seen: dict[str, Check] = {}
    if _dimmable(state):
        brightness = _brightness(state, data)
        if brightness == 0:
            return _off(state, data)
        attributes["brightness"] = brightness or round(finite(state.attributes.get("brightness")) or _FULL)
        if brightness is not None:
            seen["brightness"] = near(brightness, _BRIGHTNESS_TOLERANCE)
    colour = _colour(data)
    if colour is not None:
        hue, saturation = colour
        red, green, blue = colorsys.hsv_to_rgb(hue / 360, saturation / 100, 1)
        attributes["hs_color"] = [round(hue, 3), round(saturation, 3)]
        attributes["rgb_color"] = [round(red * 255), round(green * 255), round(blue * 255)]
        attributes["color_mode"] = _colour_mode(state)
        seen["hs_color"] = Hue(hue, saturation)
    if "color_temp_kelvin" in data:
        kelvin = data["color_temp_kelvin"]
        attributes |= {"color_temp_kelvin": kelvin, "color_mode": "color_temp"}
        seen["color_temp_kelvin"] = near(kelvin, kelvin * _KELVIN_TOLERANCE)
    if "effect" in data:
        attributes["effect"] = data["effect"]
        seen["effect"] = is_(data["effect"])
    if not attributes.get("color_mode") and not state.attributes.get("color_mode"):
        attributes["color_mode"] = next(iter(choices(state, "supported_color_modes")), "onoff")
    return Goal("on", attributes, is_("on"), seen)


def _dimmable(state: State) -> bool:
    return not _DIMMABLE.isdisjoint(choices(state, "supported_color_modes"))


def _brightness(state: State, data: Mapping[str, Json]) -> int | None:
    """Return the wished brightness, 0 to 255, None when none is wished."""
    now = finite(state.attributes.get("brightness")) or 0.0
    if state.value != "on":
        now = 0.0
    if "brightness" in data:
        return data["brightness"]
    if "brightness_pct" in data:
        # Never rounded down to off: 0 alone means off.
        return data["brightness_pct"] and max(1, round(_FULL * data["brightness_pct"] / 100))
    if "brightness_step" in data:
        return round(min(_FULL, max(0, now + data["brightness_step"])))
    if "brightness_step_pct" in data:
        return round(min(_FULL, max(0, now + _FULL * data["brightness_step_pct"] / 100)))
    return None


def _colour(data: Mapping[str, Json]) -> tuple[float, float] | None:
    """Return the wished hue in degrees and saturation in percent, None when no colour is wished."""
    if "hs_color" in data:
        return data["hs_color"][0] % 360, data["hs_color"][1]
    rgb = data.get("rgb_color") or COLOUR_NAMES.get(data.get("color_name", ""))
    if rgb is None:
        return None
    hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    return hue * 360, saturation * 100


def _colour_mode(state: State) -> str:
    supported = choices(state, "supported_color_modes")
    return next((mode for mode in _COLOUR_MODES if mode in supported), "hs")


_TRANSITION_FIELD = Number(low=0, high=6553, unit="s", needs=_TRANSITION)

SERVICES = (
    Service(
        "light.turn_on",
        {
            "brightness": Number(low=0, high=255, whole=True, modes=_DIMMABLE),
            "brightness_pct": Number(low=0, high=100, whole=True, unit="%", modes=_DIMMABLE),
            "brightness_step": Number(low=-255, high=255, whole=True, modes=_DIMMABLE),
            "brightness_step_pct": Number(low=-100, high=100, whole=True, unit="%", modes=_DIMMABLE),
            "color_temp_kelvin": Number(
                low="min_color_temp_kelvin", high="max_color_temp_kelvin", whole=True, unit="K", modes=_KELVIN
            ),
            "hs_color": Numbers(bounds=((0, 360), (0, 100)), modes=_COLOUR),
            "rgb_color": Numbers(bounds=((0, 255),) * 3, whole=True, modes=_COLOUR),
            "color_name": Choice(options=tuple(COLOUR_NAMES), modes=_COLOUR),
            "effect": Choice(options="effect_list", needs=_EFFECT),
            "transition": _TRANSITION_FIELD,
        },
        goal=_on,
        exclusive=(
            frozenset({"brightness", "brightness_pct", "brightness_step", "brightness_step_pct"}),
            frozenset({"color_temp_kelvin", "hs_color", "rgb_color", "color_name"}),
        ),
    ),
    Service("light.turn_off", {"transition": _TRANSITION_FIELD}, goal=_off),
)
