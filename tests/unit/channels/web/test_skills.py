"""The rows about skills: what is out of bounds is an error before anything is asked, and deciding needs its right."""

from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.web.operation import Strict
from claw.channels.web.skills import OPERATIONS, Decision, Page, Two


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Page, {"limit": 0}),
        (Page, {"limit": 501}),
        (Two, {"old": "abc"}),
        (Two, {"old": "../../x"}),
        (Two, {"new": "g" * 64}),
        (Decision, {}),
        (Decision, {"do": "trust"}),
        (Decision, {"do": "accept", "version": "x"}),
        (Decision, {"do": "accept", "state": "trusted"}),
    ],
)
def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


@pytest.mark.parametrize("version", ["", "1.0.0", "ab" * 4, "ab" * 32])
def test_a_version_is_a_number_or_a_hash(version: str) -> None:
    assert Two.model_validate({"old": version}).old == version


def test_to_decide_needs_the_right_to_say_yes_and_to_look_back_that_to_read_the_log() -> None:
    rights = {(operation.method, operation.path): operation.right for operation in OPERATIONS}
    assert rights["POST", "/api/skills/{name}"] == "approve"
    assert rights["GET", "/api/skills/{name}/history"] == "read_log"
