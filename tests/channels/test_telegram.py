"""Telegram keeps what every channel promises."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.telegram_room import ANNA, CARL, STRANGER, Room, chatting

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Telegram(Adapter):
    """Anna's account is enrolled; nobody has another, forwards what she wrote, or writes in a group."""

    kind = "telegram"

    def __init__(self, room: Room) -> None:
        super().__init__(room.daemon)
        self.room = room
        self.used: Any = None

    async def say(self, text: str) -> str:
        if not text.strip():
            return ""  # Telegram takes no empty message from anybody
        before = len(self.room.server.said(ANNA))
        self.room.server.says(ANNA, text)
        await self.room.server.until(lambda: len(self.room.server.said(ANNA)) > before)
        return self.room.server.said(ANNA)[before]

    async def yes(self, question: str) -> None:
        kept = self.room.telegram._posting._kept
        if question in self.waiting():
            await self.room.server.until(lambda: kept[question, str(ANNA)].reference)
            self.used = kept[question, str(ANNA)]
        assert self.used.reference is not None
        sent = self.room.server.messages[int(self.used.reference)]
        for button in self.used.post.buttons:
            if button.yes:
                self.room.server.taps_data(ANNA, sent, button.nonce)
        self.room.server.says(ANNA, "yes")
        await self.room.server.read()

    async def strangers(self, text: str, question: str = "") -> None:
        server = self.room.server
        asked = await server.answered(ANNA, "• ")
        for user in (STRANGER, CARL):
            server.says(user, text)
            for data in asked.buttons.values():
                server.taps_data(user, asked, data)
                server.taps_data(user, asked, data, message={"message_id": 1, "chat": {"id": user, "type": "private"}})
        server.says(
            STRANGER, text, **{"from": {"id": STRANGER, "is_bot": False, "first_name": "Anna", "username": "anna"}}
        )
        server.says(ANNA, text, forward_origin={"type": "user"})
        server.says(ANNA, text, chat={"id": -100, "type": "supergroup", "title": "Anna"})
        server.says(ANNA, text, **{"from": {"id": ANNA, "is_bot": True, "first_name": "Anna"}})
        await server.read()

    async def reconnect(self) -> None:
        await self.room.server.down()
        await self.room.server.until(lambda: not self.room.telegram.status()["ready"])
        await self.room.server.up()
        await self.room.server.until(lambda: self.room.telegram.status()["ready"])

    async def twice(self, text: str) -> None:
        one = self.room.server.says(ANNA, text)
        self.room.server.again(one)
        await self.room.server.read()
        self.room.server.again(one)
        await self.room.server.read()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    with pytest.MonkeyPatch.context() as patched:
        for wait in ("telegram.FIRST_RETRY_S", "telegram.PACE_S", "telegram_line.FIRST_WAIT_S"):
            patched.setattr(f"claw.channels.{wait}", 0.05)
        async with chatting(tmp_path_factory.mktemp("telegram"), POLICY) as room:
            await room.enrol("anna", ANNA)
            yield Telegram(room)


class TestTelegram(ChannelContract, adapter=Telegram):
    """All of it."""
