"""Which utterance stops everything: the listed phrases however a recogniser spells them, and nothing else."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.house.file import parse_house
from claw.mind import intents
from claw.mind.harmless import MASK, Harmless
from claw.mind.intents import Intents
from claw.mind.language import SHIPPED, load
from claw.mind.spoken_stop import LONGEST, Pieces, SpokenStop, letters
from claw.mind.understood import Control

LANGUAGES = {code: load(code) for code in SHIPPED}
PHRASES = [(code, phrase) for code, one in LANGUAGES.items() for phrase in one.spoken["stop"]]
STOP = SpokenStop(LANGUAGES.values(), ["hey dobby"])
HARMLESS = Harmless(languages=LANGUAGES.values())
FILES = Path(__file__).parents[2] / "everyday"
EVERYDAY = [
    line
    for code in SHIPPED
    for line in (FILES / f"{code}.txt").read_text("utf-8").splitlines()
    if line[:1] not in ("", "#")
]
VOICE, TYPED = Origin("voice:hall", place="hall"), Origin("web", "anna", authenticated=True)


@pytest.fixture(scope="module")
def hears() -> Iterator[Callable[[str], Intents]]:
    """Give the recogniser of a house by its language; what all of them read is read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intents, "load", LANGUAGES.__getitem__)
        yield cache(lambda code: Intents([code]))


AROUND = [
    "{}",
    "{}.",
    "{}!",
    "  {} ",
    "Claw, {}!",
    "hey claw {} please",
    "Please {}.",
    "okay Nabu {}",
    "Alexa, {}",
    "Hey Dobby: {}!!",
    "{}, {}",
    "Stop! Stop! {}!",
    "No! {}!",
    "Clause, {}, quickly!",
    "klaw: {}",
    "{} Thank you.",
    "“{}”",
]


@pytest.mark.parametrize(("code", "phrase"), PHRASES)
def test_every_listed_phrase_is_a_stop_however_it_is_spelt(
    hears: Callable[[str], Intents], code: str, phrase: str
) -> None:
    for around in AROUND:
        said = around.format(phrase, phrase)
        for spelt in (said, said.upper(), said.replace(" ", ", "), said.replace(" ", "-"), said.replace("ê", "e")):
            assert STOP.language(spelt) in LANGUAGES, spelt
    assert hears("en").control(phrase, VOICE) == Control("stop", STOP.language(phrase) or "")
    assert hears("en").control(phrase, TYPED) is not None, f"who types it means it too ({code})"


@pytest.mark.parametrize(("code", "phrase"), PHRASES)
def test_what_claw_says_never_holds_a_listed_phrase(code: str, phrase: str) -> None:
    for written in (
        phrase,
        phrase.upper(),
        phrase.replace(" ", "… "),
        phrase.replace(" ", "_"),
        phrase.replace(" ", ""),
        phrase.replace("ê", "e"),
        f"The program says: {phrase} and more ({code})",
        f"{phrase}\u200b",
        ".".join(phrase),
        phrase.replace("o", "ó").replace("a", "ä"),
        *([phrase.replace("r", "r ").replace("t", "t "), "  ".join(phrase)] if " " in phrase else []),
    ):
        said = HARMLESS.text(written)
        assert MASK in said, written
        assert letters(phrase) not in letters(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "...",
        "stop",
        "Stop!",
        "stop stop stop",
        "halt",
        "freeze",
        "emergency",
        "abort",
        "full stop",
        "stop all",
        "stop the music",
        "stop everything in the living room",
        "clothes: never stop everything",
        "glad you stop everything",
        "clowns everywhere stop everything",
        "stop everything but the music",
        "do not stop everything",
        "not stop",
        "No! Not... stop!",
        "Not, halt now",
        "not stopp",
        "don't stop everything now",
        "turn everything off",
        "did you stop everything",
        "arrête tout de suite",
        "alles aus",
        "全部关闭",
        "hey claw",
        "please",
        "stop everything " * LONGEST,
    ],
)
def test_whatever_else_is_said_is_none(hears: Callable[[str], Intents], said: str) -> None:
    assert STOP.language(said) is None
    for code in ("en", "de", "zh"):
        assert getattr(hears(code).control(said, VOICE), "word", "") != "stop"


@pytest.mark.parametrize("said", ["Notstopp!", "Not-Stopp, bitte", "not-halt", "Not aus!", "nood stop", "NOTSTOP"])
def test_a_word_of_two_is_a_stop_as_it_is_written(said: str) -> None:
    assert STOP.language(said) in {"de", "nl"}


async def test_what_was_typed_before_does_not_make_a_heard_word_a_stop(hears: Callable[[str], Intents]) -> None:
    house, listening = parse_house({"language": "en", "entities": []}), hears("en")
    assert await listening.listen("stop", house, Origin("web", place="hall")) == Control("stop", "en")
    heard = await listening.listen("stop", house, Origin("voice:hall", place="hall"))
    assert heard != Control("stop", "en"), "the caches know who typed and who spoke"


def test_another_word_to_claw_stays_what_it_is(hears: Callable[[str], Intents]) -> None:
    for word in ("yes", "no", "undo", "never mind", "help"):
        assert hears("en").control(word, VOICE) == hears("en").control(word, TYPED) is not None


@pytest.mark.parametrize("code", SHIPPED)
def test_a_listed_phrase_stops_in_a_house_of_any_language(hears: Callable[[str], Intents], code: str) -> None:
    assert all(hears(code).control(phrase, VOICE) is not None for _, phrase in PHRASES)


@pytest.mark.parametrize("code", SHIPPED)
def test_what_is_said_every_day_in_any_language_is_no_stop(hears: Callable[[str], Intents], code: str) -> None:
    for sentence in EVERYDAY:
        for said in (sentence, f"Claw, {sentence}.", f"{sentence} please"):
            assert STOP.language(said) is None, said
            assert getattr(hears(code).control(said, VOICE), "word", "") != "stop", said


@pytest.mark.parametrize(
    ("said", "wanted"),
    [("ab", "x"), ("abab", "x"), ("bab", "x"), ("abc", None), ("ba", None), ("", None), ("cde", "y"), ("cdeab", "y")],
)
def test_what_is_made_of_pieces_whole_has_the_first_that_is_wanted(said: str, wanted: str | None) -> None:
    assert Pieces({"ab": "x", "cde": "y", "": "z"}, ["a", "b", "cd", ""]).wanted(said) == wanted


@pytest.mark.parametrize("code", SHIPPED)
def test_a_house_of_one_language_alone_is_stopped_in_it(code: str) -> None:
    alone = SpokenStop([LANGUAGES[code]])
    assert all(alone.language(phrase) == code for phrase in LANGUAGES[code].spoken["stop"])
    assert alone.language("xylophone") is None


def test_what_is_as_long_as_a_talk_is_looked_at_and_what_is_longer_is_not() -> None:
    assert STOP.language("stop everything".ljust(LONGEST)) == "en"
    assert STOP.language("stop everything".ljust(LONGEST + 1)) is None


@given(st.text(max_size=80))
def test_any_text_is_read_and_words_more_make_it_none(text: str) -> None:
    STOP.language(text)
    assert STOP.language(f"xylophone {text} stop everything") is None
