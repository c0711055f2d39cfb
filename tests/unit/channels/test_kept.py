"""A memory as a channel may show it: named, harmless, and nobody's words shown to another."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.channels.kept import Known, evidence_json, found_json, memory_json
from claw.house.model import Area, Entity, Registry
from claw.memory.model import ANYBODY, GUESTS, Audience, Evidence, Fact, Hit, Memory, Told, private_to
from claw.policy.people import People, Person

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KNOWN = Known(
    People([Person("anna", "Anna", "owner"), Person("sam", "Sam", "child")]),
    Registry(
        areas={"living_room": Area("living_room", "Living Room", aliases=("lounge",))},
        entities={
            "light.big": Entity("light.big", "Big \u202eLamp", registry_id="r1"),
            "fan.loose": Entity("fan.loose", "Fan"),
        },
    ),
)

HOME = Audience("anna", resident=True, owner=True)


def memory(number: int = 7, **fact: object) -> Memory:
    said: dict[str, object] = {
        "kind": "fact",
        "subject": "person:sam",
        "predicate": "allergic to",
        "value": "nuts",
        "sentence": "Sam is allergic to nuts",
    }
    return Memory(number, Fact(**(said | fact)), "active", "owner_told", True, 0.95, "anna", NOW)  # type: ignore[arg-type]


def test_a_memory_is_told_with_names_and_with_who_may_hear_of_it() -> None:
    told = memory_json(memory(), KNOWN, HOME)
    assert (told["id"], told["about"], told["author"], told["heard_by"]) == (
        7,
        "Sam",
        "Anna",
        "everybody who lives here",
    )
    assert told["sentence"] == "Sam is allergic to nuts"
    assert memory_json(memory(visibility=private_to("anna")), KNOWN, HOME)["heard_by"] == "Anna alone"


def test_what_would_drive_a_terminal_is_taken_out_wherever_it_stands() -> None:
    wild = "\x1b[31mred\u202e"
    told = memory_json(memory(sentence=wild, value={wild: wild}, predicate=wild), KNOWN, HOME)
    assert "\x1b" not in str(told)
    assert "\u202e" not in str(told)


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("person:sam", "Sam"),
        ("person:gone", "gone"),
        ("area:living_room", "Living Room"),
        ("area:gone", "gone"),
        ("entity:r1", "Big Lamp"),
        ("entity:fan.loose", "Fan"),
        ("entity:gone", "gone"),
        ("house", "the house"),
        ("thing:water filter", "water filter"),
    ],
)
def test_every_subject_has_a_name(subject: str, name: str) -> None:
    assert KNOWN.name(subject) == name


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("me", "person:anna"),
        ("SAM", "person:sam"),
        ("the Lounge", "area:living_room"),
        ("light.big", "entity:r1"),
        ("the fan", "entity:fan.loose"),
        ("the house", "house"),
        ("the water filter", "thing:water filter"),
        ("person:ben", "person:ben"),
    ],
)
def test_a_person_names_a_subject_as_they_would_say_it(said: str, subject: str) -> None:
    assert KNOWN.subject(said, "anna") == subject


@given(st.text(max_size=200))
def test_whatever_somebody_says_means_one_subject_that_has_a_name(said: str) -> None:
    subject = KNOWN.subject(said, "anna")
    assert ":" in subject or subject == "house"
    assert "\n" not in KNOWN.name(subject)


def test_nobody_is_me() -> None:
    assert KNOWN.subject("me", None) == "thing:me"


def test_the_words_behind_a_memory_are_shown_to_who_said_them_alone() -> None:
    evidence = Evidence(7, Told("owner_told", "web", "anna", explicit=True), NOW, "remember that Sam cannot eat nuts")
    mine = evidence_json(evidence, KNOWN, Audience("anna", resident=True, owner=True))
    other = evidence_json(evidence, KNOWN, Audience("ben", resident=True))
    assert mine["text"] == "remember that Sam cannot eat nuts"
    assert (other["text"], other["who"]) == ("", "Anna")
    unknown = Evidence(7, Told("guest_told"), NOW, "spoken by nobody we know")
    assert evidence_json(unknown, KNOWN, Audience())["text"] == ""


def test_a_hit_on_a_memory_that_may_not_be_told_is_left_out() -> None:
    hits = [Hit(2.0, "Sam is allergic to nuts", memory=7), Hit(1.0, "hidden", memory=8), Hit(0.5, "mine", episode=3)]
    found = found_json(hits, {7: memory()}, KNOWN, HOME)
    assert [one["text"] for one in found] == ["Sam is allergic to nuts", "mine"]
    assert (found[0]["memory"]["id"], found[1]["memory"], found[1]["episode"]) == (7, None, 3)


def test_days_are_those_of_the_houses_calendar() -> None:
    berlin = Known(People(), Registry(time_zone="Europe/Berlin"))
    may = datetime(2025, 4, 30, 22, tzinfo=UTC)
    told = memory_json(memory(valid_from=may, valid_to=datetime(2025, 7, 31, 22, tzinfo=UTC)), berlin, HOME)
    assert (told["since"], told["until"]) == ("2025-05-01", "2025-07-31")
    assert memory_json(memory(), berlin, HOME)["since"] is None


def test_whoever_does_not_live_here_is_not_told_who_said_it() -> None:
    told = memory_json(replace(memory(visibility=GUESTS), used=3, last_used=NOW), KNOWN, ANYBODY)
    assert (told["sentence"], told["author"], told["used"], told["last_used"]) == (
        "Sam is allergic to nuts",
        "",
        0,
        None,
    )
