"""Questions that come to people where they are: what every channel with buttons shares, so that none owns logic.

A question waits in one place and is answered once; a notification lies about for days, is read by whoever holds the
phone, and is tapped twice.  So each button carries a word of its own that nobody can guess, good for one tap of the one
reader it was put to; where a question is answered elsewhere, voided or over, what was put is cleared again.  Whose yes
counts is decided where every answer is (``claw/gate/answering.py``): here only what would not count is not offered.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from claw.base.action import Json, Origin, Pending, Reply, Terms
from claw.base.clock import Clock, Timer, within
from claw.base.errors import ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.posting_words import card_words, fits
from claw.channels.veil import HIDDEN
from claw.gate.answering import WHOLE, Choice

logger = logging.getLogger(__name__)

MOST_POSTS = 200
"""What is put at one time, over all readers of a channel; what is more waits on the page alone."""

NONCE_BYTES = 16
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 60.0
MOST_CLEARINGS = 6
CLOSING_S = 2.0
"""How long a daemon that ends waits for what is taken back: a dead button is a nuisance, a late end is worse."""

Settled = Literal["approved", "rejected", "void", "expired", "withdrawn"]
"""Why a question is not open any more; ``withdrawn``: it is not this reader's to see any more."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One place where questions can be put: its id in the channel (a phone, a chat), and who an answer there is from.

    ``origin`` says how well that is proved (``strength``) and has the id in its ``source``; it holds no taint.
    """

    id: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Button:
    """One answer that may be given to a post; ``number`` is what is picked with a yes, empty where none was told."""

    nonce: str
    yes: bool
    number: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One question as it is put to one reader.

    ``text`` is its card in words; ``buttons`` are the answers that would count, a yes (or one for each number) before
    the no.  Where no yes is among them ``elsewhere`` says in a sentence why, and it is to be said yes to on the page.
    """

    question: str
    reader: Reader
    text: str
    buttons: tuple[Button, ...]
    elsewhere: str
    risky: bool
    expires: datetime


class Board(Protocol):
    """What a channel with buttons brings."""

    def readers(self) -> Sequence[Reader]:
        """Return where questions can be put now; asked often."""
        ...

    async def put(self, post: Post) -> str:
        """Show ``post`` and return what it is cleared by.

        Raises Unavailable (tried again while the question is open), Refused (not tried again), UnknownOutcome (it may
        be there, and is not put again).
        """
        ...

    async def clear(self, post: Post, reference: str, how: Settled) -> None:
        """Take the buttons of a post away; ``reference`` is empty where nobody knows whether it is there.

        Raises Unavailable (tried again some times), Refused.
        """
        ...


class Waiting(Protocol):
    """The questions that wait (``claw/gate/confirm.py``, Questions)."""

    told: list[Callable[[], None]]

    def stood(self, question: str) -> str:
        """Return how a question stands."""
        ...

    def waiting(self) -> Sequence[Pending]:
        """Return those that stand."""
        ...

    def check_answer(self, asked: Sequence[Terms | None], origin: Origin) -> None:
        """Raise Refused unless ``origin`` may say yes on these terms."""
        ...

    def check_no(self, pending: Pending, origin: Origin) -> None:
        """Raise Refused unless ``origin`` may say no to this."""
        ...


