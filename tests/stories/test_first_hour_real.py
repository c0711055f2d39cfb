"""The first hour with a real Home Assistant: a person at a terminal, a dozen answers, and then a home that works.

The daemon of the trial and the one after it are real, and so are latch, lamp and lock.
"""

import asyncio
import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from claw.base.errors import ClawError
from claw.cli.client import Client
from claw.gate.stop import LATCH
from tests.peers.real_hass import RealHomeAssistant, apart, free_port
from tests.running import claw, running
from tests.terminal_room import Screen, at_terminal

MOST_ANSWERS = 12
LATER = "light.decorative_lights"


def the_hour(screen: Screen, house: RealHomeAssistant) -> str:
    """Answer what is asked, as a person would, and return the last of what is shown."""
    screen.shows("Where is Home Assistant")
    screen.types(f"{house.url}\n")
    screen.shows("Your user name")
    screen.types("owner\n")
    screen.shows("Your password")
    screen.types("owner-password\n")
    shown = screen.shows("lock.front_door", "cover.garage_door", "climate.hvac", "siren.siren", "Who lives here")
    assert "an administrator" in shown
    screen.types("\n")
    for question in ("Locks: ask", "Garage doors, gates", "Alarms, sirens", "Heating"):
        screen.shows(question)
        screen.types("\n")
    screen.shows("New: ", "Write this")
    screen.types("\n")
    screen.shows("type stop")
    screen.types("stop\n")
    screen.shows("Stopped: nothing moves", "safe to go on")
    screen.types("I tried it\n")
    return screen.shows("answers, ", "claw run --config")


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds; what Home Assistant tells takes a moment."""

    async def wait() -> None:
        async with asyncio.timeout(20):
            while True:
                with suppress(ClawError):
                    if await asyncio.to_thread(holds):
                        return
                await asyncio.sleep(0.05)

    apart(wait())


def state_of(house: RealHomeAssistant, entity: str) -> str:
    async def ask() -> str:
        async with house.talk() as talk:
            found: str = (await talk.states())[entity]["state"]
            return found

    value: str = apart(ask())
    return value


async def another_lamp(house: RealHomeAssistant) -> str:
    """Have Home Assistant show a switch as a lamp, as a person does in its dialogue; return the entry's id."""
    async with house.talk() as talk:
        flows = f"{house.url}/api/config/config_entries/flow"
        async with talk.http.post(flows, json={"handler": "switch_as_x"}) as answer:
            form = await answer.json()
        given = {"entity_id": "switch.decorative_lights", "target_domain": "light", "invert": False}
        async with talk.http.post(f"{flows}/{form['flow_id']}", json=given) as answer:
            made = await answer.json()
        entry: str = made["result"]["entry_id"]
        return entry


async def expose(house: RealHomeAssistant, entity: str, *, exposed: bool) -> None:
    async with house.talk() as talk:
        await talk.command(
            "homeassistant/expose_entity", assistants=["conversation"], entity_ids=[entity], should_expose=exposed
        )


def test_a_dozen_answers_and_the_home_works(home_assistant: RealHomeAssistant, tmp_path: Path) -> None:
    folder, state = tmp_path / "claw", tmp_path / "state"
    config = folder / "config.yaml"
    words = ("init", "--config", str(config), "--state-dir", str(state), "--port", str(free_port()))
    with at_terminal(*words) as screen:
        last = the_hour(screen, home_assistant)
        assert screen.process.wait(30) == 0
    assert "Done and seen: light." in last
    found = re.search(r"(\d+) answers, (\d+) s", last)
    assert found is not None
    assert int(found[1]) <= MOST_ANSWERS
    assert "owner-password" not in screen.shown
    assert not (state / LATCH).exists()
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*") if one.is_file()} == {0o600}
    token = (folder / "house-token").read_text().strip()
    assert token not in config.read_text() + (folder / "policy.yaml").read_text() + screen.shown

    with running(state, ("run", "--config", str(config))) as daemon:
        client = Client(state)
        eventually(lambda: daemon.status()["link"]["ready"])
        checked = claw("policy", "test", str(folder / "policy.yaml"), "--state-dir", str(state), "--json")
        assert checked.returncode == 0, checked.stdout
        assert daemon.say("turn on the kitchen lights")["status"] in {"done", "answered"}
        assert daemon.say("unlock the front door")["status"] == "pending"
        assert state_of(home_assistant, "lock.front_door") == "locked"
        lamps(home_assistant, client)
    again(home_assistant, folder, state)


def lamps(house: RealHomeAssistant, client: Client) -> None:
    """A lamp that comes later works while it is exposed, without a word in the policy."""

    def effect() -> str:
        answer = client.ask("policy_explain", action="light.turn_on", entities=[LATER], data={}, person="owner")
        said: str = answer["decision"]["effect"]
        return said

    entry = apart(another_lamp(house))
    try:
        eventually(lambda: any(one["entity_id"] == LATER for one in client.ask("house")["entities"]))
        eventually(lambda: effect() == "allow")
        for service, value in (("turn_off", "off"), ("turn_on", "on")):
            answer = client.ask("act", action=f"light.{service}", entities=[LATER], data={})
            assert answer["status"] == "done", answer
            assert state_of(house, LATER) == value
        apart(expose(house, LATER, exposed=False))
        eventually(lambda: effect() == "deny")
        assert client.ask("act", action="light.turn_off", entities=[LATER], data={})["status"] == "refused"
        assert state_of(house, LATER) == "on"
    finally:
        apart(house.remove(entry))
        apart(expose(house, "switch.decorative_lights", exposed=True))


def again(house: RealHomeAssistant, folder: Path, state: Path) -> None:
    """A second run asks nothing, keeps what a person changed, and brings what is new."""
    policy = folder / "policy.yaml"
    mine = policy.read_text().replace("why: louder than 60 % is unusual", "why: the neighbours")
    policy.write_text(mine, encoding="utf-8")
    words = ("init", "--config", str(folder / "config.yaml"), "--state-dir", str(state), "--yes", "--json")
    done = claw(*words)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert (answer["answers"], [one["changes"] for one in answer["files"]]) == (0, [False, False])
    done = claw(*words, "--people", "owner=owner, tim=guest:garden")
    assert done.returncode == 0, done.stderr
    assert "why: the neighbours" in policy.read_text()
    assert "id: tim" in (folder / "config.yaml").read_text()


def test_a_user_who_is_no_administrator_is_enough(home_assistant: RealHomeAssistant, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(apart(home_assistant.token_of_a_user("firsthour")), encoding="utf-8")
    folder = tmp_path / "claw"
    done = claw(
        "init", "--config", str(folder / "config.yaml"), "--url", home_assistant.url, "--token-file", str(token),
        "--yes", "--json", more={"SUDO_UID": str(os.getuid())},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["admin"] is False
    assert {one["group"] for one in answer["risky"]} == {"locks", "doors", "guards", "heating"}
    abouts = {one["about"] for one in answer["findings"] if one["level"] != "problem"}
    assert "token" not in abouts
    assert "exposure" in abouts  # its media players are in no registry
    assert not [one for one in answer["findings"] if one["level"] == "problem"]
