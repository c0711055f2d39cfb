from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.audit.entries import Entries
from claw.base.action import Action
from claw.base.errors import Refused
from claw.gate import trace as module
from claw.gate.trace import trace
from tests.gate_room import CHILD, LAMP_OFF, LAMP_ON, OWNER, UNLOCK, Room, gate_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with gate_room(tmp_path) as made:
        yield made


async def test_a_plan_is_traced_whole_from_any_of_its_entries(room: Room) -> None:
    bright = Action("light.turn_on", ("light.lamp",), {"brightness": 80})
    performed = await room.gate.perform((bright, LAMP_OFF), OWNER, said="brighter, then off")
    await room.written()
    numbers = [outcome.audit for outcome in performed.outcomes]
    for number in (*numbers, *(child.seq for one in numbers for child in room.audit.children(one or 0))):
        told = trace(number or 0, room.audit)
        assert told["said"] == "brighter, then off"
        assert [act["seq"] for act in told["acts"]] == numbers
    first, second = told["acts"]
    assert (first["rule"], first["effect"]) == ("comfort", "allow")
    (thing,) = first["things"]
    assert (thing["before"], thing["rehearsed"], thing["seen"]) == ("off", "on", "on")
    assert thing["rehearsed_attributes"]["brightness"] == thing["seen_attributes"]["brightness"] == 80
    assert (thing["agrees"], thing["ours"], thing["status"]) == (True, True, "done")
    assert second["things"][0]["prior"]["brightness"] == 80
    assert set(first["outcomes"][0]["timings"]) >= {"decide", "disk", "device", "verify"}
    assert (told["prompt"], told["program"]) == (None, [])
    assert told["policy"] == room.judge.policy.hash


async def test_a_question_and_its_answer_are_part_of_it(room: Room) -> None:
    asked = await room.gate.perform((UNLOCK,), OWNER, said="unlock the door")
    assert asked.pending is not None
    open_ = trace(asked.pending.audit, room.audit)
    assert (open_["said"], open_["answer"], open_["acts"]) == ("unlock the door", None, [])
    assert (open_["question"]["seq"], open_["question"]["question"]) == (asked.pending.audit, asked.pending.question)
    assert open_["asked_for"][0]["action"]["name"] == "lock.unlock"
    assert open_["asked_for"][0]["rule"] == "unlock"
    await room.gate.answer(asked.pending.id, replace(OWNER, strength="session"), yes=True)
    await room.written()
    told = trace(asked.pending.audit, room.audit)
    assert told["answer"]["yes"] is True
    assert told["answer"]["by"]["person"] == "anna"
    assert [act["action"]["name"] for act in told["acts"]] == ["lock.unlock"]
    assert told["root"] == trace(told["acts"][0]["seq"], room.audit)["root"]


async def test_a_refusal_is_traced_with_its_reason(room: Room) -> None:
    performed = await room.gate.perform((Action("lock.lock", ("lock.door",)),), CHILD, said="lock it")
    told = trace(performed.outcomes[0].audit or 0, room.audit)
    assert (told["kind"], told["acts"]) == ("refusal", [])
    assert told["refusals"][0]["rule"] == "children"


