"""The real program with every way out of its process watched: what it connects to, looks up and starts is written down.

``python -m tests.peers.watched_daemon REPORT [PLANT...] -- run --config ...`` runs ``claw run ...``.

The interpreter's audit events see each ``connect`` of a Python socket.  They do not see uvloop's own, made in C, so the
daemon runs here on asyncio's loop: the same code, all of it in sight.  A plant is one thing more that leaves the
process; a watch that does not report it watches nothing.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import uvloop

from claw.cli.main import main
from claw.daemon import run
from claw.daemon.build import Daemon

WATCHED = (
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "subprocess.Popen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "webbrowser.open",
)
NOWHERE = ("127.0.0.1", 9)


def watch(report: Path) -> None:
    """Write one line of JSON for each watched event from now on."""
    out = report.open("a", buffering=1)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in WATCHED:
            # The first argument of an event about a socket is the socket itself.
            what = arguments[1:] if event.startswith("socket.") and "get" not in event else arguments
            out.write(json.dumps([event, repr(what[0]) if what else ""]) + "\n")

    sys.addaudithook(heard)


async def _stream() -> None:
    await asyncio.open_connection(*NOWHERE)


async def _socket() -> None:
    socket.create_connection(NOWHERE, 1)


async def _datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", NOWHERE)


async def _name() -> None:
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)


async def _program() -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()


async def _shell() -> None:
    os.system("true")  # noqa: ASYNC221, S605  the plant


async def _call() -> None:
    subprocess.run(["true"], check=True)  # noqa: ASYNC221  the plant


PLANTS: Mapping[str, Callable[[], Any]] = {
    "stream": _stream,
    "socket": _socket,
    "datagram": _datagram,
    "name": _name,
    "program": _program,
    "shell": _shell,
    "call": _call,
}


def plant(names: list[str]) -> None:
    """Let the daemon do more than it should, once it runs."""
    settle = run._settle_unfinished

    async def more(daemon: Daemon) -> None:
        for name in names:
            try:
                await PLANTS[name]()
            except OSError:
                continue
        await settle(daemon)

    run._settle_unfinished = more


if __name__ == "__main__":
    split = sys.argv.index("--")
    uvloop.new_event_loop = asyncio.new_event_loop  # type: ignore[assignment]
    plant(sys.argv[2:split])
    watch(Path(sys.argv[1]))
    sys.argv = ["claw", *sys.argv[split + 1 :]]
    main()
