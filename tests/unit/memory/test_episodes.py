"""What was said is kept for a while, heard again by its speaker alone, and gone without a trace of its neighbours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.memory.episodes import GRACE, LONGEST_SAID, LULL, Episodes
from claw.memory.model import ANYBODY, Audience
from claw.memory.passages import Passages
from claw.memory.recall import Recall
from claw.store.db import open_database
from claw.store.migrations import migrate

ANNA = Origin("web", "anna", authenticated=True, conversation="c1", source="tab", place="kitchen")
BEN = Origin("web", "ben", authenticated=True, conversation="c1")
CLAIMS_ANNA = Origin("voice:hall", "anna", conversation="c1")
STRANGER = Origin("voice:hall", conversation="c1")
MONTH = timedelta(days=30)
AS_ANNA = Audience("anna", resident=True)
AS_BEN = Audience("ben", resident=True, owner=True)


class Wall:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claw.db"


@pytest.fixture
def db(path: Path) -> Database:
    database = open_database(path)
    migrate(database)
    return database


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def episodes(db: Database, wall: Wall) -> Episodes:
    return Episodes(db, wall, Passages(db))


@pytest.fixture
def found(path: Path, db: Database) -> Callable[[str, Audience], list[int | None]]:
    recall = Recall(path, lambda: ["Anna", "Ben"])
    return lambda query, audience: [hit.episode for hit in recall.search(query, 10, audience)]


def test_what_was_said_comes_back_with_who_said_it_where_and_when(episodes: Episodes, wall: Wall) -> None:
    number = episodes.note(ANNA, "  the boiler hums ", "owner_told", name="Anna", audit=7, keep=MONTH)
    episode = episodes.get(number)
    assert episode is not None
    assert (episode.text, episode.person, episode.place, episode.trust) == (
        "the boiler hums",
        "anna",
        "kitchen",
        "owner_told",
    )
    assert (episode.at, episode.until, episode.audit) == (wall.at, wall.at + MONTH, 7)
    assert episodes.last("c1") == episode
    assert episodes.last("c2") is None
    assert episodes.get(99) is None


def test_only_its_speaker_hears_it_again(
    episodes: Episodes, found: Callable[[str, Audience], list[int | None]]
) -> None:
    number = episodes.note(ANNA, "I bought a ring for Ben", "resident_told", name="Anna", keep=MONTH)
    assert found("ring", AS_ANNA) == [number]
    for audience in (AS_BEN, ANYBODY, Audience(resident=True, owner=True)):
        assert found("ring", audience) == []


@pytest.mark.parametrize("origin", [STRANGER, CLAIMS_ANNA])
def test_what_an_unproven_voice_said_is_heard_again_by_nobody(
    origin: Origin, episodes: Episodes, found: Callable[[str, Audience], list[int | None]]
) -> None:
    number = episodes.note(origin, "the safe is behind the painting", "guest_told", keep=MONTH)
    episode = episodes.get(number)
    assert episode is not None
    assert episode.confidence == pytest.approx(0)
    for audience in (AS_ANNA, AS_BEN, ANYBODY):
        assert found("safe painting", audience) == []


def test_without_a_time_to_keep_it_is_a_source_and_is_not_found(
    episodes: Episodes, found: Callable[[str, Audience], list[int | None]]
) -> None:
    number = episodes.note(ANNA, "remember that the bins go out on Friday", "resident_told")
    assert episodes.get(number) is not None
    assert found("bins Friday", AS_ANNA) == []


def test_the_words_before_and_after_find_it_too_within_one_talk_of_one_person(
    episodes: Episodes, wall: Wall, found: Callable[[str, Audience], list[int | None]]
) -> None:
    first = episodes.note(ANNA, "the boiler hums again", "resident_told", keep=MONTH)
    other = episodes.note(BEN, "buy milk", "resident_told", keep=MONTH)
    second = episodes.note(ANNA, "call Mister Weiss about it", "resident_told", keep=MONTH)
    assert found("boiler", AS_ANNA) == [first, second]
    assert found("boiler", AS_BEN) == []
    assert found("milk", AS_BEN) == [other]
    wall.at += LULL + timedelta(seconds=1)
    episodes.note(ANNA, "turn the heating down", "resident_told", keep=MONTH)
    assert found("heating", AS_ANNA) == [4]


def test_nothing_said_is_nothing_kept_and_a_flood_of_words_is_cut(episodes: Episodes) -> None:
    with pytest.raises(Refused):
        episodes.note(ANNA, " \n ", "resident_told")
    long = episodes.get(episodes.note(ANNA, "word " * 5_000, "resident_told", keep=MONTH))
    assert long is not None
    assert len(long.text) == LONGEST_SAID


def _rests_on(db: Database, episode: int) -> None:
    with db.conn:
        db.conn.execute(
            "insert into memories (id, kind, subject, predicate, value, sentence, condition, key, several, status,"
            " trust, explicit, confidence, visibility, sensitivity, recorded, taint, hash, used, pinned) values"
            " (1, 'fact', 'house', 'p', '1', 's', '{}', 'k', 0, 'active', 'owner_told', 1, 1, 'household', 'normal',"
            " 't', '[]', 'h', 0, 0)"
        )
        db.conn.execute(
            "insert into evidence (memory, at, trust, channel, explicit, episode, taint, weight, stance)"
            " values (1, 't', 'owner_told', 'web', 1, ?, '[]', 1, 'supports')",
            (episode,),
        )


def test_its_time_over_it_is_forgotten_unless_a_memory_rests_on_it(
    episodes: Episodes, db: Database, wall: Wall, found: Callable[[str, Audience], list[int | None]]
) -> None:
    short = episodes.note(ANNA, "alpha", "resident_told", keep=timedelta(days=1))
    kept = episodes.note(ANNA, "bravo", "resident_told", keep=MONTH)
    rested = episodes.note(ANNA, "charlie", "resident_told", keep=timedelta(days=1))
    source = episodes.note(ANNA, "delta", "resident_told")
    _rests_on(db, rested)
    assert episodes.expire(wall.at) == ()
    wall.at += max(GRACE, timedelta(days=1))
    assert set(episodes.expire(wall.at)) == {short, source}
    assert episodes.get(rested) is not None
    assert found("alpha charlie", AS_ANNA) == [], "its neighbours must not be found by its words either"
    assert found("bravo", AS_ANNA) == [kept]
    assert episodes.expire(wall.at) == ()


def test_one_that_is_dropped_leaves_nothing_with_its_neighbours(
    episodes: Episodes, db: Database, found: Callable[[str, Audience], list[int | None]]
) -> None:
    first = episodes.note(ANNA, "alpha", "resident_told", keep=MONTH)
    middle = episodes.note(ANNA, "marmalade", "resident_told", keep=MONTH)
    last = episodes.note(ANNA, "omega", "resident_told", keep=MONTH)
    with db.conn:
        assert episodes.drop(middle)
        assert not episodes.drop(middle)
    assert found("marmalade", AS_ANNA) == []
    assert set(found("alpha", AS_ANNA)) == {first, last}, "those that it stood between are neighbours now"
    assert db.conn.execute("select count(*) from passages where text || near like '%marmalade%'").fetchone() == (0,)
