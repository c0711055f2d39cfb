from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.mind.memos_subjects import Names, Subjects
from claw.mind.memos_tongue import tongue
from tests.talked_house import house
from tests.talked_memory import ANNA, PEOPLE, VOICE, Household


def subjects(origin: Origin = ANNA) -> Subjects:
    return Subjects(PEOPLE, Names(house().registry), origin, tongue("en"))


@pytest.mark.parametrize(
    ("words", "key", "name"),
    [
        ("me", "person:anna", "Anna"),
        ("Sam", "person:sam", "Sam"),
        ("sam", "person:sam", "Sam"),
        ("we", "house", "we"),
        ("the kitchen", "area:kitchen", "Kitchen"),
        ("the lounge", "area:living", "Living Room"),
        ("the kettle", "entity:switch.kettle", "Kettle"),
        ("the water filter", "thing:water filter", "water filter"),
        ("Grandma", "thing:grandma", "Grandma"),
    ],
)
def test_words_mean_what_is_called_so(words: str, key: str, name: str) -> None:
    found = subjects().find(words)
    assert (found.key, found.name) == (key, name)


def test_a_name_that_two_things_have_is_nobodys() -> None:
    assert subjects().known("Ceiling") is None
    assert subjects().find("the ceiling").key == "thing:ceiling"


def test_a_hidden_thing_has_no_name() -> None:
    assert subjects().known("Hidden") is None


def test_a_voice_that_says_me_is_nobody() -> None:
    with pytest.raises(Refused, match="who you are"):
        subjects(VOICE).find("me")
    with pytest.raises(Refused):
        subjects(Origin("web", "anna", authenticated=False)).find("me")


def test_the_first_of_the_house_that_a_sentence_names_is_found() -> None:
    found = subjects().mentioned("there is a gift for Sam's teacher in the kitchen")
    assert found is not None
    assert found.key == "person:sam"
    assert subjects().mentioned("the weather was bad") is None


def test_what_is_kept_is_called_as_it_is_called_today() -> None:
    assert subjects().named("person:sam") == "Sam"
    assert subjects().named("entity:switch.kettle") == "Kettle"
    assert subjects().named("area:kitchen") == "Kitchen"
    assert subjects().named("thing:bin day") == "bin day"
    assert subjects().named("person:gone") == "gone"


async def test_a_house_is_read_once_and_anew_when_it_changes(tmp_path: Path) -> None:
    home = Household(tmp_path)
    await home.tell("the worktop is a gift")
    first = home.memos._talk("", ANNA, tongue("en")).subjects.names  # pyright: ignore[reportPrivateUsage]  what is kept
    assert home.memos._talk("", ANNA, tongue("en")).subjects.names is first  # pyright: ignore[reportPrivateUsage]  as above
    before = house()
    lamp = replace(before.registry.entities["light.worktop"], name="Bench")
    renamed = {**before.registry.entities, "light.worktop": lamp}
    home.mirror.synced(replace(before, registry=replace(before.registry, entities=renamed)))
    assert home.memos._talk("", ANNA, tongue("en")).subjects.find("the bench").key == "entity:light.worktop"  # pyright: ignore[reportPrivateUsage]  as above
    assert await home.say("what do you know about the bench") == "I know this: “the worktop is a gift”."
