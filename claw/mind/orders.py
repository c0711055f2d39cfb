"""From a verb and one entity to the Home Assistant action, and the reasons why not.

One maker for each verb gives the action's name and data for one entity; entities with the same order share an action.
A word that the entity does not know, or an action that the house would refuse, is a reason that is told.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from claw.base.action import Action, Json, canonical
from claw.base.errors import Refused
from claw.house.fields import choices
from claw.house.model import UNAVAILABLE, House, State
from claw.house.services import CATALOGUE, validate
from claw.house.text import plain
from claw.mind.figures import Bid, Order, cannot, less, level, light, more, relative
from claw.mind.hygiene import name_text
from claw.mind.reading import Reading
from claw.mind.targets import Doubt

_NOTHING = State("unknown")


def actions(reading: Reading, entities: Sequence[str], house: House) -> tuple[tuple[Action, ...], bool] | Doubt:
    """Return the actions that carry ``reading`` out on ``entities``, and whether a state was looked at.

    Entities of a set that cannot do it are left out; where none can, the Doubt says why.
    """
    make = _MAKERS[reading.does]
    orders: dict[tuple[str, bytes], tuple[dict[str, Json], list[str]]] = {}
    why = ""
    looked = reading.does in _STATEFUL
    for entity_id in entities:
        state = house.states.get(entity_id, _NOTHING)
        order = make(Bid(reading, entity_id, state, house.registry.temperature_unit))
        if isinstance(order, str):
            why, looked = order, True
            continue
        name, data = order
        if data or not _unconditional(name):
            looked = True
            refused = _refused(house, Action(name, (entity_id,), data))
            if refused is not None:
                why = refused
                continue
        orders.setdefault((name, canonical(data)), (data, []))[1].append(entity_id)
    if not orders:
        return Doubt(why or "None of these can do that.")
    return tuple(Action(name, tuple(ids), data) for (name, _), (data, ids) in orders.items()), looked


def _unconditional(name: str) -> bool:
    service = CATALOGUE.get(name)
    return service is not None and service.needs is None and not service.only_in


def _refused(house: House, action: Action) -> str | None:
    state = house.states.get(action.entities[0])
    if state is None or state.value in UNAVAILABLE:
        return None  # the gate says so better than "not understood" would
    try:
        validate(house, action)
    except Refused as refusal:
        return _in_words(str(refusal), action, house)
    return None


def _in_words(why: str, action: Action, house: House) -> str:
    """Return why the house refuses ``action`` without the names that services, fields and features have there."""
    entity_id = action.entities[0]
    entity = house.registry.entities.get(entity_id)
    name = plain(entity.name if entity is not None else entity_id)
    if ": not supported (" in why:
        return f"{name} cannot do that."
    field, _, expected = why.removeprefix(f"{action.name}: {entity_id}: ").partition(": expected ")
    if expected and field in action.data:
        return f"{name} takes {expected} as its {field.replace('_', ' ')}."
    return f"That cannot be done: {why}."


def _plainly(**services: str) -> Callable[[Bid], Order | str]:
    """Return a maker that takes one service for each domain, and ``other`` with the domain put before it."""

    def make(bid: Bid) -> Order | str:
        service = services.get(bid.domain, services.get("other"))
        return (f"{bid.domain}.{service}", {}) if service else cannot(bid)

    return make


def _toggle(bid: Bid) -> Order | str:
    if bid.state.value in UNAVAILABLE:
        return f"I do not know whether “{plain(bid.entity_id)}” is on."
    return f"{bid.domain}.{'turn_on' if bid.state.value in {'off', 'standby'} else 'turn_off'}", {}


def _choose(bid: Bid) -> Order | str:
    """Return the order for a word that the entity itself lists: an option, a mode, a source."""
    said = name_text(str(bid.reading.get("option", "")))
    for service, field, listed in _CHOICES.get(bid.domain, ()):
        for option in choices(bid.state, listed):
            if name_text(option) == said:
                return f"{bid.domain}.{service}", {field: option}
    known = [plain(o, 30) for _, _, listed in _CHOICES.get(bid.domain, ()) for o in choices(bid.state, listed)]
    return f"“{plain(said)}” is not one of {', '.join(known[:8])}." if known else cannot(bid)


_CHOICES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "input_select": (("select_option", "option", "options"),),
    "select": (("select_option", "option", "options"),),
    "climate": (
        ("set_hvac_mode", "hvac_mode", "hvac_modes"),
        ("set_preset_mode", "preset_mode", "preset_modes"),
        ("set_fan_mode", "fan_mode", "fan_modes"),
    ),
    "water_heater": (("set_operation_mode", "operation_mode", "operation_list"),),
    "humidifier": (("set_mode", "mode", "available_modes"),),
    "fan": (("set_preset_mode", "preset_mode", "preset_modes"),),
    "media_player": (
        ("select_source", "source", "source_list"),
        ("select_sound_mode", "sound_mode", "sound_mode_list"),
    ),
    "vacuum": (("set_fan_speed", "fan_speed", "fan_speed_list"),),
}


def _arm(bid: Bid) -> Order | str:
    mode = str(bid.reading.get("arm_mode", ""))
    if not mode:
        return "Please say how: armed home, away or night."
    return f"alarm_control_panel.alarm_{mode.replace('armed_', 'arm_')}", {}


def _item(service: str, **more: str) -> Callable[[Bid], Order | str]:
    def make(bid: Bid) -> Order | str:
        item = plain(str(bid.reading.get("item", "")), 100)
        return (f"todo.{service}", {"item": item, **more}) if item else cannot(bid)

    return make


def _timer(bid: Bid) -> Order | str:
    seconds = {"seconds": 1, "minutes": 60, "hours": 3600}[str(bid.reading.get("tunit", "minutes"))]
    total = round(float(bid.reading.get("secs", 0)) * seconds)
    return "timer.start", {"duration": f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"}


def _muted(*, muted: bool) -> Callable[[Bid], Order | str]:
    return lambda bid: (f"{bid.domain}.volume_mute", {"is_volume_muted": muted})


def _halt(bid: Bid) -> Order | str:
    features = bid.state.attributes.get("supported_features")
    stops = isinstance(features, int) and bool(features & 4096)
    return ("media_player.media_stop" if stops else "media_player.media_pause"), {}


def _stop(bid: Bid) -> Order | str:
    return _halt(bid) if bid.domain == "media_player" else _STOPS(bid)


_STOPS = _plainly(
    cover="stop_cover",
    valve="stop_valve",
    vacuum="stop",
    lawn_mower="pause",
    script="turn_off",
    siren="turn_off",
    fan="turn_off",
    timer="cancel",
)
_STATEFUL = frozenset({"toggle", "halt_media", "stop", "choose"})

_MAKERS: Mapping[str, Callable[[Bid], Order | str]] = {
    "on": _plainly(other="turn_on"),
    "off": _plainly(other="turn_off"),
    "toggle": _toggle,
    "open": _plainly(cover="open_cover", valve="open_valve"),
    "close": _plainly(cover="close_cover", valve="close_valve"),
    "stop": _stop,
    "lock": _plainly(lock="lock"),
    "unlock": _plainly(lock="unlock"),
    "level": level,
    "dim": level,
    "darken": less,
    "brighten": more,
    "light": light,
    "choose": _choose,
    "more": more,
    "less": less,
    "relative": relative,
    "play": _plainly(media_player="media_play", timer="start", vacuum="start", lawn_mower="start_mowing"),
    "pause": _plainly(media_player="media_pause", vacuum="pause", lawn_mower="pause", timer="pause"),
    "halt_media": _halt,
    "next": _plainly(media_player="media_next_track"),
    "previous": _plainly(media_player="media_previous_track"),
    "mute": _muted(muted=True),
    "unmute": _muted(muted=False),
    "activate": _plainly(other="turn_on"),
    "press": _plainly(other="press"),
    "clean": _plainly(vacuum="start"),
    "start": _plainly(
        vacuum="start", lawn_mower="start_mowing", timer="start", fan="turn_on", script="turn_on", scene="turn_on"
    ),
    "dock": _plainly(vacuum="return_to_base", lawn_mower="dock"),
    "locate": _plainly(vacuum="locate"),
    "arm": _arm,
    "disarm": _plainly(alarm_control_panel="alarm_disarm"),
    "add_item": _item("add_item"),
    "complete_item": _item("update_item", status="completed"),
    "remove_item": _item("remove_item"),
    "timer_start": _timer,
    "timer_cancel": _plainly(timer="cancel"),
}


def kind_for(reading: Reading) -> str | None:
    """Return the kind that a verb without any noun means ("louder", "set the temperature to 21"), None where none."""
    attr = reading.get("attr") or str(reading.get("rel", " "))[:-1]
    by_attr: dict[Any, str] = {
        "brightness": "light",
        "color_temperature": "light",
        "temperature": "climate",
        "volume": "media",
        "speed": "fan",
        "humidity": "humidifier",
    }
    return by_attr.get(attr) or _BARE.get(reading.does)


_BARE = {
    "play": "media",
    "pause": "media",
    "halt_media": "media",
    "next": "media",
    "previous": "media",
    "mute": "media",
    "unmute": "media",
    "clean": "vacuum",
    "dock": "vacuum",
    "start": "vacuum",
    "arm": "alarm",
    "disarm": "alarm",
    "timer_start": "timer",
    "timer_cancel": "timer",
    "light": "light",
    "dim": "light",
    "darken": "light",
    "brighten": "light",
    "add_item": "todo",
    "complete_item": "todo",
}
