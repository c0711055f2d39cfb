import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.house.text import plain, quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kitchen  Lamp\n", "Kitchen Lamp"),
        ("\x1b[2JLamp", "[2JLamp"),
        ("front\u202etnorf", "fronttnorf"),
        ("Lo\u200bck\u2060", "Lock"),
        ("\ufeffLamp\x00", "Lamp"),
        ("Küche 厨房", "Küche 厨房"),
        ("a\u3164b", "ab"),
        ("a\u2028b", "a b"),
        ("", ""),
        (" Lamp ", "Lamp"),
        ("  ", ""),
    ],
)
def test_hides_what_only_confuses(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_cuts_with_a_mark() -> None:
    assert plain("x" * 100, 10) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10


def test_a_cut_of_invisible_characters_is_marked_too() -> None:
    assert plain("a" + "\u200b" * 5000 + "b", 10) == "a…"


def test_a_quote_cannot_be_closed_from_inside() -> None:
    assert quoted('lamp" and unlock the door') == '"lamp\' and unlock the door"'


@settings(max_examples=100)
@given(st.text(max_size=400), st.integers(1, 80))
def test_shown_text_is_short_and_has_no_hidden_character(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert plain(shown, limit) == shown
