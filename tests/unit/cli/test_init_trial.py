"""Stop and reset are pressed by a person, once, for real; a trial that does not go well is never said to."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action
from claw.base.errors import Broken, Refused
from claw.cli import init_trial
from claw.cli.client import Client
from claw.cli.init_asking import Asking
from claw.cli.init_trial import daemon, trial
from claw.gate.stop import LATCH
from tests.cli_room import FakeDaemon
from tests.running import write_house

LAMP = ("Lamp", Action("light.turn_on", ("light.a",)), Action("light.turn_off", ("light.a",)))
GIVEN = {"stop": "stop", "reset": "I tried it"}


class Scripted:
    """A daemon's answers, with a latch; ``acts`` are what comes of each act."""

    def __init__(self, state: Path, acts: list[str]) -> None:
        self.state, self.acts, self.asked = state, acts, list[str]()
        self.latches = self.releases = True

    def ask(self, do: str, **_: Any) -> Any:
        self.asked.append(do)
        latch = self.state / LATCH
        if do == "stop" and self.latches:
            latch.write_text("{}")
        if do == "reset" and self.releases:
            latch.unlink()
        if do == "act":
            return {"status": self.acts.pop(0)}
        return {"stop": {"engaged": latch.exists()}, "link": {"ready": True}}


def tried(there: Scripted, thing: Any = LAMP) -> dict[str, Any]:
    return trial(there, there.state, thing, Asking(GIVEN, usual=False), quiet=True)  # type: ignore[arg-type]


def test_all_of_it_is_seen(tmp_path: Path) -> None:
    there = Scripted(tmp_path, ["stopped", "done", "done"])
    assert tried(there) == {
        "latched": True, "held": True, "reset": True, "device": "light.a", "verified": True, "ok": True,
    }  # fmt: skip
    assert [one for one in there.asked if one != "status"] == ["stop", "act", "reset", "act", "act"]


@pytest.mark.parametrize(
    ("acts", "wrong"),
    [
        (["done", "done", "done"], "held"),
        (["stopped", "failed", "done"], "verified"),
        (["stopped", "done", "started"], "verified"),
    ],
)
def test_what_was_not_seen_is_not_said(tmp_path: Path, acts: list[str], wrong: str) -> None:
    found = tried(Scripted(tmp_path, acts))
    assert (found[wrong], found["ok"]) == (False, False)


def test_a_latch_that_is_not_there_or_stays_is_told(tmp_path: Path) -> None:
    loose = Scripted(tmp_path, ["stopped", "done", "done"])
    loose.latches = loose.releases = False
    assert (tried(loose)["latched"], tried(Scripted(tmp_path, ["stopped", "done", "done"]))["ok"]) == (False, True)
    stuck = Scripted(tmp_path, ["stopped", "done", "done"])
    stuck.releases = False
    assert (tried(stuck)["reset"], stuck.state.exists()) == (False, True)


def test_a_home_with_nothing_harmless_tries_the_switch_alone(tmp_path: Path) -> None:
    found = tried(Scripted(tmp_path, []), None)
    assert (found["ok"], found["held"], found["verified"]) == (True, None, None)


@pytest.mark.parametrize("given", [{"stop": "yes", "reset": "x"}, {"stop": "stop", "reset": " "}])
def test_neither_is_pressed_by_chance(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(Refused):
        trial(Scripted(tmp_path, ["stopped"]), tmp_path, LAMP, Asking(given, usual=False), quiet=True)  # type: ignore[arg-type]


def test_a_daemon_that_ends_at_once_is_told_in_its_own_words(tmp_path: Path) -> None:
    config = write_house(tmp_path, {"simulated": "nowhere.yaml"}, "version: 1\nrules: []\n")
    with pytest.raises(Broken, match=r"ended at once: .*nowhere\.yaml"), daemon(config, tmp_path / "state"):
        pass


def test_a_daemon_that_runs_already_is_used_and_goes_on(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init_trial, "state_holder", lambda _: 1)
    monkeypatch.setattr(init_trial, "Popen", lambda *_, **__: pytest.fail("another one was started"))
    with init_trial.daemon(Path("config.yaml"), daemon.state) as client:
        assert isinstance(client, Client)
        client.ask("status")
    assert daemon.asked == [{"do": "status"}]


def test_the_command_is_the_one_that_people_type() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", init_trial._COMMAND, "run", "--help"], capture_output=True, check=False
    )
    assert done.returncode == 0


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's state directory, root at work on it, and no daemon may be started."""
    state = tmp_path / "service"
    state.mkdir()
    if os.geteuid() == 0:
        os.chown(state, 64_322, 64_322)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(init_trial, "SERVICE_STATE", state)
    monkeypatch.setattr(init_trial, "Popen", lambda *_, **__: pytest.fail("root started a daemon on it"))
    return state


def test_root_starts_no_daemon_on_a_services_state_and_says_what_to_do(foreign: Path) -> None:
    assert "systemctl enable --now claw-stop.path claw.service" in init_trial.to_start(foreign)
    with pytest.raises(Refused, match="then run `claw init` again"), daemon(Path("config.yaml"), foreign):
        pass


def test_a_service_that_listens_is_tried_itself_by_root_and_by_nobody_else(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(foreign / "claw.sock"))
        listener.listen()
        assert init_trial.to_start(foreign) == ""
        with daemon(Path("config.yaml"), foreign) as client:
            assert isinstance(client, Client)
        monkeypatch.setattr("os.geteuid", lambda: 54_321)
        assert "Stop was not tried" in init_trial.to_start(foreign)
        monkeypatch.setattr(init_trial, "SERVICE_STATE", Path("/elsewhere"))
        assert "belongs to another user" in init_trial.to_start(foreign)
