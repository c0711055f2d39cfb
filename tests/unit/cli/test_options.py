"""Where a command looks for its daemon."""

import socket
from pathlib import Path

import pytest

from claw.cli.options import directories, directory
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


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has Claw as a service, and a home directory without anything."""
    state = tmp_path / "var-lib-claw"
    state.mkdir()
    monkeypatch.setattr("claw.base.places.SERVICE_STATE", state)
    monkeypatch.setattr("claw.cli.options.SERVICE_STATE", state)
    monkeypatch.delenv("CLAW_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    return state


def test_without_a_name_a_service_of_this_machine_is_meant(service: Path, tmp_path: Path) -> None:
    own = tmp_path / "home" / "claw"
    own.mkdir(parents=True)  # left over from a try: no daemon runs on it
    assert directories(None) == (service,)
    assert directory(own) == own


def test_ones_own_daemon_comes_first_and_a_stop_is_for_both(service: Path, tmp_path: Path) -> None:
    own = tmp_path / "home" / "claw"
    own.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(own / "claw.sock"))
        listener.listen()
        assert directories(None) == (own, service)
        assert directory(None) == own


def test_what_the_environment_names_is_meant_also_beside_a_service(
    service: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path / "named"))
    assert directories(None) == (tmp_path / "named",)
