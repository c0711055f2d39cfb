from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import ClawError, Unavailable
from claw.care import doctor_case
from claw.care.doctor_house import house
from claw.care.house_asked import Seen, TokenNotTaken
from claw.daemon.demo import FOLDER
from tests.doctor_room import case, found, told, worse

REAL = "house: {url: 'http://127.0.0.1:1'}\n"
SEEN = Seen("2026.10.1", "UTC", admin=False, entities=40, unavailable=1, ahead_s=0.0)


def answers(monkeypatch: pytest.MonkeyPatch, seen: Seen | ClawError) -> None:
    def ask(*_: object) -> Seen:
        if isinstance(seen, ClawError):
            raise seen
        return seen

    monkeypatch.setattr(doctor_case, "ask_house", ask)


def real(folder: Path, **status: object) -> doctor_case.Case:
    answered = {"status": told(**status)} if status else None
    return case(folder, answered, config=REAL, environment={"CLAW_HOUSE_TOKEN": "t"})


def test_a_house_that_answers_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, SEEN)
    assert found(house, real(tmp_path)) == [("ok", "Home Assistant 2026.10.1 answers, with 40 entities.")]


@pytest.mark.parametrize(
    ("seen", "level", "word"),
    [
        (replace(SEEN, version="2023.12.4"), "warning", "older than the oldest"),
        (replace(SEEN, version="2027.1.0"), "note", "newer than the newest"),
        (replace(SEEN, version="2025.4.4"), "note", "at which satellite"),
        (replace(SEEN, version="unstable"), "note", "says nothing"),
        (replace(SEEN, recovery=True), "problem", "recovery mode"),
        (replace(SEEN, running=False), "note", "still starting"),
        (replace(SEEN, unavailable=30), "warning", "30 of 40"),
    ],
)
def test_what_is_odd_about_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: Seen, level: str, word: str
) -> None:
    answers(monkeypatch, seen)
    ((told_level, text),) = worse(house, real(tmp_path))
    assert (told_level, word in text) == (level, True)


def test_one_that_does_not_answer_is_a_problem_unless_the_daemon_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, Unavailable("it cannot be reached (nobody listens there)"))
    ((level, text),) = worse(house, real(tmp_path))
    assert (level, "nobody listens there" in text) == ("problem", True)
    assert [level for level, _ in worse(house, real(tmp_path, entities=81))] == ["note"]
    answers(monkeypatch, TokenNotTaken("Home Assistant refuses the token"))
    assert worse(house, real(tmp_path)) == [], "the token says that"


def test_what_the_daemon_says_of_its_link_is_told(tmp_path: Path) -> None:
    lost = {"status": "lost", "detail": "it hung up", "since": "2026-01-05T11:00:00+00:00", "ready": False}
    assert worse(house, case(tmp_path, {"status": told(link=lost)})) == [
        ("problem", "The daemon has no link to the house since 2026-01-05T11:00: it hung up.")
    ]
    assert [level for level, _ in worse(house, case(tmp_path, {"status": told(entities=0)}))] == ["warning"]


def test_a_simulated_house_is_one_too(tmp_path: Path) -> None:
    about = case(tmp_path, config=f"house: {{simulated: {FOLDER / 'house.yaml'}}}\n")
    ((level, text),) = found(house, about)
    assert (level, "is simulated" in text) == ("ok", True)
