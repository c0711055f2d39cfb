"""What the stories in ``tests/stories/test_undo.py`` do not reach: how far back it looks, and for how long a talk."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Action, Json, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate import undoing as module
from claw.gate.cause import Causes
from claw.gate.deeds import Deeds
from claw.gate.undo import Reversal
from claw.gate.undoing import LATELY, Undoing
from claw.house.backend import Link
from claw.house.chronicle import Chronicle
from claw.house.model import Change, State
from tests.gate_room import CHILD, GARAGE, LAMP_OFF, LAMP_ON, OWNER, PEOPLE, UNLOCK, VOICE, Room, gate_room

LOCK = Action("lock.lock", ("lock.door",))
BEN = replace(OWNER, person="ben", conversation="ben")
LAMP = {"supported_color_modes": ["brightness"]}


class Shifted(SystemClock):
    """A clock that a test sets on; it may stand ``still``."""

    ahead = timedelta(0)
    still: datetime | None = None

    def now(self) -> datetime:
        return (self.still or super().now()) + self.ahead


class Undoer:
    def __init__(self, room: Room) -> None:
        self.room = room
        deeds = Deeds(room.audit, room.follower)
        causes = Causes(Chronicle(room.mirror, room.clock), room.mirror, deeds, PEOPLE)
        self.undoing = Undoing(
            gate=room.gate,
            judge=room.judge,
            deeds=deeds,
            causes=causes,
            mirror=room.mirror,
            people=PEOPLE,
            clock=room.clock,
        )

    def codes(self, seq: int | None, origin: Origin = OWNER) -> list[str]:
        """Return why the acts of an entry are not taken back."""
        return [one.code for one in self.undoing.entry(seq or 0, origin).cannot]

    async def wrote(self, action: Action, undoes: int = 0, **outcome: Json) -> int:
        """Write an act into the log that the gate never did, as another daemon may have."""
        body: dict[str, Json] = {"action": action.as_json(), "before": {"light.lamp": "off"}, "undoes": []}
        number = await self.room.audit.append("intent", body | ({"undoes": [undoes]} if undoes else {}), origin=OWNER)
        if outcome:
            await self.room.audit.append("outcome", outcome, parent=number)
        return number

    def last(self, origin: Origin = OWNER, *, talk: bool = True) -> tuple[int, ...] | None:
        plan = self.undoing.last(origin, talk=talk)
        return None if plan is None else plan.undoes


@pytest.fixture
async def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def undoer(tmp_path: Path, clock: Shifted) -> AsyncIterator[Undoer]:
    async with gate_room(tmp_path, clock=clock) as room:
        yield Undoer(room)


async def test_a_talk_remembers_for_ten_minutes_a_person_for_longer(undoer: Undoer, clock: Shifted) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    assert undoer.last() == (number,)
    clock.ahead = LATELY + timedelta(seconds=1)
    assert undoer.last() is None
    assert undoer.last(talk=False) == (number,)


async def test_another_talk_of_the_same_person_is_another_talk(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    elsewhere = replace(OWNER, conversation="other")
    assert undoer.last(elsewhere) is None
    assert undoer.last(elsewhere, talk=False) == (number,)
    assert undoer.last(replace(OWNER, conversation="")) is None


async def test_an_act_that_is_further_back_than_a_glance_is_found(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GLANCE", 8)
    number = (await undoer.room.one(LAMP_ON)).audit
    other = replace(OWNER, person="ben", conversation="ben")
    for _ in range(10):
        await undoer.room.one(Action("light.turn_on", ("light.lamp",), {"brightness": 9}), other)
        await undoer.room.one(Action("light.turn_on", ("light.lamp",), {"brightness": 90}), other)
    plan = undoer.undoing.last(OWNER, talk=False)
    assert plan is not None
    assert [(one.code, one.entry) for one in plan.cannot] == [("changed", number)]


async def test_too_many_acts_since_then_are_not_half_taken_back(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 6)
    start = undoer.room.clock.now()
    for _ in range(4):
        await undoer.room.one(LAMP_ON)
        await undoer.room.one(LAMP_OFF)
    await undoer.room.written()
    with pytest.raises(Refused, match="too many acts"):
        undoer.undoing.since(start, OWNER)


async def test_a_passed_over_message_is_no_act_to_undo_but_in_a_talk_it_is_the_last(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    await undoer.room.one(Action("claw.notify", (), {"to": "everyone", "text": "dinner"}))
    assert undoer.last(talk=False) == (number,)
    plan = undoer.undoing.last(OWNER, talk=True)
    assert plan is not None
    assert [one.code for one in plan.cannot] == ["sent"]
    assert plan.actions == ()


async def test_a_talk_remembers_for_ten_minutes_and_not_a_moment_longer(undoer: Undoer, clock: Shifted) -> None:
    clock.still = clock.now()
    number = (await undoer.room.one(LAMP_ON)).audit
    clock.ahead = LATELY
    assert undoer.last() == (number,)


async def test_nobody_s_talk_is_no_talk(undoer: Undoer) -> None:
    nobody = Origin("mqtt")
    await undoer.room.one(LAMP_ON, nobody)
    assert undoer.last(nobody) is None
    assert undoer.last(nobody, talk=False) is None


async def test_who_only_claimed_to_be_somebody_did_nothing_of_theirs(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON, replace(OWNER, authenticated=False))).audit
    assert undoer.last(talk=False) is None
    with pytest.raises(Refused, match="somebody else's"):
        undoer.undoing.entry(number or 0, CHILD)


async def test_a_room_takes_back_by_number_what_the_room_said(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON, VOICE)).audit
    assert undoer.undoing.entry(number or 0, VOICE).undoes == (number,)
    with pytest.raises(Refused, match="somebody else's"):
        undoer.undoing.entry(number or 0, replace(VOICE, conversation="other"))


async def test_all_acts_that_a_question_led_to_are_taken_back_with_it(undoer: Undoer) -> None:
    await undoer.room.one(LAMP_ON)
    asked = (await undoer.room.gate.perform((UNLOCK, LAMP_ON, LAMP_OFF), OWNER)).pending
    assert asked is not None
    done = (await undoer.room.gate.answer(asked.id, OWNER, yes=True)).outcomes
    assert [outcome.status for outcome in done] == ["done", "unchanged", "done"]
    plan = undoer.undoing.entry(asked.audit, OWNER)
    assert plan.undoes == (done[0].audit, done[2].audit)


async def test_what_was_erased_is_not_kept_any_more(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit or 0
    await undoer.room.written()
    await undoer.room.audit.erase(number, OWNER, "asked for")
    with pytest.raises(Refused, match="not kept"):
        undoer.undoing.entry(number, OWNER)


async def test_a_message_cannot_be_taken_back_and_one_that_was_not_sent_need_not(undoer: Undoer) -> None:
    message = Action("claw.notify", (), {"to": "everyone", "text": "dinner"})
    lamp = (await undoer.room.one(LAMP_ON)).audit
    sent = (await undoer.room.one(message)).audit
    assert undoer.codes(sent) == ["sent"]
    lost = await undoer.wrote(message)
    with pytest.raises(Refused, match="changed nothing"):
        undoer.codes(lost)
    undoer.room.follower.recent.clear()
    assert undoer.last(talk=False) == (lamp,)


async def test_what_did_not_get_through_is_not_the_last_of_a_talk(undoer: Undoer) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    body: dict[str, Json] = {"action": Action("claw.notify", (), {"to": "everyone", "text": "x"}).as_json()}
    await undoer.room.audit.append("intent", body, origin=OWNER)
    await undoer.room.one(LAMP_ON)  # it is on already
    assert undoer.last() == (number,)


async def test_of_two_things_the_one_that_moved_counts(undoer: Undoer) -> None:
    undoer.room.mirror.changed([Change("lock.door", State("unlocked"))])
    number = (await undoer.room.one(Action("lock.lock", ("lock.door", "lock.safe")))).audit
    plan = undoer.undoing.last(OWNER, talk=False)
    assert plan is not None
    assert [(one.code, one.entity) for one in plan.cannot] == [("opens", "lock.door")]
    assert undoer.undoing.entry(number or 0, OWNER).undoes == (number,)


async def test_since_takes_back_what_was_done_since_and_by_whom_one_may(undoer: Undoer, clock: Shifted) -> None:
    clock.still = clock.now()
    await undoer.room.one(GARAGE, BEN)
    clock.ahead = timedelta(seconds=1)
    start = clock.now()
    number = (await undoer.room.one(LAMP_ON, BEN)).audit
    clock.ahead = timedelta(seconds=2)
    assert undoer.undoing.since(start, OWNER).undoes == (number,)
    assert undoer.undoing.since(start, OWNER).cannot == ()
    assert undoer.undoing.since(start, CHILD) == Reversal()
    await undoer.room.gate.perform((LAMP_OFF,), OWNER, undoes=(number or 0,))
    assert undoer.undoing.since(start, OWNER) == Reversal()


async def test_since_leaves_alone_what_claw_did_by_itself_and_locks_that_did_not_move(undoer: Undoer) -> None:
    start = undoer.room.clock.now()
    await undoer.room.one(LAMP_ON, SYSTEM)
    await undoer.room.one(LOCK)
    assert undoer.undoing.since(start, OWNER) == Reversal()


async def test_a_lock_that_is_not_ticked_is_left_for_that_whatever_else_became_of_it(undoer: Undoer) -> None:
    undoer.room.mirror.changed([Change("lock.door", State("unlocked"))])
    start = undoer.room.clock.now()
    await undoer.room.one(LOCK)
    undoer.room.mirror.changed([Change("lock.door", State("unlocked", {}, None, "theirs"))])
    assert [one.code for one in undoer.undoing.since(start, OWNER).cannot] == ["guarded"]
    assert [one.code for one in undoer.undoing.since(start, OWNER, ["lock.door"]).cannot] == ["changed"]


async def test_more_acts_than_a_glance_shows_are_all_taken_back(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GLANCE", 4)
    start = undoer.room.clock.now()
    numbers = [(await undoer.room.one(action)).audit for action in (LAMP_ON, LAMP_OFF, LAMP_ON)]
    await undoer.room.written()
    assert undoer.undoing.since(start, OWNER).undoes == tuple(numbers)


@pytest.mark.parametrize("still", [True, False])
async def test_where_acts_of_the_same_moment_may_be_hidden_nothing_is_taken_back(
    undoer: Undoer, clock: Shifted, monkeypatch: pytest.MonkeyPatch, *, still: bool
) -> None:
    monkeypatch.setattr(module, "_GLANCE", 4)
    monkeypatch.setattr(module, "_LOOK", 8)
    clock.still = clock.now()
    await undoer.room.one(LAMP_ON)
    clock.ahead = timedelta(0) if still else timedelta(seconds=1)
    start = clock.now()
    for action in (LAMP_OFF, LAMP_ON, LAMP_OFF):
        await undoer.room.one(action)
    await undoer.room.written()
    if still:
        with pytest.raises(Refused, match="too many acts"):
            undoer.undoing.since(start, OWNER)
    else:
        assert len(undoer.undoing.since(start, OWNER).undoes) == 3


async def test_as_few_acts_as_might_be_all_are_not_taken_for_all(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 8)
    start = undoer.room.clock.now()
    for action in (LAMP_ON, LAMP_OFF):
        await undoer.room.one(action)
    monkeypatch.setattr(module, "_GLANCE", 8)
    with pytest.raises(Refused, match="too many acts"):
        undoer.undoing.since(start, OWNER)


async def test_what_may_be_done_is_done_before_the_rest_is_asked(undoer: Undoer) -> None:
    undoer.room.mirror.changed([Change("lock.door", State("unlocked"))])
    start = undoer.room.clock.now()
    await undoer.room.gate.perform((LOCK, LAMP_ON), OWNER)
    plan = undoer.undoing.since(start, OWNER, ["lock.door"])
    first, second = (await undoer.undoing.perform(plan, OWNER, "undo")).performed
    assert [outcome.action for outcome in first.outcomes] == [LAMP_OFF]
    assert second.pending is not None


async def test_what_the_house_would_refuse_is_denied(undoer: Undoer) -> None:
    gone = Action("light.turn_off", ("light.gone",))
    ((action, decision),) = undoer.undoing.verdicts(Reversal((gone,)), OWNER)
    assert (action, decision.effect) == (gone, "deny")


async def test_an_undo_that_went_further_back_is_a_change_of_what_was_done_in_between(undoer: Undoer) -> None:
    numbers: list[int] = []
    for level, by in ((20, BEN), (50, OWNER), (80, BEN)):
        act = Action("light.turn_on", ("light.lamp",), {"brightness": level})
        numbers.append((await undoer.room.one(act, by)).audit or 0)
    await undoer.room.gate.perform((LAMP_OFF,), BEN, undoes=(numbers[0], numbers[2]))
    assert undoer.codes(numbers[1]) == ["changed"]


async def test_an_act_that_says_it_takes_itself_back_is_not_taken_back_by_it(undoer: Undoer) -> None:
    itself = undoer.room.audit.head().seq + 1
    assert await undoer.wrote(LAMP_ON, itself, status="done") == itself
    assert undoer.codes(itself) == ["changed"]


@pytest.mark.parametrize("state", [None, State("unavailable")])
async def test_what_went_away_since_is_gone_and_not_changed(undoer: Undoer, state: State | None) -> None:
    number = (await undoer.room.one(LAMP_ON)).audit
    undoer.room.mirror.changed([Change("light.lamp", state)])
    assert undoer.codes(number) == ["gone"]


async def test_an_act_without_a_context_does_not_make_every_change_without_one_its_own(undoer: Undoer) -> None:
    assert undoer.codes(await undoer.wrote(LAMP_ON, status="done")) == ["changed"]


async def test_when_a_hand_moved_it_is_told(undoer: Undoer, clock: Shifted) -> None:
    clock.still = clock.now()
    number = (await undoer.room.one(LAMP_ON)).audit or 0
    clock.ahead = timedelta(seconds=5)
    before = clock.still - timedelta(hours=1)
    undoer.room.mirror.changed([Change("light.lamp", State("off", LAMP, before, "theirs"))])
    assert [one.at for one in undoer.undoing.entry(number, OWNER).cannot] == [clock.now()]
    undoer.room.mirror.linked(Link("lost"))
    undoer.room.mirror.changed([Change("light.lamp", State("off", LAMP, before, "others"))])
    undoer.room.mirror.linked(Link("ready"))
    assert [one.at for one in undoer.undoing.entry(number, OWNER).cannot] == [before]


async def test_a_device_that_never_tells_or_is_on_its_way_was_moved_by_nobody(
    undoer: Undoer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.01)
    undoer.room.hand.silent = True
    undoer.room.mirror.changed([Change("light.lamp", State("off", {**LAMP, "assumed_state": True}))])
    assert undoer.codes((await undoer.room.one(LAMP_ON)).audit) == ["same"]
    number = (await undoer.room.one(GARAGE)).audit
    undoer.room.mirror.changed([Change("cover.garage", State("opening", {"supported_features": 11}))])
    assert undoer.codes(number) == []
