"""What a memory is after weeks in a house of four: the few things that were told, the habits that are real, no junk."""

from pathlib import Path

import pytest

from claw.memory.model import TRUSTS
from tests.month import ZONE, Counted, Month, month

MOST_JUNK, LEAST_TRUE = 0.05, 0.8


async def told(folder: Path, patch: pytest.MonkeyPatch, seed: int, days: int, noise: int, chatter: int) -> None:
    """Tell the story and hold the memory to what is true in it."""
    async with month(folder, seed, patch) as story:
        counted = await story.live(days, noise, chatter)
        assert counted.faults == [], counted.faults
        nothing_but_what_was_told(story, counted)
        offers_are_few_and_true(story, counted)
        nothing_of_who_did_not_agree(story)


def nothing_but_what_was_told(story: Month, counted: Counted) -> None:
    db = story.daemon.memory.store.ground.db
    rows = db.execute("select id, status, retired, sentence, trust, author, key from memories").fetchall()
    active = {row[0] for row in rows if row[1] == "active"}
    junk = active - counted.expected
    print(f"{len(active)} in force, {len(junk)} of them junk, {len(counted.replaced)} replaced")  # noqa: T201  a figure
    assert len(junk) <= MOST_JUNK * len(active), [row[3] for row in rows if row[0] in junk]
    assert counted.expected <= active, "what was told is not in force"
    gone = {row[0] for row in rows if row[1] in {"superseded", "rejected"} or row[2] is not None}
    assert gone & set(counted.kept.values()) == counted.replaced, "not what was told took the place of what was so"
    assert {row[5] for row in rows if row[0] in gone - counted.replaced} <= {None}, "somebody's own word ended"
    keys = [row[6] for row in rows if row[1] == "active"]
    assert len(keys) == len(set(keys))
    told = [(row[1], row[4], row[5]) for row in rows if row[1] == "active"]
    assert all(TRUSTS.index(trust) >= TRUSTS.index("observed") and author for _, trust, author in told)
    spoken = {row[0] for row in db.execute("select text from episodes")}
    assert not spoken & set(counted.replies), "Claw's own words were kept as an exchange"
    assert db.execute("select count(*) from evidence where channel not in ('web', 'voice:hall')").fetchone() == (0,)


def offers_are_few_and_true(story: Month, counted: Counted) -> None:
    days = [at.astimezone(ZONE).date() for at, _, _ in counted.offers]
    assert len(days) == len(set(days)), "two questions on one day"
    true = [sentence for _, sentence, fits in counted.offers if fits]
    assert len(true) >= 3, counted.offers
    assert len(true) >= LEAST_TRUE * len(counted.offers), counted.offers
    questions = [message for message in counted.messages if message.kind == "question"]
    assert len(questions) == len(counted.offers)
    print(f"{counted.said} said, {counted.moved} moved, {len(true)} of {len(counted.offers)} offers true")  # noqa: T201  a figure


def nothing_of_who_did_not_agree(story: Month) -> None:
    db = story.daemon.memory.store.ground.db
    assert db.execute("select distinct person from changes order by 1").fetchall() == [
        (None,),
        ("anna",),
        ("ben",),
        ("mia",),
    ]
    assert db.execute("select count(*) from changes where cause = 'hand'").fetchone() == (0,)
    assert db.execute("select count(*) from changes where run = 'automation.motion'").fetchone() == (0,)
    assert db.execute("select count(*) from habits where person = 'dora' or person is null").fetchone() == (0,)


async def test_two_weeks_leave_what_was_told_and_what_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await told(tmp_path, monkeypatch, seed=5, days=14, noise=6, chatter=2)


@pytest.mark.prove
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_month_of_three_thousand_sentences_and_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await told(tmp_path, monkeypatch, seed=seed, days=30, noise=55, chatter=18)
