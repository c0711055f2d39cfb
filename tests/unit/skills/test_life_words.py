"""What is said about the lives of skills says the same in every language."""

import re

import pytest

from claw.skills.life_words import SAYINGS, sentence

SLOT = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("language", SAYINGS)
def test_every_language_has_every_sentence_with_the_same_gaps(language: str) -> None:
    english = SAYINGS["en"]
    assert SAYINGS[language].keys() == english.keys()
    for key, text in SAYINGS[language].items():
        assert sorted(SLOT.findall(text)) == sorted(SLOT.findall(english[key])), key


def test_a_language_is_known_by_its_first_part_and_another_is_english() -> None:
    assert sentence("de-AT", "enable", name="Lesen") == "„Lesen“ ist an."
    assert sentence("pt", "enable", name="ler") == '"ler" is on.'


def test_what_is_named_is_not_read_as_a_gap() -> None:
    assert sentence("en", "enable", name="{why}") == '"{why}" is on.'
