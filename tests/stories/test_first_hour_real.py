"""The first hour with a real Home Assistant: a person at a terminal, a dozen answers, and then a home that works.

The daemon of the trial and the one after it are real, and so are latch, lamp and lock.
"""

import asyncio
import json
import os
import re
import shlex
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import ClawError
from claw.cli.client import Client
from claw.gate.stop import LATCH
from tests.peers.real_hass import RealHomeAssistant, apart, free_port
from tests.running import Claw, claw, running
from tests.terminal_room import Screen, at_terminal
from tests.typed_pages import PAGES, typed

PAGE = "first-hour.md"
COMMANDS = {
    "ask": "claw init",
    "run": "claw run --config config.yaml",
    "light": 'claw say "turn on the kitchen lights"',
    "lock": 'claw say "unlock the front door"',
    "waiting": "claw pending",
    "explain": "claw policy explain lock.unlock lock.front_door --person anna",
    "look": "claw init --dry-run --yes",
    "again": "claw init --yes",
    "program": "claw init --url http://homeassistant.local:8123 --token-file token --yes --json",
    "answers": "claw init --answers answers.yaml --yes",
    "stop": 'claw stop --reason "tried once"',
    "reset": 'claw reset --reason "it was a try"',
}
"""What the page has a person type; the tests below type it so, but for what is called otherwise in this house."""
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


def words(name: str, **called: str) -> list[str]:
    """Return what is typed, without ``claw``, with other names where this house has them."""
    return [called.get(word, word) for word in shlex.split(COMMANDS[name])[1:]]


def test_every_command_of_the_page_is_typed_here() -> None:
    assert set(COMMANDS.values()) == {step.text for step in typed(PAGE)}
    source = Path(__file__).read_text(encoding="utf-8").partition("def words(")[2]
    assert not [name for name in COMMANDS if f'"{name}"' not in source]


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
        rows = await talk.command("config/entity_registry/list")
        (lamp,) = (row["entity_id"] for row in rows if row["config_entry_id"] == entry)
        if lamp != LATER:  # newer versions put the room into the id
            await talk.command("config/entity_registry/update", entity_id=lamp, new_entity_id=LATER)
        return entry


async def expose(house: RealHomeAssistant, entity: str, *, exposed: bool) -> None:
    async with house.talk() as talk:
        await talk.command(
            "homeassistant/expose_entity", assistants=["conversation"], entity_ids=[entity], should_expose=exposed
        )


def test_a_dozen_answers_and_the_home_works(
    home_assistant: RealHomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, state = tmp_path / "claw", tmp_path / "state"
    folder.mkdir()
    monkeypatch.chdir(folder)
    config = folder / "config.yaml"
    with at_terminal(*words("ask"), "--state-dir", str(state), "--port", str(free_port())) as screen:
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

    with running(state, words("run")) as daemon:
        client = Client(state)
        eventually(lambda: daemon.status()["link"]["ready"])
        checked = claw("policy", "test", str(folder / "policy.yaml"), "--state-dir", str(state), "--json")
        assert checked.returncode == 0, checked.stdout
        what_is_tried(home_assistant, daemon)
        lamps(home_assistant, client)
    again(home_assistant, folder, state)


def what_is_tried(house: RealHomeAssistant, daemon: Claw) -> None:
    for name, says in (
        ("light", "The kitchen lights "),
        ("lock", "It waits for a yes"),
        ("waiting", "Unlock"),
        ("explain", "lock.front_door: confirm"),
        ("stop", "Stopped"),
        ("reset", "Running again"),
    ):
        done = daemon.run(*words(name, anna="owner"))
        assert (done.returncode, says in done.stdout) == (0, True), done.stdout + done.stderr
    assert state_of(house, "lock.front_door") == "locked"


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
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in ("look", "again"):
        done = claw(*words(name), "--state-dir", str(state))
        assert done.returncode == 0, done.stderr
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before, name
    done = claw(*words("again"), "--state-dir", str(state), "--json", "--people", "owner=owner, tim=guest:garden")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["answers"] == 1  # who lives here; all else is as the last time
    assert "why: the neighbours" in policy.read_text()
    assert "id: tim" in (folder / "config.yaml").read_text()


def test_a_user_who_is_no_administrator_is_enough(
    home_assistant: RealHomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    token = tmp_path / "token"
    token.write_text(apart(home_assistant.token_of_a_user("firsthour")), encoding="utf-8")
    typed = words("program", **{"http://homeassistant.local:8123": home_assistant.url})
    done = claw(*typed, more={"SUDO_UID": str(os.getuid())})
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["admin"] is False
    assert {one["group"] for one in answer["risky"]} == {"locks", "doors", "guards", "heating"}
    abouts = {one["about"] for one in answer["findings"] if one["level"] != "problem"}
    assert "token" not in abouts
    assert "exposure" in abouts  # its media players are in no registry
    assert not [one for one in answer["findings"] if one["level"] == "problem"]


def test_the_answers_of_the_page_set_a_home_up(
    home_assistant: RealHomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGES[PAGE].read_text(encoding="utf-8"), re.DOTALL)
    for shown, called in (
        ("http://homeassistant.local:8123", home_assistant.url),
        ("user: anna", "user: owner"),
        ("not-this-one", "owner-password"),
    ):
        assert shown in text
        text = text.replace(shown, called)
    answers = tmp_path / "answers.yaml"
    answers.write_text(text, encoding="utf-8")
    answers.chmod(0o600)
    state = tmp_path / "state"
    done = claw(*words("answers"), "--state-dir", str(state), "--port", str(free_port()), "--json", timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["trial"]["ok"] is True
    assert not (state / LATCH).exists()
    assert "id: ben" in (tmp_path / "config.yaml").read_text(encoding="utf-8")
