"""How a policy file comes into force: read, held against this house and its people, tested by its own tests.

Everything that would make a rule silently useless is an error here, with file and line: a glob that matches nothing, a
room that does not exist, a person nobody knows, a test that does not hold.  A file that passes does what it says.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Action, Decision, Origin
from claw.base.documents import Document, parse_marked, read_text
from claw.house.model import House, Registry, State
from claw.house.services import CATALOGUE
from claw.policy.decide import Policy
from claw.policy.forbidden import forbidden, speaks_of_forbidden
from claw.policy.globs import is_glob, matcher
from claw.policy.people import People
from claw.policy.rules import PolicyFile, Rule, Test, moment

OWN_ACTIONS = ("ask", "model", "notify", "read", "remember", "schedule", "speak")
"""What Claw does outside devices: ``claw.<name>``."""

DEVICE_CLASSES = frozenset(
    {"awning", "blind", "curtain", "damper", "door", "garage", "gate", "shade", "shutter", "window"}
    | {"outlet", "switch", "gas", "water", "dehumidifier", "humidifier"}
    | {"receiver", "speaker", "tv", "identify", "restart", "update"}
)
"""Device classes that a rule may name although this house has none of them."""

Place = tuple[str | int, ...]
"""Keys and list indexes that lead to a part of the file."""


def load_policy(
    path: Path, people: People, registry: Registry | None, actions: Collection[str] = CATALOGUE.keys()
) -> Policy:
    """Return the policy in the file at ``path``; raises Invalid with file, line, what was found and what was expected.

    Without a ``registry`` only the file itself, its people and its actions are checked, and its tests are not run.
    ``actions`` are the names of the actions that exist, those of declared services included.
    """
    text = read_text(path)
    return parse_policy(text, str(path), people, registry, actions)


def parse_policy(
    text: str, name: str, people: People, registry: Registry | None, actions: Collection[str] = CATALOGUE.keys()
) -> Policy:
    """Return the policy in ``text``, called ``name`` in errors; as ``load_policy``."""
    document = parse_marked(text, name, PolicyFile)
    file = document.value
    _check_ids(document)
    known = {*actions, *(f"claw.{own}" for own in OWN_ACTIONS)}
    for at, rule in enumerate(file.rules):
        _check_actions(document, ("rules", at), rule, known)
        _check_people(document, ("rules", at, "who", "person"), rule.who.person if rule.who else (), people)
    for at, test in enumerate(file.tests):
        _check_people(document, ("tests", at, "as", "person"), (test.as_.person,) if test.as_.person else (), people)
        if test.rule is not None and test.rule not in {rule.id for rule in file.rules}:
            raise document.invalid(
                f"found the rule {test.rule!r}, expected the id of a rule above", "tests", at, "rule"
            )
    digest = hashlib.sha256(text.encode() + b"\0" + people.table()).hexdigest()
    policy = Policy(file.rules, people, digest, file.never)
    if registry is not None:
        _check_names(document, HouseNames(registry))
        _run_tests(document, policy, registry)
    return policy


def _check_names(document: Document[PolicyFile], names: "HouseNames") -> None:
    for at, rule in enumerate(document.value.rules):
        for problem, place in names.unknown_in_rule(rule):
            raise document.invalid(problem, "rules", at, *place)
    for at, test in enumerate(document.value.tests):
        for problem, place in names.unknown_in_test(test):
            raise document.invalid(problem, "tests", at, *place)


class HouseNames:
    """Every name that a policy may use about one house."""

    def __init__(self, registry: Registry) -> None:
        entities = registry.entities.values()
        labels = {label for entity in entities for label in entity.labels} | set(registry.labels)
        classes = {entity.device_class for entity in entities if entity.device_class}
        self._known: dict[str, Collection[str]] = {
            "entity": registry.entities.keys() | registry.renamed.keys(),
            "area": registry.areas.keys(),
            "floor": registry.floors.keys(),
            "label": labels,
            "device_class": classes | DEVICE_CLASSES,
        }
        self._matched: dict[tuple[str, str], bool] = {}

    def unknown_in_rule(self, rule: Rule) -> Iterator[tuple[str, Place]]:
        """Give every name of ``rule`` that means nothing in this house: what is wrong, and where in the rule."""
        for key, on in (("on", rule.on), ("except", rule.except_)):
            for kind in self._known if on else ():
                yield from self.missing(kind, getattr(on, kind), (key, kind))
        if rule.who:
            yield from self.missing("area", rule.who.place, ("who", "place"))
        if rule.when:
            yield from self.missing("entity", rule.when.states, ("when", "states"))

    def unknown_in_test(self, test: Test) -> Iterator[tuple[str, Place]]:
        """Give every name of ``test`` that means nothing in this house: what is wrong, and where in the test."""
        yield from self.missing("entity", test.entities, ("entities",))
        yield from self.missing("entity", test.states, ("states",))
        yield from self.missing("area", (test.as_.place,) if test.as_.place else (), ("as", "place"))

    def missing(self, kind: str, globs: Iterable[str], place: Place) -> Iterator[tuple[str, Place]]:
        """Give those of ``globs`` that match no name of this kind; ``globs`` may be the keys of a mapping."""
        for at, glob in enumerate(globs):
            if not self._matches(kind, glob):
                what = "a glob that matches nothing" if is_glob(glob) else f"the {kind}"
                known = "a device class" if kind == "device_class" else f"one that this house has as {kind}"
                hint = _hint(glob, sorted(self._known[kind]))
                last = glob if isinstance(globs, Mapping) else at
                yield f"found {what} {glob!r}, expected {known}{hint}", (*place, last)

    def _matches(self, kind: str, glob: str) -> bool:
        if not is_glob(glob):
            return glob in self._known[kind]
        if (kind, glob) not in self._matched:
            self._matched[kind, glob] = any(map(matcher((glob,)), self._known[kind]))
        return self._matched[kind, glob]


def _hint(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _check_ids(document: Document[PolicyFile]) -> None:
    first: dict[str, int] = {}
    for at, rule in enumerate(document.value.rules):
        if rule.id in first:
            before = document.line("rules", first[rule.id])
            raise document.invalid(f"found the id {rule.id!r} twice (first on line {before})", "rules", at, "id")
        first[rule.id] = at


def _check_actions(document: Document[PolicyFile], place: Place, rule: Rule, known: Collection[str]) -> None:
    for at, glob in enumerate(rule.actions):
        here = (*place, rule.effect, at)
        if rule.effect != "deny" and not is_glob(glob) and (why := forbidden(glob)):
            raise document.invalid(f"found {glob!r}: {why}", *here)
        exists = glob in known or glob.startswith("mcp.") or any(map(matcher((glob,)), known))
        if not exists and not (rule.effect == "deny" and speaks_of_forbidden(glob)):
            expected = f"expected an action such as light.turn_on or light.*{_hint(glob, sorted(known))}"
            raise document.invalid(f"found {glob!r}, which matches no action, {expected}", *here)


def _check_people(document: Document[PolicyFile], place: Place, ids: Sequence[str], people: People) -> None:
    for at, one in enumerate(ids):
        if people.get(one) is None:
            known = ", ".join(sorted(person.id for person in people)) or "nobody is known"
            raise document.invalid(
                f"found the person {one!r}, expected one of the config's people: {known}", *place, at
            )


def _run_tests(document: Document[PolicyFile], policy: Policy, registry: Registry) -> None:
    for at, test in enumerate(document.value.tests):
        decision = run_test(test, policy, registry)
        if decision.effect == test.expect and test.rule in {None, decision.rule}:
            continue
        name = test.name or f"{test.action} on {', '.join(test.entities) or 'nothing'}"
        expected = test.expect + (f" by the rule {test.rule}" if test.rule else "")
        by = f"by the rule {decision.rule}" if decision.rule else f"because {decision.why}"
        raise document.invalid(f"the test {name!r} expected {expected}, found {decision.effect} {by}", "tests", at)


def run_test(test: Test, policy: Policy, registry: Registry) -> Decision:
    """Return what ``policy`` says about the request of ``test``; states that the test does not give are unknown."""
    who = test.as_
    origin = Origin(
        channel=who.channel,
        person=who.person,
        place=who.place,
        authenticated=who.proven,
        taint=("test",) if who.tainted else (),
    )
    role = (who.role or policy.people.role(who.person)) if who.proven else None
    renamed = registry.renamed
    states = {renamed.get(entity, entity): State(value) for entity, value in test.states.items()}
    house = House(registry, MappingProxyType(states))
    action = Action(test.action, tuple(renamed.get(entity) or entity for entity in test.entities), test.data)
    return policy.decide_as(house, action, origin, role, _at(test, registry))


def _at(test: Test, registry: Registry) -> datetime:
    zone: tzinfo = UTC
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):  # a window of time then counts as unknown
        zone = ZoneInfo(registry.time_zone)
    return moment(test.at or "12:00").replace(tzinfo=zone)
