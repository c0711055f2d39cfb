"""All that a sentence may mean, ranked; and that the quick filter loses nothing."""

from pathlib import Path

import pytest
from hassil import Intents as Compiled
from hassil import recognize_all
from hassil.intents import Intent

from claw.house.file import load_house
from claw.house.model import House
from claw.mind.grammar import Grammar
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.reading import HERE

ROOT = Path(__file__).parents[3]
HERE_DIR = Path(__file__).parent


@pytest.fixture(scope="module")
def house() -> House:
    return load_house(ROOT / "claw" / "daemon" / "demo" / "house.yaml")


@pytest.fixture(scope="module")
def grammar(house: House) -> Grammar:
    return Grammar(load("en"), name_book(house.registry, load("en")))


def sentences() -> list[str]:
    lines = (HERE_DIR / "english.txt").read_text(encoding="utf-8").splitlines()
    return [line.partition(" => ")[0] for line in lines if not line.startswith("#")]


def test_the_quick_filter_drops_no_template_that_matches(grammar: Grammar) -> None:
    """Held against hassil over all templates, for every ninth sentence of the table."""
    everything = [template.data for template in grammar._templates]
    for text in sentences()[::9]:
        kept = {id(data) for data in grammar._candidates(text)}
        compiled = Compiled(
            language="en",
            intents={"": Intent("", everything)},
            slot_lists=grammar._lists,
            expansion_rules=grammar._hassil.expansion_rules,
            skip_words=grammar._hassil.skip_words,
        )
        for result in recognize_all(text, compiled, intent_context={"area": {"value": HERE, "text": ""}}):
            thing = result.entities.get("thing")
            if thing is None or grammar._reading(result) is not None:
                assert id(result.intent_data) in kept or grammar._reading(result) is None, (
                    text,
                    result.intent_sentence,
                )


def test_the_filter_leaves_few(grammar: Grammar) -> None:
    assert len(grammar._candidates("turn on the kitchen lights")) < len(grammar._templates) / 5
    assert not grammar._candidates("xyzzy")


def test_a_thing_that_bears_the_whole_name_comes_first(grammar: Grammar) -> None:
    first = grammar.readings("turn on the living room lamp")[0]
    assert (first.does, first.get("thing")) == ("on", "living room lamp")


def test_a_greedy_wildcard_is_no_match(grammar: Grammar) -> None:
    assert grammar.readings("add milk to the shopping list")
    assert not grammar.readings("add milk and eggs to the shopping list")
    assert not grammar.readings("add milk, eggs to the shopping list")
    assert not grammar.readings("add one two three four five six seven to the shopping list")


def test_no_two_readings_are_alike(grammar: Grammar) -> None:
    for text in sentences()[::5]:
        readings = grammar.readings(text)
        assert len(readings) == len(set(readings))
