"""Which words mean something in a house, and what one that does not may have been."""

from functools import cache

import pytest

from claw.house.file import parse_house
from claw.mind.grammar import Grammar
from claw.mind.language import load
from claw.mind.names import name_book
from claw.voice.hearable import Hearable
from claw.voice.sounds import words


@cache
def heard(code: str = "en") -> Hearable:
    names = {
        "light.desk": "Desk Lamp",
        "light.hall": "Wall Light",
        "light.left": "Left Lantern",
        "light.two": "Spot 2",
        "switch.coffee": "Coffee Machine",
        "switch.terrarium": "Terrarium Lamp",
        "media_player.tv": "Living Room TV",
        "switch.camera": "Camera Driveway E",
    }
    rows = [{"entity_id": entity, "name": name, "state": "off", "area": "hall"} for entity, name in names.items()]
    house = parse_house({"areas": [{"id": "hall", "name": "Hall"}, {"id": "loft", "name": "Loft"}], "entities": rows})
    language = load(code)
    return Hearable(Grammar(language, name_book(house.registry, language)))


def proposed(said: str, place: int) -> list[str]:
    return [one.name for one in heard().proposals(words(said), place)]


def test_a_word_of_a_sentence_a_name_or_a_list_is_known() -> None:
    assert heard().unknown(words("please turn on the desk lamp in the hall to 50 percent blue")) == frozenset()
    assert heard().unknown(words("turn on the dessk lamp darling")) == {3, 5}
    assert heard().unknown(words("set the desk lamp to 8437 percent")) == frozenset(), "any figure is known"


def test_a_name_is_proposed_for_what_sounds_like_it() -> None:
    assert proposed("turn on the dessk lamp", 3)[0] == "desk lamp"
    assert proposed("turn on the cough ee machine", 3)[0] == "coffee machine"
    assert proposed("torn on the lamp", 0) == ["turn"], "and a word without a direction of its own"
    assert proposed("turn on the wool light", 3) == ["wall light"], "one sound of a short word, where the rest is right"
    assert "living room tv" in proposed("turn on the living rum tv", 4), "a short word at its end belongs to it"
    assert "camera driveway e" in proposed("turn on the camra driveway o", 3), "and may have been misheard too"


def test_a_proposal_says_which_words_it_is_for_and_whether_it_is_a_name() -> None:
    assert [(one.start, one.end, one.verb) for one in heard().proposals(words("lofd on now"), 0)] == [(0, 1, False)]
    assert [(one.start, one.end, one.verb) for one in heard().proposals(words("turn on lofd"), 2)] == [(2, 3, False)]
    assert [(one.start, one.end, one.verb) for one in heard().proposals(words("torn on"), 0)] == [(0, 1, True)]


@pytest.mark.parametrize(
    ("said", "place", "never"),
    [
        ("turn on the hall lite", 4, "wall light"),  # the hall was heard right
        ("turn on the lift lantern", 3, "left lantern"),  # left is the opposite of right
        ("turn on the lefft lantern", 3, "left lantern"),
        ("turn on the spott 3", 3, "spot 2"),
        ("turn on the spott", 3, "spot 2"),
        ("turn ofv the lamp", 1, "off"),
        ("unlok the door", 0, "unlock"),
        ("turn on everythin", 2, "everything"),
        ("turn on the coffee shaveen", 4, "coffee machine"),  # one word of a name is another word
        ("turn on the terorum lamp", 3, "terrarium lamp"),  # so it is where it has fewer sounds
        ("marke the lamp blue", 0, "make"),
    ],
)
def test_no_direction_number_or_word_that_was_heard_right_is_proposed_away(said: str, place: int, never: str) -> None:
    assert never not in proposed(said, place)


def test_a_word_beside_a_name_is_no_part_of_it() -> None:
    assert proposed("iii the coffee machine on", 0) == []
    assert proposed("turn on the coffee machine xi", 5) == []
    ends = {one.end for one in heard().proposals(words("turn on the cough ee machine i"), 3)}
    assert ends == {6}, "nor where the name itself was misheard"


def test_what_sounds_like_nothing_has_no_proposal() -> None:
    assert proposed("turn on the xylophone", 3) == []


def test_directions_are_the_words_that_have_an_opposite_and_the_figures() -> None:
    assert heard().directions(words("turn on the lamp to 50 don't lock")) == ("on", "50", "don", "t", "lock")


@pytest.mark.parametrize("code", ["de", "fr", "nl"])
def test_every_language_knows_its_own_sentences(code: str) -> None:
    said = {"de": "schalte bitte das licht im hall ein", "fr": "allume la lumière", "nl": "doe het licht aan"}[code]
    assert heard(code).unknown(words(said)) == frozenset()


def test_a_word_that_only_a_rule_of_the_language_has_is_known_too() -> None:
    assert heard("de").unknown(words("sendung lied track")) == frozenset()
