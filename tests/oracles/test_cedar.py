"""Another engine, in another language, by other people, says the same about everything that it can say."""

from collections import Counter
from random import Random

import pytest

from claw.policy.decide import Policy
from claw.policy.rules import Rule
from tests.oracles.cedar import Translated, static
from tests.unit.policy.random_policies import PEOPLE, random_house, random_request, random_rule

REQUESTS = 50


def compare(seed: int, requests: int = REQUESTS) -> Counter[str]:
    random = Random(seed)
    house = random_house(random)
    rules = [static(random_rule(random, number, house)) for number in range(random.randint(1, 25))]
    judged, cedar = Policy(rules, PEOPLE), Translated(rules, PEOPLE, house.registry)
    found: Counter[str] = Counter()
    for _ in range(requests):
        action, origin, now = random_request(random, house)
        effect = judged.decide(house, action, origin, now).effect
        assert cedar.decide(action, origin) == effect, (seed, action, origin)
        found[effect] += 1
    return found


def test_a_thousand_random_requests_get_equal_answers() -> None:
    found = sum((compare(seed) for seed in range(20)), Counter[str]())
    assert found.total() == 1_000
    assert min(found[effect] for effect in ("allow", "confirm", "deny")) > 50


@pytest.mark.prove
def test_ten_thousand_random_requests_get_equal_answers() -> None:
    assert sum((compare(seed) for seed in range(1_000, 1_200)), Counter[str]()).total() == 10_000


def test_a_wrong_translation_is_noticed() -> None:
    random = Random(1)
    house = random_house(random)
    rules = [Rule.model_validate({"id": effect, effect: "light.*"}) for effect in ("allow", "deny")]
    judged, cedar = Policy(rules, PEOPLE), Translated(rules[:1], PEOPLE, house.registry)
    requests = [random_request(random, house) for _ in range(100)]
    assert any(judged.decide(house, *one).effect != cedar.decide(one[0], one[1]) for one in requests)
