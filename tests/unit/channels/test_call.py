"""One line from a local program: what is not known in it is an error, and nothing that Claw started may ask much."""

from typing import get_args

import pytest
from pydantic import ValidationError

from claw.channels.call import GUARDED, Call, Word


@pytest.mark.parametrize(
    "line",
    [
        '{"do": "dance"}',
        '{"do": "status", "loud": true}',
        '{"do": "memory_why", "seq": -1}',
        '{"do": "log", "limit": 0}',
    ],
)
def test_what_is_not_known_is_no_call(line: str) -> None:
    with pytest.raises(ValidationError):
        Call.model_validate_json(line)


def test_memory_is_for_no_program_that_claw_started() -> None:
    assert {word for word in get_args(Word) if word.startswith("memory")} <= GUARDED
    assert "memory_forget" in GUARDED
