"""How often a bot says anything to anybody, who may be anybody in the world."""

from claw.channels.telegram_manners import MOST_REMEMBERED, STRANGERS_BURST, TRIES, Manners
from tests.held_clock import HeldClock


def test_a_stranger_hears_one_line_and_then_nothing() -> None:
    manners = Manners(HeldClock())
    assert [manners.greets(6666) for _ in range(5)] == [True, False, False, False, False]


async def test_a_thousand_strangers_hear_a_few_lines_a_minute_in_all() -> None:
    clock = HeldClock()
    manners = Manners(clock)
    assert sum(manners.greets(user) for user in range(1000)) == STRANGERS_BURST
    await clock.advance(60)
    assert sum(manners.greets(user) for user in range(1000, 2000)) == 10
    assert len(manners._strangers) <= MOST_REMEMBERED


async def test_a_stranger_tries_a_few_codes_an_hour() -> None:
    clock = HeldClock()
    manners = Manners(clock)
    assert sum(manners.tries(6666) for _ in range(50)) == TRIES
    await clock.advance(3601)
    assert manners.tries(6666)


def test_an_album_of_pictures_gets_one_line() -> None:
    manners = Manners(HeldClock())
    assert [manners.says(5001, "other") for _ in range(10)].count(True) == 1
    assert manners.says(5002, "other")
    assert manners.says(5001, "forwarded")


async def test_a_line_comes_again_after_its_time() -> None:
    clock = HeldClock()
    manners = Manners(clock)
    assert manners.says(5001, "other")
    assert manners.says(5001, "group")
    await clock.advance(61)
    assert manners.says(5001, "other")
    assert not manners.says(5001, "group")
    await clock.advance(3600)
    assert manners.says(5001, "group")


def test_what_is_remembered_is_bounded() -> None:
    manners = Manners(HeldClock())
    for user in range(1000):
        manners.says(user, "other")
    assert len(manners._said) == MOST_REMEMBERED
