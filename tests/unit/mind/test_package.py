"""The package's sentences about locks are left out; the others get our verbs."""

import pytest
from hassil.intents import IntentData

from claw.mind.language import SHIPPED, load
from claw.mind.package import fixed_of, state_list, verb_of


def block(response: str | None = None, **slots: str) -> IntentData:
    return IntentData([], slots=slots, response=response)


@pytest.mark.parametrize(
    ("intent", "domains", "verb"),
    [
        ("HassTurnOn", {"light"}, "on"),
        ("HassTurnOff", set(), "off"),
        ("HassTurnOn", {"cover"}, "open"),
        ("HassTurnOff", {"valve"}, "close"),
        ("HassTurnOn", {"lock"}, None),
        ("HassTurnOff", {"lock"}, None),
        ("HassTurnOff", {"light", "lock"}, None),
        ("HassTurnOff", {"light", "cover"}, None),
        ("HassTurnOn", {"alarm_control_panel"}, None),
        ("HassTurnOn", {"scene"}, "activate"),
        ("HassTurnOn", {"button", "input_button"}, "press"),
        ("HassSetVolume", set(), "level"),
    ],
)
def test_an_intent_gets_our_verb_or_none(intent: str, domains: set[str], verb: str | None) -> None:
    assert verb_of(intent, block(), frozenset(domains)) == verb


def test_a_question_takes_its_kind_from_the_response() -> None:
    assert verb_of("HassGetState", block("how_many"), frozenset({"light"})) == "q_count"
    assert verb_of("HassGetState", block("one"), frozenset({"light"})) == "q_state"
    assert fixed_of("HassGetState", block("one_yesno", domain="person")) == {"ask": "state"}


def test_the_list_of_a_state_is_found() -> None:
    assert state_list("is {name} {bs_open_states:state}") == "bs_open_states"
    assert state_list("is {name}") is None


@pytest.mark.parametrize("code", SHIPPED)
def test_no_sentence_of_the_package_is_left_that_locks_or_unlocks(code: str) -> None:
    for template in load(code).compiled.templates:
        if not template.own and not template.does.startswith("q_"):
            assert "lock" not in (template.domains or ()), template.data.sentence_texts
