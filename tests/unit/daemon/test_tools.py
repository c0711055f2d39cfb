from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Action, Json, Origin, Permit
from claw.base.config_channels import McpServerConfig
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.daemon.tool_process import Changed
from claw.daemon.tool_shapes import fingerprint
from claw.daemon.tools import MOST_WAITING, Ground, Tools
from claw.house.fields import Service
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

NAME = "mcp.notes.search"
CONSOLE = Origin("cli", "anna", authenticated=True, source="uid 0")
SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}


class Scripted:
    """Servers as a test has them: what they offer, what they answer, what they were asked."""

    def __init__(self) -> None:
        self.offers: list[dict[str, Any]] = [{"name": "search", "description": "Finds notes", "inputSchema": SCHEMA}]
        self.answer: tuple[str, bool] | Exception = ("Buy milk", False)
        self.asked: list[Mapping[str, Json]] = []
        self.fails: Exception | None = None

    async def list(self, name: str, server: McpServerConfig) -> Sequence[Mapping[str, Json]]:
        del name, server
        if self.fails is not None:
            raise self.fails
        return self.offers

    async def call(
        self, name: str, server: McpServerConfig, tool: str, accepted: str, arguments: Mapping[str, Json]
    ) -> tuple[str, bool]:
        del server
        if accepted != fingerprint(self.offers[0]):
            raise Changed(f"{name}: it is not as it was accepted")
        self.asked.append({"tool": tool, **arguments})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Room:
    """The tools of one server, with everything that they stand on."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.db = Database(memory=True)
        migrate(self.db)
        self.permits = PermitDesk(self.clock)
        self.audit = AuditLog.open(folder / "audit.db", self.clock)
        self.scripted = Scripted()
        self.services: dict[str, Service] = {}
        self.tools = self.made()
        self.intents = 0

    def made(self, *names: str) -> Tools:
        server = McpServerConfig(command=("notes",))
        ground = Ground(self.db, self.clock, self.audit, self.permits)
        return Tools(dict.fromkeys(names or ("notes",), server), ground, self.scripted, self.services)  # type: ignore[arg-type]

    async def accept(self) -> str:
        found = (await self.tools.listed())[0]["hash"]
        await self.tools.accept(NAME, found, CONSOLE)
        return found

    async def call(self, **data: Json) -> str | None:
        self.intents += 1
        action = Action(NAME, (), {"query": "milk", **data})
        await self.tools.perform(self.permits.issue(action, self.intents), action)
        return self.tools.text(self.intents)


@pytest.fixture
async def room(tmp_path: Path) -> Any:
    made = Room(tmp_path)
    yield made
    await made.audit.close()


async def test_a_tool_is_nothing_until_somebody_accepted_it(room: Room) -> None:
    (row,) = await room.tools.listed()
    assert (row["name"], row["state"], row["takes"], row["description"]) == (NAME, "new", ["query"], "Finds notes")
    assert room.services == {}
    with pytest.raises(Refused, match="not a tool that was accepted"):
        await room.call()
    await room.accept()
    assert list(room.services) == [NAME]
    assert await room.call() == "Buy milk"
    assert room.scripted.asked == [{"tool": "search", "query": "milk"}]
    entry = room.audit.entries(kinds=["tool"])[0]
    assert entry.origin == CONSOLE
    assert entry.payload is not None
    assert (entry.payload["tool"], entry.payload["accepted"]) == (NAME, True)
    assert (await room.tools.listed())[0]["state"] == "accepted"


async def test_nothing_is_called_without_a_permit(room: Room) -> None:
    await room.accept()
    action = Action(NAME, (), {"query": "milk"})
    with pytest.raises(Refused):
        await room.tools.perform(Permit(action.digest(), 1, 1e9, b"", b""), action)
    spent = room.permits.issue(action, 1)
    with pytest.raises(Refused):
        await room.tools.perform(spent, Action(NAME, (), {"query": "other"}))
    assert room.scripted.asked == []


@pytest.mark.parametrize("word", ["description", "inputSchema", "title", "annotations"])
async def test_a_changed_word_turns_a_tool_off_until_it_is_accepted_anew(room: Room, word: str) -> None:
    await room.accept()
    before = room.scripted.offers[0]
    room.scripted.offers = [{**before, word: {"type": "object", "title": "now"} if word == "inputSchema" else "now"}]
    with pytest.raises(Refused, match="accepted anew"):
        await room.call()
    assert (room.scripted.asked, room.services) == ([], {})
    room.scripted.offers = [before]
    with pytest.raises(Refused):
        await room.call()
    assert (await room.tools.listed())[0]["state"] == "changed"
    await room.accept()
    assert await room.call() == "Buy milk"


async def test_a_change_is_noticed_by_who_looks_too(room: Room) -> None:
    await room.accept()
    room.scripted.offers[0]["description"] = "Finds notes and unlocks doors"
    assert (await room.tools.listed())[0]["state"] == "changed"
    assert room.services == {}


async def test_what_is_accepted_is_what_was_shown(room: Room) -> None:
    found = (await room.tools.listed())[0]["hash"]
    room.scripted.offers[0]["description"] = "something else meanwhile"
    with pytest.raises(Refused, match="not what was shown"):
        await room.tools.accept(NAME, found, CONSOLE)
    for name in ("mcp.notes.other", "mcp.mail.search", "lock.unlock", "mcp"):
        with pytest.raises(Refused):
            await room.tools.accept(name, found, CONSOLE)
    room.scripted.offers *= 2
    with pytest.raises(Refused, match="more than one"):
        await room.tools.accept(NAME, found, CONSOLE)
    assert room.db["tools"].count == 0


async def test_what_was_accepted_outlives_a_restart_where_its_server_is_still_there(room: Room) -> None:
    await room.accept()
    room.services.clear()
    room.made("mail")
    assert room.services == {}
    room.made("notes")
    assert list(room.services) == [NAME]


async def test_what_was_accepted_and_cannot_be_read_any_more_stays_off(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    await room.accept()
    room.services.clear()
    room.db["tools"].update(NAME, {"spec": "{}"})
    room.made("notes")
    assert room.services == {}
    assert "stays off" in caplog.text


async def test_a_tool_can_be_dropped(room: Room) -> None:
    await room.accept()
    await room.tools.drop(NAME, CONSOLE)
    assert (room.services, room.db["tools"].count, room.tools.offered()) == ({}, 0, ())
    assert (await room.tools.listed())[0]["state"] == "new"
    with pytest.raises(Refused, match="no accepted tool"):
        await room.tools.drop(NAME, CONSOLE)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (("No.", True), Unavailable),
        (Unavailable("gone"), Unavailable),
        (Broken("no bubblewrap"), Unavailable),
        (UnknownOutcome("asked"), UnknownOutcome),
    ],
)
async def test_what_goes_wrong_is_told_by_its_consequence(room: Room, answer: Any, error: type[Exception]) -> None:
    await room.accept()
    room.scripted.answer = answer
    with pytest.raises(error):
        await room.call()
    assert room.tools.text(room.intents) is None


async def test_an_answer_is_taken_once_and_few_wait(room: Room) -> None:
    await room.accept()
    action = Action(NAME, (), {"query": "milk"})
    for number in range(1, MOST_WAITING + 10):
        await room.tools.perform(room.permits.issue(action, number), action)
    assert room.tools.text(1) is None
    assert (room.tools.text(MOST_WAITING), room.tools.text(MOST_WAITING)) == ("Buy milk", None)
    assert len(room.tools._texts) < MOST_WAITING


async def test_what_a_server_offers_may_be_anything(room: Room) -> None:
    room.scripted.offers = [
        {"name": "odd", "inputSchema": {"required": ["x"]}},
        {"name": None},
        {"name": "x\u202e" * 100, "description": 5},
        {},
    ]
    rows = await room.tools.listed()
    assert {row["state"] for row in rows} == {"unusable"}
    assert "\u202e" not in repr(rows)
    room.scripted.fails = Unavailable("notes: it ended")
    assert (await room.tools.listed()) == [{"server": "notes", "state": "unavailable", "why": "notes: it ended"}]


async def test_a_tool_that_is_gone_is_listed_as_such(room: Room) -> None:
    await room.accept()
    room.scripted.offers = []
    assert await room.tools.listed() == [{"server": "notes", "name": NAME, "state": "gone"}]


async def test_a_model_reads_of_the_accepted_ones_alone(room: Room) -> None:
    assert room.tools.offered() == ()
    await room.accept()
    assert room.tools.offered() == ('text = await call("mcp.notes.search", query="..."): Finds notes',)
