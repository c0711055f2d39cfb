from pathlib import Path

import pytest

from claw.base.errors import ClawError, Unavailable
from claw.care import doctor_model
from claw.care.doctor_model import model
from claw.care.model_asked import Server
from tests.doctor_room import case, found, mends, told, worse

CONFIG = "house: {simulated: h.yaml}\nmodel: {name: small, base_url: 'http://127.0.0.1:1', key_file: key}\n"
WELL = Server(takes_key=True, has_model=True)
STATUS = {"name": "small", "host": "h", "problem": "", "tokens": 5, "tokens_per_day": 100, "background": 0}


def answers(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Server | ClawError = WELL) -> None:
    def ask(*_: object) -> Server:
        if isinstance(answer, ClawError):
            raise answer
        return answer

    monkeypatch.setattr(doctor_model, "ask_server", ask)
    (folder / "key").write_text("k")
    (folder / "key").chmod(0o600)


def test_none_is_well(tmp_path: Path) -> None:
    assert [level for level, _ in found(model, case(tmp_path))] == ["ok"]


def test_one_that_is_there_is_well_and_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch)
    monkeypatch.setattr(doctor_model, "ask_model", lambda *_: pytest.fail("it was asked"))
    assert found(model, case(tmp_path, config=CONFIG)) == [("ok", "The server of the model small answers.")]


@pytest.mark.parametrize(
    ("answer", "level", "word"),
    [
        (Unavailable("it cannot be reached"), "problem", "does not answer"),
        (Server(takes_key=False, has_model=None), "problem", "refuses the key"),
        (Server(takes_key=True, has_model=False), "warning", "does not list it"),
    ],
)
def test_what_is_wrong_with_the_server_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Server | ClawError, level: str, word: str
) -> None:
    answers(tmp_path, monkeypatch, answer)
    ((one, text),) = worse(model, case(tmp_path, config=CONFIG))
    assert (one, word in text) == (level, True)


def test_a_key_that_others_read_or_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch)
    (tmp_path / "key").chmod(0o644)
    about = case(tmp_path, config=CONFIG)
    assert mends(model, about) == [f"chmod 600 {tmp_path / 'key'}"]
    (tmp_path / "key").unlink()
    assert [level for level, _ in worse(model, case(tmp_path, config=CONFIG))] == ["problem"]
    assert [level for level, _ in worse(model, case(tmp_path, {"status": told(model=STATUS)}, config=CONFIG))] == [
        "note"
    ]


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({"problem": "no key"}, "problem"),
        ({"tokens": 100}, "warning"),
        ({"tokens": 95}, "note"),
        ({"money": 2.0, "money_per_day": 1.0}, "warning"),
    ],
)
def test_what_the_daemon_knows_of_it_is_told(tmp_path: Path, changed: dict[str, object], level: str) -> None:
    about = case(tmp_path, {"status": told(model={**STATUS, **changed})})
    assert [one for one, _ in worse(model, about)] == [level]


def test_the_model_is_asked_only_where_that_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch)
    monkeypatch.setattr(doctor_model, "ask_model", lambda *_: "ready")
    about = case(tmp_path, config=CONFIG, ask_model=True)
    assert ("ok", 'The model answered "ready".') in found(model, about)

    def fails(*_: object) -> str:
        raise Unavailable("it is full")

    monkeypatch.setattr(doctor_model, "ask_model", fails)
    assert [level for level, _ in worse(model, case(tmp_path, config=CONFIG, ask_model=True))] == ["problem"]
