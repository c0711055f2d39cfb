"""What an engine makes up for silence is dropped whole; what a person says is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.voice.model import Hints
from claw.voice.plausible import LONGEST_LOOP, plausible
from claw.voice.sounds import words

NAMES = ("Kitchen light", "Good night", "Front door", "Anna's lamp", "Stop", "Light")
HINTS = Hints("en", NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "...",
        "Thank you for watching!",
        "Thanks for watching. Please subscribe.",
        " you ",
        "[Music]",
        "(laughs) ♪ ♪",
        "*clears throat*",
        "Untertitel der Amara.org-Community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Bedankt voor het kijken!",
        "字幕由Amara.org社区提供",
        "谢谢观看",
        "light light light light light light light light light light light light",
        "kitchen light " * (LONGEST_LOOP // 2),
    ],
)
def test_what_silence_sounds_like_to_an_engine_is_no_text(text: str) -> None:
    assert plausible(text, HINTS) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Kitchen light, Good night",
        "kitchen light good night front door",
        "Front door, Anna's lamp.",
        "Kitchen light, Good night, Front door, Anna's lamp, Stop, Light",
    ],
)
def test_a_piece_of_the_list_of_names_is_no_text(text: str) -> None:
    assert plausible(text, HINTS) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Good night",
        "Stop.",
        "kitchen light",
        "turn on the kitchen light",
        "light front",
        "night front door",
        "Thank you",
        "thank you for watching the kids, turn off the light",
        "Front door, kitchen light",
        "no no no",
        "stop stop stop stop",
        "please turn on the kitchen light and the light in the hall and then tell me what time it is",
        "one two three " * (LONGEST_LOOP // 3),
        "light " * (LONGEST_LOOP - 1),
    ],
)
def test_what_a_person_says_stays_as_it_is(text: str) -> None:
    assert plausible(text, HINTS) == text.strip()


@pytest.mark.parametrize("text", ["stop everything now", "Claw, stop everything!", "stop everything stop everything"])
@pytest.mark.parametrize("names", [(), ("Stop everything",), ("Everything", "Stop"), ("Claw stop everything now",)])
def test_no_hint_hides_that_everything_shall_stop(text: str, names: tuple[str, ...]) -> None:
    assert plausible(text, Hints("en", names)) == text


def test_it_comes_on_one_line_without_what_cannot_be_shown() -> None:
    assert plausible(" turn\n on\x00 the\u200b \tlight ", Hints()) == "turn on the light"


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=6))
def test_whatever_comes_is_text_on_one_line_or_nothing(text: str, names: list[str]) -> None:
    kept = plausible(text, Hints("en", tuple(names)))
    assert kept.isprintable()
    assert plausible(kept, Hints("en", tuple(names))) == kept
    if kept:
        assert words(kept)
