"""Everything that leaves the process is an action with a name, or one of a few things listed here with the reason why.

Twice over: by reading the code (which file could open a connection or start a program at all) and by watching the
running program (what it does connect to).  A new way out fails both until somebody has written down what it is.
"""

import ast
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

import claw
from tests.peers.counting_hass import CountingHass
from tests.peers.real_hass import free_port
from tests.peers.watched_daemon import NOWHERE, PLANTS
from tests.running import environment, write_house
from tests.talking import HungUp, local, until

ROOT = Path(claw.__file__).parent

HOUSE = "the house link: every act that is sent over it spends a permit"
LISTENS = "listens only; what comes in becomes a request at the gate"
OWN_DAEMON = "a command's end of the daemon's own socket in the state directory"
LOGS = "the log of the process goes to the system's journal on this machine, without secrets"
JOURNAL = "a signed head of the log goes to the system's journal on this machine, and is read back from it"
DUMMIES = "the drill's own idle children, which it starts only to see them killed"
ADOPTS = "asks the kernel to hand over the orphans of its own children; opens nothing"
HEAP = "asks the C library to give free memory back to the system; opens nothing"
SWAPS = "asks the C library to exchange the names of two folders in one step; opens nothing"
RESET = "resets the connection that the house link holds already; opens none"
SANDBOX = "programs run in a process that it starts; it has no network, and every call of a program stops at the daemon"
CONFINES = "starts the launcher of that process once, to see whether it would come up"
WORKERS = "`claw eval` lives its cases through in processes of its own, never in a daemon of yours"
BROWSER = "a person at a terminal is shown the page of `claw demo`; the daemon's service never has a display"

LATE = "reads a module of Claw's own, or of a package that is installed, when it is wanted; opens nothing"
POSTED = "posts a `claw.notify` that passed the gate, and traces without a word or a name, where a person configured"
TELLS = "tells the local network the name of this machine and the port, where a person configured `announce`"
EARS = "starts a process that turns sound into text or waits for a wake word: no secret, nothing of the daemon's"
HEARS = "reads the microphone with the command that a person configured, in a process of its own"
PLAYS = "gives sound to the player that a person configured; the stop ends it like any child"
SAMPLES = "counts with samples in that process; opens nothing"
BROKER = "shows the switch and figures at the MQTT broker that a person configured; a stop that comes in is obeyed"
CHATS = "Telegram's server, where a person configured a bot: it brings requests, and takes answers and messages"
EXAMINES = "`claw doctor` asks the configured house, or a model's server for its list of models; no message of it moves"
SERVICE = "`claw doctor` asks systemd of this machine how Claw's service is"
COMPARES = "starts a process that compares the installed files with what was installed; it has no secret and no network"
NOTIFIES = "tells systemd of this machine that the daemon lives, in words of our own"
HEARKENS = "listens on a Unix socket only; what comes in becomes text"
ASKED = "another Wyoming server that a person configured: for text, a voice or a wake word"

SET_UP = "a person at a terminal sets Claw up: asks the Home Assistant that they name, before there is any daemon"
TRIED = "starts Claw's own daemon for the trial of `claw init`, and ends it"

