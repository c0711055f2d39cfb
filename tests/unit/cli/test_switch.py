"""The switch works whatever state the daemon is in."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from claw.cli import switch
from claw.gate.stop import LATCH, StopState, read_latch, write_latch
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.cli_room import Cli, FakeDaemon


def test_a_daemon_is_told(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["stop"] = {"ok": {"engaged": True}}
    said = claw("stop", "--reason", "smoke").out
    assert "Stopped." in said
    assert "does not react to smoke" in said.replace("\n", " ")
    assert daemon.asked == [{"do": "stop", "reason": "smoke"}]


def test_without_a_daemon_the_latch_is_written_here(claw: Cli, tmp_path: Path) -> None:
    said = claw("stop", "--reason", "smoke")
    assert said.code == 0
    assert "not running" in said.out
    latch = read_latch(tmp_path / LATCH)
    assert (latch.engaged, latch.reason, latch.local) == (True, "smoke", True)


def test_a_wrong_directory_is_refused_rather_than_stopped(claw: Cli, tmp_path: Path) -> None:
    assert claw("stop", "--state-dir", str(tmp_path / "mistyped")).code == 3


def test_a_daemon_that_does_not_answer_is_killed_and_the_latch_holds(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switch, "DAEMON_S", 0.1)
    script = (
        "import sys, time; from pathlib import Path; from claw.store.db import lock_state\n"
        "held = lock_state(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    mute = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert mute.stdout is not None
        mute.stdout.readline()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "claw.sock"))
            listener.listen()
            started = time.monotonic()
            said = claw("stop", "--json")
        assert json.loads(said.out)["daemon"] == "killed, because it did not answer"
        assert mute.wait(5) == -signal.SIGKILL
        assert time.monotonic() - started < 5
        assert read_latch(tmp_path / LATCH).engaged
    finally:
        mute.kill()
        mute.wait()
        mute.stdout.close()


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"kind": "broken", "text": "that went wrong inside Claw"}},
        {"error": {"kind": "unavailable", "text": "too many programs talk to Claw at once"}},
        {"error": "what"},
        {},
    ],
)
def test_a_daemon_that_does_not_stop_is_stopped(daemon: FakeDaemon, claw: Cli, tmp_path: Path, answer: object) -> None:
    daemon.answers["stop"] = answer  # type: ignore[assignment]
    assert claw("stop").code == 0
    assert read_latch(tmp_path / LATCH).engaged


def test_a_daemon_that_hangs_up_at_once_is_stopped(claw: Cli, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "claw.sock"))
        listener.listen()

        def slam() -> None:
            listener.accept()[0].close()

        slammed = threading.Thread(target=slam)
        slammed.start()
        assert claw("stop").code == 0
        slammed.join()
    assert read_latch(tmp_path / LATCH).engaged


def test_a_stop_in_a_directory_that_is_not_ours_is_not_called_one(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    said = claw("stop")
    assert (said.code, said.out) == (1, "")
    assert "NOT STOPPED" in said.err
    assert not (tmp_path / LATCH).exists()


def test_a_stop_whose_latch_is_not_there_is_not_called_one(claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch.Stop, "engage", lambda *_: StopState(engaged=True))
    said = claw("stop")
    assert (said.code, said.out) == (1, "")
    assert "NOT STOPPED" in said.err


def test_reset_without_a_daemon_removes_the_latch_and_needs_a_reason(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    claw("stop")
    assert claw("reset").code == 3
    assert (tmp_path / LATCH).exists()
    assert claw("reset", "--reason", "it was the toast").code == 0
    assert not (tmp_path / LATCH).exists()


def test_reset_is_asked_of_a_daemon_that_runs(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["reset"] = {"ok": {"engaged": False}}
    assert claw("reset", "--reason", "toast").out == "Running again.\n"
    assert daemon.asked == [{"do": "reset", "reason": "toast"}]


# ---------------------------------------------------------------------------------------- reset, pause and the drill

STOPPED = {"engaged": True, "by": "anna", "reason": "smoke", "resumes": ["Waiting questions are void"]}
FIGURES = {
    "ok": True,
    "actions_after_latch": 0,
    "latch_to_last_send_ms": 0.0,
    "workers_dead_ms_p99": 3.2,
    "workers": 40,
    "workers_alive": 0,
    "actions_before_latch": 300,
    "trips": 5,
    "sandbox": "plain",
}


def test_a_reset_tells_what_goes_on(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["reset"] = {"ok": {"engaged": False, "resumes": ["Nothing that was cut is done again."]}}
    said = claw("reset", "--reason", "looked")
    assert "Running again." in said.out
    assert "Nothing that was cut is done again." in said.out


def test_at_a_terminal_a_reset_shows_what_goes_on_and_asks(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switch, "_at_terminal", lambda: True)
    daemon.answers["status"] = {"ok": {"stop": STOPPED}}
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    said = claw("reset", "--reason", "looked")
    assert said.code != 0
    assert "Waiting questions are void" in said.out
    assert [one["do"] for one in daemon.asked] == ["status"], "nothing is reset by somebody who says no"
    daemon.answers["reset"] = {"ok": {"engaged": False, "resumes": []}}
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    assert claw("reset", "--reason", "looked").code == 0
    assert daemon.asked[-1] == {"do": "reset", "reason": "looked"}


def test_a_reset_without_a_daemon_voids_what_was_asked_before_it(claw: Cli, tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    db.conn.execute(
        "insert into pending (id, body, created, expires, state, audit) values ('q1', '{}', 'x', 'y', 'waiting', 1)"
    )
    db.conn.commit()
    db.close()
    claw("stop", "--reason", "smoke")
    said = claw("reset", "--reason", "looked")
    assert said.code == 0
    assert "turn it off there before you start Claw" in said.out
    db = open_database(tmp_path / "claw.db")
    assert [row[0] for row in db.execute("select state from pending").fetchall()] == ["void"]
    db.close()


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("", None)])
def test_a_pause_lasts_as_long_as_was_said(daemon: FakeDaemon, claw: Cli, given: str, seconds: float | None) -> None:
    daemon.answers["pause"] = {"ok": {"paused": True, "until": ""}}
    said = claw("pause", "--reason", "guests", *(("--for", given) if given else ()))
    assert "not a stop" in said.out
    assert daemon.asked == [{"do": "pause", "reason": "guests", "seconds": seconds}]


@pytest.mark.parametrize("given", ["30", "m", "0m", "-5m", "half an hour", "99999999d"])
def test_a_pause_of_nonsense_is_misuse(daemon: FakeDaemon, claw: Cli, given: str) -> None:
    assert claw("pause", "--for", given).code == 2
    assert daemon.asked == []


def test_a_pause_is_ended(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["resume"] = {"ok": {"paused": False}}
    assert "goes on" in claw("resume").out
    assert daemon.asked == [{"do": "resume", "reason": "claw resume"}]


def test_a_drill_prints_its_figures(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["drill"] = {"ok": FIGURES}
    said = claw("drill")
    assert said.code == 0
    assert "The stop holds" in said.out
    assert "3.2 ms p99 (plain" in said.out
    assert json.loads(claw("drill", "--json").out) == FIGURES


def test_a_drill_that_failed_is_a_failure(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["drill"] = {"ok": {**FIGURES, "ok": False, "actions_after_latch": 2}}
    said = claw("drill")
    assert said.code == 1
    assert "DOES NOT HOLD" in said.out


def test_a_daemon_that_holds_to_a_stop_is_left_alone(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    write_latch(tmp_path / LATCH, StopState(engaged=True, reason="a hand", local=False))
    before = (tmp_path / LATCH).read_bytes()
    daemon.answers["status"] = {"ok": {"stop": {"engaged": True}}}
    assert claw("stop", "--held").code == 0
    assert [call["do"] for call in daemon.asked] == ["status"]  # a second stop would take the reset from a screen
    assert (tmp_path / LATCH).read_bytes() == before


@pytest.mark.parametrize(
    "answer", [{"ok": {"stop": {"engaged": False}}}, {"ok": {}}, {"error": {"kind": "broken"}}, b""]
)
def test_a_daemon_that_does_not_hold_to_a_stop_is_killed(
    daemon: FakeDaemon, claw: Cli, tmp_path: Path, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_latch(tmp_path / LATCH, StopState(engaged=True, reason="a hand"))
    daemon.answers["status"] = answer
    killed: list[Path] = []
    monkeypatch.setattr(switch, "_kill", lambda state: killed.append(state) or "killed, because it did not answer")
    assert json.loads(claw("stop", "--held", "--json").out)["daemon"].startswith("killed")
    assert killed == [tmp_path]


def test_a_daemon_that_comes_up_is_waited_for_and_one_that_never_does_is_killed(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / LATCH).touch()
    answers: list[bool | None] = [None, None, True]
    killed: list[Path] = []
    monkeypatch.setattr(switch, "LOOK_S", 0.0)
    monkeypatch.setattr(switch, "state_holder", lambda _: 4711)
    monkeypatch.setattr(switch, "_holds", lambda _: answers.pop(0))
    monkeypatch.setattr(switch, "_kill", lambda state: killed.append(state) or "killed")
    assert claw("stop", "--held").code == 0
    assert not answers
    assert not killed
    monkeypatch.setattr(switch, "_holds", lambda _: None)
    monkeypatch.setattr(switch, "STARTS_S", 0.0)
    assert claw("stop", "--held").code == 0
    assert killed == [tmp_path]


def test_nothing_is_held_where_nothing_is_stopped(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    assert claw("stop", "--held").code == 3
    assert not (tmp_path / LATCH).exists()
    assert not daemon.asked


def test_a_daemon_that_cannot_be_killed_is_no_stop_that_holds(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / LATCH).touch()
    monkeypatch.setattr(switch, "_kill", lambda _: switch.NOT_OURS)
    said = claw("stop", "--held")
    assert said.code == 1
    assert "NOT STOPPED" in said.err


def test_who_may_not_stop_a_service_is_told_who_may(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "SERVICE_STATE", tmp_path)
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    said = claw("stop")
    assert said.code == 1
    assert "`sudo claw stop`" in said.err
    assert "`systemctl start claw-stop`" in said.err


def test_a_stop_is_for_every_daemon_and_one_that_fails_keeps_no_other_from_it(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, there = tmp_path / "gone", tmp_path / "there"
    there.mkdir()
    monkeypatch.setattr(switch, "directories", lambda _: (gone, there))
    said = claw("stop", "--reason", "smoke")
    assert said.code == 3  # there is no such state directory
    assert read_latch(there / LATCH).reason == "smoke"


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: a latch of root's was not tried")
def test_a_stop_by_root_can_be_read_by_the_service(claw: Cli, tmp_path: Path) -> None:
    os.chown(tmp_path, 64_322, 64_322)
    assert claw("stop").code == 0
    found = (tmp_path / LATCH).stat()
    assert (found.st_uid, found.st_gid) == (64_322, 64_322)


def test_root_kills_nobody_whom_another_user_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, killed = _anothers(tmp_path), list[int]()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "kill", lambda pid, _: killed.append(pid))
    monkeypatch.setattr(switch, "state_holder", lambda _: os.getpid())
    assert (switch._kill(state), killed) == (switch.NOT_OURS, [])
    monkeypatch.setattr(switch, "state_holder", lambda _: 10**15)
    assert (switch._kill(state), killed) == (switch.NOT_OURS, [])


def _anothers(folder: Path) -> Path:
    """Return a folder that belongs to another user than runs this."""
    if os.geteuid() != 0:
        return Path("/")
    os.chown(folder, 12345, 12345)
    return folder
