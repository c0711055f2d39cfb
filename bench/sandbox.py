"""What a program costs before it has done anything: the pool, a run, a call and back, plain and in bubblewrap.

    python bench/sandbox.py [--json]

Rounds of the two are interleaved, as others may share the machine.  Stubs name 3,000 entities, the whole of a large
house.  Promised: registered processes dead within 15 ms of the stop (p99), within 75 ms in bubblewrap.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from measure import Figure, p50, p99, report

from claw.base.clock import SystemClock
from claw.gate.children import Children
from claw.program.confined import bubblewrap
from claw.program.events import Ended, Value, Wave
from claw.program.sandbox import Sandbox

STARTS = 10
ROUNDS = 60
CALLS = 50
KILLS = 100
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LIGHTS = ", ".join(f'"light.lamp_{number}"' for number in range(3_000))
STUBS = f"""
from typing import Any, Literal
Light = Literal[{LIGHTS}]
async def call(service: str, entities: Light, **data: Any) -> dict[str, Any]: ...
def state(entity: Light) -> str: ...
"""
ASKS = f'n = 0\nwhile n < {CALLS}:\n    n += 1\n    await call("light.turn_on", "light.lamp_1", brightness=5)'
LOOKS = ASKS.replace("await call(", "state(").replace('"light.turn_on", ', "").replace(", brightness=5", "")
Wrapper = Literal["auto", "plain"]


class Times(dict[str, list[float]]):
    """Milliseconds by what was done."""

    def note(self, name: str, started: float, *, over: int = 1) -> None:
        self.setdefault(name, []).append((time.perf_counter() - started) * 1000 / over)


def sandbox(children: Children, wrapper: Wrapper) -> Sandbox:
    return Sandbox.open(children, SystemClock(), lambda: False, wrapper=wrapper)


async def start(times: Times, wrapper: Wrapper, tried: Sandbox) -> None:
    one = sandbox(Children(), wrapper)
    one._launcher = tried._launcher  # noqa: SLF001  written and tried once, when a daemon has its first program
    started = time.perf_counter()
    async with one.session("", NOW, 1, typed=False) as session:
        times.note("pool start and first process", started)
        assert isinstance(await session.start("1"), Ended)
    await one.close()


async def calls(times: Times, name: str, one: Sandbox, source: str) -> None:
    async with one.session(STUBS, NOW, 1, typed=False) as session:
        event = await session.start("0\n" + source)
        started = time.perf_counter()
        while isinstance(event, Wave):
            event = await session.resume({call.id: Value({"status": "done"}) for call in event.calls})
        assert isinstance(event, Ended), event
        times.note(name, started, over=CALLS)


async def rounds(times: Times, one: Sandbox) -> None:
    started = time.perf_counter()
    async with one.session(STUBS, NOW, 1, typed=False) as session:
        times.note("process of the pool checked out", started)
        started = time.perf_counter()
        assert isinstance(await session.start("1 + 1"), Ended)
        times.note("run", started)
    await calls(times, "call and back, awaited", one, ASKS)
    await calls(times, "call and back, not awaited", one, LOOKS)
    await one.warm(STUBS, NOW)
    started = time.perf_counter()
    async with one.session(STUBS, NOW, 1) as session:
        event = await session.start('await call("light.turn_on", "light.lamp_7")')
        times.note("check of types and run to the first call, warmed", started)
        assert isinstance(event, Wave)
        started = time.perf_counter()
        kept = session.dump()
        times.note("dump", started)
        async with one.session(STUBS, NOW, 1, typed=False) as other:
            started = time.perf_counter()
            assert isinstance(await other.load(kept), Wave)
            times.note("load", started)


async def cold(times: Times, wrapper: Wrapper) -> None:
    one = sandbox(Children(), wrapper)
    await one.ready()
    started = time.perf_counter()
    async with one.session(STUBS, NOW, 1) as session:
        assert isinstance(await session.start('await call("light.turn_on", "light.lamp_7")'), Wave)
        times.note("check of types and run to the first call, not warmed", started)
    await one.close()


async def kill(times: Times, wrapper: Wrapper) -> None:
    children = Children()
    one = sandbox(children, wrapper)
    async with one.session(STUBS, NOW, 1, typed=False) as session:
        event = await session.start('state("light.lamp_1")\nwhile True:\n    pass')
        assert isinstance(event, Wave)
        running = asyncio.create_task(session.resume({event.calls[0].id: Value("on")}))
        await asyncio.sleep(0.02)
        below = list(_below(session.pid)) or [session.pid]
        started = time.perf_counter()
        children.kill()
        while any(_runs(pid) for pid in below):  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0)
        times.note("stop to every process dead", started)
        assert not isinstance(await running, (Wave, Ended))
    await one.close()


def _below(pid: int) -> Iterable[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from _below(int(child))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


async def measure() -> dict[str, Times]:
    ways: dict[str, Wrapper] = {"plain": "plain", **({"bubblewrap": "auto"} if bubblewrap() else {})}
    found = {name: Times() for name in ways}
    async with AsyncExitStack() as rooms:
        ready = {}
        for name, wrapper in ways.items():
            ready[name] = sandbox(Children(), wrapper)
            rooms.push_async_callback(ready[name].close)
            assert await ready[name].ready() == name
        for _ in range(STARTS):
            for name, wrapper in ways.items():
                await start(found[name], wrapper, ready[name])
                await cold(found[name], wrapper)
        for _ in range(ROUNDS):
            for name in ways:
                await rounds(found[name], ready[name])
    for _ in range(KILLS):
        for name, wrapper in ways.items():
            await kill(found[name], wrapper)
    return found


def main() -> None:
    figures: list[Figure] = []
    for way, times in asyncio.run(measure()).items():
        for name, taken in times.items():
            figures.append(Figure(f"{way}: {name}, p50", round(p50(taken), 3), "ms"))
            most = (15 if way == "plain" else 75) if name.startswith("stop") else None
            figures.append(Figure(f"{way}: {name}, p99", round(p99(taken), 3), "ms", most=most))
    report(figures, f"{os.cpu_count()} cores; {ROUNDS} rounds, {KILLS} stops; 3,000 entities in the stubs")


if __name__ == "__main__":
    main()
