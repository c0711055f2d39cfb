"""What no Python reads: scripts, completion and the page of the manual are what their own programs take them for."""

import subprocess
from pathlib import Path

import pytest

from tests.needing import needed

ROOT = Path(__file__).parents[3]
PACKAGING = ROOT / "packaging"
SCRIPTS = sorted([*PACKAGING.glob("*.sh"), *(ROOT / "systemd").glob("*.sh")])
BASH = PACKAGING / "share" / "bash-completion" / "completions" / "claw"
PAGE = PACKAGING / "share" / "man" / "man1" / "claw.1"


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
