import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.language import SHIPPED
from claw.mind.memos_tongue import clean, tongue


@pytest.mark.parametrize("code", SHIPPED)
def test_every_language_has_the_core_sentences(code: str) -> None:
    spoken = tongue(code)
    means = {"remember", "about", "why", "forget_that", "forget_all", "forget_me", "correct", "habits_on", "habits_off"}
    assert means <= set(spoken.asks.means)
    assert spoken.code == code
    assert spoken.me
    assert spoken.days.lists["on"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("change the filter", "we changed the filter on 3 March"),
        ("buy a kettle", "we bought a kettle in May"),
        ("what is Sam's allergy", "Sam is allergic to nuts"),
        ("clean the windows", "the windows were cleaned"),
        ("the bin day", "the bin day is Friday"),
    ],
)
def test_two_sentences_speak_of_the_same_however_they_end(asked: str, told: str) -> None:
    english = tongue("en")
    assert english.covers(english.content(asked), english.content(told))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("change the filter", "we changed the tyres"),
        ("Sam's birthday", "Anna's birthday is 3 May"),
        ("the garden", "the garage is cold"),
        ("room 12", "room 123 is cold"),
        ("does Sam like tea", "Sam hates tea"),
    ],
)
def test_what_is_about_something_else_is_not_taken_for_it(asked: str, told: str) -> None:
    english = tongue("en")
    assert not english.covers(english.content(asked), english.content(told))


def test_a_language_without_spaces_is_compared_by_characters() -> None:
    chinese = tongue("zh")
    assert chinese.covers(chinese.content("换滤芯"), chinese.content("3月3日我们换了滤芯"))
    assert not chinese.covers(chinese.content("换轮胎"), chinese.content("3月3日我们换了滤芯"))


def test_a_name_is_known_without_its_article() -> None:
    assert tongue("en").bare("the big lamp") == "big lamp"
    assert tongue("en").bare("the") == "the"
    assert tongue("de").bare("Den Filter") == "Filter"


@given(text=st.text(max_size=80))
def test_any_text_has_its_words(text: str) -> None:
    for code in SHIPPED:
        tongue(code).content(clean(text))
        tongue(code).is_past(text)
