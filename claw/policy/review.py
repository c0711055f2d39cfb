"""What is odd about a policy, held against this house: nothing here is an error of the file, all of it deserves a look.

``error``: a risky thing may be done without asking.  ``warning``: a rule that does nothing, or asks where the answer is
worth little.  ``note``: things that no rule mentions, which are therefore denied.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from claw.house.model import Entity, Registry
from claw.house.services import CATALOGUE
from claw.policy.compiled import compile_rule
from claw.policy.decide import Policy
from claw.policy.globs import channel_matcher, matcher
from claw.policy.load import HouseNames

RISKY_COVERS = frozenset({"garage", "gate", "door", "window", None})
"""A cover without a class may be any of them."""

RISKY: Mapping[str, tuple[str, ...]] = {
    "lock": ("lock.unlock", "lock.open"),
    "alarm_control_panel": ("alarm_control_panel.alarm_disarm",),
    "valve": ("valve.open_valve", "valve.set_valve_position", "valve.toggle"),
    "cover": ("cover.open_cover", "cover.set_cover_position", "cover.toggle"),
    "siren": ("siren.turn_on", "siren.toggle"),
}
"""Per entity domain, the actions in the dangerous direction; a toggle counts as one."""

SHOWN = 8  # names that one finding lists

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at; ``rule`` is None where it is about no single rule."""

    level: Level
    rule: str | None
    text: str


def check(policy: Policy, registry: Registry, actions: Iterable[str] = CATALOGUE.keys()) -> list[Finding]:
    """Return what is odd about ``policy`` in this house, the worst first."""
    reached, silent = _reach(policy, registry, actions)
    found = [
        *_risky(policy, registry),
        *_useless(policy, registry, reached),
        *_weak_answers(policy),
        *_renamed(registry),
        *_unmentioned(silent),
    ]
    return sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.level))


def _reach(policy: Policy, registry: Registry, actions: Iterable[str]) -> tuple[set[str], list[str]]:
    """Return the rules that may decide something in this house, and the entities about which none does."""
    by_domain: dict[str, list[str]] = {}
    for action in actions:
        by_domain.setdefault(action.partition(".")[0], []).append(action)
    reached: set[str] = set()
    silent: list[str] = []
    for entity_id, entity in sorted(registry.entities.items()):
        own = by_domain.get(entity.domain, ())
        rules = {
            decision.rule
            for action in (*own, *by_domain.get("homeassistant", ()))
            for decision in policy.possible(registry, action, entity_id)
            if decision.rule
        }
        reached |= rules
        if own and not rules:
            silent.append(entity_id)
    return reached, silent


def _useless(policy: Policy, registry: Registry, reached: set[str]) -> Iterator[Finding]:
    names = HouseNames(registry)
    for rule in policy.rules:
        unknown = [problem for problem, _ in names.unknown_in_rule(rule)]
        for problem in unknown:
            yield Finding("warning", rule.id, problem)
        compiled = compile_rule(rule)
        entityless = any(glob.partition(".")[0] in {"claw", "mcp", "*"} for glob in rule.actions)
        if unknown or rule.id in reached or entityless:
            continue
        targets = [
            (action, entity)
            for entity in registry.entities.values()
            for action in _named(rule.actions, entity)
            if compiled.fits(action, entity, registry)
        ]
        if targets:
            other = policy.possible(registry, targets[0][0], targets[0][1].entity_id)[-1].rule
            yield Finding("warning", rule.id, f"never decides: wherever it could speak, another does ({other})")
        elif rule.effect != "deny":
            yield Finding("warning", rule.id, "never speaks: there is nothing like this in the house")


def _named(globs: tuple[str, ...], entity: Entity) -> list[str]:
    speaks = matcher(globs)
    return [action for action in CATALOGUE if action.partition(".")[0] == entity.domain and speaks(action)]


def _risky(policy: Policy, registry: Registry) -> Iterator[Finding]:
    for entity_id, entity in sorted(registry.entities.items()):
        if entity.domain == "cover" and entity.device_class not in RISKY_COVERS:
            continue
        for action in RISKY.get(entity.domain, ()):
            allowed = [one for one in policy.possible(registry, action, entity_id) if one.effect == "allow"]
            if allowed:
                yield Finding("error", allowed[0].rule, f"allows {action} on {entity_id} without asking anybody")


def _weak_answers(policy: Policy) -> Iterator[Finding]:
    for rule in policy.rules:
        if rule.ask and any(map(channel_matcher(rule.ask.channels), ("voice", "routine", "system"))):
            yield Finding("warning", rule.id, "lets a channel say yes that proves nobody: voice, routine or system")


def _renamed(registry: Registry) -> Iterator[Finding]:
    entities = sorted(registry.entities.values(), key=lambda entity: entity.entity_id)
    renamed = [f"{entity.former} (now {entity.entity_id})" for entity in entities if entity.former]
    if renamed:
        text = f"renamed since this file was written: {_some(renamed)}; change the file, or go on by the old ids"
        yield Finding("warning", None, text)
    taken = [entity.entity_id for entity in entities if entity.former == ""]
    if taken:
        text = f"what has the id {_some(taken)} now is not what this file means by it; no allow that names ids fits it"
        yield Finding("warning", None, text)


def _unmentioned(silent: list[str]) -> Iterator[Finding]:
    if silent:
        yield Finding("note", None, f"no rule mentions {_some(silent)}: everything there is denied")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
