"""Where a command looks for its daemon."""

from pathlib import Path

import pytest

from claw.cli.options import directory
from tests.cli_room import Cli, FakeDaemon


def test_a_named_directory_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path / "from-environment"))
    assert directory(tmp_path / "named") == tmp_path / "named"
    assert directory(None) == tmp_path / "from-environment"


def test_the_option_reaches_the_daemon_it_names(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path / "elsewhere"))
    daemon.answers["pending"] = {"ok": []}
    assert claw("pending", "--state-dir", str(daemon.state)).code == 0
    assert claw("pending").code == 1
