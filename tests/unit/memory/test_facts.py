"""What is kept, what it takes the place of, and that it never takes the place of anything else."""

import itertools
import json
import random
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import canonical
from claw.base.errors import Broken, Refused
from claw.memory.facts import Facts
from claw.memory.model import ANYBODY, GUESTS, HOUSEHOLD, OWNERS, Fact, Told, alike, private_to
from tests.memory_room import (
    AS_ANNA,
    AS_BEN,
    BY_ANNA,
    BY_BEN,
    BY_GUEST,
    SEEN,
    Shelf,
    allergy,
    school,
    shelf,
)

MAY, JULY, OCTOBER = (datetime(2025, month, 1, tzinfo=UTC) for month in (5, 7, 10))


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    return shelf(tmp_path / "claw.db")


def test_a_fact_is_in_force_found_and_rests_on_who_told_it(kept: Shelf) -> None:
    found = kept.facts.keep(school("Oak"), BY_ANNA)
    assert (found.new, found.before, found.memory.status, found.memory.author) == (True, None, "active", "anna")
    assert kept.facts.get(found.memory.id) == found.memory
    assert kept.found() == {"Carl goes to Oak."}
    assert [one.told.person for one in kept.facts.evidence(found.memory.id, AS_BEN)] == ["anna"]


def test_saying_it_again_is_one_more_reason_and_no_second_memory(kept: Shelf) -> None:
    first = kept.facts.keep(school("Oak"), BY_BEN).memory
    kept.wall.later(hours=1)
    again = kept.facts.keep(school("oak"), BY_BEN)
    assert (again.new, again.memory.id) == (False, first.id)
    assert again.memory.confirmed == kept.wall.now()
    assert len(kept.facts.evidence(first.id)) == 2


def test_another_value_takes_the_place_and_what_was_stays_with_its_time(kept: Shelf) -> None:
    old = kept.facts.keep(school("Oak"), BY_BEN).memory
    told = kept.wall.now()
    moved = kept.wall.later(days=30)
    kept_ = kept.facts.keep(school("Elm"), BY_BEN)
    assert kept_.before == old
    assert kept_.memory.supersedes == old.id
    then = kept.facts.get(old.id)
    assert then is not None
    assert (then.status, then.fact.valid_to, then.retired) == ("superseded", moved, moved)
    assert [one.fact.value for one in kept.facts.history(old.fact.key)] == ["Elm", "Oak"]
    assert [one.fact.value for one in kept.facts.as_of(told, AS_BEN)] == ["Oak"]
    assert [one.fact.value for one in kept.facts.as_of(moved, AS_BEN)] == ["Elm"]
    assert kept.found() == {"Carl goes to Elm."}


def test_what_may_be_several_does_not_replace_each_other(kept: Shelf) -> None:
    for value in ("nuts", "milk", "Nuts"):
        kept.facts.keep(allergy(value), BY_BEN)
    assert sorted(one.fact.value for one in kept.facts.active()) == ["milk", "nuts"]


def test_a_weaker_word_waits_as_a_proposal_and_leaves_alone_what_is_believed(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_ANNA)
    for told in (BY_BEN, BY_GUEST, SEEN):
        found = kept.facts.keep(school("Elm"), told)
        assert found.memory.status == "candidate"
    assert [one.fact.value for one in kept.facts.active()] == ["Oak"]
    assert kept.found() == {"Carl goes to Oak."}


def test_a_weaker_word_for_the_same_does_not_make_it_less_believed(kept: Shelf) -> None:
    first = kept.facts.keep(school("Oak"), BY_ANNA).memory
    again = kept.facts.keep(school("Oak"), replace(BY_GUEST, taint=("calendar",)))
    assert (again.memory, again.new) == (first, False)
    assert len(kept.facts.evidence(first.id)) == 1


def test_a_guess_that_somebody_then_says_rests_on_their_word_alone(kept: Shelf) -> None:
    guess = kept.facts.keep(school("Oak"), replace(SEEN, taint=("mail",))).memory
    said = kept.facts.keep(school("Oak"), BY_BEN)
    assert (said.memory.id, said.new) == (guess.id, False)
    assert (said.memory.trust, said.memory.explicit, said.memory.taint) == ("resident_told", True, ())
    assert [one.told.trust for one in kept.facts.evidence(guess.id)] == ["resident_told"]


