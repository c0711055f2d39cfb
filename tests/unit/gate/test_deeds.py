from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.gate import deeds as module
from claw.gate.deeds import Deeds
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, UNLOCK, Room, gate_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with gate_room(tmp_path) as made:
        yield made


async def test_a_deed_is_known_before_its_outcome_is_on_disk_and_after(room: Room) -> None:
    number = (await room.one(Action("light.turn_on", ("light.lamp",), {"brightness": 9}))).audit
    deeds = Deeds(room.audit, room.follower)
    early = deeds.of(number)
    await room.written()
    room.follower.recent.clear()
    late = deeds.of(number)
    assert early is not None
    assert late is not None
    for deed in (early, late):
        assert deed.outcome.status == "done"
        assert deed.outcome.before == {"light.lamp": "off"}
        assert deed.outcome.action.data == {"brightness": 9}
        assert (deed.context, deed.first, deed.undoes) == ("ctx1", number, ())
        assert deed.moved("light.lamp")
    assert late.origin == OWNER


async def test_the_acts_of_one_plan_belong_together_also_after_a_question(room: Room) -> None:
    performed = await room.gate.perform((LAMP_ON, LAMP_OFF), OWNER, undoes=(7,))
    deeds = Deeds(room.audit, room.follower)
    first, second = deeds.after(0)
    assert first.seq == performed.outcomes[0].audit == second.first == first.first
    assert first.undoes == second.undoes == (7,)
    asked = await room.gate.perform((UNLOCK, LAMP_ON), OWNER, undoes=(8, 9))
    assert asked.pending is not None
    await room.gate.answer(asked.pending.id, replace(OWNER, strength="session"), yes=True)
    *_, unlock, lamp = deeds.after(0)
    assert unlock.first == lamp.first
    assert unlock.undoes == lamp.undoes == (8, 9)
    assert deeds.under(asked.pending.audit) == [unlock.seq, lamp.seq]
    assert deeds.of(unlock.first) is None


async def test_all_that_a_program_did_is_one_deed_also_what_it_asked_about(room: Room) -> None:
    program = await room.audit.append("program", {"run": "p1"}, origin=OWNER)
    run = (await room.gate.begin((LAMP_ON,), OWNER, run="p1", program=program)).run
    assert run is not None
    await run.step((LAMP_ON,))
    asked = (await room.gate.begin((UNLOCK,), OWNER, run="p1", program=program)).pending
    assert asked is not None
    answered = await room.gate.answer(asked.id, replace(OWNER, strength="session"), yes=True)
    assert answered.run is not None
    await answered.run.step((UNLOCK,))
    deeds = Deeds(room.audit, room.follower)
    assert [one.first for one in deeds.after(0)] == [program, program]
    assert deeds.under(program) == [one.seq for one in deeds.after(0)]


async def test_an_act_whose_program_is_not_in_the_log_is_a_deed_of_its_own_parent(room: Room) -> None:
    above = await room.audit.append("answer", {"yes": True}, origin=OWNER)
    number = await room.audit.append("intent", {"action": LAMP_ON.as_json(), "run": "p2"}, origin=OWNER, parent=above)
    found = Deeds(room.audit, room.follower).of(number)
    assert found is not None
    assert found.first == above


async def test_an_act_of_which_nothing_came_back_is_known_as_that(room: Room) -> None:
    cut = await room.audit.append("intent", {"action": LAMP_ON.as_json()}, origin=OWNER)
    deed = Deeds(room.audit, room.follower).of(cut)
    assert deed is not None
    assert (deed.outcome.status, deed.context) == ("unknown", None)


@pytest.mark.parametrize("name", ["claw.model", "claw.read"])
async def test_to_ask_or_read_is_no_deed(room: Room, name: str) -> None:
    await room.one(LAMP_ON)
    await room.audit.append("intent", {"action": Action(name, (), {"call": 5}).as_json()}, origin=OWNER)
    assert [one.outcome.action.name for one in Deeds(room.audit, room.follower).latest(10)] == ["light.turn_on"]


