"""What a program would do next is known where it was answered the same before; then no process is needed to find out.

A program sees the clock, the chance and the answers that it is given, and nothing else, so the same answers bring about
the same next wave.  While the house answers a run as the twin answered its rehearsal, the rehearsal's waves are taken
as they were.  One that asks for neither time nor chance does the same in the same house tomorrow, too: what it did
is kept by what it was answered.  At the first answer that is new a process is given the program and every answer up to
there, and the rest is the program's own doing.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from claw.program.events import Answer, Ended, Event, Failed, Wave

MOST_TURNS = 500
"""Turns that are kept of one program: what has more ways than that is not worth remembering."""

MOST_PROGRAMS = 64

KEPT = frozenset({"state", "find", "call", "notify"})
"""Functions whose answers say how the house is: what was asked of anything else is kept for one run only."""


class Begun(Protocol):
    """One run of a program in the sandbox (``claw/program/session.py``), once it has begun."""

    @property
    def timeless(self) -> bool:
        """Whether it has asked for neither time nor chance."""
        ...

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on with the answers to all calls of the last wave."""
        ...

    def dump(self) -> bytes:
        """Return the program as it waits."""
        ...


Open = Callable[[], Awaitable[tuple[Begun, Event]]]
"""Gives a process to the program and lets it begin."""


@dataclass
class Turn:
    """An event of a program, and what came after it by what it was answered."""

    event: Event
    after: "dict[str, Turn]" = field(default_factory=dict[str, "Turn"])


@dataclass
class Record:
    """What one program did.  Once it is not ``lasting``, for it asked for time or chance, no more is kept of it."""

    first: Turn | None = None
    lasting: bool = True
    turns: int = 0


class Records:
    """The records of the programs that ran last, by their text; what does not last is begun anew each time."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Record] = OrderedDict()

    def of(self, source: str) -> Record:
        """Return the record of a program, a new one where nothing of it is known that lasts."""
        record = self._known.pop(source, None)
        if record is None or not record.lasting:
            record = Record()
        self._known[source] = record
        while len(self._known) > MOST_PROGRAMS:
            self._known.popitem(last=False)
        return record


class Foreseen:
    """A session that is the record's as long as it is answered like that, and a real one from then on."""

    def __init__(self, record: Record, open_: Open) -> None:
        self._record = record
        self._open = open_
        self._session: Begun | None = None
        self._given: list[tuple[Turn, Mapping[int, Answer]]] = []
        self._at: Turn | None = None

    @property
    def timeless(self) -> bool:
        """Whether it has asked for neither time nor chance."""
        return self._record.lasting

    async def begin(self) -> Event:
        """Return the first event of the program; raises what giving it a process raises."""
        first = self._record.first
        if first is None:
            self._session, event = await self._open()
            first = self._keep(event)
            self._record.first = first
            self._at = first
            return event
        self._at = first
        return first.event

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on with the answers to all calls of the last wave."""
        at, key = self._at, _key(answers)
        if self._session is None:
            if at is None:
                raise ValueError("only a program that has begun goes on")
            self._given.append((at, dict(answers)))
            known = at.after.get(key)
            if known is not None:
                self._at = known
                return known.event
            event = await self._caught_up()
        else:
            event = await self._session.resume(answers)
        self._at = self._keep(event)
        if at is not None and self._at is not None:
            at.after[key] = self._at
        return event

    def dump(self) -> bytes:
        """Return the program as it waits; raises ValueError before a process has it."""
        if self._session is None:
            raise ValueError("a program that is in no process cannot be kept")
        return self._session.dump()

    async def _caught_up(self) -> Event:
        """Give the program to a process, with every answer so far; it must go as it went."""
        session, event = await self._open()
        for turn, answers in self._given:
            if not isinstance(event, Wave) or event != turn.event:
                return Failed("abandoned", "the program does not do the same twice", 0, "")
            event = await session.resume(answers)
        self._session = session
        return event

    def _keep(self, event: Event) -> Turn | None:
        """Return the turn that is kept for an event, None for one that may be another next time."""
        record = self._record
        record.turns += 1
        timeless = self._session is None or self._session.timeless
        plain = not isinstance(event, Wave) or KEPT.issuperset(call.name for call in event.calls)
        record.lasting = record.lasting and timeless and plain and record.turns <= MOST_TURNS
        return Turn(event) if record.lasting and isinstance(event, (Wave, Ended)) else None


def _key(answers: Mapping[int, Answer]) -> str:
    """Return answers as one text; to a program 1, 1.0 and True are three things."""
    return repr(sorted(answers.items()))
