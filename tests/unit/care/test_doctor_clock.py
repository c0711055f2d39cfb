from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.care.doctor_clock import clock
from claw.store.db import connect
from tests.doctor_room import case, found, mends, worse
from tests.held_clock import HeldClock
from tests.unit.care.test_doctor_house import SEEN, answers, real


@pytest.mark.parametrize(("ahead", "level"), [(0.0, None), (-3.0, None), (20.0, "warning"), (-4000.0, "problem")])
def test_a_difference_to_the_houses_clock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, level: str | None
) -> None:
    answers(monkeypatch, replace(SEEN, ahead_s=ahead, time_zone=""))
    assert [one for one, _ in worse(clock, real(tmp_path))] == ([level] if level else [])
    if level:
        side = "behind" if ahead > 0 else "ahead of"
        assert f"{abs(ahead):.0f} s {side} Home Assistant's" in worse(clock, real(tmp_path))[0][1]
        assert mends(clock, real(tmp_path)) == ["timedatectl set-ntp true"]


def test_a_zone_that_is_another_in_summer_or_in_winter_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = SystemClock().now().astimezone().utcoffset()
    assert own is not None
    answers(monkeypatch, replace(SEEN, time_zone="Pacific/Kiritimati"))
    assert [level for level, _ in worse(clock, real(tmp_path))] == ["note"]
    answers(monkeypatch, replace(SEEN, time_zone="Mars/Olympus"))
    assert [level for level, _ in worse(clock, real(tmp_path))] == ["warning"]
    answers(monkeypatch, replace(SEEN, time_zone="../../etc/passwd"))
    assert [level for level, _ in worse(clock, real(tmp_path))] == ["warning"]


def test_a_house_that_says_nothing_of_the_time_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, replace(SEEN, ahead_s=None, time_zone=""))
    assert found(clock, real(tmp_path)) == []
    assert found(clock, case(tmp_path)) == []


def test_a_clock_behind_the_log_was_set_back(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    log = connect(tmp_path / "state" / "audit.db")
    log.execute("CREATE TABLE rows (time INTEGER)")
    noon = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    log.execute("INSERT INTO rows VALUES (?)", (int(noon.timestamp() * 1e6),))
    log.close()
    assert worse(clock, case(tmp_path, clock=HeldClock(noon))) == []
    ((level, text),) = worse(clock, case(tmp_path, clock=HeldClock(noon.replace(hour=11))))
    assert (level, "3600 s behind" in text) == ("problem", True)
