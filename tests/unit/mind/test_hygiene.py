"""What is refused before it is read, and what is left of what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.hygiene import LONGEST, clean, degrees, joined, name_text, refusal


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LONGEST + 1),
        "\ufdfa" * 100,
        "a\x07b",
        "a\u202eb",
        "a\u200bb",
        "\ud800",
        "l\u0430mp",
        "\u03bfpen",
        "\ufffe",
    ],
)
def test_hidden_and_disguised_text_is_refused(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "turn on",
        "schließe die Tür",
        "éteins",
        "打开tv",
        "свет",
        "φως",
        "turn\ton\n",
        "it's 21 °C",
        "👨\u200d👩\u200d👧 on",
        "",
    ],
)
def test_ordinary_text_of_any_alphabet_is_read(text: str) -> None:
    assert refusal(text) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  Turn   on!! ", "Turn on"),
        ("“lamp” on.", "lamp on"),
        ("19.5 degrees.", "19.5 degrees"),
        ("打开灯。", "打开灯"),
        ("it\u2019s on 💡", "it's on"),
        ("claw: on", "claw on"),
        ("30 %", "30 %"),
        ("21 °C", "21 °C"),
    ],
)
def test_marks_and_pictures_go_and_words_stay(text: str, left: str) -> None:
    assert clean(text) == left


@given(st.text(max_size=60))
def test_a_name_becomes_words_that_stay_what_they_are(name: str) -> None:
    once = name_text(name)
    assert len(once) <= 60
    assert name_text(once) == once
    assert not set("(){}[]<>|") & set(once)


@given(st.text(st.characters(max_codepoint=127), max_size=130))
def test_a_plain_name_is_read_like_one_with_other_letters(name: str) -> None:
    long = 120 - len(name)
    assert name_text(name) == name_text(f"{name} \u200b" if long > 1 else name)


def test_a_written_unit_is_taken_out() -> None:
    assert degrees("set it to 70 °F") == ("set it to 70°", "F")
    assert degrees("set it to 70") == ("set it to 70", None)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Turn on the lamp. Turn off the fan.", "Turn on the lamp; Turn off the fan"),
        ("Turn on the lamp! Now.", "Turn on the lamp; Now"),
        ("lamp on\nfan off", "lamp on; fan off"),
        ("打开灯。关闭风扇。", "打开灯; 关闭风扇"),
        ("set it to 20.5 degrees.", "set it to 20.5 degrees"),
        ("is it on? turn it off", "is it on turn it off"),
    ],
)
def test_the_end_of_a_sentence_is_kept_where_another_follows(text: str, left: str) -> None:
    assert joined(text) == left
