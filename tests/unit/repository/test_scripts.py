"""What no Python reads: scripts, containers' files, completion and the manual are what programs take them for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needing import needed

ROOT = Path(__file__).parents[3]
PACKAGING = ROOT / "packaging"
SCRIPTS = sorted([*PACKAGING.glob("*.sh"), *(ROOT / "systemd").glob("*.sh")])
BASH = PACKAGING / "share" / "bash-completion" / "completions" / "claw"
PAGE = PACKAGING / "share" / "man" / "man1" / "claw.1"


CONTAINERS = (PACKAGING / "container" / "Containerfile", PACKAGING / "home-assistant-app" / "claw" / "Dockerfile")
BESIDE_PYTHON = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
"""Where programs lie that come as packages, and all others."""


def asked(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return f"{done.stdout}{done.stderr}{done.returncode or ''}"


@pytest.mark.parametrize("script", [*SCRIPTS, BASH], ids=lambda path: path.name)
def test_a_script_can_be_read(script: Path) -> None:
    shell = "bash" if script == BASH or "bash" in script.read_text().splitlines()[0] else "sh"
    assert not asked(shell, "-n", script)
    assert script == BASH or script.stat().st_mode & 0o111


@pytest.mark.parametrize("script", [*SCRIPTS, BASH], ids=lambda path: path.name)
def test_a_script_has_no_known_mistake(script: Path) -> None:
    shellcheck = needed("shellcheck", "no script was looked at")
    assert not asked(shellcheck, *(["--shell=bash"] if script == BASH else []), script)


@pytest.mark.parametrize("file", CONTAINERS, ids=lambda path: path.name)
def test_a_file_of_a_container_has_no_known_mistake_and_says_why_one_is_let_pass(file: Path) -> None:
    hadolint = needed("hadolint", "no file of a container was looked at", BESIDE_PYTHON)
    assert not asked(hadolint, file)
    assert asked(hadolint, "--disable-ignore-pragma", file).count("DL3008") == 2
    lines = file.read_text().splitlines()
    ignored = [number for number, line in enumerate(lines) if line.startswith("# hadolint ignore=")]
    assert {lines[number] for number in ignored} == {"# hadolint ignore=DL3008"}
    assert lines[ignored[0] - 1].startswith("# Debian's packages have no number here")


@pytest.mark.parametrize(
    ("old", "new"),
    [("USER 10001:10001", "USER root"), ("RUN apt-get update", "RUN sudo apt-get update"), ("CMD [", "CMD [[")],
)
def test_what_looks_at_a_containers_file_finds_a_mistake(tmp_path: Path, old: str, new: str) -> None:
    hadolint = needed("hadolint", "nothing was looked at", BESIDE_PYTHON)
    text = CONTAINERS[0].read_text()
    assert old in text
    (tmp_path / "Containerfile").write_text(text.replace(old, new))
    assert asked(hadolint, tmp_path / "Containerfile")


@pytest.mark.parametrize(
    ("program", "text", "words"),
    [
        ("shellcheck", "#!/bin/sh\nfor each in *; do rm -r $each; done\n", ["shellcheck"]),
        ("mandoc", '.TH CLAW 1 2026-11-22 claw\n.SH NAME\nclaw\n.XX "none"\n', ["mandoc", "-Tlint"]),
    ],
)
def test_what_looks_at_them_finds_a_mistake(tmp_path: Path, program: str, text: str, words: list[str]) -> None:
    needed(program, "nothing was looked at")
    (tmp_path / "wrong").write_text(text)
    assert asked(*words, tmp_path / "wrong")


def test_the_page_of_the_manual_has_no_known_mistake() -> None:
    assert not asked(needed("mandoc", "the page was not looked at"), "-Tlint", PAGE)


def test_the_page_of_the_manual_tells_of_every_command_and_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith('.\\" Made from the commands')
    assert all(f"\n.SH {each}\n" in text for each in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"))
    listed = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    commands = [line.strip("#` ") for line in listed.splitlines() if line.startswith("## `claw ")]
    assert len(commands) > 40
    assert not [each for each in commands if f"\\fB{each}\\fR".replace("-", "\\-") not in text]
