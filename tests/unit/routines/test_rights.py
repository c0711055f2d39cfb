"""For whom a routine acts: who left has none that act, and what nobody in particular set up stays in its room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.policy.people import Hours, People, Person
from claw.routines.model import Firing, Routine, Run
from claw.routines.rights import FREE_DAYS, RoutineRights, acting, address, expiry, in_room, made, nobodys, task_of
from tests.doing_room import LAMP, UNLOCK, acts, spec
from tests.doing_room import acting as room_of
from tests.gate_room import CHILD, GARAGE, LAMP_ON, OWNER, PEOPLE, VOICE

UNLOCKS = Action("lock.unlock", ("lock.door",))
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
BEN = replace(OWNER, person="ben")
GUESSED = replace(VOICE, person="anna")
"""A voice that sounds like Anna's."""


def routine(by: Origin = OWNER, **more: Any) -> Routine:
    return Routine(more.pop("ident", "evening"), spec([acts(LAMP)]), by, NOW, **more)


def guard() -> Routine:
    """Return one that guards life and acts for the house alone."""
    return Routine("safety-smoke", spec([acts(LAMP)], kind="safety"), Origin("system"), NOW)


@pytest.mark.parametrize(
    ("found", "free"),
    [
        (routine(), False),
        (routine(CHILD), False),
        (routine(VOICE), True),
        (routine(GUESSED), True),
        (routine(Origin("system")), True),
        (routine(VOICE, adopted_by="ben"), False),
        (routine(replace(VOICE, authenticated=True)), True),  # a proven device is nobody in particular
        (guard(), False),
    ],
)
def test_who_answers_for_a_routine(found: Routine, free: bool) -> None:
    assert nobodys(found) is free


def test_what_nobody_answers_for_ends_by_itself() -> None:
    assert expiry(OWNER, NOW) is None
    assert expiry(VOICE, NOW) == expiry(GUESSED, NOW) == NOW + timedelta(days=FREE_DAYS)


def test_it_acts_in_its_own_name_for_its_person_with_its_taint() -> None:
    run = Run(7, "evening", Firing("evening", 0, NOW, "k"), "running")
    found = acting(routine(replace(OWNER, taint=("mail",), language="de"), language="de"), run)
    assert found == Origin(
        "routine", "anna", authenticated=True, source="routine:evening", routine="evening", task="run:7",
        taint=("mail",), language="de",
    )  # fmt: skip
    assert task_of(run) == "run:7"
    by_voice = acting(routine(VOICE))
    assert (by_voice.person, by_voice.place, by_voice.authenticated, by_voice.task) == (None, "hall", False, "")


def test_who_took_it_over_is_who_it_acts_for() -> None:
    taken = routine(replace(VOICE, taint=("mail",)), adopted_by="ben")
    maker = made(taken)
    assert maker is not None
    assert (maker.channel, maker.person, maker.authenticated, maker.taint) == ("web", "ben", True, ("mail",))
    assert (acting(taken).person, address(taken)) == ("ben", "person:ben")
    assert made(routine(adopted_by="anna")) == replace(OWNER, conversation="")
    assert address(routine(VOICE)) == "place:hall"
    assert address(routine(Origin("mqtt"))) == "everyone"


@pytest.mark.parametrize(
    ("action", "place", "why"),
    [
        (LAMP_ON, "hall", ""),
        (LAMP_ON, "kitchen", "outside of its room"),
        (LAMP_ON, None, "outside of its room"),
        (Action("light.turn_on", ("light.lamp", "lock.safe")), "hall", "outside of its room"),
        (Action("lock.unlock", ("lock.door",)), "hall", "risky"),
        (GARAGE, None, "risky"),
        (Action("lock.lock", ("lock.safe",)), None, "outside of its room"),  # which stands in no room either
        (Action("claw.notify", (), {"to": "place:hall", "text": "x"}), "hall", ""),
        (Action("claw.notify", (), {"to": "place:kitchen", "text": "x"}), "hall", "says nothing outside"),
        (Action("claw.notify", (), {"to": "everyone", "text": "x"}), "hall", "says nothing outside"),
        (Action("claw.notify", (), {"to": "person:anna", "text": "x"}), "hall", "says nothing outside"),
        (Action("claw.notify", (), {"to": "place:None", "text": "x"}), None, "says nothing outside"),
        (Action("persistent_notification.create", (), {"message": "x"}), "hall", "outside of its room"),
        (Action("claw.read_presence", (), {}), "hall", "outside of its room"),
    ],
)
async def test_what_nobody_in_particular_set_up_stays_in_its_room(
    action: Action, place: str | None, why: str, tmp_path: Path
) -> None:
    async with room_of(tmp_path) as room:
        registry = room.room.mirror.registry
        if not why:
            in_room(action, place, registry)
            return
        with pytest.raises(Refused, match=why):
            in_room(action, place, registry)


