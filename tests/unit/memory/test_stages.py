"""Each stage plans what it does and does what it planned; what a person said is never touched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.memory.habits import Habits
from claw.memory.mining import Found
from claw.memory.model import Fact, Told
from claw.memory.observed import Observed
from claw.memory.rows import stamp
from claw.memory.stages import FADED, Begin, Edit, Expire, Fade, Find, Merge, Plan, Tidy, apply, revert
from tests.memory_room import ANNA, AS_ANNA, BY_ANNA, SEEN, Shelf, shelf
from tests.observing import ZONE, Named


class Forgetful(Observed):
    """What is observed, as far as a night needs it."""

    def __init__(self, kept: Shelf) -> None:
        self._db = kept.db


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    made = shelf(tmp_path / "claw.db")
    yield made
    made.db.close()


def guess(value: str, **more: object) -> Fact:
    return Fact("routine", "person:anna", "usually", value, f"Anna usually {value}.", **more)  # type: ignore[arg-type]


def do(plan: Plan, kept: Shelf) -> list[Edit]:
    """Do what was planned, as a night does."""
    if plan.carry is not None:
        return plan.carry()
    with kept.db.conn:
        for edit in plan.edits:
            apply(edit, kept.db, kept.passages, kept.wall.now())
    return list(plan.edits)


def copied(kept: Shelf, number: int, status: str, trust: str) -> int:
    """Have a memory twice, as after a restore or by an older version; return the number of the copy."""
    with kept.db.conn:
        copy = kept.db.execute(
            "insert into memories select null, kind, subject, predicate, value, sentence, condition, key, several,"
            " ?, ?, explicit, confidence, author, visibility, sensitivity, valid_from, valid_to, recorded, retired,"
            " supersedes, taint, hash, used, last_used, confirmed, pinned, audit from memories where id = ?",
            (status, trust, number),
        ).lastrowid
        kept.db.execute(
            "insert into evidence select null, ?, at, ?, channel, person, explicit, episode, audit, first, last,"
            " taint, weight, stance from evidence where memory = ?",
            (copy, trust, number),
        )
    assert copy is not None
    return copy


def undo(edits: list[Edit], kept: Shelf) -> int:
    with kept.db.conn:
        return sum(revert(edit, kept.db, kept.facts) for edit in reversed(edits))


def dump(kept: Shelf) -> list[tuple[object, ...]]:
    """Return everything that a night may change and an undo brings back."""
    rows = kept.db.execute("select id, status, retired, confidence from memories order by id").fetchall()
    rows += kept.db.execute("select id, memory from evidence order by id").fetchall()
    return rows + [(text,) for text in sorted(kept.found())]


async def test_a_guess_that_nobody_used_counts_for_half_after_a_month_and_ends_after_three(kept: Shelf) -> None:
    number = kept.facts.keep(guess("reads"), SEEN).memory.id
    kept.wall.later(days=29)
    assert await Fade(kept.db).plan(kept.wall.now()) == Plan()
    kept.wall.later(days=1)
    do(await Fade(kept.db).plan(kept.wall.now()), kept)
    memory = kept.facts.get(number)
    assert memory is not None
    assert (memory.status, memory.confidence) == ("active", FADED)
    assert (await Fade(kept.db).plan(kept.wall.now())).edits == ()
    kept.wall.later(days=60)
    do(await Fade(kept.db).plan(kept.wall.now()), kept)
    memory = kept.facts.get(number)
    assert memory is not None
    assert (memory.status, memory.retired) == ("superseded", kept.wall.now())
    assert kept.found() == set()


@pytest.mark.parametrize("how", ["said", "pinned", "used", "confirmed", "seen again", "still done"])
async def test_what_was_said_pinned_or_used_does_not_fade(kept: Shelf, how: str) -> None:
    number = kept.facts.keep(guess("reads"), BY_ANNA if how == "said" else SEEN).memory.id
    if how == "pinned":
        kept.facts.pin(number)
    kept.wall.later(days=80)
    if how == "used":
        kept.facts.seen([number], AS_ANNA, "c1")
    if how == "confirmed":
        with kept.db.conn:
            kept.db.execute("update memories set confirmed = ?", (stamp(kept.wall.now()),))
    if how == "seen again":
        kept.facts.keep(guess("reads"), SEEN)
    if how == "still done":
        with kept.db.conn:
            kept.db.execute(
                "insert into habits (pattern, fact, days, chances, rate, first, last, state, memory)"
                " values ('{}', '{}', 9, 9, 1, ?, ?, 'accepted', ?)",
                (stamp(kept.wall.now()), stamp(kept.wall.now()), number),
            )
    kept.wall.later(days=20)
    assert (await Fade(kept.db).plan(kept.wall.now())).edits == ()


async def test_fading_is_taken_back_to_the_last_figure(kept: Shelf) -> None:
    kept.facts.keep(guess("reads"), SEEN)
    kept.wall.later(days=40)
    kept.facts.keep(Fact("routine", "person:anna", "other", "sings", "Anna sings."), SEEN)
    kept.wall.later(days=60)
    before = dump(kept)
    edits = do(await Fade(kept.db).plan(kept.wall.now()), kept)
    assert [edit.deed for edit in edits] == ["archive", "fade"]
    assert dump(kept) != before
    assert undo(edits, kept) == 2
    assert dump(kept) == before


async def test_what_something_else_has_taken_the_place_of_is_not_brought_back(kept: Shelf) -> None:
    kept.facts.keep(guess("reads"), SEEN)
    kept.wall.later(days=100)
    edits = do(await Fade(kept.db).plan(kept.wall.now()), kept)
    kept.facts.keep(guess("sings"), BY_ANNA)
    assert undo(edits, kept) == 0
    assert [memory.fact.value for memory in kept.facts.active()] == ["sings"]


async def test_proposals_that_say_the_same_become_one_with_all_their_evidence(kept: Shelf) -> None:
    first = kept.facts.keep(guess("reads"), SEEN, status="candidate").memory.id
    copied(kept, first, "candidate", "observed")
    before = dump(kept)
    edits = do(await Merge(kept.db).plan(kept.wall.now()), kept)
    assert [edit.deed for edit in edits] == ["merge", "move"]
    assert kept.db.execute("select memory, count(*) from evidence group by 1").fetchall() == [(first, 2)]
    assert (await Merge(kept.db).plan(kept.wall.now())).edits == ()
    assert undo(edits, kept) == 2
    assert dump(kept) == before


async def test_a_guests_word_does_not_become_a_reason_for_an_owners(kept: Shelf) -> None:
    owners = kept.facts.keep(guess("reads"), BY_ANNA).memory.id
    guests = copied(kept, owners, "candidate", "guest_told")
    edits = do(await Merge(kept.db).plan(kept.wall.now()), kept)
    assert [(edit.deed, edit.id) for edit in edits] == [("merge", guests)]
    trusts = kept.db.execute("select trust from evidence where memory = ?", (owners,)).fetchall()
    assert trusts == [("owner_told",)]


async def test_what_differs_in_value_or_key_is_never_put_together(kept: Shelf) -> None:
    for value in ("reads", "reads a lot", "sings"):
        kept.facts.keep(guess(value), SEEN, status="candidate")
    kept.facts.keep(guess("reads", condition={"after": "22:00"}), SEEN, status="candidate")
    assert (await Merge(kept.db).plan(kept.wall.now())).edits == ()


async def test_talk_whose_time_is_over_goes_and_cannot_come_back(kept: Shelf) -> None:
    number = kept.episodes.note(ANNA, "the boiler was mended", "owner_told", name="Anna", keep=timedelta(days=30))
    kept.wall.later(days=29)
    expire = Expire(kept.db, kept.episodes, Forgetful(kept))
    assert (await expire.plan(kept.wall.now())).edits == ()
    kept.wall.later(days=2)
    plan = await expire.plan(kept.wall.now())
    assert plan.edits == (Edit("expire", "episodes", number),)
    assert kept.episodes.get(number) is not None  # planned only
    edits = do(plan, kept)
    assert kept.episodes.get(number) is None
    assert undo(edits, kept) == 0


async def test_old_observations_and_notes_of_reading_go(kept: Shelf) -> None:
    at = stamp(kept.wall.now())
    memory = kept.facts.keep(guess("reads"), BY_ANNA).memory.id
    with kept.db.conn:
        kept.db.execute(
            "insert into changes (at, entity, before, after, cause) values (?, 'light.a', 'on', 'off', 'hand')", (at,)
        )
        kept.db.execute(
            "insert into reads (at, memory, conversation, audience, shown) values (?, ?, 'c', 'a', 1)", (at, memory)
        )
    kept.wall.later(days=91)
    plan = await Expire(kept.db, kept.episodes, Forgetful(kept)).plan(kept.wall.now())
    assert plan.counts == {"forget": 1}
    do(plan, kept)
    assert kept.db.execute("select (select count(*) from changes), (select count(*) from reads)").fetchone() == (0, 0)


async def test_habits_are_looked_for_and_what_was_taken_back_is_written_down_once(kept: Shelf, tmp_path: Path) -> None:
    habits = Habits(kept.db, kept.wall, Named(), lambda: ZONE)
    find = Find(tmp_path / "claw.db", kept.db, habits, lambda: ZONE)
    now = kept.wall.now()
    with kept.db.conn:
        for day in range(10, 0, -1):
            for minutes, before, after, cause, person, run in (
                (0, "off", "on", "automation", None, "automation.eve"),
                (3, "on", "off", "person", "anna", None),
            ):
                moment = stamp(now - timedelta(days=day, minutes=-minutes))
                kept.db.execute(
                    "insert into changes (at, entity, before, after, cause, person, run)"
                    " values (?, 'light.a', ?, ?, ?, ?, ?)",
                    (moment, before, after, cause, person, run),
                )
    plan = await find.plan(now)
    assert kept.db.execute("select count(*) from habits").fetchone() == (0,)
    edits = do(plan, kept)
    assert {edit.deed for edit in edits} == {"find"}
    assert kept.db.execute("select count(*), min(undone), min(person) from overrides").fetchone() == (
        10,
        "automation.eve",
        "anna",
    )
    do(await find.plan(now), kept)
    assert kept.db.execute("select count(*) from overrides").fetchone() == (10,)
    assert undo(edits, kept) == len(edits)
    assert kept.db.execute("select count(*) from habits").fetchone() == (0,)


async def test_a_habit_that_somebody_answered_is_not_taken_back(kept: Shelf) -> None:
    habits = Habits(kept.db, kept.wall, Named(), lambda: ZONE)
    with kept.db.conn:
        sifted = habits.sift([Found("routine", "anna", "light.a", "on", 9, 9, 0, 1)], kept.wall.now())
        (number,) = habits.apply(sifted, kept.wall.now())
    habits.set(number, "offered", offered=kept.wall.now())
    assert undo([Edit("find", "habits", number)], kept) == 0
    assert habits.get(number) is not None


async def test_what_was_told_ahead_of_its_time_begins(kept: Shelf) -> None:
    kept.facts.keep(guess("sings"), BY_ANNA)
    fact = guess("reads", valid_from=kept.wall.now() + timedelta(days=1))
    number = kept.facts.keep(fact, Told("owner_told", "web", "anna", explicit=True, audit=1)).memory.id
    assert do(await Begin(kept.facts).plan(kept.wall.now()), kept) == []
    kept.wall.later(days=2)
    assert len(do(await Begin(kept.facts).plan(kept.wall.now()), kept)) == 1
    memory = kept.facts.get(number)
    assert memory is not None
    assert memory.status == "active"


async def test_the_index_is_put_in_order(kept: Shelf) -> None:
    for number in range(5):
        kept.facts.keep(Fact("fact", "house", f"p{number}", number, f"It is number {number}."), BY_ANNA)
    assert do(await Tidy(kept.db, kept.passages).plan(kept.wall.now()), kept) == []
    (segments,) = kept.db.execute("select count(distinct segid) from passages_fts_idx").fetchone()
    assert segments <= 1