WAYS_OUT = {
    "base/places.py": OWN_DAEMON,
    "daemon/notifying.py": NOTIFIES,
    "care/init_reach.py": SET_UP,
    "care/init_sign_in.py": SET_UP,
    "care/init_talk.py": SET_UP,
    "cli/init_trial.py": TRIED,
    "base/config_late.py": LATE,
    "store/lean.py": LATE,
    "care/doctor_unit.py": SERVICE,
    "care/house_asked.py": EXAMINES,
    "care/model_asked.py": EXAMINES,
    "daemon/installed.py": COMPARES,
    "channels/notifier.py": POSTED,
    "channels/mqtt.py": BROKER,
    "channels/telegram_line.py": CHATS,
    "channels/wyoming.py": LISTENS,
    "channels/wyoming_announce.py": TELLS,
    "voice/child.py": EARS,
    "voice/ear_server.py": HEARKENS,
    "voice/listening_child.py": HEARS,
    "voice/samples.py": SAMPLES,
    "voice/silero.py": SAMPLES,
    "voice/speech_player.py": PLAYS,
    "voice/wake.py": SAMPLES,
    "voice/whisper_child.py": SAMPLES,
    "voice/wyoming_line.py": ASKED,
    "audit/witness_journal.py": JOURNAL,
    "care/swap.py": SWAPS,
    "daemon/heap.py": HEAP,
    "gate/drill.py": DUMMIES,
    "gate/orphans.py": ADOPTS,
    "house/abort.py": RESET,
    "house/link.py": HOUSE,
    "llm/client.py": "claw.model",
    "program/confined.py": CONFINES,
    "program/sandbox.py": SANDBOX,
    "evaluation/workers.py": WORKERS,
    "daemon/tool_child.py": "mcp.*",
    "daemon/tool_process.py": "mcp.*",
    "channels/agent_protocol.py": LISTENS,
    "channels/web/mcp_door.py": LATE,
    "channels/web/mcp_served.py": LISTENS,
    "channels/socket.py": LISTENS,
    "channels/web/server.py": LISTENS,
    "channels/web/tls.py": LISTENS,
    "channels/web/connection.py": LISTENS,
    "cli/client.py": OWN_DAEMON,
    "cli/journal.py": LOGS,
    "cli/mcp.py": OWN_DAEMON,
    "cli/running.py": BROWSER,
}
"""Every file that could reach out: the action's name (``claw.model``), or the reason why it needs none."""

STANDARD = frozenset(
    {
        "_socket", "ctypes", "ftplib", "http.client", "http.server", "imaplib", "multiprocessing", "nntplib", "poplib",
        "pty", "smtplib", "socket", "socketserver", "ssl", "subprocess", "telnetlib", "urllib.request", "webbrowser",
        "xmlrpc",
    }
)  # fmt: skip
"""Modules of Python itself that can open a connection or start a program."""

QUIET = frozenset(
    {
        "apscheduler", "argon2", "astral", "claw", "cryptography", "hassil", "home_assistant_intents", "httptools",
        "nacl", "pydantic", "pydantic_core", "rich", "sqlite_utils", "starlette", "typer", "typing_extensions",
        "uvloop", "webauthn", "yaml",
    }
)  # fmt: skip
"""Packages that open nothing by themselves; any other one that is not of Python's own counts as able to."""

CALLS = frozenset(
    {
        "create_connection", "create_datagram_endpoint", "create_server", "create_subprocess_exec",
        "create_subprocess_shell", "create_unix_connection", "create_unix_server", "execl", "execle", "execlp",
        "execlpe", "execv", "execve", "execvp", "execvpe", "fork", "forkpty", "open_connection",
        "open_unix_connection", "popen", "posix_spawn", "posix_spawnp", "ProcessPoolExecutor", "sock_connect",
        "sock_sendto", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
        "start_server", "start_unix_server", "subprocess_exec", "subprocess_shell", "system",
    }
)  # fmt: skip
HIDDEN = frozenset({"__import__", "eval", "exec", "import_module"})
"""Ways to reach a module that reading the code would not find."""


def able(source: str) -> set[str]:
    """Return what in a file could open a connection or start a program."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if _reaches_out(alias.name)}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name for name in (module, *names) if name in STANDARD} or (
                {module} if _reaches_out(module) else set()
            )
            found |= {alias.name for alias in node.names if alias.name in CALLS | HIDDEN}
        elif isinstance(node, ast.Attribute) and node.attr in CALLS | {"import_module"}:
            found.add(node.attr)
        elif isinstance(node, ast.Name) and node.id in HIDDEN:
            found.add(node.id)
    return found


def _reaches_out(module: str) -> bool:
    if any(module == name or module.startswith(f"{name}.") for name in STANDARD):
        return True
    root = module.partition(".")[0]
    return root not in sys.stdlib_module_names and root not in QUIET


def test_only_files_that_are_listed_could_reach_out() -> None:
    found = {str(path.relative_to(ROOT)): able(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    assert {path: what for path, what in found.items() if what and path not in WAYS_OUT} == {}
    assert [path for path in WAYS_OUT if not found.get(path)] == [], "listed, but no way out any more"


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "import urllib.request",
        "from urllib import request",
        "from http import client",
        "import http.client as harmless",
        "import subprocess",
        "import os\nos.system('true')",
        "import os\nos.execv('/bin/true', [])",
        "from os import posix_spawn",
        "import asyncio\nasyncio.open_connection('x', 1)",
        "async def f(loop):\n    await loop.create_connection(None, 'x', 1)",
        "from asyncio import create_subprocess_exec",
        "from concurrent.futures import ProcessPoolExecutor",
        "def f():\n    import openai",
        "import niquests",
        "import a_package_that_nobody_looked_at",
        "import importlib\nimportlib.import_module('sock' + 'et')",
        "__import__('socket')",
        "exec('import socket')",
    ],
)
def test_a_new_way_out_is_seen(source: str) -> None:
    assert able(source)


@pytest.mark.parametrize(
    "source",
    ["import asyncio, json, os", "from claw.base.action import Action", "from importlib.resources import files"],
)
def test_what_cannot_reach_out_is_let_alone(source: str) -> None:
    assert not able(source)


# ------------------------------------------------------------------------------------------- the program as it runs

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: comfort, allow: "light.*"}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner], channels: [cli]}}
"""


