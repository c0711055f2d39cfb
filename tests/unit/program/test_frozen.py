"""The clock and the chance that a program sees."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from claw.program.frozen import Frozen

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=timezone(timedelta(hours=1)))


def test_the_time_is_the_houses_own() -> None:
    frozen = Frozen(NOW, 1)
    assert frozen.answer("datetime.now", (None,)) == datetime(2026, 1, 5, 0, 30)  # noqa: DTZ001  as Python has it
    assert frozen.answer("datetime.now", (UTC,)) == NOW
    assert str(frozen.answer("datetime.now", (UTC,))) == "2026-01-04 23:30:00+00:00"
    assert str(frozen.answer("date.today", ())) == "2026-01-05"
    assert frozen.answer("time.time", ("time.monotonic",)) == NOW.timestamp()
    assert frozen.offset == timedelta(hours=1)


def test_chance_is_the_same_for_the_same_seed() -> None:
    first = Frozen(NOW, 1).answer("os.urandom", (2496,))
    assert isinstance(first, bytes)
    assert len(first) == 2496
    assert first == Frozen(NOW, 1).answer("os.urandom", (2496,))
    assert first != Frozen(NOW, 2).answer("os.urandom", (2496,))


@pytest.mark.parametrize("args", [(), (-1,), (10**9,), ("x",), (1, 2)])
def test_nobody_gets_more_chance_than_is_good(args: tuple[object, ...]) -> None:
    assert Frozen(NOW, 1).answer("os.urandom", args) is None


@pytest.mark.parametrize("name", ["open", "os.environ", "import", "os.getpid", ""])
def test_nothing_else_of_the_machine_is_told(name: str) -> None:
    assert Frozen(NOW, 1).answer(name, ("x",)) is None


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Frozen(datetime(2026, 1, 5), 1)  # noqa: DTZ001  that is the point
