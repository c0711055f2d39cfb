"""What happens in the house sets routines off, in a whole daemon: skills by themselves, loops, renames, late sights."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from claw.base.action import Message
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.backend import Link
from claw.house.model import Cause, House
from claw.house.simulated import Fault, SimulatedHouse
from claw.routines.model import Routine, Run
from claw.routines.spec import Spec
from tests.lived_clock import LivedClock
from tests.living import OWNER, living

START = datetime(2026, 6, 8, 13, 45, tzinfo=UTC)  # a quarter to four where the demo's house stands
DOOR, LAMP, DESK = "binary_sensor.front_door", "light.hall_ceiling", "light.office_desk"
WASHER, WINDOW, HEATING = "binary_sensor.washing_machine", "binary_sensor.bedroom_window", "climate.bedroom"
AUTOMATION = Cause(parent="an automation")  # a hand would hold routines back for two hours
REAL_S = 5.0
"""So long a program of a process of its own may take."""


class Home:
    """A daemon on a house that the test moves, and what came of its routines."""

    def __init__(self, daemon: Daemon, clock: LivedClock) -> None:
        self.daemon, self.clock = daemon, clock
        self.house = cast("SimulatedHouse", daemon.backend)
        self.told: list[Message] = []
        daemon.desk._in.messages.listeners.append(self.told.append)

    def state(self, entity: str) -> str:
        return self.daemon.mirror.states[entity].value

    def runs(self, routine: str) -> list[Run]:
        return list(reversed(self.daemon.routines.book.runs(routine)))

    def statuses(self, routine: str) -> list[str]:
        return [run.status for run in self.runs(routine)]

    def routine(self, name: str, when: Any, *actions: tuple[str, str], **more: Any) -> Routine:
        """Put a routine into the book; ``actions`` are names of actions and things."""
        do = {"actions": [{"action": action, "entities": [entity]} for action, entity in actions]}
        spec = Spec.model_validate({"name": name, "when": when, "do": do, **more})
        made = Routine(name, spec, replace(OWNER, conversation=""), self.clock.now())
        self.daemon.routines.book.add(made)
        return made

    async def pass_(self, **span: float) -> None:
        await self.clock.advance(timedelta(**span))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what a program in a process of its own does, which no clock of a test holds."""
        for _ in range(int(REAL_S / 0.02)):
            if holds():
                return
            await asyncio.sleep(0.02)
            await self.clock.advance(timedelta(seconds=0.05))
        assert holds()

    async def accept(self, skill: str) -> None:
        lives = self.daemon.skills.lives
        known = self.daemon.skills.library.get(skill)
        assert known is not None
        decided = await self.clock.through(lives.deciding.do("accept", skill, OWNER, hash=known.hash))
        assert decided.standing is not None


@asynccontextmanager
async def home(folder: Path, start: datetime = START) -> AsyncIterator[Home]:
    clock = LivedClock(start)
    async with living(folder, staging=Staging(clock=clock, travel_s={})) as daemon:
        daemon.stop.guards.remove(daemon.stopping.heartbeat.check)  # hours pass between two beats of its heart here
        yield Home(daemon, clock)


