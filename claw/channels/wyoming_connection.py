"""One connection to the Wyoming server: bytes in, events to its talk, answers out, and an end to everything.

No task waits here: bytes are taken as they come, so that a hundred silent connections cost a hundred small objects.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from claw.channels.wyoming_behind import Behind
from claw.channels.wyoming_sound import Room
from claw.channels.wyoming_talk import Talk
from claw.channels.wyoming_tally import Counted, Tally
from claw.voice.claims import plain
from claw.voice.frames import BadFrame, Frame, FrameReader, encode

IDLE_S = 30.0
OWED_S = 300.0
"""So long may an answer take that a client waits for without a word."""
PARTING_S = 2.0
"""So long may a client that was sent an ``error`` take to read it."""
MOST_UNREAD = 1 << 18
"""Bytes of ours that a client may leave unread."""

_COUNTED: dict[str, Counted] = {"not-wyoming": "not_wyoming", "too-large": "too_large", "bad-frame": "bad_frame"}


@dataclass(frozen=True)
class Shared:
    """What all connections of a server have together.

    ``opened`` is asked whether a machine may come in, ``begun`` told when it said something for the first time, and
    ``closed`` whenever a connection is gone or its last turn ended.
    """

    behind: Behind
    tally: Tally
    room: Room
    opened: Callable[["Connection"], bool]
    begun: Callable[["Connection"], None]
    closed: Callable[["Connection"], None]


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._clock = shared.behind.clock
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._parting = False
        self._heard_out = False
        self.peer = ""
        self.talk = Talk(shared.behind, self, shared.tally, shared.room)
        self.touched = self._clock.monotonic()

    @property
    def gone(self) -> bool:
        """Whether nobody is at the other end."""
        return self._transport is None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = plain(str(name[0])) if name else ""
        if not self._shared.opened(self):
            self.end()

    @override
    def data_received(self, data: bytes) -> None:
        try:
            while not self._deaf and (frames := self._reader.feed(data)):
                data = b""
                for frame in frames:
                    if not self._deaf and self.talk.take(frame):
                        self.touched = self._clock.monotonic()
        except BadFrame as bad:
            self._refuse(bad)
        self._shared.begun(self)

    @override
    def eof_received(self) -> bool:
        self._heard_out = True
        return self.talk.busy and not self._parting

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._reader.partial:
            self._shared.tally.count("truncated")
        self.talk.hang_up()
        self._shared.closed(self)

    def answered(self) -> None:
        """Hang up where nothing more will come and nothing is owed any more."""
        if self._transport is None:
            self._shared.closed(self)
        elif self._heard_out and not self.talk.busy:
            self._transport.close()

    def send(self, frame: Frame) -> None:
        """Send one event; nothing where nobody reads it."""
        if self._transport is None or self._deaf:
            return
        self._transport.write(encode(frame))
        self.touched = self._clock.monotonic()
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._shared.tally.complain(self.peer, "unread", "it does not read what it is answered")
            self.end()

    def fail(self, code: str, text: str) -> None:
        """Send an ``error`` and hang up, as soon as it is read: closing on unread bytes would take it back."""
        self.send(Frame("error", {"text": text, "code": code}))
        self._parting = True
        if self._transport is not None and not self._transport.is_closing():
            if self._heard_out:
                self._transport.close()
            elif self._transport.can_write_eof():
                self._transport.write_eof()

    def overdue(self, now: float) -> bool:
        """Return whether nothing came, or nothing was answered, for longer than it may."""
        patience = PARTING_S if self._parting else OWED_S if self.talk.busy else IDLE_S
        return now - self.touched >= patience

    @property
    def parting(self) -> bool:
        """Whether it was told to go."""
        return self._parting

    def end(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def _deaf(self) -> bool:
        """Whether nothing that comes counts any more."""
        return self._parting or self._transport is None or self._transport.is_closing()

    def _refuse(self, bad: BadFrame) -> None:
        self._shared.tally.complain(self.peer, _COUNTED[bad.code], f"what it sends is no Wyoming event: {bad}")
        if bad.code == "not-wyoming":
            self._parting = True
            self.end()
        else:
            self.fail(bad.code, str(bad))
