"""Which sentence was nearly said, and that a word more means something else was."""

import pytest

from claw.mind.language import load
from claw.voice.nearly import Nearly

SENTENCES = {
    "en": (
        "turn on the desk lamp",
        "turn off the desk lamp",
        "close the garage door",
        "set the hall lamp to 50 percent",
        "turn on the fan",
        "turn on the television",
        "open the curtain",
        "turn on the 3d printer",
    ),
    "zh": ("打开客厅的灯", "关闭客厅的灯"),
}
LANGUAGES = {code: load(code) for code in SENTENCES}


class Samples:
    """A house that knows these few sentences."""

    def near(self, text: str, code: str, most: int) -> tuple[str, ...]:
        del text
        return SENTENCES[code][:most]


def nearly(said: str, code: str = "en") -> list[str]:
    found = Nearly(Samples()).sentences(said, LANGUAGES[code], 9)  # type: ignore[arg-type]
    return [sentence for sentence, _ in found]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("turn of the desk lamp", "turn off the desk lamp"),
        ("turn the desk lamp please", "turn on the desk lamp"),
        ("clothes the garage door", "close the garage door"),
        ("turn on dusk lamp", "turn on the desk lamp"),
        ("off the dusk lamp", "turn off the desk lamp"),
        ("turn the desk off", "turn off the desk lamp"),
        ("turn on the van", "turn on the fan"),
        ("turn on the telefishen", "turn on the television"),
        ("open the cotan", "open the curtain"),
    ],
)
def test_a_word_that_is_lost_or_sounds_alike_is_nearly_said(said: str, first: str) -> None:
    assert nearly(said)[0] == first


@pytest.mark.parametrize(
    "said",
    [
        "turn on the desk lamp",  # said, not nearly said
        "turn on the desk lamp in ten minutes",
        "turn off the desk lamp on the table",
        "never turn the desk lamp",
        "is everything alright",
        "the garage door",
        "garage",
        "set the hall lamp to 30 percent",
        "set the hall lump to 30 percent",
        "turn on",  # of what?
        "set the hall lamp to",  # what is said last is lost twice
        "set the hall lamp to 5o percent",
        "turn on the 30 printer",
        "torn off the desk",
        "turn on i desk lamp",
        "turn desk",
        "what is on television",
        "",
    ],
)
def test_a_word_more_or_too_many_less_is_something_else(said: str) -> None:
    assert nearly(said) == []


def test_of_chinese_the_signs_are_compared() -> None:
    assert nearly("打客厅的灯", "zh")[0] == "打开客厅的灯"
    assert nearly("今天天气", "zh") == []
