"""What a request names, and what only looks like it."""

import pytest

from claw.skills.mentions import LONGEST, mentions, names_of, plain, words
from tests.learning_room import HOUSE

NAMES = names_of(HOUSE.registry)


def named(said: str, language: str = "en", further: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(one.kind, said[one.start : one.end]) for one in mentions(said, NAMES, language, further)]


@pytest.mark.parametrize(
    ("said", "language", "found"),
    [
        ("dim the Floor Lamp to 40 percent in here", "en",
         [("entity", "Floor Lamp"), ("figure", "40 percent"), ("here", "in here")]),
        ("set the living room ceiling to forty", "en", [("entity", "living room ceiling"), ("figure", "forty")]),
        ("at 22:30 make the kitchen 21.5 degrees", "en", [("area", "kitchen"), ("figure", "21.5 degrees")]),
        ("把客厅调到百分之四十", "zh", [("area", "客厅"), ("figure", "百分之四十")]),
        ("mach es hier auf 30 % gemütlich", "de", [("here", "hier"), ("figure", "30 %")]),
        ("half of a lamp, or one", "en", []),
        ("the kitchenette", "en", []),
        ("", "en", []),
    ],
)  # fmt: skip
def test_rooms_things_figures_and_here_are_found_where_they_stand(
    said: str, language: str, found: list[tuple[str, str]]
) -> None:
    assert named(said, language) == found


def test_a_word_that_was_done_is_found_where_it_was_said() -> None:
    assert named("make it blue, not red", further=("blue", "green")) == [("word", "blue")]
    assert named("make it warm white", further=("warm_white",)) == [("word", "warm white")]


def test_a_name_that_several_things_bear_leads_to_all_of_them() -> None:
    (one,) = mentions("mach das Deckenlicht an", NAMES, "de")
    assert one.kind == "entity"
    assert len(one.ids) > 1


def test_what_is_compared_is_plain_and_what_is_long_is_cut() -> None:
    assert plain("Küche") == plain("KUCHE") == "kuche"
    assert len(words("lamp " * 1000)) <= LONGEST
    assert mentions("x" * 100_000, NAMES, "en") == ()
    assert [one.plain for one in words("Sam's 21.5°, 客厅")] == ["sam's", "21.5", "°", "客", "厅"]
