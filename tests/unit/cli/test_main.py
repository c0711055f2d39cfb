"""Every error is one line and an exit code; a daemon is started without what only the other commands need."""

from importlib.metadata import version

import pytest

from claw.cli.main import DAEMON, asked_for
from tests.cli_room import Cli, FakeDaemon


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("refused", 3, "refused: no such question"),
        ("unavailable", 1, "no such question"),
        ("broken", 1, "no such question"),
    ],
)
def test_what_the_daemon_raises_is_one_line_and_a_code(
    daemon: FakeDaemon, claw: Cli, kind: str, code: int, said: str
) -> None:
    daemon.answers["answer"] = {"error": {"kind": kind, "text": "no such question"}}
    answer = claw("approve", "1f2e")
    assert (answer.code, answer.err.strip(), answer.out) == (code, said, "")


def test_misuse_is_two(claw: Cli) -> None:
    assert claw("approve").code == 2
    assert claw("dance").code == 2


def test_an_error_cannot_write_to_the_terminal(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["status"] = {"error": {"kind": "broken", "text": "[bold]\x1b[31mred"}}
    said = claw("status")
    assert "\x1b" not in said.err
    assert "[bold]" in said.err


@pytest.mark.parametrize("word", ["demo", "run"])
def test_the_daemons_commands_explain_themselves_without_the_others(claw: Cli, word: str) -> None:
    assert [command.callback for command in asked_for([word]).registered_commands] == [each for each, _ in DAEMON]
    said = claw(word, "--help")
    assert (said.code, f"Usage: claw {word}" in said.out) == (0, True)


def test_whoever_asks_for_nothing_is_told_of_every_command(claw: Cli) -> None:
    assert {"demo", "run", "say", "memory"} <= {word.strip("│| ") for word in claw("--help").out.split()}


def test_the_version_is_told_without_the_other_commands(claw: Cli) -> None:
    assert (claw("--version").code, claw("--version").out) == (0, f"claw {version('claw')}\n")
    assert [command.callback for command in asked_for(["--version"]).registered_commands] == [
        each for each, _ in DAEMON
    ]
