"""What can go wrong around Claw, done to the real program: one line says what is wrong, and nothing moves."""

import asyncio
import contextlib
import json
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from claw.daemon.demo import FOLDER
from tests.peers.counting_hass import CountingHass
from tests.peers.real_hass import free_port
from tests.peers.scripted_hass import ScriptedHass, never
from tests.running import CLAW, Claw, claw, environment, running, running_for, write_house
from tests.talking import HungUp, Local, local, until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: "light.*"}
"""

LAMP = "light.kitchen_ceiling"
LAMP_ON = "turn on the kitchen lights"


SIMULATED = {"simulated": str(FOLDER / "house.yaml")}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Claw]:
    with running(tmp_path / "state") as daemon:
        yield daemon


def one_clear_line(stderr: str) -> str:
    """Return the only line that a failed command said."""
    (line,) = stderr.strip().splitlines()
    assert "Traceback" not in line
    return line


# --------------------------------------------------------------------------------------------------------- the house


async def test_a_house_that_cannot_be_reached_is_told_and_tried_again_ever_more_slowly(tmp_path: Path) -> None:
    tries: list[float] = []

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(time.monotonic())
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with running_for(tmp_path, f"http://127.0.0.1:{port}", "token", POLICY) as daemon:
        async with local(daemon.state) as talk:
            for said in (LAMP_ON, "which lights are on", "unlock the front door"):
                reply = await talk.say(said)
                assert reply["status"] == "failed"
                assert "cannot reach the house" in reply["text"]

            async def four() -> bool:
                return len(tries) >= 4

            await until(four)
            link = (await talk.ask("status"))["link"]
            assert not link["ready"]
            assert link["detail"]
            assert tries[3] - tries[2] > tries[1] - tries[0]
            assert tries[3] - tries[0] > 1.5
            server.close()
            await server.wait_closed()
            told = await asyncio.to_thread(daemon.run, "status")
            assert "ready" not in told.stdout
            house = CountingHass()
            house.port = port
            house.token = "token"
            async with house:
                await until(lambda: linked(talk))
                assert (await talk.say("turn on the lamp"))["status"] == "done"


async def linked(talk: Local) -> bool:
    return bool((await talk.ask("status"))["link"]["ready"])


async def test_a_refused_token_is_one_clear_line_and_never_tried_again(tmp_path: Path) -> None:
    async with ScriptedHass() as house:
        with running_for(tmp_path, house.url, "a wrong token", POLICY) as daemon:
            async with local(daemon.state) as talk:

                async def refused() -> bool:
                    return (await talk.ask("status"))["link"]["status"] == "refused"

                await until(refused)
                await asyncio.sleep(1.5)
                assert house.kinds().count("auth") == 1
                reply = await talk.say("which lights are on")
                assert "cannot reach the house" in reply["text"]
                said = await asyncio.to_thread(daemon.run, "status")
                (line,) = [line for line in said.stdout.splitlines() if line.startswith("house")]
                assert "refuses the access token" in line
                assert "a wrong token" not in said.stdout


# ------------------------------------------------------------------------------------------------- what people write


BROKEN = {
    "a tab where YAML has none": ("config.yaml", "people:", "\tpeople:", 4, ""),
    "a bracket that never closes": ("config.yaml", "listen: {", "listen: [", 3, ""),
    "a key nobody knows": ("config.yaml", "policy: policy.yaml", "polcy: policy.yaml", 2, "polcy"),
    "a key twice": ("config.yaml", "policy: policy.yaml", "policy: policy.yaml\npolicy: other.yaml", 3, "policy"),
    "a port that is a word": ("config.yaml", "port: 0", "port: many", 3, "port"),
    "a role that is none": ("config.yaml", "role: owner", "role: king", 5, "owner"),
    "a language nobody speaks": ("config.yaml", "policy: p", "languages: [xx]\npolicy: p", 2, "en"),
    "a rule with an unknown key": ("policy.yaml", "allow: claw.notify", "allows: claw.notify", 3, "allows"),
    "an effect without an action": ("policy.yaml", 'allow: "light.*"', "allow: 7", 4, "allow"),
    "a policy that is no YAML": ("policy.yaml", "rules:", "rules: ]", 2, ""),
    "the same rule twice": ("policy.yaml", "id: comfort", "id: messages", 4, "messages"),
    "a sentence that is not true": (
        "policy.yaml",
        "rules:",
        "tests: [{action: lock.unlock, expect: allow}]\nrules:",
        2,
        "lock.unlock",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_wrong_file_is_named_with_its_line_and_nothing_starts(tmp_path: Path, what: str) -> None:
    name, right, wrong, line, expected = BROKEN[what]
    port = free_port()
    config = write_house(tmp_path, SIMULATED, POLICY, port)
    broken = (tmp_path / name).read_text().replace("port: 0", f"port: {port}")
    right = right.replace("port: 0", f"port: {port}")
    assert right in broken
    (tmp_path / name).write_text(broken.replace(right, wrong, 1))
    done = claw("run", "--config", str(config), "--state-dir", str(tmp_path / "state"))
    assert done.returncode == 1
    said = one_clear_line(done.stderr)
    assert f"{name}:{line}:" in said
    assert expected in said
    assert len(said) < 400
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1).close()
    assert not (tmp_path / "state" / "claw.sock").exists()


def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret-of-the-house")
    token.chmod(0o640)
    config = write_house(tmp_path, {"url": "http://127.0.0.1:9", "token_file": str(token)}, POLICY)
    words = ("run", "--config", str(config), "--state-dir", str(tmp_path / "state"))
    done = claw(*words)
    assert done.returncode == 1
    said = one_clear_line(done.stderr)
    assert "chmod 600" in said
    assert "secret-of-the-house" not in done.stderr + done.stdout
    token.chmod(0o600)
    with running(tmp_path / "state", words[:3]) as daemon:
        assert daemon.status()["stop"]["engaged"] is False


def test_a_taken_port_costs_the_page_alone_and_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = write_house(tmp_path, SIMULATED, POLICY, port)
        with running(tmp_path / "state", ("run", "--config", str(config))) as daemon:
            (fault,) = daemon.status()["degraded"]
            assert (fault["part"], str(port) in fault["text"]) == ("page", True)
            assert str(port) in "".join(daemon.welcome)
            assert daemon.say("turn on the hall light")["status"] == "done"


# ---------------------------------------------------------------------------------------------------------- the disk


def limit_files(daemon: Claw, size: int) -> None:
    """Let no file of the daemon grow beyond a size, as a full disk does (0: as a disk that is only read)."""
    _, most = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, most))


async def signed(talk: Local) -> bool:
    return (await talk.ask("status"))["audit"]["vouched"]["entries"] > 0


@pytest.mark.parametrize("disk", ["full", "read-only"])
async def test_without_a_log_nothing_moves_and_three_failures_stop_everything(tmp_path: Path, disk: str) -> None:
    state = tmp_path / "state"
    with running(state) as daemon:
        async with local(state) as talk:
            await until(lambda: signed(talk))  # a key that cannot even be made stops everything before
            limit_files(daemon, (state / "audit.db-wal").stat().st_size if disk == "full" else 0)
            replies = [await talk.say(LAMP_ON) for _ in range(4)]
            assert await talk.state_of(LAMP) == "off"
            assert replies[0]["status"] == "failed"
            assert "log" in replies[0]["text"]
            assert "\n" not in replies[0]["text"]
            assert replies[3]["status"] == "stopped"
            stop = (await talk.ask("status"))["stop"]
            assert "could not be written three times" in stop["reason"]
            assert stop["local"]
            # Room on the disk is no reason to go on by itself.
            limit_files(daemon, resource.RLIM_INFINITY)
            assert (await talk.say(LAMP_ON))["status"] == "stopped"
        daemon.end(signal.SIGKILL)
    with running(state) as daemon:
        async with local(state) as talk:
            assert (await talk.say(LAMP_ON))["status"] == "stopped"
            assert (await talk.ask("reset", reason="made room"))["engaged"] is False
            assert (await talk.say(LAMP_ON))["status"] == "done"
        assert daemon.json("log", "verify")["ok"]


def test_a_state_directory_that_takes_nothing_is_one_clear_line_at_the_start(tmp_path: Path) -> None:
    def take_nothing() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [str(CLAW), "demo", "--no-browser", "--port", "0", "--state-dir", str(tmp_path / "state")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=environment(),
        preexec_fn=take_nothing,
    )
    assert done.returncode == 1
    assert str(tmp_path) in one_clear_line(done.stderr)


async def test_a_state_directory_that_is_removed_is_a_stop(demo: Claw) -> None:
    async with local(demo.state) as talk:
        token = (await talk.ask("client_add", name="test", person="anna", rights=["talk"]))["token"]
        shutil.rmtree(demo.state)
        assert (await talk.say(LAMP_ON))["status"] == "stopped"
        assert await talk.state_of(LAMP) == "off"
        assert (await talk.ask("reset", reason="never mind"))["error"]["kind"] == "refused"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http,
        http.post(f"{demo.address}api/messages", json={"text": LAMP_ON}) as answer,
    ):
        assert (await answer.json())["status"] == "stopped"


# ---------------------------------------------------------------------------------------------------------- the stop


def test_a_daemon_that_hangs_is_stopped_and_ended_within_two_seconds(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running(state) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        done = daemon.run("stop", "--reason", "it hangs", "--json")
        assert daemon.process.wait(1) == -signal.SIGKILL
        assert time.monotonic() - began < 3
        assert done.returncode == 0
        assert "killed" in json.loads(done.stdout)["daemon"]
    with running(state) as daemon:
        assert daemon.status()["stop"]["reason"] == "it hangs"
        assert daemon.say(LAMP_ON)["status"] == "stopped"


@pytest.mark.parametrize("alive", [True, False])
def test_stops_at_the_same_time_are_a_stop(tmp_path: Path, alive: bool) -> None:
    state = tmp_path / "state"
    with running(state) as daemon:
        if not alive:
            daemon.end()
        both = [
            subprocess.Popen(
                [str(CLAW), "stop", "--reason", reason, "--state-dir", str(state)],
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for reason in ("smoke", "a noise in the cellar that I do not like", "fire")
        ]
        for each in both:
            said, _ = each.communicate(timeout=20)
            assert each.returncode == 0, said
            assert "Traceback" not in said
            assert "could not be written" not in said
        daemon.end(signal.SIGKILL)
    with running(state) as daemon:
        assert daemon.say(LAMP_ON)["status"] == "stopped"
        assert daemon.run("reset", "--reason", "all is well").returncode == 0
        assert daemon.say(LAMP_ON)["status"] == "done"


def test_a_signal_stops_and_only_the_console_resets_it(demo: Claw) -> None:
    demo.process.send_signal(signal.SIGUSR1)
    until_stopped = time.monotonic() + 5
    while not demo.status()["stop"]["engaged"]:
        assert time.monotonic() < until_stopped
    assert demo.status()["stop"]["local"]
    assert demo.say(LAMP_ON)["status"] == "stopped"
    assert demo.state_of(LAMP) == "off"
    assert demo.run("reset", "--reason", "I looked").returncode == 0
    assert demo.say(LAMP_ON)["status"] == "done"


async def test_an_end_in_the_middle_of_an_act_is_quick_and_leaves_it_to_the_next_start(tmp_path: Path) -> None:
    async with ScriptedHass() as house:
        house.answers["call_service"] = never
        with running_for(tmp_path, house.url, house.token, POLICY) as daemon:
            async with local(daemon.state) as talk:
                await until(lambda: linked(talk))
                acting = asyncio.create_task(talk.act("light.turn_on", "light.lamp"))

                async def called() -> bool:
                    return bool(house.calls)

                await until(called)
                began = time.monotonic()
                assert await asyncio.to_thread(daemon.end) == 0
                assert time.monotonic() - began < 5
                with contextlib.suppress(HungUp):
                    await acting
            assert daemon.process.stdout is not None
            assert "Traceback" not in daemon.process.stdout.read()
        assert (await asyncio.to_thread(claw, "log", "verify", "--state-dir", str(daemon.state))).returncode == 0
        with running_for(tmp_path, house.url, house.token, POLICY) as daemon:
            async with local(daemon.state) as talk:
                await until(lambda: linked(talk))
                (intent,) = [row for row in await talk.ask("log", limit=1000) if row["kind"] == "intent"]

                async def told() -> list[Any]:
                    why = await talk.ask("why", seq=intent["seq"])
                    return [row["payload"]["status"] for row in why["came_of_it"] if row["kind"] == "outcome"]

                assert (await until(told))[0] in {"unknown", "failed"}
        assert len(house.calls) == 1
