from pathlib import Path

import pytest

from claw.care import doctor_unit
from claw.care.doctor_unit import INSTALL, MAKE, unit
from tests.doctor_room import case, found, mends, worse

ROOT = Path(__file__).parents[3]
WELL = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nWatchdogUSec=30s\nNRestarts=0\nResult=success\n"


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemd whose systemctl prints the file ``says``, and a place for units."""
    (tmp_path / "run").mkdir()
    (tmp_path / "units").mkdir()
    (tmp_path / "units" / "claw.service").touch()
    (tmp_path / "says").write_text(WELL)
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/says\n')
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setattr(doctor_unit, "SYSTEMD", tmp_path / "run")
    monkeypatch.setattr(doctor_unit, "PLACES", (tmp_path / "units",))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_a_machine_without_systemd_and_one_without_the_service_are_told(
    systemd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [level for level, _ in found(unit, case(systemd))] == ["ok"]
    (systemd / "units" / "claw.service").unlink()
    assert [level for level, _ in found(unit, case(systemd))] == ["note"]
    script = systemd / "install.sh"  # as a release would have it
    monkeypatch.setattr(doctor_unit, "INSTALL", f"sh {script} --enable")
    assert [one.mend for one in unit(case(systemd))] == [MAKE]
    script.touch()
    assert [one.mend for one in unit(case(systemd))] == [f"sh {script} --enable"]
    script.unlink()
    monkeypatch.setattr(doctor_unit, "is_clone", lambda: False)
    assert [one.mend for one in unit(case(systemd))] == [f"sh {script} --enable"]
    (systemd / "run").rmdir()
    assert [level for level, _ in found(unit, case(systemd))] == ["ok"]


def test_what_installs_the_service_is_there_and_takes_what_it_is_given() -> None:
    _, script, option = INSTALL.split()
    prefix, _, below = script.partition("/share/claw/")
    assert f"prefix={prefix}\n" in (ROOT / "packaging" / "install.sh").read_text(encoding="utf-8")
    assert f"{option})" in (ROOT / below).read_text(encoding="utf-8")
    assert '"systemd", "share/claw/systemd"' in (ROOT / "setup.py").read_text(encoding="utf-8")
    assert f"\n{MAKE.split()[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_systemd_is_only_asked(systemd: Path) -> None:
    list(unit(case(systemd)))
    assert (systemd / "asked").read_text().startswith("show claw.service --property=LoadState,")


@pytest.mark.parametrize(
    ("line", "level", "mend"),
    [
        ("ActiveState=failed", "problem", "journalctl -u claw.service -n 50"),
        ("LoadState=bad-setting", "problem", "systemd-analyze verify claw.service"),
        ("UnitFileState=disabled", "warning", "systemctl enable claw.service"),
        ("WatchdogUSec=0", "warning", INSTALL),
        ("NRestarts=7", "warning", "journalctl -u claw.service -p warning -n 100"),
    ],
)
def test_what_is_wrong_with_the_service_is_told(systemd: Path, line: str, level: str, mend: str) -> None:
    (systemd / "says").write_text(WELL + line + "\n")
    assert [one for one, _ in worse(unit, case(systemd))] == [level]
    assert mends(unit, case(systemd)) == [mend]


def test_one_that_does_not_run_is_a_note(systemd: Path) -> None:
    (systemd / "says").write_text(WELL.replace("=active", "=inactive"))
    assert worse(unit, case(systemd)) == [("note", "The service does not run.")]


def test_a_systemctl_that_fails_hangs_or_is_missing_is_told(systemd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_unit, "ASK_S", 0.3)
    for script in ("exit 1", "exec sleep 60", "printf '\\377'"):
        (systemd / "systemctl").write_text(f"#!/bin/sh\n{script}\n")
        assert [level for level, _ in worse(unit, case(systemd))] == ["warning"]
    monkeypatch.setenv("PATH", str(systemd / "run"))
    assert [level for level, _ in worse(unit, case(systemd))] == ["warning"]
