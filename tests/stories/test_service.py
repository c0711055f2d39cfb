"""Claw as a service: what systemd is told by the real process, and what the real process may do in its unit."""

import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from claw.daemon.tool_process import COMMAND
from claw.daemon.tool_shapes import fingerprint
from claw.gate.stop import LATCH
from tests.needing import needed
from tests.notified import Heard, notified
from tests.peers import tool_server
from tests.peers.scripted_hass import ScriptedHass
from tests.running import Claw, environment, running, write_house

HOUSE = Path(__file__).resolve().parents[2] / "claw" / "daemon" / "demo" / "house.yaml"
UNIT = Path(__file__).resolve().parents[2] / "systemd" / "claw.service"
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: lights, allow: "light.*"}
"""
SPAN_US = 600_000
"""How often a sign of life is wanted here: they come three times as often."""
LONG_S = 1.5
"""Longer than several signs of life take, where none is to come."""

# What a signal to the real command does here, and nowhere else.
HANGS = "threading.Event().wait()"
LOSES_ITS_FOLLOWER = "[one.cancel() for one in asyncio.all_tasks() if one.get_name() == 'house']"
DRIVEN = """
import asyncio, signal, sys, threading
signal.signal(signal.SIGUSR2, lambda *_: {what})
from claw.cli.main import main
main()
"""


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with notified(tmp_path / "notify") as listening:
        yield listening


def told(tmp_path: Path) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(SPAN_US)}


@contextmanager
def served(tmp_path: Path) -> Iterator[Claw]:
    """Run ``claw run`` on a simulated house, as systemd starts it."""
    config = write_house(tmp_path, {"simulated": str(HOUSE)}, POLICY, more="audit: {journald: false}\n")
    with running(tmp_path / "state", ("run", "--config", str(config)), told(tmp_path)) as daemon:
        yield daemon


@contextmanager
def driven(
    tmp_path: Path, house: Mapping[str, str], what: str, secrets: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``claw run`` in a process in which a signal does ``what``."""
    config = write_house(tmp_path, house, POLICY, more="audit: {journald: false}\n")
    words = ("run", "--config", str(config), "--state-dir", str(tmp_path / "state"))
    command = (sys.executable, "-P", "-c", DRIVEN.format(what=what), *words)
    null = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdin=null, stdout=null, stderr=null, env={**environment(), **told(tmp_path), **secrets}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def test_it_says_when_it_is_ready_that_it_lives_that_it_reads_again_and_that_it_ends(
    tmp_path: Path, heard: Heard
) -> None:
    with served(tmp_path) as daemon:
        assert heard.wait("READY")["STATUS"] == "Running"
        assert daemon.status()["link"]["ready"]  # it was no promise: it answers
        for _ in range(3):
            heard.wait("WATCHDOG")
        before = time.monotonic()
        daemon.process.send_signal(signal.SIGHUP)
        reloading = heard.wait("RELOADING")
        assert before * 1e6 <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic() * 1e6
        assert "STATUS" not in heard.wait("READY")
        daemon.ask("stop", reason="Anna said so")
        assert heard.wait("STATUS") == {"STATUS": "Stopped: nothing moves until `claw reset`", "WATCHDOG": "1"}
        heard.wait("WATCHDOG")  # a stop is no reason to start again
        assert daemon.end() == 0
        heard.wait("STOPPING")
        assert heard.nothing("WATCHDOG", 0.1)
    assert not [message for message in heard.messages if "Anna" in str(message)]
    assert (tmp_path / "state" / LATCH).exists()


def test_no_sign_of_life_comes_from_a_daemon_whose_log_cannot_be_written(tmp_path: Path, heard: Heard) -> None:
    with driven(tmp_path, {"simulated": str(HOUSE)}, "None", {}) as process:
        heard.wait("WATCHDOG")
        daemon, pid = Claw(tmp_path / "state", process), process.pid  # type: ignore[arg-type]
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        assert daemon.say("turn on the kitchen lights")["status"] != "done"
        heard.until("Not alive: the log cannot be written")
        heard.fetch()
        assert heard.nothing("WATCHDOG", LONG_S)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
        heard.wait("WATCHDOG")
        assert daemon.end() == 0


def test_no_sign_of_life_comes_from_a_daemon_whose_loop_hangs(tmp_path: Path, heard: Heard) -> None:
    with driven(tmp_path, {"simulated": str(HOUSE)}, HANGS, {}) as process:
        heard.wait("READY")
        heard.wait("WATCHDOG")
        process.send_signal(signal.SIGUSR2)
        while heard.fetch():
            time.sleep(SPAN_US / 1e6)
        assert heard.nothing("WATCHDOG", LONG_S)
        assert process.poll() is None


