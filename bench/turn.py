"""A sentence inside the process, without HTTP, disk and device: recognised, validated and decided; and no long pauses.

    python bench/turn.py [--json]

The demo's house, languages and policy in one process.  Promised: a sentence said before in at most 0.05 ms, a new one
in at most 12 ms at p99, and no pause of the garbage collector above 25 ms during 1,000 whole turns.
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


def recognise_and_decide(daemon: Daemon, sentences: Sequence[str]) -> tuple[list[float], int]:
    """Return ms for each sentence and how many were understood as commands."""
    house, judge = daemon.mirror.house(), daemon.gate._judge  # noqa: SLF001  the step by itself is what is measured
    ms: list[float] = []
    understood = 0
    for sentence in sentences:
        started = time.perf_counter()
        meant = daemon.intents.recognise(sentence, house, ORIGIN)
        if isinstance(meant, Command):
            judge.judge(meant.actions, ORIGIN)
            understood += 1
        ms.append((time.perf_counter() - started) * 1000)
    return ms, understood


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
            fresh, understood = recognise_and_decide(daemon, sentences[:NEW])
            assert understood >= NEW, f"only {understood} of {NEW} sentences were understood"
            again, _ = recognise_and_decide(daemon, [f"turn {s} the kitchen lights" for s in ("on", "off")] * REPEATED)
            turns: list[float] = []
            for sentence in sentences[NEW:]:
                started = time.perf_counter()
                reply = await daemon.desk.say(sentence, ORIGIN)
                turns.append((time.perf_counter() - started) * 1000)
                assert reply.status in {"done", "started"}, (sentence, reply)
        return [
            Figure("said before: recognised and decided, p50", p50(again), "ms", most=0.05),
            Figure("said before: recognised and decided, p99", p99(again), "ms"),
            Figure("new: recognised and decided, p50", p50(fresh), "ms"),
            Figure("new: recognised and decided, p99", p99(fresh), "ms", most=12),
            Figure("whole turn, simulated device, log on disk, p50", p50(turns), "ms"),
            Figure("whole turn, simulated device, log on disk, p99", p99(turns), "ms"),
            Figure(f"longest collector pause in {TURNS:,} turns", max(pauses.ms, default=0.0), "ms", most=25),
            Figure("collections during that", len(pauses.ms), ""),
        ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        figures = uvloop.run(measure(Path(name)))
    report(figures, "in one process; five languages active")


if __name__ == "__main__":
    main()
