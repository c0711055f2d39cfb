"""What every device backend must do, whatever is behind it.

``BackendContract`` is one class of tests; a subclass supplies the fixture ``rig``: a connected backend, its desk, a
listener that records, and which entity plays which part.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from claw.base.action import Action, Json, Permit
from claw.base.clock import SystemClock
from claw.base.errors import Refused, Unavailable
from claw.base.permit import LIFETIME_S, PermitDesk
from claw.house.backend import HouseBackend, Link
from claw.house.model import Change, House, State
from claw.house.services import expectation
from claw.house.simulated import SimulatedHouse
from tests.unit.house.strategies import demo_house


class MovableClock(SystemClock):
    """The machine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s


class Recorder:
    """A listener that keeps what it is told, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.houses: list[House] = []
        self.changes: list[Change] = []
        self.links: list[Link] = []
        self.events: list[tuple[str, Mapping[str, Json]]] = []
        self._told = asyncio.Event()

    def synced(self, house: House) -> None:
        self.houses.append(house)
        self._told.set()

    def changed(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)
        self._told.set()

    def linked(self, link: Link) -> None:
        self.links.append(link)
        self._told.set()

    def happened(
        self, event_type: str, data: Mapping[str, Json], context: str | None = None, by: str | None = None
    ) -> None:
        self.events.append((event_type, data))
        self._told.set()

    async def until(self, holds: Callable[[], bool], timeout_s: float = 15.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._told.clear()
                await self._told.wait()

    def states(self, entity_id: str) -> list[State]:
        return [change.state for change in self.changes if change.entity_id == entity_id and change.state is not None]


@dataclass(frozen=True)
class Parts:
    """Which entity of the house under test plays which part."""

    light: str
    dimmable: str
    switch: str
    lock: str
    cover: str
    history: bool = True  # whether the house keeps its past


@dataclass
class Rig:
    """A connected backend with everything the contract needs to try it."""

    backend: HouseBackend
    desk: PermitDesk
    clock: MovableClock
    parts: Parts
    told: Recorder = field(default_factory=Recorder)

    async def act(self, name: str, entity_id: str, **data: Json) -> str:
        """Perform an action with a permit of its own; returns the context id."""
        action = Action(name, (entity_id,), data)
        acknowledgement = await self.backend.perform(self.desk.issue(action, 1), action)
        assert acknowledgement.context_id is not None
        return acknowledgement.context_id

    async def state(self, entity_id: str) -> State:
        return (await self.backend.snapshot()).states[entity_id]

    async def settle(self, name: str, entity_id: str, **data: Json) -> State:
        """Perform an action and wait until its own expectation is reached."""
        house = await self.backend.snapshot()
        expected = expectation(house, Action(name, (entity_id,), data), entity_id)
        if expected.reached(house.states[entity_id]):
            return house.states[entity_id]
        await self.act(name, entity_id, **data)
        await self.told.until(lambda: any(expected.reached(state) for state in self.told.states(entity_id)[-1:]))
        return self.told.states(entity_id)[-1]


async def _refused(rig: Rig, permit: Permit, action: Action) -> bool:
    try:
        await rig.backend.perform(permit, action)
    except Refused:
        return True
    return False


class BackendContract:
    @pytest.fixture
    def rig(self) -> Rig:
        raise NotImplementedError

    async def test_connecting_tells_the_house_and_then_that_it_is_ready(self, rig: Rig) -> None:
        await rig.told.until(lambda: rig.told.links[-1:] != [] and rig.told.links[-1].status == "ready")
        assert rig.parts.light in rig.told.houses[-1].states

    async def test_a_snapshot_is_complete(self, rig: Rig) -> None:
        house = await rig.backend.snapshot()
        parts = {rig.parts.light, rig.parts.dimmable, rig.parts.switch, rig.parts.lock, rig.parts.cover}
        assert parts <= house.states.keys()
        assert house.states.keys() <= house.registry.entities.keys()
        assert {one.area for one in house.registry.entities.values()} - {None} <= house.registry.areas.keys()
        assert house.registry.areas

    async def test_changes_carry_the_context_of_our_own_act(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        context = await rig.act("light.turn_on", rig.parts.light)
        await rig.told.until(lambda: any(state.context == context for state in rig.told.states(rig.parts.light)))
        mine = [state for state in rig.told.states(rig.parts.light) if state.context == context]
        assert mine[0].value == "on"
        assert mine[0].changed is not None

    async def test_changes_come_in_order(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        before = len(rig.told.states(rig.parts.light))
        wished = ["on", "off", "on", "off"]
        for value in wished:
            await rig.act(f"light.turn_{value}", rig.parts.light)
        await rig.told.until(lambda: len(rig.told.states(rig.parts.light)) >= before + len(wished))
        assert [state.value for state in rig.told.states(rig.parts.light)[before:]] == wished

    async def test_attributes_change_too(self, rig: Rig) -> None:
        await rig.settle("light.turn_on", rig.parts.dimmable, brightness=200)
        state = await rig.settle("light.turn_on", rig.parts.dimmable, brightness=40)
        assert abs(state.attributes["brightness"] - 40) <= 3
        assert (await rig.state(rig.parts.dimmable)).attributes["brightness"] == state.attributes["brightness"]

    async def test_a_lock_and_a_cover_arrive_in_the_end(self, rig: Rig) -> None:
        await rig.settle("lock.lock", rig.parts.lock)
        assert (await rig.settle("lock.unlock", rig.parts.lock)).value == "unlocked"
        assert (await rig.settle("lock.lock", rig.parts.lock)).value == "locked"
        assert (await rig.settle("cover.open_cover", rig.parts.cover)).value == "open"

    async def test_nothing_moves_without_a_valid_permit(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        on = Action("light.turn_on", (rig.parts.light,))
        off = Action("light.turn_off", (rig.parts.light,))
        issued = rig.desk.issue(on, 1)
        bad: dict[str, Permit] = {
            "for another action": rig.desk.issue(off, 1),
            "for other data": rig.desk.issue(replace(on, data={"transition": 1}), 1),
            "for another entity": rig.desk.issue(replace(on, entities=(rig.parts.dimmable,)), 1),
            "sealed elsewhere": PermitDesk(rig.clock).issue(on, 1),
            "made up": Permit(on.digest(), 1, rig.clock.monotonic() + 60, b"n" * 16, b"s" * 32),
            "made to last": replace(issued, expires=issued.expires + 60),
            "for another intent": replace(issued, audit=2),
        }
        taken = [why for why, permit in bad.items() if not await _refused(rig, permit, on)]
        rig.clock.ahead_s += LIFETIME_S + 0.1
        if not await _refused(rig, issued, on):
            taken.append("too late")
        assert taken == []
        assert (await rig.state(rig.parts.light)).value == "off"

    async def test_a_house_that_is_held_takes_only_what_passes(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        await rig.settle("switch.turn_off", rig.parts.switch)
        passes = ("switch.turn_on", (rig.parts.switch,))
        rig.backend.hold({passes})
        tried = {
            "another action": Action("light.turn_on", (rig.parts.light,)),
            "another entity": Action("switch.turn_on", (rig.parts.light,)),
            "one entity more": Action("switch.turn_on", (rig.parts.switch, rig.parts.light)),
            "the other way": Action("switch.turn_off", (rig.parts.switch,)),
        }
        taken = [why for why, act in tried.items() if not await _refused(rig, rig.desk.issue(act, 1), act)]
        assert taken == []
        assert (await rig.settle("switch.turn_on", rig.parts.switch)).value == "on"
        assert (await rig.state(rig.parts.light)).value == "off"
        on = Action("switch.turn_on", (rig.parts.switch,))
        assert await _refused(rig, Permit(on.digest(), 1, rig.clock.monotonic() + 9, b"n" * 16, b"s" * 32), on)

    async def test_a_house_that_is_cut_can_be_read_again_and_still_takes_nothing(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        rig.backend.hold()
        rig.backend.cut()
        await rig.told.until(lambda: rig.told.links[-1].status == "ready")
        assert (await rig.state(rig.parts.light)).value == "off"
        on = Action("light.turn_on", (rig.parts.light,))
        for _ in range(3):
            assert await _refused(rig, rig.desk.issue(on, 1), on)
        rig.backend.release()
        assert (await rig.settle("light.turn_on", rig.parts.light)).value == "on"

    async def test_a_permit_spent_on_a_held_house_is_not_good_after_it(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        on = Action("light.turn_on", (rig.parts.light,))
        permit = rig.desk.issue(on, 1)
        rig.backend.hold()
        assert await _refused(rig, permit, on)
        rig.backend.release()
        assert await _refused(rig, permit, on)
        assert (await rig.state(rig.parts.light)).value == "off"

    async def test_a_permit_is_good_once(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        on = Action("light.turn_on", (rig.parts.light,))
        permit = rig.desk.issue(on, 1)
        await rig.backend.perform(permit, on)
        await rig.settle("light.turn_off", rig.parts.light)
        with pytest.raises(Refused):
            await rig.backend.perform(permit, on)
        assert (await rig.state(rig.parts.light)).value == "off"

    async def test_two_acts_at_once_are_told_apart(self, rig: Rig) -> None:
        await rig.settle("light.turn_off", rig.parts.light)
        await rig.settle("switch.turn_off", rig.parts.switch)
        light, switch = await asyncio.gather(
            rig.act("light.turn_on", rig.parts.light), rig.act("switch.turn_on", rig.parts.switch)
        )
        assert light != switch
        await rig.told.until(
            lambda: (
                {state.context for state in rig.told.states(rig.parts.light)} >= {light}
                and {state.context for state in rig.told.states(rig.parts.switch)} >= {switch}
            )
        )

    async def test_of_ten_acts_at_once_only_the_wrong_one_fails(self, rig: Rig) -> None:
        names = [f"light.turn_{'on' if number % 2 else 'off'}" for number in range(9)]
        answers = await asyncio.gather(
            *(rig.act(name, rig.parts.light) for name in names[:5]),
            rig.act("light.explode", rig.parts.light),
            *(rig.act(name, rig.parts.light) for name in names[5:]),
            return_exceptions=True,
        )
        assert [isinstance(answer, Refused) for answer in answers] == [False] * 5 + [True] + [False] * 4
        assert len({answer for answer in answers if isinstance(answer, str)}) == 9

    async def test_events_are_told_once_they_were_asked_for(self, rig: Rig) -> None:
        await rig.act("light.turn_on", rig.parts.light)
        assert rig.told.events == []
        await rig.backend.events(["call_service"])
        await rig.act("light.turn_off", rig.parts.light)
        await rig.told.until(lambda: bool(rig.told.events))
        kind, data = rig.told.events[0]
        assert (kind, data["domain"], data["service"]) == ("call_service", "light", "turn_off")

    async def test_the_past_can_be_asked_for(self, rig: Rig) -> None:
        if not rig.parts.history:
            pytest.skip("this house keeps no past")
        start = rig.clock.now()
        await rig.settle("light.turn_off", rig.parts.light)
        await rig.settle("light.turn_on", rig.parts.light)
        values: list[str] = []
        for _ in range(50):  # a real house writes its past down in its own time
            end = rig.clock.now() + timedelta(seconds=1)
            values = [state.value for state in await rig.backend.history(rig.parts.light, start, end)]
            if values[-2:] == ["off", "on"]:
                break
            await asyncio.sleep(0.1)
        assert values[-2:] == ["off", "on"]

    async def test_closing_ends_everything(self, rig: Rig) -> None:
        await rig.backend.close()
        assert rig.told.links[-1].status == "closed"
        action = Action("light.turn_on", (rig.parts.light,))
        with pytest.raises(Unavailable):
            await rig.backend.perform(rig.desk.issue(action, 1), action)
        with pytest.raises(Unavailable):
            await rig.backend.snapshot()
        told = len(rig.told.changes)
        await asyncio.sleep(0.05)
        assert len(rig.told.changes) == told
        await rig.backend.close()


class TestSimulatedHouse(BackendContract):
    @pytest.fixture
    async def rig(self) -> AsyncIterator[Rig]:
        clock = MovableClock()
        desk = PermitDesk(clock)
        backend = SimulatedHouse(demo_house(), desk, clock, clock)
        rig = Rig(
            backend,
            desk,
            clock,
            Parts(
                light="light.kitchen_sink",
                dimmable="light.kitchen_ceiling",
                switch="switch.coffee_machine",
                lock="lock.front_door",
                cover="cover.bedroom_blinds",
            ),
        )
        await backend.connect(rig.told)
        yield rig
        await backend.close()
