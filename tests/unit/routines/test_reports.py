"""What people are told of their routines: all that went wrong, once, together, and never lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claw.base.action import Message, Origin
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.routines.book import Book
from claw.routines.model import Done, Run, RunStatus
from claw.routines.reports import AGAIN_S, GATHER_S, LONGEST, RETRY_S, SAME_S, Reports, wording
from tests.keeper_room import AMSTERDAM, ANNA, Room, firing, routine

SIX = datetime(2026, 1, 5, 6, tzinfo=UTC)
DOWN = "Claw was not running"
BEN = replace(ANNA, person="ben")


class Told:
    def __init__(self, room: Room) -> None:
        self.room = room
        self.sent: list[Message] = []
        self.answers: bool | Exception = True
        self.reports = self.fresh(room.book)

    def fresh(self, book: Book) -> Reports:
        return Reports(book, self.send, self.room.clock, self.room.clock, lambda: AMSTERDAM)

    async def send(self, message: Message) -> bool:
        await asyncio.sleep(0)
        if isinstance(self.answers, Exception):
            raise self.answers
        if self.answers:
            self.sent.append(message)
        return self.answers

    def add(self, name: str, called: str, made_by: Origin = ANNA) -> None:
        self.room.book.add(routine(name, {"event": "x"}, name=called, made_by=made_by))

    def note(
        self, name: str, status: RunStatus = "missed", reason: str = "Claw was not running", key: str = ""
    ) -> None:
        now = self.room.clock.now()
        self.room.book.note(firing(name, now, key or f"{name} {now.isoformat()}"), status, reason)
        self.reports.wake()

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told(Room())
    yield told
    await told.reports.close()


async def test_what_was_missed_reaches_its_person_with_the_reason(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.note("blinds")
    await told.room.clock.advance(GATHER_S + 1)
    assert told.sent == [Message("person:anna", "Blinds did not run at 07:00: Claw was not running.", "late")]
    assert told.room.book.untold() == ()
    await told.room.clock.advance(SAME_S)
    assert len(told.sent) == 1


async def test_many_at_the_same_time_are_one_message_for_each_person(told: Told) -> None:
    for number in range(12):
        told.add(f"r{number}", f"Routine {number}")
        told.note(f"r{number}")
        await told.room.clock.advance(0.5)
    told.add("bens", "Ben's", BEN)
    told.note("bens", "failed", "the lamp did not answer")
    await told.room.clock.advance(GATHER_S + 1)
    assert sorted((message.to, message.text) for message in told.sent) == [
        (
            "person:anna",
            (
                "12 routines did not run at 07:00: Claw was not running "
                "(Routine 0, Routine 1, Routine 2, Routine 3, Routine 4 and 7 more)."
            ),
        ),
        ("person:ben", "Ben's did not work at 07:00: the lamp did not answer."),
    ]


async def test_one_routine_is_told_of_once_an_hour_and_the_same_once_a_day(told: Told) -> None:
    told.add("heat", "Heating")
    hours = 30
    for number in range(hours * 6):
        told.note("heat", "failed", "the valve did not answer" if number % 6 else "the pump did not answer")
        await told.room.clock.advance(600)
    valve = [text for text in told.texts if "valve" in text]
    pump = [text for text in told.texts if "pump" in text]
    assert len(valve) == len(pump) == 2
    assert told.room.book.untold() == ()


async def test_what_has_to_rest_is_told_after_the_hour(told: Told) -> None:
    told.add("heat", "Heating")
    told.note("heat", "failed", "the pump did not answer")
    await told.room.clock.advance(60)
    told.note("heat", "refused", "a rule says no")
    await told.room.clock.advance(AGAIN_S - 70)
    assert len(told.sent) == 1
    await told.room.clock.advance(80)
    assert told.texts[1] == "Heating was not allowed at 07:01: a rule says no."


async def test_what_guards_life_is_told_at_once_to_everyone_and_never_rests(told: Told) -> None:
    told.room.book.add(routine("safety-smoke", {"event": "x"}, name="Smoke", kind="safety"))
    told.add("heat", "Heating")
    told.note("heat")
    await told.room.clock.advance(1)
    for number in range(3):
        told.note("safety-smoke", "failed", "the siren did not answer", key=f"k{number}")
        told.room.book._latest.clear()
        await told.room.clock.advance(1)
    assert [(message.to, message.urgency, message.kind) for message in told.sent] == [("everyone", "high", "alarm")] * 3


@pytest.mark.parametrize("answers", [False, Unavailable("the log is broken")])
async def test_what_does_not_go_out_is_tried_again_and_told_by_the_next_daemon(
    told: Told, answers: bool | Exception
) -> None:
    told.add("blinds", "Blinds")
    told.answers = answers
    told.note("blinds")
    await told.room.clock.advance(GATHER_S + 2 * RETRY_S)
    assert len(told.room.book.untold()) == 1
    await told.reports.close()
    told.answers = True
    told.reports = told.fresh(Book(told.room.db, told.room.clock))
    told.reports.wake()
    await told.room.clock.advance(GATHER_S + 1)
    assert len(told.sent) == 1


async def test_it_does_not_try_too_often_while_nothing_goes_out(told: Told) -> None:
    tries = 0

    async def no(message: Message) -> bool:
        nonlocal tries
        tries += 1
        return False

    told.reports._send = no
    told.add("blinds", "Blinds")
    told.note("blinds")
    await told.room.clock.advance(86_400)
    assert tries <= 4 + 24
    assert tries >= 20


async def test_a_run_that_came_late_is_told_though_it_was_done(told: Told) -> None:
    told.add("blinds", "Blinds")
    run = told.room.book.claim(firing("blinds", told.room.clock.now()))
    assert run is not None
    told.room.book.close(run, Done("done", "12 min late (Claw was not running)"), tell=True)
    told.reports.wake()
    await told.room.clock.advance(GATHER_S + 1)
    assert told.texts == ["Blinds ran at 07:00: 12 min late (Claw was not running)."]


async def test_what_was_erased_has_nobody_to_be_told(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.note("blinds")
    with told.room.db.conn:
        told.room.db.conn.execute("delete from routines")
    told.room.book.reload()
    await told.room.clock.advance(GATHER_S + 1)
    assert told.sent == []
    assert told.room.book.untold() == ()


async def test_what_nobody_could_be_told_of_for_a_week_is_let_go_of(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.answers = False
    told.note("blinds")
    await told.room.clock.advance(8 * 86_400)
    assert told.room.book.untold() == ()


async def test_another_sentence_is_told_once_however_often_it_is_said(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.answers = False
    for _ in range(3):
        told.reports.tell(late("The door of Blinds is gone."))
    await told.room.clock.advance(1)
    told.answers = True
    await told.room.clock.advance(RETRY_S)
    assert told.sent == [Message("person:anna", "The door of Blinds is gone.", "late")]


async def test_a_message_is_sent_until_it_went_and_a_question_once(told: Told) -> None:
    told.answers = False
    told.reports.tell(Message("person:anna", "Ben's routines rest."))
    told.reports.tell(Message("person:anna", "Unlock it?", "question", "high"))
    await told.room.clock.advance(1)
    told.answers = True
    told.reports.tell(Message("person:anna", "Open it?", "question", "high"))
    await told.room.clock.advance(RETRY_S)
    assert told.texts == ["Ben's routines rest.", "Open it?"]


async def test_a_question_that_nobody_heard_is_not_put_later(told: Told) -> None:
    told.answers = False
    told.reports.tell(Message("person:anna", "Unlock it?", "question", "high"))
    await told.room.clock.advance(1)
    told.answers = True
    await told.room.clock.advance(2 * RETRY_S)
    assert told.texts == []


async def test_a_question_does_not_wait_for_what_is_gathered(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.note("blinds")
    await told.room.clock.advance(1)
    told.reports.tell(Message("person:anna", "Unlock it?", "question", "high"))
    await told.room.clock.advance(1)
    assert told.texts == ["Unlock it?"]


async def test_a_message_that_does_not_go_keeps_no_other(told: Told) -> None:
    told.add("blinds", "Blinds")
    send = told.send

    async def picky(message: Message) -> bool:
        if "gone" in message.text:
            raise Unavailable("nobody listens")
        return await send(message)

    told.reports._send = picky
    told.reports.tell(late("The door is gone."))
    told.reports.tell(late("It rests."))
    told.note("blinds")
    await told.room.clock.advance(GATHER_S + 1)
    assert sorted(told.texts) == ["Blinds did not run at 07:00: Claw was not running.", "It rests."]
    told.reports._send = send
    await told.room.clock.advance(2 * RETRY_S)
    assert told.texts[2:] == ["The door is gone."]


async def test_what_is_forgotten_before_it_was_told_is_told_to_nobody(told: Told) -> None:
    told.add("blinds", "Blinds")
    told.answers = False
    told.reports.tell(late("Grandmother rests."))
    told.reports.tell(late("The lamp rests."))
    await told.room.clock.advance(1)
    assert told.reports.erase(Erasure(words=("grandmother",))) == 1
    told.answers = True
    await told.room.clock.advance(RETRY_S)
    assert told.texts == ["The lamp rests."]
    told.reports.tell(late("The lamp rests again."))
    assert told.reports.erase(Erasure(person="ben")) == 1


def late(text: str) -> Message:
    return Message("person:anna", text, "late")


def run(name: str, minutes: float, status: RunStatus = "missed", reason: str = "why", **more: object) -> Run:
    return Run(1, name, firing(name, SIX + timedelta(minutes=minutes)), status, reason, **more)  # type: ignore[arg-type]


def test_other_days_are_named_and_counts_are_said() -> None:
    blinds = routine("x", {"at": "07:00"}, name="Blinds")
    rows = [(run("x", -1440, times=17, until=SIX - timedelta(minutes=1280)), blinds)]
    assert wording(rows, SIX, AMSTERDAM) == (
        "Blinds did not run 17 times between 07:00 on Sunday 4 January and 09:40 on Sunday 4 January: why."
    )
    lamp = routine("y", {"at": "07:00"}, name="Lamp")
    others = [
        (run("a", 0, "held", "Claw is stopped"), blinds),
        (run("b", 40, "held", "Claw is stopped"), lamp),
        (run("a", 0, "failed", "Oh!"), blinds),
        (run("a", 0, "failed", ""), blinds),
    ]
    assert wording(others, SIX, AMSTERDAM) == (
        "2 routines were held back between 07:00 and 07:40: Claw is stopped (Blinds, Lamp). "
        "Blinds did not work at 07:00: Oh! Blinds did not work at 07:00."
    )


def test_a_message_is_never_longer_than_one_may_be() -> None:
    blinds = routine("x", {"at": "07:00"}, name="B" * 60)
    rows = [(run("x", 0, "failed", f"{number} " + "x" * 400), blinds) for number in range(100)]
    text = wording(rows, SIX, AMSTERDAM)
    assert len(text) <= LONGEST + 100
    assert "100 rows of the history say more" in text


async def test_after_it_closed_nothing_is_told(told: Told) -> None:
    await told.reports.close()
    told.add("blinds", "Blinds")
    told.note("blinds")
    await told.room.clock.advance(GATHER_S + 1)
    assert (told.sent, len(told.room.book.untold())) == ([], 1)