async def test_what_was_erased_is_no_deed_and_hides_no_other(room: Room) -> None:
    erased = (await room.one(LAMP_ON)).audit or 0
    kept = (await room.one(LAMP_OFF)).audit or 0
    await room.written()
    (outcome,) = room.audit.children(erased)
    room.follower.recent.clear()
    for number in (erased, outcome.seq):
        await room.audit.erase(number, OWNER, "asked for")
    deeds = Deeds(room.audit, room.follower)
    assert [deed.seq for deed in deeds.after(0)] == [kept]
    assert deeds.in_context("ctx1") is None
    assert deeds.in_context("ctx2") == deeds.of(kept)


async def test_who_did_an_act_is_known_by_its_context_also_where_its_words_were_forgotten(room: Room) -> None:
    number = (await room.one(LAMP_ON)).audit or 0
    await room.written()
    (outcome,) = room.audit.children(number)
    deeds = Deeds(room.audit, room.follower)
    assert deeds.in_context("ctx1") is not None
    room.follower.recent.clear()
    kept = {number: {"action": LAMP_ON.as_json()}, outcome.seq: {"status": "done", "context": "ctx1"}}
    await room.audit.erase_all(kept, OWNER, "forgotten")
    deed = deeds.in_context("ctx1")
    assert deed is not None
    assert (deed.seq, deed.origin, deed.outcome.action) == (number, OWNER, LAMP_ON)
    assert (deed.outcome.status, deed.context) == ("done", "ctx1")
    assert deeds.of(number) is None


async def test_of_many_acts_since_the_last_look_the_newest_are_known(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CONTEXTS", 2)
    deeds = Deeds(room.audit, room.follower)
    for last in (3, 6):
        for _ in range(3):
            await room.one(LAMP_ON)
        await room.written()
        room.follower.recent.clear()
        known = [deeds.in_context(f"ctx{number}") is not None for number in range(last - 2, last + 1)]
        assert known == [False, True, True]


async def test_a_context_of_home_assistant_leads_to_the_deed(room: Room) -> None:
    number = (await room.one(LAMP_ON)).audit
    deeds = Deeds(room.audit, room.follower)
    early = deeds.in_context("ctx1")
    assert early is not None
    assert early.seq == number
    await room.written()
    room.follower.recent.clear()
    found = deeds.in_context("ctx1")
    assert found is not None
    assert found.seq == number
    again = (await room.one(LAMP_OFF)).audit
    await room.written()
    room.follower.recent.clear()
    later = deeds.in_context("ctx2")
    assert later is not None
    assert later.seq == again
    assert deeds.in_context("nobody") is None
    assert deeds.in_context(None) is None


async def test_what_is_no_act_or_cannot_be_read_is_no_deed(room: Room) -> None:
    await room.audit.append("start", {})
    await room.audit.append("intent", {"action": "what"}, origin=OWNER)
    await room.audit.append("intent", {"cut": "{"}, origin=OWNER)
    await room.audit.append("intent", {"action": LAMP_ON.as_json()})
    deeds = Deeds(room.audit, room.follower)
    assert deeds.after(0) == []
    assert [deeds.of(number) for number in (1, 2, 3, 4, 99)] == [None] * 5
    assert deeds.under(99) == []


async def test_a_search_has_an_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for action in (LAMP_ON, LAMP_OFF) * 2:
        await room.one(action)
    await room.written()
    monkeypatch.setattr(module, "MOST_ENTRIES", 8)
    assert len(Deeds(room.audit, room.follower).after(0)) == 4
    monkeypatch.setattr(module, "MOST_ENTRIES", 7)
    with pytest.raises(Refused, match="too long ago"):
        Deeds(room.audit, room.follower).after(0)
