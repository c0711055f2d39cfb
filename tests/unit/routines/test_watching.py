"""What of the house sets a routine off, and what does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watch_room import WatchRoom

DOOR, LAMP, HEAT = "binary_sensor.door", "light.desk", "sensor.heat"
OPEN = {"state": DOOR, "to": "on"}
OPEN_LONG = OPEN | {"for": "2 min"}
HOT = {"number": HEAT, "above": 26, "hysteresis": 1}


@pytest.fixture
async def room() -> AsyncIterator[WatchRoom]:
    made = WatchRoom(DOOR, LAMP, HEAT, "person.anna", "person.ben")
    for entity, value in ((DOOR, "off"), (LAMP, "off"), (HEAT, "20"), ("person.anna", "home"), ("person.ben", "home")):
        made.set(entity, value)
    await made.begin()
    yield made
    await made.watching.close()


async def test_a_state_that_is_come_to_fires_once(room: WatchRoom) -> None:
    room.routine(OPEN)
    room.set(DOOR, "on", context="by-anna")
    assert [(one.cause, one.context, one.due) for one in room.fired] == [("door is on", "by-anna", room.clock.now())]
    room.set(DOOR, "on", brightness=3)
    room.set(DOOR, "off")
    assert len(room.fired) == 1
    await room.clock.advance(1)
    room.set(DOOR, "on")
    assert len({one.key for one in room.fired}) == 2


@pytest.mark.parametrize(
    ("trigger", "values", "count"),
    [
        ({"state": DOOR}, ["on", "off", "on"], 3),
        ({"state": DOOR, "to": ["on", "jammed"]}, ["on", "jammed", "off", "jammed"], 3),
        ({"state": DOOR, "to": "on", "from": "jammed"}, ["on", "jammed", "on"], 1),
        ({"state": DOOR, "from": "on"}, ["on", "off", "jammed"], 1),
        (OPEN, ["unavailable", "off", "unknown", "off"], 0),
        (OPEN, ["on", "unavailable", "on", "unknown", "on"], 1),
        (OPEN, ["unavailable", "on"], 1),
        ({"state": DOOR}, ["unavailable", "off"], 0),
        ({"state": DOOR, "to": "unavailable"}, ["unavailable", "on", "unavailable"], 2),
    ],
)
async def test_only_a_value_is_a_change(room: WatchRoom, trigger: object, values: list[str], count: int) -> None:
    room.routine(trigger)
    for value in values:
        await room.clock.advance(1)
        room.set(DOOR, value)
    assert len(room.fired) == count


async def test_how_the_house_is_when_a_routine_is_made_is_no_event(room: WatchRoom) -> None:
    room.set(DOOR, "on")
    room.set(HEAT, "30")
    room.routine(OPEN, OPEN_LONG, HOT, {"holds": {"states": {DOOR: "on"}}}, {"presence": "anna", "does": "comes"})
    await room.clock.advance(600)
    assert room.fired == []


async def test_a_state_counts_only_once_it_has_stayed(room: WatchRoom) -> None:
    room.routine(OPEN_LONG)
    room.set(DOOR, "on")
    await room.clock.advance(119)
    room.set(DOOR, "off")
    await room.clock.advance(600)
    assert room.fired == []
    room.set(DOOR, "on")
    began = room.clock.now()
    await room.clock.advance(600)
    assert [(one.cause, one.due) for one in room.fired] == [("door is on for 2 min", began + timedelta(minutes=2))]


async def test_what_is_unavailable_does_not_stay_and_begins_anew(room: WatchRoom) -> None:
    room.routine(OPEN_LONG)
    room.set(DOOR, "on")
    await room.clock.advance(60)
    room.set(DOOR, "unavailable")
    await room.clock.advance(300)
    assert room.fired == []
    room.set(DOOR, "on")
    await room.clock.advance(119)
    assert room.fired == []
    await room.clock.advance(1)
    assert len(room.fired) == 1
    await room.clock.advance(600)
    room.set(DOOR, "unavailable")
    room.set(DOOR, "on")
    await room.clock.advance(600)
    assert len(room.fired) == 1  # it was counted, and has not been anything else since


@pytest.mark.parametrize(
    ("trigger", "figures", "count"),
    [
        (HOT, ["26", "26.1", "25.5", "27", "25", "26.5"], 2),
        ({"number": HEAT, "above": 26}, ["26.1", "26", "26.1"], 2),
        ({"number": HEAT, "below": 5, "hysteresis": 2}, ["4", "6", "4", "7", "4"], 2),
        (HOT, ["unavailable", "27", "unknown", "27", "nonsense", "28"], 1),
        (HOT, ["nan", "inf", "27"], 1),
    ],
)
async def test_a_figure_counts_again_once_it_was_far_enough_on_the_other_side(
    room: WatchRoom, trigger: object, figures: list[str], count: int
) -> None:
    room.routine(trigger)
    for figure in figures:
        await room.clock.advance(1)
        room.set(HEAT, figure)
    assert len(room.fired) == count


async def test_an_attribute_that_passes_twice_in_one_state_fires_twice(room: WatchRoom) -> None:
    room.routine({"number": LAMP, "attribute": "brightness", "above": 100})
    for brightness in (50, 150, 50, 150, "bright", True):
        await room.clock.advance(1)
        room.set(LAMP, "off", brightness=brightness)
    assert [one.cause for one in room.fired] == ["desk is 150, above 100"] * 2
    assert len({one.key for one in room.fired}) == 2


async def test_a_figure_that_must_stay_may_not_dip(room: WatchRoom) -> None:
    room.routine(HOT | {"for": "1 min"})
    room.set(HEAT, "27")
    await room.clock.advance(30)
    room.set(HEAT, "25.9")  # within the hysteresis, and not above any more
    await room.clock.advance(1)
    room.set(HEAT, "27")
    await room.clock.advance(59)
    assert room.fired == []
    await room.clock.advance(1)
    assert len(room.fired) == 1


PRESENCE = [
    ("anna", "comes", [("anna", "away"), ("ben", "away"), ("ben", "home"), ("anna", "home")], ["Anna came home"]),
    ("anyone", "leaves", [("anna", "away"), ("ben", "work")], ["Anna left", "Ben left"]),
    ("last", "leaves", [("anna", "away"), ("ben", "away"), ("ben", "work")], ["Ben left, and nobody else is at home"]),
    (
        "first",
        "comes",
        [("anna", "away"), ("ben", "away"), ("anna", "home"), ("ben", "home")],
        ["Anna came home, and nobody else is at home"],
    ),
    ("last", "leaves", [("anna", "unknown"), ("ben", "away")], []),
    (
        "last",
        "leaves",
        [("anna", "away"), ("anna", "unknown"), ("ben", "away")],
        ["Ben left, and nobody else is at home"],
    ),
    ("anna", "leaves", [("anna", "work"), ("anna", "away"), ("anna", "unavailable"), ("anna", "home")], ["Anna left"]),
]


@pytest.mark.parametrize(("who", "does", "moves", "causes"), PRESENCE)
async def test_people_come_and_leave(
    room: WatchRoom, who: str, does: str, moves: list[tuple[str, str]], causes: list[str]
) -> None:
    room.routine({"presence": who, "does": does})
    for person, where in moves:
        await room.clock.advance(1)
        room.set(f"person.{person}", where)
    assert room.take() == causes


async def test_somebody_of_whom_nothing_was_ever_known_may_be_at_home(room: WatchRoom) -> None:
    room.set("person.ben", "unknown")
    await room.again()
    room.routine({"presence": "last", "does": "leaves"})
    room.set("person.anna", "away")
    assert room.fired == []
    assert room.watching.problems() == {"one": "Nothing says where Ben is, so nobody can be the last one."}


async def test_nobody_home_for_a_while_ends_with_whoever_comes_back(room: WatchRoom) -> None:
    room.routine({"presence": "last", "does": "leaves", "for": "10 min"})
    room.set("person.anna", "away")
    room.set("person.ben", "away")
    await room.clock.advance(500)
    room.set("person.anna", "home")
    await room.clock.advance(500)
    assert room.fired == []
    room.set("person.anna", "away")
    await room.clock.advance(600)
    assert len(room.fired) == 1


async def test_a_condition_fires_when_all_of_it_comes_about(room: WatchRoom) -> None:
    room.routine({"holds": {"states": {DOOR: "on", LAMP: "on"}, "home": "anna"}})
    room.set(DOOR, "on")
    assert room.fired == []
    room.set(LAMP, "on")
    assert room.take() == ["its condition came about"]
    room.set(LAMP, "unavailable")
    room.set(LAMP, "on")
    assert room.fired == []  # that it was not known is no end of it
    room.set("person.anna", "away")
    await room.clock.advance(1)
    room.set("person.anna", "home")
    assert len(room.fired) == 1


async def test_a_condition_by_the_clock_is_looked_at_each_minute(room: WatchRoom) -> None:
    room.routine({"holds": {"between": ["13:30", "14:00"], "states": {DOOR: "off"}}})  # 12:00 UTC is 13:00 there
    await room.clock.advance(29 * 60 + 59)
    assert room.fired == []
    await room.clock.advance(1)
    assert [one.due.isoformat() for one in room.fired] == ["2026-01-05T12:30:00+00:00"]
    await room.clock.advance(24 * 3600)
    assert len(room.fired) == 2


async def test_an_event_fires_where_its_data_fit(room: WatchRoom) -> None:
    room.routine({"event": "zha_event", "data": {"command": "on", "args": 1}})
    await room.clock.settle()
    assert room.backend.asked == ["zha_event"]
    for data in ({"command": "on", "args": 1, "more": "x"}, {"command": "on", "args": True}, {"command": "off"}, {}):
        room.mirror.happened("zha_event", data, "by-remote")
    room.mirror.happened("other", {"command": "on", "args": 1})
    assert [(one.cause, one.context) for one in room.fired] == [("the event zha_event", "by-remote")]
    room.mirror.happened("zha_event", {"command": "on", "args": 1})
    assert len({one.key for one in room.fired}) == 2


async def test_an_event_that_the_house_does_not_tell_of_is_a_problem(room: WatchRoom) -> None:
    room.backend.refuses = frozenset(("zha_event",))
    room.routine({"event": "zha_event"})
    room.routine({"event": "tag_scanned"}, name="two")
    await room.clock.settle()
    assert "zha_event cannot set it off" in room.watching.problems()["one"]
    assert "two" not in room.watching.problems()


async def test_what_is_paused_or_removed_sees_nothing_and_begins_with_the_house_as_it_is(room: WatchRoom) -> None:
    made = room.routine(OPEN, OPEN_LONG)
    room.set(DOOR, "on")
    room.take()
    room.shelf.put(replace(made, state="paused"))
    await room.clock.advance(600)
    room.set(DOOR, "off")
    room.shelf.put(made)
    await room.clock.advance(1)
    assert room.fired == []
    room.set(DOOR, "on")
    assert len(room.fired) == 1


# A restart, and a house that was out of sight.


@pytest.mark.parametrize("how", ["again", "crash"])
async def test_a_restart_is_no_event(room: WatchRoom, how: str) -> None:
    triggers = (OPEN, HOT, {"holds": {"states": {DOOR: "on"}}}, {"presence": "anna", "does": "leaves"})
    room.routine(*triggers)
    room.set(DOOR, "on")
    room.set(HEAT, "30")
    room.set("person.anna", "away")
    await room.clock.advance(40)
    assert len(room.take()) == 4
    await getattr(room, how)()
    await room.clock.advance(600)
    assert room.fired == []
    room.set(HEAT, "25.5")
    room.set(HEAT, "27")
    assert room.fired == []  # it had counted before the restart, and was not far enough back since
    room.set(HEAT, "25")
    room.set(HEAT, "27")
    assert len(room.fired) == 1


@pytest.mark.parametrize("out", ["down", "link"])
async def test_what_changed_while_nobody_looked_counts_once_and_as_late(room: WatchRoom, out: str) -> None:
    room.routine(OPEN, HOT, {"presence": "last", "does": "leaves"})
    if out == "down":
        await room.watching.close()
        room.lose()
    else:
        room.lose()
    await room.clock.advance(100)
    changed = room.clock.now()
    room.set(DOOR, "on")
    room.set(HEAT, "30")
    room.set("person.anna", "away")
    room.set("person.ben", "away")
    await room.clock.advance(500)
    assert room.fired == []
    if out == "down":
        room._dawn()
        await room.begin()
    else:
        room.find()
    assert [one.due for one in room.fired] == [changed] * 3
    assert sorted(room.take()) == [
        "ben left, and nobody else is at home".capitalize(),
        "door is on",
        "heat is 30, above 26",
    ]
    room.lose()
    room.find()
    assert room.fired == []


@pytest.mark.parametrize("how", ["again", "crash"])
async def test_a_span_goes_on_over_a_restart(room: WatchRoom, how: str) -> None:
    room.routine(OPEN_LONG, HOT | {"for": "3 min"}, {"presence": "anna", "does": "leaves", "for": "4 min"})
    room.set(DOOR, "on")
    room.set(HEAT, "27")
    room.set("person.anna", "away")
    began = room.clock.now()
    await room.clock.advance(60)
    room.set(HEAT, "28")
    await getattr(room, how)()
    await room.clock.advance(300)
    assert [one.due for one in room.fired] == [began + timedelta(minutes=minutes) for minutes in (2, 3, 4)]


async def test_a_span_that_ran_out_unseen_fires_when_it_is_seen_to_hold(room: WatchRoom) -> None:
    room.routine(OPEN_LONG)
    room.set(DOOR, "on")
    began = room.clock.now()
    await room.clock.advance(30)
    room.lose()
    await room.clock.advance(600)
    assert room.fired == []
    room.find()
    assert [one.due for one in room.fired] == [began + timedelta(minutes=2)]


async def test_a_span_that_ended_unseen_does_not_fire(room: WatchRoom) -> None:
    room.routine(OPEN_LONG)
    room.set(DOOR, "on")
    room.lose()
    await room.clock.advance(600)
    room.set(DOOR, "off")
    room.find()
    await room.clock.advance(600)
    assert room.fired == []


@pytest.mark.parametrize("trigger", [OPEN, {"presence": "anna", "does": "leaves"}, HOT])
async def test_the_same_change_seen_again_after_a_crash_has_the_same_name(room: WatchRoom, trigger: object) -> None:
    room.routine(trigger)
    await room.clock.advance(31)
    for entity, value in ((DOOR, "on"), ("person.anna", "away"), (HEAT, "30")):
        room.set(entity, value)
    await room.clock.advance(0.5)
    await room.crash()  # the firing may have its row, and that it was counted is not kept yet
    first, again = room.fired
    assert first.key == again.key


async def test_what_has_no_name_of_its_own_is_kept_before_it_is_given_on(room: WatchRoom) -> None:
    room.routine({"holds": {"states": {DOOR: "on"}}}, {"number": LAMP, "attribute": "brightness", "above": 100})
    room.set(LAMP, "off", brightness=50)
    await room.clock.advance(31)
    room.set(DOOR, "on")
    room.set(LAMP, "off", brightness=150)
    await room.crash()
    assert len(room.fired) == 2


async def test_little_is_written_and_nothing_while_nothing_changes(room: WatchRoom) -> None:
    room.routine(OPEN_LONG)
    for _ in range(500):
        room.set(DOOR, "on")
        room.set(DOOR, "off")
    await room.clock.advance(100)
    few = room.shelf.writes
    assert few < 6
    await room.clock.advance(24 * 3600)
    assert room.shelf.writes == few


# Names.


async def test_a_thing_that_was_renamed_sets_off_the_same_routine(room: WatchRoom) -> None:
    room.routine(OPEN, OPEN_LONG)
    room.set(DOOR, "on")
    room.take()
    await room.clock.advance(60)
    room.rename(DOOR, "binary_sensor.front")
    await room.clock.advance(60)
    assert len(room.take()) == 1  # the span went on
    room.set("binary_sensor.front", "off")
    room.set("binary_sensor.front", "on")
    assert room.take() == ["door is on"]
    await room.again()
    room.set("binary_sensor.front", "off")
    room.set("binary_sensor.front", "on")
    assert room.take() == ["door is on"]


async def test_another_thing_that_took_the_id_over_is_not_meant(room: WatchRoom) -> None:
    room.routine(OPEN)
    room.rename(DOOR, "binary_sensor.front")
    room.entities[DOOR] = replace(room.entities[LAMP], entity_id=DOOR, registry_id="another")
    room.set(DOOR, "off")
    room.sync()
    await room.clock.settle()
    room.set(DOOR, "on")
    assert room.fired == []
    room.set("binary_sensor.front", "on")
    assert len(room.fired) == 1


async def test_a_thing_that_is_gone_is_said_once_and_works_again_when_it_is_back(room: WatchRoom) -> None:
    room.routine(OPEN)
    thing = room.entities[DOOR]
    room.gone(DOOR)
    await room.clock.advance(599)
    assert room.told == []
    await room.clock.advance(3600)
    why = f"{DOOR}, which sets it off, is not in the house any more."
    assert (room.told, room.watching.problems()) == ([("one", why.capitalize())], {"one": why.capitalize()})
    await room.again()
    await room.clock.advance(3600)
    assert len(room.told) == 1
    room.entities[DOOR] = thing
    room.set(DOOR, "off")
    room.sync()
    await room.clock.settle()
    assert room.watching.problems() == {}
    room.set(DOOR, "on")
    assert len(room.fired) == 1
    room.gone(DOOR)
    await room.clock.advance(601)
    assert len(room.told) == 2


async def test_a_house_that_starts_anew_says_nothing(room: WatchRoom) -> None:
    room.routine(OPEN)
    thing, state = room.entities[DOOR], room.states[DOOR]
    room.gone(DOOR)
    await room.clock.advance(500)
    room.entities[DOOR], room.states[DOOR] = thing, state
    room.sync()
    await room.clock.advance(3600)
    assert (room.told, room.fired) == ([], [])


async def test_no_words_of_people_are_kept_nor_part_of_the_name_of_a_firing(room: WatchRoom) -> None:
    room.set("input_text.note", "nothing")
    room.routine({"state": "input_text.note"}, {"presence": "anna", "does": "leaves"})
    for number, text in enumerate(("xylophone", "the doctor on Friday", "xylophone")):
        await room.clock.advance(1)
        room.set("input_text.note", text)
        assert len(room.fired) == number + 1
    room.set("person.anna", "The Clinic")
    await room.again()
    assert len(room.fired) == 4
    stored = f"{room.shelf.stored} {[one.key for one in room.fired]}"
    for words in ("xylophone", "Friday", "Clinic", "nothing"):
        assert words not in stored


async def test_what_is_kept_may_be_anything(room: WatchRoom) -> None:
    room.routine(OPEN, HOT, {"presence": "anna", "does": "comes"}, {"holds": {"states": {DOOR: "on"}}})
    await room.clock.advance(60)
    kept = room.shelf.stored["one"]
    assert isinstance(kept["watch"], dict)
    for nonsense in (
        dict.fromkeys(kept["watch"], 7),
        [],
        "x",
        {one: {"since": {"a": "b"}, "home": 3, "armed": 1, "value": []} for one in kept["watch"]},
    ):
        kept["watch"] = nonsense
        await room.crash()
    room.set(DOOR, "on")
    assert len(room.fired) == 2


MOVES = st.lists(
    st.sampled_from(["on", "off", "jammed", "unavailable", "unknown", "lose", "find", "again", "crash", "wait"]),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(MOVES)
def test_whatever_breaks_each_coming_that_is_seen_counts_exactly_once(moves: list[str]) -> None:
    async def live() -> None:
        room = WatchRoom(DOOR)
        room.set(DOOR, "off")
        await room.begin()
        room.routine(OPEN)
        await room.clock.advance(31)
        known, wanted = "off", 0
        for move in moves:
            await room.clock.advance(40 if move == "wait" else 1)
            match move:
                case "lose":
                    room.lose()
                case "find" | "again" | "crash":
                    if move != "find":
                        await room.clock.advance(31)  # what is newer than that a crash may take
                        await getattr(room, move)()
                    room.find()
                case "wait":
                    pass
                case _:
                    room.set(DOOR, move)
            value = room.states[DOOR].value
            if room.mirror.ready and value not in {"unavailable", "unknown"} and value != known:
                known = value
                wanted += value == "on"
            assert len({one.key for one in room.fired}) == wanted, moves
        await room.watching.close()

    asyncio.run(live())
