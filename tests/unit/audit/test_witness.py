"""How notes get to a witness: one at a time, the newest at last, and nobody waits for what hangs."""

import asyncio
import threading

import pytest

from claw.audit.note import Note
from claw.audit.witness import KEEP_S, RETRY_S, Courier, Errand
from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from tests.held_clock import HeldClock
from tests.signed_log import note


class Slow:
    """A witness that waits for ``go`` each time."""

    name = "slow"
    writable_by_claw = True

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.kept: list[int] = []
        self.fails: Exception | None = None

    async def keep(self, note: Note, key: str) -> None:
        del key
        await self.go.wait()
        if self.fails is not None:
            raise self.fails
        self.kept.append(note.checkpoint.size)

    def read(self) -> list[str]:
        return []


async def test_what_waits_is_replaced_by_what_is_newer() -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    for size in range(1, 6):
        courier.hand(note(size), "k")
        await HeldClock.settle()
    witness.go.set()
    await HeldClock.settle()
    assert witness.kept == [1, 5]
    assert courier.kept == note(5)


async def test_a_note_that_takes_too_long_is_given_up_and_said() -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    courier.hand(note(1), "k")
    await clock.advance(KEEP_S + 1)
    assert "takes longer than" in courier.problem
    witness.go.set()
    courier.retry()
    assert witness.kept == [], "not before a minute"
    await clock.advance(RETRY_S)
    courier.retry()
    await HeldClock.settle()
    assert witness.kept == [1]
    assert courier.problem == ""


@pytest.mark.parametrize("fails", [Unavailable("full"), RuntimeError("a bug")])
async def test_one_that_fails_takes_the_next_note(fails: Exception) -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    witness.go.set()
    witness.fails = fails
    courier.hand(note(1), "k")
    await HeldClock.settle()
    assert courier.problem
    assert courier.kept is None
    witness.fails = None
    courier.hand(note(2), "k")
    await HeldClock.settle()
    assert (witness.kept, courier.problem) == ([2], "")


async def test_an_errand_gives_back_what_was_done_and_raises_what_was_raised() -> None:
    errand = Errand("it")
    assert await errand.run(lambda: threading.current_thread() is threading.main_thread()) is False

    def fails() -> None:
        raise Unavailable("no")

    with pytest.raises(Unavailable, match="no"):
        await errand.run(fails)


async def test_while_an_errand_hangs_no_second_one_is_begun() -> None:
    errand, go = Errand("the disk"), threading.Event()
    first = asyncio.ensure_future(errand.run(go.wait))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="the disk still hangs"):
        await errand.run(lambda: None)
    go.set()
    assert await asyncio.wait_for(first, 5)


async def test_a_courier_reads_its_witness_in_a_thread() -> None:
    class Reads(Slow):
        def read(self) -> list[str]:
            return [str(threading.current_thread() is threading.main_thread())]

    assert await Courier(Reads(), SystemClock(), SystemClock()).read() == ["False"]


async def test_a_note_that_was_not_taken_is_brought_again_after_a_minute_and_not_before() -> None:
    clock, witness = HeldClock(), Slow()
    await clock.advance(1000)
    courier = Courier(witness, clock, clock)
    witness.go.set()
    witness.fails = Unavailable("full")
    courier.hand(note(1), "k")
    await HeldClock.settle()
    witness.fails = None
    for seconds, kept in ((RETRY_S - 1, []), (1, [1]), (RETRY_S, [1])):
        await clock.advance(seconds)
        courier.retry()
        await HeldClock.settle()
        assert witness.kept == kept


async def test_what_is_newer_is_not_replaced_by_what_was_not_taken() -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    witness.go.set()
    witness.fails = Unavailable("full")
    courier.hand(note(1), "k")
    await HeldClock.settle()
    witness.fails = None
    await clock.advance(RETRY_S)
    courier.hand(note(2), "k")
    courier.retry()
    await HeldClock.settle()
    assert witness.kept == [2]


async def test_what_is_wrong_with_a_witness_is_said_once_for_each_thing(caplog: pytest.LogCaptureFixture) -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    witness.go.set()
    for fails in ("full", "full", None, "full", "gone"):
        witness.fails = Unavailable(fails) if fails else None
        courier.hand(note(1), "k")
        await HeldClock.settle()
    said = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert said == ["full", "full", "gone"]


async def test_a_witness_that_takes_too_long_to_be_read_is_said() -> None:
    go = threading.Event()

    class Hangs(Slow):
        def read(self) -> list[str]:
            go.wait(5)
            return ["late"]

    clock = HeldClock()
    reading = asyncio.ensure_future(Courier(Hangs(), clock, clock).read())
    await clock.advance(KEEP_S)
    with pytest.raises(Unavailable, match="slow takes longer than 10 s to be read"):
        await reading
    go.set()


async def test_an_errand_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    assert await Errand("it").run(lambda: threading.current_thread().daemon)


async def test_the_end_waits_for_what_is_on_its_way_and_not_for_ever() -> None:
    clock, witness = HeldClock(), Slow()
    courier = Courier(witness, clock, clock)
    await courier.wait(2)
    courier.hand(note(1), "k")
    ending = asyncio.ensure_future(courier.wait(2))
    await clock.advance(1)
    assert not ending.done()
    await clock.advance(1)
    await ending
    witness.go.set()
    await HeldClock.settle()
    assert witness.kept == []
    courier.hand(note(2), "k")
    await courier.wait(2)
    assert witness.kept == [2]
    await courier.wait(2)
