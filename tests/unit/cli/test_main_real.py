"""Every command against a real daemon, as a person reads it and as a program does."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli_room import Cli, Said
from tests.running import Claw, running

FRONT_DOOR = ("lock.unlock", "lock.front_door")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Claw]:
    with running(tmp_path_factory.mktemp("cli") / "state") as daemon:
        daemon.json("clients", "add", "tablet", "--person", "anna", "--may", "talk")
        yield daemon


@pytest.fixture
def ask(claw: Cli, demo: Claw) -> Callable[..., Said]:
    def asked(*words: str) -> Said:
        if words[0] == "pending":
            demo.say("unlock the front door")  # a stop in between ended what waited
        return claw(*words, "--state-dir", str(demo.state))

    return asked


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("say", "turn on the kitchen lights"), 0, "kitchen lights are on"),
        (("say", "which lights are on"), 0, "living room lights"),
        (("say", "blorp"), 5, "understand"),
        (("say", "unlock the front door"), 0, "front door"),
        (("pending",), 0, "front door"),
        (("approve", "ffffffff"), 3, "no such question"),
        (("reject", "ffffffff"), 3, "no such question"),
        (("status",), 0, "simulated"),
        (("log",), 0, "question"),
        (("log", "verify"), 0, "The log holds"),
        (("why", "1"), 0, "start"),
        (("why", "999999"), 3, "no audit entry"),
        (("policy", "check"), 0, "no rule mentions|Nothing odd"),
        (("policy", "explain", *FRONT_DOOR), 0, "confirm by unlocking"),
        (("policy", "explain", "lock.explode", "lock.front_door"), 3, "refused"),
        (("clients", "add", "radio", "--person", "anna", "--may", "talk"), 0, "^claw_"),
        (("clients", "list"), 0, "tablet"),
        (("clients", "revoke", "ffffffff"), 3, "refused"),
        (("signin", "anna"), 0, "[2-9A-Z]{8}"),
        (("signin", "nobody"), 3, "refused"),
        (("reset",), 3, "refused"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_as_a_person_reads_it(ask: Callable[..., Said], words: tuple[str, ...], code: int, says: str) -> None:
    said = ask(*words)
    assert (said.code, bool(re.search(says, said.out + said.err))) == (code, True), said
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (("say", "is the garage door open"), {"text": str, "status": str, "outcomes": list, "pending": list}),
        (("status",), {"link": dict, "stop": dict, "audit": dict, "policy": str, "tokens": int}),
        (("why", "1"), {"entry": dict, "because": list, "came_of_it": list}),
        (("log", "verify"), {"ok": bool, "rows": int, "problems": list}),
        (("policy", "explain", *FRONT_DOOR), {"decision": dict, "entities": list}),
        (("log",), [{"seq": int, "kind": str, "time": str}]),
        (("pending",), [{"id": str, "question": str, "actions": list, "expires": str}]),
        (("clients", "list"), [{"id": str, "person": str, "kind": str}]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_as_a_program_reads_it(ask: Callable[..., Said], words: tuple[str, ...], shape: Any) -> None:
    answer = json.loads(ask(*words, "--json").out)
    assert has(answer, shape)


def has(answer: Any, shape: Any) -> bool:
    if isinstance(shape, list):
        return bool(answer) and all(has(one, shape[0]) for one in answer)
    return all(isinstance(answer.get(key), kind) for key, kind in shape.items())


def test_a_stop_ends_with_four_and_a_reset_lets_go(ask: Callable[..., Said]) -> None:
    assert ask("stop", "--reason", "smoke").code == 0
    assert "ENGAGED" in ask("status").out
    assert ask("say", "turn on the kitchen lights").code == 4
    assert ask("reset", "--reason", "it was the toast").code == 0
    assert ask("say", "turn off the kitchen lights").code == 0
