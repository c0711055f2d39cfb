"""How a memory stands in the database, and that what nobody of us wrote is never guessed at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory.model import Fact, Told
from claw.memory.rows import certainty, digest, stamp, told_at
from tests.memory_room import BY_ANNA, SEEN, Shelf, school, shelf

NOON = datetime(2026, 5, 8, 12, 0, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    return shelf(tmp_path / "claw.db")


def test_times_are_stored_in_utc_so_that_text_sorts_as_time_does() -> None:
    assert stamp(NOON) == "2026-05-08T10:00:00.000+00:00"
    assert told_at(stamp(NOON)) == NOON
    assert told_at(None) is None
    with pytest.raises(ValueError, match="zone"):
        stamp(NOON.replace(tzinfo=None))
    for odd in ("yesterday", 5):
        with pytest.raises(Broken):
            told_at(odd)  # type: ignore[arg-type]


def test_a_memory_and_its_evidence_come_back_as_they_were(kept: Shelf) -> None:
    fact = Fact(
        "preference",
        "area:kitchen",
        "light.brightness_pct",
        {"brightness_pct": 30, "of": ["a", None, True]},
        "Küchenlicht, 30 %, nach zehn 🙂",
        condition={"after": "22:00", "weekdays": ["sat"]},
        valid_from=NOON,
        valid_to=NOON + timedelta(days=3),
        visibility="person:anna",
        sensitivity="private",
        several=True,
    )
    told = Told("owner_told", "web", "anna", True, None, 7, NOON, NOON, ("mail", "calendar"), 0.5, "contradicts")
    memory = kept.facts.keep(fact, told).memory
    assert memory.fact == replace(fact, valid_from=NOON.astimezone(UTC), valid_to=fact.valid_to.astimezone(UTC))  # type: ignore[union-attr]
    assert (memory.taint, memory.audit, memory.confidence) == (("mail", "calendar"), 7, 1.0)
    [evidence] = kept.facts.evidence(memory.id)
    assert evidence.told == told
    assert evidence.at == kept.wall.now()


def test_what_was_said_is_sure_and_what_was_seen_never_quite() -> None:
    assert certainty(BY_ANNA) == 1.0
    assert [certainty(replace(SEEN, weight=weight)) for weight in (-1, 0.7, 2)] == [0.0, 0.7, 0.95]


def test_one_sentence_has_one_digest_however_it_is_punctuated() -> None:
    assert digest("Carl goes to Oak.") == digest("carl, goes  to OAK!")
    assert digest("Carl goes to Oak.") != digest("Carl goes to Elm.")


@pytest.mark.parametrize(
    ("column", "value"), [("value", "{"), ("taint", "7"), ("recorded", "soon"), ("condition", "[1]"), ("valid_to", "x")]
)
def test_a_row_that_cannot_be_read_is_broken_and_said_by_its_number(kept: Shelf, column: str, value: str) -> None:
    memory = kept.facts.keep(school("Oak"), BY_ANNA).memory
    kept.db.table("memories").update(memory.id, {column: value})
    with pytest.raises(Broken):
        kept.facts.get(memory.id)


def test_evidence_that_cannot_be_read_is_broken(kept: Shelf) -> None:
    memory = kept.facts.keep(school("Oak"), BY_ANNA).memory
    kept.db.conn.execute("update evidence set taint = '{'")
    with pytest.raises(Broken):
        kept.facts.evidence(memory.id)
