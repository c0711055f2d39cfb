"""Finding by meaning: what may leave the house for it, what it adds, and that nothing depends on it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.action import SYSTEM, Origin
from claw.base.errors import Broken, Refused, Unavailable
from claw.memory import likeness as module
from claw.memory.likeness import BATCH, PAUSE_S, Likeness, fused
from claw.memory.model import ANYBODY, GUESTS, HOUSEHOLD, OWNERS, Audience, private_to
from claw.memory.passages import Passage, Passages
from claw.memory.recall import Recall
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True)
AS_ANNA = Audience("anna", resident=True)
DAY = datetime(2026, 5, 8, tzinfo=UTC)
MEANS = {"car": (1.0, 0.1, 0.0), "vehicle": (3.0, 0.0, 0.1), "food": (0.0, 1.0, 0.0), "plain": (0.0, 0.0, 1.0)}


class Meaning:
    """Knows what a few words mean; keeps what it was asked and for whom."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], Origin]] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    async def embed(self, texts: Sequence[str], origin: Origin) -> list[tuple[float, ...]]:
        self.asked.append((tuple(texts), origin))
        if self.error is not None:
            raise self.error
        self.meanwhile()
        return [next((MEANS[word] for word in MEANS if word in text), MEANS["plain"]) for text in texts]

    @property
    def texts(self) -> set[str]:
        return {text for texts, _ in self.asked for text in texts}


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = open_database(tmp_path / "claw.db")
    migrate(database)
    return database


@pytest.fixture
def meaning() -> Meaning:
    return Meaning()


@pytest.fixture
def likeness(db: Database, meaning: Meaning) -> Likeness:
    return Likeness(db, meaning, HeldClock(), "meaning", 0.3)


@pytest.fixture
def recall(db: Database, tmp_path: Path, likeness: Likeness) -> Iterator[Recall]:
    del db
    made = Recall(tmp_path / "claw.db", list)
    made.likeness = likeness
    yield made
    made.close()


def keep(db: Database, *texts: str, visibility: str = HOUSEHOLD, first: int = 1) -> None:
    with db.conn:
        for number, text in enumerate(texts, first):
            Passages(db).put(Passage(text, visibility, at=DAY), memory=number)


async def test_what_shares_no_word_is_found_by_what_it_means(
    db: Database, recall: Recall, likeness: Likeness, meaning: Meaning
) -> None:
    keep(db, "The car is in the barn", "The food is in the cellar", "Ours is a plain house")
    assert await likeness.fill() == 3
    hits = await recall.find("Where did we put our vehicle?", 5, AS_ANNA, ANNA)
    assert [hit.memory for hit in hits] == [1]
    assert meaning.asked[-1] == (("Where did we put our vehicle?",), ANNA)
    assert await recall.find("Where did we put our vehicle?", 5, AS_ANNA) == [], "without somebody nobody is asked"
    assert recall.search("Where did we put our vehicle?", 5, AS_ANNA) == []


async def test_words_keep_the_greater_say(db: Database, recall: Recall, likeness: Likeness) -> None:
    keep(db, "The car is in the barn", "somebody said vehicle once", *[f"nothing {at}" for at in range(20)])
    await likeness.fill()
    assert [hit.memory for hit in await recall.find("vehicle", 2, AS_ANNA, ANNA)] == [2, 1]


async def test_only_what_all_of_the_household_may_hear_leaves_it(
    db: Database, likeness: Likeness, meaning: Meaning
) -> None:
    keep(db, "household", first=1)
    keep(db, "guests", visibility=GUESTS, first=2)
    keep(db, "owners", visibility=OWNERS, first=3)
    keep(db, "annas own", visibility=private_to("anna"), first=4)
    with db.conn:
        Passages(db).put(Passage("said in the kitchen", HOUSEHOLD), episode=1)
    assert await likeness.fill() == 2
    assert meaning.texts == {"household", "guests"}
    assert {origin for _, origin in meaning.asked} == {SYSTEM}


