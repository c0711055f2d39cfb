"""The policy that a case is judged under: made from its own few lines, or the everyday one.

A case writes down who may do what by entity: ``{"lock.*": "confirm on unlock", "other": "allow"}``.  An exact id speaks
before a glob; of two globs the stronger effect holds, as everywhere in Claw; ``other`` is for what no line covers, and
without it the everyday policy is.  Claw itself may always think, read and speak, and what a stranger's text suggested
is asked about wherever it would open, unlock or disarm.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from claw.base.action import Effect, Json
from claw.evaluation.cases import Grant, grant
from claw.house.model import Entity, House
from claw.house.services import CATALOGUE
from claw.policy.forbidden import forbidden
from claw.policy.globs import is_glob, matcher

OTHER = "other"
_EVERYTHING = ("*", "*.*")
_SETS_OFF = ("scene", "script", "button", "input_button")
_RANK: Mapping[Effect, int] = {"allow": 0, "confirm": 1, "deny": 2}
_BLINDS = ("awning", "blind", "curtain", "shade", "shutter")
_ASK = {"roles": ["owner", "adult"], "channels": ["web", "cli"], "strength": "session", "wait": "10 min"}
_RISKY = (
    *("lock.unlock", "lock.open", "alarm_control_panel.alarm_disarm", "valve.open_valve", "valve.set_valve_position"),
    *("siren.turn_on", "camera.turn_off", "camera.disable_motion_detection"),
)

_ITSELF: Mapping[str, Json] = {
    "id": "claw-itself",
    "allow": [f"claw.{own}" for own in ("ask", "forget", "model", "notify", "read", "remember", "schedule", "speak")],
    "why": "Claw may think, read and speak",
}

_COMFORT = (
    *("light.*", "switch.*", "fan.*", "media_player.*", "humidifier.*", "climate.*", "water_heater.*", "vacuum.*"),
    *("lawn_mower.*", "timer.*", "counter.*", "todo.*", "input_boolean.*", "input_number.*", "input_select.*"),
    *("input_text.*", "input_datetime.*", "number.*", "select.*", "notify.*", "logbook.log", "lock.lock"),
    *("alarm_control_panel.alarm_arm_home", "alarm_control_panel.alarm_arm_night", "valve.close_valve"),
    *("valve.stop_valve", "cover.stop_cover", "cover.stop_cover_tilt", "siren.turn_off", "camera.turn_on"),
    "camera.enable_motion_detection",
)
_GUARDED = (
    *("lock.unlock", "lock.open", "alarm_control_panel.alarm_disarm", "alarm_control_panel.alarm_arm_away"),
    *("alarm_control_panel.alarm_arm_vacation", "alarm_control_panel.alarm_arm_custom_bypass", "valve.open_valve"),
    *("valve.set_valve_position", "siren.turn_on", "camera.turn_off", "camera.disable_motion_detection"),
)
_NOT_THEIRS = ("lock.unlock", "lock.open", "alarm_control_panel.*", "valve.*", "siren.*", "camera.*", "script.*")


def policy_for(lines: Mapping[str, str], house: House) -> str:
    """Return the policy file for a case in ``house``; without ``lines`` it is the everyday one."""
    rules = _own(lines, house) if lines else everyday(house)
    rules.append(_outside("confirm" if lines else "deny"))
    return json.dumps({"version": 1, "rules": [_ITSELF, *rules]}, ensure_ascii=False)


def asked_about(lines: Mapping[str, str], house: House) -> frozenset[str]:
    """Return the entities of which the case's own lines say that somebody is to be asked."""
    grants, _ = _read(lines)
    return frozenset(
        entity.entity_id
        for entity in house.registry.entities.values()
        if any(_effect(grants, entity, action) == "confirm" for action in _actions(entity))
    )


