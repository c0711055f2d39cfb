"""What a page finds in the log is what its viewer may read there; a day is the household's own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio

from claw.base.errors import Refused
from claw.channels.finding import KINDS, Filter, Finding
from claw.daemon.build import Daemon
from tests.living import OWNER, living
from tests.viewing import views_of

BEN = replace(OWNER, person="ben", conversation="ben")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with living(tmp_path_factory.mktemp("finding")) as daemon:
        await daemon.desk.say("turn on the kitchen counter light", OWNER)
        await daemon.desk.say("lock the front door", BEN)
        await daemon.desk.say("unlock the front door", BEN)
        await daemon.audit.settle()
        yield daemon


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def finding(daemon: Daemon) -> Finding:
    return views_of(daemon).finding


async def test_an_act_is_found_with_what_came_of_it(finding: Finding) -> None:
    found = await finding.find(Filter(kind="acts", person="anna"), OWNER)
    assert [one["kind"] for one in found["entries"]] == ["outcome", "intent"]
    assert found["entries"][0]["parent"] == found["entries"][1]["seq"]
    assert (found["next"], found["looked_to"]) == (None, None)


@pytest.mark.parametrize("thing", ["lock.front_door", "FRONT DOOR"])
async def test_a_thing_is_found_by_its_id_and_its_name(finding: Finding, thing: str) -> None:
    found = await finding.find(Filter(thing=thing, kind="acts"), OWNER)
    assert {one["payload"]["action"]["name"] for one in found["entries"] if one["kind"] == "intent"} == {"lock.lock"}


async def test_words_are_found_only_by_whoever_may_read_them(finding: Finding) -> None:
    assert (await finding.find(Filter(text="Unlock FRONT"), BEN))["entries"]
    theirs = await finding.find(Filter(text="unlock the"), OWNER)
    assert theirs["entries"] == [], "what Ben said is found by his words"
    by_kind = await finding.find(Filter(person="ben", kind="asked"), OWNER)
    assert by_kind["entries"], "that he asked is known"
    assert "unlock the front door" not in str(by_kind)


async def test_what_is_there_none_of_is_nothing_and_what_is_no_kind_is_refused(finding: Finding) -> None:
    assert (await finding.find(Filter(thing="the moon"), OWNER))["entries"] == []
    assert (await finding.find(Filter(text="xylophone"), OWNER))["entries"] == []
    with pytest.raises(Refused, match="no kind"):
        await finding.find(Filter(kind="secrets"), OWNER)


async def test_pages_follow_one_another_without_a_gap_or_a_repetition(daemon: Daemon, finding: Finding) -> None:
    seen: list[int] = []
    before: int | None = None
    for _ in range(100):
        found = await finding.find(Filter(before=before, limit=3), OWNER)
        fresh = [one["seq"] for one in found["entries"] if one["seq"] < (before or 2**60)]
        seen += fresh
        before = found["next"]
        if before is None:
            break
    assert set(seen) == set(range(1, daemon.audit.head().seq + 1))


async def test_days_are_those_of_the_household_and_both_are_meant(daemon: Daemon, finding: Finding) -> None:
    today = date.fromisoformat((await finding.day(None))["day"])
    both = await finding.find(Filter(kind="acts", since=today, until=today), OWNER)
    assert both["entries"]
    earlier = await finding.find(Filter(kind="acts", until=today - timedelta(days=1)), OWNER)
    assert earlier["entries"] == []
    later = await finding.find(Filter(kind="acts", since=today + timedelta(days=1)), OWNER)
    assert later == {"entries": [], "next": None, "looked_to": None}
    with pytest.raises(Refused, match="no day"):
        await finding.find(Filter(until=date.max), OWNER)


async def test_a_day_counts_what_was_done_by_half_hours(daemon: Daemon, finding: Finding) -> None:
    await asyncio.sleep(0)
    told = await finding.day(None)
    groups = {mark["group"] for mark in told["marks"]}
    assert {"acts", "asked"} <= groups
    assert sum(mark["count"] for mark in told["marks"]) == daemon.audit.head().seq
    assert (told["minutes"], told["step"], told["now"] is not None) == (1440.0, 30, True)
    yesterday = date.fromisoformat(told["day"]) - timedelta(days=1)
    assert (await finding.day(yesterday))["marks"] == []
    assert (await finding.day(yesterday))["now"] is None


@pytest.mark.parametrize("day", [date.min, date.max, date(1990, 1, 1)])
async def test_a_day_that_is_none_or_too_far_is_refused(finding: Finding, day: date) -> None:
    with pytest.raises(Refused):
        await finding.day(day)


async def test_every_kind_that_can_be_picked_is_in_one_place_only() -> None:
    listed = [kind for kinds in KINDS.values() for kind in kinds]
    assert len(listed) == len(set(listed))
