import asyncio

import pytest

from claw.base.action import Acknowledgement, Action, Permit
from claw.base.clock import SystemClock
from claw.base.errors import UnknownOutcome
from claw.base.permit import PermitDesk
from claw.gate.door import Door
from claw.gate.running import Running
from tests.gate_room import LAMP_ON


class Effector:
    def __init__(self, desk: PermitDesk) -> None:
        self.desk = desk
        self.sent: list[Action] = []
        self.hold: asyncio.Event | None = None

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        self.desk.spend(permit, action)
        self.sent.append(action)
        if self.hold:
            await self.hold.wait()
        return Acknowledgement("c")


async def test_an_action_goes_to_the_effector_of_its_domain_with_a_permit_that_holds() -> None:
    desk = PermitDesk(SystemClock())
    house, own = Effector(desk), Effector(desk)
    door = Door(desk, house, {"claw": own})
    await door.send(LAMP_ON, 1)
    await door.send(Action("claw.notify"), 2)
    assert ([one.name for one in house.sent], [one.name for one in own.sent]) == (["light.turn_on"], ["claw.notify"])


async def test_an_action_with_an_effector_of_its_own_goes_there() -> None:
    desk = PermitDesk(SystemClock())
    house, own, model = Effector(desk), Effector(desk), Effector(desk)
    door = Door(desk, house, {"claw": own, "claw.model": model})
    for name in ("claw.model", "claw.notify", "claw.models"):
        await door.send(Action(name), 1)
    assert [one.name for one in model.sent] == ["claw.model"]
    assert [one.name for one in own.sent] == ["claw.notify", "claw.models"]
    assert house.sent == []


async def test_a_call_under_way_ends_as_unknown_when_it_is_cut() -> None:
    desk, running = PermitDesk(SystemClock()), Running()
    house = Effector(desk)
    house.hold = asyncio.Event()
    sending = asyncio.create_task(Door(desk, house, {}, running).send(LAMP_ON, 1))
    await asyncio.sleep(0)
    running.cut()
    with pytest.raises(UnknownOutcome):
        await sending
