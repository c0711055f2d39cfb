"""The companion app on a real Home Assistant: registered, pushed to and tapped by the calls that the app makes."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.peers.companion_app import CompanionApp, button, companion_app, titles
from tests.peers.real_hass import RealHomeAssistant
from tests.running import Claw, running
from tests.talking import Local, local, until

DOOR = "lock.kitchen_door"
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: phones, allow: notify.mobile_app_*, who: {channel: system}}
  - {id: locking, allow: lock.lock}
  - {id: unlocking, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [cli, phone], strength: session}}
"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Home:
    """A daemon on a real Home Assistant, and Anna's phone there; ``other`` is a phone of another user."""

    house: RealHomeAssistant
    claw: Claw
    talk: Local
    phone: CompanionApp
    other: CompanionApp

    async def channel(self) -> dict[str, Any]:
        """Return what the status says of the phones."""
        return next(one for one in (await self.talk.ask("status"))["channels"] if one["kind"] == "phone")

    async def door_is(self, state: str) -> None:
        async def so() -> bool:
            return await self.talk.state_of(DOOR) == state

        await until(so, 30)

    async def asks(self) -> dict[str, Any]:
        """Have the locked door asked about and return what the phone shows."""
        await self.talk.ask("say", text="lock the kitchen door")
        await self.door_is("locked")
        reply = await self.talk.ask("say", text="unlock the kitchen door")
        assert reply["status"] == "pending", reply
        return await self.phone.shows()


def configured(folder: Path, house: RealHomeAssistant, phone: CompanionApp) -> tuple[str, ...]:
    """Write a configuration with that phone, and return the command that runs it."""
    settings = {
        "house": {"url": house.url},
        "policy": "policy.yaml",
        "listen": {"port": 0},
        "people": [{"id": "anna", "name": "Anna", "role": "owner", "uid": os.getuid()}],
        "channels": {
            "page": "https://claw.example",
            "phones": [{"service": phone.service, "person": "anna", "user": phone.user, "proves": "session"}],
        },
    }
    (folder / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    return "run", "--config", str(folder / "config.yaml")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(home_assistant: RealHomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    folder = tmp_path_factory.mktemp("phone")
    annas, bens = [await home_assistant.token_of_a_user(name) for name in ("anna", "ben")]
    async with (
        companion_app(home_assistant, "Anna Phone", annas) as phone,
        companion_app(home_assistant, "Ben Phone", bens) as other,
    ):
        command = configured(folder, home_assistant, phone)
        with running(folder / "state", command, {"CLAW_HOUSE_TOKEN": home_assistant.token}) as claw:
            async with local(claw.state) as talk:

                async def linked() -> bool:
                    return bool((await talk.ask("status"))["link"]["ready"])

                await until(linked, 60)
                yield Home(home_assistant, claw, talk, phone, other)


async def test_a_yes_on_the_phone_opens_the_door_and_clears_the_question(home: Home) -> None:
    assert (await home.channel())["detail"] == ""
    shown = await home.asks()
    assert titles(shown) == ["Approve", "Reject", "Open the page"]
    assert "locked → unlocked" in shown["message"]
    await home.phone.tap(button(shown, "Approve"))
    await home.phone.cleared()
    await home.door_is("unlocked")


async def test_a_tap_counts_once_and_from_the_phone_of_its_own_user_alone(home: Home) -> None:
    shown = await home.asks()
    await home.other.tap(button(shown, "Approve"))  # whoever read the word over somebody's shoulder
    async with home.house.talk() as owner:
        await owner.command(
            "fire_event", event_type="mobile_app_notification_action", event_data={"action": button(shown, "Approve")}
        )
    await home.phone.tap("CLAW_" + "x" * 22)
    await home.phone.tap("OPEN_GARAGE", reply_text="yes")
    assert await home.talk.state_of(DOOR) == "locked"
    assert len(await home.talk.ask("pending")) == 1
    await home.phone.tap(button(shown, "Reject"))
    await home.phone.cleared()
    await home.phone.tap(button(shown, "Approve"))
    await asyncio.sleep(0.5)
    await home.door_is("locked")


async def test_what_was_answered_elsewhere_is_cleared(home: Home) -> None:
    await home.asks()
    (question,) = await home.talk.ask("pending")
    await home.talk.ask("answer", id=question["id"], yes=False)
    await home.phone.cleared()


@pytest.mark.prove
async def test_a_token_that_hears_no_answers_is_said_and_the_question_comes_without_buttons(
    home_assistant: RealHomeAssistant, home: Home, tmp_path: Path
) -> None:
    home.claw.end()
    token = await home_assistant.token_of_a_user("claw")
    with running(
        tmp_path / "state", configured(tmp_path, home_assistant, home.phone), {"CLAW_HOUSE_TOKEN": token}
    ) as claw:
        async with local(claw.state) as talk:

            async def told() -> bool:
                status = await talk.ask("status")
                return status["link"]["ready"] and "administrator" in status["channels"][-1]["detail"]

            await until(told, 60)
            await talk.ask("say", text="lock the kitchen door")
            await talk.ask("say", text="unlock the kitchen door")
            shown = await home.phone.shows()
            assert titles(shown) == ["Open the page"]
            assert "Say yes on the page" in shown["message"]
