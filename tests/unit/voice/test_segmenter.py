"""Where a command begins and ends, on traces: a figure for every 32 ms of how likely it is speech."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.voice.segmenter import FRAME_S, Event, Segmenter, Timing

QUIET, LOUD = 0.02, 0.98


def of(*parts: tuple[float, float]) -> list[float]:
    """Return a trace: so many seconds of each likelihood, one after the other."""
    return [likelihood for likelihood, seconds in parts for _ in range(round(seconds / FRAME_S))]


def told(trace: list[float], segmenter: Segmenter | None = None) -> list[Event]:
    segmenter = segmenter or Segmenter()
    return [event for likelihood in trace for event in segmenter.feed(likelihood)]


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def at(seconds: float) -> pytest.approx:
    return pytest.approx(seconds, abs=2 * FRAME_S)


def test_a_command_begins_half_a_second_before_its_first_sound_and_ends_with_its_silence() -> None:
    started, paused, ended = told(of((QUIET, 2), (LOUD, 1.5), (QUIET, 2)))
    assert (started.kind, paused.kind, ended.kind) == ("started", "paused", "ended")
    assert started.begin == paused.begin == ended.begin
    assert started.begin * FRAME_S == at(1.5)
    assert started.end * FRAME_S == at(2.3)
    assert (paused.end - paused.quiet) * FRAME_S == at(3.5)
    assert paused.quiet * FRAME_S == at(0.25)
    assert ended.end * FRAME_S == at(4.2)
    assert ended.quiet * FRAME_S == at(0.7)
    assert not ended.cut


def test_what_was_before_the_first_sound_of_all_is_not_made_up() -> None:
    (started, *_) = told(of((LOUD, 1)))
    assert started.begin == 0


@pytest.mark.parametrize("gap", [0.3, 0.5, 0.6])
def test_a_breath_is_a_pause_and_the_command_goes_on(gap: float) -> None:
    events = told(of((QUIET, 1), (LOUD, 1), (QUIET, gap), (LOUD, 1), (QUIET, 1)))
    assert kinds(events) == ["started", "paused", "resumed", "paused", "ended"]


def test_a_short_gap_is_not_even_a_pause() -> None:
    assert kinds(told(of((LOUD, 1), (QUIET, 0.2), (LOUD, 1), (QUIET, 1)))) == ["started", "paused", "ended"]


def test_two_commands_are_two() -> None:
    first, second = [e for e in told(of((LOUD, 1), (QUIET, 1), (LOUD, 1), (QUIET, 1))) if e.kind == "ended"]
    assert first.end <= second.begin


@pytest.mark.parametrize("likelihood", [0.0, 0.13, 0.49, math.nan])
def test_what_is_no_speech_begins_nothing(likelihood: float) -> None:
    assert not told(of((likelihood, 20)))


def test_coughs_do_not_add_up_to_a_command() -> None:
    assert not told(of(*[(LOUD, 0.2), (QUIET, 0.4)] * 30))


def test_what_faded_still_belongs_to_the_command() -> None:
    events = told(of((LOUD, 1), (0.4, 2), (QUIET, 1)))
    assert kinds(events) == ["started", "paused", "ended"]
    assert events[-1].end * FRAME_S == at(3.7)


def test_a_command_that_does_not_end_is_cut_after_fifteen_seconds() -> None:
    events = told(of((LOUD, 40)))
    ended = [event for event in events if event.kind == "ended"]
    assert [event.cut for event in ended] == [True, True]
    assert [(event.end - event.begin) * FRAME_S for event in ended] == [at(15), at(15)]


def test_nobody_spoke_after_the_wake_word() -> None:
    segmenter = Segmenter()
    segmenter.wait(5.0)
    (nobody,) = told(of((QUIET, 20)), segmenter)
    assert nobody.kind == "nobody"
    assert nobody.end * FRAME_S == at(5)


def test_who_begins_at_the_last_moment_is_heard_to_the_end() -> None:
    segmenter = Segmenter()
    segmenter.wait(5.0)
    assert kinds(told(of((QUIET, 4.9), (LOUD, 3), (QUIET, 1)), segmenter)) == ["started", "paused", "ended"]


def test_a_cough_at_the_last_moment_is_nobody_a_moment_later() -> None:
    segmenter = Segmenter()
    segmenter.wait(5.0)
    assert kinds(told(of((QUIET, 4.9), (LOUD, 0.2), (QUIET, 1)), segmenter)) == ["nobody"]


def test_what_was_said_before_the_wake_word_does_not_belong_to_the_command() -> None:
    segmenter = Segmenter()
    told(of((LOUD, 0.25)), segmenter)
    segmenter.wait(5.0)
    started = told(of((LOUD, 1)), segmenter)[0]
    assert started.begin * FRAME_S == at(0.25)


EXACT = Timing(
    start_s=4 * FRAME_S,
    pause_s=3 * FRAME_S,
    end_s=6 * FRAME_S,
    longest_s=20 * FRAME_S,
    before_s=2 * FRAME_S,
    gap_s=2 * FRAME_S,
)


def test_each_moment_is_the_first_frame_that_fills_its_time() -> None:
    trace = [QUIET] * 5 + [0.5] * 4 + [0.35] * 2 + [QUIET] * 6  # what is just likely enough is speech
    assert told(trace, Segmenter(EXACT)) == [
        Event("started", 3, 9),
        Event("paused", 3, 14, 3),
        Event("ended", 3, 17, 6),
    ]
    assert told([LOUD] * 20, Segmenter(EXACT))[1:] == [Event("ended", 0, 20, cut=True)]


def test_a_gap_begins_anew_and_a_shorter_one_does_not() -> None:
    assert not told([LOUD, LOUD, LOUD, QUIET, QUIET, LOUD], Segmenter(EXACT))
    assert told([LOUD, LOUD, LOUD, QUIET, LOUD], Segmenter(EXACT)) == [Event("started", 0, 5)]


def test_nobody_is_told_of_at_its_moment_and_not_while_somebody_begins() -> None:
    segmenter = Segmenter(EXACT)
    segmenter.wait(5 * FRAME_S)
    assert told([QUIET] * 6, segmenter) == [Event("nobody", 5, 5)]
    segmenter.wait(3 * FRAME_S)
    assert told([QUIET, LOUD, QUIET, LOUD, LOUD, LOUD], segmenter) == [Event("started", 6, 12)]


def test_of_silence_only_the_last_moment_is_kept() -> None:
    segmenter = Segmenter(EXACT)
    told([QUIET] * 100, segmenter)
    assert segmenter.keeps == 98
    segmenter.wait(None)
    assert segmenter.keeps == 100


def test_sound_that_breaks_off_in_a_command_ends_it() -> None:
    segmenter = Segmenter()
    told(of((QUIET, 1), (LOUD, 1)), segmenter)
    (ended,) = segmenter.flush()
    assert (ended.kind, ended.end * FRAME_S) == ("ended", at(2))
    assert not list(segmenter.flush())


def test_sound_that_breaks_off_in_silence_ends_nothing() -> None:
    segmenter = Segmenter()
    told(of((QUIET, 1), (LOUD, 0.1)), segmenter)
    assert not list(segmenter.flush())


PIECES = st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.4, 0.6, 1.0]), st.floats(0, 2)), max_size=20)


@given(PIECES, st.none() | st.floats(0, 6))
def test_of_any_sound_each_command_has_a_beginning_and_an_end_within_its_limits(
    pieces: list[tuple[float, float]], wait: float | None
) -> None:
    timing, segmenter = Timing(), Segmenter()
    segmenter.wait(wait)
    inside, before = False, 0
    for frame, likelihood in enumerate(of(*pieces), start=1):
        kept = segmenter.keeps
        for event in segmenter.feed(likelihood):
            assert event.end == frame
            assert kept <= event.begin <= event.end, "what an event speaks of was still kept"
            assert inside == (event.kind not in {"started", "nobody"})
            inside = event.kind in {"started", "paused", "resumed"}
            if event.kind == "ended":
                assert event.begin >= before, "no sound belongs to two commands"
                assert timing.end_s <= (event.end - event.begin) * FRAME_S + FRAME_S
                assert (event.end - event.begin) * FRAME_S <= timing.longest_s + FRAME_S
                before = event.end
        assert segmenter.keeps >= kept, "what was let go of is not asked for again"
        assert frame - segmenter.keeps <= (timing.longest_s + timing.before_s) / FRAME_S + 1
