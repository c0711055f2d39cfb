"""The steps of setting up: a token from somewhere, decisions once, files that are checked before they are written."""

from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused
from claw.care.house_asked import TokenNotTaken
from claw.cli import init_work
from claw.cli.init_asking import Asking
from claw.cli.init_work import Work, _owner_uid, _port
from tests.init_room import SetUpHass, apart, demo_home


def work(folder: Path, **given: str) -> Work:
    asking = Asking(given, usual=True)
    return Work(asking, folder / "config.yaml", folder / "policy.yaml", folder / "house-token", port=1, quiet=True)


def test_a_kept_token_is_used_and_a_new_one_asked_for_when_it_is_taken_no_more(tmp_path: Path) -> None:
    house = SetUpHass()
    with apart(house):
        home, token = work(tmp_path, address=house.url).home(None, "", house.token)
        assert (token, home.url) == (house.token, house.url)
        given = {"address": house.url, "user": "anna", "password": "secret"}
        assert work(tmp_path, **given).home(None, "", "old token")[1] == "long-lived-1"


def test_a_token_that_was_named_and_is_not_taken_is_an_error(tmp_path: Path) -> None:
    house = SetUpHass()
    with apart(house):
        with pytest.raises(TokenNotTaken):
            work(tmp_path, address=house.url, token="other").home(None, "wrong", "")
        with pytest.raises(Refused, match="knows no such user"):
            work(tmp_path, address=house.url, user="anna", password="wrong").home(None, "", "")


def test_nothing_is_written_that_was_not_decided_or_not_wanted(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        work(tmp_path).write("t")
    there = work(tmp_path / "home", write="no")
    there.decide(demo_home())
    assert not there.write("t")
    assert not (tmp_path / "home").exists()


def test_decisions_are_kept_for_the_next_time(tmp_path: Path) -> None:
    first = work(tmp_path, people="anna=owner, ben=guest", locks="never", heating="18-22", write="y")
    first.decide(demo_home())
    assert first.write("t")
    policy = (tmp_path / "policy.yaml").read_text()
    assert "deny: [lock.unlock, lock.open]" in policy
    answer = work(tmp_path).decide(demo_home())
    assert [one["changes"] for one in answer["files"]] == [False, False]


def test_the_trial_is_for_somebody_who_is_there_and_once(tmp_path: Path) -> None:
    assert not work(tmp_path).wants_trial()
    assert work(tmp_path, stop="stop", reset="x").wants_trial()
    (tmp_path / ".init").mkdir()
    (tmp_path / ".init" / "answers.json").write_text('{"tried": true}', encoding="utf-8")
    assert not work(tmp_path).wants_trial()


def test_a_trial_that_cannot_begin_is_told(tmp_path: Path) -> None:
    there = work(tmp_path)
    there.decide(demo_home())
    found = there.trial(demo_home(), tmp_path / "state")
    assert found["ok"] is False
    assert found["problem"]


def test_the_port_of_the_last_time_stays_unless_another_is_asked_for() -> None:
    assert (_port(9000, 8321), _port(9000, 1234), _port("x", 8321), _port(-1, 8321)) == (9000, 1234, 8321, 8321)


def test_under_sudo_the_owner_is_who_typed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init_work.os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1000")
    assert _owner_uid() == 1000
    monkeypatch.setenv("SUDO_UID", "x")
    assert _owner_uid() == 0
    monkeypatch.setattr(init_work.os, "getuid", lambda: 1001)
    monkeypatch.setenv("SUDO_UID", "1000")
    assert _owner_uid() == 1001
