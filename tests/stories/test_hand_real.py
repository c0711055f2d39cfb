"""The hand wins on a real Home Assistant: users, automations and Claw's own acts told apart by their contexts."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from claw.routines.hands import SAME_BREATH
from tests.peers.real_hass import RealHomeAssistant, Talk
from tests.running import Claw, running
from tests.stories.test_watch_me_real import BED, DECORATIVE, saw, somebody_else
from tests.talking import Local, local, until

CONFIG = """\
house: {house}
policy: policy.yaml
listen: {{port: 0}}
people:
  - {{id: anna, name: Anna, role: owner, uid: {uid}, entity: person.owner}}
"""
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: [light.*, switch.*]}
  - {id: routines, allow: [claw.schedule, "claw.routine_*"], who: {role: owner}}
"""


@pytest.fixture(scope="module")
def daemon(home_assistant: RealHomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Claw]:
    folder = tmp_path_factory.mktemp("hands")
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


def _rows(daemon: Claw) -> list[dict[str, Any]]:
    return [row for row in daemon.json("routines", "history") if row["status"] != "running"]


async def _goes(daemon: Claw, owner: Talk) -> dict[str, Any]:
    """Let the event happen that sets the routine off, and return the row of it."""
    before = len(_rows(daemon))
    await owner.command("fire_event", event_type="claw_go")

    async def ran() -> bool:
        return len(_rows(daemon)) > before

    await until(ran, 30)
    return _rows(daemon)[0]


async def test_people_win_and_automations_and_routines_do_not(
    home_assistant: RealHomeAssistant, daemon: Claw, owner: Talk, claw: Local
) -> None:
    written = ("--name", "go", "--when", "event claw_go", "--do", f"switch.turn_off {DECORATIVE}")
    made = daemon.run("routines", "add", *written)
    assert made.returncode == 0, made.stderr
    await asyncio.sleep(SAME_BREATH.total_seconds())  # what is done before is no hand against it
    # An automation of Home Assistant turns it on, twice: neither it nor what the routine did before is a hand.
    for _ in range(2):
        await owner.command("fire_event", event_type="doorbell")
        await saw(claw, DECORATIVE, "on")
        row = await _goes(daemon, owner)
        assert row["status"] == "done", row
        assert await claw.state_of(DECORATIVE) == "off"
    # Somebody in the app, whom the household does not even name.
    async with somebody_else(home_assistant, "guest") as guest:
        await guest.act("switch.turn_on", DECORATIVE)
        await saw(claw, DECORATIVE, "on")
    row = await _goes(daemon, owner)
    assert (row["status"], "changed by hand" in row["reason"]) == ("held", True), row
    assert await claw.state_of(DECORATIVE) == "on"
    # A person who has it run themselves means it.
    assert daemon.run("routines", "run", "go").returncode == 0
    await saw(claw, DECORATIVE, "off")


async def test_what_was_asked_of_claw_is_a_hand(daemon: Claw, owner: Talk, claw: Local) -> None:
    made = daemon.run("routines", "add", "--name", "bed", "--when", "event claw_go", "--do", f"light.turn_off {BED}")
    assert made.returncode == 0, made.stderr
    await asyncio.sleep(SAME_BREATH.total_seconds())
    assert (await claw.say("turn on the bed light"))["status"] == "done"
    await owner.command("fire_event", event_type="claw_go")

    async def held() -> bool:
        return any(row["name"] == "bed" and row["status"] == "held" for row in _rows(daemon))

    await until(held, 30)
    assert await claw.state_of(BED) == "on"
