"""Words go from the log, deeds stay: nobody gets rid of the trace of an open door by having something forgotten."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from claw.audit.entries import Entry
from claw.audit.verify import verify
from claw.base.action import Json, Origin
from claw.memory.erasing import Scope
from claw.memory.forget import action_of
from claw.memory.model import Fact, Told
from claw.memory.trail import KINDS, without_words
from tests.forgetting_room import ANNA, BEN, KIM, START, VOICE, ForgettingRoom, forgetting_room

NUTS = Fact("fact", "person:sam", "allergic to", "hazelnuts", "Sam is allergic to hazelnuts")
UNLOCK = {"name": "lock.unlock", "entities": ["lock.door"], "data": {"code": "(left out)", "seconds": 5}}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        yield made


async def acted(room: ForgettingRoom, origin: Origin, said: str) -> list[int]:
    """Write down an act that was asked about first, and return the numbers of its entries."""
    audit = room.audit
    request = await audit.append("request", {"said": said, "actions": [UNLOCK], "rules": ["unlock"]}, origin=origin)
    question = await audit.append("question", {"id": "q1", "question": f"{said}?"}, origin=origin, parent=request)
    answer = await audit.append("answer", {"question": "q1", "yes": True}, origin=origin, parent=question)
    body = {"said": said, "action": UNLOCK, "rule": "unlock", "effect": "confirm", "before": {"lock.door": "locked"}}
    intent = await audit.append("intent", body, origin=origin, parent=answer)
    outcome = await audit.append("outcome", {"status": "done", "detail": said}, parent=intent)
    return [request, question, answer, intent, outcome]


async def test_what_was_done_stays_when_what_was_said_of_it_goes(room: ForgettingRoom) -> None:
    seqs = await acted(room, BEN, "open up, Sam brings hazelnuts")
    before = {seq: room.audit.entry(seq) for seq in seqs}
    forgotten = await room.forgetting.forget(Scope.after(START), BEN)
    assert (forgotten.entries, forgotten.verified) == (5, True)
    assert room.left("hazelnuts") == []
    entries = room.audit.entries(0, 100, kinds=("erased",))
    kept = {entry.parent: (entry.payload or {}).get("kept") for entry in entries}
    intent = before[seqs[3]]
    assert intent is not None
    assert kept[seqs[3]] == {
        "kind": "intent",
        "time": intent.time.isoformat(),
        "rule": "unlock",
        "effect": "confirm",
        "action": {"name": "lock.unlock", "entities": ["lock.door"], "data": {"seconds": 5}},
    }
    assert kept[seqs[4]] == {"kind": "outcome", "time": START.isoformat(), "status": "done"}
    assert kept[seqs[2]] == {"kind": "answer", "time": START.isoformat(), "yes": True}
    assert kept[seqs[1]] is None
    assert verify(room.audit.path).ok


async def test_an_entry_that_nothing_leads_to_goes_when_it_holds_the_words(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    loose = await room.audit.append("program", {"source": "say('Sam is allergic to HAZELNUTS')"}, origin=BEN)
    other = await room.audit.append("program", {"source": "say('Sam is at home')"}, origin=BEN)
    await room.forgetting.forget(Scope.one(memory.id), ANNA)
    payloads = [entry.payload for seq in (loose, other) if (entry := room.audit.entry(seq)) is not None]
    assert payloads == [None, {"source": "say('Sam is at home')"}]


async def test_what_others_said_stays_in_the_log(room: ForgettingRoom) -> None:
    annas = await acted(room, ANNA, "let the plumber in")
    bens = await acted(room, BEN, "let the gardener in")
    nobodys = await acted(room, VOICE, "let the stranger in")
    await room.forgetting.forget(Scope.about("ben"), BEN)
    there = [(entry := room.audit.entry(seq)) is not None and entry.payload is not None for seq in annas + nobodys]
    assert all(there)
    assert room.left("gardener") == []
    assert bens


async def test_the_last_hour_of_an_owner_takes_what_unknown_voices_said_too(room: ForgettingRoom) -> None:
    await acted(room, VOICE, "let the stranger in")
    await acted(room, BEN, "let the gardener in")
    await room.forgetting.forget(Scope.after(START), ANNA)
    assert room.left("stranger") == []
    assert room.left("gardener"), "what Ben said is not hers to forget"


async def test_an_act_that_is_under_way_and_the_forgetting_itself_keep_their_entries(room: ForgettingRoom) -> None:
    under_way = await room.audit.append("intent", {"said": "run the bath", "action": UNLOCK}, origin=BEN)
    await acted(room, BEN, "let the gardener in")
    await room.forgetting.forget(Scope.after(START), BEN)
    entry = room.audit.entry(under_way)
    assert entry is not None
    assert entry.payload is not None
    own = [each for each in room.audit.entries(0, 100, kinds=("intent",)) if each.payload is not None]
    assert [(each.payload or {})["action"]["name"] for each in own] == ["lock.unlock", "claw.forget"]


async def test_what_asking_a_model_cost_stays_to_be_counted(room: ForgettingRoom) -> None:
    action = {"name": "claw.model", "entities": [], "data": {"tokens": 40}}
    seq = await room.audit.append("intent", {"said": "", "action": action}, origin=BEN)
    await room.audit.append("outcome", {"status": "sent", "response": {"tokens_in": 4}}, parent=seq)
    await acted(room, BEN, "let the gardener in")
    await room.forgetting.forget(Scope.about("ben"), BEN)
    entry = room.audit.entry(seq)
    assert entry is not None
    assert entry.payload == {"said": "", "action": action}


@pytest.mark.parametrize(
    "payload",
    [
        {"said": "Sam", "why": "Sam", "detail": "Sam", "source": "Sam", "digest": "Sam", "id": "Sam"},
        {"entities": {"light.lamp": ["Sam"]}, "undoes": [["Sam"]]},
        {"action": {"name": "claw.notify", "entities": [], "data": {"text": "Sam", "more": {"text": "Sam"}}}},
        {"actions": ["Sam", {"name": "tts.speak", "entities": ["a.b"], "data": {"message": "Sam", "volume": 0.5}}]},
        {"action": {"name": "x.y", "entities": [], "data": "Sam"}},
    ],
)
def test_nothing_that_could_be_a_word_is_kept_of_an_entry(payload: dict[str, Json]) -> None:
    entry = Entry(7, datetime(2026, 5, 8).astimezone(), "intent", BEN, None, payload, {}, b"")
    assert "Sam" not in str(without_words(entry))


def test_no_kind_that_proves_something_or_tells_of_a_stop_is_touched() -> None:
    assert KINDS.isdisjoint({"stop", "reset", "erased", "checkpoint", "key", "continued", "retired", "grant", "policy"})


async def test_a_question_that_led_to_a_memory_goes_with_it_however_its_words_were_masked(room: ForgettingRoom) -> None:
    audit, said = room.audit, "remember that the shed opens with ****"
    shed = Fact("fact", "thing:shed", "opens with", "71154", "The shed opens with 71154")
    program = await audit.append("program", {"said": "lights on", "source": "call('light.turn_on')"}, origin=ANNA)
    request = await audit.append("request", {"said": said}, origin=ANNA, parent=program)
    question = await audit.append("question", {"id": "q", "question": f"{said}?"}, origin=ANNA, parent=request)
    answer = await audit.append("answer", {"question": "q", "yes": True}, origin=ANNA, parent=question)
    intent = await audit.append("intent", {"said": said}, origin=ANNA, parent=answer)
    await audit.append("outcome", {"status": "sent"}, parent=intent)
    kept = room.facts.keep(shed, Told("owner_told", "web", "anna", explicit=True, audit=intent))
    await room.forgetting.forget(Scope.one(kept.memory.id), ANNA)
    gone = [seq for seq in (program, request, question, answer, intent) if (e := audit.entry(seq)) and not e.payload]
    assert gone == [request, question, answer, intent], "what else the program did is not about it"
    assert room.left("shed opens") == []


async def test_who_said_yes_to_a_forgetting_stays_to_be_seen(room: ForgettingRoom) -> None:
    audit = room.audit
    await acted(room, BEN, "let the gardener in")
    request = await audit.append("request", {"said": "", "actions": []}, origin=BEN)
    question = await audit.append("question", {"id": "q", "question": "Forget it?"}, origin=BEN, parent=request)
    answer = await audit.append("answer", {"question": "q", "yes": True}, origin=BEN, parent=question)
    action = action_of(Scope.about("ben"))
    own = await audit.append("intent", {"said": "", "action": action.as_json()}, origin=BEN, parent=answer)
    await room.forgetter.perform(room.permits.issue(action, own), action)
    left = [seq for seq in (request, question, answer, own) if (entry := audit.entry(seq)) and entry.payload]
    assert left == [request, question, answer, own]
    assert room.left("gardener") == []


async def test_a_word_of_a_memory_goes_where_its_teller_said_it_and_stays_where_others_did(
    room: ForgettingRoom,
) -> None:
    told = await room.tell(Fact("fact", "thing:boiler", "takes", "cartridge", "The boiler takes a cartridge"), BEN)
    bens = await room.audit.append("program", {"source": "say('cartridge')"}, origin=BEN)
    kims = await room.audit.append("program", {"source": "say('cartridge')"}, origin=KIM)
    forgotten = await room.forgetting.forget(Scope.one(told.id), ANNA)
    payloads = [entry.payload for seq in (bens, kims) if (entry := room.audit.entry(seq)) is not None]
    assert payloads == [None, {"source": "say('cartridge')"}]
    assert "what others may have said" in forgotten.told
