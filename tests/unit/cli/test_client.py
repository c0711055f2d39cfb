"""One question to a daemon, and what comes of a daemon that is not there, mute or damaged."""

import socket
from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused, Unavailable
from claw.cli.client import Client, NoDaemon
from tests.cli_room import FakeDaemon


def test_an_answer_comes_back_with_what_was_asked(daemon: FakeDaemon) -> None:
    daemon.answers["why"] = {"ok": {"seq": 3}}
    assert Client(daemon.state).ask("why", seq=3) == {"seq": 3}
    assert daemon.asked == [{"do": "why", "seq": 3}]


@pytest.mark.parametrize(
    ("kind", "error"), [("refused", Refused), ("unavailable", Unavailable), ("broken", Broken), ("else", Broken)]
)
def test_an_error_comes_back_as_itself(daemon: FakeDaemon, kind: str, error: type[Exception]) -> None:
    daemon.answers["status"] = {"error": {"kind": kind, "text": "because"}}
    with pytest.raises(error, match="because"):
        Client(daemon.state).ask("status")


def test_no_daemon_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon, match="claw run"):
        Client(tmp_path).ask("status")


def test_a_socket_that_nobody_listens_on_is_no_daemon(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "claw.sock"))
    with pytest.raises(NoDaemon):
        Client(tmp_path).ask("status")


def test_a_daemon_that_hangs_up_is_unavailable(daemon: FakeDaemon) -> None:
    daemon.answers["status"] = b""
    with pytest.raises(Unavailable, match="hung up"):
        Client(daemon.state).ask("status")


def test_a_daemon_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "claw.sock"))
        mute.listen()
        with pytest.raises(Unavailable, match="does not answer"):
            Client(tmp_path, seconds=0.05).ask("status")


def test_what_happens_is_followed_until_the_daemon_ends(daemon: FakeDaemon) -> None:
    daemon.answers["follow"] = [{"type": "state"}, {"type": "log"}]
    assert list(Client(daemon.state).follow()) == [{"type": "state"}, {"type": "log"}]


def test_whoever_may_not_reach_a_service_is_told_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("claw.cli.client.SERVICE_STATE", tmp_path)
    with pytest.raises(NoDaemon, match="systemctl start claw"):
        Client(tmp_path).ask("status")
    monkeypatch.setattr("claw.cli.client.socket.socket.connect", refused)
    with pytest.raises(Unavailable, match="the group claw"):
        Client(tmp_path).ask("status")
