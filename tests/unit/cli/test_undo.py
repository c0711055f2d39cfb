import json
from typing import Any

import pytest

from tests.cli_room import Cli, FakeDaemon

REPLY: dict[str, Any] = {"text": "The lamp is off.", "status": "done", "outcomes": [], "pending": []}
WOULD: dict[str, Any] = {
    "would": [
        {
            "action": {"name": "light.turn_on", "entities": ["light.a", "light.b"], "data": {"brightness": 9}},
            "effect": "allow",
            "rule": "comfort",
            "why": "light is for all",
        },
        {
            "action": {"name": "lock.unlock", "entities": ["lock.a"], "data": {}},
            "effect": "deny",
            "rule": None,
            "why": "\x1b[31m[red]nothing allows it",
        },
    ],
    "cannot": [],
    "undoes": [4],
    "text": "I left the door as it is.",
}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), {"seq": 0, "since": "", "tick": [], "dry_run": False}),
        (("42",), {"seq": 42, "since": "", "tick": [], "dry_run": False}),
        (
            ("--since", "18:00", "--tick", "lock.a", "--tick", "lock.b"),
            {"seq": 0, "since": "18:00", "tick": ["lock.a", "lock.b"], "dry_run": False},
        ),
    ],
)
def test_undo_asks_for_what_was_meant(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], asked: dict[str, Any]
) -> None:
    daemon.answers["undo"] = {"ok": REPLY}
    said = claw("undo", *words)
    assert (said.code, said.out.strip()) == (0, "The lamp is off.")
    assert daemon.asked == [{"do": "undo", **asked}]


@pytest.mark.parametrize(("status", "code"), [("partial", 1), ("refused", 3), ("stopped", 4), ("pending", 0)])
def test_the_exit_code_is_that_of_the_reply(daemon: FakeDaemon, claw: Cli, status: str, code: int) -> None:
    daemon.answers["undo"] = {"ok": {**REPLY, "status": status}}
    assert claw("undo", "--json").code == code


def test_a_dry_run_shows_each_verdict_and_drives_no_terminal(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["undo"] = {"ok": WOULD}
    said = claw("undo", "--since", "18:00", "--dry-run")
    first, second, left = said.out.splitlines()
    assert first == "allow   light.turn_on light.a, light.b brightness=9  comfort: light is for all"
    assert second.startswith("deny    lock.unlock lock.a")
    assert "\x1b" not in said.out
    assert "[red]nothing allows it" in second
    assert left == "I left the door as it is."
    assert said.code == 0
    daemon.answers["undo"] = {"ok": {**WOULD, "would": [], "text": ""}}
    assert claw("undo", "--dry-run").out.strip() == "Nothing would be done."
    daemon.answers["undo"] = {"ok": WOULD}
    assert json.loads(claw("undo", "--dry-run", "--json").out)["undoes"] == [4]


def test_one_entry_and_a_span_of_time_are_not_both_asked(daemon: FakeDaemon, claw: Cli) -> None:
    said = claw("undo", "4", "--since", "18:00")
    assert said.code == 3
    assert "not both" in said.err
    assert daemon.asked == []


@pytest.mark.parametrize("words", [("-3",), ("x",), ("--since",), ("--tick",)])
def test_what_is_no_undo_is_misuse(claw: Cli, words: tuple[str, ...]) -> None:
    assert claw("undo", *words).code == 2
