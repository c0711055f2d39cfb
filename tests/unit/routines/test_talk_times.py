"""The times in what people say, and what is left without them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.mind.language import load
from claw.policy.windows import DAYS
from claw.routines.talk_clock import Clock
from claw.routines.talk_times import Reader, Sun, Times
from claw.routines.talk_tongue import tongue_of

READER = Reader(tongue_of(load("en")))
TODAY = date(2026, 11, 21)
WEEK = DAYS[:5]
WORDS = (
    *("every", "at", "in", "the", "on", "of", "seven", "7", "half", "past", "quarter", "to", "20", "minutes", "hours"),
    *("friday", "and", "tomorrow", "morning", "sunset", "before", "after", "month", "first", "x", "pm", "31", "june"),
)


def first(text: str) -> Times:
    return next(READER.read(text, TODAY))


@pytest.mark.parametrize(
    ("said", "minutes", "open_"),
    [
        ("seven", 420, True),
        ("7", 420, True),
        ("7:30", 450, True),
        ("07:00", 420, False),
        ("7 pm", 1140, False),
        ("7 a.m", 420, False),
        ("7 p.m.", 1140, False),
        ("12 pm", 720, False),
        ("12 am", 0, False),
        ("19:00", 1140, False),
        ("half past six", 390, True),
        ("quarter to eight", 465, True),
        ("a quarter past nine in the evening", 1275, False),
        ("ten past seven", 430, True),
        ("twenty to five", 280, True),
        ("seven thirty", 450, True),
        ("six forty five pm", 1125, False),
        ("noon", 720, False),
        ("midnight", 0, False),
        ("ten o'clock at night", 1320, False),
        ("eight in the morning", 480, False),
    ],
)
def test_a_time_of_day_is_read(said: str, minutes: int, open_: bool) -> None:
    assert READER.clock(said) == (Clock(minutes, open_),)
    assert READER.clock(f"at {said}") == (Clock(minutes, open_),)


@pytest.mark.parametrize("said", ["25:00", "7:75", "50 percent", "21 degrees", "10 minutes", "yellow", "", "seventy"])
def test_what_is_no_time_of_day_is_none(said: str) -> None:
    assert READER.clock(said) == ()


@pytest.mark.parametrize(
    ("said", "rest", "found"),
    [
        ("every weekday at seven open the blinds", "open the blinds", {"clocks": (Clock(420, True),), "days": WEEK}),
        ("open the blinds every day", "open the blinds", {"days": DAYS}),
        ("on Mondays and Thursdays water it", "water it", {"days": ("mon", "thu")}),
        ("every monday, wednesday and friday x", "x", {"days": ("mon", "wed", "fri")}),
        ("at weekends x", "x", {"days": DAYS[5:]}),
        ("every morning x", "x", {"days": DAYS, "part": "morning"}),
        ("in 20 minutes x", "x", {"after": 1200.0}),
        ("in half an hour x", "x", {"after": 1800.0}),
        ("x in an hour and a half", "x", {"after": 5400.0}),
        ("20 minutes from now x", "x", {"after": 1200.0}),
        ("in two weeks x", "x", {"after": 1_209_600.0}),
        ("every 20 minutes x", "x", {"every": 1200.0}),
        ("hourly x", "x", {"every": 3600.0}),
        ("every hour x", "x", {"every": 3600.0}),
        ("at sunset x", "x", {"sun": Sun("sunset")}),
        ("half an hour before sunset x", "x", {"sun": Sun("sunset", -1800.0)}),
        ("x 10 minutes after sunrise every day", "x", {"sun": Sun("sunrise", 600.0), "days": DAYS}),
        ("tomorrow x", "x", {"day": date(2026, 11, 22)}),
        ("tonight x", "x", {"day": TODAY, "part": "night"}),
        ("x on Friday", "x", {"day": date(2026, 11, 27), "loose": True}),
        ("x on friday evening", "x", {"day": date(2026, 11, 27), "loose": True, "part": "evening"}),
        ("x on 3 December", "x", {"day": date(2026, 12, 3)}),
        ("on the first of every month x", "x", {"monthly": 1}),
        ("at 7 and 19:00 every day x", "x", {"clocks": (Clock(420, True), Clock(1140)), "days": DAYS}),
    ],
)
def test_what_is_said_of_when_is_cut_out(said: str, rest: str, found: dict[str, object]) -> None:
    assert first(said) == Times(rest, **found)  # type: ignore[arg-type]  by the table


def test_of_two_times_of_day_each_is_offered_the_last_first() -> None:
    ways = list(READER.read("at nine dim the lights at 20", TODAY))
    assert [(one.rest, one.clocks[0].minutes) for one in ways] == [
        ("at nine dim the lights", 1200),
        ("dim the lights at 20", 540),
    ]


def test_a_figure_with_a_unit_is_no_time() -> None:
    assert first("set the heating at 21.5 degrees at 7 pm").rest == "set the heating at 21.5 degrees"
    assert not first("dim the lights at 50 percent").any


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused, match="31 June"):
        first("on 31 June at 7 x")


def test_a_part_of_the_day_alone_says_nothing_about_when() -> None:
    assert not first("turn on the lights in the evening").any


def test_the_half_of_the_day_alone_is_read() -> None:
    assert [READER.half(said) for said in ("in the evening", "in the morning", "pm", "blue")] == ["pm", "am", "pm", ""]


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    try:
        for times in READER.read(text, TODAY):
            assert all(0 <= clock.minutes < 1440 for clock in times.clocks)
            assert min(times.every, times.after) >= 0
    except Refused:
        return


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=12,
    )
)
def test_no_words_in_any_order_break_it(words: list[str]) -> None:
    try:
        for times in READER.read(" ".join(words), TODAY):
            assert len(times.rest.split()) <= len(words)
    except Refused:
        pass
