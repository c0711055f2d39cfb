import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw.audit.verify import verify
from claw.base.action import Action, Message, Origin
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.gate.answering import Choice
from claw.gate.perform import logged, without_codes
from claw.house.backend import Link
from claw.house.model import Change, State
from tests.gate_room import (
    CHILD,
    FREEZER_OFF,
    GARAGE,
    LAMP_OFF,
    LAMP_ON,
    OWNER,
    POLICY,
    UNLOCK,
    VOICE,
    gate_room,
)


async def test_an_allowed_act_is_done_when_the_house_shows_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.before, outcome.after) == ("done", {"light.lamp": "off"}, {"light.lamp": "on"})
        assert room.hand.sent == [LAMP_ON]
        await room.written()
        assert room.kinds() == ["intent", "outcome"]
        intent = room.audit.entry(outcome.audit or 0)
        assert intent is not None
        assert intent.payload is not None
        assert intent.payload["rule"] == "comfort"
        assert intent.versions["policy"] == room.judge.policy.hash


async def test_what_was_so_already_is_unchanged(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert (await room.one(LAMP_OFF)).status == "unchanged"


async def test_an_accepted_call_that_moves_nothing_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.1)
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        performed = await asyncio.wait_for(room.gate.perform((LAMP_ON,), OWNER), 10)
        assert performed.outcomes[0].status in {"started", "failed"}


async def test_somebody_elses_change_is_not_taken_for_ours(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.silent = True
        acting = asyncio.create_task(room.one(LAMP_ON))
        await room.hand.entered.wait()
        room.mirror.changed([Change("light.lamp", State("off", {"brightness": None}, None, "somebody"))])
        await asyncio.sleep(0.02)
        assert not acting.done()
        room.hand.move(LAMP_ON, "ctx1")
        assert (await acting).status == "done"


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Action("light.turn_on", ("light.nowhere",)), "unknown entity"),
        (Action("light.explode", ("light.lamp",)), "unknown action"),
        (Action("light.turn_on", ("light.lamp",), {"brightness_pct": 400}), "expected"),
        (Action("light.turn_on", ("light.lamp",), {"brightness_pct": "40"}), "expected"),
        (Action("light.turn_on", ("light.lamp",), {"entity_id": "lock.door"}), "takes no"),
        (Action("light.turn_on", ("lock.door",)), "not for"),
        (Action("homeassistant.turn_off", ("lock.door",)), "unknown action"),
    ],
)
async def test_invalid_actions_are_refused_before_the_policy_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: Action, says: str
) -> None:
    async with gate_room(tmp_path) as room:

        def asked(*_: object) -> None:
            pytest.fail("the policy was asked about something invalid")

        monkeypatch.setattr(room.judge.policy, "decide", asked)
        outcome = await room.one(action)
        assert outcome.status == "refused"
        assert says in outcome.detail
        assert room.hand.sent == []
        assert room.kinds() == ["refusal"]


