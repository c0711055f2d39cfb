"""The second line of the door: what holds when the first one was not told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.daemon.declared import OWN
from claw.gate.answering import Choice
from claw.gate.perform import NOT_LATER, Performed
from claw.gate.queue import AT_ONCE
from claw.house.file import parse_house
from claw.house.model import State
from tests.gate_room import CHILD, GARAGE, HOUSE, LAMP_ON, OWNER, POLICY, UNLOCK, VOICE, Room, gate_room
from tests.talking import until


async def test_a_change_that_nobody_told_of_voids_the_yes_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        room.mirror._states["lock.door"] = State("unlocked")  # as if the change had been lost on its way
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.status for one in performed.outcomes] == ["refused"]
        assert "was locked when this was asked and is unlocked now" in performed.outcomes[0].detail
        assert room.hand.sent == []


async def test_a_thing_that_nobody_said_was_gone_voids_the_yes_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        del room.mirror._states["lock.door"]
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.status for one in performed.outcomes] == ["refused"]
        assert room.hand.sent == []


async def test_another_thing_in_the_same_state_voids_the_yes_though_nobody_told_of_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        registry = room.mirror.registry
        door = replace(registry.entities["lock.door"], registry_id="another")
        room.mirror._registry = replace(registry, entities={**registry.entities, "lock.door": door})
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.status for one in performed.outcomes] == ["refused"]
        assert "is not what it was" in performed.outcomes[0].detail
        assert room.hand.sent == []


async def test_what_was_allowed_and_what_was_asked_are_two_plans(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.perform((GARAGE, UNLOCK), OWNER)
        assert performed.pending is not None
        assert room.hand.sent == [], "nothing of a plan that is asked about is done before the yes"
        assert [action.name for action in performed.pending.actions] == [GARAGE.name, UNLOCK.name]


def no() -> None:
    raise Refused("not now")


async def all_at_work(room: Room, origin: Origin = OWNER) -> list[asyncio.Task[Performed]]:
    """Take every place of one source, with acts that hang in the house."""
    room.hand.hold = asyncio.Event()
    tasks = [asyncio.create_task(room.gate.perform((LAMP_ON,), origin)) for _ in range(AT_ONCE)]

    async def working() -> bool:
        return len(room.hand.sent) == AT_ONCE

    await until(working)
    return tasks


async def let_go(room: Room, tasks: list[asyncio.Task[Performed]]) -> None:
    assert room.hand.hold is not None
    room.hand.hold.set()
    await asyncio.gather(*tasks)


async def test_a_yes_while_it_is_stopped_is_refused_at_once_and_does_not_wait_in_line(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        tasks = await all_at_work(room)
        room.stop.engage("smoke", OWNER)
        with pytest.raises(Refused, match="stopped"):
            await asyncio.wait_for(room.gate.answer(pending.id, OWNER, yes=True), 1)
        for asking in (room.gate.perform, room.gate.begin):
            performed = await asyncio.wait_for(asking((LAMP_ON,), OWNER), 1)
            assert performed.outcomes[0].detail == "stopped"
        await let_go(room, tasks)


async def test_what_says_no_while_a_yes_waits_in_line_leaves_the_question_as_it_is(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        tasks = await all_at_work(room)
        answer = asyncio.create_task(room.gate.answer(pending.id, OWNER, yes=True))
        await asyncio.sleep(0.01)
        room.stop.guards.append(no)
        await let_go(room, tasks)
        with pytest.raises(Refused, match="not now"):
            await answer
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        assert "answer" not in room.kinds()


@pytest.mark.parametrize("how", ["perform", "begin"])
async def test_what_says_no_while_a_plan_waits_in_line_keeps_it_from_being_judged(tmp_path: Path, how: str) -> None:
    async with gate_room(tmp_path) as room:
        tasks = await all_at_work(room)
        asking = room.gate.perform if how == "perform" else room.gate.begin
        asked = asyncio.create_task(asking((UNLOCK,), OWNER))
        await asyncio.sleep(0.01)
        room.stop.guards.append(no)
        await let_go(room, tasks)
        performed = await asked
        assert performed.pending is None
        assert performed.outcomes[0].detail == "not now"
        assert "question" not in room.kinds()


async def test_who_answers_is_looked_up_by_the_clocks_of_the_house(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.mirror.synced(parse_house({**HOUSE, "time_zone": "Asia/Tokyo"}))
        now = room.questions._now()
        assert now is not None
        assert now.utcoffset() == timedelta(hours=9)


async def test_holding_is_no_yes_of_a_child_even_where_a_child_may_answer(tmp_path: Path) -> None:
    policy = POLICY.replace("roles: [owner, adult]", "roles: [owner, child]").replace('deny: "lock.*"', 'deny: "fan.*"')
    async with gate_room(tmp_path, policy) as room:
        assert (await room.gate.hold((UNLOCK,), CHILD, {"lock.door": "locked"})).pending is not None
        assert room.hand.sent == []
        assert (await room.gate.hold((UNLOCK,), OWNER, {"lock.door": "locked"})).outcomes[0].status == "done"


async def test_a_control_that_shows_nothing_is_no_yes(tmp_path: Path) -> None:
    policy = POLICY.replace("allow: claw.notify", "confirm: claw.notify, ask: {channels: [web]}")
    async with gate_room(tmp_path, policy) as room:
        message = Action("claw.notify", (), {"to": "everyone", "text": "dinner"})
        assert (await room.gate.hold((message,), OWNER, {})).pending is not None
        assert room.told == []


async def answered(room: Room, choice: Choice, origin: Origin = OWNER) -> dict[str, object]:
    """Ask, say yes and return what the log says of the answer."""
    pending = (await room.gate.perform((UNLOCK,), origin)).pending
    assert pending is not None
    await room.gate.answer(pending.id, OWNER, yes=True, choice=replace(choice, number=choice.number or pending.number))
    (entry,) = room.audit.entries(limit=1, newest_first=True, kinds=("answer",))
    return dict(entry.payload or {})


GRANTING = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: 10 min")


async def test_the_log_says_of_a_yes_what_it_was_and_nothing_that_it_was_not(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        plain = await answered(room, Choice())
        assert plain["yes"] is True
        assert not {"why", "grant_s", "without"} & plain.keys()
        room.mirror._states["lock.door"] = State("locked")
        longer = await answered(room, Choice(grant_s=300))
        assert longer["grant_s"] == 300


async def test_the_log_says_why_a_yes_was_none_and_grants_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        known = replace(VOICE, person="anna", authenticated=True)
        wrong = await answered(room, Choice(number="00", grant_s=300), known)
        assert (wrong["yes"], wrong["why"]) == (False, "the wrong number was picked")
        assert "grant_s" not in wrong
        assert room.overlay.grants == ()


async def test_the_log_says_of_a_no_that_it_was_one_and_gives_no_reason_for_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        await room.gate.answer(pending.id, OWNER, yes=False)
        (entry,) = room.audit.entries(kinds=("answer",))
        assert entry.payload is not None
        assert entry.payload["yes"] is False
        assert "why" not in entry.payload


async def test_the_log_says_of_a_held_control_that_it_was_a_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await room.gate.hold((UNLOCK,), OWNER, {"lock.door": "locked"})
        (entry,) = room.audit.entries(limit=1, kinds=("answer",))
        assert entry.payload is not None
        assert entry.payload["yes"] is True


@pytest.mark.parametrize("how", ["lost", "denied"])
async def test_a_yes_that_came_too_late_leaves_a_question_that_is_void(tmp_path: Path, how: str) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        if how == "lost":
            room.mirror._states["lock.door"] = State("unlocked")
        else:
            room.judge.policy = await denying(tmp_path / "other")
        assert (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes[0].status == "refused"
        await room.written()
        (void,) = room.audit.entries(kinds=("void",))
        assert void.parent == pending.audit
        with pytest.raises(Refused, match="void already"):
            await room.gate.answer(pending.id, OWNER, yes=True)


async def denying(folder: Path) -> object:
    """Return a policy that denies what the other asks about."""
    async with gate_room(folder, POLICY.replace("entity: lock.safe", "entity: lock.door")) as other:
        return other.judge.policy


async def test_a_yes_for_a_task_holds_for_the_task_also_where_there_is_no_conversation(tmp_path: Path) -> None:
    policy = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: task")
    for number, (task, conversation, granted) in enumerate((("t", "", 1), ("t", "c", 1), ("", "c", 1), ("", "", 0))):
        async with gate_room(tmp_path / str(number), policy) as room:
            await answered(room, Choice(), replace(OWNER, task=task, conversation=conversation))
            assert [grant.author for grant in room.overlay.grants] == ["anna"] * granted
            assert room.kinds().count("grant") == granted


async def test_what_nobody_known_asked_is_granted_for_no_task(tmp_path: Path) -> None:
    policy = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: task")
    async with gate_room(tmp_path, policy) as room:
        assert (await answered(room, Choice(), VOICE))["yes"] is True
        assert room.overlay.grants == ()


async def test_where_nothing_can_be_granted_a_yes_is_for_once(tmp_path: Path) -> None:
    policy = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: task")
    async with gate_room(tmp_path, policy) as room:
        room.judge.overlay = None
        assert (await answered(room, Choice()))["yes"] is True
        assert room.hand.sent == [UNLOCK]


async def test_a_request_that_was_erased_keeps_nobody_from_answering(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        question = room.audit.entry(pending.audit)
        assert question is not None
        await room.audit.erase(question.parent or 0, OWNER, "a name was in it")
        assert (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes[0].status == "done"


async def test_a_thing_without_an_id_of_its_own_may_be_asked_about(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        entities = [{**one, "registered": one["entity_id"] != "lock.door"} for one in HOUSE["entities"]]
        room.mirror.synced(parse_house({**HOUSE, "entities": entities}))
        assert room.mirror.registry.entities["lock.door"].registry_id is None
        assert (await answered(room, Choice()))["yes"] is True
        assert room.hand.sent == [UNLOCK]


async def test_a_thing_that_left_the_registry_without_a_word_voids_the_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        registry = room.mirror.registry
        entities = {name: one for name, one in registry.entities.items() if name != "lock.door"}
        room.mirror._registry = replace(registry, entities=entities)
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert "is not what it was; ask again" in performed.outcomes[0].detail


async def test_only_what_the_policy_denied_says_so_in_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await room.one(Action("lock.unlock", ("lock.safe",)))
        room.stop.engage("smoke", OWNER)
        await room.one(LAMP_ON)
        effects = [(entry.payload or {}).get("effect") for entry in room.audit.entries(kinds=("refusal",))]
        assert effects == ["deny", None]


async def test_the_log_says_of_an_act_under_a_grant_which_one_and_of_no_other(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        await answered(room, Choice(grant_s=300))
        (grant,) = room.overlay.grants
        room.mirror._states["lock.door"] = State("locked")
        assert (await room.one(UNLOCK)).status == "done"
        intents = [entry.payload or {} for entry in room.audit.entries(kinds=("intent",))]
        assert [one.get("grant") for one in intents] == [None, grant.id]
        assert "grant" not in intents[0]


async def test_how_long_it_took_to_decide_is_told_however_it_was_asked(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for asking in (room.gate.perform, room.gate.begin):
            assert "decide" in (await asking((LAMP_ON,), OWNER)).timings
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        assert "decide" in (await room.gate.answer(pending.id, OWNER, yes=True)).timings


@pytest.mark.parametrize("effect", ["confirm", "allow"])
async def test_a_model_is_asked_now_or_not_at_all_and_nothing_that_came_with_it(tmp_path: Path, effect: str) -> None:
    policy = f"version: 1\nrules:\n  - {{id: lights, allow: light.*}}\n  - {{id: own, {effect}: claw.*}}\n"
    data = {"purpose": "plan", "model": "m", "tokens": 5, "prompt": "0" * 64, "call": 1}
    async with gate_room(tmp_path, policy) as room:
        room.judge.services = dict(OWN)
        for plan in ((Action("claw.model", (), data),), (LAMP_ON, Action("claw.model", (), data))):
            performed = await room.gate.perform(plan, OWNER)
            assert performed.pending is None
            assert (NOT_LATER in {one.detail for one in performed.outcomes}) == (effect == "confirm")
        assert room.hand.sent == ([LAMP_ON] if effect == "allow" else [])
