"""A year of a hundred routines in virtual time, and what became of each time that one of them was due.

    python bench/routines_year.py [SEED] [--json]

Times of day, cron, intervals, single moments, the sun and events, in a zone whose clocks are set twice a year; fifty
restarts, some in the middle of runs, twenty clocks that somebody sets, four stops and four times without the house.
Every minute on the clocks is looked at by a walker that shares no code with Claw: *unaccounted* are moments without a
row, with two, or with a wrong one, *doubled* firings that were acted on twice.  Promised: none of either.
"""

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.routine_year import YEAR, lived

ORDER = (
    *("due by the clock", "events", "acted", "on time", "done", "missed", "skipped", "held", "unknown", "replaced"),
    *("doubled", "unaccounted"),
)


def main() -> int:
    """Live through the year and print the figures; 1 where anything was doubled or not accounted for."""
    logging.disable(logging.CRITICAL)
    seed = next((int(one) for one in sys.argv[1:] if one.isdigit()), 1)
    started = time.perf_counter()
    found = asyncio.run(lived(seed, YEAR, 366, restarts=50, jumps=20))
    figures = {name: found.figures[name] for name in ORDER}
    if "--json" in sys.argv:
        print(json.dumps({"seed": seed, **figures, "seconds": round(time.perf_counter() - started)}))
    else:
        print(f"seed {seed}: a year of 100 routines in {time.perf_counter() - started:.0f} s")
        for name, figure in figures.items():
            print(f"  {name:<18}{figure:>9,}")
        print("\n".join(found.wrong[:20]))
    return int(bool(figures["doubled"] or figures["unaccounted"]))


if __name__ == "__main__":
    sys.exit(main())