async def test_what_no_rule_mentions_is_refused(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        outcome = await room.one(FREEZER_OFF)
        assert (outcome.status, outcome.decision.rule if outcome.decision else "") == ("refused", None)
        assert room.hand.sent == []


async def test_one_denied_entity_denies_the_whole_plan_and_nothing_of_it_happens(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.perform((LAMP_ON, Action("lock.unlock", ("lock.door", "lock.safe"))), OWNER)
        assert {outcome.status for outcome in performed.outcomes} == {"refused"}
        assert performed.outcomes[0].detail == "the safe stays shut"
        assert room.hand.sent == []


async def test_a_confirm_waits_and_a_yes_does_exactly_what_was_asked(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.perform((LAMP_ON, UNLOCK), VOICE)
        assert performed.pending is not None
        assert room.hand.sent == []
        picked = Choice(number=performed.pending.number)
        answered = await room.gate.answer(performed.pending.id, OWNER, yes=True, choice=picked)
        assert [outcome.status for outcome in answered.outcomes] == ["done", "done"]
        assert room.hand.sent == [LAMP_ON, UNLOCK]


async def test_a_no_does_nothing_and_cannot_become_a_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        answered = await room.gate.answer(pending.id, OWNER, yes=False)
        assert answered.outcomes[0].status == "refused"
        with pytest.raises(Refused, match="rejected already"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_a_changed_state_voids_the_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        room.mirror.changed([Change("lock.door", State("jammed"))])
        assert room.questions.waiting() == ()
        with pytest.raises(Refused, match=r"void already: lock\.door was locked and is jammed now"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_a_stop_between_question_and_yes_refuses_the_yes_and_leaves_the_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        room.stop.engage("smoke", OWNER)
        with pytest.raises(Refused, match="stopped"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_nothing_is_sent_while_stopped(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.stop.engage("smoke", OWNER)
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.detail) == ("refused", "stopped")
        assert room.hand.sent == []


async def test_no_question_is_asked_while_stopped(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.stop.engage("smoke", OWNER)
        assert (await room.one(UNLOCK)).detail == "stopped"
        assert room.questions.waiting() == ()


async def test_a_stop_between_intent_and_send_keeps_the_act_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate_room(tmp_path) as room:
        append = room.audit.append

        async def append_and_stop(kind: str, *args: object, **more: object) -> int:
            number = await append(kind, *args, **more)  # type: ignore[arg-type]
            if kind == "intent":
                room.stop.engage("smoke", OWNER)
            return number

        monkeypatch.setattr(room.audit, "append", append_and_stop)
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.detail) == ("refused", "stopped")
        assert room.hand.sent == []


async def test_a_stop_after_the_permit_was_issued_still_keeps_the_act_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate_room(tmp_path) as room:
        issue = room.desk.issue

        def issue_and_stop(action: Action, audit: int) -> object:
            permit = issue(action, audit)
            room.stop.engage("smoke", OWNER)
            return permit

        monkeypatch.setattr(room.desk, "issue", issue_and_stop)
        assert (await room.one(LAMP_ON)).status == "refused"
        assert room.hand.sent == []


async def test_a_stop_in_the_middle_of_a_plan_keeps_the_rest_back(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.hold = asyncio.Event()
        acting = asyncio.create_task(room.gate.perform((LAMP_ON, GARAGE), OWNER))
        await room.hand.entered.wait()
        room.stop.engage("smoke", OWNER)
        room.hand.hold.set()
        performed = await acting
        assert room.hand.sent == [LAMP_ON]
        assert [outcome.status for outcome in performed.outcomes] == ["done", "refused"]
        assert room.kinds().count("intent") == 1


async def test_no_log_no_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gate_room(tmp_path) as room:

        async def full(*_: object, **__: object) -> int:
            raise Broken("audit.db cannot be used: disk full")

        monkeypatch.setattr(room.audit, "append", full)
        with pytest.raises(Broken, match="disk full"):
            await room.gate.perform((LAMP_ON,), OWNER)
        assert room.hand.sent == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Refused("the house says no"), "refused"),
        (Unavailable("I cannot reach the house"), "failed"),
        (UnknownOutcome("the connection was lost"), "unknown"),
    ],
)
async def test_what_the_effector_says_is_the_outcome_and_is_logged(
    tmp_path: Path, fault: Exception, status: str
) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.fault = fault
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.detail) == (status, str(fault))
        assert len(room.hand.sent) == 1
        await room.written()
        assert room.kinds()[:2] == ["intent", "outcome"]


async def test_a_cancelled_or_broken_act_leaves_a_word_in_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.hand.hold = asyncio.Event()
        acting = asyncio.create_task(room.one(LAMP_ON))
        await room.hand.entered.wait()
        acting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await acting
        await room.written()
        assert room.kinds()[:2] == ["intent", "outcome"]


async def test_an_unavailable_device_is_not_sent_anything(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.mirror.changed([Change("light.lamp", State("unavailable"))])
        outcome = await room.one(LAMP_ON)
        assert outcome.status in {"failed", "refused"}
        assert room.hand.sent == []


async def test_a_lost_house_is_not_sent_anything(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.mirror.linked(Link("lost", "gone"))
        outcome = await room.one(LAMP_ON)
        assert (outcome.status, outcome.detail) == ("failed", "I cannot reach the house")
        assert room.hand.sent == []


async def test_messages_go_through_the_same_door(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await room.gate.tell(Message("everyone", "dinner"))
        assert [message.text for message in room.told] == ["dinner"]
        room.stop.engage("smoke", OWNER)
        await room.gate.tell(Message("everyone", "too late"))
        assert len(room.told) == 1


async def test_messages_need_a_rule_like_anything_else(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: light, allow: light.*}\n"
    async with gate_room(tmp_path, policy) as room:
        await room.gate.tell(Message("everyone", "dinner"))
        assert room.told == []


async def test_codes_are_left_out_of_the_log(tmp_path: Path) -> None:
    action = Action("lock.unlock", ("lock.door",), {"code": "4711"})
    assert "4711" not in str(logged(action))
    assert without_codes("disarm it, the code is 4711 in room 12") == "disarm it, the code is **** in room 12"
    async with gate_room(tmp_path) as room:
        await room.gate.perform((action,), OWNER, said="unlock with 4711")
        await room.written()
    assert b"4711" not in (tmp_path / "audit.db").read_bytes()


ACTIONS = st.sampled_from(
    [
        LAMP_ON,
        LAMP_OFF,
        GARAGE,
        UNLOCK,
        FREEZER_OFF,
        Action("lock.unlock", ("lock.safe",)),
        Action("lock.lock", ("lock.door",)),
        Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30}),
        Action("light.turn_on", ("light.gone",)),
        Action("nonsense.act", ("light.lamp",)),
        Action("light.turn_on", ("light.lamp",), {"brightness_pct": float("nan")}),
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("perform"), st.lists(ACTIONS, min_size=1, max_size=3), st.sampled_from([OWNER, CHILD, VOICE])
        ),
        st.tuples(st.just("answer"), st.booleans(), st.sampled_from([OWNER, CHILD, VOICE])),
        st.tuples(st.just("stop"), st.none(), st.just(OWNER)),
        st.tuples(st.just("reset"), st.none(), st.just(OWNER)),
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_whatever_happens_the_door_holds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object, Origin]]
) -> None:
    """Every send had its intent on disk (the hand checks), none came while stopped, none that a rule denies."""
    folder = tmp_path_factory.mktemp("door")
    async with gate_room(folder) as room:
        for what, detail, origin in steps:
            sent, stopped = len(room.hand.sent), room.stop.engaged
            if what == "perform":
                await room.gate.perform(tuple(detail), origin)  # type: ignore[arg-type]
            elif what == "answer":
                for pending in room.questions.waiting():
                    try:
                        await room.gate.answer(pending.id, origin, yes=bool(detail))
                    except Refused:
                        continue
                    took_back = not detail and origin.conversation == pending.origin.conversation
                    assert origin is OWNER or took_back
            elif what == "stop":
                room.stop.engage("smoke", origin)
            elif room.stop.engaged:
                room.stop.reset("toast", console=True, adult=False)
            if stopped:
                assert len(room.hand.sent) == sent
        assert FREEZER_OFF not in room.hand.sent
        assert not any("lock.safe" in action.entities and action.name == "lock.unlock" for action in room.hand.sent)
        intents = sum(kind == "intent" for kind in room.kinds())
        assert intents >= len(room.hand.sent)
    found = verify(folder / "audit.db")
    assert found.ok, found.problems


HELD = {"lock.door": "locked"}


async def test_a_held_control_is_a_yes_of_the_adult_who_held_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.hold((UNLOCK,), OWNER, HELD)
        assert [one.status for one in performed.outcomes] == ["done"]
        await room.written()
        assert room.kinds()[:2] == ["answer", "intent"]
        answer, intent = room.audit.entries(0, 2)
        assert answer.payload is not None
        assert (answer.payload["held"], intent.parent) == (HELD, answer.seq)


BEN = replace(OWNER, person="ben", source="ben")


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (OWNER, {"lock.door": "unlocked"}),
        (OWNER, {}),
        (OWNER, {"lock.door": "locked", "lock.safe": "locked"}),
        (replace(OWNER, strength="tap"), HELD),
        (replace(OWNER, channel="cli"), HELD),
        (replace(OWNER, asks_only=True), HELD),
        (replace(OWNER, taint=("calendar",)), HELD),
        (VOICE, HELD),
    ],
)
async def test_anybody_else_who_holds_it_and_anything_else_shown_is_an_ordinary_question(
    tmp_path: Path, origin: Origin, shown: dict[str, str]
) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.hold((UNLOCK,), origin, shown)
        assert performed.pending is not None
        assert room.hand.sent == []


