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
from claw.policy.cases import Test, moment
from claw.policy.decide import Policy
from claw.policy.forbidden import forbidden, speaks_of_forbidden
from claw.policy.globs import is_glob, matcher
from claw.policy.people import NO_PEOPLE, ROLES, People
from claw.policy.presence import entities_of
from claw.policy.rules import ABOUT_SOMEBODY, ANYONE, EVERYONE, NOBODY, SUBJECT, PolicyFile, Rule, When

OWN_ACTIONS = (
    "ask",
    "forget",
    "forget_all",
    "model",
    "notify",
    "read",
    "read_presence",
    "remember",
    "routine_adopt",
    "routine_change",
    "routine_pause",
    "routine_remove",
    "routine_resume",
    "routine_run",
    "routine_skip",
    "schedule",
    "skill_accept",
    "skill_disable",
    "skill_enable",
    "skill_import",
    "skill_learn",
    "skill_retire",
    "skill_rollback",
    "speak",
)
"""What Claw does outside devices: ``claw.<name>``."""

PHONES = "notify.mobile_app_*"
"""Every phone that Home Assistant's app is on, also where none is configured yet: a rule may come first."""

DEVICE_CLASSES = frozenset(
    {"awning", "blind", "curtain", "damper", "door", "garage", "gate", "shade", "shutter", "window"}
    | {"outlet", "switch", "gas", "water", "dehumidifier", "humidifier"}
    | {"projector", "receiver", "speaker", "tv", "identify", "restart", "update"}
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
        _check_rule_people(document, ("rules", at), rule, people)
    for at, never in enumerate(file.never):
        _check_presence(document, ("never", at, "when"), never.when, people)
    for at, test in enumerate(file.tests):
        _check_people(document, ("tests", at, "as", "person"), (test.as_.person,) if test.as_.person else (), people)
        if test.never is not None and test.never not in {never.id for never in file.never}:
            problem = f"found the never {test.never!r}, expected the id of one above"
            raise document.invalid(problem, "tests", at, "never")
        if test.rule is not None and test.rule not in {rule.id for rule in file.rules}:
            raise document.invalid(
                f"found the rule {test.rule!r}, expected the id of a rule above", "tests", at, "rule"
            )
    digest = hashlib.sha256(text.encode() + b"\0" + people.table()).hexdigest()
    _check_safety(document, known)
    policy = Policy(file.rules, people, digest, file.never, file.safety)
    if registry is not None:
        _check_names(document, HouseNames(registry, people))
        _run_tests(document, policy, registry)
    return policy


def _check_names(document: Document[PolicyFile], names: "HouseNames") -> None:
    for at, rule in enumerate(document.value.rules):
        for problem, place in names.unknown_in_rule(rule):
            raise document.invalid(problem, "rules", at, *place)
    for at, never in enumerate(document.value.never):
        for problem, place in names.unknown_in_when(never.when):
            raise document.invalid(problem, "never", at, *place)
    for kind, listed in document.value.safety.items():
        for at, one in enumerate(listed):
            for problem, place in names.missing("entity", one.entities, ("entities",)):
                raise document.invalid(problem, "safety", kind, at, *place)
    for at, test in enumerate(document.value.tests):
        for problem, place in names.unknown_in_test(test):
            raise document.invalid(problem, "tests", at, *place)


class HouseNames:
    """Every name that a policy may use about one house."""

    def __init__(self, registry: Registry, people: People = NO_PEOPLE) -> None:
        self._rooms = dict.fromkeys(room for person in people for room in person.rooms)
        self._stands = registry.location is not None
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
            for problem, _ in self.missing("area", self._rooms if rule.who.rooms else (), ()):
                yield f"a room of one of the people: {problem}", ("who", "rooms")
        if rule.when:
            yield from self.unknown_in_when(rule.when)

    def unknown_in_when(self, when: When) -> Iterator[tuple[str, Place]]:
        """Give what ``when`` names and this house does not have: what is wrong, and where in the rule or never."""
        yield from self.missing("entity", when.states, ("when", "states"))
        if when.by_sun and not self._stands:
            problem = "found the sun, but this house does not say where it stands; give it a location"
            yield problem, ("when", when.by_sun)

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
    for key, entries in (("rules", document.value.rules), ("never", document.value.never)):
        first: dict[str, int] = {}
        for at, entry in enumerate(entries):
            if entry.id in first:
                before = document.line(key, first[entry.id])
                raise document.invalid(f"found the id {entry.id!r} twice (first on line {before})", key, at, "id")
            first[entry.id] = at


def _check_actions(document: Document[PolicyFile], place: Place, rule: Rule, known: Collection[str]) -> None:
    for at, glob in enumerate(rule.actions):
        here = (*place, rule.effect, at)
        if rule.effect != "deny" and (why := forbidden(glob)):  # a glob that is: whatever it matches is, too
            raise document.invalid(f"found {glob!r}: {why}", *here)
        exists = glob in known or glob == PHONES or glob.startswith("mcp.") or any(map(matcher((glob,)), known))
        if not exists and not (rule.effect == "deny" and speaks_of_forbidden(glob)):
            expected = f"expected an action such as light.turn_on or light.*{_hint(glob, sorted(known))}"
            raise document.invalid(f"found {glob!r}, which matches no action, {expected}", *here)


def _check_safety(document: Document[PolicyFile], known: Collection[str]) -> None:
    """Refuse what is listed for a danger and no action, or one that is forbidden whatever the file says."""
    for kind, listed in document.value.safety.items():
        for at, one in enumerate(listed):
            here = ("safety", kind, at, "action")
            for entity in one.entities or ("",):
                if why := forbidden(one.action, entity):
                    raise document.invalid(f"found {one.action!r}: {why}", *here)
            if one.action not in known:
                expected = f"expected an action such as light.turn_on{_hint(one.action, sorted(known))}"
                raise document.invalid(f"found {one.action!r}, which is no action, {expected}", *here)
            if one.action.startswith("claw."):
                problem = f"found {one.action!r}, expected what a device does: everybody is told anyway"
                raise document.invalid(problem, *here)


def _check_people(
    document: Document[PolicyFile], place: Place, ids: Sequence[str], people: People, start: int = 0
) -> None:
    for at, one in enumerate(ids, start):
        if people.get(one) is None:
            known = ", ".join(sorted(person.id for person in people)) or "nobody is known"
            raise document.invalid(
                f"found the person {one!r}, expected one of the config's people: {known}", *place, at
            )


def _check_rule_people(document: Document[PolicyFile], place: Place, rule: Rule, people: People) -> None:
    """Refuse what a rule says about people that nobody of the household fits."""
    if rule.who:
        _check_people(document, (*place, "who", "person"), rule.who.person, people)
        meant = [person for person in people if person.role in (rule.who.role or ROLES)]
        if rule.who.rooms and meant and not any(person.rooms for person in meant):
            names = ", ".join(person.id for person in meant)
            problem = f"found rooms: own, but the configuration gives no rooms to any of those it is about ({names})"
            raise document.invalid(problem, *place, "who", "rooms")
    if rule.when:
        _check_presence(document, (*place, "when"), rule.when, people)
    if SUBJECT in rule.notify and not any(map(matcher(rule.actions), ABOUT_SOMEBODY)):
        at, known = rule.notify.index(SUBJECT), ", ".join(ABOUT_SOMEBODY)
        problem = f"found notify: {SUBJECT}, but none of its actions is about somebody; expected it with {known}"
        raise document.invalid(problem, *place, "notify", at)
    persons = [name for name in rule.notify if name not in {*ROLES, EVERYONE, SUBJECT}]
    for name in persons:
        at = rule.notify.index(name)
        _check_people(document, (*place, "notify"), (name,), people, at)


def _check_presence(document: Document[PolicyFile], place: Place, when: When, people: People) -> None:
    for key, names in (("home", when.home), ("away", when.away)):
        if {ANYONE, NOBODY} & set(names):
            if key == "away":
                raise document.invalid(f"found away: {names[0]}, expected people; say home: {NOBODY}", *place, key)
            if not any(person.entity for person in people):
                raise document.invalid("found home, but nothing says who of the config's people is", *place, key)
            continue
        _check_people(document, (*place, key), names, people)
        for at, name in enumerate(names):
            if "" in entities_of(people, (name,)):
                problem = f"found {name!r}, of whom nothing says where they are; give them an entity in the config"
                raise document.invalid(problem, *place, key, at)


def _run_tests(document: Document[PolicyFile], policy: Policy, registry: Registry) -> None:
    for at, test in enumerate(document.value.tests):
        found = failure(test, policy, registry)
        if found:
            what = f"{test.action} on {', '.join(test.entities) or 'nothing'}" if test.action else f"never {test.never}"
            expected = test.expect + (f" by the rule {test.rule}" if test.rule else "")
            raise document.invalid(f"the test {test.name or what!r} expected {expected}, found {found}", "tests", at)


def failure(test: Test, policy: Policy, registry: Registry) -> str:
    """Return what ``policy`` says instead of what ``test`` expects, empty where it says just that."""
    if test.never is not None:
        broken = {one.id for one in policy.breached(_house(test, registry), _at(test, registry))}
        found = "broken" if test.never in broken else "kept"
        return "" if found == test.expect else found
    decision = run_test(test, policy, registry)
    if decision.effect == test.expect and test.rule in {None, decision.rule}:
        return ""
    return f"{decision.effect} {f'by {decision.rule}' if decision.rule else f'because {decision.why}'}"


def run_test(test: Test, policy: Policy, registry: Registry) -> Decision:
    """Return what ``policy`` says about the request of ``test``; states that the test does not give are unknown."""
    who = test.as_
    origin = Origin(
        channel=who.channel,
        person=who.person,
        place=who.place,
        authenticated=who.proven,
        taint=("test",) if who.tainted else (),
        routine=who.routine,
        skill=who.skill,
    )
    house, now = _house(test, registry), _at(test, registry)
    action = Action(test.action, tuple(registry.renamed.get(entity) or entity for entity in test.entities), test.data)
    if who.role is None or not who.proven:
        return policy.decide(house, action, origin, now)
    return policy.decide_as(house, action, origin, who.role, now)


def _house(test: Test, registry: Registry) -> House:
    renamed = registry.renamed
    states = {renamed.get(entity, entity): State(value) for entity, value in test.states.items()}
    return House(registry, MappingProxyType(states))


def _at(test: Test, registry: Registry) -> datetime:
    zone: tzinfo = UTC
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):  # a window of time then counts as unknown
        zone = ZoneInfo(registry.time_zone)
    return moment(test.at or "12:00").replace(tzinfo=zone)
