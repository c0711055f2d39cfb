"""The rows about memory: what is out of bounds is an error before the memory is asked anything."""

from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.web.memory import OPERATIONS, Agree, Gone, Night, Right, Search, Sentence, Settle, Which
from claw.channels.web.operation import LARGEST, Strict


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Which, {"kind": "secret"}),
        (Which, {"limit": 0}),
        (Which, {"about": "x" * 256}),
        (Search, {}),
        (Search, {"q": ""}),
        (Search, {"q": "x" * 2001}),
        (Search, {"q": "x", "k": 51}),
        (Sentence, {"text": ""}),
        (Sentence, {"text": "x" * 2001}),
        (Sentence, {"text": "x", "visibility": "guests_ok"}),
        (Right, {"text": 5}),
        (Gone, {"id": -1}),
        (Gone, {"id": LARGEST + 1}),
        (Gone, {"since": "x" * 21}),
        (Settle, {"answer": "maybe"}),
        (Agree, {"habits": "of course"}),
        (Night, {"dry_run": "later"}),
    ],
)
def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


def test_a_yes_needs_the_right_to_say_yes() -> None:
    rights = {operation.path: operation.right for operation in OPERATIONS if operation.method == "POST"}
    assert {rights["/api/memory/proposals/{id}"], rights["/api/memory/consents"]} == {"approve"}
