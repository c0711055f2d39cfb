"""Drafts are one person's own, so many and so long, and gone when that person is forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.channels.drafts import LONGEST, MOST, Drafts
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def drafts(tmp_path: Path, clock: HeldClock) -> Iterator[Drafts]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield Drafts(db, clock)
    db.close()


async def test_a_draft_is_kept_as_it_is_and_changed_under_its_number(drafts: Drafts, clock: HeldClock) -> None:
    text = "version: 1\n# ü \u202e\n\ttab\n"
    number = drafts.save("anna", 0, "Night\n", text)
    await clock.advance(60)
    other = drafts.save("anna", 0, "", "b")
    assert drafts.read("anna", number)["text"] == text
    assert [(one["id"], one["name"]) for one in drafts.of("anna")] == [(other, "A draft"), (number, "Night")]
    await clock.advance(60)
    assert drafts.save("anna", number, "Day", "c") == number
    assert next((one["id"], one["name"], one["length"]) for one in drafts.of("anna")) == (number, "Day", 1)
    drafts.drop("anna", number)
    assert [one["id"] for one in drafts.of("anna")] == [other]


def test_nobody_reads_changes_or_deletes_what_is_anothers(drafts: Drafts) -> None:
    number = drafts.save("anna", 0, "mine", "a")
    assert drafts.of("ben") == []
    for ask in (
        lambda: drafts.read("ben", number),
        lambda: drafts.save("ben", number, "yours", "b"),
        lambda: drafts.drop("ben", number),
    ):
        with pytest.raises(Refused, match="no draft"):
            ask()
    assert drafts.read("anna", number)["text"] == "a"


def test_there_are_so_many_of_such_a_length(drafts: Drafts) -> None:
    for at in range(MOST):
        drafts.save("anna", 0, str(at), "a" * LONGEST)
    with pytest.raises(Refused, match="already"):
        drafts.save("anna", 0, "one more", "a")
    with pytest.raises(Refused, match="characters"):
        drafts.save("ben", 0, "long", "a" * (LONGEST + 1))
    assert drafts.save("ben", 0, "his", "a")


def test_a_number_is_never_given_twice(drafts: Drafts) -> None:
    number = drafts.save("anna", 0, "a", "a")
    drafts.drop("anna", number)
    assert drafts.save("anna", 0, "b", "b") != number


async def test_forgetting_takes_what_is_somebodys_of_a_time_or_holds_the_words(
    drafts: Drafts, clock: HeldClock
) -> None:
    old = drafts.save("anna", 0, "old", "a")
    await clock.advance(3600)
    hour_ago = clock.now() - timedelta(minutes=30)
    new = drafts.save("anna", 0, "new", "b")
    bens = drafts.save("ben", 0, "his", "# the Secret word")

    def left() -> list[int]:
        return sorted(one["id"] for person in ("anna", "ben") for one in drafts.of(person))

    assert drafts.erase(Erasure(words=("nothing",))) == 0
    assert drafts.erase(Erasure(words=("secret",), speakers=frozenset({"anna"}))) == 0
    assert drafts.erase(Erasure(person="anna", since=hour_ago)) == 1
    assert left() == [old, bens]
    assert drafts.erase(Erasure(words=("secret",))) == 1
    assert left() == [old]
    assert drafts.erase(Erasure(person="anna")) == 1
    assert left() == []
    assert new
    drafts.save("ben", 0, "his", "x")
    assert drafts.erase(Erasure(everything=True)) == 1
