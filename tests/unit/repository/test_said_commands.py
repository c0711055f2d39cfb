"""A command that Claw itself names, in a sentence or as what mends something, is one that there is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from claw.cli.command_tree import Command, tree
from claw.cli.commands import build

CLAW = Path(__file__).parents[3] / "claw"
QUOTED = re.compile(r"`(claw [a-z][^`\n]*)`")
MAKERS = {"claw", "claw_configured"}
"""What makes a whole command of its words (``claw/care/doctor_case.py``)."""


def text_of(node: ast.AST | None) -> str:
    """Return what a string says, with X for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)  # type: ignore[misc]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def named() -> Iterator[tuple[str, str]]:
    for path in sorted(CLAW.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said = QUOTED.findall(text_of(node))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS:
                said += [f"claw {words}" for words in map(text_of, node.args) if words]
            yield from ((str(path.relative_to(CLAW)), command) for command in said)


NAMED = sorted(set(named()))
THERE = {command.path: command for command in tree(typer.main.get_command(build())).walk()}


def wrong(line: str) -> str:
    """Return what of a command is not there, empty where all is; a word in capitals stands for any."""
    words = line.partition("|")[0].split()
    at: tuple[str, ...] = ("claw",)
    for word in words[1:]:
        if not THERE[at].inner:
            break
        if (*at, word) not in THERE:
            return "" if word.isupper() else f"there is no {' '.join(at)} {word}"
        at = (*at, word)
    takes = options(THERE[at]) | {"--help", "--version"}
    strange = [word for word in words if re.fullmatch(r"--[a-z-]+", word) and word not in takes]
    return f"{' '.join(at)} takes no {strange[0]}" if strange else ""


def options(command: Command) -> set[str]:
    return {name for taken in command.options for name in taken.names}


@pytest.mark.parametrize(("module", "line"), NAMED)
def test_a_command_that_is_said_exists(module: str, line: str) -> None:
    assert not wrong(line), module


def test_one_that_does_not_exist_is_found() -> None:
    assert len(NAMED) > 80
    assert wrong("claw answer X yes") == "there is no claw answer"
    assert wrong("claw log prove") == "there is no claw log prove"
    assert wrong("claw approve X --often") == "claw approve takes no --often"
    assert not wrong("claw doctor --repair --apply")
