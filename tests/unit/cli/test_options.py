"""Where a command looks for its daemon."""

import socket
from pathlib import Path

import pytest

from claw.base.errors import Refused
from claw.cli.options import CONFIG, config_file, directories, directory
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


@pytest.fixture
def configured(service: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The configuration of that service; one's own folder has none."""
    del service
    path = tmp_path / "etc-claw" / "config.yaml"
    path.parent.mkdir()
    monkeypatch.setattr("claw.cli.options.SERVICE_CONFIG", path)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return path


def test_a_command_for_the_service_finds_its_configuration(
    configured: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert config_file(CONFIG, None) == CONFIG  # what cannot be seen is not named
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert config_file(CONFIG, None) == configured  # root is told that it is missing there
    configured.touch()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert config_file(CONFIG, None) == configured
    assert config_file(CONFIG, tmp_path / "another") == CONFIG
    assert config_file(Path("mine.yaml"), None) == Path("mine.yaml")
    CONFIG.touch()
    assert config_file(CONFIG, None) == CONFIG


@pytest.mark.parametrize(
    "words", [("policy", "diff", "a", "b"), ("policy", "check", "a"), ("policy", "test"), ("policy", "apply", "a")]
)
def test_the_commands_take_it_and_one_that_was_typed_wins(
    claw: Cli, configured: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    configured.touch()
    seen: list[Path] = []

    def ground(_house: Path | None, config: Path, _client: object) -> None:
        seen.append(config)
        raise Refused("looked")

    monkeypatch.delenv("CLAW_STATE_DIR", raising=False)
    monkeypatch.setattr("claw.cli.ground.ground", ground)
    assert claw(*words).code == claw(*words, "--config", "config.yaml").code == 3
    assert seen == [configured, Path("config.yaml")]


def test_the_doctor_and_a_backup_take_it(claw: Cli, configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured.write_text("nonsense: 1\n")
    monkeypatch.delenv("CLAW_STATE_DIR", raising=False)
    assert str(configured) in claw("doctor", "--only", "config").out
    assert str(configured) in claw("backup", "list").err