def test_a_span_that_is_over_stands_beside_what_is_so_now(kept: Shelf) -> None:
    lives = Fact("fact", "person:ben", "lives here", True, "Ben lives here.", valid_from=OCTOBER)
    lived = replace(lives, sentence="Ben lived here from May to July.", valid_from=MAY, valid_to=JULY)
    for order in itertools.permutations((lives, lived)):
        for fact in order:
            kept.facts.keep(fact, BY_BEN)
        assert kept.found() == {"Ben lives here.", "Ben lived here from May to July."}
        assert [one.fact.sentence for one in kept.facts.active()] == ["Ben lives here."]
        assert {one.fact.sentence for one in kept.facts.shown(AS_BEN)} == kept.found()
        inside = [kept.facts.as_of(moment, AS_BEN) for moment in (MAY, JULY, OCTOBER)]
        assert [[one.fact.sentence for one in found] for found in inside] == [[lived.sentence], [], [lives.sentence]]
        for table in ("passages", "evidence", "memories"):
            kept.db.table(table).delete_where()


def test_what_is_told_ahead_comes_into_force_in_its_time(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_BEN)
    june = kept.wall.now() + timedelta(days=30)
    ahead = kept.facts.keep(school("Elm", valid_from=june), BY_BEN).memory
    guest = kept.facts.keep(school("Ash", valid_from=june), replace(BY_GUEST, explicit=True)).memory
    assert kept.facts.turn() == 0
    assert [one.fact.value for one in kept.facts.active()] == ["Oak"]
    kept.wall.later(days=31)
    assert kept.facts.turn() == 1
    assert [one.id for one in kept.facts.active()] == [ahead.id]
    assert kept.found() == {"Carl goes to Elm."}
    old = kept.facts.history(ahead.fact.key)[1]
    assert old.fact.valid_to == june
    waiting = kept.facts.get(guest.id)
    assert waiting is not None
    assert waiting.status == "candidate"
    assert kept.facts.turn() == 0


@pytest.mark.parametrize("told", [replace(BY_GUEST, explicit=True), replace(BY_ANNA, taint=("mail",)), SEEN])
def test_what_nobody_who_lives_here_said_does_not_come_into_force_by_waiting(kept: Shelf, told: Told) -> None:
    ahead = school("Elm", valid_from=kept.wall.now() + timedelta(days=30))
    guess = kept.facts.keep(ahead, told, status="candidate").memory
    kept.wall.later(days=31)
    assert kept.facts.turn() == 0
    kept.facts.confirm(guess.id, BY_BEN)
    assert [one.id for one in kept.facts.active()] == [guess.id]


def test_a_yes_ahead_of_time_counts_when_the_time_has_come(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), SEEN)
    ahead = school("Elm", valid_from=kept.wall.now() + timedelta(days=30))
    guess = kept.facts.keep(ahead, replace(SEEN, taint=("mail",)), status="candidate").memory
    assert kept.facts.confirm(guess.id, BY_BEN).memory.status == "candidate"
    assert [one.fact.value for one in kept.facts.active()] == ["Oak"]
    kept.wall.later(days=31)
    assert kept.facts.turn() == 1
    assert [one.id for one in kept.facts.active()] == [guess.id]


def test_what_was_never_so_is_put_right_and_does_not_count_as_the_past(kept: Shelf) -> None:
    wrong = kept.facts.keep(school("Oak", valid_from=MAY), BY_BEN).memory
    right = kept.facts.correct(wrong.id, school("Elm"), BY_BEN)
    assert (right.before, right.memory.fact.valid_from) == (wrong, MAY)
    assert [one.fact.value for one in kept.facts.as_of(JULY, AS_BEN)] == ["Elm"]
    assert [one.fact.value for one in kept.facts.history(wrong.fact.key)] == ["Elm"]
    assert kept.facts.rejected(wrong.fact)
    assert kept.found() == {"Carl goes to Elm."}


