"""The name that nothing bears: told where it is sure, in every language, and nowhere else."""

import pytest

from claw.base.action import Origin
from claw.house.file import load_house
from claw.mind.intents import Intents
from claw.mind.lacking import lacking
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.turn_replies import unclear_reply
from claw.mind.understood import Unclear
from tests.unit.mind.test_intents import DEMO, small_house

HOUSE = load_house(DEMO)
BOOK = name_book(HOUSE.registry, load("en"))


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "turn on the jacuzzi", "I know nothing called jacuzzi."),
        ("de", "schalte den Whirlpool ein", "Ich kenne nichts, das Whirlpool heißt."),
        ("fr", "allume l'aquarium", "Je ne connais rien qui s'appelle aquarium."),
        ("nl", "zet de jacuzzi aan", "Ik ken niets dat jacuzzi heet."),
        ("zh", "打开按摩浴缸", "我不知道叫“按摩浴缸”的东西。"),
    ],
)
def test_a_name_that_nothing_bears_is_told_in_five_languages(language: str, said: str, told: str) -> None:
    house = HOUSE if language == "en" else small_house(language)
    understood = Intents([language]).recognise(said, house, Origin("web", language=language))
    assert isinstance(understood, Unclear)
    assert unclear_reply(understood, house).text.startswith(told.rstrip(".。"))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("turn on the jacuzzi", "jacuzzi"),
        ("turn the swimming pool off", "swimming pool"),
        ("open the pod bay doors", "pod bay doors"),
        ("dim the jacuzzi light", "jacuzzi light"),
        # Known by its name, its room, its kind or a word of the language; or more than a name.
        ("turn on the front door", ""),
        ("unlock the kitchen", ""),
        ("turn off the lights", ""),
        ("turn off sensor", ""),
        ("turn it off", ""),
        ("turn on something", ""),
        ("turn off do not disturb", ""),
        ("turn on the jacuzzi in 5 minutes", ""),
        ("turn on the jacuzzi at night", ""),
        ("turn on the jacuzzi and the sauna", ""),
        ("open up", ""),
        ("turn on", ""),
        ("play despacito", ""),
        ("jacuzzi", ""),
    ],
)
def test_only_what_can_be_nothing_else_is_a_name(said: str, name: str) -> None:
    assert lacking(said, load("en"), BOOK) == name


def test_a_thing_that_is_hidden_is_not_denied() -> None:
    hidden = next(e for e in HOUSE.registry.entities.values() if e.hidden or e.category in {"config", "diagnostic"})
    assert not lacking(f"turn on the {hidden.name}", load("en"), BOOK)


def test_the_nearest_sentence_is_told_too() -> None:
    understood = Intents(["en"]).recognise("turn on the kichen lights", HOUSE, Origin("web"))
    assert isinstance(understood, Unclear)
    told = unclear_reply(understood, HOUSE).text
    assert told.casefold() == "i know nothing called kichen lights. did you mean “turn on the kitchen lights”?"
