from importlib import metadata
from pathlib import Path

import pytest

from claw.base.reinstall import again
from claw.care import doctor_versions
from claw.care.doctor_versions import fits, unmet, versions
from tests.doctor_room import case, worse


@pytest.mark.parametrize(
    ("version", "clauses", "holds"),
    [
        ("3.11.2", ">=3.11,<4", True),
        ("4.0", ">=3.11,<4", False),
        ("3.9", ">=3.11,<4", False),
        ("1.4.0", "==1.4.0", True),
        ("1.4", "==1.4.0", True),
        ("1.4.1", "==1.4.0", False),
        ("2.0", "!=2", False),
        ("2.1", ">2,<=2.1", True),
        ("1.4.9", "~=1.4.2", True),
        ("1.5.0", "~=1.4.2", False),
        ("2026.10.1", ">=2026.10", True),
        ("1.2rc1", ">=1.2", True),
        ("odd", ">=1", False),
        ("1.0", "", True),
        ("1.0", "written otherwise", True),
    ],
)
def test_a_version_is_held_against_its_bounds(version: str, clauses: str, holds: bool) -> None:
    assert fits(version, clauses) is holds


def test_what_is_missing_or_too_old_is_told_and_what_nobody_asked_for_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"lamp": "1.5", "old": "0.9", "extra": "1.0"}

    def version(name: str) -> str:
        if name not in there:
            raise metadata.PackageNotFoundError
        return there[name]

    monkeypatch.setattr(doctor_versions.metadata, "version", version)
    wanted = [
        "lamp<2,>=1",
        "old>=1",
        "gone>=1",
        'elsewhere>=1; platform_machine == "mips"',
        'unasked>=1; extra == "voice"',
        'extra>=2; extra == "voice"',
        "lamp[fast]>=1",
        ";;;",
        "",
    ]
    assert {one.mend for one in unmet(wanted)} == {again()}
    assert [one.text for one in unmet(wanted)] == [
        "old is installed in version 0.9, and Claw asks for >=1.",
        "gone is not installed, and Claw needs it.",
        "extra is installed in version 1.0, and Claw asks for >=2.",
    ]


def test_this_python_has_all_of_it(tmp_path: Path) -> None:
    assert [one for one in worse(versions, case(tmp_path)) if one[0] != "note"] == []


def test_a_python_from_tomorrow_and_a_claw_that_is_not_installed_are_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_versions, "TRIED", ((3, 8), (3, 9)))
    monkeypatch.setattr(doctor_versions, "CLAW", "claw-that-nobody-installed")
    assert [level for level, _ in worse(versions, case(tmp_path))] == ["note", "note"]
