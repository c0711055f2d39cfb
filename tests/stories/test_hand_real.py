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


async def _rows(claw: Local) -> list[dict[str, Any]]:
    return [row for row in await claw.ask("routine_history") if row["status"] != "running"]


async def _goes(claw: Local, owner: Talk, event: str = "claw_go") -> dict[str, Any]:
    """Let the event happen that sets a routine off, and return the row of it."""
    before = len(await _rows(claw))
    await owner.command("fire_event", event_type=event)

    async def ran() -> bool:
        return len(await _rows(claw)) > before

    await until(ran, 30)
    return (await _rows(claw))[0]


@pytest.fixture
async def routines(daemon: Claw, claw: Local) -> None:
    """Two routines, made longer ago than what is done in the same breath, which is no hand against them."""
    if any(one["name"] == "go" for one in await claw.ask("routines")):
        return
    for name, event, does in (
        ("go", "claw_go", f"switch.turn_off {DECORATIVE}"),
        ("bed", "claw_bed", f"light.turn_off {BED}"),
    ):
        made = daemon.run("routines", "add", "--name", name, "--when", f"event {event}", "--do", does)
        assert made.returncode == 0, made.stderr
    await asyncio.sleep(SAME_BREATH.total_seconds())


@pytest.mark.usefixtures("routines")
async def test_people_win_and_automations_and_routines_do_not(
    home_assistant: RealHomeAssistant, daemon: Claw, owner: Talk, claw: Local
) -> None:
    # An automation of Home Assistant turns it on, twice: neither it nor what the routine did before is a hand.
    for _ in range(2):
        await owner.command("fire_event", event_type="doorbell")
        await saw(claw, DECORATIVE, "on")
        row = await _goes(claw, owner)
        assert row["status"] == "done", row
        assert await claw.state_of(DECORATIVE) == "off"
    # Somebody in the app, whom the household does not even name.
    async with somebody_else(home_assistant, "guest") as guest:
        await guest.act("switch.turn_on", DECORATIVE)
        await saw(claw, DECORATIVE, "on")
    row = await _goes(claw, owner)
    assert (row["status"], "changed by hand" in row["reason"]) == ("held", True), row
    assert await claw.state_of(DECORATIVE) == "on"
    # A person who has it run themselves means it.
    assert daemon.run("routines", "run", "go").returncode == 0
    await saw(claw, DECORATIVE, "off")


@pytest.mark.usefixtures("routines")
async def test_what_was_asked_of_claw_is_a_hand(owner: Talk, claw: Local) -> None:
    assert (await claw.say("turn on the bed light"))["status"] == "done"
    row = await _goes(claw, owner, "claw_bed")
    assert (row["name"], row["status"]) == ("bed", "held")
    assert await claw.state_of(BED) == "on"
