"""What people write by Telegram, turned into calls of the desk: one after another for each, and a stop before all else.

Who writes is the number of their account and nothing that a message says of itself.  A stop is looked for before
anything that could fail: before the disk is asked, before the line of what waits, whatever the hour and however late
it comes.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from claw.base.action import Origin, Reply, Strength
from claw.base.clock import Clock, Timer
from claw.base.erasure import Erasure
from claw.base.errors import Broken, ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.channel import Desk
from claw.channels.shown import shown
from claw.channels.telegram_links import Links
from claw.channels.telegram_manners import (
    BUSY,
    GREETING,
    HOURS,
    LATE,
    LINES,
    LOST,
    RESTARTED,
    STRANGER,
    WRONG,
    Manners,
)
from claw.channels.telegram_said import Odd, Said, Tapped, Typed
from claw.channels.telegram_seen import Seen

logger = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=2)
SLACK = timedelta(seconds=5)
"""Telegram's clock tells whole seconds, and is not ours."""

MOST_WAITING = 5
MOST_TASKS = 40
"""What is said and tapped at one time besides; a tap beyond it is not taken, and can be tapped again."""

MOST_STOPS = 200
"""Stops that are remembered while the disk takes nothing: a batch of updates holds a hundred."""

TYPING_AFTER_S = 1.5
TYPING_EVERY_S = 5.0
DELIVERING_S = 45.0
"""For so long an answer is tried again; it holds words, and is soon no news."""

DELIVER_AGAIN_S = 5.0
COMMANDS = (
    ("stop", "Stop everything at once"),
    ("undo", "Take the last thing back"),
    ("help", "What I can do"),
)
_MEANT = {"/undo": "undo", "/help": "help"}


class Sending(Protocol):
    """The part of the line that answers."""

    async def send(self, chat: int, text: str) -> int:
        """Send ``text``; raises ClawError."""
        ...

    async def acknowledge(self, query: str, text: str = "") -> None:
        """Answer a tap; raises ClawError."""
        ...

    async def edit(self, chat: int, message: int, text: str) -> None:
        """Write ``text`` in the place of a message; raises ClawError."""
        ...

    async def typing(self, chat: int) -> None:
        """Show that something is being written; raises ClawError."""
        ...


@dataclass(frozen=True)
class Behind:
    """What messages lead to.

    ``stops`` knows the stop phrase without a model or a house; ``tapped`` takes a button (``Posting.answer``);
    ``refused`` counts one refusal of a source, in words of our own.  ``proves`` is how well a chat proves its person.
    ``put`` knows the messages (chat and number) of questions that are cleared by themselves.
    """

    desk: Desk
    links: Links
    seen: Seen
    stops: Callable[[str, Origin], bool]
    tapped: Callable[[str, str], Coroutine[None, None, Reply]]
    refused: Callable[[str, str], None]
    proves: Strength = "tap"
    put: Callable[[int, int], bool] = lambda _chat, _message: False


@dataclass
class _Chat:
    """What one account wrote and has no answer yet, and the task that answers."""

    waiting: deque[Typed] = field(default_factory=deque[Typed])
    task: asyncio.Task[None] | None = None