async def test_skills_run_by_themselves_once_an_owner_has_accepted_them(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        book = at.daemon.routines.book
        assert [one.id for one in book.all() if one.id.startswith("skill-")] == []
        for skill in ("laundry-done", "window-open-heating", "vacation-lights"):
            await at.accept(skill)

        at.house.set_state(WASHER, "on")
        await at.pass_(minutes=1)
        at.house.set_state(WASHER, "off")
        await at.pass_(minutes=2, seconds=59)
        assert at.runs("skill-laundry-done-1") == []
        await at.pass_(seconds=2)
        await at.until(lambda: at.statuses("skill-laundry-done-1") == ["done"])
        assert [(one.to, one.text) for one in at.told] == [("person:anna", "Done: Washing Machine.")]

        at.house.set_state(WINDOW, "off")
        at.house.set_state(WINDOW, "on")
        await at.pass_(minutes=5, seconds=1)
        await at.until(lambda: at.statuses("skill-window-open-heating-1") == ["done"])
        assert at.state(HEATING) == "off"

        for person in at.daemon.people:
            if person.entity:
                at.house.set_state(person.entity, "not_home")
        at.house.set_state("sun.sun", "below_horizon")
        await at.clock.until(datetime(2026, 6, 8, 14, 0, 1, tzinfo=UTC))
        await at.until(lambda: at.statuses("skill-vacation-lights-1")[-1:] == ["done"])
        lit = [
            one for one, state in at.daemon.mirror.states.items() if one.startswith("light.") and state.value == "on"
        ]
        assert len(lit) >= 2

        await at.clock.through(at.daemon.skills.lives.deciding.do("disable", "laundry-done", OWNER))
        assert book.get("skill-laundry-done-1") is None


async def test_routines_that_answer_each_other_stop_and_their_person_hears_why(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        at.house.set_state(LAMP, "off", cause=AUTOMATION)
        at.house.set_state(DESK, "off", cause=AUTOMATION)
        for lamp in (LAMP, DESK):
            at.house.faults[lamp] = Fault(delay_s=0.1)  # else all of it is one moment
        at.routine("one", {"state": LAMP, "to": "on"}, ("light.turn_on", DESK))
        at.routine("two", {"state": DESK, "to": "on"}, ("light.turn_off", LAMP))
        at.routine("three", {"state": LAMP, "to": "off"}, ("light.turn_off", DESK))
        at.routine("four", {"state": DESK, "to": "off"}, ("light.turn_on", LAMP))
        at.house.set_state(LAMP, "on", cause=AUTOMATION)
        await at.pass_(minutes=2)
        counts = [at.statuses(name) for name in ("one", "two", "three", "four")]
        assert counts == [["done", "held"], ["done"], ["done"], ["done"]]
        paused = at.daemon.routines.book.get("one")
        assert paused is not None
        assert (paused.state, "set off by what it had done itself" in paused.why) == ("paused", True)
        assert {one.to for one in at.told} == {"person:anna"}
        assert any("set off by what it had done itself" in one.text for one in at.told)


async def test_a_condition_an_event_and_a_rename(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        dark = {"states": {DOOR: "off"}}
        at.routine("button", {"event": "tag_scanned", "data": {"tag": "hall"}}, ("light.turn_on", LAMP), only_if=dark)
        at.routine("door", {"state": DOOR, "to": "on"}, ("light.turn_on", DESK))
        await at.pass_(seconds=1)
        at.house.set_state(DESK, "off", cause=AUTOMATION)
        at.house.fire("tag_scanned", {"tag": "cellar"})
        at.house.fire("tag_scanned", {"tag": "hall"})
        await at.pass_(seconds=1)
        assert at.statuses("button") == ["done"]

        registry = at.daemon.mirror.told
        assert registry is not None
        front = "binary_sensor.front"
        entities = {key: one for key, one in registry.entities.items() if key != DOOR}
        entities[front] = replace(registry.entities[DOOR], entity_id=front)
        states = dict(at.daemon.mirror.states)
        states[front] = states.pop(DOOR)
        renamed = replace(registry, entities=MappingProxyType(entities), version=registry.version + 1)
        at.house.replace(House(renamed, MappingProxyType(states)))
        at.house.set_state(front, "on")
        await at.pass_(seconds=1)
        assert at.statuses("door") == ["done"]
        assert at.state(DESK) == "on"
        at.house.fire("tag_scanned", {"tag": "hall"})
        await at.pass_(seconds=1)
        assert [(run.status, "Front Door" in run.reason) for run in at.runs("button")][1:] == [("skipped", True)]


async def test_what_happened_out_of_sight_is_late_or_missed_and_never_twice(tmp_path: Path) -> None:
    async with home(tmp_path) as at:
        at.routine("door", {"state": DOOR, "to": "on"}, ("light.turn_on", DESK), grace="2 min")
        for minutes, status in ((1, "done"), (5, "missed")):
            at.house.set_state(DOOR, "off")
            await at.pass_(seconds=1)
            at.house.link(Link("lost"))
            at.house._listener, ears = None, at.house._listener
            at.house.set_state(DOOR, "on")
            at.house._listener = ears
            await at.pass_(minutes=minutes)
            at.house.link(Link("ready"))
            await at.pass_(seconds=1)
            assert at.runs("door")[-1].status == status, at.runs("door")[-1]
        at.house.link(Link("lost"))
        at.house.link(Link("ready"))
        await at.pass_(minutes=1)
        assert len(at.runs("door")) == 2
