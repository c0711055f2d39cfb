"""What a habit would become, and the one question in which it is put."""

from datetime import UTC, datetime

import pytest

from claw.memory.habit_words import words_of
from claw.memory.mining import WEEK, Found
from claw.memory.proposing import clock, evidence_of, proposal, question
from tests.observing import ZONE, Named

THINGS = Named()
MORNING = Found("routine", "sam", "light.hall", "on", 9, 10, 0, 0, weekdays=frozenset(range(5)), at=6 * 3600 + 2450)
DIM = Found("level", "sam", "light.bed", "on", 9, 10, 0, 0, level=30, block=3)
UNDO = Found("undo", "sam", "light.hall", "on", 9, 10, 0, 0, run="automation.evening")


def test_what_is_done_by_the_clock_is_a_routine() -> None:
    fact = proposal(MORNING, THINGS)
    assert fact is not None
    assert fact.sentence == "Sam turns hall on at about 06:40 on working days."
    assert fact.value == {"at": "06:40", "becomes": "on"}
    assert fact.condition == {"after": "06:10", "before": "07:10", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}
    asked = question(fact, "It was so on 9 of 10 working days since 2 November.", "en")
    assert asked.endswith("since 2 November. Shall I remember that as a habit?")
    carried = question(fact, "It was so.", "en", carried=True)
    assert carried.endswith("Shall I do that for you from now on?")
    assert asked.count("?") == 1


def test_a_level_is_a_preference_in_its_hours() -> None:
    fact = proposal(DIM, THINGS)
    assert fact is not None
    assert (fact.kind, fact.value, fact.visibility) == ("preference", {"brightness_pct": 30}, "person:sam")
    assert fact.condition == {"after": "22:00", "before": "05:00"}
    assert fact.sentence == "Sam likes bed at 30 % from 22:00 to 05:00."
    assert question(fact, "It was so.", "en").endswith("It was so. Shall I do that for you from now on?")


def test_a_volume_is_a_share_of_one() -> None:
    fact = proposal(Found("level", "sam", "media_player.radio", "on", 9, 10, 0, 0, level=35, block=0), THINGS)
    assert fact is not None
    assert fact.value == {"volume_level": 0.35}


def test_what_is_taken_back_after_an_automation_is_a_routine_that_names_it() -> None:
    fact = proposal(UNDO, THINGS)
    assert fact is not None
    assert fact.sentence == "Sam turns hall off again after the automation evening changed it."
    assert fact.value == {"after": "automation.evening", "did": "on", "becomes": "off"}


def test_what_claw_did_by_itself_is_said_so() -> None:
    fact = proposal(Found("undo", None, "light.hall", "off", 9, 10, 0, 0, run="claw"), THINGS)
    assert fact is not None
    assert fact.sentence == "Somebody turns hall on again after Claw changed it by itself."
    assert fact.visibility == "household"


@pytest.mark.parametrize(
    "found",
    [
        Found("level", "sam", "cover.blind", "on", 9, 10, 0, 0, level=30),
        Found("level", "sam", "climate.bath", "on", 9, 10, 0, 0, level=30),
        Found("level", "sam", "light.bed", "on", 9, 10, 0, 0, level=0),
        Found("undo", "sam", "light.hall", "glowing", 9, 10, 0, 0, run="automation.x"),
    ],
)
def test_what_no_habit_may_move_is_not_proposed(found: Found) -> None:
    assert proposal(found, THINGS) is None


@pytest.mark.parametrize("entity", ["light.garage", "switch.safe", "fan.gate_house"])
def test_what_speaks_of_locks_and_gates_is_not_proposed(entity: str) -> None:
    assert proposal(Found("routine", "sam", entity, "on", 9, 10, 0, 0), THINGS) is None


@pytest.mark.parametrize(
    ("days", "said", "counted"),
    [
        (WEEK, "", "days"),
        (frozenset(range(5)), " on working days", "working days"),
        (frozenset({5, 6}), " at the weekend", "such days"),
        (frozenset({6}), " on Sundays", "Sundays"),
        (frozenset({0, 2}), " on Mondays, Wednesdays", "such days"),
    ],
)
def test_days_are_said_as_people_say_them(days: frozenset[int], said: str, counted: str) -> None:
    assert words_of("en").said(sorted(days)) == said
    assert words_of("en").counting(sorted(days)) == counted


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (86_399, "00:00"), (-1800, "23:30"), (25_400, "07:05")])
def test_a_time_is_told_to_five_minutes(seconds: int, shown: str) -> None:
    assert clock(seconds) == shown


def test_evidence_counts_the_days_it_could_have_been() -> None:
    first = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    said = evidence_of({"sort": "routine", "weekdays": [6]}, (5, 6), first, ZONE, "en")
    assert said == "It was so on 5 of 6 Sundays since 2 November."
    assert evidence_of({"sort": "level"}, (5, 6), first, ZONE, "en") == "It was so on 5 of 6 days since 2 November."
