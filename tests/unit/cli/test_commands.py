"""Every command explains itself with an example."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from claw.cli.commands import EXAMPLES, build
from tests.cli_room import Cli


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
