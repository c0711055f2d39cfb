"""What is searched is in step with what is kept: its words, and the words it lent to others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.memory.model import GUESTS, HOUSEHOLD, private_to
from claw.memory.passages import LONGEST_NEIGHBOUR, LONGEST_TEXT, Passage, Passages
from claw.store.db import open_database
from claw.store.migrations import migrate

NIGHT = datetime(2026, 5, 8, 23, 30, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = open_database(tmp_path / "claw.db")
    migrate(database)
    return database


def said(text: str, session: str = "s", visibility: str = HOUSEHOLD) -> Passage:
    return Passage(text, visibility, "Anna", NIGHT, session)


def found(db: Database, word: str) -> set[int]:
    return {row[0] for row in db.execute("select rowid from passages_fts where passages_fts match ?", (word,))}


def near(db: Database, number: int) -> str:
    return str(db.execute("select near from passages where id = ?", (number,)).fetchone()[0])


def check(db: Database) -> None:
    """The index holds exactly what the table holds; SQLite raises where not."""
    with db.conn:
        db.conn.execute("insert into passages_fts (passages_fts, rank) values ('integrity-check', 1)")


def test_a_memory_is_found_by_its_words_its_person_and_its_day(db: Database) -> None:
    passages = Passages(db, lambda moment: moment + timedelta(hours=2))
    with db.conn:
        number = passages.put(Passage("nuts make her ill", HOUSEHOLD, "Anna", NIGHT), memory=4)
    for word in ("nuts", "anna", "saturday", "may", "2026"):
        assert found(db, word) == {number}
    assert found(db, "friday") == set(), "the day is the household's own"


def test_put_again_is_found_by_the_new_words_alone(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        first = passages.put(Passage("blue paint", HOUSEHOLD), memory=4)
        db.conn.execute("insert into vectors (passage, model, vector) values (?, 'm', x'00')", (first,))
        second = passages.put(Passage("green paint", HOUSEHOLD), memory=4)
    assert found(db, "blue") == set()
    assert found(db, "paint") == {second}
    assert db.execute("select count(*) from vectors").fetchone() == (0,)
    check(db)


def test_a_changed_hearer_takes_it_out_of_its_neighbours(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        first = passages.put(said("alpha"), episode=1)
        passages.put(said("marmalade"), episode=2)
        assert near(db, first) == "marmalade"
        passages.put(said("marmalade", visibility=private_to("anna")), episode=2)
    assert near(db, first) == ""
    assert len(found(db, "marmalade")) == 1
    check(db)


def test_neighbours_lend_their_words_within_one_talk_and_one_circle_of_hearers(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        first = passages.put(said("alpha"), episode=1)
        passages.put(said("secret", visibility=private_to("ben")), episode=2)
        passages.put(said("elsewhere", session="t"), episode=3)
        passages.put(said("open", visibility=GUESTS), episode=4)
        middle = passages.put(said("bravo"), episode=5)
        last = passages.put(said("charlie"), episode=6)
        lone = passages.put(Passage("alone", HOUSEHOLD), memory=1)
        other = passages.put(Passage("another", HOUSEHOLD), memory=2)
    assert near(db, first) == "bravo"
    assert near(db, middle) == "alpha\ncharlie"
    assert near(db, last) == "bravo"
    assert near(db, lone) == near(db, other) == ""


def test_changed_words_are_lent_anew(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        first = passages.put(said("alpha"), episode=1)
        middle = passages.put(said("bravo"), episode=2)
        last = passages.put(said("charlie"), episode=3)
        assert passages.put(said("delta"), episode=2) == middle
    assert near(db, first) == near(db, last) == "delta"
    assert near(db, middle) == "alpha\ncharlie"
    assert found(db, "bravo") == set()


def test_what_is_dropped_leaves_no_word_behind(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        first = passages.put(said("alpha"), episode=1)
        passages.put(said("marmalade"), episode=2)
        last = passages.put(said("charlie"), episode=3)
        assert passages.drop(episode=2)
        assert not passages.drop(episode=2)
        assert not passages.drop(memory=2)
        passages.tidy()
    assert found(db, "marmalade") == set()
    assert (near(db, first), near(db, last)) == ("charlie", "alpha")
    check(db)


def test_it_happens_in_the_callers_transaction_or_not_at_all(db: Database) -> None:
    passages = Passages(db)
    passages.put(said("alpha"), episode=1)
    db.conn.rollback()
    assert found(db, "alpha") == set()


def test_no_text_is_too_long(db: Database) -> None:
    passages = Passages(db)
    with db.conn:
        passages.put(said("a " * LONGEST_TEXT), episode=1)
        number = passages.put(said("灯" * LONGEST_TEXT), episode=2)
    assert len(near(db, number)) <= LONGEST_NEIGHBOUR
    check(db)


_moves = st.lists(
    st.tuples(
        st.sampled_from(["put", "drop"]), st.integers(1, 6), st.sampled_from(["s", "t", ""]),
        st.sampled_from([HOUSEHOLD, private_to("anna")]), st.sampled_from(["alpha", "bravo 灯泡", "c d"]),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_moves)
def test_whatever_is_put_and_dropped_each_has_the_words_of_just_its_neighbours(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int, str, str, str]]
) -> None:
    db = open_database(tmp_path_factory.mktemp("db") / "claw.db")
    migrate(db)
    passages = Passages(db)
    with db.conn:
        for move, episode, session, visibility, text in moves:
            if move == "put":
                passages.put(said(text, session, visibility), episode=episode)
            else:
                passages.drop(episode=episode)
    rows = db.execute("select id, session, visibility, text, near from passages order by id").fetchall()
    for number, session, visibility, _, lent in rows:
        beside = [row for row in rows if session and row[1:3] == (session, visibility)]
        at = [row[0] for row in beside].index(number) if session else 0
        around = [*beside[max(0, at - 1) : at], *beside[at + 1 : at + 2]]
        assert lent == "\n".join(row[3] for row in around)
    check(db)
    db.close()


@given(
    st.lists(st.tuples(st.sampled_from(["s", "t", ""]), st.sampled_from([HOUSEHOLD, GUESTS])), min_size=1, max_size=8),
    st.sets(st.integers(1, 8)),
)
@settings(deadline=None)
def test_dropping_many_leaves_just_what_dropping_each_of_them_leaves(
    rows: list[tuple[str, str]], gone: set[int]
) -> None:
    left: list[list[object]] = []
    for at_once in (True, False):
        database = Database(memory=True)
        migrate(database)
        passages = Passages(database)
        for number, (session, visibility) in enumerate(rows, 1):
            kind = {"episode": number} if session else {"memory": number}
            passages.put(said(f"word{number}", session, visibility), **kind)
        if at_once:
            there = len(gone & set(range(1, len(rows) + 1)))
            assert passages.drop_all(gone, gone) == there
        else:
            for number in gone:
                passages.drop(episode=number)
                passages.drop(memory=number)
        check(database)
        left.append(database.execute("select * from passages order by id").fetchall())
    assert left[0] == left[1]
