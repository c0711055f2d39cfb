from claw.policy.counted import counted_conditions
from claw.policy.people import NO_PEOPLE
from claw.policy.rules import Rule


def texts(**rule: object) -> list[str]:
    return [one.text for one in counted_conditions(Rule.model_validate({"id": "a", **rule}), NO_PEOPLE)]


def test_a_limit_says_what_it_counts() -> None:
    rate = {"times": 3, "per": "1 h"}
    budget = {"sum": "tokens", "total": 1000, "per": "24 h", "each": "person"}
    assert texts(allow="light.*", at_most=rate) == ["at most 3 times in 1 h"]
    assert texts(deny="claw.model", more_than=budget) == ["more than 1000 tokens in 24 h for each person"]
    assert texts(allow="light.*") == []