class Answer(Protocol):
    """How an answer comes in (``claw/channels/channel.py``, Desk.answer)."""

    async def __call__(self, pending: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Reply:
        """Give the answer; raises Refused."""
        ...


@dataclass(frozen=True)
class Asked:
    """What is put: the questions, their cards as a viewer may see them (Desk.cards), and how they are answered."""

    questions: Waiting
    cards: Callable[[Origin], Sequence[Mapping[str, Json]]]
    answer: Answer


@dataclass
class _Kept:
    """A post, its place on the board, and whether it is over."""

    post: Post
    over: asyncio.Event = field(default_factory=asyncio.Event)
    how: Settled = "expired"
    reference: str | None = None


class Posting:
    """Keeps what is put on one board as the questions stand; runs from ``start`` to ``close``.

    When it is closed no button of it counts any more, and what is put is taken back as far as that can be done at once;
    the next daemon puts anew what still waits.
    """

    def __init__(self, board: Board, asked: Asked, clock: Clock, timer: Timer) -> None:
        self._board = board
        self._asked = asked
        self._clock = clock
        self._timer = timer
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._nonces: dict[str, tuple[_Kept, Button]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Handle | None = None
        self._problem = ""
        self._closing = False

    @property
    def problem(self) -> str:
        """Why the last post could not be put, in a sentence; empty where it could."""
        return self._problem

    def start(self) -> None:
        """Put what waits, and follow it from now on; once."""
        self._asked.questions.told.append(self.renew)
        self.renew()

    async def close(self) -> None:
        """Follow nothing any more, and take back what is put as far as that is done at once."""
        with contextlib.suppress(ValueError):
            self._asked.questions.told.remove(self.renew)
        if self._looking is not None:
            self._looking.cancel()
        self._closing = True
        for kept in tuple(self._kept.values()):
            self._end(kept, "withdrawn")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_S)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def renew(self) -> None:
        """Look again, soon: questions or readers came or went.  Called while an answer is taken, so it only notes."""
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_soon(self._look)

    def reader_of(self, nonce: str) -> str | None:
        """Return the id of the reader to whom the button with ``nonce`` was put, None where it is not open."""
        kept, _ = self._nonces.get(nonce, (None, None))
        return kept.post.reader.id if kept is not None else None

    def withdraw(self, person: str) -> int:
        """Take everything back that was put to somebody, at once; return how many posts that were."""
        theirs = [kept for kept in self._kept.values() if kept.post.reader.origin.person == person]
        for kept in theirs:
            self._end(kept, "withdrawn")
        return len(theirs)

    async def answer(self, nonce: str, reader: str) -> Reply:
        """Take the button that carries ``nonce``, pressed by the reader with that id; return what came of it.

        Raises Refused for a nonce that is unknown, used, over or another reader's, and where the answer does not count.
        """
        kept, button = self._nonces.get(nonce, (None, None))
        if kept is None or button is None:
            raise Refused("this question is not open any more")
        if kept.post.reader.id != reader:
            raise Refused("this was put to somebody else")
        now = next((one for one in self._board.readers() if one.id == reader), None)
        if now is None:
            raise Refused("nobody answers from here any more")
        self._spend(kept)
        choice = Choice(number=button.number) if button.number else WHOLE
        return await self._asked.answer(kept.post.question, now.origin, yes=button.yes, choice=choice)

    def _spend(self, kept: _Kept) -> None:
        for button in kept.post.buttons:
            self._nonces.pop(button.nonce, None)

    def _look(self) -> None:
        """Put what is new, and end what is over."""
        self._looking = None
        waiting = {one.id: one for one in self._asked.questions.waiting()}
        readers = {reader.id: reader for reader in self._board.readers()}
        for (question, reader), kept in tuple(self._kept.items()):
            if question not in waiting:
                self._end(kept, _how(self._asked.questions.stood(question)))
            elif readers.get(reader) != kept.post.reader:
                self._end(kept, "withdrawn")
        for reader in readers.values():
            missing = [question for question in waiting if (question, reader.id) not in self._kept]
            if missing:
                self._put(reader, [waiting[question] for question in missing])

    def _put(self, reader: Reader, missing: Sequence[Pending]) -> None:
        cards = {card.get("id"): card for card in self._asked.cards(reader.origin)}
        for pending in missing:
            shown = cards.get(pending.id)
            post = self._post(reader, pending, shown) if shown is not None else None
            if post is None:
                continue
            if len(self._kept) >= MOST_POSTS:
                self._problem = f"more than {MOST_POSTS} questions are put already; the rest waits on the page"
                return
            kept = self._kept[pending.id, reader.id] = _Kept(post)
            self._nonces.update({button.nonce: (kept, button) for button in post.buttons})
            task = asyncio.get_running_loop().create_task(self._attend(kept))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _post(self, reader: Reader, pending: Pending, shown: Mapping[str, Json]) -> Post | None:
        """Return a question as ``reader`` gets it, None where they have no say in it or may not know what it is."""
        card = shown.get("card")
        if shown.get("question") == HIDDEN or not isinstance(card, Mapping):
            return None
        questions = self._asked.questions
        try:
            questions.check_no(pending, reader.origin)
        except Refused:
            return None
        elsewhere = "" if fits(card) else "there is more to it than can be shown here"
        try:
            questions.check_answer((pending.terms,), reader.origin)
        except Refused as refused:
            elsewhere = str(refused)
        yes = [] if elsewhere else [Button(_nonce(), yes=True, number=number) for number in pending.choices or ("",)]
        return Post(
            question=pending.id,
            reader=reader,
            text=card_words(card),
            buttons=(*yes, Button(_nonce(), yes=False)),
            elsewhere=elsewhere,
            risky=any(line.get("risky") is True for line in card.get("lines", ())),
            expires=pending.expires,
        )

    def _end(self, kept: _Kept, how: Settled) -> None:
        self._spend(kept)
        self._kept.pop((kept.post.question, kept.post.reader.id), None)
        kept.how = how
        kept.over.set()

    async def _attend(self, kept: _Kept) -> None:
        """Show one post until its question is over, then clear it."""
        left_s = (kept.post.expires - self._clock.now()).total_seconds()
        if not await within(self._timer, left_s, self._show(kept)):
            self._end(kept, "expired")
        if kept.reference is not None:
            await self._clear(kept, kept.reference)

    async def _show(self, kept: _Kept) -> None:
        wait_s = FIRST_RETRY_S
        while not kept.over.is_set():
            try:
                kept.reference = ""  # whoever is cut off while putting it does not know
                kept.reference = await self._board.put(kept.post)
                self._problem = ""
                break
            except UnknownOutcome as unknown:
                self._failed(unknown)
                break
            except Unavailable as unavailable:
                kept.reference = None
                self._failed(unavailable)
                await within(self._timer, wait_s, kept.over.wait())
                wait_s = min(2 * wait_s, LONGEST_RETRY_S)
            except ClawError as refused:
                kept.reference = None
                self._failed(refused)
                break
        await kept.over.wait()

    async def _clear(self, kept: _Kept, reference: str) -> None:
        wait_s = FIRST_RETRY_S
        for _ in range(MOST_CLEARINGS):
            try:
                await self._board.clear(kept.post, reference, kept.how)
            except Unavailable:
                if self._closing:
                    return
                await self._timer.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_RETRY_S)
            except ClawError as refused:
                logger.info("A question that is over could not be cleared: %s", refused)
                return
            else:
                return

    def _failed(self, error: ClawError) -> None:
        if str(error) != self._problem:
            logger.warning("A question could not be put; `claw status` says why")
            logger.info("A question could not be put: %s", error)
        self._problem = str(error)


def _nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


def _how(stood: str) -> Settled:
    match stood:
        case "approved" | "rejected" | "void":
            return stood
        case _:
            return "expired"
