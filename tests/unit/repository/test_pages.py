"""What the pages promise is there: commands, targets, files, decisions and the version."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from claw.cli.commands import build
from claw.policy.rules import PolicyFile

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if page.name != "CHANGELOG.md"  # tells of what was, too
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands(page: Path, program: str) -> list[str]:
    """Every command of ``program`` in code blocks and in backticks."""
    text = page.read_text()
    blocks = "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL))
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [re.sub(r"^\s*(\$ )?(\.venv/bin/)?", "", line) for line in blocks.splitlines()] + spans
    return [line.strip() for line in lines if re.match(rf"\s*{program} [a-z\"-]", line)]


EVERY_CLAW = sorted({(page.name, line) for page in PAGES for line in commands(page, "claw")})
EVERY_MAKE = sorted({(page.name, line) for page in PAGES for line in commands(page, "make")})


@pytest.mark.parametrize(("page", "line"), EVERY_CLAW)
def test_a_claw_command_that_a_page_names_exists(page: str, line: str) -> None:
    command: Any = typer.main.get_command(build())
    words = shlex.split(re.split(r"\s+[#&|]", line)[0])[1:]
    while words:
        word = words.pop(0)
        if hasattr(command, "left_out") and word not in command.commands:
            command = command.commands[command.left_out]
        if word.startswith("--"):
            options = {name: parameter for parameter in command.params for name in _spellings(parameter)}
            assert word in options or word == "--help", f"{page}: {line}: no option {word}"
            if word in options and not options[word].is_flag:
                words.pop(0)
        elif hasattr(command, "commands"):
            assert word in command.commands, f"{page}: {line}: no command {word}"
            command = command.commands[word]


def _spellings(parameter: Any) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts]


@pytest.mark.parametrize(("page", "line"), EVERY_MAKE)
def test_a_make_target_that_a_page_names_exists(page: str, line: str) -> None:
    targets = [word for word in shlex.split(line.partition("#")[0])[1:] if "=" not in word]
    assert targets
    assert set(targets) <= TARGETS, f"{page}: {line}"


def test_the_first_screen_names_the_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:40]
    assert {"make demo", "make test"} <= {line.partition("#")[0].strip() for line in first_screen}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_only_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_the_newest_change_is_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## \[?([\w.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert next(heading for heading in headings if heading != "Unreleased") == version


def test_there_is_one_page_per_decision_and_the_numbers_have_no_gap() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name


def test_the_generated_pages_are_fresh() -> None:
    check = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_the_policy_page_names_every_key_that_a_policy_may_have() -> None:
    schema = PolicyFile.model_json_schema()
    keys = {key for block in [schema, *schema["$defs"].values()] for key in block.get("properties", {})}
    keys.discard("values")  # a state is written as a value or a list; this is what the file becomes
    page = (ROOT / "docs" / "policy.md").read_text()
    assert not [key for key in sorted(keys) if not re.search(rf"\b{key}\b", page)]
