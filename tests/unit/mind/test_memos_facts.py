from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.memory.model import Fact
from claw.mind.memos_facts import Statements
from claw.mind.memos_subjects import Names, Subjects
from claw.mind.memos_tongue import clean, tongue
from tests.talked_house import house
from tests.talked_memory import ANNA, NOW, PEOPLE, VOICE


def read(text: str, code: str = "en", origin: Origin = ANNA, *, private: bool = False) -> Fact:
    subjects = Subjects(PEOPLE, Names(house().registry), origin, tongue(code))
    return Statements(subjects, NOW, "Europe/Berlin", date(2026, 11, 21)).read(clean(text), private=private)


def day(year: int, month: int, of: int) -> datetime:
    """Return when a day begins in Berlin, in winter at 23:00 and in summer at 22:00 of the day before."""
    summer = (3, 29) <= (month, of) <= (10, 25)
    return datetime.fromtimestamp(datetime(year, month, of, tzinfo=UTC).timestamp() - (7200 if summer else 3600), UTC)


@pytest.mark.parametrize(
    ("text", "subject", "predicate", "value", "several"),
    [
        ("Sam is allergic to nuts.", "person:sam", "allergic", "nuts", True),
        ("Sam has a nut allergy", "person:sam", "allergic", "nut", True),
        ("Sam likes tea", "person:sam", "likes tea", True, False),
        ("Sam doesn't like tea", "person:sam", "likes tea", False, False),
        ("Sam hates Tea", "person:sam", "likes tea", False, False),
        ("I prefer tea to coffee", "person:anna", "prefers", "tea to coffee", True),
        ("my birthday is 3 May", "person:anna", "birthday", "3 May", False),
        ("Sam\N{RIGHT SINGLE QUOTATION MARK}s shoe size is 36", "person:sam", "shoe size", "36", False),
        ("our doctor is Dr Bloom", "house", "doctor", "Dr Bloom", False),
        ("the colour of the garage door is red", "entity:cover.garage", "colour", "red", False),
        ("the bin day is Friday", "thing:bin day", "is", "Friday", False),
        ("the cleaner is Maria", "thing:cleaner", "is", "Maria", False),
        ("the cleaner is Polish", "thing:cleaner", "is", "Polish", True),
        ("the boiler is old", "thing:boiler", "is", "old", True),
        ("Sam is 12", "person:sam", "is old", "12", False),
        ("Sam is ten years old", "person:sam", "is old", "ten years old", False),
        ("Sam is 150 cm", "person:sam", "is cm", "150 cm", False),
        ("Sam is vegetarian", "person:sam", "is", "vegetarian", True),
        ("the spare key is under the mat", "thing:spare key", "is in", "the mat", False),
        ("Ben lives here", "person:ben", "lives here", True, False),
        ("the plumber rings twice", "house", "note", "the plumber rings twice", True),
    ],
)
def test_a_sentence_states_a_fact(text: str, subject: str, predicate: str, value: Json, several: bool) -> None:
    fact = read(text)
    assert (fact.subject, fact.predicate, fact.value, fact.several) == (subject, predicate, value, several)
    assert fact.kind == "fact"
    assert fact.visibility == "household"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the bin day is Friday", "the bin day is Tuesday"),
        ("Sam likes tea", "Sam hates tea"),
        ("Sam is ten years old", "Sam is 11"),
        ("my birthday is 3 May", "my birthday is 4 May"),
        ("the spare key is under the mat", "the spare key is in the shed"),
        ("Ben lives here", "Ben moved out last week"),
    ],
)
def test_what_cannot_both_be_true_has_one_key(one: str, other: str) -> None:
    assert read(one).key == read(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the bin day is Friday", "the paper day is Friday"),
        ("Sam likes tea", "Sam likes coffee"),
        ("Sam is allergic to nuts", "Sam is allergic to milk"),
        ("the boiler is old", "the boiler is in the cellar"),
        ("the boiler is old", "the boiler is loud"),
        ("the cleaner is Polish", "the cleaner is Maria"),
        ("Sam is 12", "Sam is vegetarian"),
        ("Sam is 12", "Sam is 150 cm"),
        ("we changed the filter on 3 March", "we changed the filter on 4 March"),
        ("Sam's birthday is 3 May", "Ben's birthday is 3 May"),
        ("Sam likes tea", "Ben likes tea"),
    ],
)
def test_what_can_both_be_true_has_two_keys(one: str, other: str) -> None:
    assert read(one).key != read(other).key


