"""What a durable audit entry costs, and how fast a log is verified.

    python bench/audit.py [--json] [--rows N] [--rounds N] [--directory DIR]

The peer of an append is a bare SQLite commit of one row of the same size at the same durability, on the same disk, in
turn with it.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import uvloop
from measure import Figure, report

from claw.audit.log import AuditLog
from claw.audit.verify import verify
from claw.base.action import Origin
from claw.base.clock import SystemClock

ORIGIN = Origin("web", "anna", "hall", authenticated=True, source="token:1", conversation="c1", language="en")
VERSIONS = {"policy": "3f5a0c9e", "overlay": "00000000"}
PAYLOAD = {
    "action": {"name": "light.turn_on", "entities": ["light.kitchen_ceiling"], "data": {"brightness_pct": 40}},
    "before": {"light.kitchen_ceiling": "off"},
    "rule": "everyday-lights",
}
CALLERS = 64
UNITS = {
    "append_to_bare": "x",
    f"appends_per_s_{CALLERS}_callers": "/s",
    "rows": "",
    "bytes_per_row": "",
    "verify_chain_rows_per_s": "/s",
    "verify_payloads_rows_per_s": "/s",
}
PROMISED: dict[str, dict[str, float]] = {
    "append_to_bare": {"most": 1.2},
    f"appends_per_s_{CALLERS}_callers": {"least": 30_000},
    "verify_chain_rows_per_s": {"least": 300_000},
    "verify_payloads_rows_per_s": {"least": 150_000},
}
WARM_UP = 1_200
PER_CALLER = 250


def bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, body BLOB)")
    return connection


async def lone(directory: Path, rounds: int) -> dict[str, float]:
    """One caller that waits for each entry, in turn with the bare commit."""
    log = AuditLog.open(directory / "lone.db", SystemClock())
    peer = bare(directory / "bare.db")
    size = 3 * 32 + 16 + len(json.dumps(PAYLOAD)) + 150

    def commit() -> float:
        start = time.perf_counter()
        peer.execute("INSERT INTO rows (body) VALUES (?)", (bytes(size),))
        return time.perf_counter() - start

    ratios: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(WARM_UP):  # until both write over their write-ahead log instead of making it longer
        await log.append("intent", PAYLOAD, origin=ORIGIN, versions=VERSIONS)
        commit()
    for _ in range(rounds):
        mine: list[float] = []
        bares: list[float] = []
        for pair in range(200):
            if pair % 2:
                bares.append(commit())
            await asyncio.sleep(0)  # a command comes in with a turn of the loop
            start = time.perf_counter()
            await log.append("intent", PAYLOAD, origin=ORIGIN, versions=VERSIONS)
            mine.append(time.perf_counter() - start)
            if not pair % 2:
                bares.append(commit())
        ratios.append(statistics.median(mine) / statistics.median(bares))
        ours += mine
        theirs += bares
    peer.close()
    await log.close()
    return {
        "append_ms_p50": 1e3 * statistics.median(ours),
        "append_ms_p99": 1e3 * statistics.quantiles(ours, n=100)[98],
        "bare_ms_p50": 1e3 * statistics.median(theirs),
        "bare_ms_p99": 1e3 * statistics.quantiles(theirs, n=100)[98],
        "append_to_bare": statistics.median(ratios),
    }


async def crowd(directory: Path, rounds: int) -> dict[str, float]:
    """Many callers at once, each waiting for its own entry."""
    log = AuditLog.open(directory / "crowd.db", SystemClock())

    async def caller() -> None:
        for _ in range(PER_CALLER):
            await log.append("request", PAYLOAD, origin=ORIGIN, versions=VERSIONS)

    rates: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        rates.append(CALLERS * PER_CALLER / (time.perf_counter() - start))
    await log.close()
    return {f"appends_per_s_{CALLERS}_callers": statistics.median(rates)}


async def checked(directory: Path, rows: int, rounds: int) -> dict[str, float]:
    path = directory / "verify.db"
    log = AuditLog.open(path, SystemClock())
    for _ in range(rows // 1_000):
        await asyncio.gather(*(log.append("request", PAYLOAD, origin=ORIGIN, versions=VERSIONS) for _ in range(1_000)))
    await log.close()
    found: dict[str, float] = {"rows": rows, "bytes_per_row": path.stat().st_size / rows}
    for name, payloads in (("verify_chain_rows_per_s", False), ("verify_payloads_rows_per_s", True)):
        rates: list[float] = []
        for _ in range(rounds):
            start = time.perf_counter()
            verification = verify(path, payloads=payloads)
            rates.append(rows / (time.perf_counter() - start))
            assert verification.ok
            assert verification.rows == rows
        found[name] = statistics.median(rates)
    return found


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", type=Path, help="on the disk to measure; default: the temporary directory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
        directory = Path(name)
        figures = await lone(directory, arguments.rounds)
        figures |= await crowd(directory, arguments.rounds)
        figures |= await checked(directory, arguments.rows, arguments.rounds)
    report([Figure(name, value, UNITS.get(name, "ms"), **PROMISED.get(name, {})) for name, value in figures.items()])


if __name__ == "__main__":
    uvloop.run(main())
