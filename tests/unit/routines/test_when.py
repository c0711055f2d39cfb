"""When, in a few words: what each form means, and what is said where it means nothing."""

import random
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.routines.when import FORMS, triggers_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def _read(text: str) -> list[dict[str, Any]]:
    found = [one.model_dump(by_alias=True, exclude_defaults=True, mode="json") for one in triggers_of(text, NOW)]
    return [{key: value for key, value in one.items() if value is not None} for one in found]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("07:00", {"at": "07:00"}),
        ("at 7:05:30", {"at": "07:05:30"}),
        ("daily 07:00", {"at": "07:00"}),
        ("weekdays 07:00", {"at": "07:00", "days": ["mon", "tue", "wed", "thu", "fri"]}),
        ("weekends at 9:30", {"at": "09:30", "days": ["sat", "sun"]}),
        ("mon,wed 18:30", {"at": "18:30", "days": ["mon", "wed"]}),
        ("Mon, Wed 18:30", {"at": "18:30", "days": ["mon", "wed"]}),
        ("fri-mon 18:30", {"at": "18:30", "days": ["fri", "sat", "sun", "mon"]}),
        ("every 20 min", {"every": "20 min"}),
        ("every 3 d", {"every": "3 d"}),
        ("in 20 min", {"once": "2026-11-22T11:20:00Z"}),
        ("in 90s", {"once": "2026-11-22T11:01:30Z"}),
        ("2026-11-27 18:00", {"once": "2026-11-27T18:00:00"}),
        ("2026-11-27T18:00:00Z", {"once": "2026-11-27T18:00:00Z"}),
        ("2026-11-27 18:00+02:00", {"once": "2026-11-27T18:00:00+02:00"}),
        ("today 23:00", {"once": "2026-11-22T23:00:00"}),
        ("tomorrow at 8:00", {"once": "2026-11-23T08:00:00"}),
        ("sunset", {"sun": "sunset"}),
        ("at sunset", {"sun": "sunset"}),
        ("sunset-00:30", {"sun": "sunset", "offset": "-30 min"}),
        ("sunrise + 01:15", {"sun": "sunrise", "offset": "75 min"}),
        ("weekends sunrise", {"sun": "sunrise", "days": ["sat", "sun"]}),
        ("30 min before sunset", {"sun": "sunset", "offset": "-30 min"}),
        ("sat 1 h after sunrise", {"sun": "sunrise", "offset": "1 h", "days": ["sat"]}),
        ("cron 0 7 * * 1-5", {"cron": "0 7 * * 1-5"}),
        ("when binary_sensor.door on for 2 min", {"state": "binary_sensor.door", "to": ["on"], "for": "2 min"}),
        ("when binary_sensor.door is on", {"state": "binary_sensor.door", "to": ["on"]}),
        ("when light.a changes", {"state": "light.a"}),
        (
            'when media_player.tv playing or "on hold" from idle',
            {"state": "media_player.tv", "to": ["playing", "on hold"], "from": ["idle"]},
        ),
        ("when sensor.t above 26 hysteresis 1", {"number": "sensor.t", "above": 26.0, "hysteresis": 1.0}),
        ("when sensor.t below -3.5 for 10 min", {"number": "sensor.t", "below": -3.5, "for": "10 min"}),
        (
            "when climate.a current_temperature below 18",
            {"number": "climate.a", "attribute": "current_temperature", "below": 18.0},
        ),
        ("when last leaves", {"presence": ["last"], "does": "leaves"}),
        ("when first comes home", {"presence": ["first"], "does": "comes"}),
        ("when anna, ben comes for 5 min", {"presence": ["anna", "ben"], "does": "comes", "for": "5 min"}),
        ("event zha_event", {"event": "zha_event"}),
        (
            'event zha_event command=on times=2 name="a b" dry=true',
            {"event": "zha_event", "data": {"command": "on", "times": 2, "name": "a b", "dry": True}},
        ),
    ],
)
def test_a_few_words_are_one_trigger(text: str, means: dict[str, Any]) -> None:
    assert _read(text) == [means]
    assert _read(f"  {text.replace(' ', '   ')} ") == [means]


def test_several_are_separated_by_semicolons() -> None:
    assert _read("07:00; when last leaves") == [{"at": "07:00"}, {"presence": ["last"], "does": "leaves"}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected 07:00, weekdays 07:00"),
        ("whenever you like", "expected 07:00, weekdays 07:00"),
        ("when I say so", "expected when binary_sensor.door on for 2 min, when sensor.temperature above 26"),
        ("every now and then", "found 'every now and then', expected something such as every 20 min"),
        ("every 1 s", "in 'every 1 s': found every 1 s, expected 10 s at least"),
        ("in 400 d", "expected a span such as 30 s, 20 min"),
        ("25:00", "found the time 25:00, expected one from 00:00 to 23:59"),
        ("foo 07:00", "found the days 'foo', expected some of mon, tue"),
        ("2026-02-30 07:00", "there is no day 2026-02-30"),
        ("sunset-13:00", "at most 12 h"),
        ("cron 61 7 * * *", "found '61' as the minute, expected 0 to 59"),
        ("cron 0 0 31 2 *", "there is no day 31 in feb"),
        ("when last comes", "expected the first to come, or the last to leave"),
        ("when sensor.t above", "expected when"),
        ("when sensor.t on for 2 d", "expected a time such as 90 s, 2 min or 1 h"),
        ("event ../etc/passwd", "expected something such as event zha_event"),
        ("07:00; ; 08:00", "found '', expected 07:00"),
        ("x" * 2000, "found 2000 characters"),
        (";".join(["07:00"] * 11), "found 11 times, expected 10 at most"),
        ("9999-12-31 23:59-12:00 \u202e07:00", "expected 07:00"),
    ],
)
def test_what_means_nothing_is_refused_with_what_was_expected(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("*", r"\*")):
        triggers_of(text, NOW)


def test_every_form_that_is_shown_can_be_written() -> None:
    assert len(triggers_of("; ".join(FORMS[:10]), NOW) + triggers_of("; ".join(FORMS[10:]), NOW)) == len(FORMS)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMS), st.text(max_size=6), st.randoms(use_true_random=False))
def test_any_text_is_understood_or_refused(form: str, noise: str, chance: random.Random) -> None:
    at = chance.randrange(len(form))
    text = form[:at] + noise + form[at + chance.randrange(3) :]
    with suppress(ValueError):
        assert triggers_of(text, NOW)
