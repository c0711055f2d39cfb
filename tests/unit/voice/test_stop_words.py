"""A bare word to stop ends what is heard; it never stops the house, and the phrase that does is no bare word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.language import SHIPPED, load
from claw.voice import stop_words
from claw.voice.stop_words import LONGEST, StopWords

LANGUAGES = {code: load(code) for code in SHIPPED}
WORDS = StopWords(["hey_dobby"], list(LANGUAGES.values()))
BARE = [(code, word) for code, one in LANGUAGES.items() for word in one.spoken["bare"]]
EVERYTHING = [phrase for one in LANGUAGES.values() for phrase in one.spoken["stop"]]


@pytest.mark.parametrize(("code", "word"), BARE)
def test_a_bare_word_to_stop_is_one_however_often_it_is_said(code: str, word: str) -> None:
    for said in (word, f"{word}!", word.upper(), f"{word}, {word}", f"Claw, {word}!", f"hey dobby {word}"):
        assert WORDS.bare_stop(said, code)
        assert WORDS.bare_stop(said), "the language may be unknown"
    assert WORDS.everything(word) is None
    assert WORDS.everything(f"{word} {word}") is None


@pytest.mark.parametrize("phrase", EVERYTHING)
def test_the_phrase_that_stops_everything_is_no_bare_word(phrase: str) -> None:
    assert WORDS.everything(phrase) in LANGUAGES
    assert not WORDS.bare_stop(phrase)
    assert not WORDS.bare_stop(f"stop {phrase}")


@pytest.mark.parametrize(
    "said",
    ["", "!", "please", "claw", "hey claw please", "stop the music", "stopwatch", "do not stop", "stop " * LONGEST],
)
def test_anything_else_is_none(said: str) -> None:
    assert not WORDS.bare_stop(said)
    assert not WORDS.bare_stop(said, "en")


def test_a_word_counts_in_the_language_that_is_spoken_and_in_english() -> None:
    assert WORDS.bare_stop("hou op", "nl")
    assert not WORDS.bare_stop("hou op", "de")
    assert WORDS.bare_stop("stop talking", "de-DE")
    assert WORDS.bare_stop("hou op", "tlh"), "of a language that nobody knows, any may be meant"


def test_by_itself_it_knows_every_shipped_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop_words, "load", LANGUAGES.__getitem__)  # reading them all again takes seconds
    words = StopWords()
    assert all(words.everything(phrase) for phrase in EVERYTHING)
    assert all(words.bare_stop(word, code) and words.bare_stop(word) for code, word in BARE)


def test_so_long_a_stop_is_still_one() -> None:
    assert WORDS.bare_stop("stop".ljust(LONGEST))
    assert not WORDS.bare_stop("stop".ljust(LONGEST + 1))


@given(st.text(max_size=60))
def test_no_text_is_both(text: str) -> None:
    assert not (WORDS.bare_stop(text) and WORDS.everything(text))