async def watched(folder: Path, house: CountingHass, plants: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Run a daemon through a day's story and return what left its process: event and where to."""
    config = write_house(folder, {"url": house.url}, POLICY)
    report, state = folder / "report", folder / "state"
    elsewhere = f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.peers.watched_daemon", str(report), *plants),
        *("--", "run", "--config", str(config), "--state-dir", str(state)),
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT.parent,
        env={
            **environment(),
            "CLAW_HOUSE_TOKEN": house.token,
            # What a machine may hold for all programs must not lead anywhere either.
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), elsewhere),
            "OPENAI_API_KEY": "sk-none",
            "OPENAI_BASE_URL": elsewhere,
        },
    )
    try:
        assert process.stderr is not None
        address = (await asyncio.wait_for(process.stderr.readline(), 30)).decode().split()[-1]
        await _story(state, address, house)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return [(event, where) for event, where in map(json.loads, report.read_text().splitlines())]


async def _story(state: Path, address: str, house: CountingHass) -> None:
    async def linked() -> bool:
        try:
            async with local(state) as talk:
                return bool((await talk.ask("status"))["link"]["ready"])
        except HungUp:
            return False

    async with AsyncExitStack() as all_of:
        await until(linked)
        talk = await all_of.enter_async_context(local(state))
        http = await all_of.enter_async_context(aiohttp.ClientSession(address))
        token = (await talk.ask("client_add", name="test", person="anna", rights=["talk"]))["token"]
        for said in ("turn on the lamp", "which lights are on", "unlock the door", "what is the news", "again"):
            await talk.say(said)
        for question in await talk.ask("pending"):
            await talk.ask("answer", id=question["id"], yes=True)
        assert [call["service"] for call in house.calls][-1] == "unlock"
        for path in ("/login", "/healthz", "/api/house", "/api/status", "/nowhere"):
            async with http.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
                await answer.read()
        async with http.post(
            "/api/messages", json={"text": "hello"}, headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            assert (await answer.json())["status"] == "answered"
        await house.client.drop()
        await until(linked)
        await talk.ask("stop", reason="the end of the day")


def strays(seen: Sequence[tuple[str, str]], house: CountingHass) -> list[tuple[str, str]]:
    """Return what went anywhere but to the configured house."""
    home = ("127.0.0.1", house.port)
    allowed = {("socket.connect", repr(home)), ("socket.getaddrinfo", repr(home[0]))}
    return [one for one in seen if one not in allowed]


async def test_the_daemon_connects_to_the_configured_house_and_to_nothing_else(tmp_path: Path) -> None:
    async with CountingHass() as house:
        seen = await watched(tmp_path, house)
        assert [event for event, _ in seen].count("socket.connect") >= 2, "the first link and the one after the loss"
        assert strays(seen, house) == []


async def test_one_thing_more_that_leaves_is_seen(tmp_path: Path) -> None:
    async with CountingHass() as house:
        found = strays(await watched(tmp_path, house, list(PLANTS)), house)
    assert found.count(("socket.connect", repr(NOWHERE))) == 2  # stream, socket
    assert ("socket.sendto", repr(NOWHERE)) in found
    assert ("socket.getaddrinfo", repr("localhost")) in found
    assert [event for event, _ in found].count("subprocess.Popen") == 2  # program, call
    assert "os.system" in [event for event, _ in found]
