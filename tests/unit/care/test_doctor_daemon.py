from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.base.errors import Unavailable
from claw.care.doctor_daemon import daemon
from claw.gate.stop import LATCH
from claw.store.db import lock_state
from tests.doctor_room import case, found, mends, told, worse
from tests.held_clock import HeldClock

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_one_that_runs_well_is_well(tmp_path: Path) -> None:
    about = case(tmp_path, {"status": told()}, clock=HeldClock(NOW))
    assert found(daemon, about) == [("ok", "The daemon runs, for 10 minutes.")]
    for uptime, said in ((7300, "2 hours"), (200_000, "2 days"), (70, "for a minute."), (5, "less than a minute")):
        assert said in found(daemon, case(tmp_path, {"status": told(uptime_s=uptime)}, clock=HeldClock(NOW)))[0][1]


def test_without_one_that_is_a_note_with_the_command_that_starts_it(tmp_path: Path) -> None:
    assert [level for level, _ in found(daemon, case(tmp_path))] == ["note"]
    about = case(tmp_path, config="house: {simulated: h.yaml}\n", options=" --state-dir /x")
    assert [one.mend for one in daemon(about)] == [f"claw run --state-dir /x --config {tmp_path / 'config.yaml'}"]


def test_one_that_is_silent_is_a_problem_and_named_by_its_number(tmp_path: Path) -> None:
    lock = lock_state(tmp_path / "state")
    try:
        about = case(tmp_path, {"status": Unavailable("the daemon hung up")})
        ((level, text),) = found(daemon, about)
        assert (level, "the daemon hung up" in text) == ("problem", True)
        assert mends(daemon, about)[0].startswith("kill ")
    finally:
        lock.release()


def test_a_stop_is_told_with_and_without_a_daemon(tmp_path: Path) -> None:
    stop = {"engaged": True, "reason": "smoke"}
    about = case(tmp_path, {"status": told(stop=stop)}, clock=HeldClock(NOW))
    assert worse(daemon, about) == [("problem", "Claw is stopped and moves nothing: smoke.")]
    assert mends(daemon, about) == ['claw reset --reason "I looked"']
    (tmp_path / "state").mkdir()
    assert [level for level, _ in found(daemon, case(tmp_path))] == ["note"]
    (tmp_path / "state" / LATCH).touch()
    assert (
        "problem",
        "Claw is stopped and moves nothing: the latch is empty: put there by hand, or on a full disk.",
    ) in (found(daemon, case(tmp_path)))


def test_a_drill_that_is_missing_old_or_bad_is_told(tmp_path: Path) -> None:
    clock = HeldClock(NOW)
    assert worse(daemon, case(tmp_path, {"status": told(drill=None)}, clock=clock)) == []
    old = told(drill=None, uptime_s=9000.0)
    assert worse(daemon, case(tmp_path, {"status": old}, clock=clock)) == [
        ("warning", "The stop was never proved by a drill.")
    ]
    times = {"ok": True, "time": (NOW - timedelta(days=5)).isoformat()}
    assert worse(daemon, case(tmp_path, {"status": told(drill=times)}, clock=clock)) == [
        ("warning", "The last drill of the stop was 5 days ago.")
    ]
    bad = {"ok": False, "time": "nonsense"}
    assert [level for level, _ in worse(daemon, case(tmp_path, {"status": told(drill=bad)}, clock=clock))] == [
        "problem"
    ]


def test_what_does_not_work_a_pause_and_a_standstill_are_told(tmp_path: Path) -> None:
    fault = {"part": "telegram", "text": "no answer", "since": "2026-01-05T11:00:00+00:00"}
    stopping = {"stale": 2}
    status = told(degraded=[fault, "odd"], pause={"paused": True, "until": "18:00"}, stopping=stopping)
    assert worse(daemon, case(tmp_path, {"status": status}, clock=HeldClock(NOW))) == [
        ("note", "Claw is paused until 18:00."),
        ("warning", "telegram: no answer (since 2026-01-05T11:00)."),
        ("warning", "The daemon stood still for seconds at least once since it started."),
    ]
