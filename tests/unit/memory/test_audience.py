"""Who hears an answer: one person on a channel of their own, else anybody."""

from datetime import UTC, date, datetime

import pytest

from claw.base.action import SYSTEM, Origin
from claw.memory.audience import Hearing, audience_of
from claw.memory.model import ANYBODY, Audience
from claw.policy.people import Hours, People, Person

NOW = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("kim", "Kim", "child"),
        Person("gus", "Gus", "guest"),
        Person("robot", "Robot", "service"),
        Person("nanny", "Nanny", "adult", hours=(Hours("08:00", "18:00"),)),
        Person("left", "Left", "adult", end=date(2026, 5, 7)),
    ]
)


@pytest.mark.parametrize(
    ("person", "audience"),
    [
        ("anna", Audience("anna", resident=True, owner=True)),
        ("ben", Audience("ben", resident=True)),
        ("kim", Audience("kim", resident=True)),
        ("nanny", Audience("nanny", resident=True)),
        ("gus", ANYBODY),
        ("robot", ANYBODY),
        ("left", ANYBODY),
        ("nobody", ANYBODY),
        (None, ANYBODY),
    ],
)
def test_on_a_channel_of_their_own_a_resident_hears_alone(person: str | None, audience: Audience) -> None:
    assert audience_of(Origin("web", person, authenticated=True), PEOPLE, NOW) == audience
    assert audience_of(Origin("cli", person, authenticated=True), PEOPLE, NOW) == audience


@pytest.mark.parametrize("channel", ["voice:hall", "screen:kitchen", "routine", "system", "mqtt", "", "webby", "voice"])
def test_a_room_speaks_to_anybody_whoever_is_said_to_stand_in_it(channel: str) -> None:
    assert audience_of(Origin(channel, "anna", authenticated=True), PEOPLE, NOW) == ANYBODY
    assert audience_of(SYSTEM, PEOPLE, NOW) == ANYBODY


def test_somebody_who_was_not_proved_is_anybody() -> None:
    assert audience_of(Origin("web", "anna"), PEOPLE, NOW) == ANYBODY


def test_outside_their_hours_and_where_no_clock_is_known_who_has_hours_is_anybody() -> None:
    evening = NOW.replace(hour=19)
    assert audience_of(Origin("web", "nanny", authenticated=True), PEOPLE, evening) == ANYBODY
    assert audience_of(Origin("web", "nanny", authenticated=True), PEOPLE, None) == ANYBODY
    assert audience_of(Origin("web", "ben", authenticated=True), PEOPLE, None) == Audience("ben", resident=True)


def test_hearing_asks_the_clock_each_time() -> None:
    hour = iter([12, 19])
    hearing = Hearing(PEOPLE, lambda: NOW.replace(hour=next(hour)))
    nanny = Origin("web", "nanny", authenticated=True)
    assert [hearing.of(nanny).resident, hearing.of(nanny).resident] == [True, False]
