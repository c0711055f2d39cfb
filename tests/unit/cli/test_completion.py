"""What the shells are given completes what is there: bash is asked here, the others by hand of the same tree."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from claw.cli.command_tree import Command, tree
from claw.cli.commands import build
from claw.cli.completion import SCRIPTS, Shell, bash, fish, zsh
from tests.cli_room import Cli

ASK = """
source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_claw
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def claw_tree() -> Command:
    return tree(typer.main.get_command(build()))


@pytest.fixture(scope="module")
def script(claw_tree: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bash") / "claw"
    path.write_text(bash(claw_tree), encoding="utf-8")
    return path


def asked(script: Path, *words: str, folder: Path | None = None) -> set[str]:
    """What bash would offer for the last word."""
    done = subprocess.run(
        ["bash", "--norc", "-euc", ASK, "bash", str(script), *words],
        capture_output=True, text=True, check=True, timeout=20, cwd=folder,
    )  # fmt: skip
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("claw", "sta"), {"status"}),
        (("claw", "completion", "--he"), {"--help"}),
        (("claw", "log", "ver"), {"verify"}),
        (("claw", "log", "--limit", ""), set()),
        (("claw", "log", "--limit", "3", "ver"), {"verify"}),
        (("claw", "say", "--state-dir", "log", "--js"), {"--json"}),
        (("claw", "nothing", "sta"), {"status"}),
        (("claw", "status", "--json", ""), set()),
    ],
)
def test_bash_offers_what_may_follow(script: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert asked(script, *words) == offered


def test_bash_offers_files_where_a_file_is_wanted(script: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    assert asked(script, "claw", "run", "--config", "con", folder=tmp_path) == {"config.yaml"}
    assert asked(script, "claw", "run", "con", folder=tmp_path) == set()


def test_bash_offers_every_command_and_every_option(script: Path, claw_tree: Command) -> None:
    groups = [each for each in claw_tree.walk() if each.inner][:6]
    for group in groups:
        assert asked(script, *group.path, "") == {each.name for each in group.inner}
    run = next(each for each in claw_tree.inner if each.name == "run")
    assert asked(script, "claw", "run", "-") == {"--help", *(name for each in run.options for name in each.names)}


@pytest.mark.parametrize("make", [zsh, fish])
def test_the_other_shells_are_told_of_every_command(make: Callable[[Command], str], claw_tree: Command) -> None:
    text = make(claw_tree)
    assert not [each.path for each in claw_tree.walk() if f"'{' '.join(each.path)}'" not in text.replace("\\'", "'")]


@pytest.mark.parametrize("shell", list(Shell))
def test_the_command_prints_what_is_shipped(claw: Cli, claw_tree: Command, shell: Shell) -> None:
    said = claw("completion", shell.value)
    assert (said.code, said.out) == (0, SCRIPTS[shell](claw_tree))


def test_another_shell_is_misuse(claw: Cli) -> None:
    assert claw("completion", "tcsh").code == 2
