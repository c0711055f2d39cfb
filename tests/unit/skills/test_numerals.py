import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.skills import numerals
from claw.skills.phrases import folded

READS = numerals.Figures()


@pytest.mark.parametrize(
    ("said", "language", "number"),
    [
        ("40", "en", 40),
        ("40%", "en", 40),
        ("40 percent", "en", 40),
        ("21,5", "de", 21.5),
        ("21.5°", "en", 21.5),
        ("forty percent", "en", 40),
        ("forty two", "en", 42),
        ("forty-two", "en", 42),
        ("one hundred", "en", 100),
        ("vierzig Prozent", "de", 40),
        ("einundzwanzig", "de", 21),
        ("fünfundfünfzig", "de", 55),
        ("vingt et un", "fr", 21),
        ("soixante-quinze", "fr", 75),
        ("quatre-vingt-dix-sept", "fr", 97),
        ("achtenveertig", "nl", 48),
        ("二十五", "zh", 25),
        ("百分之四十", "zh", 40),
        ("十", "zh", 10),
        ("forty", "de", 40),
        ("-4", "en", -4),
    ],
)
def test_a_number_is_read_as_people_say_it(said: str, language: str, number: float) -> None:
    assert READS.number(folded(said), language) == number


@pytest.mark.parametrize("said", ["", "lots", "the den", "四十五六", "十十", "1e9", "nan", "inf", "forty forty"])
def test_what_is_no_number_is_none(said: str) -> None:
    assert READS.number(folded(said), "en") is None


@pytest.mark.parametrize(
    ("said", "language", "seconds"),
    [
        ("90 seconds", "en", 90),
        ("20 min", "en", 1200),
        ("ten minutes", "en", 600),
        ("an hour", "en", 3600),
        ("half an hour", "en", 1800),
        ("an hour and a half", "en", 5400),
        ("1 hour 30 minutes", "en", 5400),
        ("1 hour and 30 minutes", "en", 5400),
        ("eine halbe Stunde", "de", 1800),
        ("zehn Minuten", "de", 600),
        ("une demi-heure", "fr", 1800),
        ("dix minutes", "fr", 600),
        ("een half uur", "nl", 1800),
        ("半小时", "zh", 1800),
        ("十分钟", "zh", 600),
    ],
)
def test_a_span_of_time_is_read_as_people_say_it(said: str, language: str, seconds: float) -> None:
    assert READS.seconds(folded(said), language) == seconds


@pytest.mark.parametrize("said", ["", "ten", "minutes", "ten lamps", "half", "until tomorrow"])
def test_what_is_no_span_is_none(said: str) -> None:
    assert READS.seconds(folded(said), "en") is None


@pytest.mark.parametrize("language", ["en", "de", "fr", "nl"])
def test_every_number_up_to_a_hundred_has_a_word(language: str) -> None:
    assert set(range(101)) <= {int(one) for one in numerals._words(language).values()}


@given(st.text(max_size=60), st.sampled_from(["en", "de", "fr", "nl", "zh", "xx"]))
def test_no_text_breaks_it(said: str, language: str) -> None:
    READS.number(folded(said), language)
    READS.seconds(folded(said), language)
