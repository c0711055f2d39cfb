"""Telegram: a bot of the household's own, which people of it write to, and which brings them questions and messages.

Claw asks Telegram's server for what came in, so nothing has to reach this machine from outside.  What is asked for is
held by the server until the next question confirms it: a connection that breaks loses nothing, and what comes twice is
known by its number (``telegram_seen.py``).
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Json, Origin
from claw.base.clock import Clock, Timer
from claw.base.errors import Broken, ClawError
from claw.base.supervised import Supervised
from claw.channels.posting import Posting
from claw.channels.telegram_chats import COMMANDS, Chats
from claw.channels.telegram_links import Links
from claw.channels.telegram_said import read

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
FLUSH_S = 60.0
POLL_S = 25
"""How long the server holds a question for updates; what stands between may drop a connection that is quiet longer."""

PACE_S = 1.0
"""Between two questions where the last brought nothing new and came back at once: that server does not wait."""


class Polled(Protocol):
    """The part of the line that is asked (``telegram_line.py``)."""

    async def name(self) -> str:
        """Return the bot's name; raises ClawError."""
        ...

    async def commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Offer commands; raises ClawError."""
        ...

    async def updates(self, offset: int | None, wait_s: int) -> Sequence[Json]:
        """Return what came in from ``offset`` on, waiting so long for it; raises ClawError."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class Counted(Protocol):
    """Counts what was refused (``web/limits.py``, Fold)."""

    async def flush(self) -> None:
        """Tell what was counted since the last time."""
        ...


@dataclass(frozen=True)
class Rooms:
    """What the channel is made of besides its line."""

    links: Links
    chats: Chats
    posting: Posting
    refused: Counted


class Telegram:
    """The channel; runs from ``start`` to ``close``."""

    kind = "telegram"

    def __init__(self, line: Polled, rooms: Rooms, clock: Clock, timer: Timer) -> None:
        self.links = rooms.links
        self._line = line
        self._chats = rooms.chats
        self._posting = rooms.posting
        self._refused = rooms.refused
        self._clock = clock
        self._timer = timer
        self.kept = (
            Supervised(self.kind, self._run, clock, timer),
            Supervised(self.kind, self._flush, clock, timer),
        )
        self._name = ""
        self._offset: int | None = None
        self._problem = "Telegram was not asked yet"

    async def start(self) -> None:
        """Begin to ask for messages, and to put questions."""
        self.links.changed.append(self._posting.renew)
        self._posting.start()
        for work in self.kept:
            work.start()

    async def close(self) -> None:
        """Ask no more, and hang up."""
        for work in self.kept:
            await work.close()
        with contextlib.suppress(ValueError):
            self.links.changed.remove(self._posting.renew)
        await self._posting.close()
        await self._chats.close()
        await self._refused.flush()
        await self._line.close()

    def enrol(self, person: str, origin: Origin) -> dict[str, Json]:
        """Return a code that binds an account to ``person``, and where to send it; raises Refused."""
        code = self.links.code(person, origin)
        address = f"https://t.me/{self._name}?start={code}" if self._name else ""
        return {"code": code, "bot": self._name, "address": address}

    async def revoke(self, person: str, origin: Origin) -> dict[str, Json]:
        """Take away every account of somebody's; raises Refused where they have none."""
        return {"accounts": await self.links.revoke(person, origin)}

    def accounts(self) -> dict[str, Json]:
        """Return who may write, from which accounts, and how the bot does."""
        rows = [
            {"user": link.user, "person": link.person, "since": link.since.isoformat(timespec="seconds")}
            for link in self.links.all()
        ]
        return {**self.status(), "accounts": rows}

    def status(self) -> dict[str, Json]:
        """Return how it is, with the bot's name and how many accounts are enrolled."""
        detail = self._problem or self._posting.problem
        return {
            "kind": self.kind,
            "ready": not self._problem,
            "detail": detail,
            "bot": self._name,
            "accounts": len(self.links.all()),
        }

    async def _run(self) -> None:
        wait_s = FIRST_RETRY_S
        while True:
            begun = self._clock.monotonic()
            try:
                batch = await self._asked()
                moved = self._take(batch)
            except ClawError as error:
                self._failed(error)
                wait_s = LONGEST_RETRY_S if isinstance(error, Broken) and not self._name else wait_s
                await self._timer.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_RETRY_S)
                continue
            wait_s = FIRST_RETRY_S
            self._is_there()
            if not moved and self._clock.monotonic() - begun < PACE_S:
                await self._timer.sleep(PACE_S)

    async def _asked(self) -> Sequence[Json]:
        if not self._name:
            self._name = await self._line.name()
            with contextlib.suppress(ClawError):
                await self._line.commands(COMMANDS)
        # After a failure it does not wait, so that it is known at once whether the line is there again.
        return await self._line.updates(self._offset, 0 if self._problem else POLL_S)

    def _take(self, batch: Sequence[Json]) -> bool:
        """Take what came in, in order; return whether any of it was new.  Raises Broken where it could not be kept."""
        broken: Broken | None = None
        before = self._offset
        for said in filter(None, map(read, batch)):
            if broken is not None:
                self._chats.take_stop(said)
                continue
            try:
                self._chats.take(said)
            except Broken as error:
                broken = error  # it comes again, and so does all that follows it
                continue
            except Exception:
                # The boundary: one update that nobody foresaw must not hold up all that come after it.
                logger.exception("What came by Telegram failed unexpectedly")
            self._offset = said.update + 1
        if broken is not None:
            raise broken
        return self._offset != before

    def _is_there(self) -> None:
        if self._problem:
            logger.info("Telegram is there")
            self._problem = ""
            self._chats.reconnected()

    async def _flush(self) -> None:
        while True:
            await self._timer.sleep(FLUSH_S)
            await self._refused.flush()

    def _failed(self, error: ClawError) -> None:
        if str(error) != self._problem:
            logger.warning("Telegram: %s", error)
        self._problem = str(error)
