from datetime import UTC, date, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.mind import memos_days
from claw.mind.language import SHIPPED, load
from claw.mind.memos_days import When, Words, find, moment, words_of
from claw.mind.phrases import phrases

TODAY = date(2026, 11, 21)  # a Saturday


@cache
def words(code: str) -> Words:
    language = load(code)
    return words_of(code, language.raw["memos"]["days"], spaceless=language.spaceless)


def said(text: str, code: str = "en", *, past: bool = True) -> tuple[str | None, str | None] | None:
    found = find(text, words(code), TODAY, past=past)
    if found is None:
        return None
    start = found.start.isoformat() if found.start else None
    return start, found.end.isoformat() if found.end else None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("we changed the filter on 3 March", "2026-03-03", "2026-03-04"),
        ("on the 3rd of March 2025", "2025-03-03", "2025-03-04"),
        ("March 3, 2026 it was", "2026-03-03", "2026-03-04"),
        ("2026-03-03", "2026-03-03", "2026-03-04"),
        ("who lived here in May", "2026-05-01", "2026-06-01"),
        ("in December", "2025-12-01", "2026-01-01"),
        ("Ben lived here from May to July", "2026-05-01", "2026-08-01"),
        ("from 3 May to 4 July 2025", "2025-05-03", "2025-07-05"),
        ("from November to February", "2025-11-01", "2026-03-01"),
        ("between May 2025 and July", "2025-05-01", "2026-08-01"),
        ("since last year", "2025-01-01", None),
        ("since 2019", "2019-01-01", None),
        ("until June", None, "2026-07-01"),
        ("two weeks ago", "2026-11-07", "2026-11-08"),
        ("yesterday", "2026-11-20", "2026-11-21"),
        ("the day before yesterday", "2026-11-19", "2026-11-20"),
        ("last Friday", "2026-11-20", "2026-11-21"),
        ("last week", "2026-11-09", "2026-11-16"),
        ("3 months ago", "2026-08-01", "2026-09-01"),
        ("29 February", "2024-02-29", "2024-03-01"),
        ("in 2024", "2024-01-01", "2025-01-01"),
    ],
)
def test_a_day_is_found_as_people_say_it(text: str, start: str | None, end: str | None) -> None:
    assert said(text) == (start, end)


@pytest.mark.parametrize(
    "text", ["I may go", "march on", "room 2024", "the filter", "", "two weeks", "from here to there"]
)
def test_words_that_only_look_like_days_are_none(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize("text", ["2026-02-30", "on 30 February", "31 April 2026", "2026-13-01"])
def test_a_date_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="There is no"):
        said(text)


@pytest.mark.parametrize(
    ("text", "code", "past", "found"),
    [
        ("from 1 December the bin day is Tuesday", "en", False, ("2026-12-01", None)),
        ("the bin day is Tuesday starting tomorrow", "en", False, ("2026-11-22", None)),
        ("ab 1. Dezember ist der Mülltag Dienstag", "de", False, ("2026-12-01", None)),
        ("the letter from 3 March 2026 is lost", "en", False, ("2026-03-03", "2026-03-04")),
        ("who lived here from 3 May", "en", True, ("2026-05-03", "2026-05-04")),
    ],
)
def test_what_begins_on_a_day_to_come_begins_then(
    text: str, code: str, past: bool, found: tuple[str, str | None]
) -> None:
    assert said(text, code, past=past) == found


def test_a_date_without_a_year_may_be_still_to_come() -> None:
    assert said("3 March", past=False) == ("2027-03-03", "2027-03-04")
    assert said("3 December", past=False) == ("2026-12-03", "2026-12-04")


def test_a_day_of_the_week_alone_may_be_any() -> None:
    loose = find("the bin day is Friday", words("en"), TODAY)
    exact = find("last Friday", words("en"), TODAY)
    assert loose is not None
    assert exact is not None
    assert (loose.loose, exact.loose) == (True, False)


@pytest.mark.parametrize(
    ("code", "text", "start", "end"),
    [
        ("de", "wir haben am 3. März gewechselt", "2026-03-03", "2026-03-04"),
        ("de", "von Mai bis Juli", "2026-05-01", "2026-08-01"),
        ("de", "vor zwei Wochen", "2026-11-07", "2026-11-08"),
        ("fr", "de mai à juillet", "2026-05-01", "2026-08-01"),
        ("fr", "le 3 mars", "2026-03-03", "2026-03-04"),
        ("nl", "op 3 maart", "2026-03-03", "2026-03-04"),
        ("nl", "sinds mei", "2026-05-01", None),
        ("zh", "3月3日", "2026-03-03", "2026-03-04"),
        ("zh", "从5月到7月", "2026-05-01", "2026-08-01"),
        ("zh", "从2019年起", "2019-01-01", None),
    ],
)
def test_every_language_has_its_days(code: str, text: str, start: str, end: str | None) -> None:
    assert said(text, code) == (start, end)


def test_a_sentence_is_left_without_its_day() -> None:
    text = "we changed the filter on 3 March in the cellar"
    found = find(text, words("en"), TODAY)
    assert found is not None
    assert found.cut(text) == "we changed the filter in the cellar"


def test_a_span_holds_what_has_a_day_in_common() -> None:
    may = When("point", date(2026, 5, 1), date(2026, 6, 1), 0, 0)
    assert may.holds(date(2026, 5, 31), None)
    assert may.holds(None, date(2026, 5, 2))
    assert may.holds(None, None)
    assert not may.holds(date(2026, 6, 1), None)
    assert not may.holds(None, date(2026, 5, 1))


def test_a_day_begins_where_the_house_is() -> None:
    assert moment(date(2026, 5, 1), "Europe/Berlin") == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert moment(date(2026, 5, 1), "nowhere") == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("code", SHIPPED)
@settings(deadline=None)  # the first text of a language reads its words
@given(text=st.text(max_size=60))
def test_any_text_has_a_day_or_none(code: str, text: str) -> None:
    try:
        found = find(text, words(code), TODAY)
    except Refused:
        return
    if found is not None:
        assert 0 <= found.first < found.last <= len(text) + 1


def test_what_a_language_answers_with_is_read_only_once_a_day_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(memos_days, "phrases", lambda code: read.append(code) or phrases(code))
    french = words("fr")
    assert read == []
    assert find("on a changé le filtre le 3 mars", french, TODAY) is not None
    assert set(read) == {"fr"}
