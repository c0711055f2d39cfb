"""What the rooms above are told of routines: what they may know, what was done, or one sentence why not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.routines import routines
from claw.routines.model import Done, Firing, Routine
from claw.routines.routines import MOST_RUNS, WAIT_S
from claw.routines.whose import PRIVATE_NAME
from tests.making_room import ANNA, BEN, CARL, GUS, NOW, VOICE, MakingRoom, as_person, making_room, spec

UNLOCK = {"actions": [{"action": "lock.unlock", "entities": ["lock.door"]}]}
SAFE = {"actions": [{"action": "lock.unlock", "entities": ["lock.safe"]}]}
RING = {"say": "buy the ring"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


def put(room: MakingRoom, ident: str, by: Origin, **more: Any) -> Routine:
    state = more.pop("state", "on")
    made = Routine(ident, spec(**more), by, NOW - timedelta(days=len(room.book.all()) - 9), state=state)
    room.book.put(made)
    return made


async def test_a_new_one_is_read_back_as_it_will_be(room: MakingRoom) -> None:
    room.keeper.coming = (NOW + timedelta(hours=18),)
    told = await room.routines.add(spec(do=UNLOCK), ANNA, said="unlock the door at seven")
    assert told.ok
    assert told.routine is not None
    assert told.text == (
        "Every day at 07:00: unlock the door. Next: tomorrow 07:00."
        " Each time somebody has to say yes before lock.unlock is done."
    )
    entry = room.audit.entry(told.routine.entry or 0)
    assert entry is not None
    assert entry.payload is not None
    assert entry.payload["said"] == "unlock the door at seven"


async def test_what_makes_no_sense_never_comes_to_the_gate(room: MakingRoom) -> None:
    told = await room.routines.add(spec(do=SAFE), ANNA)
    assert (told.ok, told.text) == (False, "That could never be done: the safe stays shut.")
    assert told.performed.outcomes == ()
    assert room.audit.head().seq == 0


async def test_a_question_is_told_as_it_is_and_nothing_stands_yet(room: MakingRoom) -> None:
    told = await room.routines.add(spec(), as_person("anna", taint=("mail",)))
    assert told.performed.pending is not None
    assert told.text == told.performed.pending.question
    assert room.book.all() == ()


async def test_while_claw_is_stopped_nothing_is_made(room: MakingRoom) -> None:
    room.stop.engage("test", ANNA)
    told = await room.routines.add(spec(), ANNA)
    assert not told.ok
    assert "stop" in told.text.lower()
    assert room.book.all() == ()


async def test_each_act_is_told_in_a_sentence_and_done(room: MakingRoom) -> None:
    made = put(room, "r1", ANNA)
    of = room.routines
    assert (await of.pause("r1", BEN)).text == '"Lamp" is paused.'
    assert (await of.resume("r1", BEN)).text == '"Lamp" is on again.'
    assert (await of.skip("r1", BEN, days=[date(2026, 11, 27)])).text == '"Lamp" does not run on Fri 27 Nov.'
    told = await of.change("r1", spec(when={"at": "08:00"}), ANNA)
    assert told.text == "Every day at 08:00: turn on the lamp."
    assert (await of.adopt("r1", BEN)).text == '"Lamp" is yours now.'
    assert (await of.remove("r1", BEN)).text == '"Lamp" is removed.'
    assert (await of.remove("r1", BEN)).text == "There is no such routine."
    assert of.get(made.id, BEN) is not None, "its history can still be looked at"


async def test_the_next_day_is_skipped_where_none_is_named(room: MakingRoom) -> None:
    put(room, "r1", ANNA)
    assert (await room.routines.skip("r1", ANNA)).text == "It is not due at any time that could be skipped."
    assert (await room.routines.skip("r1", GUS)).text == "There is no such routine."
    room.keeper.coming = (NOW.replace(hour=23, minute=30),)
    told = await room.routines.skip("r1", ANNA)
    assert told.routine is not None
    assert told.routine.skips == {date(2026, 11, 24)}, "the day that the clocks in the house show then"


@pytest.mark.parametrize(
    ("who", "seen"),
    [(ANNA, {"r1", "r2", "r3"}), (BEN, {"r1", "r2", "r3"}), (CARL, {"r2"}), (GUS, set()), (VOICE, {"r3"})],
)
async def test_everybody_is_shown_what_they_may_know_of(room: MakingRoom, who: Origin, seen: set[str]) -> None:
    for ident, by in (("r1", ANNA), ("r2", CARL), ("r3", VOICE)):
        put(room, ident, by)
    assert {one.id for one in room.routines.list(who)} == seen
    assert {ident for ident in ("r1", "r2", "r3") if room.routines.get(ident, who)} == seen
    assert {one.id for one in room.routines.named("lamp", who)} == seen


async def test_what_is_over_or_removed_is_shown_where_it_is_asked_for(room: MakingRoom) -> None:
    for ident, state in (("r1", "over"), ("r2", "on"), ("r3", "paused")):
        put(room, ident, ANNA, state=state)
    await room.routines.remove("r2", ANNA)
    assert [one.id for one in room.routines.list(ANNA)] == ["r3"]
    assert {one.id for one in room.routines.list(ANNA, over=True)} == {"r1", "r2", "r3"}


async def test_no_word_of_somebodys_reminder_reaches_anybody_else(room: MakingRoom) -> None:
    put(room, "r1", BEN, do=RING, name="the ring")
    run = room.book.claim(Firing("r1", 0, NOW, "k", cause="ring day", asked_by=BEN))
    assert run is not None
    room.book.close(run, Done("failed", "nobody heard of the ring"))
    (seen,) = room.routines.list(ANNA)
    assert seen.spec.name == PRIVATE_NAME
    assert room.routines.named("ring", ANNA) == ()
    (row,) = room.routines.history(ANNA)
    assert (row.status, row.reason, row.firing.cause, row.firing.asked_by) == ("failed", "", "", None)
    with pytest.raises(Refused, match="somebody else"):
        await room.routines.dry_run("r1", ANNA)
    told = await room.routines.pause("r1", ANNA)
    assert "ring" not in told.text
    assert [one.id for one in room.routines.named("the ring", BEN)] == ["r1"]
    assert room.routines.history(BEN)[0].reason == "nobody heard of the ring"


async def test_what_a_model_answered_somebody_is_told_to_nobody_else(room: MakingRoom) -> None:
    prompt = {"prompt": "is it the ring", "gate": "True"}
    put(room, "r1", BEN, do=[prompt, {"actions": [{"action": "light.turn_on", "entities": ["light.lamp"]}]}])
    run = room.book.claim(Firing("r1", 0, NOW, "k"))
    assert run is not None
    room.book.close(run, Done("failed", "it is the ring"))
    assert room.routines.history(ANNA)[0].reason == ""
    assert room.routines.history(BEN)[0].reason == "it is the ring"
    with pytest.raises(Refused, match="somebody else"):
        await room.routines.dry_run("r1", ANNA)


async def test_the_history_holds_what_one_may_know_of_and_no_more_than_asked_for(room: MakingRoom) -> None:
    for ident, by in (("r1", ANNA), ("r2", CARL)):
        put(room, ident, by)
        for minute in range(3):
            firing = Firing(ident, 0, NOW + timedelta(minutes=minute), f"{ident}-{minute}")
            assert room.book.claim(firing) is not None
    assert len(room.routines.history(ANNA, limit=MOST_RUNS * 9)) == 6
    assert {run.routine for run in room.routines.history(CARL)} == {"r2"}
    assert len(room.routines.history(ANNA, "r1", limit=2)) == 2
    assert room.routines.history(ANNA, limit=-1) == ()
    assert {run.firing.due for run in room.routines.history(ANNA, before=NOW + timedelta(minutes=1))} == {NOW}


async def test_a_childs_history_is_not_lost_among_everybody_elses(
    room: MakingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routines, "MOST_RUNS", 3)
    put(room, "r1", ANNA)
    put(room, "r2", CARL)
    for minute in range(8):
        of = "r2" if minute in {0, 4} else "r1"
        assert room.book.claim(Firing(of, 0, NOW + timedelta(minutes=minute), f"{minute}")) is not None
    assert [run.firing.key for run in room.routines.history(CARL)] == ["4", "0"]
    assert room.routines.history(GUS) == ()


@pytest.mark.parametrize(
    ("words", "found"),
    [("r2", ["r2"]), ("lamp", ["r1"]), ("the hall lamp routine", ["r2"]), ("HALL", ["r2", "r3"]), ("", []), ("my", [])],
)
async def test_a_routine_is_found_by_id_or_name(room: MakingRoom, words: str, found: list[str]) -> None:
    for ident, name in (("r1", "Lamp"), ("r2", "Hall lamp"), ("r3", "Hall")):
        put(room, ident, ANNA, name=name)
    if words == "HALL":
        found = ["r3"]
    assert [one.id for one in room.routines.named(words, ANNA)] == found


async def test_a_run_by_hand_is_told_with_what_came_of_it(room: MakingRoom) -> None:
    put(room, "r1", ANNA)
    room.keeper.came = Done("failed", "the lamp is dead")
    told = await room.routines.run("r1", ANNA)
    assert told.text == '"Lamp" failed. The lamp is dead.'
    assert told.run is not None
    room.keeper.refuses = "Claw is paused"
    told = await room.routines.run("r1", ANNA)
    assert (told.ok, told.text) == (False, "Claw is paused.")
    assert (await room.routines.run("r1", GUS)).text == "There is no such routine."


async def test_nobody_waits_for_ever_for_a_run_and_it_goes_on_without_them(room: MakingRoom) -> None:
    put(room, "r1", ANNA)
    room.keeper.hold = asyncio.Event()
    waiting = asyncio.create_task(room.routines.run("r1", ANNA))
    await room.keeper.began.wait()
    await room.clock.settle()
    await room.clock.advance(WAIT_S)
    told = await waiting
    assert told.text == '"Lamp" has begun and goes on.'
    (task,) = room.effector._tasks
    room.keeper.hold.set()
    assert (await task).status == "done"


async def test_a_dry_run_asks_and_does_nothing(room: MakingRoom) -> None:
    put(room, "r1", ANNA)
    assert (await room.routines.dry_run("r1", BEN)).would == ("turn on the lamp",)
    assert (await room.routines.dry_run(spec(), BEN)).would == ("turn on the lamp",)
    assert len(room.doing.asked) == 2
    with pytest.raises(Refused, match="the safe stays shut"):
        await room.routines.dry_run(spec(do=SAFE), BEN)
    for ident, who in (("r9", ANNA), ("r1", GUS)):
        with pytest.raises(Refused, match="no such routine"):
            await room.routines.dry_run(ident, who)
    assert len(room.doing.asked) == 2


async def test_what_is_ones_own_is_told_apart(room: MakingRoom) -> None:
    made = put(room, "r1", BEN)
    assert room.routines.own(made, BEN)
    assert not room.routines.own(made, ANNA)
    assert not room.routines.own(made, replace(BEN, authenticated=False))
    assert await room.routines.check(spec(), BEN) == ()


async def test_an_owner_who_lets_go_on_what_waits_is_not_told_that_it_is_theirs(room: MakingRoom) -> None:
    put(room, "r1", as_person("ben", taint=("mail",)), do=RING, state="waiting")
    told = await room.routines.adopt("r1", ANNA)
    assert told.text == "It goes on from now, and stays whose it is."
    assert told.routine is not None
    assert "ring" not in told.routine.spec.model_dump_json()
    assert room.now("r1").state == "on"
