"""A routine asks when nobody is there: its person hears it, a yes does it once, silence is no and is told."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from claw.base.action import Action
from claw.base.errors import Broken, Refused
from claw.gate.perform import Performed
from claw.house.model import Change, State
from claw.program.ran import Ran
from claw.routines.model import Done
from claw.routines.unattended import DRIVEN_S, LOST
from tests.doing_room import UNLOCK, Acting, acting, acts
from tests.gate_room import CHILD, OWNER, POLICY

if TYPE_CHECKING:
    from claw.gate.run import Run as GateRun

SAYS = {"say": "It is dark."}


async def asked(room: Acting, **more: object) -> tuple[int, str]:
    """Have a routine ask; return its row's number and the question's id."""
    run, done = await room.do(room.routine([acts(UNLOCK), SAYS], **more))  # pyright: ignore[reportArgumentType]
    assert done.status == "asked"
    (standing,) = room.room.questions.standing
    return run.id, standing


async def test_a_question_goes_to_its_person_and_a_yes_does_it_once_with_what_follows(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        assert [(one.to, one.kind) for one in room.told] == [("person:anna", "question")]
        assert not room.room.hand.sent
        await room.room.gate.answer(question, OWNER, yes=True)
        await room.clock.settle()
        assert [one.name for one in room.room.hand.sent] == ["lock.unlock"]
        assert [one.text for one in room.room.told] == ["It is dark."]
        row = room.book.run(number)
        assert row is not None
        assert row.status == "done"
        with pytest.raises(Refused):
            await room.room.gate.answer(question, OWNER, yes=True)
        await room.clock.advance(7200)
        assert (room.book.run(number), len(room.room.hand.sent)) == (row, 1)


async def test_what_a_program_asked_is_over_when_the_program_is_and_silence_ends_it_no_more(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        unattended, pending = room.doing._unattended, replace(room.room.questions.standing[question], run="p1")
        unattended.answered(pending, Performed(run=cast("GateRun", object())))
        unattended.ran(Ran("another"))
        await room.clock.advance(200)
        row = room.book.run(number)
        assert row is not None
        assert row.status == "asked", "it is on its way"
        unattended.ran(Ran("p1"))
        await room.clock.settle()
        row = room.book.run(number)
        assert row is not None
        assert row.status == "done"
        assert [one.text for one in room.room.told] == ["It is dark."]
        await room.clock.advance(DRIVEN_S)
        assert room.book.run(number) == row


@pytest.mark.parametrize(("void", "status", "why"), [(True, "refused", "it was removed"), (False, "unknown", LOST)])
async def test_a_program_that_is_never_heard_of_again_or_voided_leaves_no_row_open(
    void: bool, status: str, why: str, tmp_path: Path
) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        unattended, pending = room.doing._unattended, replace(room.room.questions.standing[question], run="p1")
        unattended.answered(pending, Performed(run=cast("GateRun", object())))
        if void:
            unattended.voided(pending, why)
        await room.clock.advance(DRIVEN_S + 1)
        row = room.book.run(number)
        assert row is not None
        assert (row.status, why in row.reason) == (status, True)


async def test_silence_is_no_and_is_told(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        await room.clock.advance(200)
        row = room.book.run(number)
        assert row is not None
        assert (row.status, "nobody answered" in row.reason) == ("refused", True)
        assert [one.id for one in room.book.untold()] == [number]
        with pytest.raises(Refused):
            await room.room.gate.answer(question, OWNER, yes=True)
        assert not room.room.hand.sent


async def test_a_no_is_a_row_and_no_trouble(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        await room.room.gate.answer(question, OWNER, yes=False)
        row = room.book.run(number)
        assert row is not None
        assert (row.status, row.reason) == ("skipped", "somebody said no")
        assert not room.book.untold()


async def test_a_question_that_is_void_is_a_row_with_why(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, _ = await asked(room)
        room.room.mirror.changed([Change("lock.door", State("unlocked"))])
        row = room.book.run(number)
        assert row is not None
        assert (row.status, "unlocked now" in row.reason) == ("refused", True)


async def test_who_may_answer_hears_it_where_its_maker_may_not(tmp_path: Path) -> None:
    policy = POLICY.replace('  - {id: children, deny: "lock.*", who: {role: child}}\n', "")
    async with acting(tmp_path, policy) as room:
        await room.do(room.routine([acts(UNLOCK)], CHILD))
        assert {one.to for one in room.told} == {"person:carl", "person:anna", "person:ben"}


async def test_a_policy_that_leaves_nobody_to_ask_is_a_refusal(tmp_path: Path) -> None:
    policy = POLICY.replace("roles: [owner, adult]", "roles: [guest]")
    async with acting(tmp_path, policy) as room:
        _, done = await room.do(room.routine([acts(UNLOCK)]))
        assert (done.status, "nobody here may say yes" in done.reason) == ("refused", True)


async def test_a_yes_counts_also_after_the_last_run_of_a_routine_and_not_once_it_is_paused(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        room.book.change("evening", state="over")
        await room.room.gate.answer(question, OWNER, yes=True)
        await room.clock.settle()
        assert [one.status for one in room.book.runs("evening")] == ["done"]
        await room.room.one(Action("lock.lock", ("lock.door",)))
        room.book.change("evening", state="on")
        number, question = await asked(room, ident="again")
        room.book.change("again", state="paused")
        await room.room.gate.answer(question, OWNER, yes=True)
        row = room.book.run(number)
        assert row is not None
        assert (row.status, "paused" in row.reason) == ("refused", True)
        assert len(room.room.hand.sent) == 2


async def test_a_restart_takes_up_a_question_and_closes_the_rows_of_those_that_are_gone(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        lost, _ = await room.do(room.routine([acts(UNLOCK)], ident="lost"))
        for pending in tuple(room.room.questions.standing.values()):
            if pending.origin.routine == "lost":
                del room.room.questions.standing[pending.id]
        await room.doing.close()
        room.room.gate.answered.clear()
        room.room.questions.voided.pop()
        room.doing = room.made()
        room.doing.settle()
        await room.clock.settle()
        assert room.row(lost)[0] == "refused"
        await room.room.gate.answer(question, OWNER, yes=True)
        await room.clock.settle()
        row = room.book.run(number)
        assert row is not None
        assert row.status == "done"
        assert [one.text for one in room.room.told] == ["It is dark."]


@pytest.mark.parametrize("task", [None, "a-program"], ids=["its own", "of a program"])
async def test_each_of_two_questions_of_a_routine_is_of_its_own_row_after_a_restart(
    task: str | None, tmp_path: Path
) -> None:
    async with acting(tmp_path) as room:
        evening, standing = room.routine([acts(UNLOCK)]), room.room.questions.standing
        first, _ = await room.do(evening)
        (older,) = standing
        await room.clock.advance(1)
        second, _ = await room.do(evening)
        if task is not None:
            for one in tuple(standing.values()):
                standing[one.id] = replace(one, origin=replace(one.origin, task=task))
        await room.doing.close()
        room.room.gate.answered.clear()
        room.room.questions.voided.pop()
        room.doing = room.made()
        room.doing.settle()
        await room.clock.settle()
        assert [room.row(one)[0] for one in (first, second)] == ["asked", "asked"]
        await room.room.gate.answer(older, OWNER, yes=True)
        await room.clock.settle()
        assert [room.row(one)[0] for one in (first, second)] == ["done", "refused"]  # the door is no longer locked


async def test_a_yes_that_came_just_before_claw_ended_is_no_refusal_in_the_row(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        number, question = await asked(room)
        room.room.gate.answered.clear()  # Claw ends before it can write down what came of it
        outcomes = (await room.room.gate.answer(question, OWNER, yes=True)).outcomes
        assert [one.status for one in outcomes] == ["done"]
        await room.doing.close()
        room.doing = room.made(lambda run: _left(run.id == number, Done("done", "it was done all the same", outcomes)))
        room.doing.settle()
        await room.clock.settle()
        assert [(one.status, one.reason) for one in room.book.runs()] == [("done", "it was done all the same")]


async def _left(mine: bool, done: Done) -> Done | None:
    return done if mine else None


async def test_a_disk_that_is_full_takes_nothing_from_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with acting(tmp_path) as room:
        _, question = await asked(room)
        monkeypatch.setattr(room.book, "close", _full)
        assert (await room.room.gate.answer(question, OWNER, yes=False)).outcomes[0].detail == "it was rejected"


def _full(*_: object, **__: object) -> None:
    raise Broken("the disk is full")
