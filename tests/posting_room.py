"""Questions of a real gate on a board that a test holds: what every channel with buttons is tried on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from claw.base.action import Action, Origin, Pending, Reply
from claw.channels.posting import Asked, Post, Posting, Reader, Settled
from claw.channels.shown import asked, shown
from claw.channels.veil import shown_question
from claw.gate.answering import WHOLE, Choice
from claw.gate.card import card
from tests.gate_room import OWNER, PEOPLE, POLICY, UNLOCK, Room, gate_room
from tests.held_clock import HeldClock

PHONES = POLICY.replace("channels: [web, cli]", "channels: [web, cli, phone]")


def reader(person: str = "anna", strength: Any = "session", name: str = "") -> Reader:
    """Return a phone of somebody."""
    name = name or f"{person}s_phone"
    origin = Origin("phone", person, authenticated=True, source=f"phone {name}", strength=strength)
    return Reader(name, origin)


class Board:
    """A channel that keeps what it shows; raises what ``faults`` hold, one after another."""

    def __init__(self, *readers: Reader) -> None:
        self.there = list(readers)
        self.shown: list[Post] = []
        self.cleared: list[tuple[str, str, str, Settled]] = []
        self.faults: list[Exception] = []

    def readers(self) -> Sequence[Reader]:
        return tuple(self.there)

    async def put(self, post: Post) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.shown.append(post)
        return f"m{len(self.shown)}"

    async def clear(self, post: Post, reference: str, how: Settled) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.cleared.append((post.question, post.reader.id, reference, how))


class PostingRoom:
    """A gate, its questions as any viewer sees them, and a posting on ``board``."""

    def __init__(self, room: Room, clock: HeldClock, board: Board) -> None:
        self.room = room
        self.clock = clock
        self.board = board
        self.answers: list[tuple[str, Origin, bool, Choice]] = []
        self.posting = Posting(board, self.asked(), clock, clock)

    def asked(self) -> Asked:
        return Asked(self.room.questions, self.cards, self.answer)

    def cards(self, viewer: Origin) -> list[dict[str, Any]]:
        """Return what ``Desk.cards`` does."""
        found = self.room.questions
        veiled = [shown_question(one, viewer, partial(found.check_answer, origin=viewer)) for one in found.waiting()]
        house = self.room.mirror.house()
        return [{**shown(asked(one)), "card": shown(card(one, house, PEOPLE, ""))} for one in veiled]

    async def answer(self, pending: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Reply:
        """Do what ``Desk.answer`` does."""
        self.answers.append((pending, origin, yes, choice))
        performed = await self.room.gate.answer(pending, origin, yes=yes, choice=choice)
        return Reply(" ".join(one.status for one in performed.outcomes), "done")

    async def ask(self, action: Action = UNLOCK, origin: Origin = OWNER) -> Pending:
        """Have something asked, and let it be put."""
        performed = await self.room.gate.perform((action,), origin)
        assert performed.pending is not None
        await self.clock.settle()
        return performed.pending


@asynccontextmanager
async def posting_room(folder: Path, *readers: Reader, policy: str = PHONES) -> AsyncGenerator[PostingRoom]:
    """Give a room whose posting runs."""
    clock = HeldClock()
    async with gate_room(folder, policy, clock) as room:  # type: ignore[arg-type]
        made = PostingRoom(room, clock, Board(*readers))
        made.posting.start()
        try:
            yield made
        finally:
            await made.posting.close()
