"""What a start must not load: each of these would be paid for in seconds and memory by everybody, always."""

import subprocess
import sys

import pytest

HEAVY = {
    "openai": "half a second and 15 MB, for houses that use a model only",
    "homeassistant_api": "a fifth of the start and 12 MB, for real houses only",
    "niquests": "the same, it comes with it",
    "claw.cli.commands": "1 MB, for the other commands only",
    "claw.llm.client": "2 MB with the two below, for houses that use a model only",
    "claw.mind.planner": "the same",
    "claw.program.run": "the same, and for houses whose skills run",
    "claw.daemon.running": "the same",
    "claw.mind.skill_telling": "the same",
}


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that is about to run the demo."""
    code = "import sys, claw.cli.main, claw.daemon.run, claw.daemon.demo; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_the_demo_starts_without(name: str, loaded: set[str]) -> None:
    assert name not in loaded, HEAVY[name]


def test_a_house_is_asked_through_what_the_demo_left_out() -> None:
    code = "import sys, claw.house.home_assistant; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {"homeassistant_api", "niquests"} <= set(done.stdout.split()), "the names above are not the ones in use"
