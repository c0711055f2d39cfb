"""What a collector does never costs more than spans: it may be away, slow, refuse, and lie."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from claw.base.config_care import TracesConfig
from claw.base.degraded import Degraded
from claw.base.errors import Unavailable
from claw.base.tracing import span
from claw.channels.notifier import Sent
from claw.daemon import traces as module
from claw.daemon.traces import AT_ONCE, EVERY_S, LONGEST_S, MOST, Traces, address
from tests.held_clock import HeldClock


class Post:
    """Answers from a list, else 200; None is no answer, and a future is waited for."""

    def __init__(self) -> None:
        self.answers: deque[int | asyncio.Future[int] | None] = deque()
        self.posted: list[tuple[str, int]] = []
        self.closed = False

    async def __call__(self, url: str, sent: Sent) -> tuple[int, str]:
        self.posted.append((url, sent.body.count(b'"spanId"')))
        answer = self.answers.popleft() if self.answers else 200
        if isinstance(answer, asyncio.Future):
            answer = await answer
        if answer is None:
            raise Unavailable("it cannot be reached")
        return answer, ""

    async def close(self) -> None:
        self.closed = True


class Room:
    def __init__(self, sample: float = 1.0) -> None:
        self.clock = HeldClock()
        self.post = Post()
        self.degraded = Degraded(self.clock)
        config = TracesConfig(url="http://collector:4318", sample=sample)
        self.traces = Traces(config, self.clock, self.clock, self.degraded, self.post)

    def requests(self, count: int) -> None:
        for _ in range(count):
            with self.traces.tracing.trace("request"):
                pass


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encode on the loop: a held clock waits for no thread."""

    async def here(work: object, *arguments: object) -> object:
        return work(*arguments)  # type: ignore[operator]

    monkeypatch.setattr(module.asyncio, "to_thread", here)


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    made.traces.start()
    await made.clock.settle()
    yield made
    closing = asyncio.ensure_future(made.traces.close())
    await made.clock.advance(60)
    await closing
    assert made.post.closed


async def test_spans_are_sent_together_after_a_while(room: Room) -> None:
    room.requests(3)
    with room.traces.tracing.trace("request"), span("disk"):
        pass
    await room.clock.advance(EVERY_S - 1)
    assert not room.post.posted
    await room.clock.advance(2)
    assert room.post.posted == [("http://collector:4318/v1/traces", 5)]
    assert (room.traces.sent, room.traces.dropped) == (5, 0)


async def test_many_are_sent_at_once_and_in_parts(room: Room) -> None:
    room.requests(2 * AT_ONCE + 1)
    await room.clock.settle()
    assert [count for _, count in room.post.posted] == [AT_ONCE, AT_ONCE, 1]


@pytest.mark.parametrize("status", [None, 429, 503])
async def test_what_is_not_taken_now_is_tried_again_ever_later_and_said_once(room: Room, status: int | None) -> None:
    told: list[tuple[str, bool]] = []
    room.degraded.on_change(lambda fault, works: told.append((fault.part, works)))
    room.post.answers.extend([status] * 4)
    room.requests(1)
    await room.clock.advance(EVERY_S + 0.5)
    assert len(room.post.posted) == 1
    for pause, tries in ((4, 1), (2, 2), (8, 2), (3, 3), (21, 4), (41, 5)):
        await room.clock.advance(pause)
        assert len(room.post.posted) == tries
    assert (room.traces.sent, room.traces.dropped) == (1, 0)
    assert told == [("traces", False), ("traces", True)]


async def test_what_is_refused_is_gone_and_counted(room: Room) -> None:
    room.post.answers.append(400)
    room.requests(2)
    await room.clock.advance(EVERY_S + 1)
    assert (room.traces.sent, room.traces.dropped) == (0, 2)
    (fault,) = room.degraded.now()
    assert "400" in fault.text
    room.requests(1)
    await room.clock.advance(EVERY_S + 1)
    assert (room.traces.sent, room.degraded.now()) == (1, ())


async def test_a_collector_that_does_not_answer_is_given_up_and_what_waits_has_an_end(room: Room) -> None:
    silent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    room.post.answers.append(silent)
    room.requests(MOST + 7)
    assert room.traces.dropped == 7
    await room.clock.settle()
    assert len(room.post.posted) == 1
    await room.clock.advance(LONGEST_S + 1)
    assert silent.cancelled()
    assert room.degraded.now()[0].part == "traces"
    await room.clock.advance(60)
    assert (room.traces.sent, room.traces.dropped) == (MOST, 7)


async def test_the_last_are_sent_at_the_end_and_waited_for_no_longer_than_a_moment() -> None:
    room = Room()
    room.requests(2)
    await room.traces.close()
    assert (room.traces.sent, room.post.closed) == (2, True)
    room.post.answers.append(asyncio.get_running_loop().create_future())
    room.requests(1)
    closing = asyncio.ensure_future(room.traces.close())
    await room.clock.advance(1)
    assert not closing.done()
    await room.clock.advance(2)
    await closing


@pytest.mark.parametrize(("sample", "least", "most"), [(0.0, 0, 0), (1.0, 400, 400), (0.5, 120, 280)])
async def test_as_many_are_traced_as_the_configuration_says(sample: float, least: int, most: int) -> None:
    room = Room(sample)
    room.requests(400)
    assert least <= len(room.traces._waiting) <= most


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://c:4318", "http://c:4318/v1/traces"),
        ("http://c:4318/", "http://c:4318/v1/traces"),
        ("https://c/otlp", "https://c/otlp/v1/traces"),
        ("http://c/v1/traces", "http://c/v1/traces"),
    ],
)
def test_the_protocols_own_path_is_added(url: str, found: str) -> None:
    assert address(url) == found
