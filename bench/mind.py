"""The work around one call of a model, and what the model is sent, in houses of 100, 1,000 and 3,000 things.

    python bench/mind.py [rounds] [--json]

Timed are the steps of a request without the model, the disk and the devices: prompt, type check and rehearsal in a real
sandbox, and the gate's judgement of the plan.  ``warm``: a process knows the house already, as it does while the model
writes; ``cold``: none does.  Promised: at 3,000 things at most 15 ms in the middle and 30 ms at the 99th percentile
when warm, 40 ms at the 99th percentile when cold; a prompt of at most 6 KB in every house.
"""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from measure import Figure, p50, p99, report

from claw.base.action import Origin
from claw.base.config import AuditConfig, Config, HouseConfig, ListenConfig, ModelConfig, PersonConfig
from claw.daemon.build import Daemon, build
from claw.program.job import Job

ROOMS = 60
KINDS = ("light", "sensor", "switch", "cover", "binary_sensor", "climate", "lock")
ATTRIBUTES = {
    "light": {"supported_color_modes": ["brightness"], "brightness": 120, "color_mode": "brightness"},
    "sensor": {"unit_of_measurement": "°C", "device_class": "temperature"},
    "cover": {"supported_features": 15, "current_position": 40, "device_class": "blind"},
    "climate": {"temperature": 20, "current_temperature": 21.5, "min_temp": 7, "max_temp": 30, "supported_features": 1},
}
STATES = {"light": "on", "sensor": "21.5", "cover": "open", "climate": "heat", "lock": "locked"}
SAID = (
    "turn off the lights in room {room} unless the cover there is closed",
    "if it is warmer than 20 degrees in room {room} close the covers",
    "everything off but switch thing {thing}",
    "is light thing {thing} on, and what is sensor thing {thing} telling",
)
POLICY = 'version: 1\nrules:\n  - {id: all, allow: ["light.*", "switch.*", "cover.*", "climate.*"]}\n'
ANNA = Origin("web", "anna", authenticated=True, source="bench", conversation="bench", strength="session")


def house(count: int) -> str:
    entities = [
        {
            "entity_id": f"{kind}.thing_{at}",
            "name": f"{kind.title()} Thing {at}",
            "area": f"room_{at % ROOMS}",
            "state": STATES.get(kind, "off"),
            "attributes": ATTRIBUTES.get(kind, {}),
        }
        for at in range(count)
        for kind in (KINDS[at % len(KINDS)],)
    ]
    areas = [{"id": f"room_{at}", "name": f"Room {at}"} for at in range(ROOMS)]
    return json.dumps({"areas": areas, "entities": entities})


def program(number: int) -> str:
    at = number * len(KINDS) % 98
    return (
        f'if state("sensor.thing_{at + 1}") > 20:\n'
        f'    await call("light.turn_off", "light.thing_{at}")\n'
        f'await call("switch.turn_on", "switch.thing_{at + 2}")\n'
        f'await call("cover.close_cover", ["cover.thing_{at + 3}"])\n'
    )


async def living(folder: Path, count: int, rooms: AsyncExitStack) -> Daemon:
    (folder / "house.yaml").write_text(house(count), encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    config = Config(
        house=HouseConfig(simulated=folder / "house.yaml"),
        model=ModelConfig(name="none", base_url="http://127.0.0.1:9/v1"),
        policy=folder / "policy.yaml",
        listen=ListenConfig(port=0),
        people=(PersonConfig(id="anna", name="Anna", role="owner"),),
        audit=AuditConfig(journald=False),
    )
    daemon = await build(config, folder / "state", rooms)
    await daemon.backend.connect(daemon.mirror)
    await daemon.mirror.wait_ready(30)
    return daemon


async def measure(count: int, rounds: int, *, warm: bool) -> tuple[dict[str, list[float]], int]:
    """Return milliseconds by step, and the largest prompt in bytes."""
    steps: dict[str, list[float]] = {"prompt": [], "check and rehearse": [], "judge": [], "all": []}
    largest = 0
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as rooms:
            daemon = await living(Path(folder), count, rooms)
            thoughts = daemon.thinking
            assert thoughts is not None
            sight, programs, judge = thoughts.planner.sight, thoughts.programs, daemon.desk.ruling.judge
            await sight.messages("hello", ANNA, "en")
            for number in range(rounds):
                if warm:
                    await programs.warm()
                said = SAID[number % len(SAID)].format(room=number % ROOMS, thing=number % 90)
                start = time.perf_counter()
                messages = await sight.messages(said, ANNA, "en")
                prompted = time.perf_counter()
                job = Job(f"b{number}", program(number), ANNA, said, datetime(2026, 5, 1, tzinfo=UTC), number)
                rehearsal = await programs.segments.rehearse(job)
                rehearsed = time.perf_counter()
                assert len(rehearsal.actions) >= 2, rehearsal
                plan = judge.judge(rehearsal.actions, ANNA)
                judged = time.perf_counter()
                assert plan.denied is None, plan.denied
                largest = max(largest, sum(len(one["content"].encode()) for one in messages))
                took = (prompted - start, rehearsed - prompted, judged - rehearsed, judged - start)
                for name, seconds in zip(steps, took, strict=True):
                    steps[name].append(seconds * 1000)
    return steps, largest


async def figures_of(count: int, rounds: int) -> list[Figure]:
    warm, largest = await measure(count, rounds, warm=True)
    cold, _ = await measure(count, rounds // 3, warm=False)
    last = count == 3_000
    return [
        Figure(f"{count:,} things: prompt, largest", largest, "bytes", most=6_000),
        *(Figure(f"{count:,} things: {name}, p50", p50(times), "ms") for name, times in warm.items() if name != "all"),
        Figure(f"{count:,} things: around a call, warm, p50", p50(warm["all"]), "ms", most=15 if last else None),
        Figure(f"{count:,} things: around a call, warm, p99", p99(warm["all"]), "ms", most=30 if last else None),
        Figure(f"{count:,} things: around a call, cold, p50", p50(cold["all"]), "ms"),
        Figure(f"{count:,} things: around a call, cold, p99", p99(cold["all"]), "ms", most=40 if last else None),
    ]


async def all_of_it() -> list[Figure]:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    figures: list[Figure] = []
    for count in (100, 1_000, 3_000):
        figures += await figures_of(count, numbers[0] if numbers else 300)
    return figures


if __name__ == "__main__":
    report(asyncio.run(all_of_it()), "without the model, the disk and the devices")
