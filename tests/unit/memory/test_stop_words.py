"""The lists hold what they are for: small words, in small letters, and no word that a house is asked about."""

import pytest

from claw.memory.stop_words import DAYS, MONTHS, STOP_WORDS, UNSPACED_STOP


@pytest.mark.parametrize("language", list(STOP_WORDS))
def test_small_words_are_in_small_letters_and_hold_no_month_day_or_number(language: str) -> None:
    words = STOP_WORDS[language]
    assert all(word == word.casefold() and word.isalpha() for word in words)
    named = {name.casefold() for name in (*MONTHS[language], *DAYS[language])}
    assert not words & named


def test_each_language_has_all_its_months_and_days() -> None:
    assert MONTHS.keys() == DAYS.keys() == STOP_WORDS.keys()
    assert all(len(set(months)) == 12 for months in MONTHS.values())
    assert all(len(set(days)) == 7 for days in DAYS.values())
    assert next(iter(STOP_WORDS)) == "en", "where the language cannot be told it is the first"


def test_what_a_house_is_asked_about_is_no_small_word() -> None:
    assert not STOP_WORDS["en"] & {"lamp", "light", "door", "heating", "filter", "last", "first", "name", "home"}
    assert UNSPACED_STOP.sub("", "客厅灯泡空调过敏") == "客厅灯泡空调过敏"
