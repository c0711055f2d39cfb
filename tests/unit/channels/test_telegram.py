"""The loop that asks Telegram: nothing is lost by what breaks, and nothing is asked without a pause."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from claw.base.action import Json, Origin
from claw.base.errors import Broken, ClawError, Unavailable
from claw.channels.telegram import LONGEST_RETRY_S, Rooms, Telegram
from claw.channels.telegram_said import Said, Typed, Unread
from tests.held_clock import HeldClock


class Line:
    """Gives batches and errors in turn, then waits."""

    def __init__(self, clock: HeldClock) -> None:
        self.script: deque[list[Json] | ClawError] = deque()
        self.names: deque[ClawError] = deque()
        self.offsets: list[int | None] = []
        self.waits: list[int] = []
        self.asked = 0
        self.closed = False
        self._clock = clock

    async def name(self) -> str:
        self.asked += 1
        if self.names:
            raise self.names.popleft()
        return "claw_bot"

    async def commands(self, commands: Sequence[tuple[str, str]]) -> None:
        assert dict(commands)["stop"]
        raise Unavailable("not now")

    async def updates(self, offset: int | None, wait_s: int) -> Sequence[Json]:
        self.offsets.append(offset)
        self.waits.append(wait_s)
        if not self.script:
            await self._clock.sleep(wait_s)
            return []
        found = self.script.popleft()
        if isinstance(found, ClawError):
            raise found
        return found

    async def close(self) -> None:
        self.closed = True


@dataclass
class Chats:
    taken: list[Said] = field(default_factory=list)
    stops: list[Said] = field(default_factory=list)
    errors: dict[int, Exception] = field(default_factory=dict)
    reconnections: int = 0

    def take(self, said: Said) -> None:
        if said.update in self.errors:
            raise self.errors[said.update]
        self.taken.append(said)

    def take_stop(self, said: Said) -> None:
        self.stops.append(said)

    def reconnected(self) -> None:
        self.reconnections += 1

    async def close(self) -> None:
        pass


class Posting:
    problem = ""
    running = False

    def start(self) -> None:
        self.running = True

    async def close(self) -> None:
        self.running = False

    def renew(self) -> None:
        pass


class Links:
    def __init__(self) -> None:
        self.changed: list[Any] = []

    def all(self) -> list[Any]:
        return []

    def code(self, person: str, _origin: Origin) -> str:
        return f"CODE-{person}"

    async def revoke(self, _person: str, _origin: Origin) -> int:
        return 2


@dataclass
class Refused:
    flushes: int = 0

    async def flush(self) -> None:
        self.flushes += 1


class Room:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.line, self.chats, self.posting, self.links = Line(self.clock), Chats(), Posting(), Links()
        self.refused = Refused()
        rooms = Rooms(*(cast("Any", one) for one in (self.links, self.chats, self.posting, self.refused)))
        self.telegram = Telegram(self.line, rooms, self.clock, self.clock)


@pytest.fixture
def room() -> Room:
    return Room()


def text(number: int) -> Json:
    message = {
        "message_id": number,
        "from": {"id": 5001, "is_bot": False},
        "chat": {"id": 5001, "type": "private"},
        "date": 1,
        "text": "x",
    }
    return {"update_id": number, "message": message}


def numbers(taken: Sequence[Said]) -> list[int]:
    return [said.update for said in taken]


async def test_what_came_in_is_taken_in_order_and_confirmed_by_the_next_question(room: Room) -> None:
    room.line.script.extend([[text(10), text(11)], [{"update_id": 12, "odd": 1}, "garbage", {"no": "number"}]])
    await room.telegram.start()
    assert not room.telegram.status()["ready"]
    await room.clock.settle()
    assert [type(said) for said in room.chats.taken] == [Typed, Typed, Unread]
    assert room.line.offsets == [None, 12, 13]
    assert room.telegram.status() == {"kind": "telegram", "ready": True, "detail": "", "bot": "claw_bot", "accounts": 0}
    await room.telegram.close()
    assert (room.line.closed, room.posting.running, room.links.changed) == (True, False, [])


async def test_a_line_that_breaks_is_asked_again_later_and_later_and_nothing_is_skipped(room: Room) -> None:
    room.line.script.extend([[text(10)], *[Unavailable("Telegram cannot be reached")] * 8, [text(11)]])
    await room.telegram.start()
    await room.clock.settle()
    assert (room.telegram.status()["ready"], room.telegram.status()["detail"]) == (False, "Telegram cannot be reached")
    await room.clock.advance(3)
    assert len(room.line.offsets) == 4, "after 0, 1 and 2 seconds"
    await room.clock.advance(8 * LONGEST_RETRY_S)
    assert numbers(room.chats.taken) == [10, 11]
    assert set(room.line.offsets[1:10]) == {11}
    assert room.chats.reconnections == 2, "at the start, and when it was there again"
    assert room.line.waits[:3] == [0, 25, 0], "what is known to be there may wait, what has failed is looked at"
    await room.telegram.close()


async def test_what_could_not_be_kept_comes_again_with_all_that_follows_and_only_stops_are_taken(room: Room) -> None:
    room.chats.errors[11] = Broken("disk full")
    batch = [text(10), text(11), text(12)]
    room.line.script.extend([batch, batch[1:]])
    await room.telegram.start()
    await room.clock.settle()
    assert (numbers(room.chats.taken), numbers(room.chats.stops)) == ([10], [12])
    assert "disk full" in room.telegram.status()["detail"]
    room.chats.errors.clear()
    await room.clock.advance(5)
    assert numbers(room.chats.taken) == [10, 11, 12]
    assert room.line.offsets[:2] == [None, 11]
    await room.telegram.close()


async def test_one_update_that_nobody_foresaw_holds_up_no_other(room: Room) -> None:
    room.chats.errors[10] = RuntimeError("a bug")
    room.line.script.append([text(10), text(11)])
    await room.telegram.start()
    await room.clock.settle()
    assert numbers(room.chats.taken) == [11]
    assert room.line.offsets == [None, 12]
    await room.telegram.close()


async def test_numbers_that_begin_anew_lower_are_taken(room: Room) -> None:
    room.line.script.extend([[text(900)], [text(12)]])
    await room.telegram.start()
    await room.clock.settle()
    assert numbers(room.chats.taken) == [900, 12]
    assert room.line.offsets[-1] == 13
    await room.telegram.close()


async def test_a_server_that_does_not_wait_is_asked_once_a_second(room: Room) -> None:
    room.line.script.extend([[] for _ in range(50)])
    room.line.script.extend([["no update"] for _ in range(50)])
    await room.telegram.start()
    await room.clock.advance(10)
    assert len(room.line.offsets) <= 12
    await room.telegram.close()


async def test_the_same_batch_over_and_over_is_asked_for_once_a_second(room: Room) -> None:
    room.line.script.extend([[text(10)] for _ in range(50)])
    await room.telegram.start()
    await room.clock.advance(10)
    assert len(room.line.offsets) <= 13
    await room.telegram.close()


async def test_a_wrong_token_is_said_and_asked_about_once_a_minute(room: Room) -> None:
    room.line.names.extend([Broken("Telegram does not know the bot's token")] * 3)
    await room.telegram.start()
    await room.clock.settle()
    assert room.telegram.status()["detail"] == "Telegram does not know the bot's token"
    await room.clock.advance(50)
    assert room.line.asked == 1
    await room.clock.advance(200)
    assert room.telegram.status()["ready"]
    await room.telegram.close()


async def test_what_was_refused_is_told_once_a_minute_and_at_the_end(room: Room) -> None:
    await room.telegram.start()
    await room.clock.advance(125)
    assert room.refused.flushes == 2
    await room.telegram.close()
    assert room.refused.flushes == 3


async def test_a_code_comes_with_where_to_send_it(room: Room) -> None:
    assert room.telegram.enrol("anna", Origin("cli")) == {"code": "CODE-anna", "bot": "", "address": ""}
    await room.telegram.start()
    await room.clock.settle()
    assert room.telegram.enrol("anna", Origin("cli"))["address"] == "https://t.me/claw_bot?start=CODE-anna"
    assert room.telegram.accounts()["accounts"] == []
    assert await room.telegram.revoke("anna", Origin("cli")) == {"accounts": 2}
    await room.telegram.close()
