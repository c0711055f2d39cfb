"""Somebody shows Claw by hand what a skill is to do: on a real Home Assistant, by its own users and contexts."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.peers.real_hass import RealHomeAssistant, Talk
from tests.running import Claw, running
from tests.talking import Local, local, until

CONFIG = """\
house: {house}
policy: policy.yaml
listen: {{port: 0}}
people:
  - {{id: anna, name: Anna, role: owner, uid: {uid}, entity: person.owner}}
  - {{id: ben, name: Ben, role: adult}}
"""
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: skills, allow: "claw.skill_*", who: {role: owner, channel: [web, cli]}}
  - {id: comfort, allow: [light.*, switch.*, cover.*, lock.lock]}
"""
CEILING, BED, COVER = "light.ceiling_lights", "light.bed_light", "cover.hall_window"
DECORATIVE, OFFICE, DOOR = "switch.decorative_lights", "light.office_rgbw_lights", "lock.front_door"
NAME = "reading-time"


@pytest.fixture(scope="module")
def daemon(home_assistant: RealHomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Claw]:
    folder = tmp_path_factory.mktemp("shown")
    house = json.dumps({"url": home_assistant.url})
    (folder / "config.yaml").write_text(CONFIG.format(house=house, uid=os.getuid()), encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    command = ("run", "--config", str(folder / "config.yaml"))
    with running(folder / "state", command, {"CLAW_HOUSE_TOKEN": home_assistant.token}) as found:
        yield found


@pytest.fixture
async def owner(home_assistant: RealHomeAssistant) -> AsyncIterator[Talk]:
    async with home_assistant.talk() as found:
        yield found


@pytest.fixture
async def claw(daemon: Claw) -> AsyncIterator[Local]:
    async with local(daemon.state) as found:

        async def linked() -> bool:
            return bool((await found.ask("status"))["link"]["ready"])

        await until(linked, 60)
        yield found


@asynccontextmanager
async def somebody_else(home_assistant: RealHomeAssistant, name: str) -> AsyncIterator[Talk]:
    """A user of Home Assistant whom the household does not name."""
    token = await home_assistant.token_of_a_user(name)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.ws_connect(f"{home_assistant.url}/api/websocket") as ws,
    ):
        await ws.receive_json()
        await ws.send_json({"type": "auth", "access_token": token})
        assert (await ws.receive_json())["type"] == "auth_ok"
        yield Talk(http, ws)


async def saw(claw: Local, entity: str, value: str) -> None:
    """Wait until Claw sees ``entity`` as ``value``."""

    async def there() -> bool:
        return await claw.state_of(entity) == value

    await until(there, 30)


async def moved(owner: Talk, claw: Local, act: str, entity: str, value: str, **data: Any) -> None:
    """Move something as its user does in the app, and wait until Claw saw it."""
    await owner.act(act, entity, **data)
    await saw(claw, entity, value)


async def as_before(owner: Talk, claw: Local) -> None:
    """Bring the house to where each story begins."""
    await moved(owner, claw, "light.turn_on", CEILING, "on", brightness=200)
    await moved(owner, claw, "light.turn_on", OFFICE, "on")
    await moved(owner, claw, "light.turn_off", BED, "off")
    await moved(owner, claw, "switch.turn_off", DECORATIVE, "off")
    await moved(owner, claw, "lock.unlock", DOOR, "unlocked")


async def test_what_a_user_of_home_assistant_shows_is_done_again_at_a_word(
    home_assistant: RealHomeAssistant, daemon: Claw, owner: Talk, claw: Local
) -> None:
    await as_before(owner, claw)
    assert (await claw.say("watch me"))["text"].startswith("I am watching.")
    await moved(owner, claw, "light.turn_off", CEILING, "off")
    await moved(owner, claw, "light.turn_on", BED, "on", brightness=77)
    await moved(owner, claw, "lock.lock", DOOR, "locked")
    async with somebody_else(home_assistant, "lodger") as lodger:
        await lodger.act("light.turn_off", OFFICE)
        await saw(claw, OFFICE, "off")
    await owner.command("fire_event", event_type="doorbell")  # its automation turns the decorative lights on
    await saw(claw, DECORATIVE, "on")
    seen = (await claw.say("that's it"))["text"]
    assert [one[3:] for one in seen.splitlines()[1:4]] == [
        "the ceiling lights: off",
        seen.splitlines()[2][3:],
        "the front door: locked",
    ]
    assert seen.splitlines()[2].startswith("2. the Bed light: at 30 %")
    assert "somebody else changed that" in seen
    assert "ecorative" not in seen

    told = await claw.say("the brightness may change, call it reading time")
    assert told["status"] == "done", told
    shown = daemon.json("skills", "show", NAME)
    assert DECORATIVE not in json.dumps(shown)
    assert OFFICE not in json.dumps(shown)

    async def proved() -> bool:
        skill = await claw.ask("skill", name=NAME)
        assert "proof failed" not in skill["why"], skill
        return skill["state"] in {"tested", "shadow", "trusted"}

    await until(proved, 120)
    done = daemon.run("skills", "accept", NAME, "--yes")
    assert done.returncode == 0, done.stderr
    await as_before(owner, claw)
    reply = await claw.say("reading time at 60 %")
    assert (reply["path"], reply["tokens_in"], reply["status"]) == ("skill", 0, "done"), reply
    states = await owner.states()
    assert states[CEILING]["state"] == "off"
    assert (states[BED]["state"], states[BED]["attributes"]["brightness"]) == ("on", 153)
    assert states[DOOR]["state"] == "locked"
    assert states[OFFICE]["state"] == "on"


async def test_a_cover_that_is_still_moving_is_shown_by_whoever_sent_it(owner: Talk, claw: Local) -> None:
    await owner.act("cover.set_cover_position", COVER, position=30)  # a second for each tenth

    async def stands() -> bool:
        state = (await owner.states())[COVER]
        return (state["state"], state["attributes"]["current_position"]) == ("open", 30)

    await until(stands)
    await saw(claw, COVER, "open")
    await moved(owner, claw, "switch.turn_off", DECORATIVE, "off")
    await claw.say("watch me")
    await owner.act("cover.close_cover", COVER)
    await saw(claw, COVER, "closing")
    await owner.act("switch.turn_off", DECORATIVE)  # which it is
    seen = (await claw.say("that's it"))["text"]
    assert "1. the hall window: closed" in seen, seen
    assert (await claw.say("never mind"))["text"] == "All right. I learn nothing from that."
    await claw.say("watch me")
    await saw(claw, COVER, "closed")  # the end of what was done before
    seen = (await claw.say("that's it"))["text"]
    assert seen == "I saw nothing that you changed, so there is nothing to learn."
