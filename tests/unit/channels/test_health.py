"""Figures of how it goes: turns as they are told, drills from the log, the link as it changed."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from claw.base.action import SYSTEM, Json, Reply
from claw.channels.health import DRILLS, FIGURES, LINKS, Caps, Health
from claw.house.backend import Link
from claw.house.mirror import Mirror
from tests.held_clock import HeldClock
from tests.signed_log import Signed, signed_log


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path) as signed:
        yield signed


def health(log: Signed, clock: HeldClock, asked: list[Any] | None = None) -> Health:
    def spent(today: date, days: int) -> list[dict[str, Json]]:
        if asked is not None:
            asked.append((today, days))
        return [{"day": today.isoformat()}]

    return Health(log.audit, Mirror(cast("Any", clock)), spent, Caps(model=True, tokens=5, money=0.5), clock)


async def test_the_stages_of_replies_are_counted_in_their_order_and_nothing_else_is(log: Signed) -> None:
    found = health(log, HeldClock())
    found.replied(Reply("x", "done", timings={"total": 9.0, "decide": 2.0, "model": 0.0, "song": 3.0}))
    found.replied(Reply("x", "answered"))
    told = await found.status()
    assert told["turns"] == 2
    assert [(one["stage"], one["count"]) for one in told["stages"]] == [("decide", 1), ("total", 1)]
    assert told["stages"][1]["max"] == 9.0


async def test_money_and_caps_are_those_of_the_household_s_day(log: Signed) -> None:
    asked: list[Any] = []
    told = await health(log, HeldClock(), asked).status()
    assert asked == [(date(2026, 1, 5), 30)]
    assert (told["model"], told["tokens_per_day"], told["money_per_day"]) == (True, 5, 0.5)


async def test_the_last_drills_are_told_oldest_first_without_what_else_a_row_holds(log: Signed) -> None:
    for at in range(DRILLS + 2):
        await log.audit.append("drill", {"ok": at > 5, "trips": at, "words": "of somebody"})
        await log.audit.append("request", {})
    gone = log.audit.head().seq - 1
    await log.audit.erase(gone, SYSTEM, "asked")
    told = (await health(log, HeldClock()).status())["drills"]
    assert len(told) == DRILLS
    assert told[0]["trips"] == 2
    assert set(told[0]) == {"seq", "time", *FIGURES}
    assert told[-1]["ok"] is None


async def test_changes_of_the_link_are_kept_so_many_of_them_and_harmless(log: Signed) -> None:
    clock = HeldClock()
    found = health(log, clock)
    await clock.advance(60)
    found.linked(Link("lost", "bad\x1b[31m news"))
    links = (await found.status())["links"]
    assert [one["status"] for one in links][-1] == "lost"
    assert "\x1b" not in links[-1]["detail"]
    for _ in range(LINKS + 5):
        found.linked(Link("ready"))
    assert len((await found.status())["links"]) == LINKS
