"""What a channel is told about routines: only what is for its eyes, with what may be asked for, and the truth of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from claw.base.action import Action, Origin, Outcome, OutcomeStatus, Pending, Reply, Terms
from claw.base.errors import Refused
from claw.channels.routined import DEEDS, Deed, opened
from claw.routines.model import Done
from tests.routine_room import ANNA, BEN, CARL, GUS, HOUSE, LAMP, NOW, VOICE, Room, desk_of, routine, run

QUESTION = Pending("q1", "Shall I?", (), ANNA, Terms(), "rule", {}, NOW, NOW, 1)


async def names(room: Room, origin: Origin) -> list[str]:
    return [row["name"] for row in (await desk_of(room).listed(origin))]


async def test_a_routine_is_told_in_one_line_with_what_it_does_and_when_next() -> None:
    room = Room()
    room.put(routine(state="paused", why="paused by hand", name="Morning"), routine("r2"))
    first, second = await desk_of(room).listed(ANNA)
    assert (first["name"], first["state"], first["why"], first["next"]) == ("Morning", "paused", "paused by hand", [])
    assert second["does"] == ["turn on Kitchen Ceiling"]
    assert "07:00" in second["when"][0]
    assert [one["wall"] for one in second["next"]] == [
        "2026-11-24T07:00:00",
        "2026-11-25T07:00:00",
        "2026-11-26T07:00:00",
    ]
    assert (second["made_by"], second["mine"], second["by_event"]) == ("Anna", True, False)


async def test_what_has_ended_is_listed_only_where_it_is_asked_for() -> None:
    room = Room()
    room.put(routine(state="over"), routine("r2", state="removed"), routine("r3"))
    desk = desk_of(room)
    assert [row["id"] for row in (await desk.listed(ANNA))] == ["r3"]
    assert [row["id"] for row in (await desk.listed(ANNA, over=True))] == ["r1", "r2", "r3"]


async def test_children_and_guests_know_of_their_own_only() -> None:
    room = Room()
    room.put(routine("r1", ANNA, name="a"), routine("r2", CARL, name="c"), routine("r3", GUS, name="g"))
    assert ((await names(room, ANNA)), (await names(room, BEN))) == (["a", "c", "g"], ["a", "c", "g"])
    assert ((await names(room, CARL)), (await names(room, GUS)), (await names(room, VOICE))) == (["c"], ["g"], [])
    desk = desk_of(room)
    with pytest.raises(Refused, match="no routine called r1"):
        await desk.one("r1", CARL)
    with pytest.raises(Refused, match="no routine called r1"):
        desk.export("r1", CARL)
    assert [row["routine"] for row in (await desk.next(CARL, limit=3))] == ["r2"] * 3
    with pytest.raises(Refused, match="no routine called r1"):
        (await desk.history(CARL, routine="r1"))


async def test_nobody_decides_about_what_they_may_not_know_of() -> None:
    room = Room()
    room.put(routine())
    answer = await desk_of(room).decide("remove", "r1", CARL)
    assert (answer["status"], answer["text"], room.asked) == ("refused", "there is no routine called r1", [])


async def test_a_reminder_is_nobody_elses_to_read() -> None:
    room = Room(runs=[run(1, "r1", reason="pills", cause="pills")])
    room.put(routine("r1", BEN, {"say": "take the pills"}, name="pills", kind="reminder"))
    desk = desk_of(room)
    for told in (
        (await desk.listed(ANNA)),
        (await desk.one("r1", ANNA)),
        (await desk.next(ANNA)),
        (await desk.history(ANNA)),
    ):
        assert "pills" not in str(told).replace("'cause': 'pills'", "")
    assert (await desk.listed(ANNA))[0]["does"] == ["tell Ben something"]
    assert "pills" in str(await desk.listed(BEN))
    with pytest.raises(Refused, match="words of somebody else"):
        desk.export("r1", ANNA)


async def test_what_is_said_to_one_person_in_a_longer_routine_is_theirs_too() -> None:
    room = Room(runs=[run(1, status="shadow", reason='told Ben "the pills"')], wouldst={1: ("tell Ben: pills",)})
    room.put(routine("r1", BEN, [LAMP, {"say": "take the pills"}, {"prompt": "pills?", "gate": "True"}]))
    desk = desk_of(room)
    for told in ((await desk.listed(ANNA)), (await desk.one("r1", ANNA)), (await desk.history(ANNA))):
        assert "pills" not in str(told)
    assert (await desk.listed(ANNA))[0]["does"][0] == "turn on Kitchen Ceiling"
    assert "take the pills" in str(await desk.one("r1", BEN))
    assert (await desk.history(BEN))[0]["would"] == ["tell Ben: pills"]


async def test_where_somebody_was_is_not_told_by_what_set_it_off() -> None:
    room = Room(runs=[run(1, "r1", cause="Ben left"), run(2, "r2", cause="the door opened", due=NOW + timedelta(1))])
    room.put(
        routine("r1", when={"presence": "ben", "does": "leaves"}),
        routine("r2", when={"state": "binary_sensor.front_door", "to": "on"}),
    )
    assert [row["cause"] for row in (await desk_of(room).history(ANNA))] == ["the door opened", ""]


async def test_a_row_of_the_history_says_how_late_it_was_and_who_asked() -> None:
    late = run(1, began=NOW + timedelta(minutes=7), asked_by=BEN, times=3, entries=(5,), reason="\x1b[2Jbad\u202e")
    room = Room(runs=[late, run(2, began=NOW + timedelta(seconds=2))])
    room.put(routine())
    second, first = await desk_of(room).history(ANNA)
    assert (first["late_s"], first["by_hand"], first["times"], first["entries"]) == (420, "Ben", 3, [5])
    assert (first["reason"], second["late_s"]) == ("[2Jbad", 0)
    assert first["due"]["wall"] == "2026-11-23T13:00:00"


async def test_history_is_cut_and_goes_on_before_a_moment() -> None:
    room = Room(runs=[run(number, due=NOW + timedelta(hours=number)) for number in range(10)])
    room.put(routine())
    desk = desk_of(room)
    assert [row["id"] for row in (await desk.history(ANNA, limit=3))] == [9, 8, 7]
    assert [row["id"] for row in (await desk.history(ANNA, limit=3, before=NOW + timedelta(hours=7)))] == [6, 5, 4]


async def test_the_next_firings_of_all_are_in_order() -> None:
    room = Room()
    room.put(routine("r2"), routine("r1", BEN), routine("r3", state="paused"))
    due = [(row["routine"], row["wall"][:10]) for row in (await desk_of(room).next(ANNA, limit=3))]
    assert due == [("r1", "2026-11-24"), ("r2", "2026-11-24"), ("r1", "2026-11-25")]


async def test_a_day_holds_what_ran_on_it_and_what_is_to_come() -> None:
    room = Room(runs=[run(1, due=NOW - timedelta(days=1)), run(2, due=NOW - timedelta(hours=2)), run(3, "r2")])
    room.put(routine(), routine("r2", BEN), routine("r3", CARL, {"say": "pills"}, kind="reminder"))
    desk = desk_of(room)
    today = await desk.day(ANNA)
    assert (today["day"], today["now"], [row["id"] for row in today["ran"]]) == ("2026-11-23", 780.0, [2, 3])
    assert today["due"] == []
    tomorrow = await desk.day(ANNA, day=date(2026, 11, 24))
    assert (tomorrow["now"], [row["routine"] for row in tomorrow["due"]]) == (None, ["r1", "r2", "r3"])
    assert "pills" not in str(tomorrow)
    assert [row["id"] for row in (await desk.day(ANNA, routine="r1", day=date(2026, 11, 22)))["ran"]] == [1]
    assert [row["id"] for row in (await desk.day(CARL))["ran"]] == []


@pytest.mark.parametrize("day", [date.max, date.min])
async def test_a_day_that_is_none_is_refused(day: date) -> None:
    with pytest.raises(Refused, match="no such day"):
        (await desk_of(Room()).day(ANNA, day=day))


@pytest.mark.parametrize(
    ("made", "viewer", "can"),
    [
        (routine(), ANNA, "run pause skip remove"),
        (routine(state="paused"), ANNA, "run resume remove"),
        (routine(state="over"), ANNA, "remove"),
        (routine(state="removed"), ANNA, ""),
        (routine(when={"event": "x"}), ANNA, "run pause remove"),
        (routine(by=BEN), ANNA, "run pause skip remove"),
        (routine(by=VOICE, expires=NOW), BEN, "run pause skip remove adopt"),
        (routine(by=BEN, state="suspended"), BEN, "remove"),
        (routine(by=BEN, state="suspended"), ANNA, "remove adopt"),
        (routine(by=BEN, state="waiting"), ANNA, "remove adopt"),
        (routine(by=VOICE, state="waiting"), BEN, "remove"),
        (routine(by=VOICE, state="waiting"), ANNA, "remove adopt"),
        (routine("safety-smoke", kind="safety"), ANNA, "run pause"),
        (routine("safety-smoke", kind="safety"), BEN, ""),
        (routine("skill-laundry-done-0"), ANNA, "run pause skip"),
    ],
)
async def test_what_is_offered_makes_sense_and_is_theirs(made: Any, viewer: Origin, can: str) -> None:
    room = Room()
    room.put(made)
    (row,) = await desk_of(room).listed(viewer, over=True)
    assert " ".join(row["can"]) == can


@pytest.mark.parametrize("deed", DEEDS)
async def test_each_deed_asks_for_just_that(deed: Deed) -> None:
    room = Room(ran=run(1))
    room.put(routine(name="Morning"))
    days = [date(2026, 11, 27)]
    answer = await desk_of(room).decide(deed, "morning", ANNA, days=days)
    assert (answer["status"], answer["text"], answer["routine"]["id"]) == ("done", "So it is.", "r1")
    assert room.asked == [(deed, "r1", "anna", *([("2026-11-27",)] if deed == "skip" else []))]


@pytest.mark.parametrize(
    ("outcome", "status"), [("refused", "stopped"), ("failed", "failed"), ("unknown", "failed"), ("sent", "failed")]
)
async def test_what_was_not_done_is_not_told_as_done(outcome: OutcomeStatus, status: str) -> None:
    room = Room(outcome=outcome)
    room.put(routine())
    answer = await desk_of(room).decide("pause", "r1", ANNA)
    assert (answer["status"], answer["routine"]) == (status, None)
    assert ("stopped" in answer["text"]) is (status == "stopped")


async def test_a_question_that_stands_first_is_named() -> None:
    room = Room(pending=QUESTION)
    room.put(routine())
    answer = await desk_of(room).decide("pause", "r1", ANNA)
    assert (answer["status"], answer["ask"]) == ("pending", "q1")


async def test_what_several_are_called_is_asked_back_with_their_ids() -> None:
    room = Room()
    room.put(routine(), routine("r2"))
    answer = await desk_of(room).decide("remove", "lamp", ANNA)
    assert (answer["status"], room.asked) == ("refused", [])
    assert "r1 (Lamp), r2 (Lamp)" in answer["text"]


async def test_a_routine_is_made_as_it_is_written() -> None:
    room = Room()
    written = {"name": "Up", "when": {"at": "07:00"}, "do": "light.turn_on light.kitchen_ceiling"}
    answer = await desk_of(room).add(written, ANNA)
    assert (answer["status"], answer["routine"]["name"], len(answer["routine"]["next"])) == ("done", "Up", 3)
    wrong = await desk_of(room).add({**written, "do": "dance"}, ANNA)
    assert (wrong["status"], len(room.asked)) == ("refused", 1)


async def test_a_dry_run_makes_and_does_nothing() -> None:
    room = Room()
    room.put(routine())
    desk, written = desk_of(room), {"name": "Up", "when": {"at": "07:00"}, "do": {"say": "x"}}
    for told in (await desk.dry_run("r1", ANNA), await desk.add(written, ANNA, dry_run=True)):
        assert (told["status"], told["would"]) == ("answered", ["turn on the lamp"])
    assert [one[0] for one in room.asked] == ["dry run", "dry run"]
    room.problems = ("There is no light.gone.",)
    told = await desk.add(written, ANNA, dry_run=True)
    assert (told["status"], told["text"]) == ("refused", "There is no light.gone.")
    room.dry = Done("shadow", would=("open it",))
    assert (await desk.dry_run("r1", ANNA))["text"] == "It would do this, and nothing was done:"
    room.dry = Done("skipped")
    assert (await desk.dry_run("r1", ANNA))["text"] == "It would do nothing."
    room.dry = Done("refused", "the rules say no")
    assert (await desk.dry_run("r1", ANNA))["status"] == "refused"


async def test_a_sentence_goes_to_talk_about_routines_and_to_nothing_else() -> None:
    room = Room()
    desk = desk_of(room)
    answer = await desk.say("open the blinds", ANNA)
    assert (answer["status"], room.asked) == ("unclear", [("talk", "open the blinds", "anna")])
    room.reply = Reply("Every day at 07:00.", "pending", pending=(QUESTION,))
    answer = await desk.say("at seven open the blinds", ANNA)
    assert (answer["status"], answer["text"], answer["ask"]) == ("pending", "Every day at 07:00.", "q1")
    assert (await desk.say("x" * 1001, ANNA))["status"] == "unclear"
    assert len(room.asked) == 2


async def test_a_sentence_that_made_or_changed_one_comes_back_with_it() -> None:
    room = Room()
    room.put(routine("r17"), routine("r2"))

    def act(name: str, **data: str) -> Outcome:
        return Outcome(Action(name, (), data), "sent", audit=17)

    for outcomes, ident in (
        ((act("claw.schedule"),), "r17"),
        ((act("claw.routine_pause", routine="r2"),), "r2"),
        ((act("claw.routine_remove", routine="r2"), act("claw.routine_remove", routine="r17")), None),
        ((act("light.turn_on"),), None),
        ((replace(act("claw.schedule"), status="refused"),), None),
    ):
        room.reply = Reply("So it is.", "done", outcomes)
        row = (await desk_of(room).say("x", ANNA))["routine"]
        assert (row["id"] if row else None) == ident


def test_an_export_says_what_is_left_out() -> None:
    room = Room()
    room.put(routine(do=[LAMP, {"skill": "movie-time"}]))
    made = desk_of(room).export("lamp", ANNA)
    assert "light.turn_on" in made["yaml"]
    assert made["left_out"] == ["the skill movie-time runs in Claw only: left out"]


@pytest.mark.parametrize(
    ("came", "status"),
    [
        ("done", "done"),
        ("shadow", "answered"),
        ("skipped", "answered"),
        ("asked", "pending"),
        ("held", "refused"),
        ("refused", "refused"),
        ("failed", "failed"),
        ("unknown", "failed"),
        (None, "started"),
    ],
)
async def test_what_came_of_a_run_is_its_status(came: Any, status: str) -> None:
    room = Room(ran=run(1, status=came) if came else None)
    room.put(routine())
    assert (await desk_of(room).decide("run", "r1", ANNA))["status"] == status


async def test_what_guards_life_is_tried_by_running_its_test() -> None:
    room = Room(ran=run(1, "safety-test", "failed"))
    room.put(routine("safety-test", kind="safety"))
    assert (await desk_of(room).listed(ANNA))[0]["made_by"] == "the house"
    assert (await desk_of(room).test_safety(ANNA))["status"] == "failed"
    assert room.asked == [("run", "safety-test", "anna")]
    assert (await desk_of(room).test_safety(CARL))["status"] == "refused"
    room.outcome = "refused"
    assert (await desk_of(room).test_safety(BEN))["status"] == "stopped"


def test_a_question_about_one_is_in_words_on_its_card() -> None:
    spec = '{"name": "Up", "when": [{"at": "07:00"}], "do": [{"say": "up"}]}'
    asks = replace(QUESTION, actions=(Action("claw.schedule", (), {"spec": spec}), Action("light.turn_on")))
    first, second = opened(asks, HOUSE).actions
    assert (first.data["when"], first.data["name"], second) == ("every day at 07:00", "Up", asks.actions[1])
    assert "spec" not in first.data
    assert opened(QUESTION, HOUSE) is QUESTION


async def test_what_cannot_be_set_off_any_more_is_said_beside_it() -> None:
    room = Room()
    room.put(routine(), routine("r2", state="paused", why="paused by hand"), routine("r3"))
    room.broken = dict.fromkeys(("r1", "r2"), "The door is not in the house any more.")
    assert [row["why"] for row in (await desk_of(room).listed(ANNA))] == [room.broken["r1"], "paused by hand", ""]
