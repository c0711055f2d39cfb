"""What of a question is looked for, in five languages, and that both sides of a search cut text alike."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.memory.terms import LONGEST_QUESTION, MOST_TERMS, day_words, matching, plain, spaced, wanted

NAMES = ("Anna", "Anna Maria", "Sam", "李雷", "")


def terms(question: str) -> list[str]:
    return [term.strip('"') for term in wanted(question, NAMES).terms]


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("What did we say about the boiler's filter?", ["say", "boiler", "filter"]),
        ("When did we change the filter, in May?", ["change", "filter", "may"]),
        ("Wann haben wir den Filter der Heizung gewechselt?", ["filter", "heizung", "gewechselt"]),
        ("Qu'est-ce que nous avons dit de la chaudière ?", ["chaudière"]),
        ("Wanneer hebben we de ketel vervangen?", ["ketel", "vervangen"]),
        ("谁换了客厅的灯泡", ["换", "客 厅", "灯 泡"]),
        ("the Wi-Fi password of the café", ["wi", "fi", "password", "café"]),
        ("What happened on 8 May 2026?", ["happened", "8", "may", "2026"]),
    ],
)
def test_small_words_are_not_looked_for(question: str, sought: list[str]) -> None:
    assert terms(question) == sought


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Was haben wir am 3. März gemacht?", "March"),
        ("Was war denn am Dienstag?", "Tuesday"),
        ("Qu'avons-nous fait en août ?", "August"),
        ("Wat hebben we in maart gedaan?", "March"),
        ("五月以前 12月3日我们做了什么", "December"),
        ("上星期天谁来了", "Sunday"),
    ],
)
def test_a_day_is_looked_for_by_its_english_name_too_because_days_are_indexed_so(question: str, english: str) -> None:
    assert english in terms(question)


def test_a_month_of_one_language_is_a_word_of_another() -> None:
    assert terms("Is there life on Mars, and is it as we think?") == ["there", "life", "mars", "think"][1:]


def test_a_person_is_preferred_and_not_looked_for() -> None:
    found = wanted("What is SAM's favourite dish?", NAMES)
    assert found.about == "sam"
    assert found.terms == ('"favourite"', '"dish"')
    assert wanted("what does Samantha eat", NAMES).about == "", "a name is a whole word"
    assert wanted("李雷对什么过敏", NAMES).about == "李雷"
    assert wanted("李雷对什么过敏", NAMES).terms == ('"对"', '"过 敏"')


def test_a_longer_name_is_not_the_shorter_one_and_of_two_people_none_is_preferred() -> None:
    assert wanted("where does Anna Maria work", NAMES).about == "anna maria"
    both = wanted("did Sam or Anna pay", NAMES)
    assert both.about == ""
    assert both.terms == ('"pay"',)


def test_a_name_alone_is_looked_for_as_a_word() -> None:
    assert wanted("What about Anna Maria?", NAMES) == wanted("anna maria", NAMES)
    assert wanted("Anna Maria", NAMES).terms == ('"anna maria"',)
    assert wanted("what is it?", NAMES).terms == ()


def test_a_flood_of_words_is_cut() -> None:
    assert len(wanted(" ".join(f"word{at}" for at in range(10_000)), ()).terms) == MOST_TERMS
    assert wanted(" " * LONGEST_QUESTION + "late", ()).terms == ()


def test_a_day_is_named_as_people_name_it() -> None:
    assert day_words(datetime(2026, 5, 8, tzinfo=UTC)) == "8 May 2026 Friday"


def test_characters_without_spaces_are_words_and_nothing_is_seen_of_it() -> None:
    assert spaced("换灯泡 now") == "换\u200b灯\u200b泡 now"
    assert spaced(spaced("换灯泡")) == spaced("换灯泡")
    assert spaced("Cafe\u0301") == "Caf\u00e9"


@given(st.text())
def test_what_is_indexed_reads_as_it_was_said(text: str) -> None:
    assert plain(spaced(text)) == plain(spaced(plain(spaced(text))))
    if text.isascii():
        assert plain(spaced(text)) == text


@given(st.text(), st.lists(st.text(max_size=8), max_size=3))
def test_any_question_gives_phrases_in_which_nothing_is_a_command(question: str, names: list[str]) -> None:
    for term in wanted(question, names).terms:
        assert term[0] == term[-1] == '"'
        assert '"' not in term[1:-1]
        assert term.strip('" ')


def test_any_of_the_terms_will_do() -> None:
    assert matching(['"a"', '"b c"']) == '"a" OR "b c"'
