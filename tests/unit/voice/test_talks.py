"""Whose conversation it is that goes on: the satellite's own, and nobody else's."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from claw.base.erasure import Erasure
from claw.voice.model import NOWHERE, Satellite
from claw.voice.talks import MOST, MOST_OF_ONE, TALK_S, Talks
from tests.held_clock import HeldClock

KITCHEN, HALL = Satellite("kitchen", "kitchen", source="10.0.0.5"), Satellite("hall", "hall", source="10.0.0.5")
LOST = Satellite(NOWHERE, source="10.0.0.5")


async def test_a_talk_goes_on_for_some_minutes_and_then_begins_anew() -> None:
    clock = HeldClock()
    talks = Talks(clock)
    talk = talks.of(KITCHEN)
    await clock.advance(TALK_S - 1)
    assert talks.of(KITCHEN) is talk
    await clock.advance(TALK_S - 1)
    assert talks.of(KITCHEN) is talk
    assert talks.satellite(talk.id) == KITCHEN
    await clock.advance(TALK_S + 1)
    assert talks.satellite(talk.id) is None
    assert talks.of(KITCHEN).id != talk.id


async def test_a_talk_that_is_over_does_not_go_on_by_being_spoken_to() -> None:
    clock = HeldClock()
    talks = Talks(clock)
    talk = talks.of(KITCHEN)
    await clock.advance(TALK_S)
    assert talks.of(KITCHEN) is talk
    await clock.advance(TALK_S + 1)
    assert talks.of(KITCHEN) is not talk


async def test_the_talk_that_was_silent_longest_is_over_and_the_others_go_on() -> None:
    clock = HeldClock()
    talks = Talks(clock)
    kitchen, hall = talks.of(KITCHEN), talks.of(HALL)
    await clock.advance(TALK_S - 1)
    talks.of(KITCHEN)
    await clock.advance(2)
    assert (talks.satellite(kitchen.id), talks.satellite(hall.id)) == (KITCHEN, None)


def test_who_stands_nowhere_and_claims_no_talk_has_a_talk_of_one_sentence() -> None:
    talks = Talks(HeldClock())
    assert talks.of(LOST).id != talks.of(LOST).id
    assert talks.of(LOST, "a").id == talks.of(LOST, "a").id


@given(st.lists(st.tuples(st.sampled_from([KITCHEN, HALL, LOST]), st.text(max_size=20)), max_size=30))
def test_whatever_is_claimed_no_talk_is_shared_by_two_satellites_or_named_by_the_claim(
    said: list[tuple[Satellite, str]],
) -> None:
    talks, owner = Talks(HeldClock()), dict[str, Satellite]()
    for satellite, claimed in said:
        talk = talks.of(satellite, claimed)
        assert owner.setdefault(talk.id, satellite) == satellite
        assert talk.id.startswith(f"voice:{satellite.source}:{satellite.id}:")
        assert len(talk.id.rpartition(":")[2]) == 16
        assert talks.of(HALL if satellite is not HALL else KITCHEN, talk.id).id != talk.id


def test_a_satellite_that_is_moved_begins_anew() -> None:
    talks = Talks(HeldClock())
    assert talks.of(KITCHEN).id != talks.of(replace(KITCHEN, place="hall")).id


def test_whoever_claims_many_talks_loses_their_own_and_nobody_elses() -> None:
    talks = Talks(HeldClock())
    kitchen = talks.of(KITCHEN)
    first = talks.of(LOST, "0")
    for number in range(1, 1000):
        talks.of(LOST, str(number))
    assert talks.of(KITCHEN) is kitchen
    assert talks.satellite(first.id) is None
    assert sum(talk.satellite == LOST for talk in talks._talks.values()) == MOST_OF_ONE


def test_there_is_an_end_to_talks_altogether_and_they_are_let_go_of() -> None:
    talks = Talks(HeldClock())
    for number in range(MOST + 50):
        talks.of(Satellite(f"s{number}", source="x"))
    assert talks.erase(Erasure(everything=True)) == MOST
    assert talks.erase(Erasure(everything=True)) == 0
