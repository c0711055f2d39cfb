"""The same key is the same request."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from claw.base.errors import Refused
from claw.channels.once import KEPT_S, MOST_KEPT, Once
from tests.held_clock import HeldClock


class Room:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.once = Once(self.clock)
        self.done: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    def work(self, name: str) -> Callable[[], Awaitable[str]]:
        async def work() -> str:
            self.done.append(name)
            await self.go.wait()
            if name == "refused":
                raise Refused("no")
            return f"did {name}"

        return work


@pytest.fixture
def room() -> Room:
    return Room()


async def test_the_same_key_of_the_same_program_is_done_once_and_answered_each_time(room: Room) -> None:
    answers = [await room.once("uid 0", "k", room.work(name)) for name in ("a", "b")]
    assert (answers, room.done) == (["did a", "did a"], ["a"])
    assert await room.once("uid 1", "k", room.work("c")) == "did c"
    assert await room.once("uid 0", "other", room.work("d")) == "did d"


async def test_without_a_key_each_is_another(room: Room) -> None:
    assert [await room.once("uid 0", "", room.work(name)) for name in ("a", "b")] == ["did a", "did b"]


async def test_who_asks_again_while_it_is_under_way_waits_for_the_same(room: Room) -> None:
    room.go.clear()
    first, second = (asyncio.ensure_future(room.once("uid 0", "k", room.work(name))) for name in ("a", "b"))
    await room.clock.settle()
    first.cancel()  # its line broke
    await room.clock.settle()
    room.go.set()
    assert await second == "did a"
    assert room.done == ["a"]


async def test_what_was_refused_is_refused_again(room: Room) -> None:
    for _ in range(2):
        with pytest.raises(Refused):
            await room.once("uid 0", "k", room.work("refused"))
    assert room.done == ["refused"]


async def test_a_key_is_forgotten_after_a_minute_with_the_words_it_held(room: Room) -> None:
    await room.once("uid 0", "k", room.work("a"))
    await room.clock.advance(KEPT_S)
    assert await room.once("uid 0", "k", room.work("b")) == "did b"
    assert len(room.once._asked) == 1


async def test_keys_are_bounded_and_the_oldest_answer_makes_room(room: Room) -> None:
    for number in range(MOST_KEPT + 5):
        await room.once("uid 0", f"k{number}", room.work("a"))
    assert len(room.once._asked) == MOST_KEPT
    assert await room.once("uid 0", f"k{MOST_KEPT}", room.work("b")) == "did a"
    assert await room.once("uid 0", "k0", room.work("b")) == "did b"


async def test_where_all_of_them_are_under_way_what_comes_is_done_all_the_same(room: Room) -> None:
    room.go.clear()
    under_way = [asyncio.ensure_future(room.once("uid 0", f"k{at}", room.work("a"))) for at in range(MOST_KEPT)]
    await room.clock.settle()
    stop = asyncio.ensure_future(room.once("uid 0", "one more", room.work("stop")))
    await room.clock.settle()
    assert room.done[-1] == "stop"
    room.go.set()
    await asyncio.gather(stop, *under_way)
    assert len(room.once._asked) == MOST_KEPT
