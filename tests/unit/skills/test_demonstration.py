"""Who may show something, what of what changes is theirs, and that it ends: by a word, by time, by the stop."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.erasure import Erasure
from claw.house.backend import Link
from claw.skills.demonstration import REFUSALS, Declined, Demonstration, Reason
from tests.shown_room import ANNA, BEN, BLINDS, CEILING, LAMP, MIA, TOM, VOICE, ShownRoom


@pytest.fixture
def room(tmp_path: Path) -> ShownRoom:
    return ShownRoom(tmp_path)


def acts(shown: Demonstration) -> list[tuple[str, tuple[str, ...], dict[str, object]]]:
    return [(one.name, one.entities, dict(one.data)) for one in shown.actions]


def reason(call: Callable[[], object]) -> Reason:
    with pytest.raises(Declined) as caught:
        call()
    assert str(caught.value) == REFUSALS[caught.value.key]
    return caught.value.key


async def test_what_is_moved_by_hand_is_what_was_shown_in_its_order(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA, "watch me")
    room.change(CEILING, "off", brightness=None, color_mode=None)
    await room.clock.advance(3)
    room.change(LAMP, "on", brightness=77, color_mode="color_temp", color_temp_kelvin=2200)
    await room.clock.advance(3)
    room.change(BLINDS, "closing")
    await room.clock.advance(20)
    room.change(BLINDS, "closed", current_position=0)
    shown = room.demonstrations.finish(ANNA)
    assert acts(shown) == [
        ("light.turn_off", (CEILING,), {}),
        ("light.turn_on", (LAMP,), {"brightness_pct": 30, "color_temp_kelvin": 2200}),
        ("cover.close_cover", (BLINDS,), {}),
    ]
    assert shown.phase == "asking"
    assert shown.before[CEILING]["state"] == "on"
    assert (shown.before[LAMP]["brightness"], shown.before[LAMP]["color_temp_kelvin"]) == (128, 2700)


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        (VOICE, "nobody"),
        (replace(ANNA, authenticated=False), "nobody"),
        (replace(ANNA, person="somebody"), "nobody"),
        (TOM, "nobody"),
        (MIA, "role"),
        (replace(ANNA, taint=("letter",)), "taint"),
        (replace(ANNA, skill="movie-time"), "taint"),
        (replace(ANNA, routine="evening"), "taint"),
        (replace(ANNA, asks_only=True), "taint"),
    ],
)
def test_only_a_grown_up_of_the_house_in_person_can_show_something(room: ShownRoom, origin: Origin, key: str) -> None:
    assert reason(lambda: room.demonstrations.begin(origin)) == key
    assert room.told() == []
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.demonstrations.finish(ANNA)
    if key != "nobody":
        assert reason(lambda: room.demonstrations.settle(origin)) in {"none", key}
    assert room.demonstrations.current() is not None


def test_one_at_a_time_for_the_whole_house(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    assert reason(lambda: room.demonstrations.begin(ANNA)) == "yours"
    assert reason(lambda: room.demonstrations.begin(BEN)) == "another"
    assert reason(lambda: room.demonstrations.finish(BEN)) == "none"
    assert not room.demonstrations.forget(BEN)
    assert room.demonstrations.current(BEN) is None
    assert room.demonstrations.current(ANNA) == room.demonstrations.current()
    assert room.demonstrations.forget(ANNA)
    room.demonstrations.begin(BEN)


def test_what_the_house_or_another_person_did_is_no_part_of_it(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.ran("automation.evening", "auto")
    room.change("light.kitchen_ceiling", "on", context="auto", brightness=255)
    room.change("light.porch", "on", user="u-ben")
    room.change("light.garden_path", "on", user="nobody-known")
    room.change("light.hall_ceiling", "off", parent="something")
    room.change(LAMP, "off", user="u-anna")
    shown = room.demonstrations.finish(ANNA)
    assert acts(shown) == [("light.turn_off", (LAMP,), {})]
    assert [(one.entity, one.why) for one in shown.left] == [("light.porch", "others"), ("light.garden_path", "others")]


@pytest.mark.parametrize(
    ("origin", "counts"),
    [
        (ANNA, True),
        (BEN, False),
        (replace(ANNA, taint=("mail",)), False),
        (replace(ANNA, skill="good-night"), False),
        (replace(ANNA, routine="evening"), False),
        (replace(ANNA, authenticated=False), False),
        (Origin(channel="system"), False),
    ],
)
def test_what_they_ask_claw_for_meanwhile_counts_and_no_other_act_of_claws(
    room: ShownRoom, origin: Origin, counts: bool
) -> None:
    room.demonstrations.begin(ANNA)
    room.change("light.porch", "on", context="mine")
    room.change(LAMP, "off")
    room.acts.add("mine", origin, "light.porch")  # in the log only after its state was seen
    entities = [one.entities for one in room.demonstrations.finish(ANNA).actions]
    assert entities == ([("light.porch",), (LAMP,)] if counts else [(LAMP,)])


async def test_what_a_device_still_reports_of_somebody_elses_act_is_no_hand(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.acts.add("routine", Origin(channel="routine"), BLINDS)
    room.change(BLINDS, "closing", context="routine")
    await room.clock.advance(30)
    room.change(BLINDS, "closed", current_position=0)
    room.ran("automation.evening", "auto")
    room.change("light.porch", "on", context="auto", brightness=40)
    await room.clock.advance(2)
    room.change("light.porch", "on", brightness=200)
    room.change(LAMP, "off")
    assert acts(room.demonstrations.finish(ANNA)) == [("light.turn_off", (LAMP,), {})]


async def test_a_cover_on_its_way_when_it_began_is_nobodys_hand(room: ShownRoom) -> None:
    room.change(BLINDS, "closing")
    room.demonstrations.begin(ANNA)
    await room.clock.advance(10)
    room.change(BLINDS, "closed", current_position=0)
    room.change(LAMP, "off")
    assert acts(room.demonstrations.finish(ANNA)) == [("light.turn_off", (LAMP,), {})]


async def test_after_ten_minutes_it_ends_and_its_person_is_asked(room: ShownRoom) -> None:
    asked: list[Demonstration] = []

    async def tell(shown: Demonstration) -> None:
        asked.append(shown)

    room.demonstrations.over.append(tell)
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    await room.clock.advance(599)
    await room.demonstrations.look()
    assert asked == []
    await room.clock.advance(2)
    room.change(CEILING, "off")
    await room.demonstrations.look()
    assert [one.phase for one in asked] == ["asking"]
    assert acts(asked[0]) == [("light.turn_off", (LAMP,), {})]
    await room.demonstrations.look()
    await room.clock.advance(15 * 60)
    await room.demonstrations.look()
    assert [one.phase for one in asked] == ["asking", "gone"]
    assert reason(lambda: room.demonstrations.settle(ANNA)) == "none"
    assert room.told() == ["not answered [] {}"]


async def test_ten_minutes_in_which_nothing_moved_are_told_too(room: ShownRoom) -> None:
    told: list[str] = []

    async def tell(shown: Demonstration) -> None:
        told.append(shown.phase)

    room.demonstrations.over.append(tell)
    room.demonstrations.begin(ANNA)
    await room.clock.advance(601)
    await room.demonstrations.look()
    assert told == ["gone"]
    room.demonstrations.begin(BEN)


async def test_the_stop_ends_it_at_once_and_nothing_is_kept_of_it(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.db.conn.execute("pragma query_only = on")
    room.demonstrations.abandon()  # the switch waits for no disk
    room.db.conn.execute("pragma query_only = off")
    room.stopped = True
    room.change(CEILING, "off")
    assert room.demonstrations.current() is None
    assert reason(lambda: room.demonstrations.begin(ANNA)) == "stopped"
    assert LAMP in room.told()[0]
    await room.demonstrations.look()
    assert room.told() == ["stopped [] {}"]
    room.demonstrations.abandon()


def test_a_restart_after_the_stop_does_not_go_on(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.stopped = True
    room.start()
    assert room.demonstrations.current() is None
    assert room.told() == ["stopped [] {}"]


@pytest.mark.parametrize("say", ["finish", "settle"])
def test_nothing_comes_of_it_while_claw_is_stopped(room: ShownRoom, say: str) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    if say == "settle":
        room.demonstrations.finish(ANNA)
    room.stopped = True
    assert reason(lambda: getattr(room.demonstrations, say)(ANNA)) == "stopped"


async def test_a_restart_goes_on_with_what_was_being_shown(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(CEILING, "off", brightness=None, color_mode=None)
    await room.clock.advance(5)
    room.change(LAMP, "on", brightness=128, context="fade", user="u-anna")
    room.change(LAMP, "on", brightness=100, context="fade", user="u-anna")
    room.change(LAMP, "on", brightness=26, context="fade", user="u-anna")  # not written yet when the power goes
    room.start()
    found = room.demonstrations.current(ANNA)
    assert found is not None
    assert (found.phase, found.origin) == ("watching", ANNA)
    await room.clock.advance(5)
    room.change("light.hall_ceiling", "off")
    shown = room.demonstrations.finish(ANNA)
    assert acts(shown) == [
        ("light.turn_off", (CEILING,), {}),
        ("light.turn_on", (LAMP,), {"brightness_pct": 10}),
        ("light.turn_off", ("light.hall_ceiling",), {}),
    ]
    assert shown.before[CEILING]["state"] == "on"
    assert shown.before[CEILING]["brightness"] == 180


async def test_what_changed_while_nobody_looked_was_shown_to_nobody(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.mirror.linked(Link("connecting"))
    states = dict(room.house.states)
    states["light.porch"] = replace(states["light.porch"], value="on", context="x")
    room.sync(replace(room.house, states=states))
    room.change(LAMP, "off")
    room.change("light.porch", "off")
    room.change("light.porch", "on")
    assert acts(room.demonstrations.finish(ANNA)) == [("light.turn_off", (LAMP,), {})]


def test_the_open_question_outlives_a_restart_with_its_numbers(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.change("light.porch", "on", user="u-ben")
    room.change(BLINDS, "closed", current_position=0)
    before = room.demonstrations.finish(ANNA)
    room.start()
    found = room.demonstrations.current(ANNA)
    assert found is not None
    assert (found.phase, found.lines, found.left) == ("asking", before.lines, before.left)
    trace = room.demonstrations.asked(ANNA)
    room.demonstrations.settle(ANNA)
    assert (trace.calls, trace.before) == (before.actions, before.before)
    assert room.told() == ["made a draft of [] {}"]


@pytest.mark.parametrize("spoiled", ["{", '[["now"]]', '{"lines": 3}', "[[1, 2, 3, 4, 5, 6, 7]]"])
def test_a_row_that_cannot_be_read_is_no_demonstration(room: ShownRoom, spoiled: str) -> None:
    room.demonstrations.begin(ANNA)
    with room.db.conn:
        room.db.conn.execute("update demonstrations set changes = ?", (spoiled,))
    room.start()
    assert room.demonstrations.current() is None
    room.demonstrations.begin(BEN)
    assert [row.partition(" ")[0] for row in room.told()] == ["another", "watching"]


def test_lines_can_be_left_out_until_none_would_be_left(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.change(BLINDS, "closed", current_position=0)
    room.demonstrations.finish(ANNA)
    assert reason(lambda: room.demonstrations.without(ANNA, frozenset({2}))) == "number"
    assert reason(lambda: room.demonstrations.without(ANNA, frozenset({0, 1}))) == "all"
    assert acts(room.demonstrations.without(ANNA, frozenset({0}))) == [("cover.close_cover", (BLINDS,), {})]
    room.start()
    assert [one.name for one in room.demonstrations.asked(ANNA).calls] == ["cover.close_cover"]
    room.demonstrations.settle(ANNA)
    assert reason(lambda: room.demonstrations.settle(ANNA)) == "none"


def test_nothing_moved_is_nothing_shown(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change(LAMP, "off")
    room.change(LAMP, "on")
    assert reason(lambda: room.demonstrations.finish(ANNA)) == "nothing"
    assert room.demonstrations.current() is None


def test_what_lets_somebody_in_is_not_learned_by_watching(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.change("lock.front_door", "unlocked")
    assert reason(lambda: room.demonstrations.finish(ANNA)) == "opens"
    room.demonstrations.begin(ANNA)
    room.change("lock.front_door", "locked")
    assert room.demonstrations.finish(ANNA).actions == (Action("lock.lock", ("lock.front_door",)),)


def test_each_step_of_it_is_in_the_log_and_nothing_of_what_was_seen(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA, "watch me")
    room.change(LAMP, "off")
    room.demonstrations.finish(ANNA)
    room.demonstrations.settle(ANNA)
    assert [(kind, payload["what"], origin.person) for kind, payload, origin in room.notes] == [
        ("skill", "watching", "anna"),
        ("skill", "watched", "anna"),
        ("skill", "made a draft of", "anna"),
    ]
    assert LAMP not in str(room.notes)


@pytest.mark.parametrize(
    "erasure",
    [
        Erasure(everything=True),
        Erasure(person="anna"),
        Erasure(conversations=frozenset({"c1"})),
        Erasure(words=("watch me",)),
    ],
)
def test_a_demonstration_is_forgotten_with_its_person_or_talk(room: ShownRoom, erasure: Erasure) -> None:
    room.demonstrations.begin(ANNA, "watch me")
    room.change(LAMP, "off")
    assert room.demonstrations.erase(Erasure(person="ben")) == 0
    assert room.demonstrations.erase(erasure) == 1
    assert room.demonstrations.current() is None
    assert room.told() == ["forgotten [] {}"]
    assert [payload["what"] for _, payload, _ in room.notes] == ["watching"]
    assert room.demonstrations.erase(erasure) == 0


def test_a_demonstration_begun_since_is_forgotten(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    assert room.demonstrations.erase(Erasure(since=room.clock.now())) == 1


async def test_a_full_disk_loses_nothing_that_was_seen(room: ShownRoom) -> None:
    room.demonstrations.begin(ANNA)
    room.db.conn.execute("pragma query_only = on")
    room.change(LAMP, "off")
    await room.demonstrations.look()
    room.db.conn.execute("pragma query_only = off")
    await room.demonstrations.look()
    assert LAMP in room.told()[0]
    assert acts(room.demonstrations.finish(ANNA)) == [("light.turn_off", (LAMP,), {})]
