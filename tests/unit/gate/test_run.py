"""Plans of programs: judged whole, taken step by step, and held against what was judged."""

import asyncio
import random
from pathlib import Path

import pytest

from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.base.errors import Broken, Refused, Unavailable
from claw.gate.answering import Choice
from claw.gate.carry import BROKEN_OFF, DIVERGED, MOVED_ON
from claw.gate.run import LEFT_OUT, NOT_IN_PLAN, STRAYED, Run
from claw.house.model import Change, State
from tests.gate_room import CHILD, FREEZER_OFF, GARAGE, HOUSE, LAMP_OFF, LAMP_ON, OWNER, POLICY, UNLOCK, Room, gate_room
from tests.talking import until

LAMPS = tuple(Action("light.turn_on", (f"light.lamp{at}",)) for at in range(20))
LOCK = Action("lock.lock", ("lock.door",))
OPEN = """\
version: 1
rules:
  - {id: all, allow: ["light.*", "lock.*"]}
  - {id: messages, allow: claw.notify}
"""


@pytest.fixture
def lamps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house with twenty lamps more."""
    lamp = HOUSE["entities"][0]
    more = [{**lamp, "entity_id": action.entities[0], "name": action.entities[0]} for action in LAMPS]
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], *more])


async def begun(room: Room, *actions: Action, origin: Origin = OWNER) -> Run:
    performed = await room.gate.begin(actions, origin, said="do it", run="p1")
    assert performed.run is not None, performed
    return performed.run


async def approved(room: Room, *actions: Action, choice: Choice | None = None) -> Run:
    pending = (await room.gate.begin(actions, OWNER, run="p1")).pending
    assert pending is not None
    assert pending.run == "p1"
    answered = await room.gate.answer(pending.id, OWNER, yes=True, choice=choice or Choice())
    assert answered.run is not None, answered
    return answered.run


async def test_what_a_program_leads_to_is_written_under_its_entry(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        program = await room.audit.append("program", {"run": "p1"}, origin=OWNER)
        run = (await room.gate.begin((LAMP_ON,), OWNER, run="p1", program=program)).run
        assert run is not None
        await run.step((LAMP_ON,))
        await room.gate.begin((LOCK,), CHILD, run="p1", program=program)
        asked = await room.gate.begin((UNLOCK,), OWNER, run="p1", program=program)
        assert asked.pending is not None
        found = {one.kind: one for one in room.audit.children(program)}
        assert set(found) == {"intent", "refusal", "request"}
        question = room.audit.entry(asked.pending.audit)
        assert question is not None
        assert question.parent == found["request"].seq
        assert {(one.payload or {}).get("run") for one in (*found.values(), question)} == {"p1"}
        await room.gate.answer(asked.pending.id, OWNER, yes=True)


async def test_a_plan_that_may_be_done_moves_nothing_until_its_steps_are_taken(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON, LAMP_OFF)
        assert room.hand.sent == []
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
        assert run.left == (LAMP_OFF,)
        assert [one.status for one in await run.step((LAMP_OFF,))] == ["done"]
        assert room.hand.sent == [LAMP_ON, LAMP_OFF]
        assert (run.left, run.strayed, len(run.outcomes)) == ((), False, 2)
        first, second = (room.audit.entry(one.audit or 0) for one in run.outcomes)
        assert first is not None
        assert second is not None
        assert first.payload is not None
        assert second.payload is not None
        assert first.payload["said"] == "do it"
        assert second.payload["first"] == first.seq == run.first


async def test_one_denied_step_refuses_the_whole_plan_before_anything_moves(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.begin((LAMP_ON, FREEZER_OFF), OWNER, run="p1")
        assert (performed.run, performed.pending) == (None, None)
        assert [one.status for one in performed.outcomes] == ["refused", "refused"]
        assert room.hand.sent == []


async def test_an_empty_plan_is_a_run_too_and_what_it_does_not_hold_is_judged_by_itself(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room)
        assert await run.step(()) == ()
        assert not run.strayed
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
        assert run.strayed


async def test_a_plan_that_asks_waits_and_its_yes_gives_the_run(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await approved(room, LAMP_ON, UNLOCK)
        assert room.hand.sent == []
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
        assert [one.status for one in await run.step((UNLOCK,))] == ["done"]
        assert room.hand.sent == [LAMP_ON, UNLOCK]


async def test_the_question_of_a_program_keeps_its_id_over_a_restart(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.begin((UNLOCK,), OWNER, run="p1")).pending
        assert pending is not None
    async with gate_room(tmp_path) as room:
        assert [one.run for one in room.questions.waiting()] == ["p1"]
        run = (await room.gate.answer(pending.id, OWNER, yes=True)).run
        assert run is not None
        assert room.hand.sent == []


async def test_a_no_to_a_program_gives_no_run(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.begin((UNLOCK,), OWNER, run="p1")).pending
        assert pending is not None
        answered = await room.gate.answer(pending.id, OWNER, yes=False)
        assert answered.run is None
        assert [one.status for one in answered.outcomes] == ["refused"]


async def test_what_was_left_out_of_the_yes_is_not_done_and_stops_nothing_else(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await approved(room, LAMP_ON, GARAGE, UNLOCK, choice=Choice(without=frozenset({1})))
        found = [(await run.step((one,)))[0] for one in (LAMP_ON, GARAGE, UNLOCK)]
        assert [(one.status, one.detail) for one in found] == [("done", ""), ("refused", LEFT_OUT), ("done", "")]
        assert room.hand.sent == [LAMP_ON, UNLOCK]
        assert not run.strayed


async def test_a_run_that_strays_does_harmless_things_and_nothing_guarded_any_more(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await approved(room, LAMP_ON, UNLOCK)
        assert [one.status for one in await run.step((LAMP_OFF,))] == ["unchanged"]
        assert run.strayed
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
        assert [(one.status, one.detail) for one in await run.step((UNLOCK,))] == [("refused", STRAYED)]
        assert UNLOCK not in room.hand.sent


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (UNLOCK, NOT_IN_PLAN),
        (Action("lock.unlock", ("lock.safe",)), "the safe stays shut"),
        (Action("light.turn_on", ("light.nowhere",)), "unknown entity"),
    ],
)
async def test_what_was_not_in_the_plan_is_refused_where_it_would_ask_is_denied_or_invalid(
    tmp_path: Path, action: Action, says: str
) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        (outcome,) = await run.step((action,))
        assert outcome.status == "refused"
        assert says in outcome.detail
        assert room.hand.sent == []
        assert run.strayed


async def test_a_risky_act_that_the_rules_allow_still_has_to_be_in_the_plan(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        run = await begun(room, LAMP_ON)
        assert [one.detail for one in await run.step((UNLOCK,))] == [NOT_IN_PLAN]
        again = await begun(room, LAMP_ON, UNLOCK)
        await again.step((LAMP_ON,))
        assert [one.status for one in await again.step((UNLOCK,))] == ["done"]


async def test_one_wrong_step_of_a_wave_costs_the_others_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        found = await run.step((LAMP_ON, Action("light.explode", ("light.lamp",)), LAMP_OFF))
        assert [one.status for one in found] == ["done", "refused", "done"]
        assert [one.status for one in run.outcomes] == ["done", "refused", "done"]


TIMED = """\
version: 1
rules:
  - {id: all, allow: "timer.*"}