async def test_each_is_asked_once_and_anew_when_its_words_or_the_model_change(
    db: Database, likeness: Likeness, meaning: Meaning
) -> None:
    keep(db, *[f"memory {at}" for at in range(BATCH + 3)])
    assert await likeness.fill() == BATCH + 3
    assert [len(texts) for texts, _ in meaning.asked] == [BATCH, 3]
    assert await likeness.fill() == 0
    keep(db, "other words")
    assert await likeness.fill() == 1
    assert await Likeness(db, meaning, HeldClock(), "another", 0.3).fill() == BATCH + 3


async def test_what_was_forgotten_or_made_private_while_the_model_thought_is_not_kept(
    db: Database, likeness: Likeness, meaning: Meaning
) -> None:
    keep(db, "first", "second", "third")

    def meanwhile() -> None:
        meaning.meanwhile = lambda: None
        with db.conn:
            Passages(db).drop(memory=1)
        keep(db, "second", visibility=private_to("anna"), first=2)
        keep(db, "third in other words", first=3)

    meaning.meanwhile = meanwhile
    assert await likeness.fill() == 1
    assert meaning.asked[-1][0] == ("third in other words",)
    assert db.execute("select count(*) from vectors").fetchone() == (1,)


async def test_who_may_not_hear_it_does_not_find_it_by_meaning_either(
    db: Database, recall: Recall, likeness: Likeness
) -> None:
    keep(db, "The car is in the barn")
    await likeness.fill()
    assert await recall.find("vehicle", 5, ANYBODY, ANNA) == []


@pytest.mark.parametrize("error", [Refused("a cap"), Unavailable("gone")])
async def test_without_the_model_the_words_answer(
    error: Exception, db: Database, recall: Recall, meaning: Meaning, likeness: Likeness
) -> None:
    keep(db, "The car is in the barn")
    meaning.error = error
    assert [hit.memory for hit in await recall.find("which car", 5, AS_ANNA, ANNA)] == [1]
    with pytest.raises(type(error)):
        await likeness.fill()


async def test_housekeeping_fills_it_and_waits_an_hour_after_a_failure(
    db: Database, recall: Recall, meaning: Meaning
) -> None:
    clock = HeldClock()
    recall.likeness = Likeness(db, meaning, clock, "meaning", 0.3)
    keep(db, "The car is in the barn")
    meaning.error = Unavailable("gone")
    await recall.look()
    meaning.error = None
    await clock.advance(PAUSE_S - 1)
    await recall.look()
    assert len(meaning.asked) == 1
    await clock.advance(1)
    await recall.look()
    await recall.look()
    assert len(meaning.asked) == 2
    recall.likeness = None
    await recall.look()


async def test_what_needs_a_person_is_told(db: Database, recall: Recall, meaning: Meaning) -> None:
    keep(db, "The car is in the barn")
    meaning.error = Broken("the log cannot be written")
    with pytest.raises(Broken):
        await recall.find("which car", 5, AS_ANNA, ANNA)


async def test_a_question_of_no_words_asks_nobody(recall: Recall, meaning: Meaning) -> None:
    assert await recall.find("what is it?", 5, AS_ANNA, ANNA) == []
    assert await recall.find("car", 0, AS_ANNA, ANNA) == []
    assert meaning.asked == []


async def test_vectors_of_another_length_and_too_many_are_passed_over(
    db: Database, recall: Recall, likeness: Likeness, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(db, "car one", "car two", "car three")
    await likeness.fill()
    with db.conn:
        db.conn.execute("update vectors set vector = x'0000803f' where passage = 3")
    monkeypatch.setattr(module, "MOST_COMPARED", 2)
    hits = await recall.find("vehicle", 5, AS_ANNA, ANNA)
    assert [hit.memory for hit in hits] == [2]


_scores = st.dictionaries(st.integers(0, 9), st.floats(0.01, 50), max_size=6)


@given(_scores, _scores, st.floats(0.01, 0.99))
def test_fusing_loses_nothing_and_keeps_each_sides_order(
    words: dict[int, float], alike: dict[int, float], weight: float
) -> None:
    found = fused(words, alike, weight)
    assert found.keys() == words.keys() | alike.keys()
    assert all(score <= (max(words.values(), default=0.0) or 1.0) * (1 + 1e-9) for score in found.values())
    for one in words.keys() - alike.keys():
        for other in words.keys() - alike.keys():
            assert (found[one] >= found[other]) or (words[one] < words[other])
