"""The lists about the house are read once, and then only where they changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from claw.house.link import CommandFailed, Connection
from claw.house.registries import Registries
from tests.held_clock import HeldClock
from tests.peers.scripted_hass import Client, Message, ScriptedHass

ALL = [f"config/{name}_registry/list" for name in ("area", "device", "entity", "floor", "label")]


@dataclass
class Desk:
    house: ScriptedHass
    registries: Registries

    async def read_again(self) -> list[str]:
        """Read, and return what was asked for."""
        heard = len(self.house.heard)
        await self.registries.read()
        return self.house.kinds()[heard:]

    async def happens(self, event_type: str) -> None:
        await self.house.client.event(self.house.client.subscriptions[event_type], {"data": {}})
        await self.registries.outdated()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = HeldClock()
    async with ScriptedHass() as house:
        connection = Connection(house.url, house.token, clock, clock)
        await connection.open()
        yield Desk(house, Registries(connection))
        await connection.shut()


async def test_the_first_reading_reads_everything(desk: Desk) -> None:
    lists = await desk.registries.read()
    assert set(desk.house.kinds()) >= {*ALL, "get_config", "config/entity_registry/get_entries"}
    assert lists.config["language"] == "fr"
    assert [row["area_id"] for row in lists.areas] == ["hall"]
    assert [row["id"] for row in lists.devices] == ["d1"]
    assert [row["floor_id"] for row in lists.floors] == ["ground"]
    assert [row["label_id"] for row in lists.labels] == ["night"]
    assert lists.extended["light.lamp"]["aliases"] == ["Beacon"]


@pytest.mark.parametrize(
    ("event_type", "asked"),
    [
        ("area_registry_updated", ["config/area_registry/list"]),
        ("device_registry_updated", ["config/device_registry/list"]),
        ("floor_registry_updated", ["config/floor_registry/list"]),
        ("label_registry_updated", ["config/label_registry/list"]),
        ("core_config_updated", ["get_config"]),
        (
            "entity_registry_updated",
            [
                "homeassistant/expose_entity/list",
                "config/entity_registry/list",
                "config/entity_registry/get_entries",
            ],
        ),
    ],
)
async def test_only_what_changed_is_read_again(desk: Desk, event_type: str, asked: list[str]) -> None:
    await desk.registries.watch()
    await desk.registries.read()
    assert await desk.read_again() == []
    await desk.happens(event_type)
    assert await desk.read_again() == asked
    assert await desk.read_again() == []


async def test_a_new_name_needs_a_new_registry_and_no_reading(desk: Desk) -> None:
    await desk.registries.read()
    desk.registries.rebuild()
    await desk.registries.outdated()
    assert await desk.read_again() == []


async def test_what_changes_during_a_reading_is_read_again_afterwards(desk: Desk) -> None:
    await desk.registries.watch()

    async def and_changes(client: Client, message: Message) -> None:
        await client.event(client.subscriptions["area_registry_updated"], {"data": {}})
        await client.result(message, [])

    desk.house.answers["config/area_registry/list"] = and_changes
    await desk.registries.read()
    del desk.house.answers["config/area_registry/list"]
    await desk.registries.outdated()
    assert await desk.read_again() == ["config/area_registry/list"]


@pytest.mark.parametrize(("times", "asked"), [(0, 1), (1, 2), (99, 4)])
async def test_entities_renamed_during_a_reading_are_read_again_at_once(desk: Desk, times: int, asked: int) -> None:
    await desk.registries.watch()
    renames = 0

    async def and_renames(client: Client, message: Message) -> None:
        nonlocal renames
        await client.result(message, [{"entity_id": f"light.n{renames}", "id": "r1"}])
        if renames < times:
            renames += 1
            await client.event(client.subscriptions["entity_registry_updated"], {"data": {}})

    desk.house.answers["config/entity_registry/list"] = and_renames
    lists = await desk.registries.read()
    assert desk.house.kinds().count("config/entity_registry/list") == asked
    if times < asked:
        assert [row["entity_id"] for row in lists.entities] == [f"light.n{times}"]


async def test_a_large_house_is_asked_for_in_parts(desk: Desk) -> None:
    desk.house.lists["config/entity_registry/list"] = [{"entity_id": f"light.l{n}"} for n in range(1201)]
    await desk.registries.read()
    asked = [m["entity_ids"] for m in desk.house.heard if m["type"] == "config/entity_registry/get_entries"]
    assert [len(part) for part in asked] == [500, 500, 201]
    assert len({entity_id for part in asked for entity_id in part}) == 1201


async def test_floors_labels_and_aliases_may_be_missing_but_areas_may_not(desk: Desk) -> None:
    for kind in ("config/floor_registry/list", "config/label_registry/list", "config/entity_registry/get_entries"):
        del desk.house.lists[kind]
    lists = await desk.registries.read()
    assert (lists.floors, lists.labels, lists.extended) == ((), (), {})
    del desk.house.lists["config/area_registry/list"]
    await desk.registries.watch()
    await desk.happens("area_registry_updated")
    with pytest.raises(CommandFailed):
        await desk.registries.read()


async def test_a_token_that_may_not_hear_of_changes_still_reads(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async def guarded(client: Client, message: Message) -> None:
        if message["event_type"] == "floor_registry_updated":
            await client.error(message, "unauthorized")
        else:
            await client.result(message)

    desk.house.answers["subscribe_events"] = guarded
    await desk.registries.watch()
    assert "floor" in caplog.text
    assert (await desk.registries.read()).floors
    desk.house.answers["subscribe_events"] = lambda client, message: client.error(message, "unknown_error")
    with pytest.raises(CommandFailed):
        await desk.registries.watch()


async def test_what_scripts_and_automations_set_off_is_asked_for_once(desk: Desk) -> None:
    desk.house.lists["search/related"] = {"entity": ["light.lamp"]}
    ids = ["script.a", "automation.b", "light.lamp"]
    assert await desk.registries.relate(ids)
    assert not await desk.registries.relate(ids)
    lists = await desk.registries.read()
    assert lists.related == {"script.a": {"entity": ["light.lamp"]}, "automation.b": {"entity": ["light.lamp"]}}
    asked = [message for message in desk.house.heard if message["type"] == "search/related"]
    assert [(one["item_type"], one["item_id"]) for one in asked] == [
        ("script", "script.a"),
        ("automation", "automation.b"),
    ]


async def test_a_script_that_was_added_anew_is_asked_about_anew(desk: Desk) -> None:
    desk.house.lists["search/related"] = {"entity": ["light.lamp"]}
    await desk.registries.relate(["script.a"])
    desk.registries.forget(["script.a", "light.lamp"])
    desk.house.lists["search/related"] = {"entity": ["lock.door"]}
    assert await desk.registries.relate(["script.a"])
    assert (await desk.registries.read()).related["script.a"] == {"entity": ["lock.door"]}


async def test_the_text_of_each_is_asked_for_beside(desk: Desk) -> None:
    desk.house.lists["search/related"] = {"entity": ["light.lamp"], "area": ["hall"]}
    unlock = {"action": "lock.unlock", "target": {"area_id": "hall"}}
    desk.house.lists["script/config"] = {"config": {"sequence": [unlock]}}
    await desk.registries.relate(["script.a", "automation.b"])
    texts = (await desk.registries.read()).texts
    assert (text := texts["script.a"]) is not None
    assert "hall" in text.words
    assert texts["automation.b"] is None
    asked = [m for m in desk.house.heard if m["type"] in {"script/config", "automation/config"}]
    assert [(one["type"], one["entity_id"]) for one in asked] == [
        ("script/config", "script.a"),
        ("automation/config", "automation.b"),
    ]
    desk.registries.forget(["script.a"])
    desk.house.lists["script/config"] = {"config": {"sequence": []}}
    await desk.registries.relate(["script.a"])
    assert (text := (await desk.registries.read()).texts["script.a"]) is not None
    assert "hall" not in text.words


@pytest.mark.parametrize(("code", "asked"), [("unauthorized", 8), ("unknown_command", 8), ("not_found", 20)])
async def test_who_may_not_read_the_texts_does_not_ask_for_each(desk: Desk, code: str, asked: int) -> None:
    async def refused(client: Client, message: Message) -> None:
        await client.error(message, code)

    desk.house.lists["search/related"] = {"entity": ["light.lamp"]}
    desk.house.answers["script/config"] = refused
    ids = [f"script.s{at}" for at in range(20)]
    await desk.registries.relate(ids)
    assert (await desk.registries.read()).texts == dict.fromkeys(ids)
    assert desk.house.kinds().count("script/config") == asked


async def test_a_script_that_is_replaced_while_it_is_asked_about_is_asked_about_again(desk: Desk) -> None:
    async def and_replaced(client: Client, message: Message) -> None:
        await client.result(message, {"entity": ["light.lamp"]})
        desk.registries.forget(["script.a"])

    desk.house.answers["search/related"] = and_replaced
    await desk.registries.relate(["script.a"])
    assert (await desk.registries.read()).related == {}
    del desk.house.answers["search/related"]
    desk.house.lists["search/related"] = {"entity": ["lock.door"]}
    assert await desk.registries.relate(["script.a"])
    assert (await desk.registries.read()).related == {"script.a": {"entity": ["lock.door"]}}


async def test_what_appears_and_is_in_no_registry_is_asked_for_whether_it_is_exposed(desk: Desk) -> None:
    async def listed(client: Client, message: Message) -> None:
        await client.result(message, {"exposed_entities": {"lock.new": {"conversation": True}}})

    desk.house.answers["homeassistant/expose_entity/list"] = listed
    await desk.registries.read()
    desk.registries.forget(["light.lamp"])
    assert await desk.read_again() == []
    desk.registries.forget(["lock.new"])
    assert await desk.read_again() == ["homeassistant/expose_entity/list"]
    assert (await desk.registries.read()).exposed == {"lock.new": {"conversation": True}}


async def test_who_may_not_list_what_is_exposed_goes_without(desk: Desk) -> None:
    async def refused(client: Client, message: Message) -> None:
        await client.error(message, "unauthorized", "Unauthorized")

    desk.house.answers["homeassistant/expose_entity/list"] = refused
    assert (await desk.registries.read()).exposed is None
