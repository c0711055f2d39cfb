"""What each act on a routine changes, and what it leaves as it was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.routines.asked import Asked
from claw.routines.deeds import FARTHEST_SKIP, MOST_SKIPS, addressed
from claw.routines.making import written
from claw.routines.model import Routine
from claw.routines.spec import Says
from tests.making_room import ANNA, BEN, CARL, EVERYBODY, LAMP, NOW, VOICE, MakingRoom, as_person, making_room, spec

SAYS = {"say": "dinner"}
TODAY = NOW.date()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


def asked(origin: Origin = ANNA, entry: int = 50, **more: Any) -> Asked:
    role = EVERYBODY.role(origin.person) if origin.authenticated else None
    return Asked(origin, role, entry, **more)


def put(room: MakingRoom, by: Origin = ANNA, ident: str = "r1", do: Any = LAMP, **more: Any) -> Routine:
    wanted = more.pop("spec", spec(do=do))
    made = Routine(ident, wanted, by, NOW - timedelta(days=3), **more)
    room.book.put(made)
    return made


def test_pausing_and_resuming_go_back_and_forth(room: MakingRoom) -> None:
    put(room, state="shadow", shadow_left=2)
    paused = room.deeds.pause("r1", asked(BEN))
    assert (paused.state, paused.why) == ("paused", "paused by hand")
    assert room.deeds.pause("r1", asked(BEN)) == paused
    resumed = room.deeds.resume("r1", asked())
    assert (resumed.state, resumed.why, resumed.shadow_left) == ("shadow", "", 2), "it goes on running dry"
    assert room.deeds.resume("r1", asked()) == resumed


@pytest.mark.parametrize(("deed", "state"), [("pause", "waiting"), ("pause", "over"), ("resume", "waiting")])
@pytest.mark.parametrize("origin", [ANNA, BEN])
def test_what_does_not_fire_is_not_paused_and_waiting_is_not_resumed(
    room: MakingRoom, deed: str, state: Any, origin: Origin
) -> None:
    put(room, state=state, why="said so")
    with pytest.raises(Refused):
        getattr(room.deeds, deed)("r1", asked(origin))
    assert room.now("r1").state == state


def test_what_was_suspended_or_is_over_is_told_apart(room: MakingRoom) -> None:
    put(room, state="suspended", why="ben left")
    assert room.deeds.resume("r1", asked()).state == "on"
    put(room, ident="r2", state="over")
    with pytest.raises(Refused, match="it is over"):
        room.deeds.resume("r2", asked())


def test_days_are_skipped_together_and_past_ones_are_forgotten(room: MakingRoom) -> None:
    put(room, skips=frozenset({TODAY - timedelta(days=1), TODAY + timedelta(days=5)}))
    found = room.deeds.skip("r1", "2026-11-24, 2026-11-25", asked())
    assert found.skips == {date(2026, 11, 24), date(2026, 11, 25), TODAY + timedelta(days=5)}


@pytest.mark.parametrize(
    "days", ["tomorrow", "2026-13-01", "2026-11-22", "2028-01-01", "", "2026-11-24,,", "2026-11-24;drop"]
)
def test_a_day_that_is_none_or_has_passed_changes_nothing(room: MakingRoom, days: str) -> None:
    made = put(room)
    with pytest.raises(Refused):
        room.deeds.skip("r1", days, asked())
    assert room.now("r1") == made


def test_what_is_over_is_neither_skipped_nor_taken_over(room: MakingRoom) -> None:
    made = put(room, VOICE, state="over")
    for deed in (lambda: room.deeds.skip("r1", "2026-11-24", asked()), lambda: room.deeds.adopt("r1", asked())):
        with pytest.raises(Refused, match="it is over"):
            deed()
    assert room.now("r1") == made


def test_too_many_days_are_a_pause(room: MakingRoom) -> None:
    put(room)
    days = ",".join((TODAY + timedelta(days=one)).isoformat() for one in range(MOST_SKIPS + 1))
    with pytest.raises(Refused, match="pause it instead"):
        room.deeds.skip("r1", days, asked())


def test_what_is_removed_is_kept_for_its_history_only(room: MakingRoom) -> None:
    put(room)
    assert room.deeds.remove("r1", asked()).state == "removed"
    assert room.book.all() == ()
    assert [one.id for one in room.book.removed()] == ["r1"]
    with pytest.raises(Refused, match="no such routine"):
        room.deeds.resume("r1", asked())


def test_who_takes_it_over_answers_for_it_and_it_speaks_to_whom_it_spoke_before(room: MakingRoom) -> None:
    put(room, VOICE, do=[LAMP, SAYS], expires=NOW + timedelta(days=1), runs=4)
    taken = room.deeds.adopt("r1", asked(BEN))
    assert (taken.made_by.person, taken.adopted_by, taken.expires, taken.runs) == ("ben", "ben", None, 4)
    assert isinstance(taken.spec.do[1], Says)
    assert taken.spec.do[1].to == "place:hall"
    assert room.now("r1") == taken


@pytest.mark.parametrize(("before", "after"), [("suspended", "on"), ("waiting", "on"), ("paused", "paused")])
def test_what_rested_for_want_of_somebody_goes_on_for_who_takes_it_over(
    room: MakingRoom, before: Any, after: str
) -> None:
    put(room, as_person("olga"), state=before, why="olga left")
    assert room.deeds.adopt("r1", asked()).state == after


def test_the_mark_of_outside_text_outlives_its_being_taken_over(room: MakingRoom) -> None:
    put(room, as_person("ben", taint=("mail",)), state="waiting", shadow_left=3)
    taken = room.deeds.adopt("r1", asked())
    assert (taken.state, taken.made_by.taint) == ("shadow", ("mail",))


def test_no_program_takes_anything_over(room: MakingRoom) -> None:
    made = put(room, VOICE)
    with pytest.raises(Refused, match="no program"):
        room.deeds.adopt("r1", asked(program=True))
    assert room.now("r1") == made


def test_nobody_takes_over_what_they_could_never_do(room: MakingRoom) -> None:
    unlock = {"actions": [{"action": "lock.unlock", "entities": ["lock.safe"]}]}
    made = put(room, VOICE, do=unlock)
    with pytest.raises(Refused, match="the safe stays shut"):
        room.deeds.adopt("r1", asked(BEN))
    assert room.now("r1") == made


def test_a_changed_routine_acts_for_whoever_changed_it(room: MakingRoom) -> None:
    put(room, as_person("olga"), runs=7, skips=frozenset({TODAY}), do=LAMP)
    found = room.deeds.change("r1", written(spec(do=LAMP, when={"at": "08:00"})), asked(BEN))
    assert (found.made_by.person, found.runs, found.skips) == ("ben", 7, {TODAY})
    assert found.spec.when[0].model_dump()["at"] == "08:00"


def test_nobody_comes_to_answer_for_a_prompt_that_they_do_not_see(room: MakingRoom) -> None:
    made = put(room, BEN, do=[LAMP, {"prompt": "open the safe", "gate": "True"}])
    later = written(spec(when={"at": "08:00"}))
    with pytest.raises(Refused, match="words that are not yours"):
        room.deeds.adopt("r1", asked())
    with pytest.raises(Refused, match="words that are not yours"):
        room.deeds.change("r1", later, asked())
    assert room.now("r1") == made
    waits = put(room, BEN, "r2", [LAMP, {"prompt": "open the safe", "gate": "True"}], state="waiting")
    with pytest.raises(Refused, match="words that are not yours"):
        room.deeds.adopt("r2", asked())
    assert room.now("r2") == waits
    assert room.deeds.change("r1", later, asked(BEN)).made_by.person == "ben"


def test_a_grown_up_moves_somebodys_reminder_without_a_word_of_it_lost(room: MakingRoom) -> None:
    put(room, CARL, do=SAYS)
    seen = room.routines.get("r1", BEN)
    assert seen is not None
    assert "dinner" not in seen.spec.model_dump_json()
    later = seen.spec.model_copy(update={"when": spec(when={"at": "08:00"}).when})
    found = room.deeds.change("r1", written(later), asked(BEN))
    assert (found.spec.name, found.spec.when) == ("Lamp", later.when)
    assert found.spec.do == (Says(say="dinner"),)
    assert found.made_by.person == "carl"


def test_nobody_comes_to_read_what_is_said_to_somebody_else_by_changing_it_or_taking_it_over(
    room: MakingRoom,
) -> None:
    put(room, do=[SAYS, LAMP])
    seen = room.routines.get("r1", BEN)
    assert seen is not None
    for deed in (
        lambda: room.deeds.change("r1", written(seen.spec), asked(BEN)),
        lambda: room.deeds.adopt("r1", asked(BEN)),
    ):
        with pytest.raises(Refused, match="words that are not yours"):
            deed()
    put(room, do=SAYS, ident="r2")
    with pytest.raises(Refused, match="words that are not yours"):
        room.deeds.change("r2", written(spec(do=LAMP)), asked(BEN))
    with pytest.raises(Refused, match="words that are not yours"):
        room.deeds.adopt("r2", asked(BEN))
    assert room.now("r2").made_by.person == "anna"


def test_an_owner_lets_go_on_what_waits_and_does_not_come_to_read_it(room: MakingRoom) -> None:
    put(room, as_person("ben", taint=("mail",)), do=SAYS, state="waiting")
    released = room.deeds.adopt("r1", asked())
    assert (released.state, released.made_by.person, released.adopted_by) == ("on", "ben", "")
    seen = room.routines.get("r1", ANNA)
    assert seen is not None
    assert "dinner" not in seen.spec.model_dump_json()


def test_what_waited_when_its_person_left_is_not_resumed_past_an_owner(room: MakingRoom) -> None:
    put(room, as_person("ben", taint=("mail",)), state="suspended", why="ben left")
    for origin in (ANNA, BEN):
        with pytest.raises(Refused, match="an owner"):
            room.deeds.resume("r1", asked(origin))
    assert room.now("r1").state == "suspended"


@pytest.mark.parametrize(
    ("before", "after"),
    [("on", "on"), ("paused", "paused"), ("waiting", "waiting"), ("over", "on"), ("suspended", "suspended")],
)
def test_a_change_is_no_yes_and_no_resume(room: MakingRoom, before: Any, after: str) -> None:
    put(room, state=before, why="said so", runs=3)
    found = room.deeds.change("r1", written(spec(when={"at": "08:00"})), asked())
    assert found.state == after
    assert found.runs == (0 if before == "over" else 3)


def test_a_change_that_outside_text_had_a_part_in_waits_and_keeps_every_mark(room: MakingRoom) -> None:
    put(room, as_person("anna", taint=("mail",)))
    tainted = as_person("anna", taint=("calendar",))
    found = room.deeds.change("r1", written(spec()), asked(tainted))
    assert (found.state, found.made_by.taint) == ("waiting", ("mail", "calendar"))
    found = room.deeds.change("r1", written(spec()), asked())
    assert (found.state, found.made_by.taint) == ("waiting", ("mail", "calendar")), "nobody washes it off"


def test_a_room_does_not_make_its_routine_live_longer_by_changing_it(room: MakingRoom) -> None:
    soon = NOW + timedelta(hours=1)
    put(room, VOICE, expires=soon)
    assert room.deeds.change("r1", written(spec(when={"at": "08:00"})), asked(VOICE)).expires == soon
    assert room.deeds.change("r1", written(spec()), asked(BEN)).expires is None


def test_how_often_it_runs_dry_begins_anew_only_where_that_was_changed(room: MakingRoom) -> None:
    put(room, spec=spec(shadow=3), state="shadow", shadow_left=1)
    assert room.deeds.change("r1", written(spec(shadow=3, when={"at": "08:00"})), asked()).shadow_left == 1
    assert room.deeds.change("r1", written(spec(shadow=5)), asked()).shadow_left == 5


@pytest.mark.parametrize("deed", ["schedule", "change"])
@pytest.mark.parametrize(
    "written_", ["", "{", "[]", "null", '{"name": "x"}', '{"name":"x","when":{"at":"25:00"},"do":[]}']
)
def test_what_is_no_routine_is_refused_with_what_was_expected(room: MakingRoom, deed: str, written_: str) -> None:
    made = put(room)
    with pytest.raises(Refused):
        room.deeds.schedule(written_, asked()) if deed == "schedule" else room.deeds.change("r1", written_, asked())
    assert room.book.all() == (made,)


def test_what_does_not_make_sense_here_is_refused_and_nothing_is_half_done(room: MakingRoom) -> None:
    heard: list[Routine] = []
    room.deeds.made.append(heard.append)
    nowhere = spec(do={"actions": [{"action": "light.turn_on", "entities": ["light.nowhere"]}]})
    with pytest.raises(Refused, match=r"light\.nowhere"):
        room.deeds.schedule(written(nowhere), asked())
    assert (room.book.all(), heard) == ((), [])
    made = room.deeds.schedule(written(spec()), asked())
    assert heard == [made]


def test_a_skill_gets_no_further_by_doing_it_later(room: MakingRoom) -> None:
    put(room)
    origin = replace(ANNA, skill="laundry-done")
    with pytest.raises(Refused, match="a skill sets up nothing for later"):
        room.deeds.schedule(written(spec(do=[SAYS, LAMP])), asked(origin))
    with pytest.raises(Refused, match="a skill sets up nothing for later"):
        room.deeds.change("r1", written(spec()), asked(origin))
    made = room.deeds.schedule(written(spec(do=SAYS)), asked(origin))
    assert made.made_by.skill == ""


def test_a_child_has_their_own_run_and_no_waiting_one_runs(room: MakingRoom) -> None:
    put(room, CARL)
    assert room.deeds.runs("r1", asked(CARL)).id == "r1"
    put(room, replace(CARL, taint=("mail",)), ident="r2", state="waiting", why="it waits")
    with pytest.raises(Refused, match="waiting: it waits"):
        room.deeds.runs("r2", asked(CARL))


@pytest.mark.parametrize(
    ("by", "taken", "who", "to"),
    [
        (ANNA, "", ANNA, "me"),
        (ANNA, "", BEN, "person:anna"),
        (VOICE, "", BEN, "place:hall"),
        (VOICE, "", VOICE, "me"),
        (replace(VOICE, person="anna"), "", ANNA, "place:hall"),  # only a voice like hers
        (replace(VOICE, authenticated=True), "", BEN, "place:hall"),
        (Origin("mqtt"), "", BEN, "me"),
        (BEN, "anna", ANNA, "person:ben"),
    ],
)
def test_what_was_said_to_me_goes_on_being_said_to_whom_it_was(by: Origin, taken: str, who: Origin, to: str) -> None:
    old = Routine("r1", spec(do=[LAMP, SAYS, {"say": "x", "to": "everyone"}]), by, NOW, adopted_by=taken)
    found = addressed(old.spec, old, asked(who))
    assert [one.to for one in found.do if isinstance(one, Says)] == [to, "everyone"]
    assert found.do[0] == old.spec.do[0]


def test_what_somebody_took_over_acts_for_them_until_somebody_else_changes_it(room: MakingRoom) -> None:
    later = written(spec(when={"at": "08:00"}))
    put(room, VOICE, adopted_by="ben")
    assert room.deeds.change("r1", later, asked(BEN)).adopted_by == "ben"
    found = room.deeds.change("r1", later, asked(ANNA))
    assert (found.adopted_by, found.made_by.person) == ("", "anna")
    put(room, CARL, ident="r2", do=SAYS, adopted_by="ben")
    seen = room.routines.get("r2", ANNA)
    assert seen is not None
    kept = room.deeds.change("r2", written(seen.spec), asked(ANNA))
    assert (kept.adopted_by, kept.made_by.person) == ("ben", "carl"), "a reminder that is moved stays whose it is"


def test_what_a_room_changes_ends_by_itself_from_then_on(room: MakingRoom) -> None:
    put(room, VOICE, expires=None)
    assert room.deeds.change("r1", written(spec(when={"at": "08:00"})), asked(VOICE)).expires is not None


def test_whoever_listens_hears_of_what_is_new_or_does_something_else(room: MakingRoom) -> None:
    heard: list[str] = []
    room.deeds.made.append(lambda routine: heard.append(f"{routine.id} {routine.made_by.person}"))
    put(room, VOICE)
    room.deeds.change("r1", written(spec(when={"at": "08:00"})), asked(BEN))
    room.deeds.adopt("r1", asked(ANNA))
    room.deeds.pause("r1", asked())
    made = room.deeds.schedule(written(spec()), asked(entry=60))
    assert heard == ["r1 ben", "r1 anna", f"{made.id} anna"]


def test_what_outside_text_had_a_part_in_is_resumed_once_somebody_answers_for_it_or_paused_it(
    room: MakingRoom,
) -> None:
    tainted = as_person("ben", taint=("mail",))
    put(room, tainted, state="paused")
    put(room, tainted, ident="r2", state="suspended", adopted_by="anna")
    assert [room.deeds.resume(one, asked()).state for one in ("r1", "r2")] == ["on", "on"]


@pytest.mark.parametrize(
    ("state", "left", "before", "after", "found"),
    [
        ("on", 0, 0, 3, ("shadow", 3)),
        ("on", 0, 3, 3, ("on", 0)),  # it has run dry as often as it should
        ("shadow", 1, 3, 3, ("shadow", 1)),
        ("shadow", 1, 3, 0, ("shadow", 0)),
        ("paused", 0, 0, 3, ("paused", 3)),
    ],
)
def test_a_change_has_it_run_dry_where_that_is_what_changed(
    room: MakingRoom, state: Any, left: int, before: int, after: int, found: tuple[str, int]
) -> None:
    put(room, spec=spec(shadow=before), state=state, shadow_left=left)
    changed = room.deeds.change("r1", written(spec(shadow=after, when={"at": "08:00"})), asked())
    assert (changed.state, changed.shadow_left) == found


def test_as_many_days_as_may_be_and_as_far_away(room: MakingRoom) -> None:
    put(room)
    days = ",".join((TODAY + timedelta(days=one)).isoformat() for one in range(MOST_SKIPS))
    assert len(room.deeds.skip("r1", days, asked()).skips) == MOST_SKIPS
    put(room, ident="r2")
    assert room.deeds.skip("r2", (TODAY + FARTHEST_SKIP).isoformat(), asked()).skips
