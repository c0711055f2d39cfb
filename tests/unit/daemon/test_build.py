import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from claw.audit.schema import SCHEMA
from claw.base.action import Action
from claw.base.config import HouseConfig
from claw.base.errors import Broken, Invalid, Refused
from claw.daemon.build import Daemon, build
from claw.house.model import House
from claw.house.simulated import SimulatedHouse
from tests.living import CONSOLE, OWNER, config, living

HOUSE = """\
areas: [{id: hall, name: Hall}]
entities:
  - {entity_id: lock.front_door, registry_id: r1, name: Front door, area: hall, state: locked}
  - {entity_id: light.lamp, registry_id: r2, name: Lamp, area: hall, state: "off"}
  - {entity_id: switch.freezer, registry_id: r3, name: Freezer, area: hall, state: "on"}
  - {entity_id: switch.guest_fan, registry_id: r4, name: Guest fan, area: hall, state: "off"}
  - {entity_id: input_boolean.night, registry_id: r5, name: Night, state: "on"}
  - {entity_id: siren.roof, registry_id: r6, name: Roof siren, state: "off", attributes: {supported_features: 3}}
"""
POLICY = """\
version: 1
rules:
  - {id: lamp, allow: light.*, on: {entity: light.lamp}}
  - {id: guests, allow: switch.*, on: {entity: "switch.guest_*"}}
  - {id: locks, allow: lock.*}
  - {id: front, deny: lock.unlock, on: {entity: lock.front_door}}
  - {id: helpers, allow: input_boolean.*}
  - {id: sirens, allow: siren.turn_off}
  - {id: asked, confirm: siren.turn_on}
  - {id: quiet, deny: siren.turn_on, when: {states: {input_boolean.night: "on"}}}
tests:
  - {action: lock.unlock, entities: lock.front_door, expect: deny, rule: front}
  - {action: siren.turn_on, entities: siren.roof, states: {input_boolean.night: "on"}, expect: deny, rule: quiet}
"""
NEW_NAMES = {
    "lock.front_door": "lock.main_door",
    "light.lamp": "light.reading",
    "switch.freezer": "switch.guest_freezer",
    "input_boolean.night": "input_boolean.sleep",
}


@asynccontextmanager
async def at_home(folder: Path, house: str = HOUSE, policy: str = POLICY) -> AsyncIterator[Daemon]:
    path = folder / "house.yaml"
    path.write_text(house, encoding="utf-8")
    async with living(folder, policy, path) as daemon:
        yield daemon


def effect(daemon: Daemon, name: str, entity: str) -> str:
    return daemon.desk.explain(Action(name, (entity,)), OWNER)["decision"]["effect"]


async def rename(daemon: Daemon, names: Mapping[str, str]) -> None:
    """Rename entities as somebody does in Home Assistant: the registry id stays, the state goes with it."""
    assert isinstance(daemon.backend, SimulatedHouse)
    house = await daemon.backend.snapshot()
    entities = {
        names.get(one.entity_id, one.entity_id): replace(one, entity_id=names.get(one.entity_id, one.entity_id))
        for one in house.registry.entities.values()
    }
    states = {names.get(entity_id, entity_id): state for entity_id, state in house.states.items()}
    daemon.backend.replace(House(replace(house.registry, entities=entities), states))


def the_rules_hold(daemon: Daemon) -> None:
    assert effect(daemon, "lock.unlock", "lock.main_door") == "deny"
    assert effect(daemon, "lock.lock", "lock.main_door") == "allow"
    assert effect(daemon, "light.turn_on", "light.reading") == "allow"
    assert effect(daemon, "switch.turn_off", "switch.guest_freezer") == "deny"
    assert effect(daemon, "switch.turn_on", "switch.guest_fan") == "allow"
    assert effect(daemon, "siren.turn_on", "siren.roof") == "deny"


