"""Who it was, against a real Home Assistant: its own contexts name people and automations, its logbook names Claw."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from claw.base.clock import SystemClock
from tests.peers.real_hass import RealHomeAssistant, Talk
from tests.running import Claw, running, write_house
from tests.talking import Local, local, until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: [light.*, switch.*]}
  - {id: locking, allow: lock.lock}
  - {id: unlocking, confirm: lock.unlock, ask: {channels: [web, cli]}}
  - {id: book, allow: logbook.log, who: {channel: system}}
"""
LAMP, SWITCH, DOOR = "light.bed_light", "switch.decorative_lights", "lock.front_door"


@pytest.fixture(scope="module")
def daemon(home_assistant: RealHomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Claw]:
    folder = tmp_path_factory.mktemp("past")
    house: Any = {"url": home_assistant.url, "logbook": True}
    config = write_house(folder, house, POLICY)
    with running(
        folder / "state", ("run", "--config", str(config)), {"CLAW_HOUSE_TOKEN": home_assistant.token}
    ) as found:
        yield found


@pytest.fixture
async def talk(home_assistant: RealHomeAssistant) -> AsyncIterator[Talk]:
    async with home_assistant.talk() as found:
        yield found


@pytest.fixture
async def claw(daemon: Claw) -> AsyncIterator[Local]:
    async with local(daemon.state) as found:

        async def linked() -> bool:
            return bool((await found.ask("status"))["link"]["ready"])

        await until(linked, 60)
        yield found


async def changed(claw: Local, entity: str, value: str) -> dict[str, Any]:
    """Wait until Claw saw ``entity`` become ``value``, and return what it knows of that."""

    async def seen() -> Any:
        told = await claw.ask("who", name=entity)
        return told if told["changed"] and told["changed"]["value"] == value and told["changed"]["seen"] else None

    return await until(seen)


async def test_people_automations_and_claw_are_told_apart(talk: Talk, claw: Local) -> None:
    people = [row for entity, row in (await talk.states()).items() if entity.startswith("person.")]
    owner = next(row for row in people if row["attributes"].get("user_id"))
    await claw.act("light.turn_off", LAMP)
    await talk.act("light.turn_on", LAMP)
    told = await changed(claw, LAMP, "on")
    assert (told["who"]["kind"], told["who"]["person"]) == ("person", owner["attributes"]["friendly_name"])
    assert owner["attributes"]["user_id"] not in str(told)

    await talk.act("switch.turn_on", SWITCH)  # whatever another story left it as
    await talk.act("switch.turn_off", SWITCH)
    await changed(claw, SWITCH, "off")
    await talk.command("fire_event", event_type="doorbell")
    told = await changed(claw, SWITCH, "on")
    assert (told["who"]["kind"], told["who"]["run"]) == ("automation", "automation.doorbell_lights")
    assert "the automation “Doorbell Lights”" in (await claw.say("why are the decorative lights on"))["text"]

    done = await claw.act("light.turn_off", LAMP)
    told = await changed(claw, LAMP, "off")
    assert (told["who"]["kind"], told["who"]["entry"]) == ("claw", done["outcomes"][0]["audit"])
    assert told["who"]["person"] == "Anna"


async def test_what_somebody_changed_since_is_not_undone(talk: Talk, claw: Local) -> None:
    await talk.act("light.turn_off", LAMP)  # whatever another story left it as
    await talk.act("light.turn_on", LAMP, brightness=200)
    await changed(claw, LAMP, "on")
    done = await claw.act("light.turn_on", LAMP, brightness=100)
    number = done["outcomes"][0]["audit"]
    back = await claw.ask("undo", seq=number)
    assert back["status"] == "done", back
    assert (await talk.states())[LAMP]["attributes"]["brightness"] == 200

    done = await claw.act("light.turn_on", LAMP, brightness=50)
    await talk.act("light.turn_on", LAMP, brightness=51)

    async def seen() -> bool:
        house = await claw.ask("house")
        return any(e["entity_id"] == LAMP and e["attributes"].get("brightness") == 51 for e in house["entities"])

    await until(seen)
    left = await claw.ask("undo", seq=done["outcomes"][0]["audit"])
    assert [one["code"] for one in left["cannot"]] == ["changed"], left
    assert (await talk.states())[LAMP]["attributes"]["brightness"] == 51


async def test_its_own_logbook_says_what_claw_did(home_assistant: RealHomeAssistant, talk: Talk, claw: Local) -> None:
    await talk.act("light.turn_off", LAMP)
    await until(lambda: _is(claw, "off"))
    start = SystemClock().now() - timedelta(minutes=1)
    done = await claw.act("light.turn_on", LAMP)
    wanted = f"turned on for Anna (cli), rule comfort, entry {done['outcomes'][0]['audit']}"

    async def noted() -> Any:
        address = f"{home_assistant.url}/api/logbook/{start.isoformat().replace('+', '%2B')}"
        async with talk.http.get(address, params={"entity": LAMP}) as answer:
            rows = await answer.json()
        return [row for row in rows if row.get("name") == "Claw" and row.get("message") == wanted]

    (row,) = await until(noted, 30)
    assert row["entity_id"] == LAMP


async def _is(claw: Local, value: str) -> bool:
    return await claw.state_of(LAMP) == value