@pytest.mark.parametrize(
    ("text", "subject", "start", "end"),
    [
        ("we changed the filter on 3 March", "thing:filter", day(2026, 3, 3), day(2026, 3, 4)),
        ("the filter was changed two weeks ago", "thing:filter", day(2026, 11, 7), day(2026, 11, 8)),
        ("Ben fixed the kettle last Friday", "entity:switch.kettle", day(2026, 11, 20), day(2026, 11, 21)),
        ("we went to Berlin in May", "house", day(2026, 5, 1), day(2026, 6, 1)),
    ],
)
def test_what_was_done_on_a_day_is_an_event_of_that_day(
    text: str, subject: str, start: datetime, end: datetime
) -> None:
    fact = read(text)
    assert (fact.kind, fact.subject, fact.valid_from, fact.valid_to) == ("event", subject, start, end)
    assert fact.several


@pytest.mark.parametrize(
    ("text", "value", "start", "end"),
    [
        ("Ben lived here from May to July", True, day(2026, 5, 1), day(2026, 8, 1)),
        ("Ben moved in on 3 May", True, day(2026, 5, 3), None),
        ("Ben moved out on 3 June", False, day(2026, 6, 3), None),
        ("Ben lives here since 2019", True, day(2019, 1, 1), None),
    ],
)
def test_who_lives_here_is_a_span(text: str, value: bool, start: datetime, end: datetime | None) -> None:
    fact = read(text)
    assert (fact.predicate, fact.value, fact.valid_from, fact.valid_to) == ("lives here", value, start, end)


def test_a_state_may_have_begun_or_ended() -> None:
    began, ended = read("the bin day is Friday since May"), read("the bin day was Thursday until April")
    assert (began.value, began.valid_from, began.valid_to) == ("Friday", day(2026, 5, 1), None)
    assert (ended.value, ended.valid_from, ended.valid_to) == ("Thursday", None, day(2026, 5, 1))
    assert began.key == ended.key


def test_what_is_still_to_come_has_not_begun() -> None:
    fact = read("the plumber comes on 3 December")
    assert fact.kind == "event"
    assert fact.valid_from is None
    assert fact.value["day"] == "2026-12-03"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("I am allergic to nuts", "Anna is allergic to nuts"),
        ("I like tea", "Anna likes tea"),
        ("I don't like tea", "Anna does not like tea"),
        ("my sister's name is Eva", "Anna's sister's name is Eva"),
        ("we changed the filter yesterday", "we changed the filter on Friday, 20 November 2026"),
        ("Sam is allergic to nuts", "Sam is allergic to nuts"),
    ],
)
def test_a_sentence_is_kept_as_it_stays_true_for_others(text: str, sentence: str) -> None:
    assert read(text).sentence == sentence


@pytest.mark.parametrize(
    ("code", "text", "subject", "predicate", "sentence"),
    [
        ("de", "Sam gegen Nüsse allergisch ist", "person:sam", "allergic", "Sam ist allergisch gegen Nüsse"),
        ("de", "ich gegen Nüsse allergisch bin", "person:anna", "allergic", "Anna ist allergisch gegen Nüsse"),
        ("de", "die Müllabfuhr Freitag ist", "thing:mullabfuhr", "is", "Müllabfuhr ist Freitag"),
        ("fr", "Sam aime le thé", "person:sam", "likes le the", "Sam aime le thé"),
        ("nl", "Sam allergisch is voor noten", "person:sam", "allergic", "Sam is allergisch voor noten"),
        ("zh", "我喜欢茶", "person:anna", "likes 茶", "Anna喜欢茶"),
    ],
)
def test_other_languages_state_facts_too(code: str, text: str, subject: str, predicate: str, sentence: str) -> None:
    fact = read(text, code)
    assert (fact.subject, fact.predicate, fact.sentence) == (subject, predicate, sentence)


def test_what_is_for_one_person_alone_is_theirs() -> None:
    fact = read("the gift is in the attic", private=True)
    assert fact.visibility == "person:anna"
    assert fact.sensitivity == "private"
    with pytest.raises(Refused, match="who you are"):
        read("the gift is in the attic", origin=VOICE, private=True)


@pytest.mark.parametrize("text", ["", "x", "nuts", "we moved on 31 February", "it was from June to May 2020"])
def test_what_states_nothing_or_a_wrong_date_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("we changed the filter on 3 March 2099", "en"),
        ("we changed the filter tomorrow", "en"),
        ("wir haben am 3. März 2099 den Filter gewechselt", "de"),
    ],
)
def test_what_is_told_as_done_on_a_day_to_come_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused):
        read(text, code)


@pytest.mark.parametrize(
    "text",
    [
        "the party was moved to 3 December 2026",
        "we booked the plumber for 5 December 2026",
        "the plumber comes tomorrow",
    ],
)
def test_what_is_planned_for_a_day_to_come_is_kept(text: str) -> None:
    assert read(text).kind == "event"


@given(text=st.text(max_size=120))
def test_any_text_states_something_or_is_refused(text: str) -> None:
    for code in ("en", "zh"):
        try:
            fact = read(text, code)
        except Refused:
            continue
        assert fact.sentence
        assert fact.key
