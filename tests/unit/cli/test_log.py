"""The log is read from the daemon and proved without it."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from tests.cli_room import Cli, FakeDaemon


def row(seq: int, kind: str = "intent") -> dict[str, Any]:
    return {
        "seq": seq,
        "time": "2026-01-05T12:00:00+00:00",
        "kind": kind,
        "origin": {"channel": "web", "person": "anna"},
        "parent": None,
        "payload": {
            "said": "lock up",
            "rule": "doors",
            "action": {"name": "lock.lock", "entities": ["lock.a"], "data": {}},
        },
    }


def write(path: Path) -> None:
    async def some() -> None:
        log = AuditLog.open(path, SystemClock())
        await log.append("note", {"text": "first"})
        await log.append("note", {"text": "second"})
        await log.close()

    asyncio.run(some())


def test_the_newest_entries_are_printed_oldest_first(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log"] = {"ok": [row(2), row(1)]}
    lines = claw("log", "--limit", "2").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert "lock.lock lock.a" in lines[0]
    assert daemon.asked == [{"do": "log", "limit": 2, "newest_first": True}]


def test_following_prints_what_is_logged_and_nothing_else(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log"] = {"ok": []}
    daemon.answers["follow"] = [{"type": "state"}, {"type": "log", "entry": row(7)}]
    assert claw("log", "--follow").out.split()[0] == "7"


def test_following_in_json_is_one_line_for_each_entry_the_first_ones_too(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log"] = {"ok": [row(6)]}
    daemon.answers["follow"] = [{"type": "log", "entry": row(7)}]
    lines = claw("log", "--follow", "--json").out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [6, 7]


def test_json_is_a_list(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log"] = {"ok": [row(2), row(1)]}
    assert [one["seq"] for one in json.loads(claw("log", "--json").out)] == [1, 2]


def test_why_tells_cause_rule_and_effect(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["why"] = {"ok": {"entry": row(2), "because": [row(1, "answer")], "came_of_it": [row(3, "outcome")]}}
    out = claw("why", "2").out
    assert out.index("because") < out.index("entry") < out.index("then")
    assert "'lock up'" in out
    assert "doors" in out


def test_a_log_that_holds_is_zero_and_one_that_does_not_is_one(claw: Cli, tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    write(path)
    held = claw("log", "verify")
    assert held.code == 0
    assert "The log holds: 2 entries" in held.out
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER payloads_update")
        db.execute("DROP TRIGGER log_update")
        db.execute("UPDATE payloads SET body = CAST(replace(body, 'second', 'seconD') AS BLOB)")
    db.close()
    broken = claw("log", "verify", "--json", "--file", str(path))
    assert broken.code == 1
    answer = json.loads(broken.out)
    assert not answer["ok"]
    assert 2 in [problem["seq"] for problem in answer["problems"]]
    said = claw("log", "verify")
    assert "entry 2: the payload was changed" in said.out
    assert "file: 'log_update' in the file is missing" in said.out


def test_no_log_is_an_error(claw: Cli) -> None:
    assert claw("log", "verify").code == 1


def test_why_asks_about_an_entry_by_its_number_and_about_a_thing_by_its_name(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["why"] = {"ok": {"because": [], "entry": row(3), "came_of_it": []}}
    daemon.answers["who"] = {"ok": {"entity": "lock.a", "text": "The door is open; it was \x1b[1m[bold]Ben."}}
    assert "lock.lock" in claw("why", "3").out
    said = claw("why", "front door")
    assert said.out.strip() == "lock.a The door is open; it was [1m[bold]Ben."
    assert daemon.asked == [{"do": "why", "seq": 3}, {"do": "who", "name": "front door"}]
