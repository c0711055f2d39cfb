"""What a durable audit entry costs, and how fast a log is verified.

    python bench/audit.py [--json] [--rows N] [--rounds N] [--directory DIR]

The peer of an append is a bare SQLite commit of one row of the same size at the same durability, on the same disk, in
turn with it.  A log is verified as it is in a house: signed every 256 entries, one file of it sealed, one witness.
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

from claw.audit.checkpoint import EVERY_ROWS, Checkpointer
from claw.audit.log import AuditLog
from claw.audit.note import home_of
from claw.audit.prove import Grounds, prove
from claw.audit.verify import survey, verify
from claw.audit.witness_file import FileWitness
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
    "verify_all_rows_per_s": "/s",
    "checkpoints": "",
}
PROMISED: dict[str, dict[str, float]] = {
    "append_to_bare": {"most": 1.2},
    f"appends_per_s_{CALLERS}_callers": {"least": 30_000},
    "verify_chain_rows_per_s": {"least": 300_000},
    "verify_payloads_rows_per_s": {"least": 150_000},
    "verify_all_rows_per_s": {"least": 150_000},
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
    path = directory / "log" / "audit.db"
    path.parent.mkdir()
    clock = SystemClock()
    log = AuditLog.open(path, clock)
    witness = FileWitness(directory / "witness.checkpoints", home_of(path.parent))
    checkpoints = Checkpointer(log, path.parent / "keys", [witness], clock, clock)
    await checkpoints.open_key()
    await checkpoints.compare()
    signing: list[float] = []
    half = rows // 2
    while log.head().seq < rows - EVERY_ROWS:
        await asyncio.gather(
            *(log.append("request", PAYLOAD, origin=ORIGIN, versions=VERSIONS) for _ in range(EVERY_ROWS - 1))
        )
        start = time.perf_counter()
        await checkpoints.now("schedule")
        signing.append(time.perf_counter() - start)
        if log.head().seq >= half and log.rows_in_file() == log.head().seq:
            start = time.perf_counter()
            await checkpoints.seal("half")
            sealing = time.perf_counter() - start
    await checkpoints.end()
    rows = log.head().seq
    await log.close()
    size = sum(each.stat().st_size for each in path.parent.glob("*.db"))
    found: dict[str, float] = {
        "rows": rows,
        "checkpoints": len(signing) + 3,
        "bytes_per_row": size / rows,
        "checkpoint_ms_p50": 1e3 * statistics.median(signing),
        "seal_ms": 1e3 * sealing,
    }
    for name, payloads in (("verify_chain_rows_per_s", False), ("verify_payloads_rows_per_s", True)):
        rates: list[float] = []
        for _ in range(rounds):
            start = time.perf_counter()
            verification = verify(path, payloads=payloads)
            rates.append(rows / (time.perf_counter() - start))
            assert verification.ok
            assert verification.rows == rows
        found[name] = statistics.median(rates)
    whole: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        proven = prove(path, survey(path, payloads=True), Grounds([witness]))
        whole.append(rows / (time.perf_counter() - start))
        assert proven.ok
        assert any("witness.checkpoints: " in ground for ground in proven.rests_on)
    return found | {"verify_all_rows_per_s": statistics.median(whole)}


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
