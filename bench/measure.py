"""What the benchmarks share: figures and how they are printed, the daemon as a process, and the real Home Assistant.

``python bench/measure.py [SCRIPT ...]`` runs every benchmark, or those named, and counts what missed.  Every script
prints one line per figure; with ``--json`` one JSON object per figure.  A script fails when it measured nothing; a
figure that misses its promise is marked and makes the whole run fail at its end, after everything was measured.
"""

import argparse
import gc
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.peers.real_hass import CannotInstall, RealHomeAssistant, booted  # noqa: E402  found through the line above

CLAW = Path(sys.executable).with_name("claw")
MISSED = 3
"""Exit code of a script that measured everything and missed a promise."""


@dataclass(frozen=True)
class Figure:
    """One measured number; ``most`` or ``least`` is what was promised."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def missed(self) -> bool:
        return (self.most is not None and self.value > self.most) or (
            self.least is not None and self.value < self.least
        )


def report(figures: Sequence[Figure], note: str = "") -> None:
    """Print figures and end the script: with 0, or 3 when a promise was missed."""
    if "--json" in sys.argv:
        for figure in figures:
            print(json.dumps({**asdict(figure), "missed": figure.missed}))
    else:
        for figure in figures:
            print(line(figure))
        if note:
            print(f"  ({note})")
    sys.exit(MISSED if any(figure.missed for figure in figures) else 0)


def line(figure: Figure) -> str:
    promise = ""
    if figure.most is not None:
        promise = f"<= {number(figure.most)}"
    elif figure.least is not None:
        promise = f">= {number(figure.least)}"
    verdict = "" if not promise else "MISSED" if figure.missed else "ok"
    return f"  {figure.name:<58}{number(figure.value):>12} {figure.unit:<8}{promise:>14}  {verdict}".rstrip()


def number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def machine() -> str:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} x {model[1] if model else platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load}"
    )


# -------------------------------------------------------------------------------------------------------- processes


@dataclass(frozen=True)
class Daemon:
    """A running ``claw`` process, its state directory, its address, and what it took to get ready.

    ``ready_s`` is by the wall clock, ``ready_cpu_s`` in processor time, which a busy machine changes less.
    """

    process: subprocess.Popen[str]
    state: Path
    address: str
    ready_s: float
    ready_cpu_s: float

    def resident_mb(self) -> float:
        return memory_mb(self.process.pid)

    def ask(self, *words: str) -> str:
        """Run a command against it and return what it printed."""
        command = [str(CLAW), *words, "--state-dir", str(self.state)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def daemon(state: Path, *words: str, token: str = "") -> Iterator[Daemon]:
    """Start ``claw WORDS`` on ``state``, wait for its word that it is ready, end it afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAW_")}
    environment |= {"COLUMNS": "200", "NO_COLOR": "1"} | ({"CLAW_HOUSE_TOKEN": token} if token else {})
    with (state.parent / f"{state.name}.log").open("w+") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(CLAW), *words, "--state-dir", str(state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        try:
            address = _address(process, log.name)
            ready_s = time.perf_counter() - started
            yield Daemon(process, state, address, ready_s, processor_s(process.pid))
        finally:
            process.terminate()
            process.wait(20)


def _address(process: subprocess.Popen[str], log: str) -> str:
    assert process.stdout is not None
    said: list[str] = []
    address = ""
    for text in process.stdout:
        said.append(text)
        if found := re.search(r"http://[\w.:\[\]]+/", text):
            address = found[0]
        if address and ("Ctrl-C" in text or "is ready" in text):
            return address
    Path(log).write_text("".join(said))
    raise RuntimeError("the daemon ended: " + "".join(said))


@contextmanager
def home_assistant(helpers: int = 0) -> Iterator[tuple[RealHomeAssistant, Path]]:
    """Boot a real Home Assistant; also gives a folder that lives as long.  Exits where it cannot be installed."""
    with tempfile.TemporaryDirectory(prefix="claw-bench-") as name:
        try:
            with booted(Path(name) / "home-assistant", helpers) as peer:
                yield peer, Path(name)
        except CannotInstall as error:
            sys.exit(f"Home Assistant cannot be installed here: {error}")


def configuration(folder: Path, url: str) -> Path:
    """Write a configuration for the Home Assistant at ``url`` with the policy that ships; return its path."""
    path = folder / "config.yaml"
    path.write_text(
        f"house: {{url: {url}}}\n"
        f"policy: {ROOT / 'policy.example.yaml'}\n"
        "languages: [en]\n"
        "listen: {port: 0}\n"
        f"people: [{{id: anna, name: Anna, role: owner, uid: {os.getuid()}}}]\n"
    )
    return path


class Pauses:
    """The pauses of the garbage collector while it is entered, in ms."""

    def __init__(self) -> None:
        self.ms: list[float] = []
        self._started = 0.0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        del info
        now = time.perf_counter()
        if phase == "start":
            self._started = now
        else:
            self.ms.append((now - self._started) * 1000)


# ---------------------------------------------------------------------------------------------------------- all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="*", help="names without .py; default: every benchmark")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    arguments = parser.parse_args()
    folder = Path(__file__).parent
    names = arguments.scripts or sorted(path.stem for path in folder.glob("*.py") if path.stem != Path(__file__).stem)
    if not arguments.json:
        print(machine())
    missed, failed = [], []
    for name in names:
        if not arguments.json:
            print(f"\n{name}", flush=True)
        code = subprocess.run(
            [sys.executable, str(folder / f"{name}.py"), *(["--json"] if arguments.json else [])], check=False
        ).returncode
        if code == MISSED:
            missed.append(name)
        elif code:
            failed.append(name)
    if not arguments.json:
        print(f"\nmissed: {', '.join(missed) or 'nothing'}; failed: {', '.join(failed) or 'nothing'}")
    sys.exit(1 if failed else MISSED if missed else 0)


if __name__ == "__main__":
    main()
