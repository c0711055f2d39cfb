"""In CI nothing may be skipped: a guard that did not run has not held.

Elsewhere a test may skip, loudly, for want of something that only the system's package manager brings (a browser).
"""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"

_ROOM = 3 << 30
"""Bytes that must be free in memory before tests put their folders there; a whole run needs less than one."""


def _in_memory(folder: str = "/dev/shm") -> str | None:  # noqa: S108  pytest makes one of its own in it
    """Return a folder that is no disk, None where there is none with room enough in which programs may run.

    Whatever a daemon says is so on its disk first, and a disk takes milliseconds each time: half of what tests waited
    for.  Who is killed loses nothing of what it wrote here either; that it asks the disk is shown where that is tested.
    """
    try:
        found = os.statvfs(folder)
        memory = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        free = min(found.f_bavail * found.f_frsize, int(memory["MemAvailable"].split()[0]) << 10)
    except (OSError, KeyError):
        return None
    usable = os.access(folder, os.W_OK | os.X_OK) and not found.f_flag & os.ST_NOEXEC
    return folder if usable and free >= _ROOM else None


if _MEMORY := _in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)

_DATA = tempfile.TemporaryDirectory(prefix="claw-data-", dir=_MEMORY)
os.environ["XDG_DATA_HOME"] = _DATA.name
"""Every daemon of a test, in this process or one of its own, leaves its checkpoints here and not at home."""


def _nothing_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: {reason} (CI=true: a skip is a failure)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one."""
    report = yield
    _nothing_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped file into a failed one."""
    report = yield
    _nothing_skipped(report)
    return report
