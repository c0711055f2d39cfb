from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Origin
from claw.policy import rates
from claw.policy.rates import NO_ACTS, Act, Acts

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
ANNA = Origin("web", "anna", authenticated=True)
LAMP = Action("light.turn_on", ("light.a",))


def everything(_: Act) -> bool:
    return True


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_an_act_counts_for_as_long_as_the_span_lasts() -> None:
    acts = Acts()
    acts.add(NOON, LAMP, ANNA)
    assert [acts.count(later(s), 60, everything) for s in (0, 59.9, 60, 3600)] == [1, 1, 0, 0]
    assert acts.count(later(60), 61, everything) == 1


def test_only_what_fits_counts() -> None:
    acts = Acts()
    acts.add(NOON, LAMP, ANNA)
    acts.add(NOON, Action("lock.lock", ("lock.a",)), ANNA)
    assert acts.count(NOON, 60, lambda act: act.action.domain == "lock") == 1


def test_the_log_fills_it_and_a_restart_forgives_nothing() -> None:
    rows = [(later(s), LAMP, ANNA) for s in (-50, -40, -30)]
    before, after = Acts(), Acts()
    before.load(rows)
    after.load(rows)
    assert after.count(NOON, 60, everything) == before.count(NOON, 60, everything) == 3


def test_a_clock_that_is_set_back_forgives_nothing() -> None:
    acts = Acts()
    acts.add(NOON, LAMP, ANNA)
    assert acts.count(later(-7200), 60, everything) == 1
    assert acts.count(later(-7200 + 59), 60, everything) == 1
    assert acts.count(later(-7200 + 60), 60, everything) == 0, "it counts as done when the clock was set back"


def test_rows_of_a_log_whose_clock_was_set_back_are_taken_in_their_order() -> None:
    acts = Acts()
    acts.load([(later(s), LAMP, ANNA) for s in (0, 10, -3600, -3590)])
    assert acts.count(later(-3590), 60, everything) == 4


def test_a_clock_far_ahead_for_a_moment_does_not_count_for_ever() -> None:
    acts = Acts()
    acts.add(later(365 * 86_400), LAMP, ANNA)
    assert acts.count(NOON, 60, everything) == 1
    assert acts.count(later(61), 60, everything) == 0


def test_a_sum_adds_one_datum_and_nothing_makes_it_smaller() -> None:
    acts = Acts()
    for tokens in (100, 20.5, -1000):
        acts.add(NOON, Action("claw.model", (), {"tokens": tokens}), ANNA)
    acts.add(NOON, Action("claw.model"), ANNA)
    assert acts.count(NOON, 60, everything, "tokens") == 120.5


@pytest.mark.parametrize("tokens", ["5", True, float("nan"), None, [1]])
def test_a_sum_of_what_is_no_number_is_not_known(tokens: object) -> None:
    acts = Acts()
    acts.add(NOON, Action("claw.model", (), {"tokens": tokens}), ANNA)
    assert acts.count(NOON, 60, everything, "tokens") == float("inf")


def test_what_a_plan_will_do_counts_for_the_plan_alone() -> None:
    acts = Acts()
    acts.add(NOON, LAMP, ANNA)
    plan = acts.planned()
    plan.add(later(1), LAMP, ANNA)
    assert plan.count(later(1), 60, everything) == 2
    assert acts.count(later(1), 60, everything) == 1
    acts.add(later(2), LAMP, ANNA)
    assert plan.count(later(2), 60, everything) == 3


def test_what_is_let_go_for_want_of_room_counts_as_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_ACTS", 10)
    acts = Acts()
    for step in range(11):
        acts.add(later(step), LAMP, ANNA)
    assert acts.count(later(11), 60, everything) == float("inf")
    assert acts.planned().count(later(11), 60, everything) == float("inf")
    assert acts.count(later(11), 10, everything) == 9, "what was let go lies before the span"
    assert acts.count(later(11), 11, everything) == 10, "and so it does where the span begins just then"
    assert acts.count(later(-9000), 60, everything) == float("inf"), "nor does a clock that is set back forgive that"
    assert acts.count(later(-9000 + 61), 60, everything) == 0, "but that is over, too"


@pytest.mark.parametrize("age", [86_401, 86_400])
def test_what_is_older_than_a_day_is_let_go_without_a_word(age: int) -> None:
    acts = Acts()
    acts.add(later(-age), LAMP, ANNA)
    acts.add(NOON, LAMP, ANNA)
    assert acts.count(NOON, 86_400, everything) == 1
    assert len(acts._acts) == 1


def test_nothing_was_done_is_nothing() -> None:
    assert NO_ACTS.count(NOON, 60, everything) == 0


STEPS = st.lists(st.tuples(st.integers(-5000, 5000), st.booleans()), max_size=30)


@given(STEPS, st.integers(1, 3600))
def test_setting_the_clock_back_never_makes_it_fewer(steps: list[tuple[int, bool]], span: int) -> None:
    """Against a clock that never goes back: the same acts, the same real pauses."""
    wall, steady = Acts(), Acts()
    shift, real = 0, 0
    for step, act in steps:
        real += abs(step) if step > 0 else 0
        shift += min(step, 0)  # set back by this much
        now, true = later(real + shift), later(real)
        if act:
            wall.add(now, LAMP, ANNA)
            steady.add(true, LAMP, ANNA)
        else:
            wall.count(now, span, everything)  # looking is when the clock is noticed
        assert wall.count(now, span, everything) >= steady.count(true, span, everything)


@given(st.lists(st.integers(-(10**6), 10**6), max_size=20))
def test_what_is_kept_is_always_in_order(moments: list[int]) -> None:
    acts = Acts()
    acts.load([(later(moment), LAMP, ANNA) for moment in moments])
    assert all(one.at <= other.at for one, other in pairwise(acts._acts))
