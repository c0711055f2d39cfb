"""Commands that run a daemon: what is wrong is one line before anything starts."""

import json
from pathlib import Path

import pytest

from tests.cli_room import STATUS, Cli, FakeDaemon


def test_a_broken_configuration_names_its_line_and_starts_nothing(claw: Cli, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("house:\n  simulated: house.yaml\nlisten:\n  prot: 8321\n")
    said = claw("run", "--config", str(config), "--state-dir", str(tmp_path / "state"))
    assert said.code == 1
    assert "config.yaml:4" in said.err
    assert not (tmp_path / "state").exists()


def test_a_missing_configuration_is_named(claw: Cli, tmp_path: Path) -> None:
    said = claw("run", "--config", str(tmp_path / "none.yaml"))
    assert said.code == 1
    assert "none.yaml" in said.err


def test_status_is_asked_and_printed(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["status"] = {"ok": STATUS}
    assert "81 entities" in claw("status").out
    assert json.loads(claw("status", "--json").out) == STATUS


def test_the_demo_refuses_a_port_that_cannot_be(claw: Cli, tmp_path: Path) -> None:
    assert claw("demo", "--port", "70000", "--state-dir", str(tmp_path / "state")).code == 2


def test_the_demo_refuses_a_model_whose_address_is_none(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAW_MODEL", "small")
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:11434")
    said = claw("demo", "--port", "0", "--no-browser", "--state-dir", str(tmp_path / "state"))
    assert said.code == 1
    assert "OPENAI_BASE_URL" in said.err
    assert not (tmp_path / "state").exists()
