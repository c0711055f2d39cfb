"""A drill reports figures, and a drill that showed nothing is not a success."""

import asyncio
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from claw.base.action import Action, Origin
from claw.base.clock import Stopwatch
from claw.base.errors import Broken, Unavailable
from claw.gate.children import Children, look, started_by
from claw.gate.drill import WORKERS, Figures, Load, Trip, Watch, Workers, percentile

GOOD = Trip(sent_before=10, after_latch=0, last_send_ms=0.0, dead_ms=(1.0, 2.0), survivors=0)


@pytest.mark.parametrize(
    ("trips", "ok"),
    [
        ((GOOD,), True),
        ((GOOD, GOOD), True),
        ((), False),
        ((GOOD, Trip(10, 1, 3.0, (1.0,), 0)), False),
        ((GOOD, Trip(0, 0, 0.0, (1.0,), 0)), False),
        ((GOOD, Trip(10, 0, 0.0, (1.0,), 1)), False),
    ],
)
def test_it_holds_only_when_every_trip_did_and_there_was_something_to_stop(trips: tuple[Trip, ...], ok: bool) -> None:
    assert Figures(trips).ok is ok
    assert Figures(trips).as_json()["ok"] is ok


def test_the_figures_are_those_that_others_rely_on() -> None:
    figures = Figures((GOOD, Trip(5, 2, 7.25, (4.0, 30.0), 1))).as_json()
    assert figures["actions_after_latch"] == 2
    assert figures["latch_to_last_send_ms"] == 7.25
    assert figures["workers_dead_ms_p99"] == 30.0
    assert figures["sandbox"] == "none"
    assert (figures["workers"], figures["workers_alive"], figures["actions_before_latch"]) == (5, 1, 15)


def test_what_the_children_ran_in_is_said() -> None:
    assert Figures(()).sandbox == "none"
    assert Figures((replace(GOOD, sandbox="bubblewrap"),)).as_json()["sandbox"] == "bubblewrap"
    assert Figures((replace(GOOD, sandbox="bubblewrap"), replace(GOOD, sandbox="plain"))).sandbox == "plain"


def test_percentiles_are_of_what_was_seen() -> None:
    assert percentile([], 0.99) == 0.0
    assert percentile([3.0], 0.99) == 3.0
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile(list(range(1, 101)), 0.5) == 50


def test_workers_spin_in_groups_of_their_own_and_leave_nothing_behind() -> None:
    children = Children()
    with Workers(children) as workers:
        pids = workers.pids()
        assert len(children.alive()) == WORKERS
        assert all(look(pid).group == pid for pid in pids)  # type: ignore[union-attr]
    assert children.alive() == []
    assert all(look(pid) is None for pid in pids)


def test_deaths_are_timed_by_the_kernels_word() -> None:
    children = Children()
    with Workers(children, 3) as workers:
        watch, since = Watch(workers.pids()), Stopwatch()
        children.kill()
        times, survivors = watch.until_dead(since)
        assert (len(times), survivors) == (3, 0)
        assert list(times) == sorted(times)


def test_who_survives_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.drill.DEAD_S", 0.2)
    children = Children()
    with Workers(children, 3) as workers:
        watch, since = Watch(workers.pids()), Stopwatch()
        os.kill(workers._processes[0].pid, signal.SIGKILL)
        times, survivors = watch.until_dead(since)
        assert (len(times), survivors) == (1, 2)


FAMILY = ("/bin/sh", "-c", "setsid sleep 60 & while :; do :; done")


def test_a_child_is_dead_when_all_that_it_started_is() -> None:
    children = Children()
    with Workers(children, 2, FAMILY) as workers:
        pids = workers.pids()
        until = time.monotonic() + 10
        while len(below := started_by({pid: found for pid in pids if (found := look(pid))})) < 4:
            assert time.monotonic() < until
        watch, since = Watch(pids), Stopwatch()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        left = [one.pid for one in below if one.pid not in pids]
        os.kill(left[0], signal.SIGKILL)
        times, survivors = watch_for(watch, since)
        assert (len(times), survivors) == (1, 1)
        os.kill(left[1], signal.SIGKILL)


def watch_for(watch: Watch, since: Stopwatch) -> tuple[tuple[float, ...], int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("claw.gate.drill.DEAD_S", 0.3)
        return watch.until_dead(since)


def test_one_that_is_gone_before_it_is_watched_is_no_death_and_no_survivor() -> None:
    children = Children()
    with Workers(children, 1) as workers:
        (pid,) = workers.pids()
    assert Watch([pid]).until_dead(Stopwatch()) == ((), 0)


async def test_starting_and_ending_them_holds_up_nobody() -> None:
    children = Children()
    loop, threads = threading.get_ident(), []

    class Seen(Workers):
        def __enter__(self) -> Self:
            threads.append(threading.get_ident())
            return super().__enter__()

        def __exit__(self, *_: object) -> None:
            threads.append(threading.get_ident())
            super().__exit__()

    async with Seen(children, 2).working() as workers:
        assert len(children.alive()) == len(workers.pids()) == 2
    assert children.alive() == []
    assert len(threads) == 2
    assert loop not in threads


def test_a_machine_that_starts_no_workers_is_said() -> None:
    children = Children()
    with pytest.raises(Unavailable, match="cannot start"), Workers(children, 2, ("/nonexistent/program",)):
        pass
    assert children.alive() == []


class Few(Children):
    """A machine that takes one of them."""

    def register(self, pid: int, name: str) -> None:
        if self.alive():
            raise Broken("too many")
        super().register(pid, name)


def test_where_only_some_can_be_started_those_are_ended_too() -> None:
    children = Few()
    workers = Workers(children, 3)
    with pytest.raises(Unavailable, match="too many"), workers:
        pass
    assert children.alive() == []
    assert workers._processes == []


async def test_the_load_goes_on_through_refusals_and_ends() -> None:
    asked: list[Action] = []

    async def perform(actions: tuple[Action, ...], origin: Origin) -> None:
        assert origin.channel == "drill"
        asked.extend(actions)

    began = time.monotonic()
    async with Load(perform, ("light.a", "light.b")):  # type: ignore[arg-type]
        while len(asked) < 100:
            await asyncio.sleep(0)
            assert time.monotonic() - began < 10
    count = len(asked)
    await asyncio.sleep(0.01)
    assert len(asked) == count
    assert {action.entities for action in asked} == {("light.a",), ("light.b",)}
    first = [action.name for action in asked if action.entities == ("light.a",)]
    assert first[:4] == ["light.turn_on", "light.turn_off"] * 2


def test_workers_that_no_stop_ended_are_under_none_afterwards() -> None:
    children = Children()
    with Workers(children, 1) as workers:
        pid = workers.pids()[0]
        assert children.holds(pid)
    assert not children.holds(pid)


def pidfds() -> int:
    """How many handles of processes are open here."""
    return sum("pidfd" in str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())


@pytest.mark.parametrize("killed", [0, 1, 2])
def test_no_handle_of_a_process_is_left_open_whoever_died(killed: int) -> None:
    before = pidfds()
    with Workers(Children(), 2) as workers:
        watch, since = Watch(workers.pids()), Stopwatch()
        for pid in workers.pids()[:killed]:
            os.kill(pid, signal.SIGKILL)
        assert pidfds() == before + 2
        assert watch_for(watch, since)[1] == 2 - killed
        assert pidfds() == before
