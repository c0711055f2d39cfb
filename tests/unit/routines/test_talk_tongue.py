"""What a language brings to talk about later."""

from datetime import date
from string import Formatter

import pytest

from claw.mind.language import SHIPPED, load
from claw.mind.memos_templates import Templates
from claw.routines.talk_cues import CUES
from claw.routines.talk_times import Reader
from claw.routines.talk_tongue import Tongue, tidy, tongue_of


@pytest.fixture(scope="module", params=[code for code in SHIPPED if code in CUES])
def tongue(request: pytest.FixtureRequest) -> Tongue:
    return tongue_of(load(request.param))


def test_every_template_of_every_language_can_be_read(tongue: Tongue) -> None:
    for templates in (tongue.events, tongue.orders, tongue.bare, tongue.timers, tongue.manage, tongue.again):
        assert isinstance(templates, Templates)
        assert list(templates.matches("")) == []
        for text in ("remind me to x", "15 分钟", "timer"):
            list(templates.matches(text))


def test_every_language_says_what_english_says(tongue: Tongue) -> None:
    english = tongue_of(load("en")).raw["says"]
    assert set(tongue.raw["says"]) == set(english)
    for key, said in tongue.raw["says"].items():
        wanted = _slots(str(english[key]))
        assert _slots(str(said)) <= wanted | {"name", "kind"}, key


def _slots(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_language_has_words_that_make_it_look(tongue: Tongue) -> None:
    assert tongue.code in CUES


def test_every_expression_for_times_can_be_read(tongue: Tongue) -> None:
    assert next(iter(Reader(tongue).read("x", date(2026, 11, 21)))).rest == "x"


def test_places_in_a_list_and_kinds_are_told_from_names() -> None:
    english = tongue_of(load("en"))
    assert [english.number(said) for said in ("the second one", "number 3", "2", "the first", "it", "blinds")] == [
        2, 3, 2, 1, None, None,
    ]  # fmt: skip
    assert english.kind_of("the blinds routine") == ("routine", "blinds")
    assert english.kind_of("timer for eggs")[0] == "timer"
    assert english.kind_of("the kitchen lights") == ("", "kitchen lights")
    assert english.is_it("that one")
    assert english.of_devices("turn it off")
    assert english.asks("what time it is")


def test_joining_words_are_no_part_of_a_command() -> None:
    english = tongue_of(load("en"))
    assert tidy("then turn off the light,", english) == "turn off the light"
    assert tidy("turn the light on", english) == "turn the light on"
