"""A phone with Home Assistant's app keeps what every channel promises."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import pytest
import pytest_asyncio

from claw.base.action import Action
from claw.channels.phone import EVENT
from claw.daemon.build import Daemon
from claw.house.simulated import SimulatedHouse
from tests.channels.contract import FAN, POLICY, Adapter, ChannelContract, Row, settle
from tests.living import OWNER, living
from tests.talking import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNA, SERVICE = "a" * 32, "notify.mobile_app_anna"
QUIET = "nothing can be said on a notification: it is tapped"


class Phone(Adapter):
    """Anna's phone proves a tap; nobody fires the same event without her user, or with another's word."""

    kind = "phone"
    speaks = False
    without: ClassVar[Mapping[Row, str]] = {"rights": QUIET, "stop": QUIET, "long and empty": QUIET}

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(daemon)
        assert isinstance(daemon.backend, SimulatedHouse)
        self.house = daemon.backend
        self.used = ""

    def buttons(self, question: str) -> dict[str, str]:
        mine = [one.data["data"] for one in self.house.performed if one.name == SERVICE]
        found = next((one for one in reversed(mine) if one.get("tag") == f"claw-{question}" and "actions" in one), {})
        return {one["title"]: one["action"] for one in found.get("actions", ())}

    def tap(self, button: str, user: str | None = ANNA) -> None:
        self.house.fire(EVENT, {"action": button}, "context", user)

    async def ask(self, text: str, entity: str, service: str) -> None:
        await self.daemon.desk.act((Action(f"{entity.partition('.')[0]}.{service}", (entity,)),), OWNER)

    async def yes(self, question: str) -> None:
        async def there() -> bool:
            return bool(self.buttons(question))

        await until(there)
        self.used = self.buttons(question).get("Approve", "CLAW_made-up")
        self.tap(self.used)
        await asyncio.sleep(0.05)

    async def strangers(self, text: str, question: str = "") -> None:
        async def there() -> bool:
            return bool(self.buttons(question))

        await until(there)
        for user in ("b" * 32, None):
            for button in self.buttons(question).values():
                self.tap(button, user)
        for button in (text, question, "APPROVE", "CLAW_" + "x" * 5_000, self.used):
            self.tap(button)
        self.house.fire(EVENT, {"action": ["CLAW"], "reply_text": text}, "context", ANNA)

    async def lively(self, state: str) -> None:
        if state == "on":
            await self.yes(await self.asked("", FAN, "turn_on"))
        else:
            await self.daemon.desk.say("turn off the bathroom fan", OWNER)
        await self.becomes(FAN, state)

    async def reconnect(self) -> None:
        await self.house.close()
        await self.house.connect(self.daemon.mirror)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Phone]:
    phones = {"phones": [{"service": SERVICE, "person": "anna", "user": ANNA}]}
    async with living(tmp_path_factory.mktemp("phone"), POLICY, channels=phones) as daemon:
        yield Phone(daemon)


class TestPhone(ChannelContract, adapter=Phone):
    """What a notification can be asked for."""

    async def test_a_message_that_is_delivered_twice_acts_once(self, channel: Adapter) -> None:
        assert isinstance(channel, Phone)
        question = await channel.asked("", FAN, "turn_on")
        await channel.yes(question)
        for _ in range(3):
            channel.tap(channel.used)
        await channel.becomes(FAN, "on")
        await channel.daemon.desk.say("turn off the bathroom fan", OWNER)
        channel.tap(channel.used)
        await settle(channel)
        assert channel.state(FAN) == "off"