async def test_who_is_of_the_household_no_more_has_no_routine_that_acts(tmp_path: Path) -> None:
    without = People([one for one in PEOPLE if one.id != "ben"])
    async with room_of(tmp_path, people=without) as room:
        first, second = room.routine([acts(LAMP)], BEN, "first"), room.routine([acts(LAMP)], BEN, "second")
        anna = room.routine([acts(LAMP)])
        assert room.rights.look() == ("first", "second")
        assert [(one.to, "rest from now on" in one.text, "ben" in one.text) for one in room.told] == [
            ("person:anna", True, True)
        ]
        assert room.rights.look() == ()
        assert len(room.told) == 1
        for gone in (first, second):
            _, done = await room.do(gone)
            assert (done.status, "suspended" in done.reason) == ("refused", True)
        assert (await room.do(anna))[1].status == "done"


@pytest.mark.parametrize("state", ["on", "paused", "waiting"])
async def test_who_is_back_finds_their_routines_as_they_were(state: Any, tmp_path: Path) -> None:
    without = People([one for one in PEOPLE if one.id != "ben"])
    async with room_of(tmp_path, people=without) as room:
        room.routine([acts(LAMP)], BEN, state=state)
        room.routine([acts(LAMP)], OWNER, "other", state="suspended")
        assert room.rights.look() == ("evening",)
        room.rights.look()
        back = RoutineRights(room.book, PEOPLE, room.room.judge, room.clock, room.told.append)
        back.look()
        assert [one.state for one in room.book.all()] == [state, "suspended"]
        assert "left" not in room.book.kept("evening")


@pytest.mark.parametrize(
    ("person", "state", "why"),
    [
        (Person("ben", "Ben", "adult", end=date(2026, 1, 4)), "suspended", "no more since 2026-01-04"),
        (Person("ben", "Ben", "adult", end=date(2026, 1, 5)), "on", ""),
        (Person("ben", "Ben", "service", hours=(Hours("08:00", "11:00"),)), "on", "only at some hours"),
        (Person("ben", "Ben", "service", hours=(Hours("08:00", "13:00"),)), "on", ""),
    ],
)
async def test_outside_of_their_days_and_hours_nothing_is_done_for_somebody(
    person: Person, state: str, why: str, tmp_path: Path
) -> None:
    people = People([*(one for one in PEOPLE if one.id != "ben"), person])
    async with room_of(tmp_path, people=people) as room:
        found = room.routine([acts(LAMP)], BEN)
        room.rights.look()
        now = room.book.get("evening")
        assert now is not None
        assert now.state == state
        assert why in room.rights.why_not(found)
        assert bool(room.rights.why_not(found)) is bool(why)
        assert (await room.do(found))[1].status == ("refused" if why else "done")


