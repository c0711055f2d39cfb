"""The static part of a policy in Cedar, another engine's language: who may do what to which thing.

Cedar knows allow and deny only, so a policy becomes two sets of policies and a decision two questions: may it be done
at all, and may it be done unasked.  What Cedar cannot say (bounds with units, clocks, states, rates, terms) is left
out: ``static`` gives a rule without it.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import cedarpy

from claw.base.action import Action, Effect, Origin
from claw.house.model import Registry
from claw.policy.forbidden import FORBIDDEN, INDIRECT
from claw.policy.people import People
from claw.policy.rules import Rule
from tests.unit.policy.reference import dangerous

WHO = 'principal == Asker::"anybody", action == Action::"ask", resource == Thing::"any"'
_STATIC = {"id", "allow", "confirm", "deny", "on", "except", "who", "why"}


def static(rule: Rule) -> Rule:
    """Return ``rule`` without what Cedar cannot say: it then speaks more often, in both engines alike."""
    written = rule.model_dump(by_alias=True, exclude_defaults=True)
    kept: dict[str, Any] = {key: value for key, value in written.items() if key in _STATIC}
    if (rule.when and rule.when.tainted) is not None:
        kept["when"] = {"tainted": rule.when.tainted}
    return Rule.model_validate(kept)


def text(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def either(parts: Iterable[str]) -> str:
    found = list(parts)
    return f"({' || '.join(found)})" if found else "false"


def fits(attribute: str, globs: Sequence[str], known: Iterable[str]) -> str:
    """One attribute, which may be missing, against globs; Cedar has no ``?``, so those are spelled out."""
    tests: list[str] = []
    for glob in globs:
        if "?" in glob:
            tests += [f"context.{attribute} == {text(one)}" for one in known if fnmatchcase(one, glob)]
        else:
            tests.append(f"context.{attribute} like {text(glob)}")
    return f"(context has {attribute} && {either(tests)})"


def thing(key: str, globs: Sequence[str], registry: Registry) -> str:
    """A key of ``on`` or ``except``."""
    if key == "label":
        known = {label for entity in registry.entities.values() for label in entity.labels}
        return either(
            f"context.labels.contains({text(label)})"
            for label in sorted(known)
            if any(fnmatchcase(label, glob) for glob in globs)
        )
    return fits(key, globs, registry.entities if key == "entity" else ())


def conditions(rule: Rule, registry: Registry) -> list[str]:
    found = [fits("name", rule.actions, ())]
    for key in ("entity", "area", "floor", "label", "device_class"):
        if rule.on and getattr(rule.on, key):
            found.append(thing(key, getattr(rule.on, key), registry))
        if rule.except_ and getattr(rule.except_, key):
            found.append(f"!{thing(key, getattr(rule.except_, key), registry)}")
    for on, inside in ((rule.on, True), (rule.except_, False)):
        if on and on.exposed is not None:
            said = f"context.exposed == {str(on.exposed).lower()}"
            # What is not known fits what makes a rule stricter: every confirm and deny, and what an allow leaves out.
            fits_so = f"(context has exposed && {said})"
            if inside == bool(rule.allow):
                found.append(fits_so if inside else f"!{fits_so}")
            else:
                so = f"(context has thing && (!(context has exposed) || {said}))"
                found.append(so if inside else f"!{so}")
    if rule.allow and rule.on and rule.on.exposed is not None:
        found.append("!context.risky")
    if rule.allow:
        exact = rule.on.entity if rule.on else ()
        named = either(f"context.entity == {text(one)}" for one in exact)
        found.append(f"(!context.indirect || (context has entity && {named}))")
    return found + asker(rule)


def asker(rule: Rule) -> list[str]:
    found: list[str] = []
    who = rule.who
    if who and who.role:
        found.append(fits("role", who.role, ()))
    if who and who.person:
        found.append(f"context.authenticated && {fits('person', who.person, ())}")
    if who and who.channel:
        found.append(f"({fits('channel', who.channel, ())} || {fits('kind', who.channel, ())})")
    if who and who.place:
        found.append(fits("place", who.place, ()))
    if who and who.authenticated is not None:
        found.append(f"context.authenticated == {str(who.authenticated).lower()}")
    if rule.when and rule.when.tainted is not None:
        found.append(f"context.tainted == {str(rule.when.tainted).lower()}")
    return found


class Translated:
    """A policy of static rules as two sets of Cedar policies, for one house."""

    def __init__(self, rules: Sequence[Rule], people: People, registry: Registry) -> None:
        lines = {rule.id: f"({WHO}) when {{ {' && '.join(conditions(rule, registry))} }};" for rule in rules}
        ban = fits("name", FORBIDDEN, ())
        never = f"forbid ({WHO}) when {{ {ban} }};"
        at_all = [("forbid " if rule.deny else "permit ") + lines[rule.id] for rule in rules]
        unasked = [("permit " if rule.allow else "forbid ") + lines[rule.id] for rule in rules]
        self._at_all = cedarpy.PolicySet.from_str("\n".join([never, *at_all]))
        self._unasked = cedarpy.PolicySet.from_str("\n".join([never, *unasked]))
        self._entities = cedarpy.Entities.from_json_str("[]")
        self._people = people
        self._registry = registry

    def request(self, action: Action, entity_id: str, origin: Origin) -> dict[str, Any]:
        """Return the request about one entity."""
        entity = self._registry.entities.get(entity_id)
        role = self._people.role(origin.person) if origin.authenticated else None
        context: dict[str, Any] = {
            "name": action.name,
            "indirect": action.domain in INDIRECT,
            "authenticated": origin.authenticated,
            "tainted": bool(origin.taint),
            "channel": origin.channel,
            "kind": origin.channel.partition(":")[0],
            "labels": sorted(entity.labels) if entity else [],
            "risky": dangerous(action.name, entity),
        }
        optional = {
            "role": role,
            "person": origin.person,
            "place": origin.place,
            "entity": entity_id if entity else None,
            "area": entity.area if entity else None,
            "floor": self._registry.floor_of(entity) if entity else None,
            "device_class": entity.device_class if entity else None,
            "exposed": entity.exposed if entity else None,
            "thing": True if entity else None,
        }
        context |= {key: value for key, value in optional.items() if value is not None}
        asked = {"principal": 'Asker::"anybody"', "action": 'Action::"ask"', "resource": 'Thing::"any"'}
        return {**asked, "context": context}

    def may(self, request: dict[str, Any]) -> bool:
        """Return whether Cedar lets this be done unasked: one question, as the benchmark asks it."""
        return cedarpy.is_authorized(request, self._unasked, self._entities).allowed

    def decide(self, action: Action, origin: Origin) -> Effect:
        """Return the effect on the whole action: the strictest over its entities."""
        effects: list[Effect] = []
        for entity_id in action.entities or ("",):
            asked = self.request(action, entity_id, origin)
            at_all = cedarpy.is_authorized(asked, self._at_all, self._entities)
            unasked = cedarpy.is_authorized(asked, self._unasked, self._entities)
            assert not at_all.diagnostics.errors
            assert not unasked.diagnostics.errors
            effects.append("allow" if unasked.allowed else "confirm" if at_all.allowed else "deny")
        strictest: tuple[Effect, ...] = ("deny", "confirm", "allow")
        return next(effect for effect in strictest if effect in effects)
