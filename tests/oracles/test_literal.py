"""The judge says what the page literally says, over the whole language."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.policy.decide import Policy
from claw.policy.rates import Acts
from tests.oracles.literal import World, judge
from tests.oracles.wide import PEOPLE, wide_house, wide_request, wide_rule
from tests.unit.policy.reference import Terms


def said(policy: Policy, world: World, action: object) -> tuple[str, Terms | None]:
    acts = Acts()
    acts.load((one.at, one.action, one.origin) for one in world.done)
    decision = policy.decide(world.house, action, world.origin, world.now, acts)  # type: ignore[arg-type]
    terms = decision.terms
    if terms is not None:
        terms = Terms(
            tuple(sorted(terms.roles)),
            tuple(sorted(terms.channels)),
            terms.within_s,
            terms.same_chat,
            terms.strength,
            terms.grant_s,
            terms.once_per_task,
        )
    return decision.effect, terms


def compare(seed: int, requests: int) -> set[str]:
    random = Random(seed)
    house = wide_house(random)
    rules = [wide_rule(random, number, house) for number in range(random.randint(0, 25))]
    policy, effects = Policy(rules, PEOPLE), set[str]()
    for _ in range(requests):
        action, world = wide_request(random, house)
        expected = judge(rules, action, world)
        assert said(policy, world, action) == expected, (action, world.origin, world.now, world.done)
        effects.add(expected[0])
    return effects


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_the_judge_says_what_the_page_says(seed: int) -> None:
    compare(seed, 20)


def test_the_requests_meet_every_effect() -> None:
    found = set[str]().union(*(compare(seed, 20) for seed in range(20)))
    assert found == {"allow", "confirm", "deny"}


@pytest.mark.prove
@pytest.mark.parametrize("first", range(0, 3_000, 100))
def test_the_judge_says_so_for_many_more(first: int) -> None:
    """Each share is some seconds of work: one that takes a minute is one that got stuck."""
    for seed in range(first, first + 100):
        compare(seed, 20)
