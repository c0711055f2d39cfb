"""Backing up a home of 200 MB beside acts, and what an entry of the log waits meanwhile.

    python bench/backup.py [--json]

Promised: no act waits for a backup (the median entry of the log takes at most half as long again as without one).
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from measure import Figure, p50, report

from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.care.backup import verified
from claw.daemon.backups import Home, make
from claw.store.db import open_database
from claw.store.encrypted import Secret
from claw.store.migrations import migrate

MEGABYTES = 200
ROW_BYTES = 4_000
ALONE_S = 3.0
PAUSE_S = 0.002
SLOWER = 1.5
KEY = Secret("key file", b"k" * 32)


def fill(state: Path) -> None:
    """Make a claw.db of so many megabytes."""
    db = open_database(state / "claw.db")
    migrate(db)
    with db.conn:
        for number in range(MEGABYTES * 10**6 // ROW_BYTES):
            row = (str(number), os.urandom(ROW_BYTES))
            db.conn.execute("INSERT INTO programs VALUES (?, 'a yes', ?, '2026')", row)
    db.close()


async def entries(audit: AuditLog, over: asyncio.Event) -> list[float]:
    """Append until ``over``; return the milliseconds that each took."""
    took: list[float] = []
    while not over.is_set():
        began = time.perf_counter()
        await audit.append("intent", {"text": "an act"})
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_S)
    return took


async def measured(folder: Path) -> list[Figure]:
    """Return the figures."""
    state = folder / "state"
    state.mkdir(mode=0o700)
    fill(state)
    audit, over = AuditLog.open(state / "audit.db", SystemClock()), asyncio.Event()
    asyncio.get_running_loop().call_later(ALONE_S, over.set)
    alone = p50(await entries(audit, over))
    figures = [Figure("an entry of the log, without a backup, median", alone, "ms")]
    for what, secret in (("plain", None), ("encrypted", KEY)):
        over.clear()
        beside, began = asyncio.create_task(entries(audit, over)), time.perf_counter()
        made = await asyncio.to_thread(make, Home(state), folder / what, SystemClock().now(), secret)
        took = time.perf_counter() - began
        over.set()
        waited = p50(await beside)
        figures += [
            Figure(f"{what} backup of {made.size / 1e6:.0f} MB, read back", took, "s"),
            Figure(f"an entry of the log beside the {what} backup, median", waited, "ms", most=SLOWER * alone),
        ]
        began = time.perf_counter()
        assert verified(folder / what, secret)[1].problems == []
        figures.append(Figure(f"{what} backup proved", time.perf_counter() - began, "s"))
    await audit.close()
    return figures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        found = asyncio.run(measured(Path(where)))
    report(found)