"""


async def test_an_action_counts_as_the_planned_one_in_any_spelling_of_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = {"entity_id": "timer.tea", "name": "Tea", "state": "idle"}
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], timer])
    async with gate_room(tmp_path, TIMED) as room:
        spelt = Action("timer.start", ("timer.tea",), {"duration": "0:03:00"})
        run = await begun(room, spelt)
        assert run.left[0].data == {"duration": "00:03:00"}
        await run.step((spelt,))
        assert not run.strayed


@pytest.mark.usefixtures("lamps")
async def test_a_wave_is_under_way_all_at_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, *LAMPS)
        room.hand.hold = asyncio.Event()
        stepping = asyncio.create_task(run.step(LAMPS))

        async def all_sent() -> bool:
            return len(room.hand.sent) == len(LAMPS)

        await until(all_sent)
        room.hand.hold.set()
        found = await stepping
        assert [one.action for one in found] == list(LAMPS)
        assert {one.status for one in found} == {"done"}
        intents = [room.audit.entry(one.audit or 0) for one in found]
        firsts = {one.payload.get("first") for one in intents[1:] if one is not None and one.payload is not None}
        assert firsts == {found[0].audit}


@pytest.mark.usefixtures("lamps")
@pytest.mark.parametrize(
    ("policy", "wave"),
    [
        (OPEN, (LAMPS[0], UNLOCK, LAMPS[1])),
        (OPEN, (LAMP_ON, LAMP_OFF)),
        (
            OPEN + 'never:\n  - {id: dark, when: {states: {light.lamp0: "on", light.lamp1: "on"}}, why: no}\n',
            (LAMPS[0], Action("light.turn_off", ("light.lamp1",))),
        ),
    ],
    ids=["one is guarded", "one thing twice", "what must never be"],
)
async def test_a_wave_is_done_in_order_where_the_order_matters(
    tmp_path: Path, policy: str, wave: tuple[Action, ...]
) -> None:
    async with gate_room(tmp_path, policy) as room:
        run = await begun(room, *wave)
        room.hand.hold = asyncio.Event()
        stepping = asyncio.create_task(run.step(wave))
        await room.hand.entered.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        assert room.hand.sent == [wave[0]]
        room.hand.hold.set()
        await stepping
        assert room.hand.sent == list(wave)


async def test_a_guarded_step_halts_in_another_house_and_after_a_failure(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await approved(room, LAMP_ON, UNLOCK)
        room.mirror.changed([Change("lock.door", State("jammed"))])
        await run.step((LAMP_ON,))
        assert [one.detail for one in await run.step((UNLOCK,))] == [DIVERGED]
    async with gate_room(tmp_path / "open", OPEN) as room:
        run = await begun(room, LAMP_ON, UNLOCK)
        room.hand.fault = Unavailable("no radio")
        await run.step((LAMP_ON,))
        assert [one.detail for one in await run.step((UNLOCK,))] == [BROKEN_OFF]
        again = await begun(room, UNLOCK)
        room.mirror.changed([Change("lock.door", State("jammed"))])
        assert [one.detail for one in await again.step((UNLOCK,))] == [MOVED_ON]


async def test_what_must_never_be_is_not_brought_about_by_a_step_that_was_judged_in_another_house(
    tmp_path: Path,
) -> None:
    never = 'never:\n  - {id: lit, when: {states: {light.lamp: "on", switch.freezer: "off"}}, why: no}\n'
    async with gate_room(tmp_path, OPEN + never) as room:
        run = await begun(room, LOCK, LAMP_ON)
        assert [one.status for one in await run.step((LOCK,))] == ["unchanged"]
        room.mirror.changed([Change("switch.freezer", State("off"))])
        (outcome,) = await run.step((LAMP_ON,))
        assert (outcome.status, outcome.detail) == ("refused", MOVED_ON)
        assert LAMP_ON not in room.hand.sent


async def test_nothing_of_a_run_is_done_after_a_stop_nor_after_its_reset(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON, LAMP_OFF)
        room.stop.engage("smoke", OWNER)
        assert [one.detail for one in await run.step((LAMP_ON,))] == ["stopped"]
        room.stop.reset("over", console=True, adult=True)
        assert [one.detail for one in await run.step((LAMP_ON, LAMP_OFF))] == ["stopped", "stopped"]
        assert room.hand.sent == []
        performed = await room.gate.begin((LAMP_ON,), OWNER)
        assert performed.run is not None


async def test_a_stop_in_the_middle_of_a_wave_ends_the_rest_of_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        run = await begun(room, LAMP_ON, LOCK, LAMP_OFF)
        perform = room.hand.perform

        async def stopping(permit: Permit, action: Action) -> Acknowledgement:
            done = await perform(permit, action)
            room.stop.engage("smoke", OWNER)
            return done

        room.hand.perform = stopping  # type: ignore[method-assign]
        await run.step((LAMP_ON, LOCK, LAMP_OFF))
        rest = await run.step((LAMP_ON,))
        assert [one.detail for one in rest] == ["stopped"]
        assert LAMP_OFF not in room.hand.sent


@pytest.mark.usefixtures("lamps")
async def test_whatever_a_run_asks_for_nothing_guarded_is_done_but_in_its_place_of_the_plan(tmp_path: Path) -> None:
    chance = random.Random(11)
    pool = [*LAMPS[:3], LOCK, UNLOCK, Action("lock.unlock", ("lock.safe",)), Action("light.explode", ("light.lamp",))]
    async with gate_room(tmp_path, OPEN) as room:
        for _ in range(60):
            room.mirror.changed([Change("lock.door", State("locked")), Change("lock.safe", State("locked"))])
            plan = chance.choices(pool[:6], k=chance.randint(0, 5))
            performed = await room.gate.begin(plan, OWNER, run="p1")
            if performed.run is None:
                continue
            run, asked = performed.run, list(plan)
            for _ in range(chance.randint(0, 2)):  # the run goes another way here and there
                asked.insert(chance.randint(0, len(asked)), chance.choice(pool))
            room.hand.sent.clear()
            while asked:
                count = chance.randint(1, 3)
                wave, asked = asked[:count], asked[count:]
                assert [one.action for one in await run.step(wave)] == wave
            guarded = [one for one in room.hand.sent if one.name == "lock.unlock"]
            rest = iter(plan)
            assert all(any(one == planned for planned in rest) for one in guarded), (plan, room.hand.sent)


TAINTED = """\
version: 1
rules:
  - {id: clean, allow: "light.*"}
  - {id: influenced, deny: "light.*", when: {tainted: true}, why: somebody else may have wanted it}
