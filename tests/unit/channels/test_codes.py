"""Codes that are typed once."""

from datetime import timedelta

from claw.channels.codes import ALPHABET, CODE_LENGTH, CODE_TRIES, Codes
from tests.held_clock import HeldClock

LIFE = timedelta(minutes=10)


def test_a_code_is_of_signs_that_nobody_confuses_and_matches_however_it_is_typed() -> None:
    codes = Codes(HeldClock(), LIFE)
    code = codes.make("anna")
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert codes.match(f" {code[:4].lower()}-{code[4:]} ") == "anna"
    assert codes.match(code) == "anna", "whoever takes it voids it"
    assert codes.void("anna") == 1
    assert codes.void("anna") == 0
    assert codes.match(code) is None


def test_a_new_code_voids_the_earlier_one_of_the_same_person_only() -> None:
    codes = Codes(HeldClock(), LIFE)
    old, ben = codes.make("anna"), codes.make("ben")
    new = codes.make("anna")
    assert [codes.match(one) for one in (old, new, ben)] == [None, "anna", "ben"]


async def test_a_code_is_over_after_its_time() -> None:
    clock = HeldClock()
    codes = Codes(clock, LIFE)
    code = codes.make("anna")
    await clock.advance(LIFE.total_seconds() - 1)
    assert codes.match(code) == "anna"
    await clock.advance(1)
    assert codes.match(code) is None


def test_wrong_tries_void_every_code_that_stands() -> None:
    codes = Codes(HeldClock(), LIFE)
    anna, ben = codes.make("anna"), codes.make("ben")
    for _ in range(CODE_TRIES - 1):
        assert codes.match("wrong") is None
    assert codes.match(anna) == "anna"
    assert codes.match("wrong \ud800") is None
    assert (codes.match(anna), codes.match(ben)) == (None, None)


def test_a_long_code_outlives_any_number_of_wrong_tries_where_strangers_may_try() -> None:
    codes = Codes(HeldClock(), timedelta(minutes=10), length=12, tries=0)
    code = codes.make("anna")
    assert len(code) == 12
    assert [codes.match("A" * 12) for _ in range(50)] == [None] * 50
    assert codes.match(code.lower()) == "anna"
