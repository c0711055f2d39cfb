from datetime import UTC, datetime

import pytest

from claw.house.model import Entity, House, Registry, State
from claw.policy.decide import Policy
from claw.policy.never import Predicate
from claw.policy.people import People, Person
from claw.policy.rules import Never

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
PEOPLE = People([Person("anna", "Anna", "owner", entity="person.anna")])
OPEN = Never.model_validate({"id": "open", "when": {"states": {"lock.front": ["unlocked", "open"]}, "home": "nobody"}})
NIGHT = Never.model_validate({"id": "night", "when": {"states": {"switch.oven": "on"}, "between": ["23:00", "05:00"]}})


def policy() -> Policy:
    return Policy([], PEOPLE, "", [OPEN, NIGHT])


def house(*, stale: bool = False, **states: str) -> House:
    return House(Registry(), {name.replace("__", "."): State(value) for name, value in states.items()}, stale)


@pytest.mark.parametrize(
    ("before", "after", "reached"),
    [
        ({"lock__front": "locked"}, {"lock__front": "unlocked"}, True),
        ({"lock__front": "unlocked"}, {"lock__front": "open"}, True),
        ({"lock__front": "unlocked"}, {"lock__front": "unlocked"}, False),  # it was so before, and this step is not why
        ({"lock__front": "unlocked"}, {"lock__front": "locked"}, False),
        ({"lock__front": "locked"}, {"lock__front": "unknown"}, True),
        ({"lock__front": "locked"}, {}, True),
    ],
)
def test_a_step_may_not_bring_it_about(before: dict[str, str], after: dict[str, str], reached: bool) -> None:
    away = {"person__anna": "not_home"}
    found = policy().reached(house(**before, **away), house(**after, **away), NOW)
    assert (found.id if found else None) == ("open" if reached else None)


def test_a_step_may_not_bring_it_about_where_presence_is_not_known() -> None:
    before, after = {"lock__front": "locked"}, {"lock__front": "unlocked"}
    for anna, reached in (("home", False), ("unknown", True), ("unavailable", True)):
        found = policy().reached(house(**before, person__anna=anna), house(**after, person__anna=anna), NOW)
        assert (found is not None) is reached
    stale = house(**before, person__anna="home"), house(**after, person__anna="home", stale=True)
    assert policy().reached(*stale, NOW) is not None


def test_it_is_broken_only_where_that_is_certain() -> None:
    assert policy().breached(house(lock__front="unlocked", person__anna="not_home"), NOW)[0].id == "open"
    for states in ({"lock__front": "unlocked"}, {"person__anna": "not_home"}, {"lock__front": "locked"}):
        assert policy().breached(house(**states), NOW) == ()
    assert policy().breached(house(lock__front="unlocked", person__anna="not_home", stale=True), NOW) == ()


def test_it_may_depend_on_the_time() -> None:
    late = datetime(2026, 1, 7, 23, 30, tzinfo=UTC)
    assert [one.id for one in policy().breached(house(switch__oven="on"), late)] == ["night"]
    assert policy().breached(house(switch__oven="on"), NOW) == ()


def test_a_renamed_thing_is_followed() -> None:
    registry = Registry(entities={"lock.new": Entity("lock.new", "Front", former="lock.front")})
    there = {"person.anna": State("not_home")}
    before = House(registry, {**there, "lock.new": State("locked")})
    after = House(registry, {**there, "lock.new": State("unlocked")})
    assert policy().reached(before, after, NOW) is not None
    assert policy().breached(after, NOW) != ()


def test_it_says_what_it_looks_at_and_why() -> None:
    assert policy().looks_at == {"lock.front", "person.anna", "switch.oven"}
    assert Predicate(OPEN, PEOPLE).why == "open must never be"
    assert Predicate(OPEN.model_copy(update={"why": "nobody is in"}), PEOPLE).why == "nobody is in"
