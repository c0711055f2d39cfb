"""Names that could be taken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.memory.resembling import Names, sound, squeezed, within

HOUSE = Names(
    [("Front door", "lock.front"), ("Kitchen ceiling", "light.kitchen"), ("Stop", "stop"), ("Jon", "person.jon")]
)


@pytest.mark.parametrize(
    "name",
    [
        *("Front door", "front  DOOR", "Frontdoor", "Frönt door", "front doors", "Frond door", "Fornt door"),
        *(
            "front dor",
            "Front",
            "fron",
            "Phront dor",
            "Kitchen ceilling",
            "Kitchen",
            "stopp",
            "Jon",
            "the front door lamp",
        ),
    ],
)
def test_what_is_or_resembles_a_name_is_found(name: str) -> None:
    assert HOUSE.resembled(name) is not None


@pytest.mark.parametrize("name", ["Jupiter", "Back door", "Joe", "Moon", "The big one", "ceiling two", "木星"])
def test_other_names_are_free(name: str) -> None:
    assert HOUSE.resembled(name) is None


def test_what_resembles_only_a_name_of_the_same_thing_is_free() -> None:
    assert HOUSE.resembled("Front dor", but="lock.front") is None
    twice = Names([("Moon", "light.a"), ("Moon", "light.b")])
    assert twice.resembled("Moon", but="light.a") == "Moon"


def test_letters_that_sound_alike_sound_alike() -> None:
    assert sound("Phone") == sound("Fone")
    assert sound("Clock") == sound("klok")
    assert sound("Jupiter") != sound("Saturn")


@given(st.text("abcd", min_size=1, max_size=7), st.text("abcd", min_size=1, max_size=7), st.integers(0, 3))
def test_within_is_what_counting_says(one: str, other: str, most: int) -> None:
    assert within(one, other, most) == (_distance(one, other) <= most)


@given(st.text(max_size=60))
def test_every_name_resembles_itself(name: str) -> None:
    found = Names([(name, "it")]).resembled(name)
    assert (found is not None) == bool(squeezed(name))


def _distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance, by the book."""
    rows = [[max(a, b) if 0 in (a, b) else 0 for b in range(len(other) + 1)] for a in range(len(one) + 1)]
    for a in range(1, len(one) + 1):
        for b in range(1, len(other) + 1):
            swap = a > 1 and b > 1 and one[a - 1] == other[b - 2] and one[a - 2] == other[b - 1]
            rows[a][b] = min(
                rows[a - 1][b] + 1,
                rows[a][b - 1] + 1,
                rows[a - 1][b - 1] + (one[a - 1] != other[b - 1]),
                rows[a - 2][b - 2] + 1 if swap else 99,
            )
    return rows[-1][-1]


def test_where_nothing_is_spaced_the_name_of_another_thing_does_not_stand_in_a_name() -> None:
    names = Names([("前门", "lock.front_door"), ("厨房", "area:kitchen"), ("开关", "zh:开关")])
    assert names.resembled("前门灯") == "前门"
    assert names.resembled("我的前门") == "前门"
    assert names.resembled("前门灯", but="lock.front_door") is None
    assert names.resembled("厨房小灯") is None
    assert names.resembled("木星") is None
