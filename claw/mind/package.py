"""What the package's intents mean in our terms, and which of its sentences are not trusted.

home-assistant-intents says "turn on" for lock and "turn off" for unlock.  Its sentences about locks are left out whole,
since in several languages they are also the words for "open" and "turn off"; ours take their place.
"""

import re
from collections.abc import Mapping
from typing import Any

from hassil.intents import IntentData

_OPENING = frozenset({"cover", "valve"})
_OPENS = {"on": "open", "off": "close"}
_ONLY = {"activate": frozenset({"scene", "script"}), "press": frozenset({"button", "input_button"})}
VERBS: Mapping[str, str] = {
    "HassTurnOn": "on",
    "HassTurnOff": "off",
    "HassLightSet": "light",
    "HassSetPosition": "level",
    "HassFanSetSpeed": "level",
    "HassSetVolume": "level",
    "HassClimateSetTemperature": "level",
    "HassSetVolumeRelative": "relative",
    "HassClimateSetFanMode": "choose",
    "HassClimateGetTemperature": "q_value",
    "HassGetState": "q_state",
    "HassGetWeather": "q_weather",
    "HassGetCurrentTime": "q_time",
    "HassGetCurrentDate": "q_date",
    "HassMediaPause": "pause",
    "HassMediaUnpause": "play",
    "HassMediaNext": "next",
    "HassMediaPrevious": "previous",
    "HassMediaPlayerMute": "mute",
    "HassMediaPlayerUnmute": "unmute",
    "HassVacuumStart": "start",
    "HassVacuumReturnToBase": "dock",
    "HassVacuumCleanArea": "clean",
    "HassLawnMowerStartMowing": "start",
    "HassLawnMowerDock": "dock",
    "HassListAddItem": "add_item",
    "HassListCompleteItem": "complete_item",
    "HassListRemoveItem": "remove_item",
    "HassShoppingListAddItem": "add_item",
    "HassShoppingListCompleteItem": "complete_item",
}
"""The package's intents that are mapped; every other one is dropped before it is compiled."""

_ATTRIBUTES = {
    "HassSetPosition": "position",
    "HassFanSetSpeed": "speed",
    "HassSetVolume": "volume",
    "HassSetVolumeRelative": "volume",
    "HassClimateSetTemperature": "temperature",
}
_KINDS = {
    "HassVacuumStart": "vacuum",
    "HassVacuumReturnToBase": "vacuum",
    "HassVacuumCleanArea": "vacuum",
    "HassLawnMowerStartMowing": "mower",
    "HassLawnMowerDock": "mower",
    "HassMediaPause": "media",
    "HassMediaUnpause": "media",
    "HassMediaNext": "media",
    "HassMediaPrevious": "media",
    "HassMediaPlayerMute": "media",
    "HassMediaPlayerUnmute": "media",
    "HassSetVolume": "media",
    "HassSetVolumeRelative": "media",
    "HassFanSetSpeed": "fan",
    "HassClimateSetTemperature": "climate",
    "HassClimateSetFanMode": "climate",
    "HassShoppingListAddItem": "todo",
    "HassShoppingListCompleteItem": "todo",
}
_QUESTIONS = {"any": "q_any", "all": "q_all", "which": "q_which", "how_many": "q_count"}


def domains_of(block: IntentData) -> list[str]:
    """Return the domains that a block is for, [] where it says none."""
    wanted = block.slots.get("domain") or block.requires_context.get("domain") or ()
    return [wanted] if isinstance(wanted, str) else list(wanted)


def verb_of(name: str, block: IntentData, domains: frozenset[str]) -> str | None:
    """Return our verb, None where the package's sentence is not trusted with it."""
    verb = VERBS[name]
    if name == "HassGetState":
        return "q_presence" if "person" in domains else _QUESTIONS.get(block.response or "", verb)
    if verb not in {"on", "off"} or not domains:
        return verb
    if domains & {"lock", "alarm_control_panel", *_OPENING}:
        return _OPENS[verb] if domains <= _OPENING else None
    return next((ours for ours, only in _ONLY.items() if domains <= only), verb)


def fixed_of(name: str, block: IntentData) -> dict[str, Any]:
    """Return the slots of ours that every sentence of a block fills."""
    fixed: dict[str, Any] = {}
    if name in _ATTRIBUTES:
        fixed["attr"] = _ATTRIBUTES[name]
    if name in _KINDS:
        fixed["kind"] = _KINDS[name]
    if name == "HassClimateGetTemperature":
        fixed["measure"] = "temperature"
    if name == "HassGetState" and "person" in domains_of(block):
        said = (block.response or "any").removesuffix("_person")
        fixed["ask"] = {"one_yesno": "state", "how_many": "count", "one": "where"}.get(said, said)
    return fixed


def state_list(text: str) -> str | None:
    """Return the list that a sentence takes its state from: the package calls an open window ``on``."""
    found = re.search(r"\{([a-z_]+):state\}", text)
    return found.group(1) if found else None
