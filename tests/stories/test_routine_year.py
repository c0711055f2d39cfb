"""A hundred routines live through a year: everything that was due has its row, and nothing is done twice."""

from datetime import datetime

import pytest

from tests.routine_year import AUTUMN, SPRING, YEAR, lived


@pytest.mark.parametrize("start", [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_days_in_which_the_clocks_are_set_and_much_goes_wrong(start: datetime) -> None:
    found = await lived(11, start, 3, restarts=12, jumps=6)
    assert found.wrong == []
    assert found.figures["doubled"] == 0
    assert found.figures["on time"] > 400


@pytest.mark.prove
async def test_a_year_with_fifty_restarts_and_twenty_clocks_that_are_set() -> None:
    found = await lived(1, YEAR, 366, restarts=50, jumps=20)
    assert found.wrong == []
    assert found.figures["doubled"] == 0
    assert found.figures["on time"] > 90_000
