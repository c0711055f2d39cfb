"""One question a day, to the one it concerns, while they are up; and only their own answer counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Action, Message, Origin, Outcome
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.memory.audience import audience_of
from claw.memory.facts import Kept
from claw.memory.habits import PATIENCE, Habit, Habits
from claw.memory.memories import Answer, By
from claw.memory.mining import Found
from claw.memory.model import Fact, Memory
from claw.memory.offers import Asking, Offers
from claw.policy.people import People, Person
from tests.held_clock import HeldClock
from tests.observing import TODAY, ZONE, House, Named, at

PEOPLE = People([Person("anna", "Anna", "owner"), Person("sam", "Sam", "adult"), Person("gus", "Gus", "guest")])
SAM = Origin("web", "sam", authenticated=True, conversation="c1", strength="session")
ANNA = Origin("web", "anna", authenticated=True, conversation="c2", strength="session")
MORNING = Found("routine", "sam", "light.hall", "on", 12, 14, 1_790_000_000, 1_795_000_000, at=7 * 3600)


@dataclass
class Store:
    """What stores an accepted habit: keeps, asks first or refuses, as ``how`` says."""

    told: list[tuple[Fact, Origin, str, By]]
    how: Callable[[Fact], Answer] | None = None

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Answer:
        self.told.append((fact, origin, said, by))
        if self.how is not None:
            return self.how(fact)
        now = at(TODAY, "12:00")
        memory = Memory(
            len(self.told), fact, "active", "resident_told", explicit=True, confidence=1.0, author="sam", recorded=now
        )
        return Answer(Performed(), Kept(memory))


class Room:
    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.clock = HeldClock(at(TODAY, "00:00"))
        self.habits = Habits(self.house.db, self.clock, Named(), lambda: ZONE)
        self.store = Store([])
        self.sent: list[Message] = []
        self.goes = True
        self.agreed = {"sam", "anna"}
        self.restart()

    def restart(self) -> None:
        asking = Asking(
            lambda origin: audience_of(origin, PEOPLE, self.clock.now()), PEOPLE, lambda who: who in self.agreed
        )
        self.offers = Offers(self.habits, self.store, self._tell, asking, self.clock, lambda: ZONE)

    async def _tell(self, message: Message) -> bool:
        self.sent.append(message)
        return self.goes

    def learn(self, *found: Found) -> list[int]:
        with self.house.db.conn:
            return self.habits.apply(self.habits.sift(found, self.clock.now()), self.clock.now())

    async def until(self, clock: str, day: int = 0) -> None:
        moment = at(TODAY + timedelta(days=day), clock)
        await self.clock.advance((moment - self.clock.now()).total_seconds())

    async def look(self, *awake: str) -> Habit | None:
        for person in awake:
            self.offers.active(person)
        return await self.offers.look()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_it_is_put_to_whose_habit_it_is_with_its_evidence(room: Room) -> None:
    room.learn(MORNING)
    await room.until("10:00")
    asked = await room.look("sam")
    assert asked is not None
    (message,) = room.sent
    assert (message.to, message.kind, message.urgency) == ("person:sam", "question", "low")
    assert "Sam turns hall on at about 07:00. It was so on 12 of 14 days" in message.text
    assert message.text.count("?") == 1
    assert asked.state == "offered"


@pytest.mark.parametrize("clock", ["00:30", "05:00", "07:59", "21:00", "23:30"])
async def test_nobody_is_asked_at_night(room: Room, clock: str) -> None:
    room.learn(MORNING)
    await room.until(clock)
    assert await room.look("sam") is None
    assert room.sent == []


async def test_nobody_is_asked_who_has_not_been_heard_of_for_a_while(room: Room) -> None:
    room.learn(MORNING)
    await room.until("10:00")
    assert await room.look("anna") is None
    room.offers.active("sam")
    await room.clock.advance(11 * 60)
    assert await room.look() is None
    assert room.sent == []


async def test_there_is_one_question_a_day_in_the_whole_house_through_a_restart_too(room: Room) -> None:
    room.learn(MORNING, replace(MORNING, person="anna"), replace(MORNING, entity="light.bed"))
    await room.until("10:00")
    for hour in range(10, 21):
        await room.until(f"{hour}:30")
        await room.look("sam", "anna")
        room.restart()
    assert len(room.sent) == 1
    await room.until("10:00", day=1)
    await room.look("sam", "anna")
    assert len(room.sent) == 2


async def test_a_question_that_does_not_get_through_is_none_and_not_tried_again_that_day(room: Room) -> None:
    (number,) = room.learn(MORNING)
    room.goes = False
    await room.until("10:00")
    assert await room.look("sam") is None
    assert await room.look("sam") is None
    assert len(room.sent) == 1
    found = room.habits.get(number)
    assert found is not None
    assert (found.state, found.offered) == ("candidate", None)
    room.goes = True
    await room.until("10:00", day=1)
    assert await room.look("sam") is not None


async def test_a_crash_between_writing_and_asking_costs_a_question_and_never_a_second_one(room: Room) -> None:
    room.learn(MORNING, replace(MORNING, entity="light.bed"))

    async def crash(message: Message) -> bool:
        room.sent.append(message)
        raise KeyboardInterrupt

    room.offers._tell = crash
    await room.until("10:00")
    with pytest.raises(KeyboardInterrupt):
        await room.look("sam")
    room.restart()
    assert await room.look("sam") is None
    assert len(room.sent) == 1


async def test_who_did_not_agree_is_not_asked(room: Room) -> None:
    room.learn(MORNING)
    room.agreed.remove("sam")
    await room.until("10:00")
    assert await room.look("sam") is None


async def test_a_habit_of_the_house_is_put_to_an_owner(room: Room) -> None:
    room.learn(replace(MORNING, person=None))
    await room.until("10:00")
    assert await room.look("sam") is None
    assert await room.look("sam", "anna") is not None
    assert room.sent[0].to == "person:anna"


async def test_a_yes_stores_it_and_says_that_it_is_only_known_where_nothing_carries_it_out(room: Room) -> None:
    (number,) = room.learn(MORNING)
    answered = await room.offers.answer(number, SAM, yes=True, said="yes please")
    ((fact, origin, said, by),) = room.store.told
    assert (fact.kind, origin, said, by) == ("routine", SAM, "yes please", "habit")
    assert answered.memory == 1
    assert answered.text.endswith("I only remember that and do not do it by myself.")
    found = room.habits.get(number)
    assert found is not None
    assert (found.state, found.memory) == ("accepted", 1)
    with pytest.raises(Refused):
        await room.offers.answer(number, SAM, yes=True)


class Carries:
    """Has habits carried out that happen by the clock."""

    def __init__(self) -> None:
        self.carried: list[tuple[Fact, Origin, str]] = []

    def can(self, fact: Fact) -> bool:
        return "at" in fact.value

    async def carry(self, fact: Fact, origin: Origin, *, said: str) -> str:
        self.carried.append((fact, origin, said))
        return "Every weekday at 07:00: turn on the lamp."


async def test_a_yes_to_what_can_be_carried_out_has_it_done_and_says_what_will_be_done(room: Room) -> None:
    (number,) = room.learn(MORNING)
    room.offers.carries = carries = Carries()
    await room.until("10:00")
    await room.look("sam")
    assert room.sent[0].text.endswith("Shall I do that for you from now on?")
    answered = await room.offers.answer(number, SAM, yes=True, said="yes please")
    ((fact, origin, said),) = carries.carried
    assert (fact.kind, origin, said) == ("routine", SAM, "yes please")
    assert answered.text.endswith("Every weekday at 07:00: turn on the lamp.")


async def test_what_was_not_kept_is_not_carried_out(room: Room) -> None:
    (number,) = room.learn(MORNING)
    room.offers.carries = carries = Carries()
    room.store.how = lambda _: Answer(Performed(()))
    await room.offers.answer(number, SAM, yes=True)
    assert carries.carried == []


async def test_a_no_holds_for_ninety_days(room: Room) -> None:
    (number,) = room.learn(MORNING)
    await room.offers.answer(number, SAM, yes=False)
    assert room.store.told == []
    found = room.habits.get(number)
    assert found is not None
    assert found.state == "declined"
    assert found.until == room.clock.now() + timedelta(days=90)


@pytest.mark.parametrize(
    "origin",
    [
        ANNA,
        Origin("web", "gus", authenticated=True),
        Origin("web", "sam"),
        Origin("voice:hall", "sam", authenticated=True),
        Origin("screen:hall", "sam", authenticated=True),
        Origin("voice:hall"),
        replace(SAM, asks_only=True),
        replace(SAM, taint=("mail",)),
    ],
)
async def test_nobody_else_answers_for_them(room: Room, origin: Origin) -> None:
    (number,) = room.learn(MORNING)
    for yes in (True, False):
        with pytest.raises(Refused) as refused:
            await room.offers.answer(number, origin, yes=yes)
        with pytest.raises(Refused) as never:
            await room.offers.answer(999, origin, yes=yes)
        assert str(refused.value) == str(never.value)  # that there is something is not told either
    assert room.store.told == []
    found = room.habits.get(number)
    assert found is not None
    assert found.state == "candidate"


async def test_a_yes_that_the_gate_does_not_let_through_leaves_it_open(room: Room) -> None:
    (number,) = room.learn(MORNING)
    outcome = Outcome(Action("claw.remember"), "refused", "nobody may remember anything")
    room.store.how = lambda fact: Answer(Performed((outcome,)))
    answered = await room.offers.answer(number, SAM, yes=True)
    assert answered.text == "I did not keep that: nobody may remember anything"
    found = room.habits.get(number)
    assert found is not None
    assert found.state == "candidate"


async def test_a_bare_yes_means_what_was_asked_in_the_last_ten_minutes(room: Room) -> None:
    room.learn(MORNING)
    await room.until("10:00")
    asked = await room.look("sam")
    assert asked is not None
    assert room.offers.waiting("sam") == asked
    assert room.offers.waiting("anna") is None
    assert room.offers.waiting(None) is None
    await room.clock.advance(601)
    assert room.offers.waiting("sam") is None


async def test_silence_is_no(room: Room) -> None:
    room.learn(MORNING)
    await room.until("10:00")
    asked = await room.look("sam")
    assert asked is not None
    await room.clock.advance(PATIENCE.total_seconds())
    await room.look("sam")
    found = room.habits.get(asked.id)
    assert found is not None
    assert found.state == "declined"
    assert room.store.told == []
