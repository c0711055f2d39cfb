"""A call that is under way when the stop engages ends there, as unknown; a cancellation of somebody else stays one."""

import asyncio

import pytest

from claw.base.errors import UnknownOutcome
from claw.gate.running import Running


async def test_a_call_is_cut_wherever_it_waits() -> None:
    running = Running()
    done: list[str] = []

    async def call() -> None:
        with running.call():
            await asyncio.sleep(60)
            done.append("the effect")

    tasks = [asyncio.create_task(call()) for _ in range(5)]
    await asyncio.sleep(0)
    running.cut()
    for task in tasks:
        with pytest.raises(UnknownOutcome, match="cut by the stop"):
            await task
    assert done == []


async def test_the_task_goes_on_after_its_call_was_cut() -> None:
    running = Running()

    async def call() -> str:
        try:
            with running.call():
                await asyncio.sleep(60)
        except UnknownOutcome:
            await asyncio.sleep(0)  # a task that is still being cancelled could not wait
            return "told"
        return "done"

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    running.cut()
    running.cut()
    assert await task == "told"
    assert task.cancelling() == 0


@pytest.mark.parametrize("cut", [True, False])
async def test_somebody_elses_cancellation_is_not_swallowed(cut: bool) -> None:
    running = Running()

    async def call() -> None:
        with running.call():
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    if cut:
        running.cut()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_ended_before_is_not_cut() -> None:
    running = Running()
    with running.call():
        await asyncio.sleep(0)
    running.cut()
    await asyncio.sleep(0)
