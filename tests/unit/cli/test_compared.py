from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.cli import compared, show
from claw.policy.difference import Difference
from claw.policy.replay import Otherwise, Replayed
from claw.policy.testing import Result

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)


def open_door(lock: str, asker: str) -> Difference:
    return Difference("newly allowed", "lock.unlock", lock, asker, "deny", "allow", None, "open", "sat 22:00")


def test_differences_are_grouped_by_what_they_do_the_newly_allowed_first(capsys: pytest.CaptureFixture[str]) -> None:
    shut = Difference("newly denied", "light.turn_on", "light.a", "voice", "allow", "deny", "a", "b")
    compared.differences([shut, *(open_door(lock, asker) for lock in ("lock.a", "lock.b") for asker in ("adult", "x"))])
    assert capsys.readouterr().out.splitlines() == [
        "newly allowed (2 actions)",
        "  lock.unlock lock.a, lock.b for adult, x [sat 22:00]: no rule → open",
        "newly denied (1 action)",
        "  light.turn_on light.a for voice: a → b",
    ]


def test_many_names_are_cut_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    compared.differences([open_door(f"lock.n{number}", "x") for number in range(9)])
    assert "lock.n5 and 3 more for x" in capsys.readouterr().out


def test_no_difference_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    compared.differences([])
    compared.replayed(Replayed(4, ()), 30)
    assert capsys.readouterr().out.count("Nothing would") == 2


def test_a_replay_counts_what_was_asked_often_and_what_could_not_be_judged(capsys: pytest.CaptureFixture[str]) -> None:
    def asked(seq: int) -> Otherwise:
        actions = (Action("lock.unlock", ("lock.a",)),)
        origin = Origin("web", person="mia", authenticated=True)
        return Otherwise("newly allowed", seq, NOON, actions, origin, "deny", "allow", "no-kids", "kids")

    compared.replayed(Replayed(7, (asked(3), asked(5)), {"gone": 2, "erased": 1}), 30)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "7 requests of the last 30 days were judged anew."
    assert lines[1] == "newly allowed (2)"
    assert lines[2].startswith("  2 times lock.unlock lock.a for mia: no-kids → kids (last ")
    assert lines[2].endswith("entry 5)")
    assert lines[3] == "Not judged: 1 erased, 2 gone."


def test_every_test_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    compared.tested("p.yaml", [Result("one", 3, "allow"), Result("two", 4, "deny", "allow by [bold]x[/]")], show.out)
    assert capsys.readouterr().out.splitlines() == [
        "ok   p.yaml:3 one: allow",
        "FAIL p.yaml:4 two: deny, found allow by [bold]x[/]",
        "1 hold, 1 do not.",
    ]
