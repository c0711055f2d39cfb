"""What Claw costs while nobody asks: seconds until it is ready, memory, tokens, space on disk.

    python bench/idle.py [--json]

Each daemon is started five times in turn; memory is the resident set of the daemon's process after 5 s without a
request.  Promised: the demo ready in 1.0 s with 80 MB, with a real Home Assistant in 1.3 s with 95 MB.
"""

import compileall
import json
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from importlib.util import cache_from_source
from pathlib import Path

from measure import ROOT, Figure, configuration, daemon, home_assistant, p50, processor_s, report

RUNS = 5
IDLE_S = 5.0

NAMED = re.compile(r"^([A-Za-z0-9._-]+)==\S+( ;.*)?", re.MULTILINE)


@dataclass(frozen=True)
class Start:
    """One start: seconds until ready by the clock and of a processor, then MB, share of a core and tokens idle."""

    ready_s: float
    ready_cpu_s: float
    memory_mb: float
    core: float
    tokens: int


def once(state: Path, *words: str, token: str = "") -> Start:
    with daemon(state, *words, token=token) as running:
        time.sleep(IDLE_S / 2)  # the house has been read by then
        spent = processor_s(running.process.pid)
        time.sleep(IDLE_S / 2)
        core = (processor_s(running.process.pid) - spent) / (IDLE_S / 2)
        memory_mb = running.resident_mb()
        tokens = json.loads(running.ask("status", "--json"))["tokens"]
        return Start(running.ready_s, running.ready_cpu_s, memory_mb, core, tokens)


def linked_s(state: Path, *words: str, token: str) -> float:
    """Return the seconds until the daemon holds the whole house."""
    started = time.perf_counter()
    with daemon(state, *words, token=token) as running:
        while not json.loads(running.ask("status", "--json"))["link"]["ready"]:
            assert time.perf_counter() - started < 30
        return time.perf_counter() - started


def installed() -> tuple[float, float]:
    """Compile what the core lock installs and return its MB, without and with byte code."""
    plain = compiled = 0
    for match in NAMED.finditer((ROOT / "requirements.lock").read_text()):
        try:
            found = files(match[1]) or []
        except PackageNotFoundError:  # for another platform
            continue
        for path in (Path(str(one.locate())) for one in found):
            if path.suffix == ".pyc" or not path.is_file():
                continue
            plain += path.stat().st_size
            if path.suffix == ".py" and compileall.compile_file(path, quiet=2):
                compiled += Path(cache_from_source(str(path))).stat().st_size
    return plain / 1e6, (plain + compiled) / 1e6


def main() -> None:
    compileall.compile_dir(ROOT / "claw", quiet=1)
    plain, whole = installed()
    demo, house = [], []
    with home_assistant() as (peer, folder), tempfile.TemporaryDirectory() as name:
        config = ("run", "--config", str(configuration(folder, peer.url)))
        for run in range(RUNS):
            demo.append(once(Path(name) / f"demo{run}", "demo", "--port", "0", "--no-browser"))
            house.append(once(Path(name) / f"house{run}", *config, token=peer.token))
        linked = p50([linked_s(Path(name) / f"linked{run}", *config, token=peer.token) for run in range(RUNS)])
        version = peer.version
    rows: list[Figure] = []
    for name, starts, ready_s, memory in (("demo", demo, 1.0, 80), ("Home Assistant", house, 1.3, 95)):
        rows += [
            Figure(f"{name}: process start to ready", p50([one.ready_s for one in starts]), "s", most=ready_s),
            Figure(f"{name}: processor time of that", p50([one.ready_cpu_s for one in starts]), "s"),
            Figure(f"{name}: memory after 5 s idle", p50([one.memory_mb for one in starts]), "MB", most=memory),
            Figure(f"{name}: share of a core idle", 100 * p50([one.core for one in starts]), "%"),
        ]
    rows += [
        Figure("Home Assistant: start to whole house, as a command sees it", linked, "s"),
        Figure("tokens spent idle", sum(one.tokens for one in demo + house), "", most=0),
        Figure("core install", plain, "MB", most=150),
        Figure("core install with byte code", whole, "MB", most=190),
    ]
    report(rows, f"median of {RUNS}; Home Assistant {version}; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
