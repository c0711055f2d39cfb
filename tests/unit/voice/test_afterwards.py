"""What is left to say is said to the talk it belongs to, once, or not at all where it needs no words."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from claw.base.action import Action, Message, Origin, Outcome, Pending, Reply, Terms
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.voice.afterwards import ASK_AFTER_S, NOT_ASKED_S, SHOWN_S, Afterwards
from claw.voice.brief import Brief, Said
from claw.voice.model import Answer, Satellite
from claw.voice.turns import Late
from tests.held_clock import HeldClock

KITCHEN = Satellite("kitchen", "kitchen", "assist_satellite.kitchen", "10.0.0.5")
HERE = Origin("voice:kitchen", place="kitchen", source="10.0.0.5", conversation="voice:10.0.0.5:kitchen:1")
TO = f"conversation:{HERE.conversation}"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ASKED = Pending("q1", "Lamps off?", (), HERE, Terms(), "r", {}, NOW, NOW + timedelta(minutes=2), 1)
OPENED = Outcome(Action("cover.open_cover", ("cover.shade",)), "done")


class Room:
    """Everything around it, scripted."""

    def __init__(self, *, asks: bool = True) -> None:
        self.clock = HeldClock()
        self.told: list[Message] = []
        self.fault: Exception | None = None
        self.capable, self.visible = True, True
        self.puts = 0
        self.takes_s, self.answered = 0.0, cast("Reply | None", None)
        self.afterwards = Afterwards(
            self.tell, self if asks else None, cast("Brief", self), "en", self.clock, self.clock
        )

    async def tell(self, message: Message) -> bool:
        if self.fault is not None:
            raise self.fault
        self.told.append(message)
        return True

    def can(self, pending: Pending, satellite: Satellite, origin: Origin) -> bool:
        del pending, satellite, origin
        return self.capable

    async def put(self, pending: Pending, satellite: Satellite, origin: Origin) -> Reply | None:
        del pending, satellite, origin
        self.puts += 1
        await self.clock.sleep(self.takes_s)
        return self.answered

    def of(self, reply: Reply, satellite: Satellite, *, told: bool = False) -> Said:
        assert told
        assert satellite == KITCHEN
        return Said(reply.text)

    def seen(self, outcomes: tuple[Outcome, ...], satellite: Satellite) -> bool:
        del outcomes, satellite
        return self.visible

    def message(self, outcome: Outcome, origin: Origin) -> Message:
        return Message(f"conversation:{origin.conversation}", f"{outcome.action.name} in {origin.language}", "late")


@pytest.fixture
def room() -> Room:
    return Room()


async def _late(room: Room, reply: Reply | Exception | None) -> None:
    async def say() -> Reply:
        if isinstance(reply, Exception):
            raise reply
        return reply or await asyncio.Event().wait() or Reply("", "done")

    task = asyncio.ensure_future(say())
    room.afterwards.late(Late(task), KITCHEN, HERE)
    await room.clock.settle()
    if reply is None:
        task.cancel()
        await room.clock.settle()


async def test_a_slow_reply_is_told_where_it_was_asked(room: Room) -> None:
    await _late(room, Reply("It is cosy now.", "done"))
    assert room.told == [Message(TO, "It is cosy now.", "late")]


async def test_what_broke_is_told_in_plain_words_and_what_was_cut_or_is_nothing_not_at_all(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await _late(room, ValueError("secret words"))
    assert [one.text for one in room.told] == ["That did not work."]
    assert "secret" not in caplog.text
    await _late(room, None)
    await _late(room, Reply("", "done"))
    assert len(room.told) == 1


async def test_a_question_is_asked_by_a_satellite_that_can_and_said_where_it_was_not_put(room: Room) -> None:
    assert room.afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    await room.clock.settle()
    assert room.puts == 0  # its own turn is not over yet
    await room.clock.advance(ASK_AFTER_S)
    assert (room.puts, room.told) == (1, [Message(TO, "Lamps off?", "question")])


async def test_a_question_that_was_asked_is_not_said_again(room: Room) -> None:
    room.takes_s = NOT_ASKED_S + 1  # nobody answered it
    assert room.afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    await room.clock.advance(20)
    room.answered, room.takes_s = Reply("All right.", "done"), 0.0
    assert room.afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    await room.clock.advance(20)
    assert (room.puts, room.told) == (2, [])


async def test_where_no_satellite_can_ask_nothing_is_begun(room: Room) -> None:
    room.capable = False
    assert not room.afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    assert not Room(asks=False).afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    await room.clock.advance(20)
    assert (room.puts, room.told) == (0, [])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer("It is open.", reply=Reply("It is open.", "answered"), origin=HERE), ["It is open."]),
        (Answer("Done.", "done", reply=Reply("The lamp is on.", "done"), origin=HERE), []),
        (Answer("One moment."), []),
    ],
)
async def test_an_answer_that_nobody_waited_for_is_told_unless_it_is_a_sound(
    room: Room, answer: Answer, told: list[str]
) -> None:
    async def work() -> Answer:
        return answer

    task = asyncio.ensure_future(work())
    await task
    room.afterwards.unheard(task)
    await room.clock.settle()
    assert [one.text for one in room.told] == told


async def test_what_arrives_before_their_eyes_needs_no_words_for_a_moment(room: Room) -> None:
    room.afterwards.ended(OPENED, KITCHEN, HERE)
    message = Message(TO, "cover.open_cover in en", "late")
    assert room.afterwards.needless(message)
    assert not room.afterwards.needless(Message(TO, "cover.open_cover in en", "late", "high"))
    await room.clock.advance(SHOWN_S)
    assert not room.afterwards.needless(message)
    room.afterwards.ended(OPENED, None, HERE)
    room.afterwards.ended(Outcome(OPENED.action, "failed"), KITCHEN, HERE)
    room.visible = False
    room.afterwards.ended(OPENED, KITCHEN, HERE)
    assert room.afterwards.erase(Erasure(everything=True)) == 0


async def test_what_cannot_be_said_is_a_line_in_the_log_without_a_word_of_it(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.fault = Unavailable("secret words")
    with caplog.at_level(logging.DEBUG):
        await _late(room, Reply("secret words", "answered"))
    assert "Unavailable" in caplog.text
    assert "secret" not in caplog.text


async def test_at_the_end_nothing_more_is_said(room: Room) -> None:
    assert room.afterwards.put(ASKED, KITCHEN, HERE, "Lamps off?")
    await room.afterwards.close()
    await room.clock.advance(20)
    assert (room.puts, room.told) == (0, [])
