"""Rows of routines: what is written is read, and a damaged one says so in one kind of error."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import canonical
from claw.routines.rows import NOBODY, ROUTINE, RUN, Kept, read_routine, read_run, routine_row, spec_text, text
from claw.routines.spec import Spec
from tests.keeper_room import routine

NAMES = ROUTINE.split(", ")
MADE = routine("a", {"cron": "0 7 * * *"}, cooldown="5 min")
ROW = list(routine_row(Kept(MADE, {"k": 1}, MADE.created)))


def test_a_routine_is_read_as_it_was_written() -> None:
    assert read_routine(ROW) == Kept(MADE, {"k": 1}, MADE.created)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "x", "when": {"every": "20 min", "since": "2026-01-05T10:00:00"}, "do": {"say": "hello"}},
        {
            "name": "x",
            "when": {"number": "sensor.t", "above": 26, "hysteresis": 1, "for": "2 min"},
            "do": {"skill": "laundry-done", "arguments": {"minutes": 3}},
        },
        {"name": "x", "when": {"once": "2026-03-01T10:00:00+02:00"}, "do": {"prompt": "p", "gate": "True"}},
        {
            "name": "x",
            "when": {"presence": ["last"], "does": "leaves", "for": "5 min"},
            "do": [{"actions": [{"action": "light.turn_off", "entities": "light.hall", "data": {"transition": 2}}]}],
        },
    ],
)
def test_every_spec_comes_back_the_same(given: dict[str, object]) -> None:
    written = Spec.model_validate(given)
    assert Spec.model_validate_json(spec_text(written)) == written


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spec", "{"),
        ("spec", "[" * 100_000),
        ("spec", '{"name": "x"}'),
        ("made_by", "["),
        ("created", "yesterday"),
        ("created", None),
        ("kept", "[1]"),
        ("skips", '["tomorrow"]'),
        ("skips", "7"),
        ("accounted", ""),
    ],
)
def test_a_damaged_row_is_a_value_error(column: str, value: object) -> None:
    row = [*ROW]
    row[NAMES.index(column)] = value
    with pytest.raises(ValueError):  # noqa: PT011  of any wording
        read_routine(row)


def test_a_row_that_does_not_say_who_made_it_acts_for_nobody() -> None:
    row = [*ROW]
    row[NAMES.index("made_by")] = "{}"
    assert read_routine(row).routine.made_by == NOBODY


def test_a_damaged_run_is_a_value_error() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  of any wording
        read_run([None] * len(RUN.split(", ")))


def test_a_moment_of_any_zone_is_stored_in_utc() -> None:
    moment = datetime.fromisoformat("2026-03-01T10:00:00+02:00")
    assert text(moment) == "2026-03-01T08:00:00.000000+00:00"
    row = routine_row(Kept(replace(MADE, created=moment), {}, datetime(2026, 1, 1, tzinfo=UTC)), derived=True)
    assert row[NAMES.index("spec")] == ""
    assert row[NAMES.index("made_by")] == canonical(MADE.made_by).decode()
