"""A person at a terminal and a real daemon: asked, answered, taken back, left off, and a pipe."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.peers.scripted_model import ScriptedModel
from tests.running import CLAW, Claw, environment, running
from tests.terminal_room import chatting


@dataclass
class House:
    """A daemon in a process of its own, and the model that it asks."""

    claw: Claw
    model: ScriptedModel

    def entries(self, *kinds: str) -> list[dict[str, Any]]:
        """Return what the log holds of these kinds."""
        found: Any = self.claw.ask("log", limit=1000)  # type: ignore[arg-type]
        return [one for one in found if one["kind"] in kinds]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with ScriptedModel() as model:
        secrets = {"CLAW_MODEL": "scripted", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "none"}
        started = running(tmp_path_factory.mktemp("state"), secrets=secrets)
        claw = await asyncio.to_thread(started.__enter__)
        try:
            yield House(claw, model)
        finally:
            await asyncio.to_thread(started.__exit__, None, None, None)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_talk_at_a_terminal(house: House) -> None:
    house.model.when("poem", "The moon is up.", delay_s=60)
    await asyncio.to_thread(talked, house)
    await asyncio.wait_for(house.model.hung_up.wait(), 10)
    assert house.model.gone == 1, "Ctrl-C ended the turn, also what it was waiting for"
    intents, outcomes = house.entries("intent"), house.entries("outcome")
    assert len(intents) == len(outcomes), "what was left off is settled in the log"


def talked(house: House) -> None:
    with chatting(house.claw.state, "xterm") as talk:
        talk.shows("things in the house", "> ")
        talk.types("unlock the front door\r")
        talk.shows("risky", "locked → unlocked", "waiting: ")
        talk.types("perhaps\r")
        talk.shows("nothing is done", "waiting: ")
        assert house.claw.state_of("lock.front_door") == "locked"
        talk.types("y\r")
        talk.shows("The front door is unlocked.", "> ")
        talk.types("/undo\r")
        talk.shows("The front door is locked.", "> ")
        talk.types("is the front door locked?\r")
        talk.shows("Yes, the front door is locked.", "> ")
        talk.types("\x1b[A\r")  # what was said before, once more
        talk.shows("Yes, the front door is locked.", "> ")
        talk.types("half a sen")
        talk.shows("half a sen")
        talk.interrupts("Ctrl-C again", "> ")
        talk.types("write me a poem about the moon\r")
        talk.shows("Thinking about it.")
        while not house.model.requests:  # it is told before it is done
            time.sleep(0.01)
        talk.interrupts("Left off.", "> ")
        house.claw.run("say", "unlock the front door")
        talk.shows("A question waits for a yes.", "/pending")
        talk.types("/pending\r")
        talk.shows("waiting: ")
        talk.types("n\r")
        talk.shows("Rejected", "> ")
        talk.interrupts("Ctrl-C again", "> ")
        talk.ended_by("\x03")
    assert house.claw.state_of("lock.front_door") == "locked"
    assert house.claw.status()["link"]["ready"], "the daemon goes on"


@pytest.mark.asyncio(loop_scope="module")
async def test_lines_from_another_program(house: House) -> None:
    lines = "turn on the kitchen lights\nunlock the front door\ny\n/undo\n"
    done = await asyncio.to_thread(
        subprocess.run,
        [str(CLAW), "chat", "--json", "--state-dir", str(house.claw.state)],
        input=lines,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=30,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    replies = [one for one in told if one["type"] == "reply"]
    assert [one["status"] for one in replies[:2]] == ["done", "pending"]
    assert {one["stage"] for one in told if one["type"] == "doing"} >= {"acts", "asks"}
    assert house.claw.state_of("lock.front_door") == "locked", "a line from a pipe is no yes to what is risky"
    assert replies[-1]["undoes"], "what is taken back is this talk's last act"
    assert house.claw.state_of("light.kitchen_ceiling") == "off"