"""


async def test_what_the_program_has_read_since_counts_for_every_further_step(tmp_path: Path) -> None:
    async with gate_room(tmp_path, TAINTED) as room:
        run = await begun(room, LAMP_ON, LAMP_OFF)
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
        run.mark(("calendar.work",))
        assert [one.status for one in await run.step((LAMP_OFF,))] == ["refused"]
        assert room.hand.sent == [LAMP_ON]


async def test_an_unwritable_log_breaks_the_wave_and_leaves_none_of_it_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        run = await begun(room, LAMP_ON, LOCK)

        async def full(*_: object, **__: object) -> int:
            raise Broken("the disk is full")

        monkeypatch.setattr(room.audit, "append", full)
        before = len(asyncio.all_tasks())
        with pytest.raises(Broken, match="full"):
            await run.step((LAMP_ON, LOCK))
        assert len(asyncio.all_tasks()) == before
        assert room.hand.sent == []


async def test_a_stopped_gate_begins_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.stop.engage("smoke", OWNER)
        performed = await room.gate.begin((LAMP_ON,), OWNER, run="p1")
        assert performed.run is None
        assert [one.detail for one in performed.outcomes] == ["stopped"]
        assert (await room.gate.begin((), OWNER, run="p1")).run is None


async def test_a_question_that_cannot_be_asked_begins_nothing(tmp_path: Path) -> None:
    nobody = POLICY.replace("{roles: [owner, adult], channels: [web, cli]}", "{channels: [phone]}")
    async with gate_room(tmp_path, nobody) as room:
        performed = await room.gate.begin((UNLOCK,), OWNER, run="p1")
        assert (performed.run, performed.pending) == (None, None)
        assert performed.outcomes[0].status == "refused"
        with pytest.raises(Refused):
            await room.gate.answer("nothing", OWNER, yes=True)