async def test_a_failure_shows_where_rehearsal_and_house_differ(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    room.hand.silent = True
    room.hand.fault = None
    outcome = await room.one(LAMP_ON)
    assert outcome.status == "started"
    await room.written()
    (act,) = trace(outcome.audit or 0, room.audit)["acts"]
    assert (act["things"][0]["rehearsed"], act["things"][0]["seen"], act["things"][0]["agrees"]) == ("on", "off", None)


async def test_what_else_came_of_it_is_told_and_what_has_its_place_is_not_told_twice(room: Room) -> None:
    asked = await room.gate.perform((UNLOCK,), OWNER, said="unlock the door", undoes=(4,))
    assert asked.pending is not None
    room.gate.questions.void(asked.pending.id, "the door moved")
    await room.written()
    told = trace(asked.pending.audit, room.audit)
    assert [(one["kind"], one["payload"]["why"]) for one in told["others"]] == [("void", "the door moved")]
    assert (told["undoes"], told["erased"]) == ([4], False)


async def test_the_acts_of_a_plan_are_found_however_much_has_happened_since(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SIBLINGS", 1)
    performed = await room.gate.perform((LAMP_ON, LAMP_OFF), OWNER)
    await room.one(LAMP_ON)
    numbers = [outcome.audit for outcome in performed.outcomes]
    assert [act["seq"] for act in trace(numbers[0] or 0, room.audit)["acts"]] == numbers


async def test_an_act_of_which_nothing_came_back_is_told_as_that(room: Room) -> None:
    number = await room.audit.append("intent", {"action": LAMP_ON.as_json(), "before": {"light.lamp": "off"}})
    (act,) = trace(number, room.audit)["acts"]
    assert (act["outcomes"], act["things"][0]["status"]) == ([], None)


async def test_what_was_erased_is_told_as_erased(room: Room) -> None:
    number = (await room.one(LAMP_ON)).audit or 0
    await room.written()
    (outcome,) = room.audit.children(number)
    await room.audit.erase(outcome.seq, OWNER, "asked for")
    (thing,) = trace(number, room.audit)["acts"][0]["things"]
    assert (thing["before"], thing["rehearsed"]) == ("off", "on")
    assert (thing["seen"], thing["status"], thing["agrees"], thing["ours"]) == (None, None, None, False)
    await room.audit.erase(number, OWNER, "asked for")
    told = trace(number, room.audit)
    assert (told["erased"], told["said"], told["undoes"]) == (True, "", [])
    assert told["acts"][0]["action"] == {"name": "", "entities": [], "data": {}}


async def test_of_what_was_not_rehearsed_nobody_can_tell_whether_it_agrees(room: Room) -> None:
    number = await room.audit.append("intent", {"action": LAMP_ON.as_json(), "before": {"light.lamp": "off"}})
    said = {"status": "done", "detail": "late", "timings": {"disk": 1.5}, "after": {"light.lamp": "on"}}
    await room.audit.append("outcome", said, parent=number)
    (act,) = trace(number, room.audit)["acts"]
    (outcome,) = act["outcomes"]
    assert (outcome["status"], outcome["detail"], outcome["timings"]) == ("done", "late", {"disk": 1.5})
    (thing,) = act["things"]
    assert (thing["rehearsed"], thing["rehearsed_attributes"]) == (None, {})
    assert (thing["seen"], thing["status"], thing["agrees"]) == ("on", "done", None)


async def test_what_stays_as_it_was_is_rehearsed_as_that(room: Room) -> None:
    intent = {"action": LAMP_ON.as_json(), "before": {"light.lamp": "on"}, "expected": {"light.lamp": [None, {}]}}
    number = await room.audit.append("intent", intent)
    said = {"status": "started", "entities": {"light.lamp": "failed"}, "ours": ["light.lamp"]}
    await room.audit.append("outcome", said, parent=number)
    (thing,) = trace(number, room.audit)["acts"][0]["things"]
    assert (thing["rehearsed"], thing["status"], thing["agrees"], thing["ours"]) == ("on", "failed", False, True)


async def test_it_needs_no_daemon_and_no_payload(room: Room) -> None:
    number = (await room.one(LAMP_ON)).audit or 0
    empty = await room.audit.append("intent", {})
    await room.written()
    entries = Entries(room.folder / "audit.db")
    try:
        assert trace(number, entries)["acts"] == trace(number, room.audit)["acts"]
        told = trace(empty, entries)
        assert told["acts"][0]["things"] == []
        with pytest.raises(Refused, match="there is no audit entry 99"):
            trace(99, entries)
    finally:
        entries.close()
