"""Routines in a terminal: what a person needs to know in few lines, and nothing in them drives the terminal."""

from typing import Any

import pytest

from claw.cli.routines_print import came, due, exported, listed, one, past


def moment(wall: str, said: str) -> dict[str, str]:
    return {"at": f"{wall}+00:00", "wall": wall, "said": said}


ROW: dict[str, Any] = {
    "id": "r1",
    "name": "Blinds",
    "kind": "routine",
    "state": "on",
    "why": "",
    "fires": True,
    "when": ["every weekday at 07:00"],
    "does": ["open the blinds", "turn on the lamp"],
    "by_event": False,
    "made_by": "Anna",
    "mine": True,
    "adopted_by": "",
    "created": "2026-11-22T12:00:00+00:00",
    "last": None,
    "expires": None,
    "next": [moment("2026-11-24T07:00:00", "tomorrow 07:00"), moment("2026-11-25T07:00:00", "Wed 07:00")],
    "runs": 0,
    "shadow_left": 0,
    "skips": [],
    "can": ["run"],
}
RUN: dict[str, Any] = {
    "id": 1,
    "routine": "r1",
    "name": "Blinds",
    "due": moment("2026-11-23T07:00:00", "today 07:00"),
    "until": None,
    "began": "2026-11-23T06:00:00+00:00",
    "ended": None,
    "late_s": 0,
    "status": "done",
    "reason": "",
    "cause": "",
    "by_hand": "",
    "times": 1,
    "entries": [7],
    "would": [],
}


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def test_a_routine_is_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    listed([ROW])
    assert capsys.readouterr().out.splitlines() == [
        "Blinds r1  on",
        "  every weekday at 07:00: open the blinds, then turn on the lamp",
        "  next tomorrow 07:00, Wed 07:00 · yours · ran 0 times",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": "paused", "why": "paused by hand"}, "paused (paused by hand)"),
        ({"state": "waiting"}, "waits for a yes"),
        ({"state": "shadow", "shadow_left": 2}, "2 dry runs to come"),
        ({"next": [], "by_event": True}, "waits for what sets it off"),
        ({"next": []}, "nothing is due any more"),
        ({"mine": False}, "of Anna"),
        ({"adopted_by": "Ben"}, "adopted by Ben"),
        ({"expires": moment("2026-12-01T00:00:00", "1 Dec 00:00")}, "ends 1 Dec 00:00"),
        ({"skips": ["2026-11-27"]}, "not on 2026-11-27"),
        ({"runs": 3, "last": moment("2026-11-23T07:00:00", "today 07:00")}, "ran 3 times, last today 07:00"),
    ],
)
def test_how_it_stands_is_told(more: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed([{**ROW, **more}])
    assert said in capsys.readouterr().out


def test_without_any_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    listed([])
    due([])
    past([])
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_all_of_one_is_its_rules_and_its_last_runs(capsys: pytest.CaptureFixture[str]) -> None:
    one({**ROW, "rules": ["not from 22:00 to 07:00"], "tainted": ["calendar"], "entry": 42, "history": [RUN]})
    out = capsys.readouterr().out
    for said in ("not from 22:00 to 07:00", "influenced by calendar", "claw why 42", "2026-11-23 07:00  done"):
        assert said in out


def test_the_next_firings_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    due([{**ROW["next"][0], "routine": "r1", "name": "Blinds", "state": "shadow"}])
    assert capsys.readouterr().out == "2026-11-24 07:00  tomorrow 07:00  Blinds r1  dry\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "missed", "reason": "Claw did not run"}, "missed   Blinds r1  Claw did not run"),
        ({"late_s": 420}, "7 min late"),
        ({"late_s": 7260}, "2 h 1 min late"),
        ({"by_hand": "Ben"}, "asked for by Ben"),
        ({"cause": "the door opened"}, "the door opened"),
        ({"times": 12, "until": moment("2026-11-23T08:00:00", "")}, "12 times until 2026-11-23 08:00"),
        ({"status": "shadow", "would": ["open the blinds"]}, "would open the blinds"),
    ],
)
def test_a_row_of_the_history_says_why(more: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    past([{**RUN, **more}])
    assert said in capsys.readouterr().out


def test_what_came_of_it_is_told_with_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    came({"status": "pending", "text": "Shall I?", "ask": "q1", "warnings": ["nobody is home"], "would": ["open"]})
    assert capsys.readouterr().out.splitlines() == ["Shall I?  claw approve q1", "  nobody is home", "  open"]


def test_no_text_drives_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "[red]\x1b[2Jx\u202e[/]"
    row = {**ROW, "name": evil, "why": evil, "when": [evil], "does": [evil], "made_by": evil, "mine": False}
    listed([row])
    past([{**RUN, "name": evil, "reason": evil, "cause": evil, "would": [evil], "status": "odd"}])
    due([{**ROW["next"][0], "said": evil, "routine": evil, "name": evil, "state": "on"}])
    came({"status": "done", "text": evil, "warnings": [evil], "would": [evil]})
    exported({"yaml": evil})
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]" in out
