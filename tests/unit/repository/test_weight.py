"""What a start must not load: each of these would be paid for in seconds and memory by everybody, always."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from claw.mind.language import SHIPPED

HEAVY = {
    "openai": "half a second and 15 MB, for houses that use a model only",
    "homeassistant_api": "a fifth of the start and 12 MB, for real houses only",
    "niquests": "the same, it comes with it",
    "cryptography": "7 MB, for passkeys, encrypted copies and pages over TLS only",
    "claw.cli.commands": "1 MB, for the other commands only",
    "claw.llm.client": "2 MB with the two below, for houses that use a model only",
    "claw.mind.planner": "the same",
    "claw.program.run": "the same, and for houses whose skills run",
    "claw.daemon.running": "the same",
    "claw.mind.skill_telling": "the same",
    "claw.daemon.proving": "1.4 MB with what it brings, for who has a skill proved",
    "claw.skills.proving": "the same",
    "apscheduler": "30 ms and 0.5 MB with tzlocal, for who has a routine by cron for more than one time of day",
    "astral": "13 ms, for who has a rule or a routine by the sun",
    "claw.skills.reading": "0.4 MB with the two below, for who writes or imports a skill",
    "claw.skills.scan": "the same",
    "claw.skills.preparing": "the same",
    "claw.skills.learning": "1.8 MB with the two below, for houses that use a model only",
    "claw.skills.traces": "the same",
    "claw.skills.distil": "the same",
    "claw.voice": "2 MB with the five below, for houses that listen",
    "claw.base.config_voice": "the same",
    "claw.channels.voiced": "the same",
    "claw.channels.wyoming": "the same",
    "claw.channels.microphone": "the same",
    "claw.daemon.voiced": "the same",
    "claw.channels.web.voice_shapes": "for who reads the document of the API",
    "claw.channels.web.metrics": "for houses that are watched",
    "claw.daemon.figures": "the same",
    "claw.daemon.traces": "for houses that send traces to a collector",
    "zeroconf": "6 MB, for a voice server that tells the network of itself",
    "numpy": "30 MB, for the processes that hear",
}


STARTS = """
import asyncio, pathlib, sys
from claw.mind import language
read, load = [], language.load
language.load = lambda code: read.append(code) or load(code)
import claw.cli.main
from claw.daemon.demo import demo_config
from claw.daemon.run import serve

async def once():
    over = asyncio.Event()
    def ready(_):
        print(*sys.modules)
        print(*read)
        over.set()
    await serve(demo_config(0, None), pathlib.Path(sys.argv[1]), ready, over)

asyncio.run(once())
"""


@dataclass(frozen=True)
class Started:
    """What a process had loaded when the demo was ready: modules, and the languages in the order they were read."""

    modules: frozenset[str]
    languages: tuple[str, ...]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Started:
    state = tmp_path_factory.mktemp("weight") / "state"
    command = [sys.executable, "-c", STARTS, str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    modules, languages = done.stdout.splitlines()
    return Started(frozenset(modules.split()), tuple(languages.split()))


@pytest.mark.parametrize("name", HEAVY)
def test_the_demo_starts_without(name: str, started: Started) -> None:
    assert name not in started.modules, HEAVY[name]


def test_each_language_is_read_once(started: Started) -> None:
    assert sorted(started.languages) == sorted(SHIPPED), "half a megabyte for each that is read again"


def test_a_house_is_asked_through_what_the_demo_left_out() -> None:
    code = "import sys, claw.house.home_assistant; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {"homeassistant_api", "niquests"} <= set(done.stdout.split()), "the names above are not the ones in use"