async def test_holding_is_a_yes_only_to_what_one_may_say_yes_to(tmp_path: Path) -> None:
    policy = POLICY.replace("roles: [owner, adult]", "roles: [owner]")
    async with gate_room(tmp_path, policy) as room:
        assert (await room.gate.hold((UNLOCK,), BEN, HELD)).pending is not None
        denied = await room.gate.hold((Action("lock.unlock", ("lock.safe",)),), OWNER, {"lock.safe": "locked"})
        assert denied.outcomes[0].status == "refused"
        assert room.hand.sent == []


async def test_holding_what_needs_no_yes_is_done(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await room.gate.hold((LAMP_ON,), OWNER, {"light.lamp": "off"})
        assert room.hand.sent == [LAMP_ON]


async def test_holding_moves_nothing_while_stopped(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.stop.engage("smoke", OWNER)
        assert (await room.gate.hold((UNLOCK,), OWNER, HELD)).outcomes[0].detail == "stopped"
        assert room.hand.sent == []


async def test_an_undo_that_had_to_be_asked_is_still_one_in_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER, undoes=(3,))).pending
        assert pending is not None
        done = await room.gate.answer(pending.id, OWNER, yes=True)
        intent = room.audit.entry(done.outcomes[0].audit or 0)
        assert intent is not None
        assert (intent.payload or {})["undoes"] == [3]


