"""A skill by its phrase, up to the first word to a device: matched, bound, hashed, rehearsed, judged, written down.

    python bench/skills.py [ROUNDS] [--json]

The demo's house, and the same with 3,000 things; the skill that came with Claw for films, which looks at sixteen
things before it acts on three.  Time goes by the clock from the sentence to the first call of a device, with
both entries of the log durable on disk.  *As once before*: what it looks at is as it was at some earlier run, which is
what most evenings are.  *As never before*: it is not, so a process runs the program.  The processes of the sandbox are
warm; how long the first run takes stands apart.  Promised: at most 5 ms in the middle and 10 ms at the 99th percentile.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop
import yaml
from measure import Figure, p50, p99, report

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.daemon.build import Daemon, build
from claw.daemon.demo import FOLDER, demo_config
from claw.daemon.staging import Staging
from claw.gate.perform import Gate
from claw.house.model import Change
from claw.program.segment import Segments
from claw.skills.library import Library
from claw.skills.phrases import Phrases

ANNA = Origin(
    "web", "anna", "living_room", authenticated=True, source="bench", conversation="bench", strength="session"
)
SAID = "movie time"
LAMPS = ("light.living_room_ceiling", "light.living_room_lamp")
THINGS = (*LAMPS, "media_player.living_room_tv", "cover.living_room_curtain")
EVENINGS = 4
"""Houses that come again."""
ROUNDS = 300
DISK = "one entry on disk"
STEPS: tuple[tuple[type[Any], str, str], ...] = (
    (Phrases, "match", "match"),
    (Library, "whole", "hash its files"),
    (Segments, "rehearse", "rehearse"),
    (Gate, "begin", "judge"),
    (AuditLog, "append", DISK),
)


class Watch:
    """When the first device was spoken to, and how long each step before that took."""

    def __init__(self, daemon: Daemon) -> None:
        self.sent = 0.0
        self.disk = 0.0
        self.steps: dict[str, list[float]] = {}
        send = daemon.backend.perform

        async def perform(permit: Permit, action: Action) -> Acknowledgement:
            self.sent = self.sent or time.perf_counter()
            return await send(permit, action)

        daemon.backend.perform = perform  # type: ignore[method-assign]
        self._taken = [(owner, name, getattr(owner, name)) for owner, name, _ in STEPS]
        for owner, name, called in STEPS:
            setattr(owner, name, self._timed(getattr(owner, name), called))

    def end(self) -> None:
        """Leave the classes as they were."""
        for owner, name, real in self._taken:
            setattr(owner, name, real)

    def _timed(self, real: Callable[..., Any], called: str) -> Callable[..., Any]:
        def note(start: float) -> None:
            if not self.sent:
                took = (time.perf_counter() - start) * 1000
                self.steps.setdefault(called, []).append(took)
                self.disk += took if called == DISK else 0.0

        async def waited(*args: Any, **more: Any) -> Any:
            start = time.perf_counter()
            try:
                return await real(*args, **more)
            finally:
                note(start)

        def at_once(*args: Any, **more: Any) -> Any:
            start = time.perf_counter()
            try:
                return real(*args, **more)
            finally:
                note(start)

        return waited if asyncio.iscoroutinefunction(real) else at_once


def house(things: int) -> str:
    """Return the demo's house with lamps in other rooms until there are so many things."""
    found = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    rooms = [f"room_{number}" for number in range(100)]
    if things > len(found["entities"]):
        found["areas"] += [{"id": room, "name": room.replace("_", " ")} for room in rooms]
    found["entities"] += [
        {"entity_id": f"light.more_{at}", "name": f"More {at}", "area": rooms[at % 100], "state": "off"}
        for at in range(things - len(found["entities"]))
    ]
    return yaml.safe_dump(found, allow_unicode=True)


