"""What Claw says unasked, sent to the people whom it is for, each in their own chat; it knows whether it arrived."""

import asyncio
import logging
from typing import Literal, Protocol

from claw.base.action import Message
from claw.base.errors import ClawError
from claw.channels.shown import shown
from claw.channels.telegram_links import Links

logger = logging.getLogger(__name__)

Urgency = Literal["low", "normal", "high"]
_RANK: dict[str, int] = {"low": 0, "normal": 1, "high": 2}


class Sending(Protocol):
    """The part of the line that sends."""

    async def send(self, chat: int, text: str, *, quiet: bool = False) -> int:
        """Send ``text``, without a sound where ``quiet``; raises ClawError."""
        ...


class ChatMouth:
    """Sends messages for people, for everybody and for a chat; what is for a room is not for a pocket."""

    def __init__(self, links: Links, line: Sending, least: Urgency) -> None:
        """``least`` is how urgent a message for a person is that is sent; what answers a chat always is."""
        self._links = links
        self._line = line
        self._least = least

    def reaches(self, message: Message) -> bool:
        """Return whether it is for anybody here."""
        return bool(self._chats(message))

    def why_not(self, message: Message) -> str:
        """Return why it is for nobody here; empty where it never would be."""
        kind, _, name = message.to.partition(":")
        if kind == "person" and not any(link.person == name for link in self._links.all()):
            return ""
        return "that is not urgent enough to be sent by Telegram" if kind in {"person", "everyone"} else ""

    async def tell(self, message: Message) -> bool:
        """Send it and return whether it arrived anywhere; raises nothing."""
        sent = await asyncio.gather(*(self._send(chat, message) for chat in self._chats(message)))
        return any(sent)

    async def _send(self, chat: int, message: Message) -> bool:
        try:
            await self._line.send(chat, shown(message.text), quiet=message.urgency == "low")
        except ClawError as error:
            logger.warning("A message could not be sent by Telegram: %s", error)
            return False
        return True

    def _chats(self, message: Message) -> list[int]:
        kind, _, name = message.to.partition(":")
        there = [link for link in self._links.all() if self._links.person(link.user) is not None]
        if kind == "conversation":
            return [link.user for link in there if name.startswith(f"telegram:{link.user}:")]
        if _RANK[message.urgency] < _RANK[self._least]:
            return []
        if kind == "person":
            return [link.user for link in there if link.person == name]
        return [link.user for link in there if self._links.counts(link.person)] if kind == "everyone" else []
