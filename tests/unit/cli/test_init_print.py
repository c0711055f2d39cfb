"""What is shown of a home: its risky things in groups, names made harmless."""

from pathlib import Path

import pytest

from claw.care.finding import Finding
from claw.care.init_files import Planned
from claw.care.init_risks import risky_things
from claw.cli import init_print
from tests.init_room import ADMIN, home_of


def test_a_home_and_its_risky_things_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"entity_id": "lock.front", "name": "[red]Front\x1b[2J\u202e", "area": "hall", "exposed": True},
        {"entity_id": "light.hall"},
        *({"entity_id": f"siren.s{number}"} for number in range(20)),
    ]
    home = home_of(rows, token_of=ADMIN)
    init_print.home(home)
    init_print.risky(risky_things(home.house.registry))
    out = capsys.readouterr().out
    assert "22 things in 1 rooms, 2 of them exposed" in out
    assert "an administrator" in out
    assert "lock.front  [red]Front[2J, Hall exposed" in out
    assert "Locks (tier 3)" in out
    assert "and 8 more" in out
    assert "\u202e" not in out


def test_a_home_without_anything_risky_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    init_print.risky(())
    assert "Nothing risky was found" in capsys.readouterr().out


def test_findings_come_with_what_mends_them(capsys: pytest.CaptureFixture[str]) -> None:
    init_print.findings([Finding("token", "warning", "too much [bold]", "make a user")])
    assert capsys.readouterr().out == "warning token: too much [bold]\n  make a user\n"


def test_what_is_to_be_written_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("policy.yaml")
    files = [
        Planned(path, None, "a\nb\n", "a\nb\n"),
        Planned(path, "a\n", "b\n", "b\n"),
        Planned(path, "a\n", "b\n", "a\n"),
        Planned(path, "a\n", "b\n", "a\n", ("lost\n",), "it is not of `claw init`"),
    ]
    init_print.plan(files)
    out = capsys.readouterr().out
    for said in (
        "New: policy.yaml (2 lines)",
        "-a\n+b",
        "Nothing to change",
        "stays as it is",
        "policy.yaml.proposed",
        "lost",
    ):
        assert said in out
    assert [init_print.planned_json(one)["changes"] for one in files] == [True, True, False, False]
