"""Questions put into chats: a card in words with buttons under it, cleared when it is answered, voided or over."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.channels.posting import Button, Post, Reader, Settled
from claw.channels.shown import shown
from claw.channels.telegram_line import Key
from claw.channels.telegram_links import Links

MOST_REMEMBERED = 1_000

HOW: dict[Settled, str] = {
    "approved": "✓ Approved.",
    "rejected": "✕ Rejected.",
    "void": "✕ Void: what it was about has changed.",
    "expired": "✕ Nobody answered in time.",
    "withdrawn": "✕ Not for you any more.",
}


class Putting(Protocol):
    """The part of the line that shows and clears (``telegram_line.py``)."""

    async def send(self, chat: int, text: str, keys: Sequence[Sequence[Key]] = (), *, quiet: bool = False) -> int:
        """Send ``text`` with buttons; return its number, raises ClawError."""
        ...

    async def edit(self, chat: int, message: int, text: str) -> None:
        """Write ``text`` in its place, without buttons; raises ClawError."""
        ...


class Speaks(Protocol):
    """What somebody's chat speaks with (``telegram_chats.py``)."""

    def __call__(self, person: str, user: int) -> Origin:
        """Return the origin."""
        ...


class ChatBoard:
    """The chats of everybody who counts now, as a board that questions are put on (``posting.py``)."""

    def __init__(self, links: Links, line: Putting, origin: Speaks) -> None:
        self._links = links
        self._line = line
        self._origin = origin
        self._put: deque[tuple[int, int]] = deque(maxlen=MOST_REMEMBERED)

    def readers(self) -> Sequence[Reader]:
        """Return the chat of each account whose person counts at this hour."""
        return [
            Reader(str(link.user), self._origin(link.person, link.user))
            for link in self._links.all()
            if self._links.person(link.user) is not None and self._links.counts(link.person)
        ]

    async def put(self, post: Post) -> str:
        """Show a question with the buttons that would count; raises ClawError."""
        text = f"{post.text}\n\nNo yes counts from here: {post.elsewhere}." if post.elsewhere else post.text
        chat = int(post.reader.id)
        number = await self._line.send(chat, shown(text), [[_key(button)] for button in post.buttons])
        self._put.append((chat, number))
        return str(number)

    def knows(self, chat: int, message: int) -> bool:
        """Return whether this message was put here, so that it is cleared here."""
        return (chat, message) in self._put

    async def clear(self, post: Post, reference: str, how: Settled) -> None:
        """Take the buttons away and say what became of it; raises ClawError."""
        if not reference.isdecimal():
            raise Refused("nobody knows which message that was; its buttons count no more")
        await self._line.edit(int(post.reader.id), int(reference), shown(f"{post.text}\n\n{HOW[how]}"))


def _key(button: Button) -> Key:
    if not button.yes:
        return Key("✕ Reject", button.nonce)
    return Key(f"✓ Approve: {button.number}" if button.number else "✓ Approve", button.nonce)
