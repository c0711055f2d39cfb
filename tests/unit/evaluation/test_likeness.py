"""When values are the same: rounding is no mistake, half a degree is one, and a word is not part of another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.evaluation.likeness import alike, says


@pytest.mark.parametrize(
    ("wanted", "found", "name", "same"),
    [
        (102, 103, "brightness", True),
        (102, 110, "brightness", False),
        (21, 21.04, "temperature", True),
        (21, 21.5, "temperature", False),
        ("21", "21.0", "", True),
        ("on", "On ", "", True),
        ("on", "off", "", False),
        (0.25, 0.255, "volume_level", True),
        (0.25, 0.3, "volume_level", False),
        ([255, 0, 0], (253, 2, 0), "rgb_color", True),
        ([255, 0, 0], [255, 0], "rgb_color", False),
        (True, True, "is_volume_muted", True),
        (True, 1, "is_volume_muted", True),
        (False, None, "is_volume_muted", False),
        (None, None, "effect", True),
        ("nan", "nan", "", True),
        (10, None, "", False),
        (4000, 3960, "color_temp_kelvin", True),
    ],
)
def test_values_are_held_against_each_other(wanted: object, found: object, name: str, *, same: bool) -> None:
    assert alike(wanted, found, name) is same


@given(st.floats(allow_nan=False) | st.text() | st.booleans() | st.none() | st.lists(st.integers()))
def test_everything_is_like_itself(value: object) -> None:
    assert alike(value, value)


@pytest.mark.parametrize(
    ("text", "words", "held"),
    [
        ("The front door is unlocked.", "locked", False),
        ("The front door is LOCKED.", "locked", True),
        ("It is 18.2 °C there.", "18.2", True),
        ("It is 18.2 °C there.", "18", False),
        ("It is 21.0 degrees", "21", True),
        ("Es sind 18,5 Grad", "18.5", True),
        ("1,240 W", "1240", True),
        ("at 07:30", "7", False),
        ("at 07:30", "07:30", True),
        ("minus: -3 °C", "-3", True),
        ("-3 °C", "3", False),
        ("room7 is on", "7", False),
        ("It\u2019s the kids\u2019 room", "kids' room", True),
        ("two   words", "two words", True),
        ("卧室的灯开了", "灯", True),
        ("anything", "", False),
        ("what (now)?", "(now)", True),
    ],
)
def test_words_are_found_as_words_and_numbers_as_numbers(text: str, words: str, *, held: bool) -> None:
    assert says(text, words) is held


@given(text=st.text(), words=st.text())
def test_looking_for_anything_in_anything_ends_in_an_answer(text: str, words: str) -> None:
    assert says(text, words) in {True, False}
