"""What is read back: nobody is told what they may not hear, whatever they ask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claw.memory.model import ANYBODY, GUESTS, HOUSEHOLD, OWNERS, Audience, Fact, private_to
from claw.memory.rows import digest
from tests.memory_room import (
    ANNA,
    AS_ANNA,
    AS_BEN,
    AS_CARL,
    BY_ANNA,
    BY_BEN,
    BY_GUEST,
    SEEN,
    Shelf,
    allergy,
    school,
    shelf,
)

APRIL, JUNE = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    return shelf(tmp_path / "claw.db")


HEARD = (
    (ANYBODY, {GUESTS}),
    (Audience(resident=True), {GUESTS, HOUSEHOLD}),
    (AS_BEN, {GUESTS, HOUSEHOLD}),
    (AS_CARL, {GUESTS, HOUSEHOLD}),
    (AS_ANNA, {GUESTS, HOUSEHOLD, OWNERS, private_to("anna")}),
)


@pytest.mark.parametrize(("audience", "hears"), HEARD)
def test_every_question_leaves_out_what_its_audience_may_not_hear(
    kept: Shelf, audience: Audience, hears: set[str]
) -> None:
    every = [
        kept.facts.keep(replace(school(heard, visibility=heard), subject="house"), BY_ANNA).memory
        for heard in (GUESTS, HOUSEHOLD, OWNERS, private_to("anna"))
    ]
    found = {
        "shown": kept.facts.shown(audience),
        "about": kept.facts.shown(audience, about="house"),
        "as_of": kept.facts.as_of(kept.wall.now(), audience),
        "between": kept.facts.as_of(APRIL, audience, until=JUNE),
        "visible": [one for one in every if kept.facts.visible(one.id, audience)],
        "history": [one for each in every for one in kept.facts.history(each.fact.key, audience)],
        "evidence": [one for one in every if kept.facts.evidence(one.id, audience)],
    }
    assert {question: {one.fact.visibility for one in answer} for question, answer in found.items()} == dict.fromkeys(
        found, hears
    )


def test_the_words_of_an_exchange_are_told_to_their_speaker_alone(kept: Shelf) -> None:
    said = kept.episodes.note(ANNA, "Carl goes to Oak", "owner_told", name="Anna")
    told = kept.facts.keep(school("Oak"), replace(BY_ANNA, episode=said)).memory
    assert [one.text for one in kept.facts.evidence(told.id, AS_ANNA)] == ["Carl goes to Oak"]
    for audience in (AS_BEN, AS_CARL, None):
        assert [one.text for one in kept.facts.evidence(told.id, audience)] == [""]
    assert kept.facts.evidence(told.id, ANYBODY) == []


def test_what_is_in_force_holds_at_this_moment_but_an_event_is_known_for_good(kept: Shelf) -> None:
    now = kept.wall.now()
    liked = Fact("preference", "house", "light.brightness_pct", {"brightness_pct": 30}, "Lights at 30 %.")
    for number, (begun, ended) in enumerate(((None, None), (now, None), (APRIL, now), (JUNE, None))):
        kept.facts.keep(replace(liked, subject=f"area:{number}", valid_from=begun, valid_to=ended), BY_ANNA)
    kept.facts.keep(Fact("event", "house", "visit", "Ruth", "Ruth came.", valid_from=APRIL, valid_to=now), BY_ANNA)
    assert [one.fact.subject for one in kept.facts.active("preference")] == ["area:1", "area:0"]
    assert [one.fact.sentence for one in kept.facts.active("event", "house", "visit")] == ["Ruth came."]
    assert kept.facts.active("event", "area:0") == []
    kept.wall.at = JUNE
    assert [one.fact.subject for one in kept.facts.active("preference")] == ["area:3", "area:1", "area:0"]


def test_statuses_and_the_number_asked_for_are_kept_to(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_ANNA)
    kept.wall.later(days=1)
    kept.facts.keep(school("Elm"), BY_ANNA)
    guess = kept.facts.keep(school("Ash"), SEEN).memory
    assert [one.fact.value for one in kept.facts.shown(AS_BEN)] == ["Elm"]
    assert [one.fact.value for one in kept.facts.shown(AS_BEN, statuses=("superseded",))] == ["Oak"]
    assert [one.id for one in kept.facts.shown(AS_BEN, statuses=("candidate",))] == [guess.id]
    assert [one.fact.value for one in kept.facts.shown(AS_BEN, statuses=("active", "superseded"), limit=1)] == ["Elm"]
    assert kept.facts.shown(AS_BEN, limit=-1) == []
    assert kept.facts.shown(AS_BEN, about="person:nobody") == []


def test_what_was_believed_then_can_be_asked_beside_what_was_so_then(kept: Shelf) -> None:
    kept.facts.keep(school("Oak", valid_from=APRIL), BY_BEN)
    then = kept.wall.now()
    later = kept.wall.later(days=3)
    kept.facts.keep(school("Elm", valid_from=APRIL + timedelta(days=10)), BY_BEN)
    asked = APRIL + timedelta(days=20)
    assert [one.fact.value for one in kept.facts.as_of(asked, AS_BEN)] == ["Elm"]
    assert [one.fact.value for one in kept.facts.as_of(asked, AS_BEN, known=then)] == ["Oak"]
    assert [one.fact.value for one in kept.facts.as_of(asked, AS_BEN, known=later)] == ["Elm"]
    assert [one.fact.value for one in kept.facts.as_of(APRIL, AS_BEN, until=JUNE)] == ["Oak", "Elm"]
    assert kept.facts.as_of(APRIL, AS_BEN, subject="house") == []
    assert kept.facts.as_of(APRIL - timedelta(days=1), AS_BEN) == []


def test_without_a_beginning_it_counts_from_when_it_was_told(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_BEN)
    assert kept.facts.as_of(APRIL, AS_BEN) == []
    assert len(kept.facts.as_of(kept.wall.now(), AS_BEN)) == 1


def test_what_is_held_known_and_proposed_is_counted(kept: Shelf) -> None:
    first = kept.facts.keep(school("Oak"), BY_ANNA).memory
    kept.wall.later(days=2)
    since = kept.wall.now()
    kept.facts.keep(school("Elm"), SEEN)
    kept.facts.keep(allergy("nuts"), BY_GUEST, status="candidate")
    assert kept.facts.count_active() == 1
    assert (kept.facts.count_proposed(since), kept.facts.count_proposed(since, strangers=True)) == (2, 1)
    assert kept.facts.holds(first.fact.key)
    assert not kept.facts.holds(allergy("nuts").key)
    assert kept.facts.holds(allergy("nuts").key, proposed=True)
    assert kept.facts.known(digest("carl goes to OAK!"), Audience(resident=True))
    assert not kept.facts.known(digest("carl goes to OAK!"), ANYBODY)
    assert not kept.facts.known(digest("Carl goes nowhere."), Audience(resident=True))
