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
