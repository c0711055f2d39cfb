"""A log against what was seen of it: which entries, which key, which log."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.audit.keys import make_key
from claw.audit.note import Note, write_key
from claw.audit.vouch import Keys, Log, Seen, against, keys_of, read, replaced
from tests.signed_log import HOME, ID, KEY, ORIGIN, OTHER, hash_of, note


def log(last: int, first: int = 1) -> Log:
    return Log(ID, first, last, HOME, lambda seq: hash_of(seq) if first <= seq <= last else None)


def said(seen: Sequence[Note], last: int, first: int = 1, keys: Keys | None = None) -> list[tuple[int | None, str]]:
    keys = keys or Keys(ORIGIN, KEY.public)
    return [(found.seq, found.what) for found in against(log(last, first), keys, Seen("the witness", seen))]


@given(st.lists(st.integers(0, 50), max_size=6))
def test_a_log_that_has_everything_that_was_seen_is_not_contradicted(sizes: list[int]) -> None:
    assert said([note(size) for size in sizes], 50) == []


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 50))
def test_a_log_that_is_shorter_than_what_was_seen_is_always_found(sizes: list[int], last: int) -> None:
    found = said([note(size) for size in sizes], last)
    assert bool(found) == (max(sizes) > last)
    if found:
        assert found[0][0] == last + 1


def test_what_is_missing_is_named_with_its_time() -> None:
    assert said([note(991), note(1004)], 990) == [
        (991, "entries 991 to 1004 were there at 2026-11-22 04:44 UTC: the witness has seen them; the end was cut off")
    ]


def test_one_entry_too_few_is_enough() -> None:
    assert said([note(11)], 10)[0][0] == 11
    assert said([note(10)], 10) == []


def test_another_entry_than_was_seen_is_named_between_the_last_that_fits_and_itself() -> None:
    seen = [note(10), note(20, head=b"x" * 32), note(30, head=b"y" * 32)]
    assert said(seen, 40) == [
        (20, "something in entries 11 to 20 is not what the witness has seen at 2026-11-21 12:20 UTC")
    ]


def test_the_last_entry_is_compared_too() -> None:
    assert said([note(10, head=b"x" * 32)], 10)[0][0] == 10
    assert said([note(1, head=b"x" * 32)], 10)[0][0] == 1


def test_what_was_retired_cannot_be_compared() -> None:
    assert said([note(3, head=b"x" * 32), note(12)], 20, first=10) == []
    assert said([note(9, head=b"x" * 32)], 20, first=10) == []


def test_notes_of_another_key_are_one_problem_and_count_for_nothing_else() -> None:
    found = said([note(5, key=OTHER), note(99, key=OTHER)], 10)
    assert [what[:60] for _, what in found] == ["the witness has 2 checkpoints up to entry 99 (2026-11-21 13:"]
    assert "not signed with the key of this log" in found[0][1]


def test_a_forged_signature_is_another_key() -> None:
    good = note(99)
    forged = good._replace(signature=bytes(64))
    assert "not signed" in said([forged], 10)[0][1]
    moved = good._replace(checkpoint=good.checkpoint._replace(size=5))
    assert "not signed" in said([moved], 10)[0][1]


def test_a_replaced_key_speaks_for_what_came_before_it_only() -> None:
    keys = keys_of(ORIGIN, KEY.public, {write_key(ORIGIN, OTHER.public): 20, "rubbish": 3, "None": None})
    assert said([note(10, key=OTHER), note(30)], 40, keys=keys) == []
    assert said([note(30, key=OTHER)], 40, keys=keys)
    assert said([note(20, key=OTHER)], 40, keys=keys), "the entry that replaced it is none of its own"
    assert said([note(19, key=OTHER)], 40, keys=keys) == []
    assert said([note(10, head=b"x" * 32, key=OTHER)], 40, keys=keys)


def test_a_witness_begun_with_another_key_is_found_though_it_has_no_note() -> None:
    seen = Seen("the witness", [], frozenset({OTHER.public}))
    (found,) = against(log(10), Keys(ORIGIN, KEY.public), seen)
    assert "was begun with another key" in found.what


def test_another_log_of_the_same_place_is_named_unless_it_has_moved_on() -> None:
    stranger = note(7, key=OTHER, log=b"S" * 16)
    (found,) = replaced(log(10), Seen("the witness", [stranger]))
    assert "another log (53535353, 7 entries) lay here at" in found.what
    elsewhere = stranger._replace(
        checkpoint=stranger.checkpoint._replace(home="ffffffffffff", time=stranger.checkpoint.time + timedelta(days=1))
    )
    assert list(replaced(log(10), Seen("the witness", [stranger, elsewhere]))) == []
    assert list(replaced(log(10), Seen("the witness", [note(5)]))) == []


def test_a_clock_that_went_back_is_a_warning() -> None:
    (found,) = against(log(40), Keys(ORIGIN, KEY.public), Seen("w", [note(10, minute=50), note(20, minute=5)]))
    assert found.warning
    assert found.seq == 20


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("", False),
        ("\n\n", False),
        (note(3).text, False),
        ("key x\n" + note(3).line, False),
        ("hello", True),
        ("hello\nkey x", True),
    ],
)
def test_what_is_neither_note_nor_key_is_noticed(text: str, strange: bool) -> None:
    assert read("w", [text], ORIGIN).strange == strange


def test_keys_are_read_for_this_log_only(tmp_path: Path) -> None:
    key = make_key(tmp_path / "k" / "audit.key")
    texts = [
        f"key {write_key(ORIGIN, key.public)}\n",
        f"key {write_key('claw/ff', OTHER.public)}\n",
        f"key {ORIGIN}+zz+zz\n",
    ]
    assert read("w", texts, ORIGIN).keys == {key.public}


def test_an_entry_that_was_seen_and_is_not_there_is_not_what_was_seen() -> None:
    log = Log(ID, 1, 9, HOME, lambda seq: None if seq == 5 else hash_of(seq))
    (problem,) = against(log, Keys(ORIGIN, KEY.public), Seen("the file w", [note(3), note(5), note(9)]))
    assert (problem.seq, problem.warning) == (5, False)
    assert "something in entries 4 to 5 is not what the file w has seen" in problem.what
