"""Whose a sentence is: nobody's, or somebody's that a phrase would take it from."""

import pytest

from claw.base.documents import parse_document
from claw.daemon.demo import FOLDER
from claw.daemon.proving_sentences import Heard
from claw.house.file import load_house
from claw.mind.intents import Intents
from claw.skills.manifest import Manifest

HOUSE = load_house(FOLDER / "house.yaml")
OTHER = parse_document("version: 1.0.0\ntriggers: {phrases: {en: [movie evening], de: [Filmabend]}}", "x", Manifest)
HEARD = Heard(Intents(["en", "de"]), lambda: HOUSE, lambda: [("movie", OTHER)])


@pytest.mark.parametrize(
    ("text", "language", "whose"),
    [
        ("stop", "en", "the word 'stop' to Claw itself"),
        ("claw, stop", "en", "the word 'stop' to Claw itself"),
        ("undo that", "en", "the word 'undo' to Claw itself"),
        ("ja", "de", "the word 'yes' to Claw itself"),
        ("停", "en", "the word 'stop' to Claw itself"),
        ("hello", "en", "the word 'hello' to Claw itself"),
        ("remember that the key is in the shed", "en", "talk about memory"),
        ("forget everything about me", "en", "talk about memory"),
        ("watch me", "en", "talk about skills"),
        ("make that a skill", "en", "talk about skills"),
        ("turn off the kitchen ceiling", "en", "a sentence about the house"),
        ("mach das Deckenlicht in der Küche aus", "de", "a sentence about the house"),
        ("movie evening", "en", "a phrase of movie"),
        ("Filmabend", "de", "a phrase of movie"),
        ("we are off to the seaside", "en", ""),
        ("is the laundry done", "en", ""),
        ("on va se coucher", "fr", ""),
    ],
)
async def test_a_sentence_is_somebodys_already_or_free(text: str, language: str, whose: str) -> None:
    assert await HEARD.taken(text, language, "mine") == whose


async def test_its_own_phrase_is_not_taken_from_it() -> None:
    assert await HEARD.taken("movie evening", "en", "movie") == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("stop", "stop"),
        ("stopp", "stop"),
        ("stop now please", "stop now"),
        ("we must stop everything", "stop everything"),
        ("confirmd", "confirmed"),
        ("undo it", "undo it"),
        ("never mind", "never mind"),
        ("do not heat the street", ""),
        ("good night", ""),
        ("movie time", ""),
        ("gute Nacht", ""),
        ("晚安", ""),
    ],
)
def test_what_may_be_taken_for_a_word_to_claw_itself_is_told(text: str, word: str) -> None:
    found = HEARD.resembles(text, "en")
    assert bool(found) == bool(word), found
