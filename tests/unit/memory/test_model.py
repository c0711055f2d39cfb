"""What makes two facts the same one, and who may hear of what."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json, canonical
from claw.memory.model import GUESTS, HOUSEHOLD, OWNERS, TRUSTS, Audience, Fact, alike, folded, private_to, weakest


def test_facts_about_the_same_thing_have_one_key_however_they_are_written() -> None:
    first = Fact("fact", "thing:bins", "Collection day", "Tuesday", "The bins are collected on Tuesday.")
    second = Fact("fact", "Thing:bins", "collection-day", "Friday", "Bin day is Friday.")
    assert first.key == second.key


def test_another_condition_or_hearer_is_another_fact() -> None:
    day = Fact("preference", "area:bedroom", "light", {"brightness_pct": 80}, "x")
    night = Fact("preference", "area:bedroom", "light", {"brightness_pct": 30}, "x", {"after": "22:00"})
    own = Fact("preference", "area:bedroom", "light", {"brightness_pct": 30}, "x", visibility=private_to("anna"))
    assert len({day.key, night.key, own.key}) == 3


def test_of_what_may_be_several_each_value_stands_by_itself() -> None:
    nuts = Fact("fact", "person:sam", "is allergic to", "nuts", "x", several=True)
    eggs = Fact("fact", "person:sam", "is allergic to", "eggs", "x", several=True)
    again = Fact("fact", "person:sam", "is allergic to", "Nuts", "y", several=True)
    assert nuts.key != eggs.key
    assert nuts.key == again.key


def test_who_hears_decides_what_is_said() -> None:
    assert Audience().may_hear() == (GUESTS,)
    assert set(Audience("ben", resident=True).may_hear()) == {GUESTS, HOUSEHOLD, "person:ben"}
    assert set(Audience("anna", resident=True, owner=True).may_hear()) == {GUESTS, HOUSEHOLD, OWNERS, "person:anna"}
    assert set(Audience(resident=True).may_hear()) == {GUESTS, HOUSEHOLD}


@given(st.lists(st.sampled_from(TRUSTS)))
def test_what_rests_on_several_sources_is_believed_as_its_weakest(trusts: list) -> None:
    assert all(TRUSTS.index(weakest(trusts)) <= TRUSTS.index(one) for one in trusts)
    assert weakest([]) == "external"


def test_folding_keeps_words_and_nothing_else() -> None:
    assert folded("  Café-Größe, 2 ") == "cafe grosse 2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ice-Cream.", "ice  cream"),
        ("Café", "cafe"),
        ({"name": "Jupiter"}, {"name": "jupiter"}),
        (30.0, 30),
        ([1], (1,)),
    ],
)
def test_what_differs_only_in_how_it_is_written_is_alike(one: Json, other: Json) -> None:
    assert canonical(alike(one)) == canonical(alike(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("-5 °C", "5 °C"), ("C++", "C"), ("1.5", "15"), ("2-3 eggs", "2 3 eggs"), (True, 1), ("€5", "$5"), ("1", 1)],
)
def test_signs_that_tell_values_apart_stay(one: Json, other: Json) -> None:
    assert canonical(alike(one)) != canonical(alike(other))


def test_two_visits_do_not_contradict_each_other_and_two_schools_do() -> None:
    may, june = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    visit = Fact("event", "person:sam", "visit", "grandma", "Grandma visited.", valid_from=may)
    school = Fact("fact", "person:sam", "school", "Oak", "Sam goes to Oak.", valid_from=may)
    assert visit.key != replace(visit, valid_from=june).key
    assert school.key == replace(school, valid_from=june, value="Elm").key
