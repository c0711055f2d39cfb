"""The real thing in a process of its own, and the commands a person types at it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.prepared import Begun, Prepared

CLAW = Path(sys.executable).with_name("claw")


@dataclass
class Claw:
    """A running daemon: its state directory, its address and the code it printed."""

    state: Path
    process: Begun
    address: str = ""
    code: str = ""
    welcome: list[str] = field(default_factory=list)

    def run(self, *words: str, timeout: float = 30, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run ``claw WORDS --state-dir ...`` and return what it said; ``typed`` is what its input holds."""
        return claw(*words, "--state-dir", str(self.state), timeout=timeout, typed=typed)

    def json(self, *words: str) -> Any:
        """Run a command with --json and return its answer."""
        done = self.run(*words, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def say(self, text: str) -> Any:
        """Say one thing and return the Reply."""
        return self.ask("say", text=text)

    def status(self) -> Any:
        """Return how it is doing."""
        return self.ask("status")

    def ask(self, do: str, **arguments: str) -> Any:
        """Ask over the socket what ``claw DO --json`` would: that only prints the answer, and takes half a second."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(30)
            peer.connect(str(self.state / "claw.sock"))
            peer.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
            with peer.makefile() as lines:
                answer = json.loads(lines.readline())
        return answer.get("ok", answer)

    def state_of(self, entity: str) -> str:
        """Return an entity's state as the page shows it."""
        return next(one["state"] for one in self.ask("house")["entities"] if one["entity_id"] == entity)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


def claw(
    *words: str, timeout: float = 30, more: Mapping[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the claw command as a person would, but for the time that Python takes to read it.

    ``more`` is added to its environment; ``typed`` is what its input holds.
    """
    code, out, err = _prepared().run(words, {**environment(), **(more or {})}, timeout, typed)
    return subprocess.CompletedProcess(words, code, out, err)


def begun(*words: str, more: Mapping[str, str] | None = None, output: int | None = None) -> Begun:
    """Begin a claw command that goes on, as ``claw`` runs one that ends; ``output`` is where it writes."""
    return _prepared().begin(words, {**environment(), **(more or {})}, output)


@cache
def _prepared() -> Prepared:
    return Prepared(environment())


def environment() -> dict[str, str]:
    """Return an environment without anything of the machine's own Claw, wide enough that lines do not wrap."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CLAW_", "COVERAGE"))}
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1"}


@contextmanager
def running(
    state: Path,
    command: Sequence[str] = ("demo", "--port", "0", "--no-browser"),
    secrets: Mapping[str, str] | None = None,
) -> Iterator[Claw]:
    """Start a daemon, wait until it answers, and end it afterwards whatever happened.

    ``secrets`` are added to its environment.
    """
    process = begun(*command, "--state-dir", str(state), more=secrets)
    daemon = Claw(state, process)
    try:
        _wait(daemon)
        yield daemon
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


CONFIG = """\
house: {house}
policy: policy.yaml
listen: {{port: {port}}}
people:
  - {{id: anna, name: Anna, role: owner, uid: {uid}}}
"""


def write_house(folder: Path, house: Mapping[str, str], policy: str, port: int = 0, more: str = "") -> Path:
    """Write what ``claw run`` needs for a house and return the configuration; whoever runs the tests is its owner."""
    config = CONFIG.format(house=json.dumps(house), port=port, uid=os.getuid()) + more
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder / "config.yaml"


@contextmanager
def running_for(folder: Path, url: str, token: str, policy: str, more: str = "") -> Iterator[Claw]:
    """Run ``claw run`` for the Home Assistant at ``url``, the token in its environment, the state beside the files."""
    config = write_house(folder, {"url": url}, policy, more=more)
    with running(folder / "state", ("run", "--config", str(config)), {"CLAW_HOUSE_TOKEN": token}) as daemon:
        yield daemon


def _wait(daemon: Claw) -> None:
    assert daemon.process.stdout is not None
    until = time.monotonic() + 30
    for line in daemon.process.stdout:
        daemon.welcome.append(line)
        if found := re.search(r"http://[\w.:\[\]]+/", line):
            daemon.address = found[0]
        if found := re.search(r"code ([2-9A-Z]{8})", line):
            daemon.code = found[1]
        if "Ctrl-C" in line or "is ready" in line:
            return
        assert time.monotonic() < until
    raise AssertionError("the daemon ended: " + "".join(daemon.welcome))
