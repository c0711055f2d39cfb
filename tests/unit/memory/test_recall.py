"""What is found, in which order, and that nobody finds what they may not hear."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.errors import Broken
from claw.memory import recall as module
from claw.memory.model import ANYBODY, GUESTS, HOUSEHOLD, OWNERS, Audience, private_to
from claw.memory.passages import Passage, Passages
from claw.memory.recall import CANDIDATES, SESSION_PRIOR, SPEAKER_BOOST, Candidate, Recall, ranked
from claw.store.db import open_database
from claw.store.migrations import migrate

ANNA = Audience("anna", resident=True, owner=True)
BEN = Audience("ben", resident=True)
DAY = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
NAMES = ["Anna", "Ben", "李雷"]


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = open_database(tmp_path / "claw.db")
    migrate(database)
    return database


@pytest.fixture
def recall(db: Database, tmp_path: Path) -> Iterator[Recall]:
    del db
    found = Recall(tmp_path / "claw.db", lambda: NAMES)
    yield found
    found.close()


def filled(db: Database, *passages: Passage, others: int = 20) -> None:
    """Keep ``passages`` as episodes 1, 2, ... among some talk of other things, without which no word is rare."""
    put = Passages(db)
    with db.conn:
        for number, passage in enumerate(passages, 1):
            put.put(passage, episode=number)
        for at in range(others):
            put.put(Passage(f"nothing of interest {at}", HOUSEHOLD, "Carla", DAY, "x"), episode=1_000 + at)


def episodes(recall: Recall, query: str, audience: Audience = ANNA, k: int = 10) -> list[int | None]:
    return [hit.episode for hit in recall.search(query, k, audience)]


def said(text: str, speaker: str = "Anna", session: str = "", visibility: str = HOUSEHOLD) -> Passage:
    return Passage(text, visibility, speaker, DAY, session)


# ---------------------------------------------------------------------------------------------------- what is found


def test_a_hit_says_what_was_said_by_whom_and_when(db: Database, recall: Recall) -> None:
    with db.conn:
        Passages(db).put(Passage("the boiler hums", HOUSEHOLD, "Anna", DAY), memory=7)
    (hit,) = recall.search("Why do boilers hum?", 5, ANNA)
    assert (hit.text, hit.speaker, hit.day, hit.memory, hit.episode) == (
        "the boiler hums",
        "Anna",
        "8 May 2026 Friday",
        7,
        None,
    )
    assert hit.score > 0


def test_words_are_found_in_other_forms_without_accents_and_in_chinese(db: Database, recall: Recall) -> None:
    filled(db, said("We cancelled the subscriptions at the café"), said("客厅的灯泡是我上周换的", "李雷"))
    assert episodes(recall, "who cancels a subscription") == [1]
    assert episodes(recall, "cafe") == [1]
    assert episodes(recall, "谁换了灯泡") == [2]
    assert episodes(recall, "泡灯") == [], "characters in another order are another word"
    assert recall.search("灯泡", 1, ANNA)[0].text == "客厅的灯泡是我上周换的"


def test_the_neighbours_words_and_the_day_find_it_too_but_after_its_own(db: Database, recall: Recall) -> None:
    filled(
        db,
        said("did you hear the trumpet", session="s"),
        said("yes, and it went on until midnight", session="s"),
        said("we sold an old trumpet", session="t"),
    )
    found = episodes(recall, "trumpet")
    assert set(found) == {1, 2, 3}
    assert found[-1] == 2
    assert 1 in episodes(recall, "What was on 8 May?", k=50)


def test_who_spoke_decides_between_equals_and_the_name_itself_is_not_looked_for(db: Database, recall: Recall) -> None:
    filled(db, said("I love pancakes", "Ben"), said("I love pancakes", "Anna"), said("Anna and Anna went home", "Ben"))
    assert episodes(recall, "What does Anna love?") == [2, 1]
    assert episodes(recall, "What does Ben love?") == [1, 2]


def test_a_name_alone_finds_what_that_person_said_and_what_names_them(db: Database, recall: Recall) -> None:
    filled(db, said("hello", "Anna"), said("I met Anna", "Ben"), said("bye", "Ben"))
    assert set(episodes(recall, "Anna?")) == {1, 2}


@pytest.mark.parametrize(
    "query", ["", "  ", "what is it?", "?!", '"', "' OR x=x --", "a" * 100_000, "NEAR(a b)", "\x00"]
)
def test_any_text_is_a_question_and_none_of_it_a_command(query: str, db: Database, recall: Recall) -> None:
    filled(db, said("hello"))
    assert episodes(recall, query) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_no_question_breaks_the_search(fuzzed: Recall, query: str) -> None:
    assert len(fuzzed.search(query, 3, ANNA)) <= 3


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Recall:
    path = tmp_path_factory.mktemp("fuzzed") / "claw.db"
    database = open_database(path)
    migrate(database)
    filled(database, said("a b c 1 2 3 灯泡"))
    return Recall(path, lambda: NAMES)


def test_k_bounds_what_is_found_and_none_is_none(db: Database, recall: Recall) -> None:
    filled(db, *[said(f"trumpet {at}") for at in range(30)])
    assert len(episodes(recall, "trumpet", k=7)) == 7
    assert episodes(recall, "trumpet", k=0) == []
    assert episodes(recall, "trumpet", k=-1) == []


def test_what_is_written_is_found_at_once_and_what_is_dropped_is_not(db: Database, recall: Recall) -> None:
    filled(db)
    assert episodes(recall, "marmalade") == []
    filled(db, said("marmalade"), others=0)
    assert episodes(recall, "marmalade") == [1]
    with db.conn:
        Passages(db).drop(episode=1)
    assert episodes(recall, "marmalade") == []


# ------------------------------------------------------------------------------------------------------ who may hear

_AUDIENCES = [ANNA, BEN, ANYBODY, Audience(resident=True), Audience(resident=True, owner=True), Audience("carla")]
_VISIBILITIES = [GUESTS, HOUSEHOLD, OWNERS, private_to("anna"), private_to("ben"), private_to("carla"), ""]


@pytest.mark.parametrize("audience", _AUDIENCES)
def test_each_hears_exactly_what_they_may(audience: Audience, db: Database, recall: Recall) -> None:
    filled(db, *[said("the trumpet", visibility=one) for one in _VISIBILITIES])
    heard = {_VISIBILITIES[(number or 0) - 1] for number in episodes(recall, "trumpet", audience)}
    assert heard == set(audience.may_hear())


def test_what_one_may_not_hear_takes_no_place_from_what_one_may(db: Database, recall: Recall) -> None:
    """Filtered after the best were taken, the one that a guest may hear would never be among them."""
    hidden = [said("trumpet trumpet trumpet", visibility=private_to("ben")) for _ in range(CANDIDATES + 50)]
    filled(db, *hidden, said("somebody in this long sentence has a trumpet", visibility=GUESTS))
    assert episodes(recall, "trumpet", ANYBODY, k=1) == [len(hidden) + 1]


def test_nobody_finds_a_hidden_neighbour_by_its_words(db: Database, recall: Recall) -> None:
    filled(db, said("good evening", session="s"), said("the code is tulip", session="s", visibility=private_to("ben")))
    assert episodes(recall, "tulip", ANNA) == []


# ---------------------------------------------------------------------------------------------------------- ranking


def one(number: int, score: float, session: str = "", speaker: str = "") -> Candidate:
    return Candidate(number, session, speaker, score)


def test_a_talk_that_answers_elsewhere_too_lifts_its_passages() -> None:
    found = [one(1, 10, "rich"), one(2, 5, "rich"), one(3, 6, "poor")]
    assert [(c.number, c.score) for c in ranked(found, "")] == [
        (1, 10 + SESSION_PRIOR * 10),
        (2, 5 + SESSION_PRIOR * 10),
        (3, 6 + SESSION_PRIOR * 6),
    ]


def test_what_stands_in_no_talk_is_a_talk_of_its_own() -> None:
    found = ranked([one(1, 10), one(2, 5), one(3, 6, "s")], "")
    assert [c.number for c in found] == [1, 3, 2]


def test_of_equals_the_newest_comes_first(db: Database, recall: Recall) -> None:
    filled(db, said("the bins are emptied on Monday"), said("the bins are emptied on Friday"))
    assert episodes(recall, "When are the bins emptied?") == [2, 1]


def test_the_one_who_is_asked_about_counts_more_before_talks_are_weighed() -> None:
    found = ranked([one(1, 10, "s", "Ánna"), one(2, 11, "t", "Ben")], "anna")
    assert [c.number for c in found] == [1, 2]
    assert found[0].score == pytest.approx(10 * SPEAKER_BOOST * (1 + SESSION_PRIOR))


@given(st.lists(st.tuples(st.floats(0.001, 50), st.sampled_from(["", "s", "t"])), max_size=12), st.randoms())
def test_the_order_does_not_hang_on_the_order_they_came_in(found: list[tuple[float, str]], chance: object) -> None:
    candidates = [one(number, score, session) for number, (score, session) in enumerate(found)]
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranked(candidates, "") == ranked(shuffled, "")


# ------------------------------------------------------------------------------------------------------ many of them


def test_of_too_many_the_commonest_words_are_left_out(
    db: Database, recall: Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(db, said("a trumpet and a common"), *[said(f"common {at}") for at in range(30)])
    monkeypatch.setattr(module, "MANY", 10)
    assert episodes(recall, "common trumpet", k=50) == [1]


def test_of_one_word_that_is_everywhere_the_newest_count(
    db: Database, recall: Recall, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(db, *[said("common") for _ in range(30)], others=0)
    monkeypatch.setattr(module, "MANY", 10)
    assert set(episodes(recall, "common", k=50)) == set(range(21, 31))


# ------------------------------------------------------------------------------------------------- beside the loop


async def test_it_can_be_asked_beside_the_loop_and_again_after_closing(db: Database, recall: Recall) -> None:
    filled(db, said("the trumpet"))
    assert [hit.episode for hit in await recall.find("trumpet", 5, ANNA)] == [1]
    recall.close()
    recall.close()
    assert episodes(recall, "trumpet") == [1]


def test_many_threads_may_ask_at_once(db: Database, recall: Recall) -> None:
    filled(db, said("the trumpet"))
    found: list[list[int | None]] = []
    threads = [threading.Thread(target=lambda: found.append(episodes(recall, "trumpet"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1]] * 8


def test_a_search_leaves_no_reader_behind_that_would_keep_forgotten_words_in_the_wal(
    db: Database, recall: Recall, tmp_path: Path
) -> None:
    filled(db, said("marmalade"))
    assert episodes(recall, "marmalade") == [1]
    assert db.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
    assert (tmp_path / "claw.db-wal").stat().st_size == 0


def test_it_cannot_write(db: Database, recall: Recall) -> None:
    filled(db, said("marmalade"))
    episodes(recall, "marmalade")
    assert recall._connection is not None
    with pytest.raises(sqlite3.OperationalError):
        recall._connection.execute("delete from passages")


def test_a_file_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        Recall(tmp_path / "none.db", lambda: NAMES).search("trumpet", 5, ANNA)
