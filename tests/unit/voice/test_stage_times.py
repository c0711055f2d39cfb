"""Figures of spoken turns: half of them, all but one in twenty, and what came of them."""

from claw.voice.model import Stages
from claw.voice.stage_times import KEPT, StageTimes
from tests.held_clock import HeldClock


def turn(clock: HeldClock, text_ms: float) -> Stages:
    stages = Stages(clock)
    stages.mark("text", at=clock.monotonic() + text_ms / 1000)
    return stages


def test_half_and_all_but_one_in_twenty_are_below() -> None:
    clock, times = HeldClock(), StageTimes()
    for ms in range(100):
        times.note(turn(clock, float(ms)), "done")
    found = times.times()
    assert (found.turns, found.stages["text"].turns) == (100, 100)
    assert (found.stages["text"].p50, found.stages["text"].p95) == (50.0, 95.0)
    assert "wake" not in found.stages


def test_what_is_marked_after_the_answer_counts_too() -> None:
    clock, times = HeldClock(), StageTimes()
    stages = turn(clock, 10.0)
    times.note(stages, "answered")
    stages.mark("said", at=clock.monotonic() + 0.05)
    assert times.times().as_json() == {
        "turns": 1,
        "stages": {
            "text": {"turns": 1, "p50_ms": 10.0, "p95_ms": 10.0},
            "said": {"turns": 1, "p50_ms": 40.0, "p95_ms": 40.0},
        },
        "results": {"answered": 1},
    }


def test_the_last_turns_are_kept_and_all_are_counted() -> None:
    clock, times = HeldClock(), StageTimes()
    for _ in range(KEPT + 100):
        times.note(turn(clock, 1.0), "done")
    times.note(turn(clock, 1.0), "twin")
    assert times.times().turns == KEPT
    assert times.times().results == {"done": KEPT + 100, "twin": 1}
    assert StageTimes().times().as_json() == {"turns": 0, "stages": {}, "results": {}}
