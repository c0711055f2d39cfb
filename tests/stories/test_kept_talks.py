"""What people say is kept only for who asked for it, found by them alone, and never what is said about memory."""

from dataclasses import replace
from pathlib import Path

from claw.base.action import Origin
from claw.daemon.build import Daemon
from tests.living import NOBODY, OWNER, living

BEN = replace(OWNER, person="ben", conversation="bens")


async def found(daemon: Daemon, query: str, origin: Origin = OWNER) -> list[str]:
    return [one["text"] for one in await daemon.desk.remembering.search(query, origin)]


def kept(daemon: Daemon) -> int:
    return daemon.memory.store.ground.db.execute("select count(*) from episodes").fetchone()[0]


async def test_without_leave_nothing_is_kept_and_with_it_only_of_who_gave_it(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("the plumber comes about the dishwasher", OWNER)
        assert kept(daemon) == 0
        assert (await daemon.desk.remembering.consent(OWNER, talks=True))["status"] == "done"
        before = kept(daemon)
        for origin in (OWNER, BEN, NOBODY):
            await daemon.desk.say("the plumber comes about the dishwasher", origin)
        assert kept(daemon) == before + 1
        assert await found(daemon, "who repairs the dishwasher") == ["the plumber comes about the dishwasher"]
        for origin in (BEN, NOBODY):
            assert await found(daemon, "dishwasher", origin) == []


async def test_what_is_said_about_memory_or_while_claw_is_stopped_is_not_kept(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.remembering.consent(OWNER, talks=True)
        before = kept(daemon)
        await daemon.desk.say("what do you know about the ring", OWNER)
        await daemon.desk.say("forget everything about the ring", OWNER)
        await daemon.desk.say("stop", OWNER)
        await daemon.desk.say("the plumber comes about the dishwasher", OWNER)
        assert kept(daemon) == before


async def test_who_takes_the_leave_back_is_kept_no_more(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.remembering.consent(OWNER, talks=True)
        await daemon.desk.remembering.consent(OWNER, talks=False)
        before = kept(daemon)
        await daemon.desk.say("the plumber comes about the dishwasher", OWNER)
        assert kept(daemon) == before