class Chats:
    """All private chats with people of the household, and everybody else who writes."""

    def __init__(self, behind: Behind, line: Sending, clock: Clock, timer: Timer) -> None:
        self._behind = behind
        self._line = line
        self._clock = clock
        self._timer = timer
        self._manners = Manners(clock)
        self._started = clock.now()
        self._chats: dict[int, _Chat] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._untold: set[int] = set()
        self._engaged: deque[int] = deque(maxlen=MOST_STOPS)

    def take(self, said: Said) -> None:
        """Take one update; raises Broken where it cannot be kept that it was taken, and nothing is done about it."""
        match said:
            case Typed():
                self._typed(said)
            case Tapped() if self._behind.links.person(said.user) is not None and len(self._tasks) < MOST_TASKS:
                if self._behind.seen.take(said.update, said.user):
                    self._spawn(self._tapped(said))
            case Odd():
                self._odd(said)
            case _:
                pass

    def take_stop(self, said: Said) -> None:
        """Take what is a stop, and leave anything else: what came before it could not be taken."""
        if isinstance(said, Typed) and (person := self._behind.links.person(said.user)) is not None:
            self._stop(said, person)

    def reconnected(self) -> None:
        """Tell those whose answers were lost, and those whom an earlier daemon left without one."""
        untold, self._untold = self._untold, set()
        for user in untold:
            self._spawn(self._say(user, LOST))
        for user in self._behind.seen.unanswered():
            if self._behind.links.person(user) is not None:
                self._spawn(self._say(user, RESTARTED))

    def erase(self, erasure: Erasure) -> int:
        """Let go of what waits to be answered and is to be forgotten."""
        gone = 0
        for user, chat in self._chats.items():
            person = self._behind.links.person(user) or ""
            kept = [
                one
                for one in chat.waiting
                if not erasure.means(one.text, conversation=conversation(user), person=person)
            ]
            gone += len(chat.waiting) - len(kept)
            chat.waiting = deque(kept)
        return gone

    async def close(self) -> None:
        """End what is being answered: its writers are told after the next start."""
        tasks = [*self._tasks, *(chat.task for chat in self._chats.values() if chat.task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _origin(self, person: str, user: int) -> Origin:
        return origin_of(person, user, self._behind.proves)

    def _typed(self, said: Typed) -> None:
        person = self._behind.links.person(said.user)
        word, _, code = said.text.partition(" ")
        if word == "/start" and code and person is None:
            if self._manners.tries(said.user):
                self._spawn(self._enrol(said.user, code))
            self._behind.refused(f"telegram {said.user}", "code")
            return
        if person is None:
            self._stranger(said.user)
            return
        if self._stop(said, person):
            return
        if not self._behind.seen.take(said.update, said.user):
            return
        if (why := self._why_not(said, person)) is not None:
            self._line_to(said.user, why)
            self._done(said.update)
            return
        chat = self._chats.setdefault(said.user, _Chat())
        chat.waiting.append(said)
        if chat.task is None or chat.task.done():
            chat.task = asyncio.get_running_loop().create_task(self._answers(chat))

    def _why_not(self, said: Typed, person: str) -> str | None:
        chat = self._chats.get(said.user)
        if self._late(said.at):
            return LATE
        if not self._behind.links.counts(person):
            return HOURS
        return BUSY if chat is not None and len(chat.waiting) >= MOST_WAITING else None

    def _late(self, at: datetime) -> bool:
        return at < self._started - SLACK or self._clock.now() - at > LATE_AFTER

    def _stop(self, said: Typed, person: str) -> bool:
        """Return whether this is a stop; then the switch is engaged, before anything that can fail, but once."""
        origin = self._origin(person, said.user)
        bare = said.text.strip().casefold() == "/stop"
        if not bare and not self._behind.stops(said.text, origin):
            return False
        try:
            new = self._behind.seen.take(said.update, said.user)
        except Broken:
            logger.exception("A stop came by Telegram while nothing can be kept on disk")
            new = said.update not in self._engaged
        self._engaged.append(said.update)
        if new:
            self._behind.desk.switching.stop("said by Telegram", origin)
            # The words come from the turn; what waits for room there must not hold them up.
            self._spawn(self._answer(said, "stop" if bare else said.text, origin))
        return True

    async def _answers(self, chat: _Chat) -> None:
        while chat.waiting:
            said = chat.waiting.popleft()
            person = self._behind.links.person(said.user)
            if person is None:
                continue  # revoked meanwhile
            if self._late(said.at):
                await self._say(said.user, LATE)
                self._done(said.update)
                continue
            text = said.text.strip()
            if text == "/start" or text.startswith("/start "):
                await self._say(said.user, GREETING)
                self._done(said.update)
                continue
            await self._answer(said, _MEANT.get(text.casefold(), said.text), self._origin(person, said.user))

    async def _answer(self, said: Typed, text: str, origin: Origin) -> None:
        typing = asyncio.get_running_loop().create_task(self._typing(said.user))
        try:
            answer = (await self._behind.desk.say(text, origin)).text
        except Exception:
            # The boundary: whoever wrote gets an answer, and the log of the process says what went wrong.
            logger.exception("What was written by Telegram failed unexpectedly")
            answer = WRONG
        finally:
            typing.cancel()
        if self._behind.links.person(said.user) == origin.person:  # else it was revoked while it was worked out
            await self._say(said.user, answer)
        self._done(said.update)

    async def _typing(self, user: int) -> None:
        await self._timer.sleep(TYPING_AFTER_S)
        while True:
            try:
                await self._line.typing(user)
            except ClawError:
                return
            await self._timer.sleep(TYPING_EVERY_S)

    async def _tapped(self, said: Tapped) -> None:
        try:
            reply = await self._behind.tapped(said.data, str(said.user))
        except Refused as refused:
            await self._tell(self._line.acknowledge(said.query, str(refused)))
            if not self._behind.put(said.user, said.message):  # of an earlier daemon: nobody else takes its buttons
                await self._tell(self._line.edit(said.user, said.message, shown(f"✕ {refused}")))
            self._behind.refused(f"telegram {said.user}", "answer")
        except Exception:
            # The boundary, as above.
            logger.exception("What was tapped in Telegram failed unexpectedly")
            await self._tell(self._line.acknowledge(said.query, WRONG))
        else:
            await self._tell(self._line.acknowledge(said.query))
            await self._say(said.user, reply.text)
        self._done(said.update)

    async def _enrol(self, user: int, code: str) -> None:
        try:
            person = await self._behind.links.enrol(code, user)
        except Refused as refused:
            await self._say(user, f"I do not know you: {refused}.", tries=1)
        except ClawError:
            logger.exception("An account of Telegram's could not be enrolled")
            await self._say(user, WRONG, tries=1)
        else:
            await self._say(user, f"You are {person} here. {GREETING}")

    def _odd(self, said: Odd) -> None:
        if self._behind.links.person(said.user) is None:
            if said.chat == said.user:
                self._stranger(said.user)
            return
        if self._manners.says(said.user, said.kind):
            self._spawn(self._say(said.user, LINES[said.kind], tries=1))

    def _stranger(self, user: int) -> None:
        self._behind.refused(f"telegram {user}", "stranger")
        if self._manners.greets(user):
            self._spawn(self._say(user, STRANGER, tries=1))

    def _line_to(self, user: int, line: str) -> None:
        if self._manners.says(user, line):
            self._spawn(self._say(user, line))

    async def _say(self, user: int, text: str, tries: int = 0) -> None:
        """Send ``text``, again while the line is away, but not for long; ``tries`` is how often, 0 as is worth it."""
        begun, tried = self._clock.monotonic(), 0
        while True:
            try:
                await self._line.send(user, shown(text))
            except UnknownOutcome:
                return  # it may be there: to send it again could say it twice
            except Unavailable:
                tried += 1
                if tried == tries:
                    return
                if self._clock.monotonic() - begun > DELIVERING_S:
                    self._untold.add(user)
                    return
                await self._timer.sleep(DELIVER_AGAIN_S)
            except ClawError as refused:
                logger.info("A message by Telegram was not taken: %s", refused)
                return
            else:
                return

    async def _tell(self, told: Coroutine[None, None, None]) -> None:
        try:
            await told
        except ClawError as error:
            logger.info("Telegram did not take what a tap is answered with: %s", error)

    def _done(self, update: int) -> None:
        try:
            self._behind.seen.done(update)
        except Broken:
            logger.exception("It cannot be kept that a message was answered")

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        if len(self._tasks) >= MOST_TASKS:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def origin_of(person: str, user: int, proves: Strength) -> Origin:
    """Return what somebody's own chat speaks with."""
    return Origin(
        channel="telegram",
        person=person,
        authenticated=True,
        source=f"telegram {user}",
        conversation=conversation(user),
        strength=proves,
    )


def conversation(user: int) -> str:
    """Return the id of the one conversation that an account has."""
    return f"telegram:{user}:main"
