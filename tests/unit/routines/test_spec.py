"""What may be written as a routine, and what is refused with a sentence."""

import pytest
from pydantic import ValidationError

from claw.routines.spec import Spec, offset_s, span_s

LAMP = {"actions": [{"action": "light.turn_on", "entities": "light.hall"}]}


def test_a_spec_survives_being_written_down_and_read_again() -> None:
    spec = Spec.model_validate(
        {
            "name": "hall light",
            "when": [{"state": "binary_sensor.door", "from": "off", "to": "on", "for": "2 min"}, {"at": "07:00"}],
            "only_if": {"home": "nobody"},
            "do": [LAMP, {"say": "the door is open", "to": "everyone"}],
        }
    )
    written = spec.model_dump_json(by_alias=True, exclude_defaults=True)
    assert Spec.model_validate_json(written) == spec


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"at": "25:00"}, "pattern"),
        ({"at": "07:00", "cron": "0 7 * * *"}, "exactly one of"),
        ({"every": "1 s"}, "10 s at least"),
        ({"every": "soon"}, "expected a span"),
        ({"once": "2026-02-30T10:00"}, "day value is outside expected range"),
        ({"sun": "sunset", "offset": "-13 h"}, "at most 12 h"),
        ({"number": "sensor.t", "above": 3, "below": 2}, "either above or below"),
        ({"number": "sensor.t", "above": float("nan")}, "finite"),
        ({"presence": ["anna", "last"], "does": "leaves"}, "alone"),
        ({"presence": "last", "does": "comes"}, "the last to leave"),
        ({}, "exactly one of"),
        ("whenever", "exactly one of"),
    ],
)
def test_a_trigger_that_cannot_be_is_refused_with_why(when: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Spec.model_validate({"name": "x", "when": when, "do": LAMP})


@pytest.mark.parametrize("do", [{}, [], {"actions": []}, {"shell": "ls"}, {"prompt": "look around"}, {"say": ""}])
def test_a_step_that_says_nothing_or_too_much_is_refused(do: object) -> None:
    with pytest.raises(ValidationError):
        Spec.model_validate({"name": "x", "when": {"at": "07:00"}, "do": do})


def test_a_model_is_never_asked_without_a_gate_before_it() -> None:
    with pytest.raises(ValidationError, match="gate"):
        Spec.model_validate({"name": "x", "when": {"at": "07:00"}, "do": {"prompt": "anything new?"}})


def test_spans_and_offsets_are_seconds() -> None:
    assert (span_s("3 d"), span_s("20 min"), offset_s("-30 min"), offset_s("1h")) == (259_200, 1200, -1800, 3600)
