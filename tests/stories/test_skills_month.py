"""A household that wants the same things again and again pays for them less and less, and for what it knows nothing."""

import pytest

from tests.skills_month import WANTED, lived


async def test_what_is_wanted_again_costs_nothing_after_some_days() -> None:
    days, house = await lived(3, 1, learns=True, wanted=WANTED[:1])
    assert [day.failed for day in days] == [0] * 3
    assert sum(day.skill_tokens for day in days) == 0
    assert (days[0].by_skill, days[0].calls) == (0, days[0].requests)
    assert days[-1].by_skill >= 1
    assert days[-1].calls < days[-1].requests
    assert len(house.offered) >= 1


@pytest.mark.prove
async def test_over_a_month_most_requests_are_answered_by_skills_and_cost_nothing() -> None:
    days, house = await lived(30, 2, learns=True)
    first, last = days[:7], days[-7:]
    assert sum(day.failed for day in days) == 0
    assert sum(day.skill_tokens for day in days) == 0
    assert sum(day.by_skill for day in last) >= 0.8 * sum(day.requests for day in last)
    assert sum(day.tokens for day in last) <= sum(day.tokens for day in first) / 3
    assert house.offered
