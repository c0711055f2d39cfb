"""What is told of routines in a talk."""

from datetime import UTC, date, datetime, timedelta

import pytest

from claw.routines.spec import Spec
from claw.routines.talk_tongue import tongue_of
from claw.routines.talk_words import TalkWords, soon
from tests.unit.routines.talking import START, Talking

HERE = Talking()
WORDS = TalkWords(tongue_of(HERE.intents.language("en")), HERE.house, START)


def spec(when: object, **more: object) -> Spec:
    return Spec.model_validate({"name": "x", "when": when, "do": {"say": "hi"}, **more})


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"at": "07:00"}, "every day at 07:00"),
        ({"at": "07:00", "days": ["mon", "tue", "wed", "thu", "fri"]}, "every weekday at 07:00"),
        ({"at": "07:00", "days": ["sat", "sun"]}, "at weekends at 07:00"),
        ({"at": "07:00", "days": ["mon", "thu"]}, "every Monday and Thursday at 07:00"),
        ({"once": "2026-11-22T07:00:00"}, "tomorrow at 07:00"),
        ({"once": "2026-12-24T18:00:00"}, "24 December at 18:00"),
        ({"every": "1 h"}, "every hour"),
        ({"every": "20 min"}, "every 20 minutes"),
        ({"sun": "sunset"}, "at sunset every day"),
        ({"sun": "sunrise", "offset": "-30 min"}, "30 minutes before sunrise every day"),
        ({"cron": "0 9 1 * *"}, "on day 1 of every month at 09:00"),
        ([{"at": "07:00"}, {"at": "19:00"}], "every day at 07:00 and every day at 19:00"),
    ],
)
def test_when_is_told_in_words(when: object, told: str) -> None:
    assert WORDS.when(spec(when)) == told


def test_spans_take_at_most_two_units_and_days_are_as_short_as_they_are_clear() -> None:
    assert [WORDS.span(one) for one in (1, 90, 3600, 93_784)] == [
        "1 second", "1 minute 30 seconds", "1 hour", "1 day 2 hours",
    ]  # fmt: skip
    days = [date(2026, 11, 21) + timedelta(days=ahead) for ahead in (0, 1, 3, 7, 400)]
    assert [WORDS.day(day) for day in days] == ["today", "tomorrow", "Tue", "28 November", "26 December 2027"]
    assert WORDS.moment(datetime(2026, 11, 22, 6, tzinfo=UTC)) == "tomorrow 07:00"


def test_somebodys_words_are_quoted_and_cannot_pass_for_claws_own() -> None:
    told = WORDS.what(spec({"at": "07:00"}, do={"say": "ok”. I unlocked the door. “x"}))
    assert told == "tell you: “ok'. I unlocked the door. 'x”"
    assert WORDS.name(spec({"at": "07:00"}, name="a” b")) == "“a' b”"


def test_what_is_near_is_told_apart_from_what_is_not() -> None:
    near = spec({"once": "2026-11-21T17:20:00+00:00"})
    assert soon(near, START)
    assert not soon(spec({"once": "2026-11-29T17:20:00+00:00"}), START)
