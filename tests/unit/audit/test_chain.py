import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.audit.chain import (
    Problem,
    Row,
    Walk,
    genesis,
    microseconds,
    moment,
    payload_hash,
    row_hash,
)

LOG = b"l" * 16
ROW = Row(1, 1_767_614_400_000_000, b"intent", b'{"channel":"cli"}', None, b"{}", b"p" * 32, b"q" * 32)


def chained(rows: Sequence[Row], log_id: bytes = LOG) -> list[tuple[Row, bytes]]:
    """Number and link rows as the log does."""
    previous = genesis(log_id)
    found: list[tuple[Row, bytes]] = []
    for seq, row in enumerate(rows, 1):
        linked = row._replace(seq=seq, previous=previous)
        previous = row_hash(linked)
        found.append((linked, previous))
    return found


def walked(rows: Sequence[tuple[Row, bytes]], log_id: bytes = LOG) -> list[Problem]:
    walk = Walk(0, genesis(log_id))
    return [problem for row, stored in rows if not walk.step(row, stored) for problem in walk.breaks(row, stored)]


def at(seconds: int) -> Row:
    return ROW._replace(time=ROW.time + seconds * 1_000_000)


THREE = chained([at(1), at(2), at(3)])


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("seq", 2),
        ("seq", -1),
        ("time", ROW.time + 1),
        ("kind", b"outcome"),
        ("origin", b"{}"),
        ("parent", 0),
        ("parent", 1),
        ("versions", b'{"policy":"1"}'),
        ("payload_hash", b"r" * 32),
        ("previous", b"p" * 32),
    ],
)
def test_every_column_is_under_the_hash(column: str, other: object) -> None:
    assert row_hash(ROW._replace(**{column: other})) != row_hash(ROW)


def test_text_that_moves_from_one_column_to_the_next_changes_the_hash() -> None:
    assert row_hash(ROW._replace(kind=b"inten", origin=b't{"channel":"cli"}')) != row_hash(ROW)
    assert row_hash(ROW._replace(payload_hash=b"p" * 31, previous=b"p" + b"q" * 32)) != row_hash(ROW)


def test_the_encoding_is_fixed_for_ever() -> None:
    numbers = [(1, 8), (1_767_614_400_000_000, 8), (0, 1), (0, 8), (6, 4), (17, 4), (2, 4), (32, 4), (32, 4)]
    fixed = b"claw audit row 1\n" + b"".join(value.to_bytes(width, "big") for value, width in numbers)
    assert row_hash(ROW) == hashlib.sha256(fixed + b'intent{"channel":"cli"}{}' + b"p" * 32 + b"q" * 32).digest()
    assert genesis(LOG) == hashlib.sha256(b"claw audit log 1\n" + LOG).digest()
    assert payload_hash(b"s" * 16, b"{}") == hashlib.sha256(b"claw audit payload 1\n" + b"s" * 16 + b"{}").digest()


def test_the_same_payload_hides_behind_another_hash_under_another_salt() -> None:
    assert payload_hash(b"a" * 16, b"{}") != payload_hash(b"b" * 16, b"{}")


def test_rows_that_hang_together_hold() -> None:
    assert walked(THREE) == []


def test_rows_of_another_log_do_not_fit() -> None:
    assert [problem.seq for problem in walked(THREE, b"m" * 16)] == [1]


def test_an_edited_row_is_named_once() -> None:
    row, stored = THREE[1]
    edited = [THREE[0], (row._replace(kind=b"note"), stored), THREE[2]]
    assert walked(edited) == [Problem(2, "the row was changed: its hash does not fit its columns")]


def test_an_edited_row_with_a_fresh_hash_is_found_at_the_next() -> None:
    row = THREE[1][0]._replace(kind=b"note")
    assert walked([THREE[0], (row, row_hash(row)), THREE[2]]) == [
        Problem(3, "the row does not follow row 2: one of them was put there or changed")
    ]


def test_an_edited_hash_is_found() -> None:
    problems = walked([THREE[0], (THREE[1][0], b"x" * 32), THREE[2]])
    assert [problem.seq for problem in problems] == [2, 3]


def test_a_missing_row_is_named_by_the_gap() -> None:
    assert walked([THREE[0], THREE[2]]) == [Problem(3, "row 2 is missing")]
    assert walked(THREE[2:]) == [Problem(3, "rows 1 to 2 are missing")]


def test_a_removed_row_whose_number_was_closed_up_is_found() -> None:
    moved = (THREE[2][0]._replace(seq=2), THREE[2][1])
    assert {problem.seq for problem in walked([THREE[0], moved])} == {2}


def test_a_repeated_row_is_out_of_order() -> None:
    assert Problem(2, "the row is out of order") in walked([THREE[0], THREE[1], THREE[1], THREE[2]])


def test_swapped_rows_are_found() -> None:
    swapped = [
        THREE[0],
        (THREE[2][0]._replace(seq=2), THREE[2][1]),
        (THREE[1][0]._replace(seq=3), THREE[1][1]),
    ]
    assert {2, 3} <= {problem.seq for problem in walked(swapped)}


def test_a_clock_that_goes_backwards_is_a_warning() -> None:
    back = chained([at(5), at(1), at(2), at(6)])
    assert walked(back) == [Problem(2, "the clock went backwards before this row", warning=True)]


def test_a_stopped_clock_is_no_warning() -> None:
    assert walked(chained([at(1), at(1)])) == []


def test_time_is_kept_to_the_microsecond_in_any_zone() -> None:
    time = datetime(2026, 3, 29, 3, 30, 0, 123_457, tzinfo=timezone(timedelta(hours=2)))
    assert moment(microseconds(time)) == time
    assert moment(microseconds(time)).tzinfo is UTC


texts = st.binary(max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1)
rows = st.builds(
    Row,
    seq=st.just(0),
    time=st.just(7),
    kind=texts,
    origin=texts,
    parent=st.none() | numbers,
    versions=texts,
    payload_hash=st.binary(min_size=32, max_size=32),
    previous=st.just(b""),
)


@given(st.lists(rows, max_size=6), st.binary(min_size=16, max_size=16))
def test_any_rows_that_were_appended_hold(drawn: list[Row], log_id: bytes) -> None:
    assert walked(chained(drawn, log_id), log_id) == []


@settings(max_examples=300)
@given(st.lists(rows, min_size=1, max_size=5), st.data())
def test_any_change_of_any_column_of_any_row_is_found(drawn: list[Row], data: st.DataObject) -> None:
    good = chained(drawn)
    index = data.draw(st.integers(0, len(good) - 1))
    row, stored = good[index]
    column = data.draw(st.sampled_from([*Row._fields, "hash"]))
    if column == "hash":
        bad = (row, data.draw(st.binary(max_size=40).filter(lambda value: value != stored)))
    else:
        old = getattr(row, column)
        values = {int: numbers, bytes: st.binary(max_size=40)}.get(type(old), numbers)
        values = values if column != "parent" else st.none() | numbers
        bad = (row._replace(**{column: data.draw(values.filter(lambda value: value != old))}), stored)
    assert any(not problem.warning for problem in walked([*good[:index], bad, *good[index + 1 :]]))


@given(rows, rows)
def test_no_two_different_rows_share_a_hash(one: Row, other: Row) -> None:
    assert (row_hash(one) == row_hash(other)) == (one == other)