async def test_a_house_that_is_away_costs_no_sign_of_life_and_a_dead_follower_all(tmp_path: Path, heard: Heard) -> None:
    house = ScriptedHass()
    await house.up()
    secrets = {"CLAW_HOUSE_TOKEN": house.token}
    with driven(tmp_path, {"url": house.url}, LOSES_ITS_FOLLOWER, secrets) as process:
        await asyncio.to_thread(heard.wait, "READY")
        while heard.messages[-1].get("STATUS", "Running,") != "Running":  # until the house was read
            await asyncio.to_thread(heard.wait, "STATUS")
        await house.down()
        await asyncio.to_thread(heard.until, "Running, without the house")
        for _ in range(5):
            await asyncio.to_thread(heard.wait, "WATCHDOG")
        process.send_signal(signal.SIGUSR2)
        await asyncio.to_thread(heard.until, "Not alive: nothing follows the house any more")
        heard.fetch()
        assert await asyncio.to_thread(heard.nothing, "WATCHDOG", LONG_S)
        assert process.poll() is None
    await house.down()


def confined(writable: Path, *command: str) -> tuple[str, ...]:
    """The command as the daemon's unit confines it, as far as the kernel is told (``tests/under_unit.py``)."""
    needed("systemd-analyze", "nothing was run as in a unit")
    needed("bwrap", "nothing was tried in it")
    return (sys.executable, "-m", "tests.under_unit", "--writable", str(writable), str(UNIT), "--", *command)


@contextmanager
def in_its_unit(tmp_path: Path) -> Iterator[Claw]:
    house = tmp_path / "house"
    (house / "state").mkdir(parents=True, mode=0o700)
    config = write_house(house, {"simulated": str(HOUSE)}, POLICY, more="audit: {journald: false}\n")
    claw = str(Path(sys.executable).with_name("claw"))
    command = (claw, "run", "--config", str(config), "--state-dir", str(house / "state"))
    more = {"XDG_DATA_HOME": str(house), "HOME": "/nonexistent", "NOTIFY_SOCKET": str(house / "notify")}
    with notified(house / "notify") as heard, _process(confined(house, *command), {**environment(), **more}) as process:
        heard.wait("READY", 60)
        yield Claw(house / "state", process)  # type: ignore[arg-type]


@contextmanager
def _process(command: Sequence[str], more: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=more, cwd=root)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def test_in_its_unit_it_does_its_work_runs_programs_in_bubblewrap_and_obeys_its_people(tmp_path: Path) -> None:
    with in_its_unit(tmp_path) as daemon:
        assert daemon.say("turn on the kitchen lights")["status"] == "done"
        drilled = daemon.json("drill")
        assert (drilled["ok"], drilled["sandbox"], drilled["workers_alive"]) == (True, "bubblewrap", 0)
        assert drilled["workers"] > 0
        assert daemon.ask("stop", reason="smoke")["engaged"]
        # Whoever asks is told from its own children though it sees no process but those.
        assert daemon.ask("reset", reason="it was the toast")["engaged"] is False
        assert daemon.say("turn off the kitchen lights")["status"] == "done"


def test_a_server_of_tools_is_shut_in_there_too_though_it_may_have_no_proc_of_its_own() -> None:
    # What lies in /tmp or /dev no server sees: it has its own.
    with TemporaryDirectory(dir="/var/tmp") as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        house = Path(folder)
        (house / "state").mkdir()
        (house / "state" / "claw.db").touch()
        words = house / "words.json"
        words.write_text(json.dumps({"search": "Finds notes"}), encoding="utf-8")
        port = str(listener.getsockname()[1])
        command = (sys.executable, str(Path(tool_server.__file__)), str(words), str(house / "state"), port)
        server = {
            "command": command, "url": None, "token": "", "environment": {}, "timeout_s": 30.0,
            "hidden": [str(house / "state")],
        }  # fmt: skip

        def asked(network: bool, **question: str) -> dict[str, Any]:
            said = json.dumps({**question, "arguments": {}, "server": {**server, "network": network}})
            done = subprocess.run(
                confined(house, *COMMAND), input=said, env={}, cwd=UNIT.parents[1], check=True, capture_output=True,
                text=True, timeout=60,
            )  # fmt: skip
            answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return answer

        look = next(each for each in asked(network=False, do="list")["tools"] if each["name"] == "look")
        for network in (False, True):
            told = asked(network, do="call", tool="look", hash=fingerprint(look))
            seen = json.loads(told["text"])
            assert (seen["reached"], seen["files"]) == (network, [])


def test_a_service_is_asked_where_its_group_may_come(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o750)
    config = write_house(tmp_path, {"simulated": str(HOUSE)}, POLICY, more="audit: {journald: false}\n")
    where = {"CLAW_SOCKET": str(run / "claw.sock")}
    with running(tmp_path / "state", ("run", "--config", str(config)), where) as daemon:
        assert (run / "claw.sock").stat().st_mode & 0o777 == 0o660
        assert not (tmp_path / "state" / "claw.sock").exists()
        assert daemon.end() == 0
    assert not (run / "claw.sock").exists()
