"""Whether the policy counts, passes its own tests, and leaves nothing dangerous open in this house."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from claw.base.action import Json
from claw.base.config import Config
from claw.base.documents import read_text
from claw.base.errors import ClawError
from claw.care.doctor_case import Case
from claw.care.finding import Finding, Level
from claw.daemon.declared import people_of, services_of
from claw.house.file import load_house
from claw.house.services import CATALOGUE
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.policy.review import check
from claw.policy.testing import read_tests

ABOUT = "policy"
BEGUN: Final = ".repair"
"""What is beside the policy while a repair is under way (`claw doctor --repair`): ``OLD=NEW``, a line each."""
NOT_THERE = "found the entity "
"""What every such problem says; see ``HouseNames.missing`` in claw/policy/load.py."""
LEVELS: Final[Mapping[str, Level]] = {"error": "problem", "warning": "warning", "note": "note"}

_people: TypeAdapter[list[Person]] = TypeAdapter(list[Person])


@dataclass(frozen=True)
class Rules:
    """The policy that counts and the people it is about, as far as they could be read here."""

    policy: Policy
    people: People


def policy(case: Case) -> Iterator[Finding]:
    """Give how the policy is."""
    yield from _under_way(case)
    if case.status is not None:
        yield from _in_force(case, case.status)
    elif case.config is not None:
        yield from _written(case, case.config)


def _under_way(case: Case) -> Iterator[Finding]:
    """Give whether a repair was begun and is not at its end: some of what it was to change may still be as before."""
    path = case.config.policy if case.config is not None else None
    if path is not None and path.with_name(path.name + BEGUN).is_file():
        text = "A repair after something was replaced did not come to its end."
        yield Finding(ABOUT, "warning", text, case.claw_configured("doctor --repair --apply"))


def rules_of(case: Case) -> Rules | None:
    """Return the policy in force, from the daemon or its file; None where neither can be read."""
    try:
        if case.status is not None:
            ground = case.asked("policy_ground")
            people = People(_people.validate_python(ground["people"]))
            text, name, actions = ground["text"], str(ground["path"]), ground["actions"]
            return Rules(parse_policy(text, name, people, None, actions), people)
        config = case.config
        if config is None:
            return None
        people = people_of(config, None)
        actions = frozenset({*CATALOGUE, *services_of(config)})
        return Rules(parse_policy(read_text(config.policy), str(config.policy), people, None, actions), people)
    except (ClawError, ValidationError, KeyError, TypeError):
        return None  # what is wrong with it is said by this subject, not by those that look into it


def _in_force(case: Case, status: Mapping[str, Json]) -> Iterator[Finding]:
    mend = case.claw("policy check")
    if status.get("policy_problem"):
        text = f"The policy file is not in force: {status['policy_problem']}. What counted before still counts."
        by_hand = "Mend that line; the daemon reads the file again by itself."
        yield Finding(ABOUT, "problem", text, _mend(case, str(status["policy_problem"]), by_hand))
    if status.get("policy_notice"):
        yield Finding(ABOUT, "note", f"{status['policy_notice']}")
    found = case.asked("policy_check")
    yield from _odd([row for row in found if isinstance(row, dict)] if isinstance(found, list) else [], mend)


def _written(case: Case, config: Config) -> Iterator[Finding]:
    """Give what is wrong with the file, held against the house where that is a file too."""
    house = load_house(config.house.simulated) if config.house.simulated is not None else None
    people = people_of(config, house)
    actions = frozenset({*CATALOGUE, *services_of(config)})
    name = str(config.policy)
    mend = f"Mend that line in {name}."
    try:
        text = read_text(config.policy)
        tests = read_tests(text, name).value.tests
        held = parse_policy(text, name, people, house.registry if house is not None else None, actions)
    except ClawError as error:
        yield Finding(ABOUT, "problem", f"{error}", _mend(case, str(error), mend))
        return
    if house is None:
        yield Finding(ABOUT, "ok", "The policy can be read; a running daemon holds it against the house.")
        return
    rows: list[Mapping[str, Json]] = [
        {"level": one.level, "rule": one.rule, "text": one.text} for one in check(held, house.registry, actions, tests)
    ]
    files = f"{shlex.quote(name)} --house {shlex.quote(str(config.house.simulated))}"
    yield from _odd(rows, case.claw_configured(f"policy check {files}"))


def _mend(case: Case, problem: str, by_hand: str) -> str:
    """Return what mends a file: a proposal where it names a thing that the house does not have."""
    return case.claw_configured("doctor --repair") if NOT_THERE in problem else by_hand


def _odd(rows: "list[Mapping[str, Json]]", mend: str) -> Iterator[Finding]:
    for row in rows:
        rule = f"Rule {row.get('rule')}: " if row.get("rule") else ""
        yield Finding(ABOUT, LEVELS.get(str(row.get("level")), "warning"), f"{rule}{row.get('text')}.", mend)
    if not any(row.get("level") in {"error", "warning"} for row in rows):
        yield Finding(ABOUT, "ok", "The policy counts, and leaves nothing dangerous open in this house.")