COUNTED = """\
version: 1
rules:
  - {id: lamp, allow: "light.*", at_most: {times: 4, per: 1 h}}
  - {id: messages, allow: claw.notify}
  - {id: locking, allow: lock.lock}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli], grant: 10 min}}
  - {id: safe, deny: lock.unlock, on: {entity: lock.safe}}
  - {id: children, deny: "lock.*", who: {role: child}}
never:
  - {id: both, when: {states: {lock.door: unlocked, switch.freezer: "off"}}}
"""
TURNS = st.lists(
    st.one_of(
        st.tuples(st.just("perform"), st.lists(ACTIONS, min_size=1, max_size=3), st.sampled_from([OWNER, BEN, VOICE])),
        st.tuples(
            st.just("answer"),
            st.tuples(
                st.booleans(), st.sets(st.integers(0, 2), max_size=2), st.sampled_from([0.0, 300.0]), st.booleans()
            ),
            st.sampled_from([OWNER, BEN, CHILD, VOICE, replace(OWNER, strength="tap")]),
        ),
        st.tuples(st.just("hold"), st.sampled_from(["locked", "unlocked"]), st.sampled_from([OWNER, CHILD, VOICE])),
        st.tuples(
            st.just("move"),
            st.sampled_from(
                [
                    Change("lock.door", State("locked")),
                    Change("lock.door", State("jammed")),
                    Change("switch.freezer", State("off")),
                    Change("switch.freezer", State("on")),
                ]
            ),
            st.just(OWNER),
        ),
        st.tuples(st.just("stop"), st.none(), st.just(OWNER)),
    ),
    max_size=10,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TURNS)
async def test_whatever_happens_rates_voids_grants_and_never_hold(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, object, Origin]]
) -> None:
    """No unlock without a yes of who may, given to what was still so, or under a grant; no rate passed; no never."""
    async with gate_room(tmp_path_factory.mktemp("turns"), COUNTED) as room:
        for what, detail, origin in turns:
            before, freezer = len(room.hand.sent), room.mirror.states["switch.freezer"].value
            granted = {grant.origin.person for grant in room.overlay.grants}
            door = room.mirror.states["lock.door"].value
            standing = {one.id: one for one in room.questions.waiting()}
            if what == "perform":
                await room.gate.perform(tuple(detail), origin)  # type: ignore[arg-type]
            elif what == "answer":
                yes, without, grant_s, right = detail  # type: ignore[misc]
                for pending in standing.values():
                    choice = Choice(frozenset(without), pending.number if right else "00", grant_s)
                    with contextlib.suppress(Refused):
                        await room.gate.answer(pending.id, origin, yes=yes, choice=choice)
            elif what == "hold":
                await room.gate.hold((UNLOCK,), origin, {"lock.door": str(detail)})
            elif what == "move":
                assert isinstance(detail, Change)
                room.mirror.changed([detail])
                now = detail.state.value if detail.state else ""
                gone = {name for name, one in standing.items() if one.before.get(detail.entity_id, now) != now}
                assert not gone & {one.id for one in room.questions.waiting()}
            else:
                room.stop.engage("smoke", origin)
                assert room.overlay.grants == ()
                room.stop.reset("toast", console=True, adult=False)
            fresh = room.hand.sent[before:]
            if UNLOCK in fresh:
                assert freezer == "on" or door == "unlocked"  # where it was so already, no step brings it about
                assert (
                    (what == "answer" and origin in {OWNER, BEN} and detail[0])  # type: ignore[index]
                    or (what == "hold" and (origin is OWNER and (detail == door or "anna" in granted)))
                    or (what == "perform" and origin.person in granted)
                )
        assert sum(action.domain == "light" for action in room.hand.sent) <= 4
        assert not any("lock.safe" in one.entities and one.name == "lock.unlock" for one in room.hand.sent)
    found = verify(room.folder / "audit.db")
    assert found.ok, found.problems


async def test_what_came_of_an_answer_is_told_to_whoever_wants_to_know(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        told: list[tuple[str, str]] = []
        room.gate.answered.append(
            lambda pending, performed: told.append((pending.id, performed.outcomes[0].status)) or None
        )
        yes, no = [(await room.gate.perform((UNLOCK,), OWNER)).pending for _ in range(2)]
        assert yes is not None
        assert no is not None
        with pytest.raises(Refused):
            await room.gate.answer(yes.id, CHILD, yes=True)
        assert told == []
        await room.gate.answer(no.id, OWNER, yes=False)
        await room.gate.answer(yes.id, OWNER, yes=True)
        assert told == [(no.id, "refused"), (yes.id, "done")]
