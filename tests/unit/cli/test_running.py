"""Commands that run a daemon: what is wrong is one line before anything starts."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.base.degraded import Degraded
from claw.cli import journal, running
from tests.cli_room import STATUS, Cli, FakeDaemon
from tests.held_clock import HeldClock


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


@pytest.mark.parametrize(
    ("in_journal", "form", "said"), [(False, "text", True), (True, "text", False), (False, "json", False)]
)
def test_the_first_code_is_said_to_a_person_and_goes_into_no_log(
    *,
    in_journal: bool,
    form: str,
    said: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    entering = SimpleNamespace(is_first=True, first_code=lambda: "K7WRQPXZ")
    web = SimpleNamespace(address="http://localhost/", admission=SimpleNamespace(entering=entering))
    daemon = SimpleNamespace(web=web, degraded=Degraded(HeldClock()))
    begun: list[tuple[str, str]] = []

    def begin(level: str, form: str) -> bool:
        begun.append((level, form))
        return in_journal

    monkeypatch.setattr(journal, "begin", begin)
    monkeypatch.setattr("claw.daemon.run.run", lambda _config, _state, ready: ready(daemon))
    (tmp_path / "config.yaml").write_text("house: {simulated: house.yaml}\n")
    with caplog.at_level(logging.INFO, "claw"):
        running.run(tmp_path / "config.yaml", tmp_path / "state", "info", form)  # type: ignore[arg-type]
    assert begun == [("info", form)]
    assert "K7WRQPXZ" not in caplog.text
    assert "Claw is ready on http://localhost/" in caplog.text
    assert ("K7WRQPXZ" in capsys.readouterr().err) is said
    assert ("claw people first" in caplog.text) is not said
