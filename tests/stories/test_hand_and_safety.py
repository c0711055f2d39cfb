"""The hand wins and what guards life goes past it, through a whole daemon: page, house, gate, history and messages."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Message
from claw.base.erasure import Erasure
from claw.daemon.build import Daemon
from claw.gate.hand import by_hand
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from claw.routines.model import Routine, Run
from claw.routines.rights import acting
from claw.routines.spec import Spec
from tests.living import CONSOLE, OWNER, living
from tests.talking import until

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "cover.*"]}
  - {id: routines, allow: [claw.schedule, claw.routine_*], who: {role: [owner, adult]}}
  - {id: talk, allow: claw.notify}
  - {id: unlock, confirm: lock.unlock}
  - {id: gate, deny: lock.unlock, on: {entity: lock.garden_gate}}
safety:
  smoke:
    - {action: light.turn_on, entities: [light.hall_ceiling]}
    - {action: lock.unlock, entities: [lock.front_door, lock.garden_gate]}
"""
LAMP = "light.kitchen_ceiling"


class Told:
    """What is said unasked."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.house = daemon.backend
        self.messages: list[Message] = []
        daemon.desk._in.messages.listeners.append(self.messages.append)

    def becomes(self, entity: str, value: str, **given: Any) -> None:
        assert isinstance(self.house, SimulatedHouse)
        self.house.set_state(entity, value, **given)

    async def row(self, routine: str, fits: Callable[[Run], bool] = lambda _: True) -> Run:
        """Return the latest row of a routine that is closed and fits, once there is one."""
        found: list[Run] = []

        async def there() -> bool:
            rows = self.daemon.routines.book.runs(routine, limit=5)
            found[:] = [row for row in rows if row.status != "running" and fits(row)]
            return bool(found)

        await until(there)
        return found[0]

    async def heard(self, words: str) -> Message:
        async def there() -> bool:
            return any(words in one.text for one in self.messages)

        await until(there)
        return next(one for one in self.messages if words in one.text)


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with living(tmp_path, POLICY) as daemon:
        yield Told(daemon)


async def _motion(told: Told, value: str = "on") -> None:
    told.becomes("binary_sensor.hall_motion", "off" if value == "on" else "on")
    told.becomes("binary_sensor.hall_motion", value)


async def test_the_hand_wins_and_what_guards_life_does_not_ask_for_it(told: Told) -> None:
    daemon = told.daemon
    spec = Spec.model_validate(
        {
            "name": "motion",
            "when": {"state": "binary_sensor.hall_motion", "to": "on"},
            "do": {
                "actions": [{"action": "light.turn_off", "entities": [LAMP]}],
            },
        }
    )
    made = await daemon.routines.routines.add(spec, OWNER)
    assert made.routine is not None, made.text
    await _who_asks_later_means_it(told, made.routine)
    await _a_switch_a_page_and_the_app_win(told, made.routine.id)
    await _smoke_goes_through_a_pause(told)
    await _the_alarms_are_tested(told)
    await _the_stop_holds_them(told)


async def _who_asks_later_means_it(told: Told, routine: Routine) -> None:
    """What was done before a routine was set up does not hold it; a minute later it does."""
    await _by_page(told)
    await _motion(told)
    assert (await told.row(routine.id)).status == "done"
    told.daemon.routines.book.change(routine.id, created=routine.created - timedelta(minutes=1))


async def _a_switch_a_page_and_the_app_win(told: Told, routine: str) -> None:
    states = told.daemon.mirror.states
    told.daemon.routines.hands.erase(Erasure(everything=True))
    first = await told.row(routine)
    await _motion(told)
    before = await told.row(routine, lambda one: one.firing.due > first.firing.due)
    assert before.status == "done"
    for hand in (_by_page(told), _by_app(told)):
        await hand
        assert states[LAMP].value == "on"
        await _motion(told)
        row = await told.row(routine, lambda one: one.firing.due > before.firing.due)
        assert (row.status, "changed by hand" in row.reason) == ("held", True)
        assert states[LAMP].value == "on"
        # Nor by any other way through the gate in the name of a routine.
        routine_ = told.daemon.routines.book.get(routine)
        assert routine_ is not None
        performed = await told.daemon.gate.perform((Action("light.turn_off", (LAMP,)),), acting(routine_))
        assert by_hand(performed.outcomes[0].detail)
    # Whoever has it run themselves means it.
    run = await told.daemon.routines.keeper.run_now(routine, OWNER)
    assert (run.status, states[LAMP].value) == ("done", "off")


async def _by_page(told: Told) -> None:
    await told.daemon.desk.act([Action("light.turn_on", (LAMP,))], OWNER)


async def _by_app(told: Told) -> None:
    told.becomes(LAMP, "off", context="c-app-1", cause=Cause(user="somebody"))
    told.becomes(LAMP, "on", context="c-app-2", cause=Cause(user="somebody"))


async def _smoke_goes_through_a_pause(told: Told) -> None:
    daemon, states = told.daemon, told.daemon.mirror.states
    # Somebody has just turned the lamp off that is listed, and Claw is paused.
    told.becomes("light.hall_ceiling", "off", context="c-app-3", cause=Cause(user="somebody"))
    await daemon.desk.switching.pause("peace", OWNER, None)
    told.becomes("binary_sensor.kitchen_smoke", "on")
    alarm = await told.heard("SMOKE!")
    assert (alarm.to, alarm.urgency, alarm.kind) == ("everyone", "high", "alarm")
    row = await told.row("safety-smoke")
    assert row.status == "failed"  # one of the doors is denied, and that is said
    assert row.reason == f"{alarm.text} Did not work: lock.unlock on lock.garden_gate: the rule gate says deny"
    assert states["light.hall_ceiling"].value == "on"
    assert states["lock.front_door"].value == "unlocked"
    assert states["lock.garden_gate"].value == "locked"
    assert daemon.desk.status()["pause"]["paused"]
    await daemon.desk.switching.resume("enough", OWNER, console=False)


async def _the_alarms_are_tested(told: Told) -> None:
    run = await told.daemon.routines.keeper.run_now("safety-test", OWNER)
    assert run.status == "done"
    line = await told.heard("Test of the alarms")
    assert line.to == "person:anna"
    assert "lock.garden_gate" in line.text


async def _the_stop_holds_them(told: Told) -> None:
    answer = await told.daemon.desk.stop("enough", CONSOLE)
    assert "does not react to smoke" in answer["unwatched"]
    before = len(told.messages)
    told.becomes("binary_sensor.utility_leak", "on")
    row = await told.row("safety-leak")
    assert (row.status, row.reason) == ("held", "Claw is stopped")
    await told.daemon.desk.reset("looked", CONSOLE, console=True)
    rows = told.daemon.routines.book.runs("safety-leak")
    assert [one.status for one in rows] == ["held"]  # and nothing is made up for
    assert not any("WATER!" in one.text for one in told.messages[before:])
