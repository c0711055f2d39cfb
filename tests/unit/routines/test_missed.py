"""What becomes of a firing that could not be carried out in time: the table of the documentation, line by line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.routines.missed import ON_TIME, Moment, Reasons, how_late, needs_house, patience, verdict
from tests.keeper_room import LAMP, WORDS, routine, spec

LAMP_ON = LAMP["actions"][0]
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SEVEN = {"at": "07:00"}


def late(minutes: float, *, latest: bool = True, possible: bool = True) -> Moment:
    return Moment(timedelta(minutes=minutes), latest, possible)


@pytest.mark.parametrize(
    ("missed", "moment", "expected"),
    [
        ("skip", late(0), "run"),
        ("skip", late(1), "run"),
        ("skip", late(1.1), "missed"),
        ("skip", late(0, latest=False), "skipped"),
        ("skip", late(0.5, possible=False), "wait"),
        ("skip", late(1.1, possible=False), "missed"),
        ("once", late(14), "late"),
        ("once", late(16), "missed"),
        ("once", late(14, latest=False), "missed"),
        ("once", late(0.5, latest=False), "skipped"),
        ("once", late(14, possible=False), "wait"),
        ("once", late(14, latest=False, possible=False), "missed"),
        ("all", late(14, latest=False), "late"),
        ("all", late(0.5, latest=False), "run"),
        ("all", late(16, latest=False), "missed"),
        ("all", late(14, latest=False, possible=False), "wait"),
    ],
)
def test_each_line_of_the_table(missed: str, moment: Moment, expected: str) -> None:
    assert verdict(spec(SEVEN, missed=missed), moment) == expected


@given(
    missed=st.sampled_from(["skip", "once", "all"]),
    grace=st.sampled_from(["10 s", "15 min", "3 d"]),
    seconds=st.floats(0, 1e7),
    latest=st.booleans(),
    possible=st.booleans(),
)
def test_nothing_runs_later_than_its_grace_and_nothing_waits_for_ever(
    missed: str, grace: str, seconds: float, latest: bool, possible: bool
) -> None:
    written = spec(SEVEN, missed=missed, grace=grace)
    found = verdict(written, Moment(timedelta(seconds=seconds), latest, possible))
    if seconds > patience(written).total_seconds():
        assert found == "missed"
    if found in {"run", "late"}:
        assert possible
    if found in {"run", "skipped"}:
        assert seconds <= ON_TIME.total_seconds()


@pytest.mark.parametrize(
    ("do", "more", "expected"),
    [
        (LAMP, {}, True),
        (WORDS, {}, False),
        ({"actions": [{"action": "claw.notify", "data": {"to": "everyone", "text": "x"}}]}, {}, False),
        ({"actions": [{"action": "claw.notify", "data": {"to": "everyone", "text": "x"}}, LAMP_ON]}, {}, True),
        ([WORDS, LAMP], {}, True),
        (WORDS, {"only_if": {"home": ["anyone"]}}, True),
        (WORDS, {"only_if": {"between": ["07:00", "09:00"]}}, False),
        ({"skill": "laundry-done"}, {}, True),
        ({"prompt": "p", "gate": "True"}, {}, True),
    ],
)
def test_only_what_says_something_can_do_without_the_house(do: object, more: dict[str, object], expected: bool) -> None:
    assert needs_house(routine("x", SEVEN, do, **more)) is expected


def test_a_danger_is_told_without_the_house() -> None:
    assert not needs_house(routine("safety-smoke", {"event": "smoke"}, [WORDS, LAMP], kind="safety"))
    assert needs_house(routine("smoke", {"event": "smoke"}, [WORDS, LAMP], kind="safety"))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(90, "2 min late"), (3000, "50 min late"), (5400, "1.5 h late"), (2 * 86_400, "2.0 days late")],
)
def test_a_lateness_is_said_as_a_person_says_it(seconds: float, expected: str) -> None:
    assert how_late(timedelta(seconds=seconds)) == expected


def test_the_reason_is_what_was_so_at_that_moment() -> None:
    reasons = Reasons(NOON)
    minute = timedelta(minutes=1)
    assert reasons.why(NOON - minute) == "Claw was not running"
    assert reasons.why(NOON + minute) == "Claw was busy"
    reasons.house(NOON + 10 * minute, ready=False)
    assert reasons.why(NOON + 9 * minute) == reasons.why(NOON + 30 * minute) == "the house was not connected"
    reasons.house(NOON + 40 * minute, ready=True)
    assert reasons.why(NOON + 50 * minute) == "Claw was busy"
    reasons.set_forward(NOON + 60 * minute, NOON + 120 * minute)
    assert reasons.why(NOON + 90 * minute) == "the clock was set forward"
    reasons.set_back(NOON - 60 * minute)
    assert reasons.why(NOON - 30 * minute) == "Claw was busy"


def test_each_time_the_house_goes_away_is_one_of_its_own() -> None:
    minute = timedelta(minutes=1)
    reasons = Reasons(NOON)
    reasons.house(NOON + 3 * minute, ready=True)
    assert reasons.why(NOON + 5 * minute) == "Claw was busy", "it was never away"
    for moment, ready in ((10, False), (20, False), (30, True), (60, True)):
        reasons.house(NOON + moment * minute, ready=ready)
    assert reasons.why(NOON + 12 * minute) == "the house was not connected", "since it was first away"
    assert reasons.why(NOON + 50 * minute) == "Claw was busy", "it has been back since half past"
    reasons.house(NOON + 70 * minute, ready=False)
    assert reasons.why(NOON + 80 * minute) == "the house was not connected"


def test_before_it_began_to_look_claw_was_not_running() -> None:
    reasons = Reasons(NOON)
    reasons.start(NOON + timedelta(hours=1))
    assert reasons.why(NOON + timedelta(minutes=30)) == "Claw was not running"
