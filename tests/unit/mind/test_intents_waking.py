"""A language costs nothing until somebody speaks it, and costs the loop nothing then."""

import asyncio
from dataclasses import replace

import pytest

from claw.base.action import Origin
from claw.house.model import Entity, House, State
from claw.mind.grammar import Grammar
from claw.mind.intents import Intents
from claw.mind.understood import Command, Unclear
from tests.talked_house import house

HOUSE = house()
ANNA = Origin("web", "anna")


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    begin = Grammar.__init__

    def note(self: Grammar, *args: object) -> None:
        begin(self, *args)  # pyright: ignore[reportArgumentType]  passed on as they came
        made.append(self.language.code)

    monkeypatch.setattr(Grammar, "__init__", note)
    return made


async def test_a_language_is_woken_by_the_first_sentence_that_may_need_it(woken: list[str]) -> None:
    intents = Intents(["en", "de", "nl"])
    intents.warm(HOUSE)
    assert isinstance(await intents.listen("turn on the worktop", HOUSE, ANNA), Command)
    assert woken == ["en"]
    understood = await intents.listen("schalte worktop ein", HOUSE, ANNA)
    assert isinstance(understood, Command)
    assert (understood.language, woken) == ("de", ["en", "de"])
    assert isinstance(await intents.listen("gibberish nobody says", HOUSE, ANNA), Unclear)
    assert woken == ["en", "de", "nl"]


async def test_the_language_somebody_asks_in_comes_first_although_it_slept(woken: list[str]) -> None:
    intents = Intents(["en", "de"])
    intents.warm(HOUSE)
    understood = await intents.listen("worktop an", HOUSE, replace(ANNA, language="de"))
    assert isinstance(understood, Command)
    assert understood.language == "de"


async def test_the_loop_goes_on_while_a_language_wakes_and_two_who_wait_wake_it_once(woken: list[str]) -> None:
    intents = Intents(["en", "de"])
    intents.warm(HOUSE)
    both = asyncio.gather(*(intents.listen(f"schalte {name} ein", HOUSE, ANNA) for name in ("worktop", "kettle")))
    beats = 0
    while not both.done():
        await asyncio.sleep(0.001)
        beats += 1
    assert all(isinstance(understood, Command) for understood in await both)
    assert woken == ["en", "de"]
    assert beats >= 2, "the first beat is there also where the loop stood still"


async def test_a_new_registry_renews_only_the_languages_that_are_awake(woken: list[str]) -> None:
    intents = Intents(["en", "de"])
    intents.warm(HOUSE)
    other = replace(HOUSE, registry=replace(HOUSE.registry, version=9))
    intents.refresh(other.registry)
    assert woken == ["en", "en"]
    assert isinstance(intents.recognise("schalte worktop ein", other, ANNA), Command)
    intents.refresh(HOUSE.registry)
    assert woken == ["en", "en", "de", "en", "de"]


def grown(version: int, many: int) -> House:
    things = {f"light.more{n}": Entity(f"light.more{n}", f"Further Lamp {n} of {version}") for n in range(many)}
    registry = replace(HOUSE.registry, entities={**HOUSE.registry.entities, **things}, version=version)
    states = {**HOUSE.states, **{entity: State("off") for entity in things}}
    return House(registry, states)


async def test_the_names_of_a_grown_house_are_taken_once_and_beside_the_loop(woken: list[str]) -> None:
    intents = Intents(["en"])
    intents.warm(HOUSE)
    house = grown(7, 1500)
    all_of_them = asyncio.gather(
        *(intents.listen(f"turn on further lamp {n} of 7", house, ANNA) for n in range(5)),
        intents.listen("gibberish nobody says", house, ANNA),
    )
    beats = 0
    while not all_of_them.done():
        await asyncio.sleep(0.001)
        beats += 1
    *commands, unclear = await all_of_them
    assert all(isinstance(understood, Command) for understood in commands)
    assert isinstance(unclear, Unclear)
    assert woken == ["en", "en"]
    assert beats >= 5


async def test_who_asked_before_the_house_changed_does_not_bring_the_old_names_back(woken: list[str]) -> None:
    intents = Intents(["en"])
    intents.warm(HOUSE)
    older, newer = grown(7, 3), grown(8, 3)
    asked = await asyncio.gather(
        intents.listen("turn on further lamp 1 of 8", newer, ANNA), intents.listen("turn on the worktop", older, ANNA)
    )
    assert all(isinstance(understood, Command) for understood in asked)
    assert isinstance(await intents.listen("turn on further lamp 2 of 8", newer, ANNA), Command)
    assert woken == ["en", "en"]
