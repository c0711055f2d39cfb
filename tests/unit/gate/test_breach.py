import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Json
from claw.gate.breach import Breaches
from claw.gate.judge import Judge
from claw.house.fields import Service
from claw.house.model import Change, State
from tests.gate_room import HOUSE, LAMP_ON, OWNER, POLICY, Room, gate_room
from tests.talking import until

NEVER = (
    POLICY
    + """\
never:
  - id: dark-and-open
    when: {states: {lock.door: unlocked, light.lamp: "on"}}
    why: the door is unlocked while the lamp is on
"""
)


def watching(room: Room) -> Breaches:
    return Breaches(room.judge, room.audit, room.clock, room.gate.tell)


async def rows(room: Room) -> list[str]:
    return [str(entry.payload["id"]) for entry in room.audit.entries(0, 1000, kinds=("breach",)) if entry.payload]


async def test_what_must_never_be_is_told_once_whoever_did_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)
        room.mirror.changed([Change("light.lamp", State("on"))])
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        await until(lambda: rows(room))
        room.mirror.changed([Change("light.lamp", State("on", {"brightness": 4}))])
        await asyncio.sleep(0.05)
        assert await rows(room) == ["dark-and-open"]
        (message,) = room.told
        assert (message.to, message.kind, message.urgency) == ("everyone", "alarm", "high")
        assert message.text == "the door is unlocked while the lamp is on"
        assert room.hand.sent == []  # looking is not acting
        await breaches.close()


async def test_it_is_told_again_when_it_comes_again(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)

        async def told(times: int) -> None:
            async def so() -> bool:
                return len(await rows(room)) == times

            await until(so)

        for times in (1, 2):
            room.mirror.changed([Change("light.lamp", State("on")), Change("lock.door", State("unlocked"))])
            await told(times)
            room.mirror.changed([Change("lock.door", State("locked"))])
            await asyncio.sleep(0.02)
        await breaches.close()


async def test_what_is_not_known_is_no_breach(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)
        room.mirror.changed([Change("light.lamp", State("on")), Change("lock.door", State("unavailable"))])
        await asyncio.sleep(0.05)
        assert await rows(room) == []
        await breaches.close()


async def test_a_plan_that_would_bring_it_about_is_refused_whole(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        performed = await room.gate.perform((LAMP_ON,), OWNER)
        assert [(one.status, one.detail) for one in performed.outcomes] == [
            ("refused", "the door is unlocked while the lamp is on")
        ]
        assert room.hand.sent == []


REACHING = """\
version: 1
rules:
  - {id: all, allow: ["light.*", "lock.*", claw.notify]}
  - {id: leaving, allow: scene.turn_on, on: {entity: scene.leaving}}
never:
  - {id: open, when: {states: {lock.door: unlocked, light.lamp: "on"}}, why: open while the lamp is on}
"""


async def test_what_a_scene_might_do_counts_as_done_where_it_must_never_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = {"entity_id": "scene.leaving", "state": "unknown", "attributes": {"entity_id": ["lock.door"]}}
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], {**scene, "name": "Leaving"}])
    leave = Action("scene.turn_on", ("scene.leaving",))
    async with gate_room(tmp_path, REACHING) as room:
        (before,) = (await room.gate.perform((leave,), OWNER)).outcomes
        assert before.status != "refused", "the lamp is off: it may be unlocked"
        room.hand.sent.clear()
        room.mirror.changed([Change("light.lamp", State("on"))])
        (after,) = (await room.gate.perform((leave,), OWNER)).outcomes
        assert (after.status, after.detail) == ("refused", "open while the lamp is on")
        assert room.hand.sent == []


EMPTY_HOUSE = """\
version: 1
rules:
  - {id: all, allow: ["light.*", "switch.*", "climate.*", "cover.*", "lock.lock", "alarm_control_panel.*", claw.notify]}
  - {id: setting-off, allow: [scene.turn_on, script.turn_on], on: {entity: [scene.one, scene.two, script.one]}}
never:
  - id: oven
    when: {states: {switch.oven: "on", binary_sensor.somebody: "off"}}
    why: the oven is on and nobody is there
  - {id: heater, when: {states: {climate.heater: heat, binary_sensor.somebody: "off"}}, why: it heats for nobody}
  - {id: garage, when: {states: {cover.garage: open, binary_sensor.somebody: "off"}}, why: open and nobody is there}
  - {id: plugs, when: {states: {group.plugs: "on", light.lamp: "on"}}, why: a plug and the lamp are on}
"""
RUN_SCENE = Action("scene.turn_on", ("scene.one",))
RUN_SCRIPT = Action("script.turn_on", ("script.one",))


def kitchen(monkeypatch: pytest.MonkeyPatch, entity_id: str, attributes: Json, *, somebody: str = "off") -> None:
    """Add to the house what may be dangerous there, and one thing that sets something off."""
    more: list[tuple[str, str, Json]] = [
        ("switch.oven", "off", {}),
        ("switch.kettle", "off", {}),
        ("climate.heater", "off", {"hvac_modes": ["off", "heat"]}),
        ("binary_sensor.somebody", somebody, {}),
        ("scene.two", "unknown", {"entity_id": ["switch.oven"]}),
        (entity_id, "unknown", attributes),
    ]
    rows = {name: {"entity_id": name, "name": name, "state": value, "attributes": a} for name, value, a in more}
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], *rows.values()])
    groups = [{"entity_id": "group.plugs", "members": ["switch.kettle"]}]
    groups.append({"entity_id": "group.hot", "members": ["switch.oven"]})
    monkeypatch.setitem(HOUSE, "groups", groups)


