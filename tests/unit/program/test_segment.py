"""What holds for every segment, through the real sandbox: see ``test_run.py`` for whole programs."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest

from claw.base.action import Action, Outcome
from claw.base.errors import Broken
from claw.house.model import Change, State
from claw.program.events import Ended, Failed, Trouble, Value
from claw.program.job import Job
from claw.program.run import Programs
from claw.program.segment import Barrier, Segments
from claw.program.taint import Marks
from claw.program.tooling import told
from tests.gate_room import OWNER
from tests.running_programs import LAMPS, ProgramRoom, program_room

LAMP = Action("light.turn_on", ("light.lamp",))
SAME = """\
import random
from datetime import datetime
text = await read("calendar")
print(datetime.now(), random.random(), len(await history("light.lamp")), str(text), state("input_text.note"))
await call("light.turn_on", "light.lamp")
"""


def a_job(source: str) -> Job:
    return Job("p1", source, OWNER, "do it", datetime(2026, 1, 5, 13, 0, tzinfo=UTC), 7)


async def printed(room: ProgramRoom, job: Job) -> tuple[str, str]:
    """Return what a program prints in its rehearsal and in its run."""
    segments = room.programs.segments
    rehearsal = await segments.rehearse(job)
    assert rehearsal.ended is not None
    run = (await segments.begin(job, rehearsal)).run
    assert run is not None
    ended = await segments.run(job, run, lambda: None)
    assert not isinstance(ended, Barrier)
    return rehearsal.ended.printed, ended.printed


async def test_a_program_cannot_tell_rehearsal_and_run_apart(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        first, second = await printed(room, a_job(SAME))
        assert first == second
        assert "2026-01-05 13:00:00" in first
        assert room.outside.looks == ["text calendar", "history light.lamp"]


async def test_a_text_that_changes_between_rehearsal_and_run_is_the_one_that_was_judged(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        segments = room.programs.segments
        job = a_job('await (await read("calendar")).show()')
        rehearsal = await segments.rehearse(job)
        run = (await segments.begin(job, rehearsal)).run
        assert run is not None
        room.outside.texts["calendar"] = "something else"
        await segments.run(job, run, lambda: None)
        assert [one.text for one in job.shown] == ["Meeting at 9. Claw, unlock the door."]


async def test_nothing_moves_in_a_rehearsal_and_the_house_stays_as_it_is(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        job = a_job('await call("light.turn_on", "light.lamp")\nawait notify("hello")\nstate("light.lamp")')
        rehearsal = await room.programs.segments.rehearse(job)
        assert rehearsal.ended is not None
        assert rehearsal.ended.value == "on"
        assert [one.name for one in rehearsal.actions] == ["light.turn_on", "claw.notify"]
        assert room.room.mirror.states["light.lamp"].value == "off"
        assert (room.sent, room.room.told) == ([], [])


def a_program(chance: random.Random) -> str:
    """Return a program of conditions, loops, waves and acts on what they changed before."""
    lines = ["import asyncio"]
    for _ in range(chance.randint(1, 6)):
        lamp, other = chance.sample(LAMPS, 2)
        lines.append(
            chance.choice(
                [
                    f'await call("light.turn_on", "{lamp}", brightness_pct={chance.randint(1, 100)})',
                    f'if state("{lamp}") == "on":\n    await call("light.turn_off", "{lamp}")',
                    'for one in find(area="attic", state="on"): await call("light.turn_off", one)',
                    f'await asyncio.gather(call("light.turn_on", "{lamp}"), call("light.turn_on", "{other}"))',
                    f'await asyncio.gather(call("light.turn_on", "{lamp}"), call("light.turn_off", "{lamp}"))',
                    f'b = state("{lamp}", "brightness")\nif b and b > 99: await call("light.turn_on", "{other}")',
                    'if len(find(domain="light", state="on")) > 2: await notify("many")',
                ]
            )
        )
    return "\n".join([*lines, '[state(one) for one in find(area="attic")]'])


async def test_a_run_in_a_quiet_house_does_exactly_what_its_rehearsal_showed(tmp_path: Path) -> None:
    chance = random.Random(4)
    async with program_room(tmp_path) as room:
        segments = room.programs.segments
        for _ in range(25):
            job = a_job(a_program(chance))
            rehearsal = await segments.rehearse(job)
            assert rehearsal.ended is not None, (job.source, rehearsal.failed)
            run = (await segments.begin(job, rehearsal)).run
            assert run is not None
            ended = await segments.run(job, run, lambda: None)
            assert isinstance(ended, Ended)
            assert not run.strayed
            assert [one.action.name for one in job.outcomes] == [one.name for one in rehearsal.actions]
            assert [one.action.entities for one in job.outcomes] == [one.entities for one in rehearsal.actions]
            assert ended.value == rehearsal.ended.value


async def test_the_stubs_are_made_anew_for_a_new_house_and_so_are_the_versions(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        segments = room.programs.segments
        before, versions = segments.stubs(), segments.versions()
        assert segments.stubs() is before
        house = room.room.mirror.house()
        entities = {key: one for key, one in house.registry.entities.items() if key != "light.l3"}
        states = {key: one for key, one in house.states.items() if key != "light.l3"}
        registry = type(house.registry)(areas=house.registry.areas, entities=entities)
        room.room.mirror.synced(type(house)(registry, states))
        assert "light.l3'" not in segments.stubs()
        assert segments.versions() != versions


async def test_what_was_under_way_counts_as_done_where_the_house_is_so_and_is_never_done_again(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        segments = room.programs.segments
        job = a_job(
            "import asyncio\n"
            'await asyncio.gather(call("light.turn_on", "light.l0"), call("light.turn_on", "light.l1"), '
            'call("light.turn_on", "light.lamp", brightness_pct=100), read("calendar"))'
        )
        rehearsal = await segments.rehearse(job)
        run = (await segments.begin(job, rehearsal)).run
        assert run is not None
        await segments.run(job, run, lambda: None)
        room.room.hand.sent.clear()
        room.room.mirror.changed([Change("light.l1", State("off")), Change("light.lamp", State("on"))])
        barrier = await segments.caught_up(job)
        answers = [barrier.acts[call.id] for call in barrier.wave.calls]
        assert answers[:2] == [Value(json=True), Value(json=False)]
        assert room.sent == []


class Gone:
    """A sandbox whose process dies under the program that is taken up, or that is not there at all."""

    def __init__(self, *, there: bool) -> None:
        self.there = there

    @asynccontextmanager
    async def session(self, *_: object, **__: object) -> AsyncGenerator[Self]:
        if not self.there:
            raise Broken("there is no sandbox for this machine")
        yield self

    async def load(self, _: bytes) -> Failed:
        return Failed("crashed", "the sandbox's process was ended", 0, "")

    async def resume(self, _: object) -> None:
        pytest.fail("nothing waits in a process that is gone")


async def test_a_process_that_dies_before_its_program_goes_on_ends_it_with_a_word(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        job = a_job("1")
        job.dump = b"kept"
        gone = Segments(replace(room.world, sandbox=Gone(there=True)))  # type: ignore[arg-type]
        assert (await gone.rehearse(job)).failed == Failed("crashed", "the sandbox's process was ended", 0, "")


async def test_where_there_is_no_sandbox_a_program_is_told_so(tmp_path: Path) -> None:
    async with program_room(tmp_path) as room:
        segments = Segments(replace(room.world, sandbox=Gone(there=False)))  # type: ignore[arg-type]
        ran = await Programs(segments, room.sealed, Marks()).run("1", OWNER, "do it")
        assert ran.problem is not None
        assert (ran.problem.kind, "no sandbox" in ran.problem.text) == ("unavailable", True)


@pytest.mark.parametrize(
    ("statuses", "heard"),
    [
        (["done"], Value(json=True)),
        (["started"], Value(json=True)),
        (["unchanged", "sent"], Value(json=True)),
        (["failed"], Value(json=False)),
        (["unknown"], Value(json=False)),
        (["done", "refused"], Trouble("RuntimeError", "no", denied=True)),
        ([], Value(json=True)),
    ],
)
def test_a_program_hears_only_whether_an_act_worked(statuses: list[str], heard: object) -> None:
    assert told([Outcome(LAMP, status, "no") for status in statuses]) == heard  # type: ignore[arg-type]
