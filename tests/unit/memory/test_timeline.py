"""What a new fact means for the one that is believed under the same key."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.memory.model import TRUSTS, Fact, Memory, Told
from claw.memory.timeline import Bearing, bearing, ends, stands
from tests.memory_room import BY_ANNA, BY_BEN, BY_GUEST, SEEN, school

NOW = datetime(2026, 5, 8, tzinfo=UTC)
JANUARY, MARCH, APRIL, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 6))


def held(fact: Fact, told: Told = BY_BEN, **more: object) -> Memory:
    return Memory(1, fact, "active", told.trust, told.explicit, 1.0, told.person, MARCH, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("new", "told", "old", "way"),
    [
        (school("Elm"), BY_BEN, held(school("Oak")), "replaces"),
        (school("oak."), BY_BEN, held(school("Oak")), "same"),
        (school("Oak"), BY_ANNA, held(school("Oak")), "surer"),
        (school("Oak"), BY_BEN, held(school("Oak"), SEEN), "surer"),
        (school("Oak"), BY_GUEST, held(school("Oak")), "same"),
        (school("Elm"), BY_BEN, held(school("Oak"), BY_ANNA), "yields"),
        (school("Elm"), SEEN, held(school("Oak")), "yields"),
        (school("Elm"), BY_GUEST, held(school("Oak"), SEEN), "yields"),
        (school("Elm"), SEEN, held(school("Oak"), SEEN), "replaces"),
        (school("Elm"), SEEN, held(school("Oak"), SEEN, confirmed=MARCH), "yields"),
        # What is over does not contradict what is so now, told in whatever order.
        (school("Elm", valid_from=JANUARY, valid_to=MARCH), BY_BEN, held(school("Oak", valid_from=MARCH)), "before"),
        (school("Elm", valid_to=APRIL), BY_BEN, held(school("Oak")), "before"),
        (school("Elm"), BY_BEN, held(school("Oak", valid_from=JANUARY, valid_to=MARCH)), "after"),
        (school("Elm"), SEEN, held(school("Oak", valid_from=JANUARY, valid_to=MARCH)), "after"),
        (school("Oak"), BY_BEN, held(school("Oak", valid_to=MARCH)), "after"),
        # What is to come leaves in force what holds until then.
        (school("Elm", valid_from=JUNE), BY_BEN, held(school("Oak")), "later"),
        (school("Elm", valid_from=JUNE), SEEN, held(school("Oak")), "yields"),
        # What is so since before must have been so instead.
        (school("Elm", valid_from=JANUARY), BY_BEN, held(school("Oak", valid_from=MARCH)), "replaces"),
    ],
)
def test_only_what_contradicts_takes_the_place_and_only_from_a_source_as_good(
    new: Fact, told: Told, old: Memory, way: Bearing
) -> None:
    assert bearing(new, told, old, NOW) == way


def test_what_is_replaced_was_so_until_then_and_never_ends_before_it_began() -> None:
    assert ends(school("Elm"), held(school("Oak")), NOW) == NOW
    assert ends(school("Elm", valid_from=APRIL), held(school("Oak", valid_from=MARCH)), NOW) == APRIL
    assert ends(school("Elm", valid_from=JANUARY), held(school("Oak", valid_from=MARCH)), NOW) == MARCH
    assert ends(school("Elm"), held(school("Oak", valid_to=APRIL)), NOW) == APRIL


@given(new=st.sampled_from(TRUSTS), old=st.sampled_from(TRUSTS), new_said=st.booleans(), old_said=st.booleans())
def test_a_weaker_source_never_takes_the_place_and_nor_does_a_guess_of_what_was_said(
    new: str, old: str, new_said: bool, old_said: bool
) -> None:
    told = replace(BY_BEN, trust=new, explicit=new_said)  # type: ignore[arg-type]
    before = held(school("Oak"), replace(BY_BEN, trust=old, explicit=old_said))  # type: ignore[arg-type]
    way = bearing(school("Elm"), told, before, NOW)
    weaker = TRUSTS.index(new) < TRUSTS.index(old)  # type: ignore[arg-type]
    assert (way == "replaces") == stands(told, before)
    if weaker or (old_said and not new_said):
        assert way == "yields"


def test_among_equals_the_last_word_counts_but_only_a_persons_own() -> None:
    old = held(school("Oak"), BY_ANNA)
    assert bearing(school("Elm"), BY_BEN, old, NOW, equal=True) == "replaces"
    for told in (SEEN, BY_GUEST, replace(BY_BEN, taint=("mail",)), replace(BY_BEN, explicit=False)):
        assert bearing(school("Elm"), told, old, NOW, equal=True) == "yields"
