"""The page about the policy file shows nothing that does not work."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.base.config import Config
from claw.base.documents import parse_document
from claw.cli.commands import build
from claw.policy.rules import PolicyFile

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = [
    re.sub(r"^    ", "", block, flags=re.MULTILINE)
    for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", PAGE, re.MULTILINE)
]
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("claw ")]


def examples() -> Iterator[tuple[str, str]]:
    for block in BLOCKS:
        if not block.startswith("claw "):
            yield ("people" if block.startswith("people:") else "policy"), block


@pytest.mark.parametrize(("kind", "block"), list(examples()))
def test_every_example_loads(kind: str, block: str) -> None:
    if kind == "people":
        config = parse_document("house: {simulated: house.yaml}\n" + block, "docs/policy.md", Config)
        assert len(config.people) == 3
        return
    # The file's own reader is what knows how `on`, `off` and `22:00` read; a part of a file is made a whole one first.
    if block.lstrip().startswith("- "):
        head = "tests:\n" if "expect:" in block else "rules:\n"
        block = "version: 1\n" + head + block
    elif "version:" not in block:
        block = "version: 1\n" + block
    file = parse_document(block, "docs/policy.md", PolicyFile)
    assert file.rules or file.never or file.safety or file.tests or "rules: []" in block


def test_there_are_examples_of_every_part() -> None:
    assert len(BLOCKS) >= 8
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_exists_with_the_options_that_are_shown(line: str) -> None:
    words = line.partition("#")[0].split()
    groups = {group.name: group.typer_instance for group in build().registered_groups}
    assert words[1] in groups
    commands = {
        one.name or one.callback.__name__: one.callback for one in groups[words[1]].registered_commands if one.callback
    }
    assert words[2] in commands
    options = {word.removeprefix("--") for word in words if word.startswith("--")}
    assert options <= set(commands[words[2]].__annotations__)
