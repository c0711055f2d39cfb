"""Who decides about a routine is told from the log, and what an act on one does is done once or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Origin
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.routines import effector
from claw.routines.acts import SCHEDULE
from claw.routines.making import written
from claw.routines.model import Done, Routine
from tests.making_room import ANNA, BEN, CARL, GUS, KITCHEN, VOICE, MakingRoom, as_person, making_room, spec

TAINTED = as_person("anna", taint=("calendar",))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


async def _asked(room: MakingRoom, origin: Origin) -> Performed:
    return await room.gate.perform((Action(SCHEDULE, (), {"spec": written(spec())}),), origin)


async def test_what_is_scheduled_is_kept_for_whoever_asked_as_the_log_has_them(room: MakingRoom) -> None:
    origin = replace(ANNA, task="run:7")
    made = await room.made(origin)
    assert (made.id, made.entry, made.state) == ("r1", 1, "on")
    assert made.made_by == ANNA, "nothing of the run it was asked in stays"
    assert room.book.all() == (made,)
    room.again()
    assert room.book.all() == (made,), "it is on disk"


@pytest.mark.parametrize("deed", ["claw.routine_pause", "claw.routine_remove", "claw.routine_adopt"])
async def test_what_may_not_be_known_of_is_answered_as_what_does_not_exist(room: MakingRoom, deed: str) -> None:
    made = await room.made()
    for ident in (made.id, "r999"):
        outcome = await room.act(deed, GUS, routine=ident)
        assert (outcome.status, outcome.detail) == ("refused", "there is no such routine")
    assert room.now(made) == made


@pytest.mark.parametrize(
    ("maker", "asker", "may"),
    [
        (ANNA, BEN, True),
        (CARL, BEN, True),
        (CARL, CARL, True),
        (CARL, GUS, False),
        (BEN, CARL, False),
        (BEN, VOICE, False),
        (VOICE, VOICE, True),
        (VOICE, KITCHEN, False),
        (VOICE, BEN, True),
        (VOICE, GUS, False),
        (ANNA, replace(ANNA, authenticated=False), False),
        (ANNA, replace(VOICE, person="anna"), False),
    ],
)
async def test_everybody_changes_their_own_grown_ups_anybodys_and_a_room_its_own(
    room: MakingRoom, maker: Origin, asker: Origin, may: bool
) -> None:
    made = await room.made(maker)
    outcome = await room.act("claw.routine_pause", asker, routine=made.id)
    assert (room.now(made).state == "paused") is may
    assert (outcome.status != "refused") is may


async def test_what_outside_text_had_a_part_in_is_kept_only_after_an_owners_yes(room: MakingRoom) -> None:
    first = await _asked(room, TAINTED)
    assert first.pending is not None
    answered = await room.gate.answer(first.pending.id, ANNA, yes=True)
    made = room.effector.take(answered.outcomes[0].audit)
    assert made is not None
    assert (made.state, made.made_by.taint) == ("on", ("calendar",)), "the mark stays on what it does"
    second = await _asked(room, TAINTED)
    assert second.pending is not None
    answered = await room.gate.answer(second.pending.id, BEN, yes=True)
    made = room.effector.take(answered.outcomes[0].audit)
    assert made is not None
    assert made.state == "waiting", "no other grown-up's yes is an owner's"
    for who in (BEN, CARL):
        assert (await room.act("claw.routine_resume", who, routine=made.id)).status == "refused"
        assert (await room.act("claw.routine_adopt", who, routine=made.id)).status == "refused"
    assert (await room.act("claw.routine_adopt", ANNA, routine=made.id)).status == "sent"
    assert (room.now(made).state, room.now(made).adopted_by) == ("on", "anna")


async def test_rules_that_let_outside_text_schedule_leave_it_waiting(room: MakingRoom) -> None:
    room.rules('version: 1\nrules:\n  - {id: all, allow: ["claw.*", "light.*"]}\n')
    made = await room.made(TAINTED)
    assert made.state == "waiting"
    assert not made.fires
    assert (await room.act("claw.routine_adopt", TAINTED, routine=made.id)).status == "refused"
    assert (await room.act("claw.routine_resume", ANNA, routine=made.id)).status == "refused"
    assert room.now(made).state == "waiting"


@pytest.mark.parametrize("origin", [as_person("anna", routine="r1"), replace(ANNA, channel="routine", routine="r1")])
async def test_a_routine_makes_and_runs_no_routines(room: MakingRoom, origin: Origin) -> None:
    made = await room.made()
    room.judge.makers = _Anybodys()
    outcome = await room.one(Action(SCHEDULE, (), {"spec": written(spec())}), origin)
    assert (outcome.status, outcome.detail) == ("refused", "a routine makes no routines")
    outcome = await room.act("claw.routine_run", origin, routine=made.id)
    assert outcome.status == "refused"
    assert room.keeper.ran == []


class _Anybodys:
    """Rights that stop nothing."""

    def maker(self, origin: Origin) -> Origin:
        return replace(ANNA, person=origin.person)

    def bound(self, actions: Any, origin: Origin) -> None:
        del actions, origin

    def charged(self, action: Action, origin: Origin) -> None:
        del action, origin


async def test_a_run_by_hand_is_begun_once_and_whoever_asked_may_wait_for_it(room: MakingRoom) -> None:
    made = await room.made()
    room.keeper.came = Done("failed", "the lamp is dead")
    outcome = await room.act("claw.routine_run", BEN, routine=made.id)
    assert outcome.status == "refused", "it acts for an owner"
    outcome = await room.act("claw.routine_run", ANNA, routine=made.id)
    task = room.effector.under_way(outcome.audit)
    assert task is not None
    assert (await task).status == "failed"
    assert [(one, who.person) for one, who in room.keeper.ran] == [(made.id, "anna")]
    assert room.effector.under_way(outcome.audit) is None


async def test_a_permit_is_spent_and_an_act_that_is_none_is_refused(room: MakingRoom) -> None:
    made = await room.made()
    action = Action("claw.routine_remove", (), {"routine": made.id})
    with pytest.raises(Refused):
        await room.effector.perform(room.desk.issue(Action("claw.routine_pause"), 1), action)
    other = Action("claw.routine_burn", (), {"routine": made.id})
    with pytest.raises(Refused, match="nothing that is done about routines"):
        await room.effector.perform(room.desk.issue(other, 1), other)
    with pytest.raises(Refused, match="the log does not say who asked"):
        await room.effector.perform(room.desk.issue(action, 999), action)
    assert room.now(made) == made


async def test_before_there_are_routines_nothing_is_done(room: MakingRoom) -> None:
    room.effector.deeds = None
    outcome = await room.act(SCHEDULE, spec=written(spec()))
    assert (outcome.status, outcome.detail) == ("refused", "there are no routines here")


async def test_where_nothing_runs_nothing_is_said_to_run(room: MakingRoom) -> None:
    made = await room.made()
    room.effector.runs = None
    outcome = await room.act("claw.routine_run", routine=made.id)
    assert (outcome.status, outcome.detail) == ("refused", "nothing runs here")


async def test_what_nobody_takes_does_not_pile_up(room: MakingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effector, "MOST_RESULTS", few := 5)
    made = await room.made()
    first = await room.act("claw.routine_run", routine=made.id)
    for _ in range(few):
        await room.act("claw.routine_run", routine=made.id)
    assert room.effector.take(first.audit) is None
    assert room.effector.under_way(first.audit) is None
    await room.clock.settle()
    assert len(room.keeper.ran) == few + 1, "each of them ran all the same"


async def test_a_run_that_breaks_is_in_the_daemons_own_log(room: MakingRoom, caplog: pytest.LogCaptureFixture) -> None:
    made = await room.made()
    room.keeper.breaks = RuntimeError("a bug")
    outcome = await room.act("claw.routine_run", routine=made.id)
    task = room.effector.under_way(outcome.audit)
    assert task is not None
    with pytest.raises(RuntimeError):
        await task
    assert "could not be run by hand" in caplog.text


async def test_each_step_is_an_entry_of_the_log_without_a_word_of_the_routine(room: MakingRoom) -> None:
    made = await room.made(wanted=spec(name="Sams surprise"))
    await room.act("claw.routine_pause", BEN, routine=made.id)
    await room.written()
    steps = [entry for entry in room.audit.entries(0, 100) if entry.kind == "routine"]
    assert [dict(entry.payload or {}) for entry in steps] == [
        {"routine": made.id, "step": "schedule", "state": "on"},
        {"routine": made.id, "step": "pause", "state": "paused"},
    ]
    assert [entry.origin and entry.origin.person for entry in steps] == ["anna", "ben"]


async def test_what_nobody_has_taken_is_forgotten_with_the_rest(room: MakingRoom) -> None:
    outcome = await room.act(SCHEDULE, spec=written(spec()))
    assert room.effector.erase(Erasure(everything=True)) == 1
    assert room.effector.take(outcome.audit) is None


async def test_what_runs_by_hand_ends_with_the_daemon(room: MakingRoom) -> None:

    room.keeper.hold = asyncio.Event()
    made: Routine = await room.made()
    outcome = await room.act("claw.routine_run", ANNA, routine=made.id)
    task = room.effector.under_way(outcome.audit)
    assert task is not None
    await room.clock.settle()
    await room.effector.close()
    assert task.cancelled()
