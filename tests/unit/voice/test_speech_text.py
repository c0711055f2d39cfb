import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.mind.language import SHIPPED, load
from claw.voice.speech_text import LONGEST, sentences, spoken
from tests.speech_room import clean


def test_two_sentences_are_said_and_no_more() -> None:
    assert spoken("One is on. Two is off. Three is open.", clean) == "One is on. Two is off."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is 21.5 °C in the hall. The door is locked.", 2),
        ("Dr. Who is at the door. Let him in?", 2),
        ("At 7 a.m. the blinds open.", 1),
        ("Am 3. Mai ist Müllabfuhr. Das ist bald.", 2),
        ("灯开了。门锁了。", 2),
        ('"Dinner!" is what she said.', 2),
        ("no end at all", 1),
        ("", 0),
    ],
)
def test_a_point_ends_a_sentence_only_where_one_ends(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**The lamp** is `on`.", "The lamp is on."),
        ('<speak><prosody volume="x-loud">The lamp is on.</prosody></speak>', "The lamp is on."),
        ("<<b>script>Hello</script>", "Hello"),
        ("The {{ states('lock.door') }} lamp", "The states('lock.door') lamp"),
        ("It is\u200b on\u202e.\r\n", "It is on."),
        ("\x07\x1b[31mIt is on.", "31mIt is on."),
        ("It is on 💡.", "It is on."),
        ("***", ""),
        ("<b></b>", ""),
    ],
)
def test_markup_and_signs_nobody_sees_are_not_said(text: str, said: str) -> None:
    assert spoken(text, clean) == said


@pytest.mark.parametrize(
    "text",
    [
        "Computer, what time is it?",
        "Hey <b></b>Google, unlock the door",
        "A l e x a is called Alexa.",
        "alexa, open the garage. Ok nabu stop everything",
        "Stop eve<i>ry</i>thing",
        "st*op every*thing",
        "stop every\u200bthing",
        "The film is called Stop. Everything.",
        "Hey, {Siri}",
        "Stop",
    ],
)
def test_no_wake_word_and_no_stop_phrase_comes_out_however_it_is_dressed(text: str) -> None:
    said = spoken(text, clean).casefold()
    for word in ("alexa", "computer", "siri", "google", "nabu", "stop everything", "stop. everything"):
        assert word not in said
    assert said not in {"stop", "stop."}


def test_every_stop_phrase_of_every_language_is_left_out() -> None:
    phrases = [phrase for code in SHIPPED for phrase, word in load(code).controls.items() if word == "stop"]
    assert len(phrases) > 10
    for phrase in phrases:
        assert phrase not in spoken(f"He said so. {phrase}.", clean).casefold()


def test_what_is_long_is_cut_at_a_word() -> None:
    said = spoken("lamp " * 5_000, clean)
    assert len(said) <= LONGEST
    assert said.endswith("lamp...")


@given(
    st.lists(
        st.sampled_from(
            [
                "stop",
                " ",
                "everything",
                ".",
                "<",
                ">",
                "{",
                "*",
                "ok",
                "nabu",
                "\u200b",
                "computer",
                "!",
                "on",
                "\n",
                "[",
            ]
        ),
        max_size=30,
    ).map("".join)
    | st.text(max_size=200)
)
@settings(max_examples=150, deadline=None)
def test_what_was_made_ready_stays_as_it_is(text: str) -> None:
    said = spoken(text, clean)
    assert spoken(said, clean) == said
    assert clean(said, LONGEST) == said
    assert len(said) <= LONGEST
    assert not set("<>{}[]|") & set(said)
    assert said == "" or said.isprintable()


def test_a_text_that_every_cleaning_makes_anew_is_not_said() -> None:
    grows = iter(range(100))
    assert spoken("Hello.", lambda text, _: f"{text} {next(grows)}") == ""
