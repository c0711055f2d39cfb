"""A time of day as people say it."""

import pytest

from claw.mind.language import load
from claw.routines.talk_clock import Clock, Clocks, Patterns
from claw.routines.talk_tongue import tongue_of


@pytest.mark.parametrize(
    ("code", "said", "minutes", "open_"),
    [
        ("de", "halb acht", 450, True),
        ("de", "viertel vor acht", 465, True),
        ("de", "dreiviertel acht", 465, True),
        ("de", "sieben uhr dreißig", 450, True),
        ("de", "20 uhr 15", 1215, False),
        ("de", "zehn nach sieben abends", 1150, False),
        ("de", "eins nachts", 60, False),
        ("de", "mitternacht", 0, False),
        ("fr", "sept heures et demie", 450, True),
        ("fr", "huit heures moins le quart", 465, True),
        ("fr", "19h30", 1170, False),
        ("fr", "sept heures du soir", 1140, False),
        ("fr", "midi", 720, False),
        ("nl", "half acht", 450, True),
        ("nl", "kwart over zeven", 435, True),
        ("nl", "acht uur 's avonds", 1200, False),
        ("zh", "七点半", 450, True),
        ("zh", "晚上十点", 1320, False),
        ("zh", "早上七点一刻", 435, False),
        ("zh", "下午3点20分", 920, False),
        ("en", "1 at night", 60, False),
        ("en", "ten at night", 1320, False),
    ],
)
def test_a_time_of_day_is_read_in_every_language(code: str, said: str, minutes: int, open_: bool) -> None:
    clocks = Clocks(Patterns(tongue_of(load(code))))
    assert clocks.all_at(said, 0) == (len(said), (Clock(minutes, open_),))


def test_without_at_only_what_can_be_nothing_else_counts() -> None:
    clocks = Clocks(Patterns(tongue_of(load("en"))))
    assert clocks.all_at("seven", 0, sure=True) is None
    assert clocks.all_at("7:30", 0, sure=True) is not None
    assert clocks.leads("an alarm for seven at 5") == [(19, 22), (9, 13)]
