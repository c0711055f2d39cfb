"""A sentence is looked at as the ear would hear it, and what it would mean is said in words."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import claw.daemon
from claw.base.action import Origin
from claw.house.file import load_house
from claw.mind import intents, language
from claw.mind.intents import Intents
from claw.voice.hearing import Words
from claw.voice.meaning import Kind, Meaning
from claw.voice.model import Satellite
from claw.voice.snapping import Snapping
from claw.voice.stop_words import StopWords

DEMO = load_house(Path(claw.daemon.__file__).parent / "demo" / "house.yaml")
KITCHEN = Satellite("kitchen", "kitchen", source="microphone")


@pytest.fixture(scope="module")
def listening() -> Iterator[Intents]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intents, "load", cache(language.load))
        made = Intents(["en"])
        made.warm(DEMO)
        yield made


def knows(text: str, origin: Origin) -> bool:
    return text == "fun for the family" and origin.channel == "voice:kitchen"


@pytest.fixture
def meaning(listening: Intents) -> Meaning:
    words = Words(StopWords(), Snapping(listening, lambda: DEMO, (knows,)), listening.control)
    return Meaning(words, listening.listen, lambda: DEMO, (knows,))


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("", "nothing", "no words"),
        ("Stop everything!", "stop", "everything would be stopped"),
        ("stop stop", "cut", "a bare stop"),
        ("never mind", "control", "a word to Claw itself: nevermind"),
        ("turn on the hall light", "act", "to be done, as far as the rules let it: turn on"),
        ("is the front door locked", "question", "a question (state) about the front door"),
        ("which lights are on", "question", " more"),
        ("torn on the kitchen lights", "asks", "it would ask: Did you mean “turn on the kitchen lights”?"),
        ("fun for the family", "known", "a phrase of a skill"),
        ("who won the match", "unclear", "without a model"),
    ],
)
async def test_each_sentence_is_told_in_words(meaning: Meaning, said: str, kind: Kind, told: str) -> None:
    meant = await meaning.of(said, KITCHEN, "en")
    assert (meant.kind, meant.taken_for) == (kind, "")
    assert told in meant.text
    assert bool(meant.actions) is (kind == "act")


async def test_the_place_counts_and_what_was_misheard_is_named(meaning: Meaning) -> None:
    here = await meaning.of("turn off the lights", KITCHEN, "en")
    assert [set(one.entities) for one in here.actions] == [
        {"light.kitchen_ceiling", "light.kitchen_counter", "light.kitchen_sink"}
    ]
    (everywhere,) = (await meaning.of("turn off the lights", Satellite(), "en")).actions
    assert set(everywhere.entities) > set(here.actions[0].entities)
    which = await meaning.of("turn on the ceiling", Satellite(), "en")
    assert (which.kind, which.text.startswith("it would ask which is meant: ")) == ("asks", True)
    assert (await meaning.of("turn off the kichen lites", KITCHEN, "en")).taken_for == "turn off the kitchen lights"
