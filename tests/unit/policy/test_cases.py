from typing import Any

import pytest
from pydantic import ValidationError

from claw.policy.cases import Test as Case
from claw.policy.cases import moment


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"expect": "allow"}, "neither action nor never"),
        ({"action": "light.turn_on", "never": "a", "expect": "allow"}, "or both"),
        ({"action": "light.turn_on", "expect": "kept"}, "expected an effect"),
        ({"never": "a", "expect": "deny"}, "expected broken or kept"),
        ({"never": "a", "entities": "light.a", "expect": "kept"}, "only for states and a time"),
        ({"never": "a", "data": {"brightness": 1}, "expect": "kept"}, "only for states and a time"),
        ({"never": "a", "rule": "b", "expect": "kept"}, "only for states and a time"),
    ],
)
def test_a_test_asks_one_thing(case: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Case.model_validate(case)


def test_a_test_of_a_never_needs_its_name_and_what_is_expected() -> None:
    assert Case.model_validate({"never": "a", "states": {"lock.a": "unlocked"}, "expect": "broken"}).never == "a"


def test_a_moment_is_a_time_a_weekday_and_a_time_or_a_day_and_a_time() -> None:
    assert [moment(text).strftime("%a %d %H:%M") for text in ("23:30", "sat 23:30", "2026-03-29 02:30")] == [
        "Wed 07 23:30",
        "Sat 10 23:30",
        "Sun 29 02:30",
    ]
