"""What an owner gets by installing a release: how big it is, how soon it is ready, what it takes while nobody asks.

    python bench/install.py [--json]

A release is built and installed by its own script into a folder of its own, which wants the network or whatever pip of
this machine was told, and is measured there: nothing of a checkout.  Each daemon is started five times in turn; memory
is the resident set of its process after 5 s without a request.  Promised: 150 MB, 190 MB with byte code; the demo ready
in 1.0 s with 80 MB, with a real Home Assistant 95 MB.

The figures of other assistants are not of this run: they were measured once, each in its default configuration with a
model that answers at once, on two shared cores of an AMD EPYC with Debian 12 (2026, two to six times each).
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import measure
from idle import RUNS, once
from measure import ROOT, Figure, configuration, home_assistant, p50, report

PEERS: Mapping[str, tuple[str, str, str]] = {
    "": ("OpenClaw 2026.9.6", "Hermes 0.19.0", "nanobot 0.3.5"),
    "installed": ("643 MB and Node's 189", "228 MB", "389 MB"),
    "packages": ("292 folders", "63", "91"),
    "--version": ("0.28-0.42 s", "1.55-1.86 s", "1.24 s"),
    "ready": ("12.4-19.4 s, +2-4", "3.7 s", "3.1 s"),
    "idle memory": ("956-1,012 MB", "88 MB", "98 MB"),
}


def megabytes(folder: Path) -> tuple[float, float]:
    """Return the MB of an installation, without and with byte code."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    whole = sum(path.stat().st_size for path in files)
    compiled = sum(path.stat().st_size for path in files if path.suffix == ".pyc")
    return (whole - compiled) / 1e6, whole / 1e6


def installed(folder: Path) -> tuple[Path, float]:
    """Build a release and install it below ``folder``; return where it is and how many seconds installing took."""
    build = [sys.executable, ROOT / "packaging" / "build.py", folder / "dist"]
    subprocess.run(build, check=True, capture_output=True)
    started = time.perf_counter()
    script = [folder / "dist" / "install.sh", "--prefix", folder / "claw", "--no-links", "--python", sys.executable]
    subprocess.run(script, check=True, capture_output=True)
    return (folder / "claw").resolve(), time.perf_counter() - started


def version_s(claw: Path) -> float:
    started = time.perf_counter()
    subprocess.run([claw, "--version"], check=True, capture_output=True)
    return time.perf_counter() - started


def beside(said: Mapping[str, str]) -> None:
    """Print ours beside the others'."""
    print(f"  {'':<14}{'Claw':<22}{''.join(f'{name:<24}' for name in PEERS[''])}")
    for name, ours in said.items():
        print(f"  {name:<14}{ours:<22}{''.join(f'{one:<24}' for one in PEERS[name])}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        prefix, seconds = installed(Path(name))
        plain, whole = megabytes(prefix)
        packages = len(list(prefix.glob("lib/python*/site-packages/*.dist-info")))
        measure.CLAW = prefix / "bin" / "claw"
        version = p50([version_s(measure.CLAW) for _ in range(RUNS)])
        demo, house = [], []
        with home_assistant() as (peer, folder):
            config = ("run", "--config", str(configuration(folder, peer.url)))
            for run in range(RUNS):
                demo.append(once(Path(name) / f"demo{run}", "demo", "--port", "0", "--no-browser"))
                house.append(once(Path(name) / f"house{run}", *config, token=peer.token))
            of = peer.version
    ready, memory = p50([one.ready_s for one in demo]), p50([one.memory_mb for one in demo])
    lived = p50([one.memory_mb for one in house])
    if "--json" not in sys.argv:
        beside(
            {
                "installed": f"{plain:.0f} MB, {whole:.0f} compiled",
                "packages": f"{packages}",
                "--version": f"{version:.2f} s",
                "ready": f"{ready:.2f} s",
                "idle memory": f"{memory:.0f} MB, {lived:.0f} with HA",
            }
        )
    rows = [
        Figure("installed", plain, "MB", most=150),
        Figure("installed, with byte code", whole, "MB", most=190),
        Figure("packages", packages, ""),
        Figure("installing it: the script", seconds, "s"),
        Figure("claw --version", version, "s"),
        Figure("demo: process start to ready", ready, "s", most=1.0),
        Figure("demo: processor time of that", p50([one.ready_cpu_s for one in demo]), "s"),
        Figure("demo: memory after 5 s idle", memory, "MB", most=80),
        Figure("Home Assistant: process start to ready", p50([one.ready_s for one in house]), "s", most=1.3),
        Figure("Home Assistant: memory after 5 s idle", lived, "MB", most=95),
        Figure("tokens spent idle", sum(one.tokens for one in demo + house), "", most=0),
    ]
    report(rows, f"median of {RUNS}; Home Assistant {of}; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