def test_a_correction_may_have_another_key_and_takes_only_what_it_names(kept: Shelf) -> None:
    wrong = kept.facts.keep(allergy("nuts"), BY_BEN).memory
    other = kept.facts.keep(allergy("milk"), BY_BEN).memory
    kept.facts.correct(wrong.id, allergy("eggs"), BY_BEN)
    assert {one.fact.value for one in kept.facts.active()} == {"eggs", "milk"}
    assert kept.facts.get(other.id) == other


def test_a_correction_by_a_weaker_word_or_of_nothing_changes_nothing(kept: Shelf) -> None:
    told = kept.facts.keep(school("Oak"), BY_ANNA).memory
    before = list(kept.db.conn.iterdump())
    for number, by in ((told.id, BY_BEN), (told.id, BY_GUEST), (99, BY_ANNA)):
        with pytest.raises(Refused):
            kept.facts.correct(number, school("Elm"), by)
    assert list(kept.db.conn.iterdump()) == before


def test_a_correction_that_contradicts_something_surer_is_taken_back_whole(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_ANNA)
    mine = kept.facts.keep(allergy("nuts"), BY_BEN).memory
    before = list(kept.db.conn.iterdump())
    with pytest.raises(Refused, match="Carl goes to Elm"):
        kept.facts.correct(mine.id, school("Elm"), BY_BEN)
    assert list(kept.db.conn.iterdump()) == before


def test_a_proposal_has_no_effect_until_a_yes(kept: Shelf) -> None:
    guess = kept.facts.keep(school("Oak"), SEEN, status="candidate").memory
    assert kept.facts.keep(school("Oak"), SEEN, status="candidate").memory.id == guess.id
    assert (kept.facts.active(), kept.found()) == ([], set())
    yes = kept.facts.confirm(guess.id, BY_BEN)
    assert (yes.memory.status, yes.memory.trust, yes.memory.confirmed) == ("active", "observed", kept.wall.now())
    assert kept.found() == {"Carl goes to Oak."}
    with pytest.raises(Refused):
        kept.facts.confirm(guess.id, BY_BEN)


def test_a_yes_to_a_proposal_beats_a_weaker_word_and_yields_to_a_stronger(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_ANNA)
    guess = kept.facts.keep(school("Elm"), SEEN).memory
    with pytest.raises(Refused):
        kept.facts.confirm(guess.id, BY_BEN)
    assert kept.facts.confirm(guess.id, BY_ANNA).before is not None
    assert [one.fact.value for one in kept.facts.active()] == ["Elm"]


def test_nobody_is_asked_what_was_answered(kept: Shelf) -> None:
    kept.facts.keep(school("Oak"), BY_ANNA)
    for told in (BY_BEN, SEEN):
        kept.facts.keep(school("Elm"), told)
    other = kept.facts.keep(school("Ash"), SEEN).memory
    kept.facts.keep(school("Elm"), BY_ANNA)
    assert [one.id for one in kept.facts.shown(AS_BEN, statuses=("candidate",))] == [other.id]
    assert [one.fact.value for one in kept.facts.as_of(kept.wall.later(hours=1), AS_BEN)] == ["Elm"]
    assert [one.fact.value for one in kept.facts.history(other.fact.key)] == ["Elm", "Oak"]


def test_what_is_proposed_for_another_time_waits_on(kept: Shelf) -> None:
    june = kept.wall.now() + timedelta(days=30)
    ahead = kept.facts.keep(school("Oak", valid_from=june), SEEN, status="candidate").memory
    now = kept.facts.keep(school("Oak", valid_to=june), BY_ANNA).memory
    kept.facts.keep(school("Oak", valid_from=MAY, valid_to=JULY), BY_ANNA)
    waiting = kept.facts.shown(AS_BEN, statuses=("candidate",))
    assert ([one.id for one in kept.facts.active()], [one.id for one in waiting]) == ([now.id], [ahead.id])


