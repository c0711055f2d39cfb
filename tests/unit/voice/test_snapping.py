"""What was misheard is put right from the names of the house; what is doubtful or opens something is asked about."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claw.daemon
from claw.base.action import Action, Origin
from claw.house.file import load_house, parse_house
from claw.house.model import House
from claw.mind import intents, language
from claw.mind.intents import Intents
from claw.mind.understood import Command, Question, Unclear
from claw.voice import snapping as module
from claw.voice.hearable import Hearable, Proposal
from claw.voice.snapping import Snapped, Snapping

DEMO = load_house(Path(claw.daemon.__file__).parent / "demo" / "house.yaml")
HERE = Origin("voice:kitchen", place="kitchen", language="en")


@pytest.fixture(scope="module")
def listening() -> Iterator[Intents]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intents, "load", cache(language.load))
        made = Intents(["en"])
        made.warm(DEMO)
        yield made


async def snap(listening: Intents, text: str, house: House = DEMO) -> Snapped:
    return await Snapping(listening, lambda: house).snap(text, HERE)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("turn on the kichen lites", "turn on the kitchen lights"),
        ("Turn on bed side lamp.", "Turn on bedside lamp"),
        ("set the living rum lights to 50 percent", "set the living room lights to 50 percent"),
        ("what is the temperature in the living rum?", "what is the temperature in the living room"),
        ("pause the kitchen speeker", "pause the kitchen speaker"),
        ("claw, turn off the hall lite please", "claw, turn off the hall light please"),
        ("turn on the kichen lites and the hall lite", "turn on the kitchen lights and the hall light"),
    ],
)
async def test_a_misheard_name_is_put_right(listening: Intents, heard: str, meant: str) -> None:
    assert await snap(listening, heard) == Snapped(meant, changed=True)


@pytest.mark.parametrize(
    "said",
    [
        "turn on the kitchen lights",
        "unlock the front door",
        "stop everything",
        "stop everythin",
        "turn off everythin",
        "stop",
        "yes",
        "never mind",
        "",
        "...",
        "remember that sam is allergic to nuts",
        "remind me to call mum at eight",
        "turn on the kichen lights in ten minutes",
        "dont turn on the kichen lights",
        "turn on the ceiling",  # which of them is for the turn to ask
        "who won the match last night and was it any good to watch with the whole family on the sofa after dinner",
        "turn on the xylophone",
        "kitchen lights",
        "turn on the kichen\u202elights",
        "word " * 300,
    ],
)
async def test_what_is_understood_or_like_nothing_goes_on_as_it_was_heard(listening: Intents, said: str) -> None:
    assert await snap(listening, said) == Snapped(said)


@pytest.mark.parametrize(
    ("heard", "asked", "agreed"),
    [
        ("turn of the desk lamp", "turn off Desk Lamp", "turn off Desk Lamp"),
        ("turn the desk lamp", "turn on Desk Lamp", ""),  # or off: a yes would be half an answer
        ("torn on the kitchen lights", "turn on the kitchen lights", "turn on the kitchen lights"),
        ("torn on the kichen lights", "turn on the kitchen lights", "turn on the kitchen lights"),
        ("clothes the bedroom blinds", "close Bedroom Blinds", "close Bedroom Blinds"),
        ("lock the frond door", "lock Front Door", "lock Front Door"),
    ],
)
async def test_a_lost_or_misheard_direction_is_asked_about(
    listening: Intents, heard: str, asked: str, agreed: str
) -> None:
    snapped = await snap(listening, heard)
    assert snapped == Snapped(heard, ask=f"Did you mean “{asked}”?", suggested=agreed)


@pytest.mark.parametrize(
    "heard",
    ["unlock the frond door", "unlok the front door", "open the garaj door", "disarm the alarn", "opun garage door"],
)
async def test_nothing_is_opened_by_a_mishearing_nor_by_a_yes_to_one(listening: Intents, heard: str) -> None:
    snapped = await snap(listening, heard)
    assert snapped.ask.startswith("Did you mean “")
    assert (snapped.suggested, snapped.changed) == ("", False)


@pytest.mark.parametrize(
    ("heard", "agreed"),
    [
        ("open the bedroom blindes", ""),
        ("set the bedroom blindes to 30 percent", ""),
        ("open the water valv", ""),
        ("close the water valv", "close the water valve"),
        ("lock the seller hatch", "lock the cellar hatch"),
        ("unlock the seller hatch", ""),
        ("turn on the panick siren", ""),
        ("turn off the panick siren", "turn off the panic siren"),
    ],
)
async def test_what_lets_in_or_guards_is_asked_about_and_what_opens_is_to_be_said_again(
    listening: Intents, heard: str, agreed: str
) -> None:
    names = {"cover.a": "Bedroom Blinds", "valve.b": "Water Valve", "lock.c": "Cellar Hatch", "siren.d": "Panic Siren"}
    features = {"supported_features": 15}
    rows = [
        {
            "entity_id": one,
            "name": name,
            "state": "closed",
            "attributes": features,
            "area": "hall",
            **({"device_class": "blind"} if one == "cover.a" else {}),
        }
        for one, name in names.items()
    ]
    house = parse_house({"areas": [{"id": "hall", "name": "Hall"}], "entities": rows})
    snapped = await snap(listening, heard, house)
    assert (snapped.text, snapped.suggested, snapped.changed) == (heard, agreed, False)
    assert snapped.ask


@pytest.mark.parametrize("heard", ["close the bedroom blindes", "turn on the hall light and close the bedroom blindes"])
async def test_what_closes_is_done(listening: Intents, heard: str) -> None:
    assert (await snap(listening, heard)).text == heard.replace("blindes", "blinds")


async def test_one_thing_of_several_that_opens_is_enough_to_ask(listening: Intents) -> None:
    snapped = await snap(listening, "turn on the kichen lights and open the garage door")
    assert snapped.ask
    assert (snapped.suggested, snapped.changed) == ("", False)


async def test_what_sounds_just_like_one_name_is_that_one(listening: Intents) -> None:
    rows = [{"entity_id": f"light.{name}", "name": f"{name} lantern", "state": "off"} for name in ("bella", "della")]
    house = parse_house({"entities": rows})
    assert (await snap(listening, "turn on the bela lantern", house)).text == "turn on the bella lantern"


async def test_without_a_language_the_houses_own_is_heard(listening: Intents) -> None:
    snapped = await Snapping(listening, lambda: DEMO).snap("turn on the kichen lites", replace(HERE, language=None))
    assert snapped.changed


async def test_in_another_language_it_is_asked_in_that_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intents, "load", cache(language.load))
    both = Intents(["en", "de"])
    rows = [{"entity_id": "light.a", "name": "Stehlampe", "state": "off"}]
    house = parse_house({"areas": [{"id": "salon", "name": "Salon"}], "entities": rows})
    snapping, german = Snapping(both, lambda: house), replace(HERE, language="de-DE")
    assert (await snapping.snap("schalte die stelampe ein", german)).text == "schalte die stehlampe ein"
    assert (await snapping.snap("schalte die stehlampe", german)).ask.startswith("Meintest du")
    assert (await snapping.snap("turn the stehlampe", HERE)).ask.startswith("Did you mean")
    for origin, first in ((german, "de"), (HERE, "en"), (replace(HERE, language="EN_gb"), "en")):
        assert snapping._asked_first(origin)[0].language.code == first


async def test_of_chinese_nothing_is_put_right_and_what_was_nearly_said_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intents, "load", cache(language.load))
    house = parse_house({"entities": [{"entity_id": "light.a", "name": "落地灯", "state": "off"}]})
    for languages in (["zh"], ["en", "zh"]):
        snapped = await Snapping(Intents(languages), lambda: house).snap("打落地灯", replace(HERE, language="zh-CN"))
        assert (snapped.suggested, snapped.changed) == ("打开落地灯", False)


async def test_little_is_tried_and_others_have_their_turn_between(
    listening: Intents, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, turns = list[str](), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def means(_self: Snapping, sentence: str, *_: object) -> None:
        tried.append(f"{turns}: {sentence}")

    monkeypatch.setattr(Snapping, "_means", means)
    monkeypatch.setattr(Snapping, "_near", lambda *_: None)
    names = ("bella", "della", "fella", "wella", "hella")
    rows = [{"entity_id": f"light.{name}", "name": f"{name} lantern", "state": "off"} for name in names]
    task = asyncio.get_running_loop().create_task(others())
    said = "turn on the nella lantern and turn off the mella lantern"
    assert await snap(listening, said, parse_house({"entities": rows})) == Snapped(said)
    task.cancel()
    assert len({one.partition(":")[0] for one in tried}) == len(tried) == module._MOST_TRIES


async def test_what_is_clear_but_for_which_one_is_for_the_turn_to_ask(
    listening: Intents, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "turn on the kichen lites"
    assert (await snap(listening, said)).changed

    async def unclear(_self: Intents, text: str, *_: object) -> Unclear:
        return Unclear(text, None, "Which one?", choices=("this", "that"))

    monkeypatch.setattr(Intents, "listen", unclear)
    assert await snap(listening, said) == Snapped(said)


async def test_so_many_words_are_a_command_and_more_are_talk(listening: Intents) -> None:
    said = "turn on the kichen lites and turn off the hall light and turn on the desk lamp"
    said += " please" * (module._MOST_WORDS - len(said.split()))
    assert (await snap(listening, said)).changed
    assert await snap(listening, f"{said} please") == Snapped(f"{said} please")


def test_a_question_and_a_command_are_never_the_same() -> None:
    command = Command((Action("light.turn_on", ("light.a",)),), "en", "turn on a")
    question = Question("state", ("light.a",), "on")
    assert module._same(command, command)
    assert module._same(question, question)
    assert not module._same(command, question)
    assert not module._same(question, command)


def test_of_two_ways_to_one_sentence_the_nearer_counts() -> None:
    class Two:
        """Hears the same name twice: once as one word, once as a word of what to do."""

        def unknown(self, _said: object) -> frozenset[int]:
            return frozenset({2})

        def proposals(self, _said: object, place: int) -> tuple[Proposal, ...]:
            heard = ((0.2, True), (0.1, False))
            return tuple(Proposal(place, place + 1, "lamp", cost, verb=verb) for cost, verb in heard)

        def directions(self, _said: object) -> tuple[str, ...]:
            return ()

    assert module._sentences(cast("Hearable", Two()), "turn on lamq") == [("turn on lamp", (0.1, True))]


async def test_what_others_understand_is_theirs(listening: Intents) -> None:
    heard = "turn on the kichen lites"
    snapping = Snapping(listening, lambda: DEMO, [lambda text, origin: text == heard and origin == HERE])
    assert await snapping.snap(heard, HERE) == Snapped(heard)
    assert (await snapping.snap(f"{heard} please", HERE)).changed


async def test_two_names_that_are_as_near_are_asked_about_and_a_yes_means_neither(listening: Intents) -> None:
    rows = [{"entity_id": f"light.{name}", "name": f"{name} lantern", "state": "off"} for name in ("bella", "della")]
    twins = parse_house({"entities": rows})
    snapped = await snap(listening, "turn on the hella lantern", twins)
    assert snapped.ask
    assert (snapped.suggested, snapped.changed) == ("", False)


async def test_a_name_that_is_new_is_known_at_once(listening: Intents) -> None:
    snapping = Snapping(listening, lambda: house)
    house = parse_house({"entities": [{"entity_id": "light.a", "name": "Alcove", "state": "off"}]})
    assert (await snapping.snap("turn on the alcofe", HERE)).text == "turn on the alcove"
    house = parse_house({"entities": [{"entity_id": "light.b", "name": "Balcony", "state": "off"}]})
    assert (await snapping.snap("turn on the balkoni", HERE)).text == "turn on the balcony"
    assert await snapping.snap("turn on the alcofe", HERE) == Snapped("turn on the alcofe")


async def test_what_the_first_would_wait_for_can_be_done_before(
    listening: Intents, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapping = Snapping(listening, lambda: DEMO)
    await listening.listen("turn on the lights", DEMO, HERE)
    await snapping.warm()
    monkeypatch.setattr("claw.voice.snapping.Hearable", None)
    assert (await snapping.snap("turn on the kichen lites", HERE)).changed


async def test_a_language_that_nobody_speaks_here_is_no_hindrance(listening: Intents) -> None:
    snapped = await Snapping(listening, lambda: DEMO).snap("turn on the kichen lites", replace(HERE, language="tlh"))
    assert snapped.changed


_SAID = "turn on off the kichen lites lights unlock lock frond door dont not all but 30 set to open close rum living"


@settings(deadline=None, max_examples=25)
@given(said=st.lists(st.sampled_from(_SAID.split()), min_size=2, max_size=7))
async def test_whatever_is_heard_its_directions_and_figures_stay(listening: Intents, said: list[str]) -> None:
    text = " ".join(said)
    snapped = await snap(listening, text)
    polar = set(listening.language("en").spoken["polar"])
    assert _directions(snapped.text, polar) == _directions(text, polar)
    assert not (snapped.ask and snapped.changed)
    assert snapped.changed or snapped.text == text
    assert "lock" not in snapped.text.split() or not snapped.changed


def _directions(text: str, polar: set[str]) -> list[str]:
    return [word for word in text.split() if word in polar or word.isdigit()]
