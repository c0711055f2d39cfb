"""A whole daemon whose household meets it by Telegram, at a scripted Bot API over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claw.channels.revoked import Revoked
from claw.channels.telegram import Telegram
from claw.daemon.build import Daemon
from tests.living import CONSOLE, living
from tests.peers.scripted_telegram import TOKEN, ScriptedTelegram, Sent

ANNA, BEN, CARL, STRANGER = 5001, 5002, 5003, 6666

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "cover.*", fan.turn_off]}
  - {id: messages, allow: claw.notify}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], same_chat: true}}
  - {id: fans, confirm: fan.turn_on, ask: {roles: [owner, adult], same_chat: true}}
"""


@dataclass
class Room:
    """The daemon, its bot and the server that the bot talks to."""

    daemon: Daemon
    telegram: Telegram
    server: ScriptedTelegram
    revoked: Revoked

    async def enrol(self, person: str, user: int) -> None:
        self.server.says(user, f"/start {self.telegram.enrol(person, CONSOLE)['code']}")
        await self.server.answered(user, f"You are {person}")

    async def say(self, user: int, text: str, pattern: str = ".", **message: Any) -> Sent:
        """Have ``user`` write and return the newest answer, which must match."""
        before = len(self.server.said(user))
        self.server.says(user, text, **message)
        await self.server.until(lambda: len(self.server.said(user)) > before)
        return await self.server.answered(user, pattern)

    def state(self, entity: str) -> str:
        return self.daemon.mirror.states[entity].value


def configured(folder: Path, server: ScriptedTelegram, **more: Any) -> dict[str, Any]:
    """Return the section of a configuration that names the bot."""
    path = folder / "telegram-token"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(0o600)
    return {"telegram": {"token_file": str(path), "api": server.url, **more}}


async def room_of(daemon: Daemon, server: ScriptedTelegram) -> Room:
    """Return the room of a daemon that was met by Telegram, once it has asked for messages."""
    (made,) = [one for one in daemon.met.channels if isinstance(one, Telegram)]
    assert daemon.web.admission is not None
    await server.until(lambda: server.polls)
    return Room(daemon, made, server, daemon.web.admission.accounts.revoked)


@asynccontextmanager
async def chatting(folder: Path, policy: str = POLICY, **more: Any) -> AsyncIterator[Room]:
    async with (
        ScriptedTelegram() as server,
        living(folder, policy, channels=configured(folder, server, **more)) as daemon,
    ):
        yield await room_of(daemon, server)
