"""Whatever a daemon answers, and wherever in it: nothing of it drives the terminal."""

import json
from typing import Any

import pytest

from tests.cli_room import CARD, STATUS, Cli, FakeDaemon

POISON = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202eevil\u2066[bold]x[/bold][/]"
DRIVES = {"\x1b", "\x07", "\x9b", "\u202e", "\u2066"}

ORIGIN = {"channel": "c", "person": "p", "conversation": "t"}
ENTRY = {
    "seq": 1,
    "time": "2026-01-05T12:00:00+00:00",
    "kind": "intent",
    "origin": ORIGIN,
    "parent": None,
    "payload": {"said": "s", "rule": "r", "action": {"name": "a.b", "entities": ["a.c"], "data": {"key": "value"}}},
}
DECISION = {"effect": "allow", "rule": "r", "why": "w"}
NEAREST = {"rule": "r", "effect": "deny", "lacked": "l"}
ANSWERS: dict[str, Any] = {
    "say": {"text": "t", "status": "done"},
    "answer": {"text": "t", "status": "done"},
    "status": STATUS
    | {
        "stop": {"engaged": True, "reason": "r", "by": "b", "local": True},
        "policy_problem": "p",
        "policy_notice": "n",
    },
    "pending": [{"card": CARD}],
    "log": [ENTRY, ENTRY | {"payload": {"else": "x"}}],
    "why": {"entry": ENTRY, "because": [ENTRY], "came_of_it": [ENTRY]},
    "policy_check": [{"level": "warning", "rule": "r", "text": "t"}],
    "policy_explain": {"entities": [{"entity": "a.b", "decision": DECISION, "matched": ["r"], "nearest": NEAREST}]},
    "clients": [{"id": "i", "kind": "k", "person": "p", "name": "n", "revoked": None}],
    "client_add": {"token": "t"},
    "client_revoke": {"id": "i"},
    "sign_in_code": {"code": "c"},
}
COMMANDS = [
    ("say", "x"),
    ("approve", "x"),
    ("status",),
    ("pending",),
    ("log",),
    ("why", "1"),
    ("policy", "check"),
    ("policy", "explain", "a.b"),
    ("clients", "list"),
    ("clients", "add", "x", "--person", "p"),
    ("clients", "revoke", "x"),
    ("signin", "p"),
]
KEPT = {"status", "time", "expires", "level"}
"""What the daemon makes itself from a fixed list, and the command line reads as such."""


def poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: poisoned(one, name) for name, one in value.items()} | ({POISON: POISON} if key == "data" else {})
    if isinstance(value, list):
        return [poisoned(one, key) for one in value]
    return f"{value}{POISON}" if isinstance(value, str) and key not in KEPT else value


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_of_an_answer_drives_the_terminal(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    daemon.answers.update({do: {"ok": poisoned(answer)} for do, answer in ANSWERS.items()})
    said = claw(*words, *form)
    assert not DRIVES & set(said.out + said.err)
    assert "evil" in said.out
    if form:
        assert POISON in str_of(json.loads(said.out))


def str_of(value: Any) -> str:
    """Return every text in ``value``, one after another."""
    if isinstance(value, dict):
        return "".join(str_of(one) for one in value.values())
    return "".join(map(str_of, value)) if isinstance(value, list) else str(value)


def test_json_keeps_every_character_for_programs(daemon: FakeDaemon, claw: Cli) -> None:
    text = f"灯亮了 café 🦞 {POISON}"
    daemon.answers["say"] = {"ok": {"text": text, "status": "done"}}
    said = claw("say", "x", "--json")
    assert json.loads(said.out)["text"] == text
    assert "灯亮了 café 🦞" in said.out
