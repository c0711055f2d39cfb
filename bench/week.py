"""Seven days of a busy house in virtual time: what a daemon keeps, holds open and writes, day by day.

    python bench/week.py [--json] [--days N] [--seed N]

The story is ``tests/busy_week.py``: the whole daemon on a simulated house of 300 things, 50,000 changes of state,
500 requests and 40 routines a day; then one day on which nobody does anything.  The drift of the memory is the slope
over the evenings but the first, by which caches have filled.  What is written is what the kernel counts for the process
(``write_bytes``); the disk's own amplification is not in it.  Two days of the log are kept, so that its bound shows.
"""

import argparse
import asyncio
import itertools
import multiprocessing
import statistics
import sys
import tempfile
from pathlib import Path

from measure import Figure, report

from tests.busy_week import Lived, Load, live

MB = 1_000_000
IDLE = Load(changes=0, requests=0, routines=0)


def lived(days: float, load: Load, seed: int) -> Lived:
    """Return what came of so many days, lived in a process of their own."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        return alone.apply(_live, (days, load, seed))


def _live(days: float, load: Load, seed: int) -> Lived:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:  # a disk, where /tmp may be memory
        return asyncio.run(live(Path(name), days, load, seed))


def slope(values: list[int]) -> float:
    """Return by how much the values grow from one to the next, as a straight line through them has it."""
    return statistics.linear_regression(range(len(values)), values).slope


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    busy = lived(given.days, Load(), given.seed)
    idle = lived(2, IDLE, given.seed)
    evenings = busy.evenings
    assert busy.changes > 0.9 * given.days * Load.changes
    assert busy.runs["done"] > 0.8 * given.days * Load.routines, busy.runs
    for number, one in enumerate(evenings, 1):
        kept = ", ".join(f"{name} {size / MB:.1f} MB" for name, size in one.databases.items())
        print(f"  day {number}: {one.memory / MB:.1f} MB, {one.descriptors} open, {kept}", file=sys.stderr)
    for error in busy.errors:
        print(error, file=sys.stderr)
    written = [
        evenings[0].written,
        *(after.written - before.written for before, after in itertools.pairwise(evenings)),
    ]
    report(
        [
            Figure("changes of state", busy.changes, ""),
            Figure("requests answered", sum(busy.replies.values()), ""),
            Figure("routines run", sum(busy.runs.values()), ""),
            Figure(
                "memory, growth after the first day", slope([one.memory for one in evenings[1:]]) / MB, "MB/day", most=2
            ),
            Figure("open descriptors, growth", evenings[-1].descriptors - evenings[1].descriptors, "", most=0),
            Figure("threads, growth", evenings[-1].threads - evenings[1].threads, "", most=0),
            Figure("errors that nobody caught or that were logged", len(busy.errors), "", most=0),
            Figure("log on disk at the end", evenings[-1].databases["audit"] / MB, "MB"),
            Figure(
                "log, growth over the last two days",
                (evenings[-1].databases["audit"] - evenings[-3].databases["audit"]) / MB,
                "MB",
            ),
            Figure("claw.db at the end", evenings[-1].databases["claw.db"] / MB, "MB"),
            Figure("written on a busy day", statistics.median(written) / MB, "MB/day", most=300),
            Figure(
                "written on an idle day", (idle.evenings[1].written - idle.evenings[0].written) / MB, "MB/day", most=20
            ),
        ]
    )


if __name__ == "__main__":
    main()
