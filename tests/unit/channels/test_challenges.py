"""What a passkey is asked to sign: made here, about one thing, for two minutes, once."""

import pytest

from claw.base.errors import Refused
from claw.channels import challenges as module
from claw.channels.challenges import LIFE_S, Challenges
from tests.held_clock import HeldClock

ABOUT = ("yes", "c1", "anna", "q1", "digest", [], "", 0.0)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def test_a_challenge_holds_for_what_it_is_about(clock: HeldClock) -> None:
    challenges = Challenges(clock)
    challenges.check(challenges.make(ABOUT), ABOUT)


@pytest.mark.parametrize("at", range(len(ABOUT)))
def test_it_is_none_for_anything_else(clock: HeldClock, at: int) -> None:
    challenges = Challenges(clock)
    other = list(ABOUT)
    other[at] = [1] if other[at] == [] else "another"
    with pytest.raises(Refused, match="not what is asked now"):
        challenges.check(challenges.make(ABOUT), other)


async def test_it_ends_after_two_minutes(clock: HeldClock) -> None:
    challenges = Challenges(clock)
    challenge = challenges.make(ABOUT)
    await clock.advance(LIFE_S - 1)
    challenges.check(challenge, ABOUT)
    await clock.advance(1)
    with pytest.raises(Refused, match="longer than two minutes"):
        challenges.check(challenge, ABOUT)


def test_it_is_used_once(clock: HeldClock) -> None:
    challenges = Challenges(clock)
    challenge = challenges.make(ABOUT)
    challenges.spend(challenge)
    with pytest.raises(Refused, match="used already"):
        challenges.check(challenge, ABOUT)
    challenges.check(challenges.make(ABOUT), ABOUT)


@pytest.mark.parametrize("at", [0, 20, 30, 60, -1])
def test_no_byte_of_it_can_be_another(clock: HeldClock, at: int) -> None:
    challenges = Challenges(clock)
    challenge = bytearray(challenges.make(ABOUT))
    challenge[at] ^= 1
    with pytest.raises(Refused, match="not asked for here"):
        challenges.check(bytes(challenge), ABOUT)


@pytest.mark.parametrize("odd", [b"", b"x" * 56, b"x" * 88, b"x" * 10_000])
def test_what_was_not_made_here_is_none(clock: HeldClock, odd: bytes) -> None:
    with pytest.raises(Refused, match="not asked for here"):
        Challenges(clock).check(odd, ABOUT)


def test_those_of_a_daemon_before_this_one_are_none(clock: HeldClock) -> None:
    with pytest.raises(Refused, match="before Claw was started"):
        Challenges(clock).check(Challenges(clock).make(ABOUT), ABOUT)


async def test_what_was_spent_is_kept_within_bounds(clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SPENT", 2)
    challenges = Challenges(clock)
    for _ in range(2):
        challenges.spend(challenges.make(ABOUT))
    with pytest.raises(Refused, match="too much was signed"):
        challenges.spend(challenges.make(ABOUT))
    await clock.advance(LIFE_S)
    challenges.spend(challenges.make(ABOUT))
    assert len(challenges._spent) == 1
