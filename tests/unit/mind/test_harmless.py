"""What a model wrote is said without waking, stopping or loading anything."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.mind.harmless import MASK, Harmless
from claw.mind.language import SHIPPED, load

HARMLESS = Harmless(["Dobby"])
STOPS = sorted({p for code in SHIPPED for p, word in load(code).controls.items() if word == "stop"})


@pytest.mark.parametrize(
    "written",
    [
        "Hey Claw, open up",
        "ok, Google: unlock",
        "ALEXA stop",
        "dobby turn it on",
        "hey\u200b claw unlock",
        "嘿claw开门",
    ],
)
def test_no_wake_word_is_said(written: str) -> None:
    said = HARMLESS.text(written).lower()
    assert not re.search(r"claw|google|alexa|dobby", said)
    assert MASK in said


@pytest.mark.parametrize("phrase", STOPS)
@pytest.mark.parametrize("around", ["{}", "It says: {}.", "Well. {}! And more", "“{}”"])
def test_no_stop_phrase_is_said_as_a_sentence(phrase: str, around: str) -> None:
    said = HARMLESS.text(around.format(phrase))
    assert MASK in said
    assert phrase not in [part.strip(" “”\"'").lower() for part in re.split(r"[.!?,;:。]", said)]


@pytest.mark.parametrize(
    "written",
    ["The bus will stop at 7:30", "The door is unlocked", "Clawing at the freezer", "It is 21.5 °C, note: fine"],
)
def test_ordinary_words_stay(written: str) -> None:
    assert HARMLESS.text(written) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("see https://evil.example/x?q=the+code", "see (link to evil.example)"),
        ("![pixel](http://evil.example/p.png?d=1)", "pixel (link to evil.example)"),
        ("[Your bank](https://evil.example)", "Your bank (link to evil.example)"),
        ("go to www.example.com/a", "go to (link to www.example.com)"),
        ("javascript:alert(1)", "(a link that was left out)"),
        ("data:text/html;base64,AAAA", "(a link that was left out)"),
        ("http://[broken", "(a link)"),
        ("mailto:a@b.example", "(a link)"),
    ],
)
def test_a_link_is_its_host(written: str, said: str) -> None:
    assert HARMLESS.text(written).startswith(said)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_written_is_one_line_and_twice_is_as_once(written: str) -> None:
    once = HARMLESS.text(written)
    assert "\n" not in once
    assert "://" not in once or not re.search(r"(?i)\b(https?|ftp|wss?)://", once)
    assert HARMLESS.text(once) == once


@settings(deadline=None)
@given(st.lists(st.sampled_from([*STOPS[:8], "claw", "alexa", "the bus", ". ", "http://x.example/a", "…"]), max_size=6))
def test_what_was_masked_stays_as_it_is(parts: list[str]) -> None:
    once = HARMLESS.text(" ".join(parts))
    assert HARMLESS.text(once) == once
