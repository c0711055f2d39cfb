"""In CI nothing may be skipped: a guard that did not run has not held.

Elsewhere a test may skip, loudly, for want of something that only the system's package manager brings (a browser).
"""

import os
import tempfile
from collections.abc import Generator

import pytest

IN_CI = os.environ.get("CI") == "true"


_DATA = tempfile.TemporaryDirectory(prefix="claw-data-")
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
