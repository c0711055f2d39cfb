"""A row of the API: what comes from outside is checked before it is called."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from claw.channels.web.operation import LARGEST, Day, Instant, Nothing, Operation


def test_a_row_takes_nothing_unless_it_says_so() -> None:
    async def run(_: object) -> None:
        return None

    row = Operation("GET", "/api/x", None, "X.", run)
    assert (row.body, row.query) == (None, Nothing)
    with pytest.raises(ValidationError):
        Nothing.model_validate({"x": 1})


def test_the_largest_number_is_one_that_the_database_can_look_up() -> None:
    assert LARGEST.bit_length() == 63


@pytest.mark.parametrize("shape", [Day, Instant])
def test_a_day_is_written_as_one(shape: Any) -> None:
    adapter = TypeAdapter(shape)
    assert adapter.validate_python("2026-11-22").month == 11
    assert adapter.validate_json('"2026-11-22"', strict=True).month == 11
    for number in ("0", "0.5", "1763769600", ""):
        with pytest.raises(ValidationError):
            adapter.validate_python(number)
