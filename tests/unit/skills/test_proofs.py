"""Proofs beside everything else: one at a time, cut short by the stop, caught up with later."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from claw.base.errors import Refused, Unavailable
from claw.skills.model import Report, Skill, Trace
from claw.skills.proofs import check_green
from tests.life_room import ANNA, BEN, NAME, LifeRoom, drafted, life_room, state_of


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


def _named(name: str) -> dict[str, str]:
    return {"SKILL.md": drafted().files["SKILL.md"].decode().replace(NAME, name)}


class _Slow:
    """Counts proofs under way, and holds each until it is let go."""

    def __init__(self, room: LifeRoom) -> None:
        self.most = self.now = 0
        self.go = asyncio.Event()
        self._prove = room.prover.prove
        room.prover.prove = self.prove  # type: ignore[method-assign]

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
            return await self._prove(skill, traces)
        finally:
            self.now -= 1


async def test_one_proof_at_a_time_whoever_asks_for_it(room: LifeRoom) -> None:
    slow = _Slow(room)
    await room.skills.life.propose(drafted(), ANNA)
    await room.skills.life.propose(drafted(name="second-light", **_named("second-light")), ANNA)
    own = asyncio.get_running_loop().create_task(room.skills.life.prove(NAME, ANNA))
    await room.clock.settle()
    assert slow.now == 1
    slow.go.set()
    await own
    await room.proved()
    assert slow.most == 1
    assert (room.standing().state, room.standing("second-light").state) == ("shadow", "shadow")


async def test_the_stop_ends_the_proof_and_a_later_look_begins_it_anew(room: LifeRoom) -> None:
    slow = _Slow(room)
    await room.skills.life.propose(drafted(), ANNA)
    await room.clock.settle()
    assert slow.now == 1
    room.skills.life.stop()
    await room.clock.settle()
    assert slow.now == 0
    assert room.standing().state == "draft"
    slow.go.set()
    await room.skills.life.look()
    await room.proved()
    assert room.standing().state == "shadow"


async def test_a_draft_that_cannot_be_proved_now_is_tried_again_each_hour(room: LifeRoom) -> None:
    room.prover.away = True
    await room.learned()
    await room.skills.life.look()
    await room.proved()
    with pytest.raises(Unavailable):
        await room.skills.life.prove(NAME, ANNA)
    room.prover.away = False
    await room.skills.life.look()
    await room.proved()
    assert room.prover.proved == []
    await room.clock.advance(3600)
    await room.skills.life.look()
    await room.proved()
    assert room.standing().state == "shadow"


async def test_what_is_proved_after_a_restart_only_is_offered_to_whose_it_is(room: LifeRoom) -> None:
    room.prover.away = True
    await room.skills.life.propose(drafted("ben"), BEN, asked=False)
    await room.proved()
    room.prover.away = False
    room.again()
    await room.skills.life.look()
    await room.proved()
    assert room.standing().state == "shadow"
    [told] = room.told
    assert (told.to, told.kind) == ("person:ben", "question")
    assert [event.person for event in room.skills.standings.events(NAME)] == [None, None, "ben"]


async def test_what_was_red_is_not_tried_again_by_itself(room: LifeRoom) -> None:
    room.prover.red()
    await room.learned()
    room.again()
    await room.skills.life.look()
    await room.proved()
    assert len(room.prover.proved) == 1
    assert [event.what for event in room.skills.standings.events(NAME)] == ["failed", "learned"]


async def test_a_proof_of_what_runs_already_takes_nothing_away(room: LifeRoom) -> None:
    await room.trusted()
    room.prover.red()
    report = await room.skills.life.prove(NAME, ANNA)
    assert not report.green
    assert room.standing().state == "trusted"
    room.prover.cases = ()
    assert not (await room.skills.life.prove(NAME, ANNA)).green


async def test_what_breaks_one_proof_keeps_no_other_from_its_own(room: LifeRoom) -> None:
    prove = room.prover.prove

    async def broken(skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        if skill.name == NAME:
            raise ZeroDivisionError
        return await prove(skill, traces)

    room.prover.prove = broken  # type: ignore[method-assign]
    await room.skills.life.propose(drafted(), ANNA)
    await room.skills.life.propose(drafted(name="second-light", **_named("second-light")), ANNA)
    await room.proved()
    assert room.standing().state == "draft"
    assert room.standing("second-light").state == "shadow"


async def test_a_proof_says_nothing_of_bytes_that_changed_meanwhile(room: LifeRoom) -> None:
    slow = _Slow(room)
    await room.skills.life.propose(drafted(), ANNA)
    await room.clock.settle()
    program = room.places[1] / NAME / "program.py"
    program.write_bytes(program.read_bytes() + b"# more\n")
    room.library.load()
    slow.go.set()
    await room.proved()
    assert room.standing().state == "draft"


async def test_only_what_is_there_is_proved(room: LifeRoom) -> None:
    with pytest.raises(Refused):
        await room.skills.life.prove("nothing", ANNA)


async def test_a_yes_needs_a_proof_unless_it_came_with_claw(room: LifeRoom) -> None:
    await room.learned()
    ground = room.skills.life._in
    check_green(ground, room.standing())
    room.db.execute("UPDATE skill_versions SET report = NULL")
    with pytest.raises(Refused, match="not been proved"):
        check_green(ground, room.standing())
    room.prover.red("the lamp stays off")
    await room.skills.life.prove(NAME, ANNA)
    with pytest.raises(Refused, match="the lamp stays off"):
        check_green(ground, room.standing())
    check_green(ground, state_of(room, "trusted", made="shipped"))