async def test_what_nobody_takes_over_is_over_after_a_week(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        found = room.routine([acts(LAMP)], VOICE, expires=room.clock.now() + timedelta(days=FREE_DAYS))
        taken = room.routine([acts(LAMP)], VOICE, "taken", adopted_by="ben")
        assert room.rights.why_not(found) == ""
        await room.clock.advance(FREE_DAYS * 86_400)
        assert room.rights.why_not(found) == "its time is over"
        assert room.rights.look() == ("evening",)
        now = room.book.get("evening")
        assert now is not None
        assert (now.state, now.why) == ("over", "nobody took it over in 7 days")
        assert (await room.do(taken))[1].status == "done"


async def test_grown_ups_hear_once_of_what_nobody_in_particular_set_up(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        room.routine([acts(LAMP)], VOICE)
        assert [one.to for one in room.told] == ["person:anna"]
        assert all(word in room.told[0].text for word in ('"Hall"', "Evening", "lamp", "7 days"))
        room.book.change("evening", state="paused")
        room.book.change("evening", state="on")
        room.rights.look()
        room.routine([acts(UNLOCK)], OWNER, "hers")
        room.routine([{"say": "The egg is done."}], VOICE, "egg", kind="timer")
        assert len(room.told) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "web"},
        {"source": "routine:other"},
        {"source": ""},
        {"person": "ben"},
        {"authenticated": False},
        {"place": "hall"},
        {"routine": "made-up"},
    ],
    ids=str,
)
async def test_nobody_else_acts_in_its_name(change: dict[str, Any], tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        found = room.routine([acts(LAMP)])
        assert (await room.room.one(LAMP_ON, acting(found))).status == "done"
        outcome = await room.room.one(LAMP_ON, replace(acting(found), **change))
        assert outcome.status == "refused"


@pytest.mark.parametrize(
    "names",
    [
        ("claw.schedule",),
        ("claw.routine_run",),
        ("claw.routine_change",),
        ("claw.skill_accept",),
        ("claw.forget_all",),
        ("light.turn_on", "claw.routine_adopt"),
    ],
)
async def test_no_routine_decides_about_routines(names: Sequence[str], tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        found = room.routine([acts(LAMP)])
        with pytest.raises(Refused, match="no routine decides"):
            room.rights.bound([Action(name) for name in names], acting(found))


async def test_while_it_is_supposed_nothing_of_it_is_done(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        with room.rights.supposed(routine()) as origin:
            assert room.room.judge.judge((LAMP_ON,), origin).denied is None
            with pytest.raises(Refused, match="runs dry"):
                room.rights.charged(LAMP_ON, origin)
        with pytest.raises(Refused, match="no routine"):
            room.rights.maker(origin)


async def test_who_wants_it_to_run_is_its_hand_only_while_that_lasts(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        origin = acting(room.routine([acts(LAMP)], state="paused"))
        assert not room.rights.by_request(origin)
        with room.rights.by_hand("evening"):
            assert room.rights.by_request(origin)
            assert not room.rights.by_request(replace(origin, routine="other"))
            assert not room.rights.by_request(OWNER)
            assert room.rights.maker(origin) is not None
        assert not room.rights.by_request(origin)


async def test_nothing_ends_before_its_week_and_what_is_over_or_gone_stays_so(tmp_path: Path) -> None:
    without = People([one for one in PEOPLE if one.id != "ben"])
    async with room_of(tmp_path, people=without) as room:
        soon = room.clock.now() + timedelta(seconds=1)
        room.routine([acts(LAMP)], VOICE, "by-ear", expires=soon)
        room.routine([acts(LAMP)], VOICE, "over", expires=room.clock.now(), state="over")
        room.routine([acts(LAMP)], BEN, "bens", state="over")
        room.routine([acts(LAMP)], BEN, "gone")
        assert room.rights.look() == ("gone",)
        room.rights.look()
        states = {one.id: one.state for one in room.book.all()}
        assert states == {"by-ear": "on", "over": "over", "bens": "over", "gone": "suspended"}


async def test_what_was_removed_may_not_even_be_judged(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        found = room.routine([acts(LAMP)])
        room.book.remove("evening", "by hand")
        with pytest.raises(Refused, match="there is no routine"):
            room.rights.bound((LAMP_ON,), acting(found))
        room.rights.changed("evening")  # nor is anything said of it
        assert not room.told


async def test_what_by_ear_only_tells_is_news_where_it_is_no_timer_and_so_is_a_timer_that_acts(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        words = {"say": "The egg is done."}
        room.routine([words], VOICE, "words")
        room.routine([words, acts(LAMP)], VOICE, "timer", kind="timer")
        room.routine([acts(LAMP)], VOICE, "over", state="over")
        assert len(room.told) == 2
        room.book.changed.clear()
        room.routine([acts(LAMP)], VOICE, "unheard")
        room.rights.look()
        room.rights.look()
        assert len(room.told) == 3


async def test_whom_something_is_told(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        assert room.rights.people_of(("child",)) == ("person:carl",)
        assert room.rights.people_of(()) == ("person:anna", "person:ben")
    alone = People([one for one in PEOPLE if one.role != "owner"])
    (tmp_path / "alone").mkdir()
    async with room_of(tmp_path / "alone", people=alone) as room:
        room.routine([acts(LAMP)], VOICE)
        assert [one.to for one in room.told] == ["person:ben"]


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (7, "and 2 more")])
async def test_owners_hear_which_rows_are_damaged(count: int, more: str, tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        room.rights.unread({})
        assert not room.told
        room.rights.unread({f"r{number}": "cut" for number in range(count)})
        (told,) = room.told
        assert told.to == "person:anna"
        assert '"r0"' in told.text
        assert ("more" in told.text, more in told.text) == (bool(more), True)


async def test_what_guards_life_acts_for_nobody_and_is_bound_to_no_room(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        room.book.put(guard())
        origin = acting(guard())
        assert (origin.person, origin.authenticated, origin.place) == (None, False, None)
        assert room.rights.maker(origin) is None
        room.rights.bound((LAMP_ON, UNLOCKS), origin)


async def test_what_nobody_in_particular_set_up_is_bound_to_its_room(tmp_path: Path) -> None:
    async with room_of(tmp_path) as room:
        origin = acting(room.routine([acts(LAMP)], VOICE))
        room.rights.bound((LAMP_ON,), origin)
        with pytest.raises(Refused, match="risky"):
            room.rights.bound((LAMP_ON, UNLOCKS), origin)
