"""What the arithmetic of the chain says of rows that are just right, and just not."""

from claw.audit.chain import Row, Walk, genesis, payload_hash, row_hash

FIRST = genesis(b"i" * 16)


def row(seq: int, previous: bytes, time: int = 1_000) -> Row:
    hidden = payload_hash(b"s" * 16, b"{}")
    return Row(seq, time, b"note", b"{}", None, b"{}", hidden, previous)


def test_a_row_that_holds_is_taken_at_once() -> None:
    walk = Walk(0, FIRST)
    first = row(1, FIRST)
    assert walk.step(first, row_hash(first)) is True
    second = row(2, row_hash(first))
    assert walk.step(second, row_hash(second)) is True, "two rows of one microsecond are in order"
    assert (walk.seq, walk.previous) == (2, row_hash(second))


def test_a_gap_in_the_numbers_is_found_though_everything_behind_it_was_hashed_anew() -> None:
    walk = Walk(0, FIRST)
    first = row(1, FIRST)
    assert walk.step(first, row_hash(first))
    third = row(3, row_hash(first))
    assert walk.step(third, row_hash(third)) is False
    assert [(one.seq, one.what) for one in walk.breaks(third, row_hash(third))] == [(3, "row 2 is missing")]
    fourth = row(4, row_hash(third))
    assert walk.step(fourth, row_hash(fourth)) is True, "and is told once"


def test_a_number_that_comes_twice_is_found_though_it_was_hashed_anew() -> None:
    walk = Walk(0, FIRST)
    first = row(1, FIRST)
    assert walk.step(first, row_hash(first))
    again = row(1, row_hash(first))
    assert walk.step(again, row_hash(again)) is False
    assert [one.what for one in walk.breaks(again, row_hash(again))] == ["the row is out of order"]


def test_a_changed_row_of_the_same_moment_is_not_called_a_clock_that_went_back() -> None:
    walk = Walk(0, FIRST)
    first = row(1, FIRST)
    assert walk.step(first, row_hash(first))
    second = row(2, row_hash(first))
    changed = second._replace(kind=b"none")
    assert walk.step(changed, row_hash(second)) is False
    problems = list(walk.breaks(changed, row_hash(second)))
    assert [one.warning for one in problems] == [False]


def test_a_time_that_went_back_does_not_hold_and_is_a_warning_only() -> None:
    walk = Walk(0, FIRST, time=2_000)
    early = row(1, FIRST, time=1_999)
    assert walk.step(early, row_hash(early)) is False
    assert [(one.seq, one.warning) for one in walk.breaks(early, row_hash(early))] == [(1, True)]


def test_which_row_it_belongs_to_is_under_the_hash() -> None:
    several = [row(9, FIRST)._replace(parent=parent) for parent in (None, 0, 1, 2, 8)]
    assert len({row_hash(one) for one in several}) == len(several)
