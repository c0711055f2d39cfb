from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Decision, Origin, Terms
from claw.house.model import House, Registry
from claw.policy.rates import NO_ACTS
from claw.policy.verdicts import STRENGTHS, Rows, Verdict, of_all, strictest

TERMS = st.builds(
    Terms,
    roles=st.sampled_from([(), ("owner",), ("owner", "adult")]),
    channels=st.sampled_from([(), ("web",), ("web", "cli"), ("voice:hall", "voice", "web")]),
    within_s=st.sampled_from([30.0, 120.0]),
    same_chat=st.booleans(),
    strength=st.sampled_from(STRENGTHS),
    grant_s=st.sampled_from([0.0, 60.0, 600.0]),
    once_per_task=st.booleans(),
)


def asking(terms: Terms, rule: str = "r") -> Decision:
    return Decision("confirm", rule, "w", None, terms)


@given(TERMS, TERMS)
def test_one_yes_to_two_questions_satisfies_both(one: Terms, other: Terms) -> None:
    terms = strictest([asking(one), asking(other)]).terms
    assert terms is not None
    for each in (one, other):
        assert not each.roles or set(terms.roles) <= set(each.roles)
        assert not each.channels or set(terms.channels) <= set(each.channels)
        assert each.channels or not {"voice", "voice:hall"} & set(terms.channels)
        assert terms.within_s <= each.within_s
        assert terms.grant_s <= each.grant_s
        assert not terms.same_chat or each.same_chat
        assert not terms.once_per_task or each.once_per_task
        assert STRENGTHS.index(terms.strength) >= STRENGTHS.index(each.strength)


def test_the_strictest_word_is_the_same_in_any_order() -> None:
    decisions = [Decision("allow", "a", ""), asking(Terms(strength="signed")), Decision("deny", "d", "")]
    assert {strictest(order).effect for order in permutations(decisions)} == {"deny"}
    assert {strictest(order).effect for order in permutations(decisions[:2])} == {"confirm"}


@pytest.mark.parametrize(
    ("one", "other"), [({"roles": ("a",)}, {"roles": ("b",)}), ({"channels": ("a",)}, {"channels": ("b",)})]
)
def test_where_nobody_may_say_yes_to_both_it_is_denied(
    one: dict[str, tuple[str]], other: dict[str, tuple[str]]
) -> None:
    assert strictest([asking(Terms(**one)), asking(Terms(**other))]).effect == "deny"


@pytest.mark.parametrize("named", ["voice", "voice:hall", "routine", "system"])
def test_a_channel_that_proves_nobody_answers_no_rule_that_does_not_name_it(named: str) -> None:
    either = [asking(Terms(channels=(named, "web"))), asking(Terms())]
    for order in permutations(either):
        terms = strictest(order).terms
        assert terms is not None
        assert terms.channels == ("web",)
    assert strictest([asking(Terms(channels=(named,))), asking(Terms())]).effect == "deny"


def rows(*decisions: Decision) -> Rows:
    return tuple((None, Verdict(decision, None)) for decision in decisions)


SAID = [Decision("allow", "a", "w"), Decision("deny", "d", "w"), asking(Terms(("owner",)), "o"), asking(Terms(), "c")]


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=5))
def test_what_is_said_of_several_things_is_the_strictest_word_about_any(said: list[Decision]) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    house, action, origin = House(Registry(), {}), Action("light.turn_on"), Origin("web")
    found = of_all([rows(one) for one in said], house, action, origin, None, now, NO_ACTS)
    assert found == strictest(said)


def test_after_a_denial_nothing_more_is_asked() -> None:
    def never(*_: object) -> bool:
        raise AssertionError("asked after a denial")

    denied, asked = rows(SAID[1]), ((never, Verdict(SAID[0], None)),)
    now = datetime(2026, 5, 1, tzinfo=UTC)
    house, action, origin = House(Registry(), {}), Action("light.turn_on"), Origin("web")
    assert of_all([denied, asked], house, action, origin, None, now, NO_ACTS).effect == "deny"  # type: ignore[list-item]
