"""What somebody would have a program try: to get out, to take everything, to go on after the stop.

Every program is tried whole, through the look at it and the check of types, and bare: what keeps a program in is the
sandbox alone, and the other two may not be what this rests on.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from claw.base.errors import Unavailable
from claw.program import sandbox, session
from claw.program.events import Ended, Event, Failed
from tests.hostile.programs import CAPABILITY, CHECKING, EXHAUSTION, FAILS
from tests.sandbox_room import Room, room

SECRET = "correct horse battery staple"
AT_ONCE = 6
EVERY = 4
"""One of so many programs that want everything is looked at first in every run, all of them in ``make prove``."""
API = {"call", "state", "ask", "read", "extract"}
Wrapper = Literal["auto", "plain"]


@pytest.fixture(params=["plain", "bubblewrap"])
def wrapper(request: pytest.FixtureRequest) -> Wrapper:
    if request.param == "plain":
        return "plain"
    if not shutil.which("bwrap"):
        pytest.skip("BUBBLEWRAP IS NOT INSTALLED: nothing was tried in it")
    return "auto"


@pytest.fixture
async def held(wrapper: Wrapper) -> AsyncGenerator[Room]:
    async with room(wrapper) as one:
        assert await one.sandbox.ready() == ("plain" if wrapper == "plain" else "bubblewrap")
        yield one


@contextmanager
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody looks at programs first."""
    with monkeypatch.context() as patch:
        patch.setattr(session, "prescan", lambda source, functions: None)
        yield


def placed(source: str, place: Mapping[str, str]) -> str:
    for name, value in place.items():
        source = source.replace(name, value)
    return source


async def together(held: Room, programs: Mapping[str, str], *, typed: bool) -> dict[str, Event]:
    """Run programs side by side and return how each ended; an error that is none of Claw's is raised."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(source: str) -> Event:
        async with gate:
            return await held.run(source, typed=typed)

    ends = await asyncio.gather(*(one(source) for source in programs.values()))
    return dict(zip(programs, ends, strict=True))


async def still_works(held: Room) -> None:
    end = await held.run('await call("light.turn_on", "light.a")\n2 + 2')
    assert isinstance(end, Ended)
    assert end.value == 4


@pytest.mark.parametrize("looked_at", [True, False], ids=["whole", "bare"])
async def test_no_program_gets_out(
    held: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    monkeypatch.setenv("CLAW_CANARY", SECRET)
    secret, mark = tmp_path / "secret", tmp_path / "mark"
    secret.write_text(SECRET)
    heard: list[object] = []
    listener = await asyncio.start_server(lambda *peer: heard.append(peer), "127.0.0.1", 0)
    place = {"{secret}": str(secret), "{mark}": str(mark), "{port}": str(listener.sockets[0].getsockname()[1])}
    programs = {name: placed(source, place) for name, (source, _) in CAPABILITY.items()}
    async with listener:
        if looked_at:
            ends = await together(held, programs, typed=True)
        else:
            with bare(monkeypatch):
                ends = await together(held, programs, typed=False)
    got_out = {
        name: end
        for name, end in ends.items()
        if SECRET in repr(end)
        or (not isinstance(end, Failed) and (CAPABILITY[name][1] is FAILS or end.value != CAPABILITY[name][1]))
    }
    assert got_out == {}
    assert heard == []
    assert not mark.exists()
    assert secret.read_text() == SECRET
    assert {call.name for call in held.calls} <= API
    await still_works(held)


@pytest.mark.parametrize(
    ("looked_at", "share"),
    [
        pytest.param(True, EVERY, id="whole"),
        pytest.param(True, 1, id="all-whole", marks=pytest.mark.prove),
        pytest.param(False, 1, id="bare"),  # what has to hold by itself is tried with each in every run
    ],
)
async def test_every_program_that_wants_everything_ends(
    held: Room, monkeypatch: pytest.MonkeyPatch, looked_at: bool, share: int
) -> None:
    monkeypatch.setitem(sandbox.LIMITS, "max_turn_duration_secs", 0.4)  # of each of a hundred; as shipped: below
    programs = dict(list(EXHAUSTION.items())[::share])
    if looked_at:
        ends = await together(held, programs, typed=True)
    else:
        with bare(monkeypatch):
            ends = await together(held, programs, typed=False)
    assert ends.keys() == programs.keys()
    assert len(repr(ends)) < 200_000, "what comes out of one is small, whatever it was"
    assert len(held.calls) <= 660 * len(programs)
    await still_works(held)


async def test_a_check_of_types_ends_too(held: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    with bare(monkeypatch):
        await together(held, CHECKING, typed=True)
    await still_works(held)


async def test_with_the_limits_as_shipped_a_loop_is_ended_by_itself(held: Room) -> None:
    loops = ("a bare loop", "a loop that catches everything", "a loop in finally")
    ends = await together(held, {name: EXHAUSTION[name] for name in loops}, typed=True)
    assert [end.kind for end in ends.values() if isinstance(end, Failed)] == ["TimeoutError"] * len(loops)


@pytest.mark.parametrize("programs", ["capability", "exhaustion"])
async def test_after_the_stop_no_program_is_heard_of(
    held: Room, monkeypatch: pytest.MonkeyPatch, programs: str
) -> None:
    """The stop comes at any moment of every program, six at a time."""
    random = Random(programs)
    sources = list(EXHAUSTION.values() if programs == "exhaustion" else (source for source, _ in CAPABILITY.values()))
    calls = "\nwhile True:\n    await call('light.turn_on', 'light.a')\n"
    with bare(monkeypatch):
        for start in range(0, len(sources), AT_ONCE - 1):
            held.stopped = False
            batch = [*sources[start : start + AT_ONCE - 1], calls]
            running = [asyncio.create_task(held.run(source, typed=False)) for source in batch]
            await asyncio.sleep(random.uniform(0, 0.06))
            held.stop()
            ends = await asyncio.gather(*running, return_exceptions=True)
            assert not [end for end in ends if not isinstance(end, (Ended, Failed, Unavailable))], ends
            assert held.late == [], "a call after the stop"
            assert held.children.alive() == []
    held.stopped = False
    await still_works(held)
