"""The table of operations keeps its own rules; test_app.py goes through its rows by real HTTP."""

from typing import get_args

import pytest
from pydantic import ValidationError

from claw.channels.clients import Right
from claw.channels.web.api import OPERATIONS, Answer, LogPage, Reason, Said, Wanted
from claw.channels.web.operation import LARGEST, Operation


def test_no_two_operations_share_an_address() -> None:
    addresses = [(operation.method, operation.path) for operation in OPERATIONS]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_what_changes_something_needs_a_right_and_a_body(operation: Operation) -> None:
    assert (operation.method == "POST") is (operation.body is not None)
    if operation.method == "POST":
        assert operation.right is not None
    assert operation.summary.endswith(".")


def test_every_right_opens_something() -> None:
    # Figures are not of the API: see ``/metrics``.
    assert {operation.right for operation in OPERATIONS} - {None} == set(get_args(Right)) - {"watch"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_an_unknown_key_is_an_error(operation: Operation) -> None:
    for shape in (operation.query, operation.body):
        if shape is not None:
            with pytest.raises(ValidationError, match="extra_forbidden"):
                shape.model_validate({"nobody_knows": 1})


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Said, {"text": "hello", "conversation": "a b"}),
        (Said, {"text": "hello", "conversation": "c" * 65}),
        (Said, {"text": None}),
        (Wanted, {"name": "light.turn_on", "entities": ["light.a"] * 201}),
        (Wanted, {"name": "light.turn_on"}),
        (Answer, {"answer": "perhaps"}),
        (Answer, {"answer": True}),
        (Reason, {"reason": 7}),
        (LogPage, {"limit": 0}),
        (LogPage, {"limit": 1001}),
        (LogPage, {"after": LARGEST + 1}),
    ],
)
def test_a_value_out_of_bounds_is_an_error(shape: type[Said], value: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)
