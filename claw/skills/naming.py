"""What parameters are called in a program, and things in a sentence: plain nouns, none of them taken."""

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

from claw.program.api import FUNCTIONS

_NOUNS: Mapping[str, str] = {
    "light": "lamp",
    "media_player": "player",
    "climate": "thermostat",
    "input_boolean": "helper",
    "alarm_control_panel": "alarm",
    "lawn_mower": "mower",
    "water_heater": "boiler",
    "binary_sensor": "sensor",
}
_KEYS: Mapping[str, str] = {
    "brightness_pct": "brightness",
    "volume_level": "volume",
    "color_temp_kelvin": "warmth",
    "color_name": "colour",
    "hvac_mode": "mode",
    "preset_mode": "preset",
    "current_position": "position",
    "value": "value",
}
_TAKEN = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *FUNCTIONS, "asyncio", "found", "one", "there", "not_so"}
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,24}")


def noun(domain: str) -> str:
    """Return what a person calls one thing of a domain: ``lamp`` for a light."""
    return _NOUNS.get(domain, domain.replace("_", " "))


class Unused:
    """Names that are free in a program."""

    def __init__(self, taken: Iterable[str]) -> None:
        """``taken`` are the names that the program has already."""
        self._taken = {*_TAKEN, *taken}

    @staticmethod
    def shown(key: str) -> str:
        """Return what a person calls a datum: ``brightness`` for ``brightness_pct``."""
        return _KEYS.get(key, key).replace("_", " ")

    def name(self, wanted: str) -> str:
        """Return ``wanted`` as a name that nothing has yet, and take it."""
        plain = _KEYS.get(wanted, wanted).casefold().replace(" ", "_")
        found = _NAME.match(plain)
        base = found[0] if found is not None else "value"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name
