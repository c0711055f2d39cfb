"""Whose a routine is, who knows of it and who changes it: told apart by who made it, not by what it is called."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.policy.people import Role
from claw.routines.model import Routine
from claw.routines.spec import At, Says
from claw.routines.whose import PRIVATE_NAME, Asker, Deed, owned, private, restored, sees, shown, why_not
from tests.making_room import ANNA, BEN, CARL, EVERYBODY, GUS, KITCHEN, LAMP, NOW, VOICE, as_person, spec

DEEDS: tuple[Deed, ...] = get_args(Deed)
REMINDER = {"say": "buy the ring"}
ORIGINS = (ANNA, BEN, CARL, GUS, VOICE, KITCHEN, replace(ANNA, authenticated=False), Origin("routine"))


def asker(origin: Origin) -> Asker:
    return Asker(origin, EVERYBODY.role(origin.person) if origin.authenticated else None)


def routine(by: Origin, do: Any = None, ident: str = "r1", **more: Any) -> Routine:
    kind = more.pop("kind", "routine")
    wanted = spec(do=do, kind=kind) if do else spec(kind=kind)
    return Routine(ident, wanted, by, NOW, **more)


@pytest.mark.parametrize(
    ("made", "who", "is_theirs"),
    [
        (routine(ANNA), ANNA, True),
        (routine(ANNA), replace(ANNA, channel="cli", conversation="another"), True),
        (routine(ANNA), BEN, False),
        (routine(ANNA), replace(ANNA, authenticated=False), False),
        (routine(VOICE), VOICE, True),
        (routine(VOICE), replace(VOICE, channel="screen:hall"), True),
        (routine(VOICE), KITCHEN, False),
        (routine(VOICE), as_person("ben", place="hall"), False),
        (routine(replace(VOICE, place=None)), replace(VOICE, place=None), False),
        (routine(replace(VOICE, person="anna")), ANNA, False),
        (routine(replace(VOICE, authenticated=True)), KITCHEN, False),  # a proven device is nobody in particular
        (routine(VOICE, adopted_by="ben"), BEN, True),
        (routine(VOICE, adopted_by="ben"), VOICE, False),
    ],
)
def test_it_is_whose_it_was_made_by_or_taken_over_by(made: Routine, who: Origin, is_theirs: bool) -> None:
    assert owned(made, asker(who)) is is_theirs


@given(st.sampled_from(ORIGINS), st.sampled_from(ORIGINS), st.sampled_from(DEEDS))
def test_nobody_does_anything_to_what_they_may_not_know_of(maker: Origin, who: Origin, deed: Deed) -> None:
    made = routine(maker)
    if not sees(made, asker(who)):
        assert why_not(deed, made, asker(who)) == "there is no such routine"


@given(st.sampled_from(ORIGINS), st.sampled_from([GUS, CARL, VOICE, KITCHEN]))
def test_who_is_not_grown_up_knows_of_their_own_only(maker: Origin, who: Origin) -> None:
    made = routine(maker)
    assert sees(made, asker(who)) is owned(made, asker(who))


def test_a_reminder_of_somebodys_has_no_words_for_others() -> None:
    made = routine(BEN, REMINDER, why="Ben said so")
    assert private(made)
    assert shown(made, asker(BEN)) == made
    seen = shown(made, asker(ANNA))
    assert seen.spec.name == PRIVATE_NAME
    assert "ring" not in seen.spec.model_dump_json()
    assert seen.why == ""
    assert (seen.id, seen.spec.when) == (made.id, made.spec.when), "that and when it is, a grown-up may know"


@pytest.mark.parametrize(
    ("by", "do"),
    [
        (VOICE, REMINDER),
        (BEN, {"say": "dinner", "to": "everyone"}),
        (BEN, {"say": "dinner", "to": "place:hall"}),
        (BEN, {"say": "call me", "to": "person:anna"}),
    ],
)
def test_what_is_for_the_house_or_for_whoever_looks_is_shown_to_grown_ups(by: Origin, do: Any) -> None:
    made = routine(by, do)
    assert shown(made, asker(ANNA)) == made


@pytest.mark.parametrize(
    ("made", "who", "hidden"),
    [
        (routine(VOICE, REMINDER), BEN, False),
        (routine(replace(VOICE, person="anna"), REMINDER), BEN, False),  # only a voice like hers
        (routine(replace(VOICE, authenticated=True), REMINDER), BEN, False),
        (routine(VOICE, REMINDER, adopted_by="ben"), ANNA, True),
        (routine(VOICE, REMINDER, adopted_by="ben"), BEN, False),
        (routine(ANNA, {"say": "buy the ring", "to": "person:carl"}), BEN, True),
        (routine(ANNA, {"say": "buy the ring", "to": "person:carl"}), CARL, False),
    ],
)
def test_words_for_one_person_are_private_where_somebody_known_answers_for_them(
    made: Routine, who: Origin, hidden: bool
) -> None:
    seen = shown(made, asker(who))
    assert ("ring" not in seen.spec.model_dump_json()) is hidden
    assert private(made) is (made.adopted_by != "" or made.made_by == ANNA)


def test_who_is_of_the_household_no_more_or_is_not_proven_is_nobody() -> None:
    assert Asker(BEN, None).person is None
    guessed = Asker(replace(ANNA, authenticated=False), "owner")
    assert (guessed.person, guessed.grown_up) == (None, False)


def test_of_a_routine_that_also_does_something_only_the_words_are_hidden() -> None:
    do = [LAMP, REMINDER, {"prompt": "is the ring here", "gate": "state('light.ring') == 'on'"}]
    made = routine(BEN, do)
    seen = shown(made, asker(ANNA))
    assert seen.spec.name == made.spec.name
    assert seen.spec.do[0] == made.spec.do[0]
    assert "ring" not in seen.spec.model_dump_json()
    assert restored(seen.spec, made, asker(ANNA)) == made.spec


def test_words_that_were_not_seen_come_back_after_a_change() -> None:
    made = routine(BEN, [REMINDER, {"say": "wrap it"}])
    seen = shown(made, asker(ANNA)).spec
    later = seen.model_copy(update={"when": (At(at="08:00"),)})
    assert restored(later, made, asker(ANNA)) == made.spec.model_copy(update={"when": later.when})
    fewer = seen.model_copy(update={"do": (Says(say="mine"), seen.do[0]), "name": "Renamed"})
    found = restored(fewer, made, asker(ANNA))
    assert [step.model_dump()["say"] for step in found.do] == ["mine", "buy the ring"]
    assert found.name == "Renamed"
    assert restored(later, made, asker(BEN)) == later, "whoever sees all of it means what they write"


@pytest.mark.parametrize("deed", DEEDS)
def test_what_guards_life_is_for_owners_and_never_changed(deed: Deed) -> None:
    made = routine(Origin("system"), ident="safety-smoke", kind="safety")
    may = deed in {"pause", "resume", "run"}
    assert (why_not(deed, made, asker(ANNA)) == "") is may
    assert why_not(deed, made, asker(BEN))
    assert why_not(deed, made, asker(VOICE)) == "there is no such routine"
    unproven = Asker(replace(ANNA, authenticated=False), "owner")
    assert why_not(deed, made, unproven)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_a_skill_brings_is_changed_with_the_skill(deed: Deed) -> None:
    made = routine(ANNA, ident="skill-laundry-done-1")
    assert (why_not(deed, made, asker(ANNA)) == "") is (deed not in {"change", "remove", "adopt"})


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (ANNA, True),
        (BEN, True),
        (CARL, False),
        (replace(BEN, asks_only=True), False),
        (replace(BEN, taint=("mail",)), False),
        (replace(BEN, skill="laundry-done"), False),
        (replace(BEN, routine="r2"), False),
    ],
)
def test_a_grown_up_by_themselves_takes_over_what_a_room_made(who: Origin, may: bool) -> None:
    assert (why_not("adopt", routine(VOICE), asker(who)) == "") is may


@pytest.mark.parametrize("made", [routine(BEN, state="waiting"), routine(replace(BEN, taint=("mail",)))])
def test_what_outside_text_had_a_part_in_is_taken_over_by_an_owner_alone(made: Routine) -> None:
    assert "an owner" in why_not("adopt", made, asker(BEN))
    assert why_not("adopt", made, asker(ANNA)) == ""


@pytest.mark.parametrize(("role", "who", "may"), [("owner", BEN, False), ("owner", ANNA, True), ("child", BEN, True)])
def test_nobody_has_an_owners_routine_run_who_is_no_owner(role: Role, who: Origin, may: bool) -> None:
    made = routine(as_person("olga" if role == "owner" else "carl"))
    assert (why_not("run", made, asker(who), role) == "") is may


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_removed_is_not_there(deed: Deed) -> None:
    assert why_not(deed, routine(ANNA, state="removed"), asker(ANNA)) == "there is no such routine"
