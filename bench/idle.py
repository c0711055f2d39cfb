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
from importlib.metadata import PackageNotFoundError, files
from importlib.util import cache_from_source
from pathlib import Path

from measure import ROOT, Figure, configuration, daemon, home_assistant, p50, report

RUNS = 5
IDLE_S = 5.0

NAMED = re.compile(r"^([A-Za-z0-9._-]+)==\S+( ;.*)?", re.MULTILINE)


def once(state: Path, *words: str, token: str = "") -> tuple[float, float, float, int]:
    """Return seconds until ready by the clock and of a processor, MB after idling, and tokens spent."""
    with daemon(state, *words, token=token) as running:
        time.sleep(IDLE_S)
        tokens = json.loads(running.ask("status", "--json"))["tokens"]
        return running.ready_s, running.ready_cpu_s, running.resident_mb(), tokens


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
    report(
        [
            Figure("demo: process start to ready", p50([one[0] for one in demo]), "s", most=1.0),
            Figure("demo: processor time of that", p50([one[1] for one in demo]), "s"),
            Figure("demo: memory after 5 s idle", p50([one[2] for one in demo]), "MB", most=80),
            Figure("Home Assistant: process start to ready", p50([one[0] for one in house]), "s", most=1.3),
            Figure("Home Assistant: processor time of that", p50([one[1] for one in house]), "s"),
            Figure("Home Assistant: start to whole house, as a command sees it", linked, "s"),
            Figure("Home Assistant: memory after 5 s idle", p50([one[2] for one in house]), "MB", most=95),
            Figure("tokens spent idle", sum(one[3] for one in demo + house), "", most=0),
            Figure("core install", plain, "MB", most=150),
            Figure("core install with byte code", whole, "MB", most=190),
        ],
        f"median of {RUNS}; Home Assistant {version}; Python {sys.version.split()[0]}",
    )


if __name__ == "__main__":
    main()
