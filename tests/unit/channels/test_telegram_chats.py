"""What people write by Telegram becomes a call of the desk: in order, once, and a stop before all that can fail."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from claw.base.action import Origin, Reply
from claw.base.erasure import Erasure
from claw.base.errors import Broken, ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.telegram_chats import DELIVERING_S, MOST_WAITING, Behind, Chats
from claw.channels.telegram_manners import BUSY, GREETING, HOURS, LATE, LINES, LOST, RESTARTED, STRANGER, WRONG
from claw.channels.telegram_said import Odd, Tapped, Typed, Unread
from tests.held_clock import HeldClock

ANNA, STRANGER_ID = 5001, 6666


@dataclass
class Desk:
    """Answers with what it was told; ``holds`` keeps it from answering, ``fails`` breaks it."""

    said: list[tuple[str, Origin]] = field(default_factory=list)
    stopped: list[Origin] = field(default_factory=list)
    holds: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    @property
    def switching(self) -> "Desk":
        return self

    def stop(self, _reason: str, origin: Origin) -> None:
        self.stopped.append(origin)

    async def say(self, text: str, origin: Origin) -> Reply:
        self.said.append((text, origin))
        if "stop" not in text:
            await self.holds.wait()
        if self.fails:
            raise RuntimeError("a bug")
        return Reply(f"re: {text}", "done")


@dataclass
class Links:
    people: dict[int, str] = field(default_factory=lambda: {ANNA: "anna"})
    hours: bool = True

    def person(self, user: int) -> str | None:
        return self.people.get(user)

    def counts(self, _person: str) -> bool:
        return self.hours

    async def enrol(self, code: str, user: int) -> str:
        if code != "GOODCODE":
            raise Refused("that code is not valid")
        self.people[user] = "ben"
        return "ben"


@dataclass
class Seen:
    taken: set[int] = field(default_factory=set)
    answered: list[int] = field(default_factory=list)
    full: bool = False
    before: list[int] = field(default_factory=list)

    def take(self, update: int, _user: int) -> bool:
        if self.full:
            raise Broken("disk full")
        new = update not in self.taken
        self.taken.add(update)
        return new

    def done(self, update: int) -> None:
        self.answered.append(update)

    def unanswered(self) -> list[int]:
        users, self.before = self.before, []
        return users


@dataclass
class Line:
    sent: list[tuple[int, str]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    typings: int = 0
    error: ClawError | None = None

    async def send(self, chat: int, text: str) -> int:
        if self.error is not None:
            raise self.error
        self.sent.append((chat, text))
        return len(self.sent)

    async def acknowledge(self, _query: str, text: str = "") -> None:
        self.toasts.append(text)

    async def edit(self, chat: int, message: int, text: str) -> None:
        self.edits.append((chat, message, text))

    async def typing(self, _chat: int) -> None:
        self.typings += 1


class Room:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.desk, self.links, self.seen, self.line = Desk(), Links(), Seen(), Line()
        self.desk.holds.set()
        self.refused: list[tuple[str, str]] = []
        self.tapped: list[tuple[str, str]] = []
        self.tap: Callable[[], Reply] = lambda: Reply("The fan is on.", "done")
        behind = Behind(
            desk=cast("Any", self.desk),
            links=cast("Any", self.links),
            seen=cast("Any", self.seen),
            stops=lambda text, _origin: text == "stop everything",
            tapped=self._tapped,
            refused=lambda source, what: self.refused.append((source, what)),
        )
        self.chats = Chats(behind, self.line, self.clock, self.clock)
        self._updates = 0

    async def _tapped(self, nonce: str, reader: str) -> Reply:
        self.tapped.append((nonce, reader))
        return self.tap()

    def typed(self, text: str, user: int = ANNA, at: datetime | None = None) -> Typed:
        self._updates += 1
        return Typed(self._updates, user, text, at or self.clock.now())

    async def write(self, text: str, user: int = ANNA, at: datetime | None = None) -> Typed:
        said = self.typed(text, user, at)
        self.chats.take(said)
        await self.clock.settle()
        return said

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.line.sent]


@pytest.fixture
def room() -> Room:
    return Room()


async def test_what_is_written_is_said_to_the_desk_as_its_writer_and_answered(room: Room) -> None:
    said = await room.write("turn on the light")
    text, origin = room.desk.said[0]
    assert text == "turn on the light"
    assert (origin.channel, origin.person, origin.authenticated, origin.strength) == ("telegram", "anna", True, "tap")
    assert (origin.source, origin.conversation, origin.asks_only) == ("telegram 5001", "telegram:5001:main", False)
    assert room.line.sent == [(ANNA, "re: turn on the light")]
    assert room.seen.answered == [said.update]


async def test_the_same_update_is_acted_on_once(room: Room) -> None:
    said = room.typed("turn on the light")
    for _ in range(3):
        room.chats.take(said)
        await room.clock.settle()
    assert len(room.desk.said) == 1
    stop = room.typed("stop everything")
    for _ in range(3):
        room.chats.take(stop)
        await room.clock.settle()
    assert len(room.desk.stopped) == 1


async def test_one_after_another_in_order_and_no_more_than_a_few_wait(room: Room) -> None:
    room.desk.holds.clear()
    for number in range(MOST_WAITING + 3):
        await room.write(f"number {number}")
    assert [text for text, _ in room.desk.said] == ["number 0"]
    assert room.texts == [BUSY], "said once, not twice"
    room.desk.holds.set()
    await room.clock.settle()
    assert [text for text, _ in room.desk.said] == [f"number {number}" for number in range(MOST_WAITING + 1)]


async def test_a_stop_passes_what_waits_and_whatever_fails(room: Room) -> None:
    room.desk.holds.clear()
    for number in range(MOST_WAITING + 1):
        await room.write(f"number {number}")
    room.seen.full, room.links.hours, room.line.error = True, False, Unavailable("no line")
    room.desk.fails = True
    await room.write("stop everything", at=room.clock.now() - timedelta(days=1))
    assert [origin.person for origin in room.desk.stopped] == ["anna"]
    await room.chats.close()


async def test_a_stop_that_could_not_be_kept_does_not_stop_again_after_a_reset(room: Room) -> None:
    room.seen.full = True
    stop = await room.write("/stop")
    room.chats.take(stop)
    room.chats.take_stop(stop)
    assert len(room.desk.stopped) == 1


async def test_a_stop_behind_what_cannot_be_taken_is_taken_and_nothing_else_is(room: Room) -> None:
    room.seen.full = True
    with pytest.raises(Broken):
        room.chats.take(room.typed("turn on the light"))
    room.chats.take_stop(room.typed("turn on the light"))
    room.chats.take_stop(Odd(900, ANNA, ANNA, "other"))
    room.chats.take_stop(room.typed("stop everything", user=STRANGER_ID))
    assert (room.desk.said, room.desk.stopped) == ([], [])
    room.chats.take_stop(room.typed("stop everything"))
    assert len(room.desk.stopped) == 1
    await room.clock.settle()


async def test_what_comes_late_is_not_done_and_said_once(room: Room) -> None:
    await room.clock.advance(3600)
    await room.write("unlock the door", at=room.clock.now() - timedelta(seconds=121))
    await room.write("unlock the door", at=room.clock.now() - timedelta(hours=5))
    assert (room.desk.said, room.texts) == ([], [LATE])
    await room.write("turn on the light", at=room.clock.now() - timedelta(seconds=119))
    assert len(room.desk.said) == 1


async def test_what_was_written_before_the_start_is_late(room: Room) -> None:
    await room.write("unlock the door", at=room.clock.now() - timedelta(seconds=30))
    assert (room.desk.said, room.texts) == ([], [LATE])


async def test_what_waited_too_long_for_its_turn_is_late_too(room: Room) -> None:
    room.desk.holds.clear()
    await room.write("first")
    await room.write("second")
    await room.clock.advance(125)
    room.desk.holds.set()
    await room.clock.settle()
    assert [text for text, _ in room.desk.said] == ["first"]
    assert room.texts == ["re: first", LATE]
    assert len(room.seen.answered) == 2


async def test_outside_their_hours_somebody_may_stop_and_nothing_else(room: Room) -> None:
    room.links.hours = False
    await room.write("turn on the light")
    assert (room.desk.said, room.texts) == ([], [HOURS])
    await room.write("/STOP ")
    assert len(room.desk.stopped) == 1


async def test_a_stranger_hears_one_line_and_nothing_of_theirs_is_looked_at(room: Room) -> None:
    for text in ("turn on the light", "stop everything", "/stop", "/help"):
        await room.write(text, user=STRANGER_ID)
    room.chats.take(Odd(800, STRANGER_ID, STRANGER_ID, "forwarded"))
    room.chats.take(Odd(801, STRANGER_ID, -100, "group"))
    room.chats.take(Tapped(802, STRANGER_ID, 1, "q", "nonce"))
    await room.clock.settle()
    assert (room.desk.said, room.desk.stopped, room.tapped) == ([], [], [])
    assert room.line.sent == [(STRANGER_ID, STRANGER)]
    assert not room.seen.taken, "a stranger costs no write"
    assert room.refused == [("telegram 6666", "stranger")] * 5


async def test_a_code_lets_in_and_a_wrong_one_a_few_times_only(room: Room) -> None:
    for _ in range(9):
        await room.write("/start WRONG", user=STRANGER_ID)
    assert len(room.texts) == 5
    assert all("not valid" in text for text in room.texts)
    await room.write("/start GOODCODE", user=7001)
    assert room.line.sent[-1] == (7001, f"You are ben here. {GREETING}")


@pytest.mark.parametrize("kind", ["edited", "forwarded", "other", "group"])
async def test_what_is_no_request_is_answered_with_one_line_in_the_private_chat(room: Room, kind: Any) -> None:
    for update in range(700, 710):
        room.chats.take(Odd(update, ANNA, -100 if kind == "group" else ANNA, kind))
    room.chats.take(Unread(720))
    await room.clock.settle()
    assert room.line.sent == [(ANNA, LINES[kind])]
    assert room.desk.said == []


async def test_commands_are_what_people_know_of_bots(room: Room) -> None:
    for text in ("/start", "/start again", "/undo", "/help", "/unheard_of"):
        await room.write(text)
    assert [text for text, _ in room.desk.said] == ["undo", "help", "/unheard_of"]
    assert room.texts[:2] == [GREETING, GREETING]


async def test_a_tap_is_answered_once_and_what_came_of_it_is_said(room: Room) -> None:
    tap = Tapped(500, ANNA, 9, "query", "nonce")
    for _ in range(2):
        room.chats.take(tap)
        await room.clock.settle()
    assert room.tapped == [("nonce", "5001")]
    assert (room.line.toasts, room.texts) == ([""], ["The fan is on."])


async def test_a_tap_that_does_not_count_says_why_and_loses_its_buttons(room: Room) -> None:
    def refused() -> Reply:
        raise Refused("this question is not open any more")

    room.tap = refused
    room.chats.take(Tapped(500, ANNA, 9, "query", "nonce"))
    await room.clock.settle()
    assert room.line.toasts == ["this question is not open any more"]
    assert room.line.edits == [(ANNA, 9, "✕ this question is not open any more")]
    assert room.refused == [("telegram 5001", "answer")]


async def test_a_bug_is_no_silence(room: Room) -> None:
    room.desk.fails = True
    await room.write("turn on the light")
    assert room.texts == [WRONG]

    def bug() -> Reply:
        raise RuntimeError("a bug")

    room.tap = bug
    room.chats.take(Tapped(500, ANNA, 9, "query", "nonce"))
    await room.clock.settle()
    assert room.line.toasts == [WRONG]


async def test_an_answer_is_tried_again_while_the_line_is_away_and_told_as_lost_after_that(room: Room) -> None:
    room.line.error = Unavailable("no line")
    await room.write("turn on the light")
    await room.clock.advance(20)
    room.line.error = None
    await room.clock.advance(10)
    assert room.texts == ["re: turn on the light"]
    room.line.error = Unavailable("no line")
    await room.write("turn off the light")
    await room.clock.advance(DELIVERING_S + 20)
    room.line.error = None
    room.chats.reconnected()
    await room.clock.settle()
    assert room.texts[1:] == [LOST]
    room.chats.reconnected()
    await room.clock.settle()
    assert len(room.texts) == 2


async def test_an_answer_that_may_have_arrived_is_not_said_twice(room: Room) -> None:
    room.line.error = UnknownOutcome("no answer")
    await room.write("turn on the light")
    room.line.error = None
    room.chats.reconnected()
    await room.clock.advance(120)
    assert room.texts == []


async def test_whoever_had_no_answer_from_an_earlier_daemon_is_told_to_look(room: Room) -> None:
    room.seen.before = [ANNA, STRANGER_ID]
    room.chats.reconnected()
    await room.clock.settle()
    assert room.line.sent == [(ANNA, RESTARTED)]


async def test_that_something_is_being_done_is_shown_while_it_takes_long(room: Room) -> None:
    room.desk.holds.clear()
    await room.write("turn on the light")
    assert room.line.typings == 0
    await room.clock.advance(7)
    assert room.line.typings == 2
    room.desk.holds.set()
    await room.clock.advance(60)
    assert room.line.typings == 2


async def test_words_that_wait_are_forgotten_with_their_person(room: Room) -> None:
    room.desk.holds.clear()
    for text in ("first", "a secret of mine", "third"):
        await room.write(text)
    assert room.chats.erase(Erasure(words=("secret",))) == 1
    assert room.chats.erase(Erasure(person="ben")) == 0
    assert room.chats.erase(Erasure(person="anna")) == 1
    room.desk.holds.set()
    await room.clock.settle()
    assert [text for text, _ in room.desk.said] == ["first"]


async def test_who_was_revoked_while_their_words_waited_is_not_heard(room: Room) -> None:
    room.desk.holds.clear()
    await room.write("first")
    await room.write("second")
    room.links.people.clear()
    room.desk.holds.set()
    await room.clock.settle()
    assert [text for text, _ in room.desk.said] == ["first"]


async def test_closing_ends_what_is_being_answered(room: Room) -> None:
    room.desk.holds.clear()
    said = await room.write("first")
    await room.chats.close()
    assert said.update not in room.seen.answered
