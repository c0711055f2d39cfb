import os
import sqlite3
import threading
from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused, Unavailable
from claw.care import doctor_case
from claw.store.db import lock_state, open_database
from tests.doctor_room import case, told


def test_what_there_is_not_is_none_and_raises_nothing(tmp_path: Path) -> None:
    about = case(tmp_path)
    assert (about.config, about.config_problem, about.status, about.daemon) == (None, "", None, "absent")
    assert (about.house, about.house_error, about.holder) == (None, None, None)
    with about.database("claw.db") as db:
        assert db is None
    assert (about.part("link"), about.part_number("uptime_s")) == ({}, 0.0)


def test_a_configuration_that_cannot_be_read_is_told_by_its_line(tmp_path: Path) -> None:
    about = case(tmp_path, config="house: {url: http://x}\nlisten: {port: many}\n")
    assert about.config is None
    assert "config.yaml, line 2" in about.config_problem or "config.yaml:2" in about.config_problem
    (tmp_path / "config.yaml").unlink()
    (tmp_path / "config.yaml").mkdir()
    assert case(tmp_path).config_problem


def test_a_daemon_that_answers_is_asked_once_for_its_status(tmp_path: Path) -> None:
    times: list[int] = []
    about = case(tmp_path, {"status": lambda: times.append(1) or told()})
    assert (about.daemon, about.daemon, about.part("stop")["engaged"]) == ("running", "running", False)
    assert times == [1]
    assert about.silence == ""
    with pytest.raises(Refused):
        case(tmp_path, {"people": Refused("not you")}).asked("people")


def test_a_daemon_that_hangs_is_asked_once_and_then_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_case, "ASK_S", 0.05)
    over, asked = threading.Event(), list[str]()
    about = case(tmp_path, {"status": lambda: asked.append("status") or over.wait(30)})
    try:
        assert about.daemon == "silent"
        assert "within 0.05 s" in about.silence
        with pytest.raises(Unavailable):
            about.asked("people")
        assert asked == ["status"]
    finally:
        over.set()


def test_a_lie_instead_of_a_status_is_no_status(tmp_path: Path) -> None:
    for lie in ([], "x", 7):
        about = case(tmp_path, {"status": lie})
        assert (about.status, about.daemon) == (None, "silent")
    about = case(tmp_path, {"status": {"stop": [], "uptime_s": "long"}})
    assert (about.part("stop"), about.part_number("uptime_s")) == ({}, 0.0)


def test_a_daemon_that_holds_the_directory_without_a_socket_is_silent(tmp_path: Path) -> None:
    lock = lock_state(tmp_path / "state")
    try:
        about = case(tmp_path)
        assert (about.daemon, about.holder) == ("silent", os.getpid())
    finally:
        lock.release()


def test_a_database_is_read_without_a_trace_and_damage_is_told(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    open_database(state / "claw.db").close()
    before = {each.name: each.read_bytes() for each in state.iterdir()}
    with case(tmp_path).database("claw.db") as db:
        assert db is not None
        with pytest.raises(sqlite3.OperationalError):
            db.execute("CREATE TABLE t (x)")
    assert {each.name: each.read_bytes() for each in state.iterdir()} == before
    (state / "claw.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(Broken, match="damaged"), case(tmp_path).database("claw.db"):
        pass
    (state / "audit.db").mkdir()
    with pytest.raises(Broken), case(tmp_path).database("audit.db"):
        pass


def test_a_damage_that_shows_while_it_is_read_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    open_database(tmp_path / "state" / "claw.db").close()
    about = case(tmp_path)

    def read() -> None:
        with about.database("claw.db") as db:
            assert db is not None
            db.execute("SELECT * FROM nothing")

    with pytest.raises(Broken, match="nothing"):
        read()


def test_a_command_means_the_same_daemon(tmp_path: Path) -> None:
    about = case(tmp_path, options=" --state-dir /x")
    assert about.claw("log verify") == "claw log verify --state-dir /x"
    assert about.claw_configured("run") == f"claw run --state-dir /x --config {tmp_path / 'config.yaml'}"


def test_a_house_that_is_not_there_is_told_and_a_token_is_never_in_the_words(tmp_path: Path) -> None:
    about = case(
        tmp_path,
        config="house: {url: 'http://127.0.0.1:1'}\n",
        environment={"CLAW_HOUSE_TOKEN": "very-secret"},
    )
    assert about.house is None
    assert "nobody listens there" in str(about.house_error)
    assert "very-secret" not in str(about.house_error)
    assert "no token" in str(case(tmp_path, config="house: {url: 'http://127.0.0.1:1'}\n").house_error)