async def living(folder: Path, things: int, rooms: AsyncExitStack) -> Daemon:
    path = folder / "house.yaml"
    path.write_text(house(things), encoding="utf-8")
    config = demo_config(0)
    config = config.model_copy(
        update={"languages": ("en",), "house": config.house.model_copy(update={"simulated": path})}
    )
    daemon = await build(config, folder / "state", rooms, Staging(travel_s={}))
    await daemon.backend.connect(daemon.mirror)
    await daemon.mirror.wait_ready(30)
    daemon.skills.start()
    # What becomes of a skill whose lamps somebody changes three hundred times in ten minutes is another matter.
    daemon.skills.runner.ran.clear()
    return daemon


async def run(daemon: Daemon, watch: Watch, bright: tuple[int, int]) -> tuple[float, float]:
    """Let the evening come; return the milliseconds until the first device was spoken to, with the disk and without."""
    before = {thing: daemon.mirror.states[thing] for thing in THINGS}
    now = dict(before)
    for lamp, level in zip(LAMPS, bright, strict=True):
        now[lamp] = replace(before[lamp], value="on", attributes={**before[lamp].attributes, "brightness": level})
    now["media_player.living_room_tv"] = replace(before["media_player.living_room_tv"], value="off")
    now["cover.living_room_curtain"] = replace(before["cover.living_room_curtain"], value="closed")
    daemon.backend._states |= now  # type: ignore[attr-defined]  # noqa: SLF001  how the evening came is not measured
    daemon.mirror.changed([Change(thing, state) for thing, state in now.items()])
    daemon.skills.runner._times.clear()  # noqa: SLF001  an hour has only so many runs
    await asyncio.sleep(0.02)
    watch.sent = watch.disk = 0.0
    started = time.perf_counter()
    reply = await daemon.skills.skilled.answer(SAID, ANNA, "en")
    assert reply is not None
    assert reply.status == "done", reply
    took = (watch.sent - started) * 1000
    return took, took - watch.disk


async def measure(things: int, rounds: int) -> list[Figure]:
    chance = random.Random(7)
    evenings = [(chance.randint(60, 255), chance.randint(60, 255)) for _ in range(EVENINGS)]
    fresh = [(first, second) for first in range(60, 250) for second in range(60, 250)]
    chance.shuffle(fresh)
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as rooms:
            daemon = await living(Path(folder), things, rooms)
            watch = Watch(daemon)
            rooms.callback(watch.end)
            first = await run(daemon, watch, evenings[0])
            for evening in evenings * 3:
                await run(daemon, watch, evening)
            watch.steps.clear()
            again = [await run(daemon, watch, evenings[at % EVENINGS]) for at in range(rounds)]
            steps = dict(watch.steps)
            watch.steps.clear()
            never = [await run(daemon, watch, fresh.pop()) for _ in range(rounds)]
    named = f"{things:,} things"
    return [
        Figure(f"{named}: as once before, p50", p50([one for one, _ in again]), "ms", most=5),
        Figure(f"{named}: as once before, p99", p99([one for one, _ in again]), "ms", most=10),
        Figure(f"{named}: ... without the disk, p50", p50([one for _, one in again]), "ms"),
        Figure(f"{named}: ... without the disk, p99", p99([one for _, one in again]), "ms"),
        *(Figure(f"{named}: ... {step}, p50", p50(times), "ms") for step, times in steps.items()),
        Figure(f"{named}: as never before, p50", p50([one for one, _ in never]), "ms"),
        Figure(f"{named}: as never before, p99", p99([one for one, _ in never]), "ms"),
        Figure(f"{named}: ... without the disk, p50", p50([one for _, one in never]), "ms"),
        Figure(f"{named}: ... rehearse in a process, p50", p50(watch.steps["rehearse"]), "ms"),
        Figure(f"{named}: the first run, with what runs programs", first[0], "ms"),
    ]


async def all_of_it() -> list[Figure]:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    figures: list[Figure] = []
    for things in (60, 3_000):
        figures += await measure(things, numbers[0] if numbers else ROUNDS)
    return figures


if __name__ == "__main__":
    report(uvloop.run(all_of_it()), "the sentence by itself: what other rooms hear of it first is in turn.py")
