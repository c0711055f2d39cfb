"""Who lived here when, and that nobody agrees for anybody else or by doing nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory.residents import Consent
from claw.policy.people import Person
from tests.memory_room import PEOPLE, Shelf, shelf

ANNA, BEN, CARL, GUS = PEOPLE


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    return shelf(tmp_path / "claw.db")


def test_who_lives_here_is_known_from_the_first_start_on_and_guests_do_not(kept: Shelf) -> None:
    start = kept.wall.now()
    for _ in range(2):
        kept.residents.follow(PEOPLE)
        kept.wall.later(days=1)
    assert [(one.person, one.since, one.until) for one in kept.residents.spans()] == [
        (person, start, None) for person in ("anna", "ben", "carl")
    ]


def test_who_moves_out_and_in_again_has_two_times(kept: Shelf) -> None:
    begun = kept.wall.now()
    kept.residents.follow([ANNA, BEN])
    left = kept.wall.later(days=60)
    kept.residents.follow([ANNA])
    back = kept.wall.later(days=60)
    kept.residents.follow([ANNA, replace(BEN, name="Benjamin", role="owner")])
    assert [(one.since, one.until) for one in kept.residents.spans("ben")] == [(begun, left), (back, None)]
    assert [one.person for one in kept.residents.lived(left + timedelta(days=1))] == ["anna"]
    assert [one.person for one in kept.residents.lived(begun, left)] == ["anna", "ben"]
    assert [one.person for one in kept.residents.lived(left, back)] == ["anna"]
    assert kept.residents.lived(begun - timedelta(days=9), begun) == []
    assert kept.residents.spans("ben")[1].name == "Benjamin"


def test_another_name_or_role_is_the_same_person_and_a_guest_has_moved_out(kept: Shelf) -> None:
    kept.residents.follow([ANNA, CARL])
    kept.wall.later(days=9)
    kept.residents.follow([replace(ANNA, name="Anne"), replace(CARL, role="guest")])
    assert [(one.name, one.until) for one in kept.residents.spans()] == [("Anne", None), ("Carl", kept.wall.now())]


def test_whose_last_day_is_over_does_not_live_here(kept: Shelf) -> None:
    kept.residents.follow([Person("ida", "Ida", "adult", end=kept.wall.now().date())])
    assert [one.person for one in kept.residents.lived(kept.wall.now())] == ["ida"]
    kept.wall.later(days=1)
    kept.residents.follow([Person("ida", "Ida", "adult", end=kept.wall.now().date() - timedelta(days=1))])
    assert kept.residents.lived(kept.wall.now()) == []


def test_nobody_has_agreed_to_anything_before_they_said_so(kept: Shelf) -> None:
    kept.residents.follow(PEOPLE)
    assert {kept.residents.consent(one.id) for one in PEOPLE} == {Consent()}
    assert kept.residents.consent(None) == Consent()


def test_each_answer_stands_by_itself_until_it_is_taken_back(kept: Shelf) -> None:
    assert kept.residents.agree("anna", habits=True) == Consent(habits=True)
    assert kept.residents.agree("anna", talks=True) == Consent(habits=True, talks=True)
    assert kept.residents.agree("anna", habits=False) == Consent(talks=True)
    assert kept.residents.consent("ben") == Consent()


def test_a_row_that_nobody_of_us_wrote_is_broken(kept: Shelf) -> None:
    kept.residents.follow([ANNA])
    kept.db.conn.execute("update residents set since = 'ever'")
    with pytest.raises(Broken):
        kept.residents.spans()
