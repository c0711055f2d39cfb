from dataclasses import replace
from datetime import datetime

import pytest

from claw.base.action import Origin, Strength, Terms
from claw.base.errors import Refused
from claw.gate.answering import (
    STRENGTHS,
    at_least,
    draw_numbers,
    if_signed,
    left,
    may_answer,
    may_refuse,
    nobody_enrolled,
    role_now,
    somebody_may,
)
from claw.policy.people import People, Person
from tests.gate_room import OWNER, PEOPLE

VOICE = Origin("voice:hall", "anna", authenticated=True, strength="tap")
CHANNELS = ("cli", "web")


@pytest.mark.parametrize("asked", STRENGTHS)
@pytest.mark.parametrize("given", [None, *STRENGTHS])
def test_a_yes_is_proved_at_least_as_well_as_the_rule_asks(asked: Strength, given: Strength | None) -> None:
    origin = replace(OWNER, strength=given)
    if STRENGTHS.index(given or "tap") >= STRENGTHS.index(asked):
        may_answer(Terms(strength=asked), origin, PEOPLE)
    else:
        with pytest.raises(Refused, match="does not prove enough"):
            may_answer(Terms(strength=asked), origin, PEOPLE)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_no_takes_the_weakest_proof_through_any_channel_of_people(strength: Strength) -> None:
    terms = Terms(("owner",), ("web",), strength=strength)
    may_refuse(terms, replace(OWNER, channel="phone", strength="tap"), PEOPLE)
    for other in (
        replace(OWNER, person="ben"),
        replace(OWNER, person="stranger"),
        replace(OWNER, authenticated=False),
        replace(OWNER, asks_only=True),
        replace(OWNER, taint=("mail",)),
        replace(OWNER, channel="routine"),
        VOICE,
    ):
        with pytest.raises(Refused):
            may_refuse(terms, other, PEOPLE)


def test_where_else_it_can_be_answered_is_said_in_words_of_a_person() -> None:
    with pytest.raises(Refused) as refused:
        may_answer(Terms(channels=("web", "cli", "voice:hall", "voice:kitchen")), replace(OWNER, channel="api"), PEOPLE)
    said = "this cannot be answered by api; it can on Claw's page or at the command line or by voice"
    assert str(refused.value) == said


def test_terms_are_only_made_stronger() -> None:
    assert at_least(Terms(), "session").strength == "session"
    assert at_least(Terms(strength="signed"), "session").strength == "signed"


def test_a_voice_never_answers_what_is_risky_even_where_the_rule_names_it() -> None:
    may_answer(Terms(channels=("voice",)), VOICE, PEOPLE)
    for strength in ("session", "signed"):
        with pytest.raises(Refused, match="by voice"):
            may_answer(Terms(channels=("voice",), strength=strength), replace(VOICE, strength="signed"), PEOPLE)


@pytest.mark.parametrize("how", [{"taint": ("mail",)}, {"routine": "evening"}, {"skill": "doors"}])
def test_what_a_person_read_or_set_up_is_not_the_person(how: dict[str, object]) -> None:
    with pytest.raises(Refused, match="only a person"):
        may_answer(Terms(), replace(OWNER, **how), PEOPLE)  # type: ignore[arg-type]


def test_somebody_who_is_not_of_the_household_any_more_answers_nothing() -> None:
    with pytest.raises(Refused, match="household"):
        may_answer(Terms(), replace(OWNER, person="gone"), PEOPLE)


def test_a_person_with_hours_counts_only_in_them_and_never_where_the_time_is_unknown() -> None:
    last = datetime(2026, 3, 1, 12, 0)  # noqa: DTZ001  as the clocks in the house show it
    people = People([Person("cleaner", "Cleo", "service", end=last.date())])
    assert role_now(people, "cleaner", last) == "service"
    assert role_now(people, "cleaner", last.replace(day=2)) is None
    assert role_now(people, "cleaner", None) is None


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        (Terms(roles=("guest",)), "nobody here may say yes"),
        (Terms(strength="signed"), "a key to sign with"),
        (Terms(channels=("phone",)), "nobody can answer this here"),
        (Terms(channels=("voice",), strength="session"), "nobody can answer this here"),
    ],
)
def test_what_nobody_could_answer_is_not_asked(terms: Terms, says: str) -> None:
    with pytest.raises(Refused, match=says):
        somebody_may(terms, PEOPLE, nobody_enrolled, CHANNELS)


def test_what_somebody_could_answer_is_asked() -> None:
    somebody_may(Terms(roles=("owner",), channels=("web",), strength="session"), PEOPLE, nobody_enrolled, CHANNELS)
    somebody_may(Terms(strength="signed"), PEOPLE, lambda person: person == "anna", CHANNELS)
    with pytest.raises(Refused):
        somebody_may(Terms(roles=("adult",), strength="signed"), PEOPLE, lambda person: person == "anna", CHANNELS)
    with pytest.raises(Refused, match="a yes by cli"):
        somebody_may(Terms(channels=("cli",), strength="signed"), PEOPLE, lambda _: True, CHANNELS)
    somebody_may(Terms(channels=("cli", "web"), strength="signed"), PEOPLE, lambda _: True, CHANNELS)


def test_a_number_is_one_of_three_and_its_place_tells_nothing() -> None:
    places = set()
    for _ in range(200):
        number, choices = draw_numbers()
        assert len(set(choices)) == 3
        assert sorted(choices) == list(choices)
        assert all(len(one) == 2 for one in choices)
        places.add(choices.index(number))
    assert places == {0, 1, 2}


def test_what_is_left_is_the_rest_in_order() -> None:
    assert left(4, frozenset({1, 3})) == (0, 2)
    assert left(2, frozenset({0, 1})) == ()
    for odd in (2, -1):
        with pytest.raises(Refused, match="there is no action"):
            left(2, frozenset({odd}))


def test_what_somebody_could_answer_with_their_key_counts_only_for_who_is_signed_in_and_has_one() -> None:
    page = Origin("web", "anna", authenticated=True, strength="session")
    assert if_signed(page, lambda person: person == "anna").strength == "signed"
    assert if_signed(page, lambda person: person == "ben").strength == "session"
    for other in (replace(page, strength="tap"), replace(page, strength=None), replace(page, person=None)):
        assert if_signed(other, lambda _: True) == other
