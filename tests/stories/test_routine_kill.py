"""``kill -9`` in the middle of background work: no firing is done twice, and none is lost without a word.

The house is outside the daemon and remembers every call.  Each routine sets a number that is used once, so that calls,
rows and routines can be held against each other one by one.
"""

import asyncio
import json
import random
import signal
import sqlite3
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.routines.book import Book
from claw.routines.model import Routine
from claw.routines.spec import Spec
from claw.store.db import open_database, private_directory
from claw.store.migrations import migrate
from tests.peers.counting_hass import CountingHass
from tests.prepared import Begun
from tests.running import begun, write_house
from tests.talking import HungUp, local, until

SEED = 7
NUMBERS = 6
APART_S = 0.05
FIRST_S = 2.5
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: ["input_number.*"]}
"""
ANNA = Origin("web", "anna", authenticated=True, source="test", strength="session")


def fill(state: Path, count: int) -> None:
    """Put routines into the book of a daemon that does not run: each sets one number, one shortly after another."""
    private_directory(state)
    db = open_database(state / "claw.db")
    migrate(db)
    book, now = Book(db, SystemClock()), datetime.now(UTC)  # noqa: TID251  the daemon's own, which is a real one
    for value in range(1, count + 1):
        due = now + timedelta(seconds=FIRST_S + value * APART_S)
        act = {
            "action": "input_number.set_value",
            "entities": [f"input_number.n{value % NUMBERS}"],
            "data": {"value": value},
        }
        spec = Spec.model_validate({"name": f"Number {value}", "when": {"once": due}, "do": {"actions": [act]}})
        book.add(Routine(f"number-{value}", spec, ANNA, now))
    db.close()


def start(folder: Path, token: str) -> Begun:
    words = ("run", "--config", str(folder / "config.yaml"), "--state-dir", str(folder / "state"))
    with (folder / "out").open("ab") as out:
        return begun(*words, more={"CLAW_HOUSE_TOKEN": token}, output=out.fileno())


def rows(state: Path) -> list[tuple[int, str, str]]:
    """Return number, status and reason of every row of the history."""
    with sqlite3.connect(f"{(state / 'claw.db').as_uri()}?mode=ro", uri=True) as db:
        found = db.execute("select routine, status, reason from routine_runs").fetchall()
    db.close()
    return [(int(name.removeprefix("number-")), status, reason) for name, status, reason in found]


async def ready(state: Path) -> bool:
    with suppress(HungUp):
        async with local(state) as claw:
            return bool((await claw.ask("status"))["link"]["ready"])
    return False


async def end(process: Begun) -> None:
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait, 20)


@pytest.mark.parametrize(
    ("kills", "count"),
    [
        pytest.param(1, 30, marks=pytest.mark.timeout(120)),
        pytest.param(30, 600, marks=[pytest.mark.prove, pytest.mark.timeout(900)]),
    ],
)
async def test_killed_in_the_middle_of_background_work_nothing_is_done_twice_or_lost(
    tmp_path: Path, kills: int, count: int
) -> None:
    luck = random.Random(SEED + kills)
    state = tmp_path / "state"
    async with CountingHass([f"n{number}" for number in range(NUMBERS)], luck) as house:
        write_house(tmp_path, {"url": house.url}, POLICY)
        fill(state, count)
        for _ in range(kills):
            process = start(tmp_path, house.token)
            try:
                await until(lambda: ready(state), 30)
                await asyncio.sleep(luck.uniform(0, 2 * count * APART_S / kills))
            finally:
                await end(process)
        process = start(tmp_path, house.token)
        try:

            async def all_closed() -> bool:
                found = rows(state)
                return len(found) == count and all(status != "running" for _, status, _ in found)

            await until(all_closed, 60 + count * APART_S)
        finally:
            await end(process)
        await house.quiet()
        sent = Counter(int(value) for _, _, value in house.sent() if value is not None)
    found = rows(state)
    assert sorted(number for number, _, _ in found) == list(range(1, count + 1)), "each was due once, and has its row"
    assert set(sent.values()) <= {1}, f"done twice: {[value for value, times in sent.items() if times > 1]}"
    assert {number for number, status, _ in found if status == "done"} <= set(sent)
    assert not {number for number, status, _ in found if status == "missed"} & set(sent)
    assert Counter(status for _, status, _ in found)["done"] > count / 2
    assert {status for _, status, _ in found} <= {"done", "missed", "failed", "unknown"}, json.dumps(found)
    assert "Traceback" not in (tmp_path / "out").read_text()
