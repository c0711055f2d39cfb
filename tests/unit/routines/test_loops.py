"""A routine that is set off by its own effect stops; one that a person or another thing sets off goes on."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from claw.base.action import Action, Origin, Outcome
from claw.gate.follow import Follower
from claw.house.chronicle import Chronicle
from claw.house.model import Cause
from claw.routines.loops import ECHO_S, KNOWN_S, MOST_A_MINUTE, Guarded, Loops
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.watching import Watching
from tests.watch_room import WatchRoom

A, B, BUTTON = "light.a", "light.b", "binary_sensor.button"


@dataclass
class Noted:
    """The follower, as far as loops need it."""

    recent: OrderedDict[int, tuple[Outcome, str | None]] = field(default_factory=OrderedDict)


class Home:
    """Routines that really set each other off: what they do moves things, and what moves sets them off."""

    def __init__(self) -> None:
        self.room = WatchRoom(A, B, BUTTON)
        self.noted = Noted()
        for entity in (A, B, BUTTON):
            self.room.set(entity, "off")
        self.room.sync()
        chronicle = Chronicle(self.room.mirror, self.room.clock)
        self.loops = Loops(cast("Follower", self.noted), chronicle, self.room.clock, self._pause)
        self.guarded = Guarded(self, self.loops)
        self.paused: dict[str, str] = {}
        self.runs: list[tuple[str, Done]] = []
        self.does: dict[str, str] = {}
        self.named = True
        """Whether the devices tell in whose context they changed."""
        self.slow_s = 0.0
        """So long after its effect an act is in the log."""
        self._tasks: set[asyncio.Task[None]] = set()
        around = (self.room.people, self.room.conditions, self.room.things)
        clock = self.room.clock
        self.room.watching = Watching(
            self.room.mirror, self.room.backend, self.room.shelf, self._fire, (clock, clock), around, self.room._tell
        )

    def routine(self, name: str, when: object, toggles: str) -> None:
        acts = {"actions": [{"action": "light.toggle", "entities": [toggles]}]}
        self.does[name] = toggles
        self.room.routine(when, name=name, do=acts)

    async def press(self, context: str = "a hand") -> None:
        self.room.set(BUTTON, "on", context=context)
        self.room.set(BUTTON, "off", context=context)
        await self.room.clock.advance(20)

    async def do(self, routine: Routine, run: Run) -> Done:
        entity = self.does[routine.id]
        context = f"run-{run.id}" if self.named else f"device-{run.id}"
        value = "off" if self.room.states[entity].value == "on" else "on"
        outcome = Outcome(Action("light.toggle", (entity,)), "done", "", run.id)
        self.room.set(entity, value, context=context)
        if self.slow_s:
            await self.room.clock.sleep(self.slow_s)
        self.noted.recent[run.id] = (outcome, context if self.named else "ours")
        self.loops.note(outcome, Origin("routine", routine=routine.id))
        return Done("done")

    def cancel(self, run: Run) -> None:
        self.runs.append((run.routine, Done("replaced")))

    def _pause(self, routine: str, why: str) -> None:
        self.paused[routine] = why
        self.room.shelf.put(replace(self.room.shelf.routines[routine], state="paused", why=why))

    def _fire(self, firing: Firing) -> None:
        run = Run(len(self.room.fired) + 1, firing.routine, firing, "running")
        self.room.fired.append(firing)
        assert len(self.room.fired) < 500, "nothing stops it"
        task = asyncio.ensure_future(self._run(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, run: Run) -> None:
        routine = self.room.shelf.routines[run.routine]
        if routine.fires:
            self.runs.append((run.routine, await self.guarded.do(routine, run)))

    def statuses(self) -> list[tuple[str, str]]:
        return [(name, done.status) for name, done in self.runs]


@pytest.fixture
async def home() -> Any:
    made = Home()
    await made.room.begin()
    yield made
    await made.room.watching.close()


async def test_a_routine_that_sets_itself_off_stops_after_one_run(home: Home) -> None:
    home.routine("one", {"state": A}, A)
    home.room.set(A, "on", context="a hand")
    await home.room.clock.advance(20)
    assert home.statuses() == [("one", "done"), ("one", "held")]
    assert home.paused == {"one": "It was paused: it was set off by what it had done itself."}


@pytest.mark.parametrize("slow_s", [0.0, 1.5])
async def test_two_that_answer_each_other_stop_with_the_first_that_comes_round(home: Home, slow_s: float) -> None:
    home.slow_s = slow_s
    home.routine("one", {"state": A}, B)
    home.routine("two", {"state": B}, A)
    home.room.set(A, "on", context="a hand")
    await home.room.clock.advance(20)
    assert sorted(home.statuses()) == [("one", "done"), ("one", "held"), ("two", "done")]
    assert home.paused == {"one": "It was paused: it was set off by what it had done itself, by way of two."}


async def test_an_automation_of_the_house_between_two_hides_nothing(home: Home) -> None:
    home.routine("one", {"state": B}, A)
    home.room.set(B, "on", context="a hand")
    await home.room.clock.advance(1)
    home.room.set(B, "off", context="automation", cause=Cause(parent="run-1"))  # it answers what one did to A
    await home.room.clock.advance(1)
    assert home.statuses() == [("one", "done"), ("one", "held")]


async def test_a_span_between_hides_nothing(home: Home) -> None:
    home.routine("one", {"state": A, "for": "1 min"}, A)
    home.room.set(A, "on", context="a hand")
    await home.room.clock.advance(600)
    assert home.statuses() == [("one", "done"), ("one", "held")]


async def test_what_others_set_off_goes_on_however_often(home: Home) -> None:
    home.routine("one", {"state": BUTTON, "to": "on"}, A)
    home.routine("two", {"state": A}, B)
    for number in range(20):
        await home.press(f"hand {number}")
    assert home.paused == {}
    assert len(home.runs) == 40


async def test_devices_that_name_nobody_are_seen_through_in_three_rounds(home: Home) -> None:
    home.named = False
    home.routine("one", {"state": A}, A)
    home.room.set(A, "on", context="a hand")
    await home.room.clock.advance(20)
    assert home.paused == {"one": "It was paused: it was set off 3 times by what it had just moved itself."}
    assert len(home.runs) <= 4


async def test_a_person_who_plays_with_the_switch_is_no_loop(home: Home) -> None:
    home.routine("one", {"state": A, "to": "on"}, A)
    for number in range(20):
        home.room.set(A, "on", context=f"anna {number}", cause=Cause(user="anna"))
        await home.room.clock.advance(1)
    assert home.paused == {}
    assert len(home.runs) == 20


async def test_what_it_moved_long_ago_is_no_echo(home: Home) -> None:
    home.named = False
    home.routine("one", {"state": A, "to": "on"}, A)
    for _ in range(10):
        home.room.set(A, "on")
        await home.room.clock.advance(ECHO_S + 1)
    assert home.paused == {}


async def test_a_storm_is_held_back_while_it_lasts(home: Home) -> None:
    home.routine("one", {"state": BUTTON, "to": "on"}, A)
    for pause in (0, 61):
        await home.room.clock.advance(pause)
        for _ in range(MOST_A_MINUTE + 5):
            home.room.set(BUTTON, "on")
            home.room.set(BUTTON, "off")
            await home.room.clock.advance(0.1)
    statuses = [status for _, status in home.statuses()]
    assert statuses == (["done"] * MOST_A_MINUTE + ["held"] * 5) * 2
    assert home.runs[-1][1].reason == f"it was set off {MOST_A_MINUTE} times within a minute"
    assert home.paused == {}


async def test_a_chain_that_is_too_long_is_a_loop(home: Home) -> None:
    lamps = [f"light.l{number}" for number in range(12)]
    for lamp in lamps:
        home.room.set(lamp, "off")
    for number, lamp in enumerate(lamps[:-1]):
        home.routine(f"r{number}", {"state": lamp}, lamps[number + 1])
    home.room.set(lamps[0], "on", context="a hand")
    await home.room.clock.advance(20)
    assert list(home.paused) == ["r8"]


async def test_a_routine_that_guards_life_is_never_held_back(home: Home) -> None:
    home.routine("one", {"state": A}, A)
    routine = home.room.shelf.routines["one"]
    spec = routine.spec.model_copy(update={"kind": "safety"})
    guards = replace(routine, id="safety-smoke", spec=spec)
    run = Run(7, "safety-smoke", Firing("safety-smoke", 0, home.room.clock.now(), "k", context="c"), "running")
    home.noted.recent[1] = (Outcome(Action("light.toggle", (A,)), "done", "", 1), "c")
    home.loops.note(home.noted.recent[1][0], Origin("routine", routine="safety-smoke"))
    assert await home.loops.why(guards, run) == ""
    assert await home.loops.why(replace(routine, id="safety-smoke"), run) != ""


async def test_what_a_person_has_run_or_the_clock_does_is_no_loop(home: Home) -> None:
    home.routine("one", {"state": A}, A)
    routine = home.room.shelf.routines["one"]
    home.noted.recent[1] = (Outcome(Action("light.toggle", (A,)), "done", "", 1), "c")
    home.loops.note(home.noted.recent[1][0], Origin("routine", routine="one"))
    firing = Firing("one", 0, home.room.clock.now(), "k", context="c", asked_by=Origin("web", "anna"))
    assert await home.loops.why(routine, Run(7, "one", firing, "running")) == ""
    home.guarded.cancel(Run(7, "one", firing, "running"))
    assert home.statuses() == [("one", "replaced")]


async def test_only_what_a_routine_may_be_behind_is_waited_for_and_not_for_long(home: Home) -> None:
    home.routine("one", {"state": A}, B)
    home.routine("two", {"state": B}, A)
    one, two = home.room.shelf.routines["one"], home.room.shelf.routines["two"]
    now = home.room.clock.now()

    def run(context: str | None) -> Run:
        return Run(7, "one", Firing("one", 0, now, "k", context=context), "running")

    home.loops.began(two, Run(8, "two", Firing("two", 0, now, "k"), "running"))
    home.noted.recent[1] = (Outcome(Action("light.toggle", (A,)), "done", "", 1), "known")
    home.loops.note(home.noted.recent[1][0], Origin("routine", routine="three"))
    for context, waits in ((None, False), ("known", False), ("somebody", True)):
        asking = asyncio.ensure_future(home.loops.why(one, run(context)))
        await home.room.clock.settle()
        assert asking.done() is not waits
        await home.room.clock.advance(KNOWN_S + 0.2)
        assert asking.done()
        assert asking.result() == ""
    home.loops.ended(Run(8, "two", Firing("two", 0, now, "k"), "running"))
    asking = asyncio.ensure_future(home.loops.why(one, run("somebody")))
    await home.room.clock.settle()
    assert asking.done()


async def test_what_the_clock_sets_off_is_never_too_often_nor_is_a_trigger_that_has_gone(home: Home) -> None:
    home.room.routine({"every": "1 min"}, {"state": A}, name="one")
    routine, now = home.room.shelf.routines["one"], home.room.clock.now()
    by_clock, by_event, gone = (Run(7, "one", Firing("one", number, now, "k"), "running") for number in range(3))
    for _ in range(MOST_A_MINUTE + 1):
        assert home.loops.too_often(routine, by_clock) == ""
    assert await home.loops.why(routine, gone) == ""
    assert [bool(home.loops.too_often(routine, by_event)) for _ in range(MOST_A_MINUTE + 1)][-2:] == [False, True]
