"""A year of a hundred routines in virtual time, and what became of each time that one of them was due.

    python bench/routines_year.py [--json] [--seed N] [--days N]

Times of day, cron, intervals, single moments, the sun and events, in a zone whose clocks are set twice a year; fifty
restarts, some in the middle of runs, twenty clocks that somebody sets, four stops and four times without the house
(fewer in fewer days).  A walker that shares no code with Claw looks at every minute on the clocks: *not accounted for*
are moments without a row, with two, or with a wrong one, *acted on twice* firings that were.  Promised: none of either.
"""

import argparse
import asyncio
import logging
import time

from measure import Figure, report

from tests.routine_year import YEAR, lived

ORDER = ("due by the clock", "events", "acted", "on time", "done", "missed", "skipped", "held", "unknown", "replaced")
WHOLE = 366


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=WHOLE)
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    restarts, jumps = 50 * given.days // WHOLE, 20 * given.days // WHOLE
    started = time.perf_counter()
    found = asyncio.run(lived(given.seed, YEAR, given.days, restarts=restarts, jumps=jumps))
    spent = time.perf_counter() - started
    figures = [Figure(f"firings: {name}", found.figures[name], "") for name in ORDER]
    figures.append(Figure("firings acted on twice", found.figures["doubled"], "", most=0))
    figures.append(Figure("firings not accounted for", found.figures["unaccounted"], "", most=0))
    figures.append(Figure("a day of a hundred routines", spent / given.days, "s"))
    report(figures, "\n".join(found.wrong[:20]))


if __name__ == "__main__":
    main()
