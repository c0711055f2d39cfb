"""One box: 3,000 things, 50 satellites and 20 people at once, beside the demo's house with one of each.

    python bench/scale.py [--json] [--seconds N]

A daemon in a process of its own on a simulated house.  Each satellite brings a sentence to the Wyoming
server every few seconds; each person has an open page (its event stream) and says one over HTTP as often.  What is
measured is the time until the answer, the daemon's memory and its share of a core.  Nothing here is promised but what
the figures of single sentences promise; docs/scale.md says what they mean.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml
from measure import Daemon, Figure, daemon, p50, p99, processor_s, report

from claw.base.clock import SystemClock
from claw.daemon.demo import FOLDER
from claw.voice.frames import CLIENT, Frame, FrameReader, encode

EVERY_S = 4.0
ROOMS = 60


@dataclass(frozen=True)
class Home:
    """How large a home is."""

    things: int
    satellites: int
    people: int


@dataclass
class Heard:
    """Milliseconds until each answer, by who asked, and how often the answer was no done act."""

    spoken: list[float] = field(default_factory=list[float])
    typed: list[float] = field(default_factory=list[float])
    otherwise: int = 0


def configuration(folder: Path, home: Home) -> tuple[Path, int]:
    """Write a home of that size; return its configuration and the port for satellites."""
    house = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    if home.things > len(house["entities"]):
        house["areas"] += [{"id": f"room_{number}", "name": f"Room {number}"} for number in range(ROOMS)]
    lamps = [
        {"entity_id": f"light.lamp_{at}", "name": f"Lamp {at}", "area": f"room_{at % ROOMS}", "state": "off"}
        for at in range(home.things - len(house["entities"]))
    ]
    house["entities"] += lamps
    house.pop("people")
    (folder / "house.yaml").write_text(yaml.safe_dump(house, allow_unicode=True), encoding="utf-8")
    people = [{"id": "anna", "name": "Anna", "role": "owner", "uid": os.getuid()}]
    people += [{"id": f"p{at}", "name": f"Person {at}", "role": "adult"} for at in range(1, home.people)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    written = {
        "house": {"simulated": "house.yaml"},
        "policy": str(FOLDER.parents[2] / "policy.example.yaml"),
        "listen": {"port": 0},
        "people": people,
        "voice": {"wyoming": {"port": port}},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    return path, port


def sentence(chance: random.Random, home: Home) -> str:
    """Return what somebody says."""
    if home.things < 1_000:
        return (
            f"turn {chance.choice(('on', 'off'))} the {chance.choice(('kitchen lights', 'hall light', 'porch light'))}"
        )
    return f"turn {chance.choice(('on', 'off'))} lamp {chance.randrange(home.things - 200)}"


async def satellite(port: int, name: int, home: Home, until: float, heard: Heard) -> None:
    """Be a satellite that brings a sentence every few seconds, on a connection of its own as Home Assistant does."""
    chance = random.Random(name)
    await asyncio.sleep(chance.random() * EVERY_S)
    while time.monotonic() < until:
        asked = Frame("transcript", {"text": sentence(chance, home), "context": {"conversation_id": f"s{name}"}})
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(encode(asked))
        answer = await FrameReader(CLIENT).read(reader, SystemClock(), 30.0)
        assert answer is not None
        heard.spoken.append((time.perf_counter() - began) * 1000)
        writer.close()
        heard.otherwise += answer.type != "handled"
        await asyncio.sleep(chance.uniform(0.5, 1.5) * EVERY_S)


async def person(base: str, token: str, name: int, home: Home, until: float, heard: Heard) -> None:
    """Be somebody with an open page who types a sentence every few seconds."""
    chance = random.Random(1_000 + name)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        events = await http.get(f"{base}api/events", timeout=aiohttp.ClientTimeout(total=None))
        reading = asyncio.create_task(_drain(events))
        await asyncio.sleep(chance.random() * EVERY_S)
        while time.monotonic() < until:
            began = time.perf_counter()
            async with http.post(f"{base}api/messages", json={"text": sentence(chance, home)}) as answer:
                reply = await answer.json()
            heard.typed.append((time.perf_counter() - began) * 1000)
            heard.otherwise += reply.get("status") != "done"
            await asyncio.sleep(chance.uniform(0.5, 1.5) * EVERY_S)
        reading.cancel()


async def _drain(events: aiohttp.ClientResponse) -> None:
    async for _ in events.content.iter_any():
        pass


async def lived(running: Daemon, port: int, home: Home, seconds: float) -> tuple[Heard, float]:
    """Return what was heard, and the daemon's share of a core meanwhile."""
    names = ["anna", *(f"p{at}" for at in range(1, home.people))]
    tokens = [
        json.loads(
            running.ask(
                "clients", "add", f"page {name}", "--person", name, "--may", "talk", "--may", "read_log", "--json"
            )
        )["token"]
        for name in names
    ]
    heard, until = Heard(), time.monotonic() + seconds
    spent = processor_s(running.process.pid)
    began = time.monotonic()
    async with AsyncExitStack() as rooms:
        group = await rooms.enter_async_context(asyncio.TaskGroup())
        for name in range(home.satellites):
            group.create_task(satellite(port, name, home, until, heard))
        for name, token in enumerate(tokens):
            group.create_task(person(running.address, token, name, home, until, heard))
    return heard, (processor_s(running.process.pid) - spent) / (time.monotonic() - began)


def measured(home: Home, seconds: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        config, port = configuration(Path(name), home)
        with daemon(Path(name) / "state", "run", "--config", str(config)) as running:
            time.sleep(3)
            idle = running.resident_mb()
            heard, core = asyncio.run(lived(running, port, home, seconds))
            busy = running.resident_mb()
    named = f"{home.things:,} things, {home.satellites} satellites, {home.people} people"
    assert heard.spoken
    assert heard.typed
    every = len(heard.spoken) + len(heard.typed)
    return [
        Figure(f"{named}: ready", running.ready_s, "s"),
        Figure("... memory idle", idle, "MB"),
        Figure("... memory after the load", busy, "MB"),
        Figure("... sentences", every / seconds, "/s"),
        Figure("... answered otherwise than by the act", heard.otherwise, ""),
        Figure("... spoken, until the answer, p50", p50(heard.spoken), "ms"),
        Figure("... spoken, until the answer, p99", p99(heard.spoken), "ms"),
        Figure("... typed, until the answer, p50", p50(heard.typed), "ms"),
        Figure("... typed, until the answer, p99", p99(heard.typed), "ms"),
        Figure("... share of a core", 100 * core, "%"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    small, large = Home(85, 1, 1), Home(3_000, 50, 20)
    report([*measured(small, given.seconds), *measured(large, given.seconds)], "both homes in turn, a simulated house")


if __name__ == "__main__":
    main()
