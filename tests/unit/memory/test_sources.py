"""How far something may be believed is told from who asked, and a program speaks with nobody's voice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import SYSTEM, Origin
from claw.memory.model import Fact
from claw.memory.sources import By, in_own_words, proven, status_of, told_by
from tests.memory_room import ANNA, BEN, CARL, GUS, PEOPLE, VOICE, allergy

CLAIMED = replace(ANNA, authenticated=False)
TAINTED = replace(ANNA, taint=("calendar",))


@pytest.mark.parametrize(
    ("origin", "by", "trust", "explicit", "status"),
    [
        (ANNA, "words", "owner_told", True, "active"),
        (BEN, "words", "resident_told", True, "active"),
        (CARL, "words", "resident_told", True, "active"),
        (GUS, "words", "guest_told", False, "candidate"),
        (VOICE, "words", "guest_told", False, "candidate"),
        (CLAIMED, "words", "guest_told", False, "candidate"),
        (SYSTEM, "words", "guest_told", False, "candidate"),
        (TAINTED, "words", "external", False, "candidate"),
        (replace(ANNA, routine="evening"), "words", "inferred", False, "candidate"),
        (replace(ANNA, skill="tidy"), "words", "inferred", False, "candidate"),
        (ANNA, "program", "inferred", False, "candidate"),
        (GUS, "program", "guest_told", False, "candidate"),
        (TAINTED, "program", "external", False, "candidate"),
        (SYSTEM, "habit", "observed", False, "candidate"),
        (BEN, "habit", "observed", False, "active"),
        (GUS, "habit", "observed", False, "candidate"),
        (TAINTED, "habit", "external", False, "candidate"),
    ],
)
def test_who_asks_and_how_decides_how_far_it_is_believed(
    origin: Origin, by: By, trust: str, explicit: bool, status: str
) -> None:
    role = PEOPLE.role(origin.person)
    told = told_by(origin, role, by, audit=7)
    assert (told.trust, told.explicit, told.taint, told.audit) == (trust, explicit, origin.taint, 7)
    assert told.person == (origin.person if origin.authenticated else None)
    assert status_of(told, origin, role) == status


def test_a_programs_sentence_in_ones_own_words_is_ones_own() -> None:
    assert told_by(ANNA, "owner", "program", own=True).trust == "owner_told"
    assert told_by(TAINTED, "owner", "program", own=True).trust == "external"
    assert told_by(VOICE, None, "program", own=True).trust == "guest_told"


@given(
    st.sampled_from((ANNA, BEN, CARL, GUS, VOICE, CLAIMED, SYSTEM)),
    st.sampled_from(("words", "program", "habit")),
    st.booleans(),
    st.booleans(),
)
def test_nothing_that_strangers_had_a_part_in_is_ever_in_force_by_itself(
    origin: Origin, by: By, own: bool, limited: bool
) -> None:
    origin, role = replace(origin, taint=("mail",)), None if limited else PEOPLE.role(origin.person)
    told = told_by(origin, role, by, own=own)
    assert (told.trust, told.explicit, status_of(told, origin, role)) == ("external", False, "candidate")


def test_only_who_lives_here_and_is_known_to_be_it_speaks_for_themselves() -> None:
    assert [proven(origin, PEOPLE.role(origin.person)) for origin in (ANNA, BEN, CARL, GUS, VOICE, CLAIMED)] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    assert not proven(ANNA, None)
    for room in ("voice:hall", "screen:kitchen", "routine", "system"):
        assert not proven(replace(ANNA, channel=room), "owner"), "a room is anybody's, whoever it was taken for"


NUTS = allergy("nuts")
BIRTHDAY = Fact("fact", "person:anna", "birthday", "3 May", "Anna's birthday is 3 May.")


@pytest.mark.parametrize(
    ("fact", "said", "own"),
    [
        (NUTS, "remember that Carl is allergic to nuts", True),
        (NUTS, "Please note: CARL is ALLERGIC to nuts!", True),
        (BIRTHDAY, "my birthday is 3 May, keep that", True),
        (NUTS, "Carl is not allergic to nuts", False),
        (NUTS, "is Carl allergic to nuts?", False),
        (NUTS, "remember what the doctor's mail says about Carl", False),
        (NUTS, "", False),
        (replace(NUTS, kind="preference"), "remember that Carl is allergic to nuts", False),
        (replace(NUTS, value={"to": "nuts", "and": "milk"}), "remember that Carl is allergic to nuts", False),
        (replace(NUTS, subject="thing:peanut bar"), "remember that Carl is allergic to nuts", False),
        (replace(BIRTHDAY, sentence="Anna's birthday is 4 May."), "my birthday is 3 May", False),
        (Fact("fact", "house", "note", "x", "卡尔对坚果过敏"), "请记住卡尔对坚果过敏", False),
        (Fact("fact", "house", "note", "坚果", "卡尔对坚果过敏"), "请记住卡尔对坚果过敏", True),
        (Fact("fact", "house", "note", "坚果", "卡尔对牛奶过敏"), "请记住卡尔对坚果过敏", False),
    ],
)
def test_own_words_are_those_that_were_said_and_deny_what_was_denied(fact: Fact, said: str, own: bool) -> None:
    assert in_own_words(fact, said, ("Anna",)) is own
