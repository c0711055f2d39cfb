"""For how long routines leave alone what a person changed: as it is written, and refused where it is no span."""

import pytest
from pydantic import ValidationError

from claw.base.config_routines import RoutinesConfig


def test_a_hand_counts_for_two_hours_unless_a_thing_says_otherwise() -> None:
    config = RoutinesConfig(hands={"light.hall": "30 min", "lock.door": "0 s"})
    assert [config.hand_s(one) for one in ("light.lamp", "light.hall", "lock.door")] == [7200, 1800, 0]
    assert config.longest_s == 7200


@pytest.mark.parametrize("written", ["", "2", "2 days", "-1 h", "25 h", "1e3 s", "2 h "])
def test_what_is_no_span_is_refused_with_what_one_looks_like(written: str) -> None:
    with pytest.raises(ValidationError, match="expected a span such as 30 min"):
        RoutinesConfig(hand=written)


def test_what_is_no_entity_has_no_span_of_its_own() -> None:
    with pytest.raises(ValidationError):
        RoutinesConfig(hands={"the hall": "1 h"})
