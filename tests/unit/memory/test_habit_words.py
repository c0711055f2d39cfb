"""A habit is told in every language that Claw speaks, in sentences that a memory may hold."""

import pytest

from claw.memory.confidential import looks_secret
from claw.memory.habit_words import POSTURES, words_of
from claw.memory.mining import WEEK, Found
from claw.memory.proposing import proposal, question
from claw.memory.residue import ordered
from tests.observing import Named

LANGUAGES = ("en", "de", "fr", "nl", "zh")
DAYS = (WEEK, frozenset(range(5)), frozenset({5, 6}), frozenset({6}), frozenset({0, 2}))


def found() -> list[Found]:
    """Return a habit of every sort, word and set of days."""
    routines = [
        Found("routine", "sam", "light.hall", word, 9, 10, 0, 0, weekdays=days, at=25_200)
        for word in POSTURES
        for days in DAYS
    ]
    undone = [
        Found("undo", person, "light.hall", word, 9, 10, 0, 0, run=run)
        for word in POSTURES
        for run in ("automation.evening_light", "claw")
        for person in ("sam", None)
    ]
    return [*routines, *undone, Found("level", "sam", "light.bed", "on", 9, 10, 0, 0, level=30, block=3)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_habit_can_be_told_and_asked_about(language: str) -> None:
    sentences: set[str] = set()
    for one in found():
        fact = proposal(one, Named(language))
        assert fact is not None
        sentences.add(fact.sentence)
        asked = question(fact, "…", language)
        assert asked.count("?") + asked.count("\uff1f") == 1
        assert "{" not in asked
        assert not looks_secret(fact.sentence)
        if fact.kind == "routine":
            assert not ordered(fact.sentence), "what somebody does would be refused as an order"
    assert len(sentences) == len(found())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_set_of_days_has_words_of_its_own(language: str) -> None:
    words = words_of(language)
    assert len({words.said(sorted(days)) for days in DAYS}) == len(DAYS)
    assert words.said(sorted(WEEK)) == ""
    assert len({words.counting([day]) for day in range(7)}) == 7
    assert len(words.months) == 12


def test_languages_differ_and_an_unknown_one_is_english() -> None:
    assert len({words_of(language) for language in LANGUAGES}) == len(LANGUAGES)
    assert words_of("xx") == words_of("en")


def test_a_german_house_is_asked_in_german() -> None:
    fact = proposal(found()[1], Named("de"))
    assert fact is not None
    assert fact.sentence == "Sam schaltet hall gegen 07:00 an Arbeitstagen ein."
