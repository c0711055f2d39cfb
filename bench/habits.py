"""What looking for habits takes among a million changes, and whether those that are there are found.

    python bench/habits.py [--json] [--rows N] [--directory DIR]

Six weeks of changes of 60 things by four people, unknown hands and automations at any time of the day, with twelve
habits among them that keep to a quarter of an hour on nine days of ten.  Times are processor time, as others may share
the machine.  The peer is one window over the same rows, by thing and time: the least that any such search has to do.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from measure import Figure, memory_mb, report

from claw.memory.mining import BACK, mine
from claw.store.db import connect, open_database
from claw.store.migrations import migrate

ROWS = 1_000_000
THINGS, PEOPLE, HABITS = 60, 4, 12
PROMISED_S = 10
NOW = datetime(2026, 3, 31, 1, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")

Row = tuple[str, str, str, str, str, str | None, str | None]


def anything(rng: random.Random, rows: int) -> Iterator[Row]:
    """Yield changes that mean nothing, in order of time."""
    states = {f"light.l{number}": "off" for number in range(THINGS)}
    things = list(states)
    for at in range(rows):
        moment = NOW - BACK + BACK * ((at + rng.random()) / rows)
        thing = rng.choice(things)
        before = states[thing]
        after = rng.choice(("on", "on 30", "on 100")) if before == "off" else "off"
        states[thing] = after
        cause = rng.choice(("person", "person", "claw", "automation", "hand"))
        person = f"p{rng.randrange(PEOPLE)}" if cause in {"person", "claw"} else None
        run = f"automation.a{rng.randrange(5)}" if cause == "automation" else None
        yield moment.isoformat(timespec="milliseconds"), thing, before, after, cause, person, run


def habits(rng: random.Random) -> Iterator[Row]:
    """Yield what twelve habits leave behind, each about a thing of its own."""
    for number in range(HABITS):
        for day in range(1, BACK.days):
            if rng.random() < 0.9:
                at = datetime(NOW.year, NOW.month, NOW.day, 7 + number, 10, tzinfo=ZONE) - timedelta(days=day)
                moment = at.astimezone(UTC) + timedelta(minutes=rng.uniform(-7, 7))
                thing, person = f"light.own{number}", f"p{number % PEOPLE}"
                later = moment + timedelta(minutes=30)
                yield moment.isoformat(timespec="milliseconds"), thing, "off", "on", "person", person, None
                yield later.isoformat(timespec="milliseconds"), thing, "on", "off", "automation", None, "automation.off"


def fill(path: Path, rows: int) -> None:
    db = open_database(path)
    migrate(db)
    rng = random.Random(7)
    with db.conn:
        db.conn.executemany(
            "insert into changes (at, entity, before, after, cause, person, run) values (?, ?, ?, ?, ?, ?, ?)",
            (row for part in (anything(rng, rows), habits(rng)) for row in part),
        )
    db.close()


def window(path: Path) -> float:
    """Return the processor seconds of one window over all rows."""
    connection = connect(path, read_only=True)
    start = time.process_time()
    connection.execute(
        "select sum(gap) from (select julianday(at) - lag(julianday(at)) over (partition by entity order by at) as gap"
        " from changes)"
    ).fetchone()
    spent = time.process_time() - start
    connection.close()
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--directory", type=Path, help="on the disk to measure; default: the temporary directory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
        path = Path(name) / "claw.db"
        fill(path, arguments.rows)
        peer = window(path)
        before = memory_mb(os.getpid())
        start, clock = time.process_time(), time.perf_counter()
        mined = mine(path, NOW, ZONE)
        spent, wall = time.process_time() - start, time.perf_counter() - clock
        grown = memory_mb(os.getpid()) - before
    planted = {one.entity for one in mined.found if one.entity.startswith("light.own") and one.sort == "routine"}
    label = f"{arguments.rows:,} changes"
    report(
        [
            Figure(f"{label}: looked through", spent, "s", most=PROMISED_S),
            Figure(f"{label}: by the clock on the wall", wall, "s"),
            Figure(f"{label}: one window over them", peer, "s"),
            Figure(f"{label}: memory grown", grown, "MB"),
            Figure(f"{label}: habits found of {HABITS}", len(planted), "", least=HABITS),
            Figure(
                f"{label}: routines found that are none",
                sum(one.sort == "routine" and one.entity not in planted for one in mined.found),
                "",
                most=0,
            ),
        ]
    )


if __name__ == "__main__":
    main()
