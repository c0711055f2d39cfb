"""What a plan's own steps do to the house, and what is no state at all, never halts it."""

from pathlib import Path

import pytest

from claw.base.action import Acknowledgement, Action, Permit
from claw.gate.carry import DIVERGED, MOVED_ON
from claw.house.model import Cause, Change, State
from tests.gate_room import HOUSE, LAMP_OFF, OWNER, Room, gate_room

STATELESS = """\
version: 1
rules:
  - {id: all, allow: [lock.unlock, claw.notify]}
  - id: named
    allow: [button.press, scene.turn_on, script.turn_on]
    on: {entity: [button.bell, scene.evening, script.night]}
  - {id: asked, confirm: light.turn_off}
"""
PRESSES = [
    Action("button.press", ("button.bell",)),
    Action("scene.turn_on", ("scene.evening",)),
    Action("script.turn_on", ("script.night",)),
]


def when_sent(room: Room, change: Change) -> None:
    """Let ``change`` come while the first action from now on is under way."""
    perform, already = room.hand.perform, len(room.hand.sent)

    async def meanwhile(permit: Permit, action: Action) -> Acknowledgement:
        done = await perform(permit, action)
        if len(room.hand.sent) == already + 1:
            room.mirror.changed([change])
        return done

    room.hand.perform = meanwhile  # type: ignore[method-assign]


@pytest.fixture
def stateless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house with things whose state tells only when they were last used, or that they run."""
    more = [{"entity_id": one.entities[0], "name": "X", "state": "unknown"} for one in PRESSES]
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], *more])


@pytest.mark.usefixtures("stateless")
@pytest.mark.parametrize("press", PRESSES, ids=lambda one: one.name)
async def test_a_plan_may_press_the_same_button_twice(
    tmp_path: Path, press: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    async with gate_room(tmp_path, STATELESS) as room:
        when_sent(room, Change(press.entities[0], State("on")))
        outcomes = (await room.gate.perform((press, press), OWNER)).outcomes
        assert [one.detail for one in outcomes] == ["", ""]
        assert room.hand.sent == [press, press]


@pytest.mark.usefixtures("stateless")
@pytest.mark.parametrize("press", PRESSES, ids=lambda one: one.name)
async def test_a_question_about_a_button_outlives_its_being_pressed(tmp_path: Path, press: Action) -> None:
    async with gate_room(tmp_path, STATELESS.replace("allow: [button", "confirm: [button")) as room:
        pending = (await room.gate.perform((press, press), OWNER)).pending
        assert pending is not None
        room.mirror.changed([Change(press.entities[0], State("2026-01-05T12:00:00+00:00"))])
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert [one.detail for one in outcomes] == ["", ""]


@pytest.mark.usefixtures("stateless")
@pytest.mark.parametrize(
    ("context", "cause", "halts"),
    [
        ("ctx1", None, False),
        ("of the scene", Cause(parent="ctx1"), False),
        ("by hand", None, True),
        (None, None, True),
        ("of somebody", Cause(parent="by hand"), True),
    ],
)
async def test_what_an_earlier_step_of_the_plan_did_does_not_halt_it(
    tmp_path: Path, context: str | None, cause: Cause | None, halts: bool
) -> None:
    async with gate_room(tmp_path, STATELESS) as room:
        pending = (await room.gate.perform((PRESSES[1], LAMP_OFF), OWNER)).pending
        assert pending is not None
        when_sent(room, Change("light.lamp", State("on", context=context, cause=cause)))
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert [one.detail for one in outcomes] == ["", DIVERGED if halts else ""]


@pytest.mark.usefixtures("stateless")
async def test_what_another_plan_did_halts_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path, STATELESS) as room:
        await room.one(PRESSES[0])
        pending = (await room.gate.perform((PRESSES[1], LAMP_OFF), OWNER)).pending
        assert pending is not None
        when_sent(room, Change("light.lamp", State("on", context="ctx1")))
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert outcomes[1].detail == DIVERGED


@pytest.mark.usefixtures("stateless")
async def test_an_act_of_which_no_context_is_known_explains_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path, STATELESS) as room:
        pending = (await room.gate.perform((PRESSES[1], LAMP_OFF), OWNER)).pending
        assert pending is not None
        perform = room.hand.perform

        async def unnamed(permit: Permit, action: Action) -> Acknowledgement:
            await perform(permit, action)
            room.mirror.changed([Change("light.lamp", State("on"))])
            return Acknowledgement(None)

        room.hand.perform = unnamed  # type: ignore[method-assign]
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert outcomes[1].detail == DIVERGED


NEVER = """\
version: 1
rules:
  - {id: all, allow: [light.turn_on, switch.turn_off]}
never:
  - {id: both, when: {states: {lock.door: unlocked, light.lamp: "on"}}}
"""


async def test_a_step_near_what_must_never_be_is_left_undone_where_it_cannot_be_judged_again(tmp_path: Path) -> None:
    freezer, lamp = Action("switch.turn_off", ("switch.freezer",)), Action("light.turn_on", ("light.lamp",))
    async with gate_room(tmp_path, NEVER) as room:
        when_sent(room, Change("light.lamp", None))
        outcomes = (await room.gate.perform((freezer, lamp), OWNER)).outcomes
        assert [(one.status, one.detail) for one in outcomes][1:] == [("refused", MOVED_ON)]
        assert room.hand.sent == [freezer]