def everyday(house: House, but: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the rules of an ordinary household, for all entities ``but`` these."""
    left_out = sorted(but)
    rest: dict[str, Any] = {"except": {"entity": left_out}} if left_out else {}
    known, unknown = _indirect(house, but)
    rules: list[dict[str, Any]] = [
        {"id": "comfort", "allow": list(_COMFORT), **rest, "why": "light, air, sound and lists are for everybody"},
        {
            "id": "blinds",
            "allow": ["cover.*"],
            "on": {"device_class": list(_BLINDS)},
            **rest,
            "why": "blinds are for everybody",
        },
        {
            "id": "guarded",
            "confirm": list(_GUARDED),
            **rest,
            "ask": _ASK,
            "why": "this lets somebody in, or switches a guard off",
        },
        {
            "id": "doors-and-gates",
            "confirm": ["cover.open_cover*", "cover.close_cover*", "cover.set_cover_*"],
            "except": {"device_class": list(_BLINDS), **rest.get("except", {})},
            "ask": _ASK,
            "why": "this may be a garage, a gate or a door",
        },
        {
            "id": "not-theirs",
            "deny": list(_NOT_THEIRS),
            "who": {"role": ["child", "guest", "service"]},
            **rest,
            "why": "this is for the adults who live here",
        },
    ]
    acts = [f"{domain}.*" for domain in _SETS_OFF]
    if known:
        rules.append({"id": "known-effects", "allow": acts, "on": {"entity": known}, "why": "what it does is known"})
    if unknown:
        rules.append(
            {
                "id": "unknown-effects",
                "confirm": acts,
                "on": {"entity": unknown},
                "ask": _ASK,
                "why": "nobody knows what it does",
            }
        )
    critical = [one.entity_id for one in house.registry.entities.values() if "critical" in one.labels]
    if critical := sorted(set(critical) - set(but)):
        rules.append(
            {
                "id": "critical",
                "confirm": "switch.*",
                "on": {"entity": critical},
                "ask": _ASK,
                "why": "it must not stop",
            }
        )
    return rules


def _outside(effect: Effect) -> dict[str, Any]:
    ask = {"ask": _ASK} if effect == "confirm" else {}
    why = "text from outside the household suggested this"
    return {"id": "outside-text", effect: list(_RISKY), "when": {"tainted": True}, **ask, "why": why}


def _own(lines: Mapping[str, str], house: House) -> list[dict[str, Any]]:
    """Return the rules that a case's lines amount to, entity by entity, alike ones together."""
    grants, other = _read(lines)
    found: dict[tuple[Effect, tuple[str, ...]], list[str]] = {}
    covered: set[str] = set()
    for entity in house.registry.entities.values():
        effects = {action: _effect(grants, entity, action) or other for action in _actions(entity)}
        if other is None and any(effects.values()):
            covered.add(entity.entity_id)
            effects = {action: one or _usual(house, entity, action) for action, one in effects.items()}
        for effect in _RANK:
            actions = tuple(sorted(action for action, one in effects.items() if one == effect))
            if actions:
                found.setdefault((effect, actions), []).append(entity.entity_id)
    rules = [
        {"id": f"line-{at}", effect: list(actions), "on": {"entity": entities}} | _terms(effect)
        for at, ((effect, actions), entities) in enumerate(found.items())
    ]
    for action in (name for name, service in CATALOGUE.items() if not service.targets):
        effect = _strongest(one for glob, one in grants.items() if matcher((glob,))(action)) or other
        if effect is not None:
            rules.append({"id": f"all-{action.replace('.', '-')}", effect: [action]} | _terms(effect))
    return rules if other is not None else [*rules, *everyday(house, covered)]


def _read(lines: Mapping[str, str]) -> tuple[Mapping[str, Grant], Effect | None]:
    """Return the lines by glob, and what holds for everything else; None where that is the everyday policy."""
    grants = {glob: grant(text) for glob, text in lines.items() if glob not in {OTHER, *_EVERYTHING}}
    rest = next((lines[key] for key in (OTHER, *_EVERYTHING) if key in lines), None)
    return grants, grant(rest).effect if rest is not None else None


def _usual(house: House, entity: Entity, action: str) -> Effect | None:
    """Return what the everyday policy says about an action of which a line for this entity says nothing."""
    if entity.domain in _SETS_OFF:
        return "allow" if _is_known(house, entity.entity_id) else "confirm"
    if entity.domain == "cover" and entity.device_class in _BLINDS:
        return "allow"
    if action in _GUARDED or (entity.domain == "cover" and not matcher(_COMFORT)(action)):
        return "confirm"
    return "allow" if matcher(_COMFORT)(action) else None


def _terms(effect: Effect) -> dict[str, Any]:
    return {"ask": _ASK} if effect == "confirm" else {}


def _actions(entity: Entity) -> list[str]:
    """Return the actions that there are for an entity."""
    return [name for name, one in CATALOGUE.items() if one.acts_on == entity.domain and forbidden(name) is None]


def _effect(grants: Mapping[str, Grant], entity: Entity, action: str) -> Effect | None:
    """Return what the lines say about an action on an entity: its own line before any glob; None where none does."""
    exact = grants.get(entity.entity_id)
    if exact is not None and _speaks(exact, action):
        return exact.effect
    return _strongest(
        one
        for glob, one in grants.items()
        if _speaks(one, action) and ((is_glob(glob) and matcher((glob,))(entity.entity_id)) or matcher((glob,))(action))
    )


def _speaks(one: Grant, action: str) -> bool:
    """Return whether a line is about ``action``; it may be named in full, by its verb or by the verb's last word."""
    if not one.actions:
        return True
    verb = action.partition(".")[2]
    return any(
        matcher((wanted,))(action)
        or matcher((wanted,))(verb)
        or verb.rpartition("_")[2] == wanted
        or verb.partition("_")[0] == wanted
        for wanted in one.actions
    )


def _strongest(grants: Iterable[Grant]) -> Effect | None:
    return max((one.effect for one in grants), key=_RANK.__getitem__, default=None)


def _indirect(house: House, but: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the entities that set something off: those of which is known what, and the others."""
    left_out = set(but)
    ids = [one for one in house.registry.entities if one.partition(".")[0] in _SETS_OFF and one not in left_out]
    known = [one for one in ids if _is_known(house, one)]
    return sorted(known), sorted(set(ids) - set(known))


def _is_known(house: House, entity_id: str) -> bool:
    return house.registry.tells(entity_id)
