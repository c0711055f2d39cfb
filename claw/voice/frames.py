r"""How Wyoming puts events on a wire, read as if every byte of it came from an enemy.

An event is one line of JSON, ``{"type": "...", "data": {...}, "data_length": 12, "payload_length": 2048}\n``, then
``data_length`` bytes of more JSON, which are added to ``data``, then ``payload_length`` bytes of sound.  Lengths are
held against limits as soon as the line is there, before anything of that length is waited for or kept.
https://github.com/OHF-Voice/wyoming describes it; it knows no passwords, and nothing here proves who is speaking.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, cast

from claw.base.action import NO_DATA, Json
from claw.base.clock import Timer, within
from claw.base.errors import Refused, Unavailable
from claw.voice.model import CHANNELS, RATES

READ_AT_ONCE = 1 << 16
DEEPEST = 32
"""Lists in lists: no event of the protocol needs more than six."""
LONGEST_TYPE = 60
WIDTH = 2
"""Bytes of a sample."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: its ``type``, what it says, and sound or nothing."""

    type: str
    data: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes that a reader takes: of a line, of the data after it, of a payload."""

    line: int = 1 << 16
    data: int = 1 << 16
    payload: int = 1 << 20


SERVER = Limits()
"""What strangers may send."""
CLIENT = Limits(line=1 << 20, data=1 << 22)
"""What a server that a person configured may answer: a list of all its voices is long."""


class BadFrame(Refused):
    """What came is no event.

    ``code`` says how: ``not-wyoming`` (no line of JSON at all: somebody speaks another protocol, or nobody does),
    ``bad-frame`` (JSON that is no event), ``too-large``, or ``truncated`` (it ended in the middle).
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Stream(Protocol):
    """Where bytes come from: an ``asyncio.StreamReader``."""

    async def read(self, n: int = -1, /) -> bytes:
        """Return at most ``n`` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    type: str
    data: Mapping[str, Json]
    data_length: int
    payload_length: int


class FrameReader:
    """Takes bytes as they come, however they are cut, and gives whole events."""

    def __init__(self, limits: Limits = SERVER) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0
        self._head: _Head | None = None
        self._ready: deque[Frame] = deque()
        self._failed: BadFrame | None = None

    @property
    def partial(self) -> bool:
        """Whether an event has begun that is not whole yet."""
        return bool(self._buffer) or self._head is not None

    def feed(self, more: bytes) -> list[Frame]:
        """Return the events that ``more`` completes; raises BadFrame, now and for ever, when one is wrong.

        Events before a wrong one are given first: what is wrong is raised by the next call, be it with no bytes.
        """
        if self._failed is not None:
            raise self._failed
        self._buffer += more
        frames: list[Frame] = []
        try:
            while (frame := self._next()) is not None:
                frames.append(frame)
        except BadFrame as failed:
            self._failed = failed
            self._buffer.clear()
            self._head = None
            if not frames:
                raise
        return frames

    async def read(self, stream: Stream, timer: Timer, idle_s: float) -> Frame | None:
        """Return the next event from ``stream``, None at its end.

        Raises BadFrame, and Unavailable when no whole event comes within ``idle_s`` seconds: bytes that trickle do
        not count.  What the stream raises is raised.
        """
        if self._ready:
            return self._ready.popleft()
        reading = asyncio.ensure_future(self._read(stream))
        if not await within(timer, idle_s, reading):
            raise Unavailable(f"nothing whole came for {idle_s:g} s")
        return reading.result()

    async def _read(self, stream: Stream) -> Frame | None:
        frames = self.feed(b"")
        while not frames:
            more = await stream.read(READ_AT_ONCE)
            if not more:
                if self.partial:
                    raise BadFrame("truncated", "it ended in the middle of an event")
                return None
            frames = self.feed(more)
        self._ready.extend(frames[1:])
        return frames[0]

    def _next(self) -> Frame | None:
        if self._head is None:
            end = self._buffer.find(b"\n", self._searched)
            self._searched = len(self._buffer)
            if (self._searched if end < 0 else end) > self._limits.line:
                raise BadFrame("not-wyoming", f"a line of more than {self._limits.line} bytes")
            if end < 0:
                return None
            self._head = self._heading(bytes(self._buffer[:end]))
            self._take(end + 1)
        head = self._head
        if len(self._buffer) < head.data_length + head.payload_length:
            return None
        data = head.data
        if head.data_length:
            data = {**data, **_object(bytes(self._buffer[: head.data_length]), "data", "bad-frame")}
        payload = bytes(self._buffer[head.data_length : head.data_length + head.payload_length])
        self._take(head.data_length + head.payload_length)
        self._head = None
        return Frame(head.type, data, payload)

    def _take(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0

    def _heading(self, line: bytes) -> _Head:
        said = _object(line, "the line", "not-wyoming")
        kind = said.get("type")
        if not isinstance(kind, str) or not 0 < len(kind) <= LONGEST_TYPE:
            raise BadFrame("bad-frame", "type: expected the name of an event")
        data = said.get("data")
        if data is not None and not isinstance(data, dict):
            raise BadFrame("bad-frame", "data: expected an object")
        return _Head(
            kind,
            cast("dict[str, Json]", data or {}),
            _length(said, "data_length", self._limits.data),
            _length(said, "payload_length", self._limits.payload),
        )


def encode(frame: Frame) -> bytes:
    """Return an event as bytes; raises ValueError for data that is no JSON."""
    head: dict[str, Json] = {"type": frame.type}
    data = b""
    if frame.data:
        # Half a surrogate pair, which no UTF-8 can say, becomes a question mark.
        data = json.dumps(dict(frame.data), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        head["data_length"] = len(data)
    if frame.payload:
        head["payload_length"] = len(frame.payload)
    return json.dumps(head).encode() + b"\n" + data + frame.payload


def sound_form(frame: Frame) -> tuple[int, int] | None:
    """Return rate and channels of the sound that an event begins or holds, None where it is none for these ears."""
    rate, width, channels = (_whole(frame.data.get(name)) for name in ("rate", "width", "channels"))
    return (rate, channels) if rate in RATES and width == WIDTH and channels in CHANNELS else None


def _whole(value: Json) -> int:
    """Return a whole number, 0 for anything else: ``true`` is no count of anything."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _length(said: Mapping[str, Json], name: str, most: int) -> int:
    length = said.get(name)
    if length is None:
        return 0
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise BadFrame("bad-frame", f"{name}: expected a number of bytes")
    if length > most:
        raise BadFrame("too-large", f"{name}: at most {most} bytes are taken")
    return length


def _object(raw: bytes, what: str, otherwise: str) -> dict[str, Json]:
    """Return ``raw`` as a JSON object; raises BadFrame, with the code ``otherwise`` where it is no JSON at all."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise BadFrame("bad-frame", f"{what}: nested too deep") from None
    except ValueError:
        raise BadFrame(otherwise, f"{what}: no JSON") from None
    if not isinstance(value, dict):
        raise BadFrame("bad-frame", f"{what}: expected an object")
    said = cast("dict[str, Json]", value)
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _too_deep(said):
        raise BadFrame("bad-frame", f"{what}: nested too deep")
    if b"\\u" in raw:
        _refuse_half_characters(said, what)
    return said


def _too_deep(value: Json) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [
            below
            for one in level
            for below in (one.values() if isinstance(one, dict) else one)
            if isinstance(below, (dict, list))
        ]
        if not level:
            return False
    return True


def _refuse_half_characters(said: dict[str, Json], what: str) -> None:
    """Raise BadFrame for half a surrogate pair: such a text can be neither logged nor kept."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadFrame("bad-frame", f"{what}: half a character") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