def test_a_yes_to_what_is_known_by_now_is_one_more_reason(kept: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    guess = kept.facts.keep(school("Oak"), SEEN, status="candidate").memory
    monkeypatch.setattr(kept.facts, "_absorb", lambda held: held)  # as a row that came in by another way would stand
    told = kept.facts.keep(school("Oak"), BY_ANNA).memory
    monkeypatch.undo()
    yes = kept.facts.confirm(guess.id, BY_ANNA)
    assert (yes.memory.id, yes.new) == (told.id, False)
    assert len(kept.facts.evidence(told.id)) == 2
    assert kept.facts.get(guess.id) is None


def test_a_no_ends_a_proposal_for_good(kept: Shelf) -> None:
    guess = kept.facts.keep(school("Oak"), SEEN, status="candidate").memory
    assert kept.facts.reject(guess.id).status == "rejected"
    assert kept.facts.rejected(school("oak"))
    assert not kept.facts.rejected(school("Elm"))
    with pytest.raises(Refused):
        kept.facts.confirm(guess.id, BY_BEN)


def test_what_ended_is_the_past_from_then_on(kept: Shelf) -> None:
    told = kept.facts.keep(school("Oak", valid_from=MAY), BY_BEN).memory
    assert kept.facts.retire(told.id, JULY).status == "superseded"
    assert [one.fact.value for one in kept.facts.as_of(MAY, AS_BEN)] == ["Oak"]
    assert kept.facts.as_of(OCTOBER, AS_BEN) == []
    assert kept.found() == set()
    with pytest.raises(Refused):
        kept.facts.retire(told.id, OCTOBER)


def test_what_was_shown_is_counted_and_noted_for_whom(kept: Shelf) -> None:
    told = kept.facts.keep(school("Oak"), BY_BEN).memory
    kept.facts.seen([told.id, told.id, 99], AS_BEN, "c1")
    now = kept.facts.get(told.id)
    assert now is not None
    assert (now.used, now.last_used) == (1, kept.wall.now())
    kept.facts.seen([told.id], ANYBODY, "c2")
    kept.facts.seen([], AS_BEN, "c1")
    assert kept.db.execute("select memory, conversation, audience from reads").fetchall() == [
        (told.id, "c1", "ben"),
        (told.id, "c2", GUESTS),
    ]


def test_a_pin_is_kept_and_taken_off(kept: Shelf) -> None:
    told = kept.facts.keep(school("Oak"), BY_BEN).memory
    assert kept.facts.pin(told.id).pinned
    assert not kept.facts.pin(told.id, pinned=False).pinned
    with pytest.raises(Refused):
        kept.facts.pin(99)


def test_whoever_listens_hears_of_each_change_and_of_no_failure(kept: Shelf) -> None:
    heard: list[int] = []
    kept.facts.changed.append(lambda: heard.append(1))
    kept.facts.keep(school("Oak"), BY_ANNA)
    with pytest.raises(Refused):
        kept.facts.retire(99, MAY)
    kept.facts.announce()
    assert len(heard) == 2


def test_a_memory_without_a_reason_a_secret_or_a_private_one_of_nobody_is_not_kept(kept: Shelf) -> None:
    with pytest.raises(ValueError, match="rests on"):
        kept.facts.keep(school("Oak"), Told("owner_told", "web", "anna", explicit=True))
    with pytest.raises(Refused):
        kept.facts.keep(replace(school("Oak"), sensitivity="secret"), BY_ANNA)
    for visibility in (HOUSEHOLD, GUESTS, OWNERS, private_to("anna")):
        with pytest.raises(Refused):
            kept.facts.keep(replace(school("Oak"), sensitivity="private", visibility=visibility), BY_BEN)
    assert kept.facts.active() == []


def test_a_write_that_the_disk_breaks_off_leaves_nothing(kept: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.facts.keep(school("Oak"), BY_BEN)
    before = list(kept.db.conn.iterdump())
    monkeypatch.setattr("claw.memory.facts.INSERT_EVIDENCE", "insert into evidence (nothing) values (?)")
    heard: list[int] = []
    kept.facts.changed.append(lambda: heard.append(1))
    with pytest.raises(Broken):
        kept.facts.keep(school("Elm"), BY_BEN)
    assert list(kept.db.conn.iterdump()) == before
    assert heard == []


# --- The set of keyed changes: what changes is what was named, and nothing else.

SUBJECTS = ("person:anna", "person:ben", "person:carl", "thing:boiler", "thing:boiler filter", "house", "area:kitchen")
PREDICATES = ("school", "schools", "size", "shoe size", "day", "bin day", "colour", "favourite colour", "phone")
VALUES = ("Tuesday", "tuesday.", "Friday", "42", "-5", "5", "1.5", "15", "red", "C", "C++", 42, 5, -5, True, ["a"])
CONDITIONS: tuple[dict[str, object], ...] = ({}, {}, {"after": "22:00"}, {"weekdays": ["sat"]})


def changes(seed: int, count: int) -> list[tuple[Fact, Told]]:
    """Return so many things that people say, of which many are about the same and many nearly."""
    draw = random.Random(seed)
    found: list[tuple[Fact, Told]] = []
    for number in range(count):
        value = draw.choice(VALUES)
        fact = Fact(
            "fact",
            draw.choice(SUBJECTS),
            draw.choice(PREDICATES),
            value,
            f"Sentence {number} says {value}.",
            condition=draw.choice(CONDITIONS),
            visibility=draw.choice((HOUSEHOLD, HOUSEHOLD, GUESTS)),
            several=draw.random() < 0.2,
        )
        found.append((fact, draw.choice((BY_ANNA, BY_BEN, BY_BEN, SEEN, BY_GUEST))))
    return found


def in_force(facts: Facts) -> dict[int, tuple[str, str, str, str | None, str | None]]:
    """Return number, key, value and what else could change of everything in force."""
    rows = facts._db.execute(
        "select id, key, value, sentence, valid_from, valid_to from memories where status = 'active'"
    )
    return {row[0]: row[1:] for row in rows}


def wrong_invalidations(facts: Facts, said: list[tuple[Fact, Told]]) -> list[str]:
    """Say all of it and return each change that nobody meant, by looking at everything in force after each."""
    facts._db.conn.execute("PRAGMA synchronous=OFF")  # what is tried here is not the disk
    wrong: list[str] = []
    before = in_force(facts)
    for fact, told in said:
        facts.keep(fact, told)
        after, value = in_force(facts), canonical(alike(fact.value))
        for number, held in before.items():
            other = held[0] != fact.key or canonical(alike(json.loads(held[1]))) == value
            if other and number not in after:
                wrong.append(f"{fact} took {held}")
            if held[0] != fact.key and after.get(number) != held:
                wrong.append(f"{fact} changed {held}")
        if len({held[0] for held in after.values()}) != len(after):
            wrong.append(f"{fact} is there twice")
        before = after
    return wrong


def test_a_change_touches_only_what_has_its_key(kept: Shelf) -> None:
    assert wrong_invalidations(kept.facts, changes(1, 150)) == []


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_a_year_of_changes_touches_only_what_has_its_key(tmp_path: Path) -> None:
    for seed in range(2, 8):
        assert wrong_invalidations(shelf(tmp_path / f"{seed}.db").facts, changes(seed, 400)) == []


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from((BY_ANNA, BY_BEN, SEEN, BY_GUEST)),
            st.sampled_from(("Oak", "Elm", "Ash")),
            st.sampled_from((None, MAY, JULY, OCTOBER)),
            st.sampled_from((None, 40, 100)),
        ),
        max_size=8,
    )
)
def test_whatever_is_told_in_whatever_order_one_thing_is_in_force_and_no_span_runs_backwards(
    said: list[tuple[Told, str, datetime | None, int | None]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = shelf(Path(folder) / "claw.db")
        for told, value, begun, days in said:
            ended = begun + timedelta(days=days) if begun and days else None
            kept.facts.keep(school(value, valid_from=begun, valid_to=ended), told)
            kept.wall.later(hours=5)
        every = kept.facts.shown(AS_ANNA, statuses=("active", "candidate", "superseded", "rejected"))
        assert len([one for one in every if one.status == "active"]) <= 1
        assert len(kept.facts.active()) == len([one for one in every if one.status == "active"])
        for one in every:
            assert kept.facts.evidence(one.id) != []
            assert one.fact.valid_from is None or one.fact.valid_to is None or one.fact.valid_from <= one.fact.valid_to
        believed = {one.fact.sentence for one in kept.facts.shown(AS_ANNA)}
        assert kept.found() == believed
        kept.db.close()
