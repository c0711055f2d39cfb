"""The words of a learned skill."""

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.skills.generalise import generalise
from claw.skills.manifest import Manifest
from claw.skills.model import Trace
from claw.skills.phrases import Phrases
from claw.skills.wording import LONGEST_PHRASE, name, phrases, slug, told
from tests.learning_room import HOUSE, lights, on, trace

LAMP = "light.living_room_lamp"


def said(*asked: Trace, called: str = "") -> dict[str, tuple[str, ...]]:
    return phrases(generalise(asked, HOUSE), asked, called)


def bedroom(text: str, language: str = "en", place: str = "hall") -> Trace:
    return trace(text, [on(*lights("bedroom"), brightness_pct=30)], language=language, place=place)


@pytest.mark.parametrize(
    ("text", "language", "phrase"),
    [
        ("Please make it cosy in the bedroom, would you?", "en", "make it cosy in [the] {area}"),
        ("Mach es bitte im Schlafzimmer gemütlich!", "de", "mach es bitte [im] [in] [der] {area} gemütlich"),
        ("Peux-tu tamiser la chambre", "fr", "tamiser [le] [la] {area}"),
        ("maak de slaapkamer gezellig alsjeblieft", "nl", "maak [de] [het] {area} gezellig"),
        ("请把卧室调到 30", "zh", "把{area}调到 {brightness}"),
    ],
)
def test_a_request_becomes_a_phrase_in_its_language(text: str, language: str, phrase: str) -> None:
    assert said(bedroom(text, language)) == {language: (phrase,)}


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        ("make it cosy in here", "en", "make it cosy in the living room"),
        ("mach es hier gemütlich", "de", "mach es im Wohnzimmer gemütlich"),
        ("fais une ambiance ici", "fr", "fais une ambiance dans la cuisine"),
        ("maak het hier gezellig", "nl", "maak het in de keuken gezellig"),
        ("把这里弄舒服", "zh", "把客厅弄舒服"),
    ],
)
def test_here_may_be_any_room(text: str, language: str, other: str) -> None:
    found = said(bedroom(text, language, "bedroom"))
    manifest = Manifest.model_validate(
        {"version": "1.0.0", "parameters": {"area": {"type": "area"}}, "triggers": {"phrases": found}}
    )
    heard = Phrases([("cosy", manifest)])
    assert heard.match(text, [language])[0].slots == {}
    assert set(heard.match(other, [language])[0].slots) == {"area"}


def test_marks_that_mean_something_in_a_phrase_are_no_part_of_one() -> None:
    (phrase,) = said(bedroom("make [it] {cosy} (now) | in the bedroom"))["en"]
    assert phrase == "make it cosy now in [the] {area}"


def test_what_says_too_little_or_too_much_is_no_phrase() -> None:
    assert said(trace("cosy", [on(LAMP)])) == {}
    assert said(trace("cosy " * 60, [on(LAMP)])) == {}
    assert said(trace("cosy", [on(LAMP)]), called="movie time") == {"en": ("movie time",)}
    assert all(len(one) <= LONGEST_PHRASE for one in said(bedroom("make it cosy in the bedroom"))["en"])


def test_a_name_is_that_of_a_folder_and_nobody_elses() -> None:
    asked = bedroom("make it cosy in the bedroom")
    plan = generalise([asked], HOUSE)
    words = phrases(plan, [asked])
    assert name(words, plan, "", ()) == "make-it-cosy"
    assert name(words, plan, "", {"make-it-cosy", "make-it-cosy-2"}) == "make-it-cosy-3"
    assert name(words, plan, "Lesezeit für Große", ()) == "lesezeit-fur-grosse"
    with pytest.raises(Refused, match="already"):
        name(words, plan, "Reading time", {"reading-time"})
    chinese = bedroom("请把卧室调到 30", "zh")
    assert name(phrases(generalise([chinese], HOUSE), [chinese]), plan, "", ()) == "light-turn-on"


@pytest.mark.parametrize("text", ["", "   ", "../../etc", "客厅", "a" * 300, "--x--", "Ünïcödé näme", "1 2 3"])
def test_whatever_it_is_called_a_slug_is_a_name_or_nothing(text: str) -> None:
    found = slug(text)
    assert found == "" or (found.replace("-", "").isalnum() and found.isascii() and len(found) <= 48)
    assert "--" not in found
    assert found.strip("-") == found


def test_one_sentence_says_what_it_does_by_the_names_of_the_house() -> None:
    plan = generalise(
        [trace("x y", [on(LAMP, brightness_pct=40), Action("lock.lock", ("lock.front_door",))])], HOUSE
    )  # fmt: skip
    assert told(plan, HOUSE) == "Turns on Living Room Lamp (brightness 40 %), locks Front Door."
