import pytest

from claw.base.degraded import MOST, Degraded, Fault
from tests.held_clock import HeldClock


def test_each_change_is_told_once_and_the_words_stay_the_newest() -> None:
    clock = HeldClock()
    degraded = Degraded(clock)
    told: list[tuple[str, bool]] = []
    end = degraded.on_change(lambda fault, works: told.append((fault.text, works)))
    began = clock.now()
    degraded.works("model")
    degraded.fails("model", "no answer")
    degraded.fails("model", "no answer for an hour")
    assert degraded.now() == (Fault("model", "no answer for an hour", began),)
    degraded.works("model")
    degraded.works("model")
    assert told == [("no answer", False), ("no answer for an hour", True)]
    end()
    degraded.fails("model", "again")
    assert len(told) == 2
    assert degraded.now()[0].as_json() == {"part": "model", "text": "again", "since": began.isoformat()}


def test_who_breaks_while_it_listens_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    degraded = Degraded(HeldClock())
    told: list[str] = []
    degraded.on_change(lambda _fault, _works: 1 / 0)
    degraded.on_change(lambda fault, _works: told.append(fault.part))
    degraded.fails("telegram", "no answer")
    assert told == ["telegram"]
    assert "not told" in caplog.text


def test_parts_without_end_are_not_kept() -> None:
    degraded = Degraded(HeldClock())
    for number in range(MOST + 5):
        degraded.fails(f"part {number}", "no answer")
    assert len(degraded.now()) == MOST
