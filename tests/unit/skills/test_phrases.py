from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.skills import phrases as module
from claw.skills.manifest import Manifest
from claw.skills.phrases import LONGEST_SAID, MOST_FORMS, Phrases, folded, forms

PLAIN = st.sampled_from(["movie", "night", "cosy", "lamp", "warm", "reading", "corner", "soft"])


def manifest(**phrases: Sequence[str]) -> Manifest:
    parameters: dict[str, Any] = {
        "area": {"type": "area"},
        "brightness": {"type": "number", "min": 1, "max": 100},
        "at": {"type": "duration", "min": 1, "max": 9},
    }
    return Manifest.model_validate(
        {"version": "1.0.0", "parameters": parameters, "triggers": {"phrases": dict(phrases)}}
    )


MOVIE = manifest(
    en=["movie time [in [the] {area}]", "make {area} cosy [at {brightness}]", "film at {brightness} in {area}"],
    de=["Kinoabend [im {area}]"],
    zh=["看电影", "{area}看电影"],
)
HEARD = Phrases([("movie-time", MOVIE)], {"en": ("please", "hey claw", "claw")})


@pytest.mark.parametrize(
    ("said", "slots"),
    [
        ("movie time", {}),
        ("Movie  TIME!!", {}),
        ("claw, movie time please", {}),
        ("Hey Claw, movie time, please.", {}),
        ("movie time in the living room", {"area": "living room"}),
        ("make the den cosy", {"area": "the den"}),
        ("make the den cosy at 40 %", {"area": "the den", "brightness": "40%"}),
        ("make the den cosy at 21.5", {"area": "the den", "brightness": "21.5"}),
        ("film at forty percent in the den", {"brightness": "forty percent", "area": "the den"}),
        ("KINOABEND im Wohnzimmer", {"area": "wohnzimmer"}),
        ("看电影", {}),
        ("客厅看电影", {"area": "客厅"}),
        ("\uff4d\uff4f\uff56\uff49\uff45 time", {}),
    ],
)
def test_a_phrase_is_heard_however_it_is_written(said: str, slots: dict[str, str]) -> None:
    found = HEARD.match(said, ["en"])
    assert found
    assert (found[0].skill, dict(found[0].slots)) == ("movie-time", slots)


@pytest.mark.parametrize(
    "said",
    ["", "   ", "!!!", "movie", "time movie", "movie time in", "movie times", "no movie time", "please", "claw",
     "make cosy", "movie time " + "x" * LONGEST_SAID, "看电"],
)  # fmt: skip
def test_what_is_no_phrase_is_none(said: str) -> None:
    assert HEARD.match(said, ["en"]) == ()


def test_a_slot_alone_takes_no_sentence() -> None:
    assert Phrases([("greedy", manifest(en=["{area}", "[please] {area}"]))]).match("stop", ["en"]) == ()


def test_of_two_skills_the_one_with_more_words_of_its_own_is_meant_first() -> None:
    heard = Phrases([("a", manifest(en=["cosy {area}"])), ("b", manifest(en=["cosy den"]))])
    assert [one.skill for one in heard.match("cosy den", ["en"])] == ["b", "a"]


def test_of_two_languages_the_askers_is_meant_first() -> None:
    heard = Phrases([("a", manifest(en=["kino"])), ("b", manifest(de=["kino"]))])
    assert [one.skill for one in heard.match("kino", ["de", "en"])] == ["b", "a"]


def test_a_slot_that_stands_twice_is_one_value() -> None:
    heard = Phrases([("a", manifest(en=["{area} like {area}"]))])
    assert heard.match("den like den", ["en"])
    assert heard.match("den like hall", ["en"]) == ()


def test_every_form_of_a_phrase_is_known_and_no_phrase_has_thousands() -> None:
    assert set(forms("a [b] c {area}")) == {"a c {area}", "a b c {area}"}
    assert set(forms("a [b [c]]")) == {"a", "a b", "a b c"}
    assert set(forms("a [b")) == set(forms("a [b]"))
    assert forms("a ] b") == ("a",)
    assert len(forms(" ".join(f"[w{at}]" for at in range(10)) + " x")) <= MOST_FORMS


def test_marks_and_width_are_no_difference() -> None:
    assert folded("Été  À\u00a0LA Crème!") == "ete a la creme"
    assert folded("it\u2019s") == folded("it's")


def test_near_is_what_shares_most_of_its_rare_words() -> None:
    heard = Phrases([("movie-time", MOVIE), ("night", manifest(en=["good night everybody"]))])
    assert heard.near("is it movie o'clock, time flies", ["en"])[0] == "movie-time"
    assert heard.near("open the garage door", ["en"]) == ()


@given(words=st.lists(PLAIN, min_size=1, max_size=6), slot=st.lists(PLAIN, min_size=1, max_size=3))
def test_a_phrase_said_as_it_is_written_is_heard_as_it(words: list[str], slot: list[str]) -> None:
    heard = Phrases([("one", manifest(en=[" ".join(words) + " at {at}"]))])
    found = heard.match(" ".join([*words, "at", *slot]), ["en"])
    assert any(dict(one.slots) == {"at": " ".join(slot)} for one in found)


@given(st.text(max_size=400))
def test_no_sentence_breaks_it(said: str) -> None:
    for one in HEARD.match(said, ["en"]):
        assert one.skill == "movie-time"
    HEARD.near(said, ["en", "zh"])


def test_a_thousand_phrases_are_looked_up_and_not_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [(f"s{at}", manifest(en=[f"word{at} lamp {{area}}", f"turn word{at} on"])) for at in range(500)]
    heard, tried = Phrases(many), 0
    real = module._Ways

    def counted(*args: Any) -> Any:
        nonlocal tried
        tried += 1
        return real(*args)

    monkeypatch.setattr(module, "_Ways", counted)
    assert [one.skill for one in heard.match("word7 lamp kitchen", ["en"])] == ["s7"]
    assert tried < 20
