"""What of the questions shows only where two guards stand behind each other, or at the very second."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused
from claw.gate.answering import Choice
from tests.gate_room import CHILD, OWNER, POLICY, UNLOCK, VOICE, gate_room
from tests.held_clock import HeldClock
from tests.unit.gate.test_confirm import asked


@pytest.mark.parametrize("conversation", ["c2", "", "c1"])
async def test_a_no_is_taken_in_the_conversation_that_asked_and_from_whoever_may_answer(
    tmp_path: Path, conversation: str
) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        somebody = replace(CHILD, conversation=conversation)
        if conversation == "c1":
            await room.gate.answer(pending.id, somebody, yes=False)
            return
        with pytest.raises(Refused):
            await room.gate.answer(pending.id, somebody, yes=False)
        assert [one.id for one in room.questions.waiting()] == [pending.id]


async def test_two_who_have_no_conversation_are_not_in_the_same_one(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room, origin=replace(OWNER, conversation=""))
        with pytest.raises(Refused):
            await room.gate.answer(pending.id, replace(CHILD, conversation=""), yes=False)
        assert [one.id for one in room.questions.waiting()] == [pending.id]


async def test_a_no_to_a_question_with_a_number_is_a_no_and_not_a_wrong_number(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room, origin=VOICE)
        assert (await room.gate.answer(pending.id, OWNER, yes=False)).outcomes[0].detail == "it was rejected"


async def test_a_number_with_a_yes_to_a_question_that_has_none_changes_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        done = await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(number="12"))
        assert done.outcomes[0].status == "done"


async def test_what_is_over_is_told_as_it_ended_and_nothing_of_what_was_asked(tmp_path: Path) -> None:
    clock = HeldClock()
    async with gate_room(tmp_path, clock=clock) as room:  # type: ignore[arg-type]
        lapsed, taken = await asked(room), await asked(room)
        await room.gate.answer(taken.id, OWNER, yes=False)
        await clock.advance(taken.terms.within_s)
        for pending, ended in ((lapsed, "expired"), (taken, "rejected")):
            with pytest.raises(Refused) as error:
                await room.gate.answer(pending.id, OWNER, yes=True)
            assert str(error.value) == f"this question is {ended} already"


@pytest.mark.parametrize("by", ["the wall clock", "the steady one"])
async def test_at_its_very_second_a_question_is_over_by_either_clock_alone(tmp_path: Path, by: str) -> None:
    clock = HeldClock()
    async with gate_room(tmp_path, clock=clock) as room:  # type: ignore[arg-type]
        pending = await asked(room)
        if by == "the wall clock":
            clock._start += timedelta(seconds=pending.terms.within_s)
        else:
            clock._start -= timedelta(hours=1)
            await clock.advance(pending.terms.within_s)
        assert room.questions.waiting() == ()
        with pytest.raises(Refused, match="expired"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        fresh = await asked(room, UNLOCK)
        assert list(room.questions.standing) == [fresh.id]
        if by == "the steady one":
            assert list(room.questions._until) == [fresh.id], "no clock is asked about it again"


async def test_who_has_asked_is_not_remembered_for_ever(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
        assert not room.questions._asking


async def test_a_question_that_nobody_can_read_any_more_is_not_answered(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        number = await room.audit.append("question", {"digest": hashlib.sha256(b"{}").hexdigest()})
        with room.db.conn:
            room.db.conn.execute("update pending set body = '{}', audit = ?", (number,))
        with pytest.raises(Broken, match="cannot be read"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.questions.waiting() == ()
        assert room.hand.sent == []


async def test_a_question_that_the_log_holds_no_more_is_not_answered(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        await room.audit.erase(pending.audit, OWNER, "a name was in it")
        with pytest.raises(Broken, match="changed after it was asked"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_a_yes_for_a_while_is_for_a_known_person_and_as_long_as_the_rule_says(tmp_path: Path) -> None:
    granting = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: 10 min")
    for policy, asker, seconds, says in (
        (granting, VOICE, 300, "only what a known person asked"),
        (granting, OWNER, 601, "not be given for 10.0167 minutes; 10 minutes at most"),
        (POLICY, OWNER, 1, "only this once"),
    ):
        async with gate_room(tmp_path / says[:9].replace(" ", "_"), policy) as room:
            pending = await asked(room, origin=asker)
            with pytest.raises(Refused, match=says):
                await room.gate.answer(
                    pending.id, OWNER, yes=True, choice=Choice(number=pending.number, grant_s=seconds)
                )
            assert [one.id for one in room.questions.waiting()] == [pending.id]
