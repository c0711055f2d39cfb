"""Who answers the questions of `claw init`, and what is no answer."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from claw.base.errors import Invalid, Refused, Unavailable
from claw.cli import init_asking
from claw.cli.init_asking import TRIES, Asking, read_answers


def number(said: str) -> int:
    if said == "down":
        raise Unavailable("it is down")
    return int(said)


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A person at a terminal who types these lines."""

    def types(*lines: str) -> None:
        waiting = list(lines)

        def line(*_: object, **__: object) -> str:
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr(init_asking.sys, "stdin", SimpleNamespace(isatty=lambda: True))
        monkeypatch.setattr("builtins.input", line)
        monkeypatch.setattr(init_asking.getpass, "getpass", line)

    return types


def test_what_was_given_is_taken_and_counted_once() -> None:
    asking = Asking({"people": "3"}, usual=False)
    assert asking.has("people")
    assert asking.ask("people", "Who", number) == 3
    assert (asking.count, asking.typed, asking.has("people")) == (1, 0, False)


def test_what_is_usual_is_no_answer_of_anybodys() -> None:
    asking = Asking({}, usual=True)
    assert asking.ask("people", "Who", number, "4") == 4
    assert (asking.count, asking.may_ask("people")) == (0, False)


def test_without_a_terminal_it_says_which_answer_is_missing() -> None:
    for usual in (False, True):
        with pytest.raises(Refused, match="no answer to 'people'"):
            Asking({}, usual=usual).ask("people", "Who", number)


def test_a_wrong_answer_of_a_file_is_refused_and_named() -> None:
    with pytest.raises(Refused, match="people: "):
        Asking({"people": "x"}, usual=False).ask("people", "Who", number)


def test_a_person_is_told_and_asked_again(typing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    typing("x", "down", "", "5")
    asking = Asking({}, usual=False)
    assert asking.ask("people", "Who", number) == 5
    assert (asking.count, asking.typed) == (4, 4)
    out, err = capsys.readouterr()
    assert "Who: " in out
    assert "it is down" in err


def test_enter_takes_what_is_usual(typing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    typing("")
    assert Asking({}, usual=False).ask("people", "Who", number, "6") == 6
    assert "Who [6]: " in capsys.readouterr().out


def test_a_long_question_is_broken_between_words(
    typing: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    typing("")
    Asking({}, usual=False).ask("locks", "Locks: ask an adult each time, or never open them through Claw", str, "ask")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["Locks: ask an adult each time, or never open them", "through Claw [ask]: "]


def test_programs_get_their_json_undisturbed(typing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    typing("1")
    Asking({}, usual=False, quiet=True).ask("people", "Who", number)
    assert capsys.readouterr().out == ""


def test_nobody_is_asked_forever(typing: Any) -> None:
    typing(*["x"] * 20)
    with pytest.raises(Refused, match="nothing was written"):
        Asking({}, usual=False).ask("people", "Who", number)
    typing(*["x"] * (TRIES - 1))
    with pytest.raises(typer.Abort):
        Asking({}, usual=False).ask("people", "Who", number)


def test_secrets_are_not_shown(typing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    typing("hidden")
    monkeypatch.setattr("builtins.input", lambda: pytest.fail("it was typed in the open"))
    assert Asking({}, usual=False).ask("password", "Password", str) == "hidden"


def test_answers_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("people: anna=owner\nlocks: never\n", encoding="utf-8")
    path.chmod(0o644)
    assert read_answers(path) == {"people": "anna=owner", "locks": "never"}
    path.write_text("wrong: x\n", encoding="utf-8")
    with pytest.raises(Invalid, match="wrong"):
        read_answers(path)


@pytest.mark.parametrize("key", ["token", "password", "code"])
def test_a_file_with_a_secret_is_for_nobody_else(tmp_path: Path, key: str) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(f'{key}: "the-secret"\n', encoding="utf-8")
    for mode in (0o644, 0o640, 0o604):
        path.chmod(mode)
        with pytest.raises(Refused, match="chmod 600") as refused:
            read_answers(path)
        assert "the-secret" not in str(refused.value)
    path.chmod(0o600)
    assert read_answers(path) == {key: "the-secret"}
