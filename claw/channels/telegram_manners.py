"""What is said to whom by Telegram besides answers, and how often: anybody in the world may write to a bot.

Somebody unknown gets one line and then nothing; all of them together get a few a minute.  Somebody of the household
gets one line for what is no request, and not one for each picture of an album.  All tables are bounded.
"""

from collections import OrderedDict
from typing import TypeVar

from claw.base.clock import Clock
from claw.channels.telegram_said import Kind

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

STRANGER = "This is the bot of one household, and it does not know you. Whoever runs it can let you in."
LATE = "That reached me too late to act on. Say it again if it still holds."
BUSY = "That is too much at once. Wait for my answers first."
HOURS = "I take nothing from you at this hour."
LOST = "An answer of mine did not get through. Look whether what you asked for was done before you ask again."
RESTARTED = "I was restarted before I answered you. Look whether what you asked for was done before you ask again."
WRONG = "That went wrong inside Claw; its log says how."
GREETING = "Write to me as you would say it. /stop stops everything, /undo takes the last thing back, /help helps."

LINES: dict[Kind, str] = {
    "edited": "I read a message once, as it was first sent. Write a new one instead of changing it.",
    "forwarded": "I take no requests from what others wrote. Type it yourself if you mean it.",
    "other": "I only take text that you type yourself: no files, pictures, captions, places or stickers.",
    "group": "I take requests in our private chat only, not in groups or channels.",
}

MOST_REMEMBERED = 256
LINE_EVERY_S = 60.0
GROUP_EVERY_S = 3600.0
STRANGERS_BURST = 10
STRANGERS_PER_S = 10 / 60
TRIES = 5
"""Codes that a stranger may try within an hour and hear about it."""


class Manners:
    """Remembers who was told what."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._strangers: OrderedDict[int, None] = OrderedDict()
        self._said: OrderedDict[tuple[int, str], float] = OrderedDict()
        self._tries: OrderedDict[int, tuple[float, int]] = OrderedDict()
        self._level = float(STRANGERS_BURST)
        self._filled = clock.monotonic()

    def greets(self, stranger: int) -> bool:
        """Return whether somebody unknown is told that they are: once, and not when many are."""
        if stranger in self._strangers:
            return False
        if not self._room():
            return False
        _keep(self._strangers, stranger, None)
        return True

    def tries(self, stranger: int) -> bool:
        """Return whether a code of somebody unknown is looked at."""
        now = self._clock.monotonic()
        since, count = self._tries.get(stranger, (now, 0))
        if now - since >= GROUP_EVERY_S:
            since, count = now, 0
        if count >= TRIES or not self._room():
            return False
        _keep(self._tries, stranger, (since, count + 1))
        return True

    def says(self, user: int, what: str) -> bool:
        """Return whether somebody known is told this line now."""
        now, every_s = self._clock.monotonic(), GROUP_EVERY_S if what == "group" else LINE_EVERY_S
        last = self._said.get((user, what))
        if last is not None and now - last < every_s:
            return False
        _keep(self._said, (user, what), now)
        return True

    def _room(self) -> bool:
        now = self._clock.monotonic()
        self._level = min(float(STRANGERS_BURST), self._level + (now - self._filled) * STRANGERS_PER_S)
        self._filled = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def _keep(table: "OrderedDict[_Key, _Value]", key: _Key, value: _Value) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > MOST_REMEMBERED:
        table.popitem(last=False)