def steps(*actions: tuple[str, str]) -> Json:
    return {"actions": [{"action": name, "entities": [entity_id]} for name, entity_id in actions]}


@pytest.mark.parametrize(
    ("entity_id", "attributes", "why"),
    [
        ("scene.one", {"entity_id": ["light.lamp", "switch.oven"]}, "oven is on"),
        ("scene.one", {"entity_id": ["climate.heater"]}, "it heats"),
        ("scene.one", {"entity_id": ["group.hot"]}, "oven is on"),
        ("scene.one", {"entity_id": ["cover.garage"]}, "open and"),
        ("scene.one", {"entities": {"switch.oven": "on"}}, "oven is on"),
        ("scene.one", {"entities": {"climate.heater": {"state": "heat"}}}, "it heats"),
        ("script.one", steps(("switch.turn_on", "switch.oven")), "oven is on"),
        ("script.one", steps(("switch.turn_on", "switch.oven"), ("switch.turn_off", "switch.oven")), "oven is on"),
        ("script.one", steps(("switch.turn_on", "switch.gone"), ("switch.turn_on", "switch.oven")), "oven is on"),
        ("script.one", steps(("switch.turn_on", "group.hot")), "oven is on"),
        ("script.one", steps(("scene.turn_on", "scene.two")), "oven is on"),
        (
            "script.one",
            steps(("climate.set_hvac_mode", "climate.heater"), ("switch.turn_on", "switch.oven")),
            "oven is on",
        ),
        (
            "script.one",
            steps(
                ("light.turn_on", "light.lamp"),
                ("switch.turn_on", "switch.kettle"),
                ("switch.turn_off", "switch.kettle"),
            ),
            "a plug and",
        ),
    ],
)
async def test_what_a_scene_or_script_may_switch_on_counts_where_it_must_never_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entity_id: str, attributes: Json, why: str
) -> None:
    kitchen(monkeypatch, entity_id, attributes)
    async with gate_room(tmp_path, EMPTY_HOUSE) as room:
        (outcome,) = (await room.gate.perform((RUN_SCENE if "scene" in entity_id else RUN_SCRIPT,), OWNER)).outcomes
        assert outcome.status == "refused"
        assert why in outcome.detail
        assert room.hand.sent == []


@pytest.mark.parametrize(
    ("entity_id", "attributes", "somebody"),
    [
        ("scene.one", {"entity_id": ["switch.oven", "climate.heater", "cover.garage"]}, "on"),
        ("scene.one", {"entity_id": ["switch.kettle"]}, "off"),
        ("scene.one", {"entities": {"switch.oven": "off"}, "entity_id": ["switch.oven"]}, "off"),
        ("script.one", steps(("switch.turn_off", "switch.oven")), "off"),
        ("script.one", steps(("cover.close_cover", "cover.garage"), ("switch.turn_on", "switch.kettle")), "off"),
    ],
)
async def test_what_it_cannot_bring_about_is_not_held_against_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entity_id: str, attributes: Json, somebody: str
) -> None:
    kitchen(monkeypatch, entity_id, attributes, somebody=somebody)
    async with gate_room(tmp_path, EMPTY_HOUSE) as room:
        plan = room.judge.judge((RUN_SCENE if "scene" in entity_id else RUN_SCRIPT,), OWNER)
        assert plan.denied is None


async def test_a_script_that_asks_who_is_there_does_not_move_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen(monkeypatch, "scene.one", {"entity_id": ["binary_sensor.somebody", "light.lamp"]}, somebody="on")
    async with gate_room(tmp_path, EMPTY_HOUSE) as room:
        room.mirror.changed([Change("switch.oven", State("on"))])
        assert room.judge.judge((RUN_SCENE,), OWNER).denied is None


async def test_one_call_is_one_step_however_many_things_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen(monkeypatch, "scene.one", {})
    one_alone = 'when: {states: {switch.oven: "on", switch.kettle: "off"}}'
    policy = EMPTY_HOUSE.replace('when: {states: {switch.oven: "on", binary_sensor.somebody: "off"}}', one_alone)
    async with gate_room(tmp_path, policy) as room:
        both = Action("switch.turn_on", ("switch.oven", "switch.kettle"))
        assert room.judge.judge((both,), OWNER).denied is None
        assert room.judge.judge((replace(both, entities=("switch.oven",)),), OWNER).denied is not None


async def test_what_a_scene_left_unknown_stays_so_for_the_rest_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen(monkeypatch, "scene.one", {"entity_id": ["switch.kettle"]})
    async with gate_room(tmp_path, EMPTY_HOUSE) as room:
        assert room.judge.judge((RUN_SCENE,), OWNER).denied is None, "the lamp is off"
        assert room.judge.judge((LAMP_ON,), OWNER).denied is None, "the plug is off"
        denied = room.judge.judge((RUN_SCENE, LAMP_ON), OWNER).denied
        assert denied is not None
        assert denied.rule == "plugs"


async def test_a_declared_service_may_do_anything_to_what_it_is_asked_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen(monkeypatch, "scene.one", {})
    async with gate_room(tmp_path, EMPTY_HOUSE) as room:
        cook = Service("switch.cook", targets=True)
        judge = Judge(room.mirror, room.judge.policy, room.clock, {"switch.cook": cook})
        denied = judge.judge((Action("switch.cook", ("switch.oven",)),), OWNER).denied
        assert denied is not None
        assert denied.rule == "oven"
        assert judge.judge((Action("switch.cook", ("switch.kettle",)),), OWNER).denied is None
