"""What sounds alike, and how far apart the rest is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.voice.sounds import apart, bound, sound_of


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("en", "ceiling lamp", "sea ling lamp"),
        ("en", "bedside", "bed side"),
        ("en", "lights", "lites"),
        ("en", "kitchen", "kichen"),
        ("en", "office", "offis"),
        ("de", "Küche", "kuche"),
        ("de", "Stehlampe", "Steh Lampe"),
        ("de", "Rollo", "rolo"),
        ("fr", "cuisine", "cuizine"),
        ("fr", "salon", "salons"),
        ("nl", "rolgordijn", "rolgordein"),
        ("nl", "woonkamer", "woon kamer"),
    ],
)
def test_what_is_heard_alike_is_one_sound(code: str, one: str, other: str) -> None:
    assert sound_of(one.split(), code) == sound_of(other.split(), code)


@pytest.mark.parametrize(("one", "other"), [("kitchen", "chicken"), ("on", "off"), ("hall", "wall"), ("lamp", "fan")])
def test_other_words_are_other_sounds(one: str, other: str) -> None:
    assert sound_of([one], "en") != sound_of([other], "en")


def test_without_rules_a_word_sounds_as_it_is_written() -> None:
    assert sound_of(["客厅"], "zh") == "客厅"
    assert sound_of(["Kitchen"], "xx") == "kitchen"


@pytest.mark.parametrize(
    ("one", "other", "far"), [("abcd", "abcd", 0), ("abcd", "abdc", 1), ("abcd", "abd", 1), ("abcd", "xbcy", 2)]
)
def test_apart_counts_what_was_added_lost_changed_or_swapped(one: str, other: str, far: int) -> None:
    assert apart(one, other, 3) == apart(other, one, 3) == far
    assert apart(one, other, far - 1) is None or far == 0


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_apart_is_a_distance(one: str, other: str) -> None:
    assert apart(one, one, 0) == 0
    assert apart(one, other, 8) == apart(other, one, 8)
    assert (apart(one, other, 8) == 0) == (one == other)


def test_short_sounds_have_to_be_the_same() -> None:
    assert [bound(length) for length in (0, 1, 3, 4, 7, 8, 12, 40)] == [0, 0, 0, 1, 1, 2, 3, 3]
