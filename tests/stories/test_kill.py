"""``kill -9`` at any moment: what the log says afterwards is what happened, and nothing happens twice.

The house is outside the daemon and remembers every call.  Each call carries a number that is used once, so that the
house, the log and what the clients were told can be held against each other one by one.
"""

import asyncio
import itertools
import json
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from claw.audit.verify import verify
from tests.peers.counting_hass import CountingHass
from tests.prepared import Begun
from tests.running import begun, write_house
from tests.talking import HungUp, local, until

SEED = 20
CLIENTS = 6
LONGEST_LIFE_S = 0.5
START_KILLED_ONE_IN = 5
LONGEST_START_S = 1.5

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: ["light.*", "input_number.*"]}
"""


class Row(NamedTuple):
    """One entry of the log, read from the file as the killed daemon left it."""

    seq: int
    kind: str
    parent: int | None
    payload: dict[str, Any]


@dataclass
class Story:
    """All that was told and sent so far, over every life of the daemon."""

    folder: Path
    house: CountingHass
    luck: random.Random
    values: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    tried: set[int] = field(default_factory=set)
    told: list[tuple[int, int]] = field(default_factory=list)  # value, audit number
    unfinished: int = 0

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def rows(self) -> list[Row]:
        with sqlite3.connect(f"{(self.state / 'audit.db').as_uri()}?mode=ro", uri=True) as db:
            found = db.execute("select seq, kind, parent, body from rows left join payloads using (seq) order by seq")
            rows = [Row(seq, kind, parent, json.loads(body)) for seq, kind, parent, body in found]
        db.close()
        return rows

    def start(self) -> Begun:
        words = ("run", "--config", str(self.folder / "config.yaml"), "--state-dir", str(self.state))
        with (self.folder / "out").open("ab") as out:
            return begun(*words, more={"CLAW_HOUSE_TOKEN": self.house.token}, output=out.fileno())

    async def ready(self) -> bool:
        with suppress(HungUp):
            async with local(self.state) as claw:
                return bool((await claw.ask("status"))["link"]["ready"])
        return False

    async def talk(self, number: int) -> None:
        """Be one client, who asks one thing after the other until the daemon is gone."""
        with suppress(HungUp):
            async with local(self.state) as claw:
                for value in self.values:
                    self.tried.add(value)
                    reply = await claw.act("input_number.set_value", f"input_number.n{number}", value=value)
                    assert reply.get("status") == "done", reply
                    (outcome,) = reply["outcomes"]
                    self.told.append((value, outcome["audit"]))

    async def chat(self) -> None:
        """Be a client who speaks."""
        with suppress(HungUp):
            async with local(self.state) as claw:
                for word in itertools.cycle(("on", "off")):
                    reply = await claw.say(f"turn {word} the lamp")
                    assert reply.get("status") == "done", reply


def open_intents(rows: list[Row]) -> list[int]:
    answered = {row.parent for row in rows if row.kind == "outcome"}
    return [row.seq for row in rows if row.kind == "intent" and row.seq not in answered]


async def end(process: Begun) -> None:
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait, 20)


def log_tells_the_truth(story: Story) -> None:
    """Hold log, house and clients against each other; raises AssertionError."""
    found = verify(story.state / "audit.db")
    assert found.ok, found.problems
    rows = story.rows()
    intents = {row.seq: row.payload["action"] for row in rows if row.kind == "intent"}
    by_value = {action["data"]["value"]: seq for seq, action in intents.items() if "value" in action["data"]}
    # Every number a client was told is in the log and stands for what that client asked.
    for value, number in story.told:
        assert intents[number]["data"] == {"value": value}
    # Every call the house saw has its intent, and none was sent twice.
    sent = story.house.sent()
    times = Counter(value for _, _, value in sent if value is not None)
    assert set(times) <= set(by_value)
    assert set(times.values()) <= {1}
    assert {value for value, _ in story.told} <= set(times)
    for name, entity, value in sent:
        if value is not None:
            assert intents[by_value[value]] == {"name": name, "entities": [entity], "data": {"value": value}}
    # Sentences carry no number of their own: at most as many calls as intents.
    lamp = Counter(name for name, _, value in sent if value is None)
    meant = Counter(action["name"] for action in intents.values())
    assert all(lamp[name] <= meant[name] for name in lamp)


async def reported_and_settled(story: Story, left_open: list[int]) -> None:
    """The new daemon names what the old one left open, and says what the house shows, without a call."""
    before = len(story.house.calls)

    async def all_settled() -> bool:
        return open_intents(story.rows()) == []

    await until(all_settled)
    rows = story.rows()
    starts = [row for row in rows if row.kind == "start"]
    assert starts[-1].payload["unfinished"] == left_open
    intents = {row.seq: row.payload["action"] for row in rows if row.kind == "intent"}
    for seq in left_open:
        (outcome,) = (row for row in rows if row.kind == "outcome" and row.parent == seq)
        assert outcome.seq > starts[-1].seq
        assert outcome.payload["status"] == "unknown"
        action = intents[seq]
        for entity, reached in outcome.payload["shown"].items():
            if "value" in action["data"]:
                assert reached == (story.house.value(entity) == action["data"]["value"])
    assert len(story.house.calls) == before, "what was unfinished must not be done again"


async def one_life(story: Story) -> None:
    """Start, load, kill at a random moment, compare."""
    left_open = open_intents(story.rows()) if (story.state / "audit.db").exists() else []
    process = story.start()
    try:
        if story.luck.randrange(START_KILLED_ONE_IN) == 0:
            await asyncio.sleep(story.luck.uniform(0, LONGEST_START_S))
        else:
            await until(story.ready, 30)
            await reported_and_settled(story, left_open)
            story.unfinished += len(left_open)
            clients = [asyncio.create_task(story.talk(number)) for number in range(CLIENTS)]
            clients.append(asyncio.create_task(story.chat()))
            await asyncio.sleep(story.luck.uniform(0, LONGEST_LIFE_S))
            await end(process)
            await asyncio.gather(*clients)
    finally:
        await end(process)
    await story.house.quiet()
    if (story.state / "audit.db").exists():
        log_tells_the_truth(story)


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(8, marks=pytest.mark.timeout(240)),
        pytest.param(200, marks=[pytest.mark.prove, pytest.mark.timeout(3600)]),
    ],
)
async def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path, kills: int) -> None:
    luck = random.Random(SEED + kills)
    async with CountingHass([f"n{number}" for number in range(CLIENTS)], luck) as house:
        write_house(tmp_path, {"url": house.url}, POLICY)
        story = Story(tmp_path, house, luck)
        for _ in range(kills):
            await one_life(story)
    # A test that never caught the daemon in the middle of something would prove nothing.
    assert story.unfinished >= kills // 2
    assert len(story.told) > kills
    assert "Traceback" not in (tmp_path / "out").read_text()
