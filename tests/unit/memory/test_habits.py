"""A habit is known once, however often it is found; a no holds; and nobody hears of another's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory.habits import MOST_NEW, PATIENCE, UNANSWERED, Habit, Habits, HabitState
from claw.memory.mining import Found
from claw.memory.model import ANYBODY, Audience
from tests.held_clock import HeldClock
from tests.observing import ZONE, House, Named, night

NOW = night()
SAM, ANNA = Audience("sam", resident=True), Audience("anna", resident=True, owner=True)
EVENING = Found("routine", "sam", "light.hall", "on", 12, 14, 1_790_000_000, 1_795_000_000, at=18 * 3600)


class Room:
    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.clock = HeldClock(NOW)
        self.things = Named()
        self.habits = Habits(self.house.db, self.clock, self.things, lambda: ZONE)

    def learn(self, *found: Found, now: datetime = NOW) -> list[int]:
        """Do what a night does with what was found."""
        sifted = self.habits.sift(found, now)
        with self.house.db.conn:
            return self.habits.apply(sifted, now)

    def state(self, habit: int) -> HabitState | None:
        found = self.habits.get(habit)
        return found.state if found is not None else None

    def one(self, habit: int) -> Habit:
        found = self.habits.get(habit)
        assert found is not None
        return found


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_is_found_becomes_a_proposal_with_its_evidence(room: Room) -> None:
    (number,) = room.learn(EVENING)
    one = room.one(number)
    assert (one.person, one.state, one.days, one.chances) == ("sam", "candidate", 12, 14)
    assert one.fact.sentence == "Sam turns hall on at about 18:00."
    assert one.evidence == "It was so on 12 of 14 days since 21 September."
    assert (one.fact.kind, one.fact.visibility, one.fact.subject) == ("routine", "person:sam", "entity:light.hall")


def test_the_same_habit_half_an_hour_later_is_the_same(room: Room) -> None:
    (number,) = room.learn(EVENING)
    assert room.learn(replace(EVENING, at=EVENING.at + 1800, days=13, chances=15)) == []
    assert [one.id for one in room.habits.ready(NOW)] == [number]
    assert room.one(number).days == 13


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENING, at=7 * 3600),
        replace(EVENING, person="anna"),
        replace(EVENING, word="off"),
        replace(EVENING, entity="light.bed"),
        replace(EVENING, sort="undo", run="automation.x"),
    ],
)
def test_another_time_hand_or_thing_is_another(room: Room, other: Found) -> None:
    assert len(room.learn(EVENING, other)) == 2


def test_one_around_midnight_is_the_same_on_both_sides(room: Room) -> None:
    room.learn(replace(EVENING, at=86_000))
    assert room.learn(replace(EVENING, at=600)) == []


def test_what_is_no_longer_so_is_proposed_no_longer(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.learn()
    assert room.habits.get(number) is None


@pytest.mark.parametrize("state", ["offered", "accepted"])
def test_what_was_asked_or_taken_stays_although_it_is_no_longer_so(room: Room, state: HabitState) -> None:
    (number,) = room.learn(EVENING)
    room.habits.set(number, state, offered=NOW)
    room.learn()
    assert room.state(number) == state


def test_a_no_holds_until_its_time_is_over(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.habits.set(number, "declined", until=NOW + timedelta(days=90))
    assert room.learn(EVENING, now=NOW + timedelta(days=89)) == []
    assert room.state(number) == "declined"
    assert room.learn(replace(EVENING, at=EVENING.at + 3000), now=NOW + timedelta(days=89)) == []
    assert room.habits.ready(NOW + timedelta(days=89)) == []
    room.learn(EVENING, now=NOW + timedelta(days=91))
    assert [one.id for one in room.habits.ready(NOW + timedelta(days=91))] == [number]


def test_a_no_to_what_is_no_longer_so_is_forgotten_with_its_time(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.habits.set(number, "declined", until=NOW + timedelta(days=90))
    room.learn(now=NOW + timedelta(days=60))
    assert room.state(number) == "declined"
    room.learn(now=NOW + timedelta(days=91))
    assert room.state(number) is None


def test_there_are_only_so_many_new_ones_a_night(room: Room) -> None:
    found = [replace(EVENING, entity=f"light.l{number}") for number in range(MOST_NEW + 4)]
    assert len(room.learn(*found)) == MOST_NEW


def test_two_findings_of_one_habit_are_one_proposal(room: Room) -> None:
    assert len(room.learn(EVENING, replace(EVENING, at=EVENING.at + 900))) == 1


def test_a_thing_that_is_gone_is_not_proposed(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.things.gone.add("light.hall")
    assert room.learn(EVENING) == []
    assert room.habits.get(number) is None


def test_a_proposal_calls_things_what_they_are_called_today(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.things.names["light.hall"] = "Jupiter"
    room.learn(EVENING)
    assert room.one(number).fact.sentence == "Sam turns Jupiter on at about 18:00."
    room.habits.set(number, "offered", offered=NOW)
    room.things.names["light.hall"] = "Saturn"
    room.learn(EVENING)
    assert "Jupiter" in room.one(number).fact.sentence  # that is what they were asked


def test_each_hears_of_their_own_and_residents_of_the_houses(room: Room) -> None:
    room.learn(EVENING, replace(EVENING, person=None, entity="light.path"), replace(EVENING, person="anna"))
    assert {one.person for one in room.habits.shown(SAM)} == {"sam", None}
    assert {one.person for one in room.habits.shown(ANNA)} == {"anna", None}
    assert room.habits.shown(ANYBODY) == []


def test_silence_is_a_no_for_a_month(room: Room) -> None:
    (number,) = room.learn(EVENING)
    room.habits.set(number, "offered", offered=NOW)
    assert room.habits.lapse(NOW + PATIENCE - timedelta(minutes=1)) == 0
    assert room.habits.lapse(NOW + PATIENCE) == 1
    assert room.one(number).until == NOW + PATIENCE + UNANSWERED


def test_when_anybody_was_last_asked_is_known(room: Room) -> None:
    assert room.habits.last_offer() is None
    first, second = room.learn(EVENING, replace(EVENING, person="anna"))
    room.habits.set(first, "offered", offered=NOW)
    room.habits.set(second, "offered", offered=NOW + timedelta(days=1))
    assert room.habits.last_offer() == NOW + timedelta(days=1)
    assert [one.id for one in room.habits.offered()] == [second, first]
    room.habits.take_back(second)
    assert room.habits.last_offer() == NOW


def test_whoever_no_longer_agrees_has_no_proposals_left(room: Room) -> None:
    mine, anybodys, hers, taken = room.learn(
        EVENING,
        replace(EVENING, person=None),
        replace(EVENING, person="anna"),
        replace(EVENING, entity="light.bed"),
    )
    room.habits.set(taken, "accepted", memory=3)
    assert room.habits.drop("sam") == 2
    assert [room.state(one) for one in (mine, anybodys, hers, taken)] == [None, None, "candidate", "accepted"]


@pytest.mark.parametrize("column", ["fact", "pattern", "state", "first"])
@pytest.mark.parametrize("text", ["{}", "[1]", "rubbish", "null"])
def test_a_row_that_somebody_damaged_is_broken_never_a_guess(room: Room, column: str, text: str) -> None:
    (number,) = room.learn(EVENING)
    with room.house.db.conn:
        room.house.db.conn.execute(f"update habits set {column} = ?", (text,))  # noqa: S608  one of four
    if (column, text) == ("pattern", "{}"):
        return  # it says nothing of its days, which costs a word of its evidence
    with pytest.raises(Broken):
        room.habits.get(number)


def test_times_are_those_of_the_world(room: Room) -> None:
    (number,) = room.learn(EVENING)
    assert room.one(number).last == datetime.fromtimestamp(EVENING.last, UTC)
