"""Where a sentence is cut and what its parts borrow."""

import pytest

from claw.mind import compound
from claw.mind.language import load

ENGLISH = load("en")
CHINESE = load("zh")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("turn on the lamp", ("turn on the lamp",)),
        ("turn on the lamp and the fan", ("turn on the lamp", "the fan")),
        ("close the blinds, then lock the door", ("close the blinds", "lock the door")),
        ("a, b, and c and then d", ("a", "b", "c", "d")),
        ("turn on the sand lamp", ("turn on the sand lamp",)),
        ("and", ()),
    ],
)
def test_a_sentence_is_cut_at_whole_joining_words_only(text: str, pieces: tuple[str, ...]) -> None:
    assert compound.cut(text, ENGLISH) == pieces


def test_chinese_is_cut_without_spaces() -> None:
    assert compound.cut("打开落地灯和床头灯", CHINESE) == ("打开落地灯", "床头灯")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("turn off everything except the tv", ("turn off everything", "the tv")),
        ("turn off everything except for the tv", ("turn off everything", "the tv")),
        ("all lights off but not the hall", ("all lights off", "the hall")),
        ("except the tv", None),
        ("turn off the exceptional lamp", None),
    ],
)
def test_an_exception_is_what_follows_its_word(text: str, parts: tuple[str, str] | None) -> None:
    assert compound.cut_exception(text, ENGLISH) == parts


def test_a_part_without_a_verb_borrows_verb_noun_and_ending() -> None:
    offers = list(compound.offers("the hall", "turn on", " to 50 percent", ["light"], ENGLISH))
    assert offers == ["turn on the hall light to 50 percent", "turn on the hall to 50 percent"]
    assert compound.led("the hall", "turn on", ENGLISH) == "turn on the hall"
    assert compound.led("close the hall", "turn on", ENGLISH) == "close the hall"


def test_a_place_takes_the_place_of_the_one_before() -> None:
    assert compound.swapped("turn off the lights in the kitchen", ("kitchen", "hall"), "hall") == (
        "turn off the lights in the hall",
    )
    assert compound.swapped("turn off the lights", ("kitchen",), "hall") == ()


def test_endings_and_kinds_are_found_at_the_end_only() -> None:
    assert compound.tail_of("the fan off", ENGLISH) == " off"
    assert compound.tail_of("off the fan", ENGLISH) == ""
    assert compound.noun_of("the hall light", ENGLISH) == "light"
    assert compound.noun_of("light the hall", ENGLISH) == ""
