"""What a bare verb does to a thing that was just spoken of: "turn it off", "lock it".

A verb reaches only domains that know it, so "turn it off" after a lock is nothing and never an unlock.
"""

from collections.abc import Iterable, Mapping

from claw.base.action import NO_DATA, Action, Json
from claw.house.model import House
from claw.mind.tongues import Verb

_ON_OFF = ("light", "switch", "fan", "media_player", "input_boolean", "climate", "siren", "humidifier", "water_heater")

VERBS: Mapping[Verb, Mapping[str, str]] = {
    "on": dict.fromkeys(_ON_OFF, "turn_on"),
    "off": dict.fromkeys((*_ON_OFF, "script"), "turn_off"),
    "lock": {"lock": "lock"},
    "unlock": {"lock": "unlock"},
    "open": {"cover": "open_cover", "valve": "open_valve"},
    "close": {"cover": "close_cover", "valve": "close_valve"},
    "pause": {"media_player": "media_pause", "vacuum": "pause", "lawn_mower": "pause", "timer": "pause"},
    "play": {"media_player": "media_play"},
    "stop": {"cover": "stop_cover", "valve": "stop_valve", "media_player": "media_stop", "vacuum": "stop"},
    "mute": {"media_player": "volume_mute"},
    "unmute": {"media_player": "volume_mute"},
}
"""Services by verb and domain."""

ON_OFF = frozenset(_ON_OFF)


def do(verb: Verb, entity_ids: Iterable[str], house: House) -> tuple[Action, ...]:
    """Return the actions of ``verb`` on those of the things that know it and still exist, one per domain."""
    by_domain: dict[str, list[str]] = {}
    for entity_id in entity_ids:
        domain = entity_id.partition(".")[0]
        if domain in VERBS[verb] and entity_id in house.states:
            by_domain.setdefault(domain, []).append(entity_id)
    data: Mapping[str, Json] = NO_DATA
    if verb in {"mute", "unmute"}:
        data = {"is_volume_muted": verb == "mute"}
    return tuple(Action(f"{domain}.{VERBS[verb][domain]}", tuple(ids), data) for domain, ids in by_domain.items())
