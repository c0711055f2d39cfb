"""A policy file that is another one than the last in force is said, not refused: owners edit by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from claw.base.documents import parse_marked
from claw.daemon.build import Daemon
from claw.daemon.in_force import described, unlike
from claw.daemon.run import serve
from claw.policy.rules import PolicyFile
from tests.living import CONSOLE, OWNER, config

POLICY = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - {id: door, deny: lock.unlock}
  - {id: locks, allow: lock.lock}
never:
  - {id: open, when: {states: {lock.front_door: unlocked, light.hall_ceiling: "on"}}}
tests:
  - {action: light.turn_on, entities: light.hall_ceiling, expect: allow}
"""
CUT = "".join(POLICY.splitlines(keepends=True)[:3])
MORE = POLICY.replace("never:", "  - {id: fans, allow: fan.*}\nnever:")


@asynccontextmanager
async def running(folder: Path, policy: str) -> AsyncIterator[Daemon]:
    ready: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    task = asyncio.create_task(serve(config(folder, policy), folder / "state", ready.set_result, ending))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield ready.result()
    finally:
        ending.set()
        await task


def notice(daemon: Daemon) -> str:
    return daemon.desk.status()["policy_notice"]


def rows(daemon: Daemon) -> list[dict[str, object]]:
    return [dict(entry.payload or {}) for entry in daemon.audit.entries(kinds=("policy",))]


async def test_a_policy_that_was_cut_while_no_daemon_ran_is_said_and_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path, POLICY) as daemon:
        assert (notice(daemon), rows(daemon)) == ("", [])
        whole = daemon.desk.status()["policy"]
    async with running(tmp_path, CUT) as daemon:
        said = notice(daemon)
        assert "3 rules, 1 never and 1 tests" in said
        assert "1 rules, 0 never and 0 tests" in said
        assert said in caplog.text
        (row,) = rows(daemon)
        assert (row["before"], row["after"], row["why"]) == (whole, daemon.desk.status()["policy"], said)
        assert (row["rules"], row["never"], row["tests"]) == (1, 0, 0)
        assert (await daemon.desk.say("turn on the hall ceiling light", OWNER)).status == "done"
    async with running(tmp_path, CUT) as daemon:
        assert notice(daemon) == "", "said once, and in the log for ever"
        assert len(rows(daemon)) == 1


async def test_what_came_into_force_while_the_daemon_ran_is_no_surprise_to_the_next(tmp_path: Path) -> None:
    async with running(tmp_path, POLICY) as daemon:
        daemon.reloading.path.write_text(MORE, encoding="utf-8")
        await daemon.reloading.now(CONSOLE)
        assert daemon.reloading.text == MORE
    async with running(tmp_path, MORE) as daemon:
        assert notice(daemon) == ""
    async with running(tmp_path, POLICY) as daemon:
        assert "4 rules" in notice(daemon)


async def test_a_new_policy_that_comes_into_force_ends_the_notice(tmp_path: Path) -> None:
    async with running(tmp_path, POLICY):
        pass
    async with running(tmp_path, CUT) as daemon:
        assert notice(daemon)
        daemon.reloading.path.write_text(POLICY, encoding="utf-8")
        await daemon.reloading.now(CONSOLE)
        assert notice(daemon) == ""


async def test_an_entry_that_was_erased_hides_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, POLICY):
        pass
    async with running(tmp_path, POLICY) as daemon:
        newest = daemon.audit.entries(0, 1, newest_first=True, kinds=("start",))[0]
        await daemon.audit.erase(newest.seq, CONSOLE, "a test")
    async with running(tmp_path, CUT) as daemon:
        assert "3 rules" in notice(daemon)


def said(text: str) -> dict[str, object]:
    return described(text, parse_marked(text, "policy.yaml", PolicyFile).value)


def test_only_another_text_is_another_file() -> None:
    assert unlike(said(POLICY), said(POLICY)) == ""
    assert unlike(said(POLICY), said(POLICY + "# a word\n")) != ""
    assert unlike(None, said(POLICY)) == ""
