"""Words that the talk needs for itself."""

import pytest

from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.mind.taken import TakenWords
from tests.held_clock import HeldClock


@pytest.fixture(scope="module")
def words() -> TakenWords:
    house = parse_house(
        {
            "areas": [{"id": "kitchen", "name": "Kitchen"}],
            "entities": [
                {"entity_id": "light.a", "name": "Kitchen Ceiling", "area": "kitchen", "state": "off"},
                {"entity_id": "scene.b", "name": "Movie Night", "state": "unknown"},
            ],
        }
    )
    mirror = Mirror(HeldClock())
    mirror.synced(house)
    intents = Intents(["en", "de"])
    intents.warm(house)
    return TakenWords(intents, mirror)


@pytest.mark.parametrize(
    "name",
    [
        *("stop", "Stopp", "halt", "emergency", "stopping stop", "big stop lamp", "claw", "hey claw", "klaw", "yes"),
        *(
            "help",
            "undo",
            "forget it",
            "lights",
            "lamps",
            "lihgts",
            "everything",
            "Licht",
            "arrêt",
            "停",
            "temperature",
        ),
        *("turn off", "unlock", "unlock lamp", "this and that", "all but one", "the", "please", "upstairs", "ceiling"),
        *("what time is it", "good morning", "кitchen"),
    ],
)
def test_a_word_that_the_talk_needs_is_no_name(words: TakenWords, name: str) -> None:
    assert words.taken(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        *("Jupiter", "Saturn", "Sunny", "Bob", "Robby", "Luna", "Dobby", "Rex", "Sparky", "Moonlight", "Big Ben"),
        *("Grandma's lamp", "Mr Bright", "Old Faithful", "Snoopy", "Blinky", "Zeus", "Baloo", "Kermit", "Olaf"),
        *("Sonnenschein", "Karotte", "Trudi", "Etoile", "木星", "小太阳"),
    ],
)
def test_other_words_are(words: TakenWords, name: str) -> None:
    assert words.taken(name) is None
