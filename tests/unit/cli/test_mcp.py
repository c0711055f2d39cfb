"""What is wrong is said before anything is served; what is served is a way to the daemon."""

from io import StringIO
from pathlib import Path

import pytest

from claw.cli import mcp
from claw.cli.client import Client
from tests.cli_room import Cli, FakeDaemon


def test_without_a_token_it_says_how_to_make_one(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(mcp.TOKEN, raising=False)
    said = claw("mcp")
    assert said.code == 3
    assert "--for-model" in said.err
    assert daemon.asked == []


def test_a_token_that_is_none_is_said_at_once(daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mcp.TOKEN, "claw_x.secret")
    daemon.answers["model_call"] = {"error": {"kind": "refused", "text": "this is no token"}}
    said = claw("mcp")
    assert (said.code, "no token" in said.err, "secret" in said.err) == (3, True, False)
    assert daemon.asked == [{"do": "model_call", "token": "claw_x.secret"}]


def test_the_token_may_lie_in_a_file(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(" claw_x.secret\n", encoding="utf-8")
    daemon.answers["model_call"] = {"error": {"kind": "refused", "text": "no"}}
    claw("mcp", "--token-file", str(path))
    assert daemon.asked == [{"do": "model_call", "token": "claw_x.secret"}]
    path.write_bytes(b"\xff\xfe")
    assert claw("mcp", "--token-file", str(path)).code == 1
    assert claw("mcp", "--token-file", str(tmp_path / "none")).code == 1


def test_a_tool_that_is_called_goes_to_the_daemon_with_the_token(daemon: FakeDaemon, tmp_path: Path) -> None:
    daemon.answers["model_call"] = {"ok": {"data": {"found": 1}, "failed": False}}
    result = mcp._ask(Client(tmp_path), "t", "look", {"limit": 1})
    assert (result.data, result.failed) == ({"found": 1}, False)
    assert daemon.asked == [{"do": "model_call", "token": "t", "name": "look", "data": {"limit": 1}}]
    gone = mcp._ask(Client(tmp_path / "none"), "t", "look", {})
    assert (gone.failed, gone.data["error"]) == (True, "unavailable")


TOOL = {"server": "notes", "name": "mcp.notes.search", "state": "new", "hash": "ab", "takes": ["query"]}
ROWS = [
    TOOL | {"description": "Finds notes \x1b[31m"},
    {"server": "notes", "name": "mcp.notes.odd", "state": "unusable", "why": "it needs what, which is no text"},
    {"server": "mail", "state": "unavailable", "why": "mail: it ended before it answered"},
]


def test_tools_are_listed_with_what_they_say_and_what_is_wrong(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["tools"] = {"ok": ROWS}
    said = claw("mcp", "list").out
    assert "mcp.notes.search  new" in said
    assert 'it says: "Finds notes' in said
    assert "\x1b" not in said
    assert "mail  unavailable" in said
    daemon.answers["tools"] = {"ok": []}
    assert "no tools" in claw("mcp", "list").out


def test_what_is_accepted_is_what_was_just_shown(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["tools"] = {"ok": ROWS}
    daemon.answers["tool_accept"] = {"ok": {"tool": "mcp.notes.search"}}
    assert claw("mcp", "accept", "mcp.notes.search", "--yes").out == "mcp.notes.search is accepted.\n"
    assert daemon.asked[-1] == {"do": "tool_accept", "name": "mcp.notes.search", "hash": "ab"}


@pytest.mark.parametrize("name", ["mcp.notes.odd", "mcp.notes.other", "lock.unlock"])
def test_what_cannot_be_used_is_not_accepted(daemon: FakeDaemon, claw: Cli, name: str) -> None:
    daemon.answers["tools"] = {"ok": ROWS}
    assert claw("mcp", "accept", name, "--yes").code == 3
    assert daemon.asked == [{"do": "tools"}]


def test_nothing_is_accepted_where_nobody_says_yes(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("n\n"))
    daemon.answers["tools"] = {"ok": ROWS}
    assert claw("mcp", "accept", "mcp.notes.search").code == 1
    assert daemon.asked == [{"do": "tools"}]


def test_a_tool_is_dropped(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["tool_drop"] = {"ok": {"tool": "mcp.notes.search"}}
    assert claw("mcp", "drop", "mcp.notes.search").out == "mcp.notes.search is off.\n"
    assert daemon.asked == [{"do": "tool_drop", "name": "mcp.notes.search"}]
