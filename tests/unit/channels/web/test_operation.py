"""A row of the API: what comes from outside is checked before it is called."""

import pytest
from pydantic import ValidationError

from claw.channels.web.operation import LARGEST, Nothing, Operation


def test_a_row_takes_nothing_unless_it_says_so() -> None:
    async def run(_: object) -> None:
        return None

    row = Operation("GET", "/api/x", None, "X.", run)
    assert (row.body, row.query) == (None, Nothing)
    with pytest.raises(ValidationError):
        Nothing.model_validate({"x": 1})


def test_the_largest_number_is_one_that_the_database_can_look_up() -> None:
    assert LARGEST.bit_length() == 63
