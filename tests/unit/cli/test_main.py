"""Every command explains itself with an example, and every error is one line and an exit code."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from claw.cli.main import EXAMPLES, build
from tests.cli_room import Cli, FakeDaemon


def every_command(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", {})
    if not inner or command.callback:
        yield path, command
    for name, each in inner.items():
        yield from every_command(each, (*path, name))


EVERY = [(path, command) for path, command in every_command(typer.main.get_command(build())) if path]


@pytest.mark.parametrize(
    ("path", "command"), EVERY, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_help_has_a_sentence_and_an_example(path: tuple[str, ...], command: Any, claw: Cli) -> None:
    said = claw(*path, "--help")
    assert said.code == 0
    assert "Usage: claw" in said.out
    assert command.help
    assert f"claw {' '.join(path)}" in command.epilog


def test_an_example_names_its_own_command() -> None:
    for command, example in EXAMPLES:
        assert shlex.split(example)[:2] == ["claw", command.__name__]


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
