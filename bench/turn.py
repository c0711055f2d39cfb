"""A sentence inside the process, without HTTP, disk and device: recognised, validated and decided; and no long pauses.

    python bench/turn.py [--json]

The demo's house, languages and policy in one process.  Promised: a sentence said before in at most 0.05 ms, a new one
in at most 12 ms of the processor at p99, and no pause of the garbage collector above 25 ms: not during 1,000 whole
turns, and not when one sentence that nobody understands wakes the four languages that slept.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop
from measure import Figure, Pauses, p50, p99, report

from claw.base.action import Origin
from claw.daemon.build import Daemon
from claw.daemon.demo import demo_config
from claw.daemon.run import serve
from claw.mind.understood import Command

ORIGIN = Origin("web", "anna", authenticated=True, source="bench", conversation="bench")
TURNS = 1_000
NEW = 600
REPEATED = 5_000


def new_sentences(daemon: Daemon, count: int) -> list[str]:
    """Return sentences about lights of this house, each said once."""
    registry, states = daemon.mirror.registry, daemon.mirror.states
    names = sorted(
        one.name.lower()
        for one in registry.entities.values()
        if one.domain == "light" and "onoff" not in states[one.entity_id].attributes["supported_color_modes"]
    )
    found = [
        shape.format(name=name, percent=percent)
        for shape in (
            "set the {name} brightness to {percent}%",
            "set the brightness of the {name} to {percent} percent",
        )
        for name in names
        for percent in range(1, 101)
    ]
    random.Random(7).shuffle(found)
    assert len(found) >= count
    return found[:count]


async def recognise_and_decide(daemon: Daemon, sentences: Sequence[str]) -> tuple[list[float], list[float], int]:
    """Return ms for each sentence, by the clock and of the processor, and how many were understood as commands."""
    house, judge = daemon.mirror.house(), daemon.gate._judge  # noqa: SLF001  the step by itself is what is measured
    ms: list[float] = []
    processor: list[float] = []
    understood = 0
    for sentence in sentences:
        started, spent = time.perf_counter(), time.process_time()
        assert await daemon.memory.memos.answer(sentence, ORIGIN) is None
        meant = daemon.intents.recognise(sentence, house, ORIGIN)
        if isinstance(meant, Command):
            judge.judge(meant.actions, ORIGIN)
            understood += 1
        processor.append((time.process_time() - spent) * 1000)
        ms.append((time.perf_counter() - started) * 1000)
    return ms, processor, understood


async def woken(daemon: Daemon) -> tuple[float, float, float]:
    """Wake every language; return ms of the sentence that did, the longest collector pause and the loop's stall."""
    stalls = [0.0]

    async def beat() -> None:
        while True:
            last = time.perf_counter()
            await asyncio.sleep(0.001)
            stalls.append((time.perf_counter() - last) * 1000 - 1)

    beating = asyncio.create_task(beat())
    with Pauses() as pauses:
        started = time.perf_counter()
        reply = await daemon.desk.say("no language has such words", ORIGIN)
        took = (time.perf_counter() - started) * 1000
    beating.cancel()
    assert reply.status == "unclear"
    return took, max(pauses.ms, default=0.0), max(stalls)


async def measure(state: Path) -> list[Figure]:
    built: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    async with AsyncExitStack() as stack:
        serving = asyncio.create_task(serve(demo_config(0), state, built.set_result, ending))
        stack.push_async_callback(asyncio.wait, [serving])
        stack.callback(ending.set)
        await asyncio.wait([serving, built], return_when=asyncio.FIRST_COMPLETED)
        daemon = built.result()
        sentences = new_sentences(daemon, NEW + TURNS)
        with Pauses() as pauses:
            fresh, fresh_processor, understood = await recognise_and_decide(daemon, sentences[:NEW])
            assert understood == NEW, f"only {understood} of {NEW} sentences were understood"
            again, _, _ = await recognise_and_decide(
                daemon, [f"turn {s} the kitchen lights" for s in ("on", "off")] * REPEATED
            )
            turns: list[float] = []
            for sentence in sentences[NEW:]:
                started = time.perf_counter()
                reply = await daemon.desk.say(sentence, ORIGIN)
                turns.append((time.perf_counter() - started) * 1000)
                assert reply.status in {"done", "started"}, (sentence, reply)
        waking_ms, waking_pause, waking_stall = await woken(daemon)
        return [
            Figure("said before: recognised and decided, p50", p50(again), "ms", most=0.05),
            Figure("said before: recognised and decided, p99", p99(again), "ms"),
            Figure("new: recognised and decided, p50", p50(fresh), "ms"),
            Figure("new: recognised and decided, p99 in processor time", p99(fresh_processor), "ms", most=12),
            Figure("new: recognised and decided, p99 by the clock", p99(fresh), "ms"),
            Figure("whole turn, simulated device, log on disk, p50", p50(turns), "ms"),
            Figure("whole turn, simulated device, log on disk, p99", p99(turns), "ms"),
            Figure(f"longest collector pause in {TURNS:,} turns", max(pauses.ms, default=0.0), "ms", most=25),
            Figure("collections during that", len(pauses.ms), ""),
            Figure("four languages woken by one sentence", waking_ms, "ms"),
            Figure("longest collector pause meanwhile", waking_pause, "ms", most=25),
            Figure("longest stall of the loop meanwhile", waking_stall, "ms"),
        ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        figures = uvloop.run(measure(Path(name)))
    report(figures, "in one process; five languages, four of them asleep")


if __name__ == "__main__":
    main()
