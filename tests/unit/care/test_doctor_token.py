from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from claw.care.doctor_token import token
from claw.care.house_asked import TokenNotTaken
from tests.doctor_room import case, found, mends, told, worse
from tests.unit.care.test_doctor_house import REAL, SEEN, answers, real

FILE = "house: {url: 'http://127.0.0.1:1', token_file: house-token}\n"
PHONE = "channels: {phones: [{service: notify.mobile_app_a, person: anna, user: '" + "0" * 32 + "'}]}\n"


def test_a_simulated_house_needs_none(tmp_path: Path) -> None:
    assert found(token, case(tmp_path)) == []
    assert found(token, case(tmp_path, config="house: {simulated: h.yaml}\n")) == []


def test_one_of_a_small_user_in_a_file_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, SEEN)
    (tmp_path / "house-token").touch(0o600)
    (tmp_path / "house-token").write_text("t")
    assert found(token, case(tmp_path, config=FILE)) == [("ok", "The token is of a user that administers nothing.")]
    assert [level for level, _ in worse(token, real(tmp_path))] == ["note"], "in the environment others read it"


def test_one_that_others_read_is_a_problem_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, SEEN)
    (tmp_path / "house-token").write_text("t")
    (tmp_path / "house-token").chmod(0o644)
    about = case(tmp_path, config=FILE)
    assert [level for level, _ in worse(token, about)] == ["problem"]
    assert mends(token, about) == [f"chmod 600 {tmp_path / 'house-token'}"]


def test_one_that_is_missing_is_a_problem_unless_the_daemon_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, Unavailable("no"))
    assert [level for level, _ in worse(token, case(tmp_path, config=FILE))] == ["problem"]
    assert [level for level, _ in worse(token, case(tmp_path, config=REAL))] == ["problem"]
    assert [level for level, _ in worse(token, case(tmp_path, {"status": told()}, config=FILE))] == ["note"]


def test_one_that_is_refused_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, TokenNotTaken("Home Assistant refuses the token"))
    assert ("problem", "Home Assistant refuses the token.") in worse(token, real(tmp_path))


def test_one_that_may_everything_is_a_warning_with_the_way_to_a_smaller_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seen in (replace(SEEN, admin=True), replace(SEEN, admin=True, owner=True)):
        answers(monkeypatch, seen)
        assert [level for level, _ in worse(token, real(tmp_path))] == ["note", "warning"]
        assert "no administrator" in mends(token, real(tmp_path))[0]
    answers(monkeypatch, replace(SEEN, admin=None))
    assert ("note", "Home Assistant does not say whose token this is.") in worse(token, real(tmp_path))


def test_phones_need_an_administrators_which_is_no_news_but_in_the_view_for_security(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, replace(SEEN, admin=True))
    written, variables = REAL + PHONE, {"CLAW_HOUSE_TOKEN": "t"}
    for security, level in ((False, "note"), (True, "warning")):
        about = case(tmp_path, config=written, environment=variables, security=security)
        assert [one for one, text in worse(token, about) if "administers" in text] == [level]
