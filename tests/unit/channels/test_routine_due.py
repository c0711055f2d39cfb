"""What is due next of many routines: in order, without gaps, and never for long at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from claw.channels.routine_due import MOST_OF_ONE, due_of
from claw.routines.model import Routine
from tests.routine_room import NOW, routine


class Clockwork:
    """Gives each routine a firing every so many minutes, and counts what was looked up at a time."""

    def __init__(self, minutes: dict[str, int]) -> None:
        self.minutes = minutes
        self.asked: list[int] = []

    def next(self, one: Routine, most: int) -> Sequence[datetime]:
        self.asked.append(most)
        step = self.minutes[one.id]
        return [NOW + timedelta(minutes=step * number) for number in range(1, most + 1)] if step else []


def those(minutes: dict[str, int]) -> list[Routine]:
    return [routine(name) for name in minutes]


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 400), min_size=1), st.integers(1, 60))
def test_the_next_ones_are_the_next_ones(minutes: dict[str, int], most: int) -> None:
    clockwork = Clockwork(minutes)
    dues, more = asyncio.run(due_of(those(minutes), clockwork.next, most))
    every = sorted(
        (NOW + timedelta(minutes=step * number), name)
        for name, step in minutes.items()
        if step
        for number in range(1, most + 1)
    )
    found = [(at, one.id) for at, one in dues]
    assert found == every[: len(found)], "nothing is left out in between"
    assert len(found) >= min(most, MOST_OF_ONE, len(every))
    assert more == any(minutes.values())


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 400), min_size=1), st.integers(1, 2000))
def test_until_a_moment_each_has_its_own_and_what_is_cut_is_said(minutes: dict[str, int], length: int) -> None:
    until = NOW + timedelta(minutes=length)
    clockwork = Clockwork(minutes)
    dues, more = asyncio.run(due_of(those(minutes), clockwork.next, 1000, until))
    assert all(at < until for at, _ in dues)
    cut = False
    for name, step in minutes.items():
        whole = (length - 1) // step if step else 0
        there = [at for at, one in dues if one.id == name]
        most = 1000 if len(minutes) == 1 else MOST_OF_ONE
        assert len(there) == min(whole, most)
        cut = cut or whole >= most
    assert more == cut


async def test_others_have_their_turn_in_between() -> None:
    minutes = {f"r{number}": 10 for number in range(50)}
    clockwork, turns = Clockwork(minutes), 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    await due_of(those(minutes), clockwork.next, 100)
    task.cancel()
    assert turns >= len(minutes)
    assert max(clockwork.asked) <= MOST_OF_ONE


async def test_what_does_not_fire_is_not_due() -> None:
    rests = replace(routine("a"), state="paused")
    assert await due_of([rests], Clockwork({"a": 5}).next, 10) == ([], False)
