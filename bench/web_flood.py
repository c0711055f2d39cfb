"""The red button and the gate while somebody takes every connection and stream there is, beside the same in peace.

    python bench/web_flood.py [--json]

One ``claw demo`` in a process of its own.  In turns, once in peace and once under 500 wanted event streams and 256
connections that say nothing: a sentence over HTTP that moves a lamp (through policy, log and house), what of it the
gate took by its own clock, and the red button (POST /api/stop on a connection of its own, as the page has it).
Promised: what the gate takes under the flood is at most twice what it takes in peace, and 2 ms.
"""

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from measure import CLAW, Figure, daemon, p50, p99, report

ROUNDS = 3
SENTENCES = 60
STOPS = 6
STREAMS = 500
SILENT = 256
TOKENS = 16
STAGES = ("decide", "disk")
"""What the gate itself does before a device is told: the policy, and the intent on disk."""


@dataclass
class Measured:
    """Milliseconds of one side."""

    said: list[float] = field(default_factory=list)
    gate: list[float] = field(default_factory=list)
    stop: list[float] = field(default_factory=list)


class House:
    """The page's interface, asked as its page and as programs do."""

    def __init__(self, http: aiohttp.ClientSession, address: str, state: Path) -> None:
        self._http = http
        self._address = address
        self._state = state
        self._lamp = "off"

    async def say(self) -> tuple[float, float]:
        """Return what one sentence took over HTTP, and what of it the gate took."""
        self._lamp = "off" if self._lamp == "on" else "on"
        started = time.perf_counter()
        async with self._http.post(
            f"{self._address}api/messages", json={"text": f"turn {self._lamp} the kitchen lights"}
        ) as answer:
            said = await answer.json()
        took = (time.perf_counter() - started) * 1000
        assert said["status"] == "done", said
        return took, sum(said["timings"].get(stage, 0.0) for stage in STAGES)

    async def stop(self) -> float:
        """Return what the red button took on a new connection; everything goes on afterwards."""
        started = time.perf_counter()
        async with self._http.post(f"{self._address}api/stop", json={}, headers={"Connection": "close"}) as answer:
            assert answer.status == 200, await answer.text()
        took = (time.perf_counter() - started) * 1000
        await asyncio.to_thread(
            subprocess.run,
            [str(CLAW), "reset", "--reason", "measured", "--state-dir", str(self._state)],
            check=True,
            capture_output=True,
        )
        return took


async def run(house: House, into: Measured) -> None:
    for _ in range(SENTENCES):
        said, gate = await house.say()
        into.said.append(said)
        into.gate.append(gate)
    for _ in range(STOPS):
        into.stop.append(await house.stop())


async def flood(address: str, tokens: Sequence[str], lines: AsyncExitStack) -> int:
    """Want every stream and hold every connection; return how many streams there were."""
    host, port = re.fullmatch(r"http://(.+):(\d+)/", address).groups()  # type: ignore[union-attr]
    readers = []

    async def hold(first: bytes) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection(host, int(port))
        lines.callback(writer.close)
        writer.write(first)
        return reader

    for at in range(STREAMS):
        head = f"GET /api/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {tokens[at % len(tokens)]}\r\n\r\n"
        readers.append(await hold(head.encode()))
    for _ in range(SILENT):
        await hold(b"GET / HTTP/1.1\r\n")
    first = await asyncio.gather(*map(_first, readers))
    return sum(b" 200" in one for one in first)


async def _first(reader: asyncio.StreamReader) -> bytes:
    """Return how an answer begins; nothing where the connection was cut to make room."""
    try:
        return await asyncio.wait_for(reader.read(15), 5)
    except (ConnectionError, TimeoutError):
        return b""


async def measure(address: str, state: Path, tokens: Sequence[str]) -> tuple[Measured, Measured, int]:
    peace, flooded, streams = Measured(), Measured(), 0
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        house = House(http, address, state)
        await run(house, Measured())
        for _ in range(ROUNDS):
            await run(house, peace)
            async with AsyncExitStack() as lines:
                streams = await flood(address, tokens[1:], lines)
                await run(house, flooded)
            await asyncio.sleep(1)
    return peace, flooded, streams


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="claw-bench-") as name,
        daemon(Path(name) / "state", "demo", "--port", "0", "--no-browser") as claw,
    ):
        rights = ("--may", "talk", "--may", "stop")
        tokens = [
            claw.ask("clients", "add", f"bench {at}", "--person", "anna", *rights).split()[-1]
            for at in range(TOKENS + 1)
        ]
        peace, flooded, streams = asyncio.run(measure(claw.address, claw.state, tokens))
    rows = []
    for what in ("said", "gate", "stop"):
        calm, busy = getattr(peace, what), getattr(flooded, what)
        words = {"said": "a sentence over HTTP", "gate": "of it, the gate", "stop": "the red button"}[what]
        most = p50(calm) * 2 + 2 if what == "gate" else None
        rows += [
            Figure(f"{words}, p50 in peace", p50(calm), "ms"),
            Figure(f"{words}, p50 flooded", p50(busy), "ms", most),
        ]
        if what != "stop":
            rows += [
                Figure(f"{words}, p99 in peace", p99(calm), "ms"),
                Figure(f"{words}, p99 flooded", p99(busy), "ms"),
            ]
    rows.append(Figure("the red button, the slowest flooded", max(flooded.stop), "ms", most=250))
    rows.append(Figure(f"streams open of {STREAMS} wanted", streams, "", most=64, least=1))
    report(rows, f"{ROUNDS} rounds of {SENTENCES} sentences and {STOPS} stops on each side in turn")


if __name__ == "__main__":
    main()