async def test_a_rename_changes_no_decision(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        await rename(daemon, NEW_NAMES)
        the_rules_hold(daemon)
        assert (await daemon.desk.say("turn off the freezer", OWNER)).status == "refused"
        assert (await daemon.desk.act([Action("lock.unlock", ("lock.main_door",))], OWNER)).status == "refused"
        assert daemon.mirror.states["lock.main_door"].value == "locked"
        assert not daemon.desk.status()["policy_problem"]
        assert any("lock.front_door (now lock.main_door)" in finding["text"] for finding in daemon.desk.ruling.check())
        await daemon.desk.act([Action("input_boolean.turn_off", ("input_boolean.sleep",))], OWNER)
        assert effect(daemon, "siren.turn_on", "siren.roof") == "confirm"


async def test_nor_does_a_restart_after_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        await rename(daemon, NEW_NAMES)
    async with at_home(tmp_path) as daemon:
        await rename(daemon, NEW_NAMES)
        the_rules_hold(daemon)


async def test_nor_does_a_rename_while_claw_is_down(tmp_path: Path) -> None:
    renamed = HOUSE
    for old, new in NEW_NAMES.items():
        renamed = renamed.replace(old, new)
    async with at_home(tmp_path):
        pass
    for _ in range(2):
        async with at_home(tmp_path, renamed) as daemon:
            the_rules_hold(daemon)


async def test_a_new_thing_under_the_old_id_is_not_the_old_thing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        await rename(daemon, NEW_NAMES)
        house = await daemon.backend.snapshot()
        entities, states = dict(house.registry.entities), dict(house.states)
        for new, old in {"light.reading": "light.lamp", "input_boolean.sleep": "input_boolean.night"}.items():
            entities[old] = replace(entities[new], entity_id=old, registry_id=f"new {old}")
            states[old] = replace(states[new], value="off")
        assert isinstance(daemon.backend, SimulatedHouse)
        daemon.backend.replace(House(replace(house.registry, entities=entities), states))
        the_rules_hold(daemon)
        assert effect(daemon, "light.turn_on", "light.lamp") == "deny"


async def test_a_changed_file_is_about_the_present_names(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        await rename(daemon, {"light.lamp": "light.reading"})
    renamed = HOUSE.replace("light.lamp", "light.reading")
    with pytest.raises(Invalid, match=r"light\.lamp"):
        async with at_home(tmp_path, renamed, POLICY + "# looked at\n"):
            pass
    async with at_home(tmp_path, renamed, POLICY.replace("light.lamp", "light.reading")) as daemon:
        assert effect(daemon, "light.turn_on", "light.reading") == "allow"
        assert not [finding for finding in daemon.desk.ruling.check() if "renamed" in finding["text"]]


@pytest.mark.parametrize("taken_over", [False, True])
async def test_a_question_about_a_renamed_thing_is_void(tmp_path: Path, taken_over: bool) -> None:
    policy = "version: 1\nrules:\n  - {id: ask, confirm: lock.*}\n"
    async with at_home(tmp_path, policy=policy) as daemon:
        reply = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
        await rename(daemon, {"lock.front_door": "lock.main_door"})
        if taken_over:
            house = await daemon.backend.snapshot()
            entities, states = dict(house.registry.entities), dict(house.states)
            entities["lock.front_door"] = replace(
                entities["lock.main_door"], entity_id="lock.front_door", registry_id="another"
            )
            states["lock.front_door"] = states["lock.main_door"]
            assert isinstance(daemon.backend, SimulatedHouse)
            daemon.backend.replace(House(replace(house.registry, entities=entities), states))
        assert {state.value for name, state in daemon.mirror.states.items() if name.startswith("lock.")} == {"locked"}
        assert daemon.desk.pending() == []
        with pytest.raises(Refused, match=r"void already: lock\.front_door .* now"):
            await daemon.desk.answer(reply.pending[0].id, OWNER, yes=True)


async def test_the_stop_for_a_log_that_does_not_hold_is_in_the_log_itself(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        await daemon.audit.append("note", {"text": "as it was"})
    db = sqlite3.connect(tmp_path / "state" / "audit.db")
    db.execute("DROP TRIGGER payloads_update")
    db.execute("UPDATE payloads SET body = CAST('{}' AS BLOB)")
    db.execute(SCHEMA["payloads_update"])
    db.commit()
    db.close()
    async with at_home(tmp_path) as daemon:
        state = daemon.stop.state()
        assert (state.engaged, state.local) == (True, True)
        assert state.reason == "the audit log does not hold at row 1: the payload was changed: its hash does not fit"
        await daemon.audit.append("note", {})
        stops = [entry.payload["reason"] for entry in daemon.audit.entries() if entry.kind == "stop" and entry.payload]
        assert stops == [state.reason]


async def test_what_was_learned_about_a_thing_goes_with_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        verifier = daemon.gate._carrier._verifier
        on = Action("light.turn_on", ("light.lamp",))
        watched = verifier.watch(on)
        watched.started -= 30
        verifier.learn(watched)
        assert verifier.watch(on).patience_s == pytest.approx(90, abs=1)
        await rename(daemon, {"light.lamp": "light.reading"})
        assert verifier.watch(replace(on, entities=("light.reading",))).patience_s == pytest.approx(90, abs=1)


async def test_a_broken_policy_starts_nothing_and_leaves_nothing_held(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"policy\.yaml, line 3|policy\.yaml:3"):
        async with at_home(tmp_path, policy="version: 1\nrules:\n  - {id: a, alow: light.*}\n"):
            pass
    async with at_home(tmp_path) as daemon:
        assert not daemon.stop.engaged


async def test_a_second_daemon_on_the_same_state_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        with pytest.raises(Broken, match="another Claw daemon"):
            async with AsyncExitStack() as rooms:
                await build(config(tmp_path, POLICY, tmp_path / "house.yaml"), tmp_path / "state", rooms)
        assert (await daemon.desk.say("turn on the lamp", OWNER)).status == "done"


async def test_a_configuration_without_a_house_is_refused(tmp_path: Path) -> None:
    nowhere = config(tmp_path).model_copy(update={"house": HouseConfig.model_construct(url=None, simulated=None)})
    with pytest.raises(Broken, match="expected either a url or a simulated house"):
        async with AsyncExitStack() as rooms:
            await build(nowhere, tmp_path / "state", rooms)


async def test_the_stop_cuts_what_is_on_its_way(tmp_path: Path) -> None:
    async with at_home(tmp_path) as daemon:
        action = Action("light.turn_on", ("light.lamp",))
        permit = daemon.gate._carrier._door.desk.issue(action, 1)
        await daemon.desk.stop("smoke", CONSOLE)
        with pytest.raises(Refused):
            await daemon.backend.perform(permit, action)
        assert daemon.mirror.states["light.lamp"].value == "off"


async def test_the_stop_ends_what_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.01)
    async with living(tmp_path) as daemon:
        reply = await daemon.desk.act([Action("cover.close_cover", ("cover.bedroom_blinds",))], OWNER)
        assert reply.status == "started"
        (following,) = daemon.follower._tasks
        await daemon.desk.stop("smoke", CONSOLE)
        await asyncio.wait([following], timeout=1)
        assert following.cancelled()


async def test_the_gate_asks_in_the_houses_own_language(tmp_path: Path) -> None:
    async with living(tmp_path, languages=("de", "en")) as daemon:
        reply = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], replace(OWNER, language=None))
        assert "entriegel" in reply.pending[0].question.lower() or "aufschlie" in reply.pending[0].question.lower()
