"""Allows that are worth less than they look, and questions whose yes is: held against one house.

A policy can be free of mistakes and still be open: a lock that opens "when guest mode is on" is open to whoever may
switch guest mode, and one that opens "when somebody is home" is open to everybody who can be heard through a window.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from claw.house.model import Entity, Registry
from claw.house.services import CATALOGUE, acts_on
from claw.policy.decide import Policy
from claw.policy.globs import channel_matcher, is_voice
from claw.policy.risky import risky_actions
from claw.policy.rules import Rule, When, Who

PRESENCE = ("person", "device_tracker")
"""Entity domains that say where people are; a phone left at home says it too."""

UNPROVEN = ("voice", "screen", "routine", "system", "mqtt")
"""Channels that prove no person."""

SHOWN = 8  # names that one finding lists

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at; ``rule`` is None where it is about no single rule."""

    level: Level
    rule: str | None
    text: str


def listed(names: list[str]) -> str:
    """Return the first of ``names``, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def risky_pairs(registry: Registry) -> Iterator[tuple[str, str]]:
    """Give every action in the dangerous direction with every entity of this house that it may be asked of."""
    for entity_id, entity in sorted(registry.entities.items()):
        yield from ((action, entity_id) for action in risky_actions(entity))


def open_risks(policy: Policy, registry: Registry) -> Iterator[Finding]:
    """Give every risky action that somebody may do without anybody being asked."""
    rules: Mapping[str | None, Rule] = {rule.id: rule for rule in policy.rules}
    for action, entity_id in risky_pairs(registry):
        allowed = [one for one in policy.possible(registry, action, entity_id) if one.effect == "allow"]
        if not allowed:
            continue
        text = f"allows {action} on {entity_id} without asking anybody"
        if enough := _where_somebody_is(rules[allowed[0].rule]):
            text = f"lets {enough} alone be enough for {action} on {entity_id}"
        yield Finding("error", allowed[0].rule, text)


def _where_somebody_is(rule: Rule) -> str:
    """Return what about presence is all that an allow asks for, empty where it asks for nothing or for more."""
    if rule.within or rule.at_most or (rule.who and _asks_who(rule.who)) or (rule.when and _asks_when(rule.when)):
        return ""
    found: list[str] = []
    if rule.when and (rule.when.states or rule.when.home or rule.when.away):
        found.append("somebody's presence")
    if rule.who and rule.who.place:
        found.append("standing in a place")
    if rule.who and rule.who.channel:
        found.append("being heard")
    return " and ".join(found)


def _asks_who(who: Who) -> bool:
    """Return whether more is asked of the asker than to be somewhere or to be heard."""
    proving = [one for one in who.channel if one.partition(":")[0] not in UNPROVEN]
    return bool(who.person or who.role or who.authenticated or who.rooms or who.routine or who.skill or proving)


def _asks_when(when: When) -> bool:
    """Return whether more is asked of the moment than that somebody is there."""
    others = [entity for entity in when.states if entity.partition(".")[0] not in PRESENCE]
    return bool(when.between or when.days or when.sun or when.tainted is not None or others)


def own_conditions(policy: Policy, registry: Registry, actions: Iterable[str] = CATALOGUE.keys()) -> Iterator[Finding]:
    """Give every allow that rests on a state which Claw itself may change: who may change it holds the key."""
    by_domain: dict[str, list[str]] = {}
    for action in actions:
        by_domain.setdefault(acts_on(action), []).append(action)
    for rule in policy.rules:
        if rule.effect != "allow" or rule.when is None:
            continue
        for written in rule.when.states:
            entity = registry.entities.get(registry.renamed.get(written, written))
            changer = _changer(policy, registry, entity, by_domain) if entity else None
            if changer:
                text = f"rests on {written}, which Claw itself may change ({changer}); a condition it sets is none"
                yield Finding("error", rule.id, text)


def _changer(policy: Policy, registry: Registry, entity: Entity, by_domain: Mapping[str, list[str]]) -> str | None:
    """Return the rule that lets somebody change the state of ``entity`` through Claw, None where none does."""
    for action in (*by_domain.get(entity.domain, ()), *by_domain.get("homeassistant", ())):
        for decision in policy.possible(registry, action, entity.entity_id):
            if decision.effect != "deny":
                return f"{action} by {decision.rule}"
    return None


def weak_answers(policy: Policy, registry: Registry) -> Iterator[Finding]:
    """Give the questions whose yes is worth little for what they guard."""
    for rule in policy.rules:
        if rule.ask and any(map(channel_matcher(rule.ask.channels), _BACKGROUND)):
            yield Finding("warning", rule.id, "lets a channel say yes that proves nobody: routine or system")
    yield from _spoken_answers(policy, registry)
    tapped = {rule.id for rule in policy.rules if rule.ask and "strength" in rule.ask.model_fields_set}
    tapped &= {rule.id for rule in policy.rules if rule.terms and rule.terms.strength == "tap"}
    loose: dict[str | None, list[str]] = {}
    kept: dict[str | None, list[str]] = {}
    for action, entity_id in risky_pairs(registry):
        for decision in policy.possible(registry, action, entity_id):
            if decision.terms is None:
                continue
            if decision.rule in tapped:
                loose.setdefault(decision.rule, []).append(f"{action} on {entity_id}")
            if decision.terms.grant_s or decision.terms.once_per_task:
                kept.setdefault(decision.rule, []).append(f"{action} on {entity_id}")
    for rule_id, pairs in kept.items():
        yield Finding("note", rule_id, f"lets one yes hold for more than one time: {listed(pairs)}")
    for rule_id, pairs in loose.items():
        yield Finding("note", rule_id, f"asks for a tap, but takes a signed-in session all the same: {listed(pairs)}")


def _spoken_answers(policy: Policy, registry: Registry) -> Iterator[Finding]:
    """Give the rules that take a yes said aloud: where it never counts, and that it is anybody's where it does."""
    naming = {rule.id: rule for rule in policy.rules if rule.ask and any(map(is_voice, rule.ask.channels))}
    risky: dict[str, list[str]] = {}
    for action, entity_id in risky_pairs(registry) if naming else ():
        for decision in policy.possible(registry, action, entity_id):
            if decision.rule in naming:
                risky.setdefault(decision.rule, []).append(f"{action} on {entity_id}")
    for rule_id, rule in naming.items():
        ask = rule.terms
        if ask is not None and (ask.roles or ask.strength != "tap"):
            text = "names voice for a yes, which never counts there: a voice is nobody, and the rule asks for somebody"
            yield Finding("warning", rule_id, text)
        elif pairs := risky.get(rule_id):
            text = f"names voice for a yes, which never counts for what is risky: {listed(pairs)}"
            yield Finding("warning", rule_id, text)
        else:
            text = "lets whoever is heard where it was asked say yes, a visitor or a television too"
            yield Finding("note", rule_id, text)


_BACKGROUND = ("routine", "system")
