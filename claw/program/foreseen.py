"""A run that goes as its rehearsal went needs no second process: what the program would do next is known already.

A program sees the same clock, chance and ids in both passes, so the same answers bring about the same next wave.  While
the house answers as the twin did, the rehearsal's waves are taken as they were; at the first answer that differs a
process is given the program and every answer up to there, and the rest is the program's own doing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from claw.program.events import Answer, Event, Failed, Wave


class Begun(Protocol):
    """One run of a program in the sandbox (``claw/program/session.py``), once it has begun."""

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on with the answers to all calls of the last wave."""
        ...

    def dump(self) -> bytes:
        """Return the program as it waits."""
        ...


Open = Callable[[], Awaitable[tuple[Begun, Event]]]
"""Gives a process to the program and lets it begin."""


@dataclass
class Record:
    """What a program did in one pass: the event that it began with, then for each turn the answers and what came."""

    first: Event
    turns: list[tuple[Mapping[int, Answer], Event]] = field(default_factory=list[tuple[Mapping[int, Answer], Event]])


class Recorded:
    """A session whose turns are kept."""

    def __init__(self, session: Begun, first: Event) -> None:
        self.record = Record(first)
        self._session = session

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on, and keep how."""
        event = await self._session.resume(answers)
        self.record.turns.append((dict(answers), event))
        return event

    def dump(self) -> bytes:
        """Return the program as it waits."""
        return self._session.dump()


class Foreseen:
    """A session that is the record's as long as it is answered like the record, and a real one from then on."""

    def __init__(self, record: Record, open_: Open) -> None:
        self._record = record
        self._open = open_
        self._session: Begun | None = None
        self._given: list[Mapping[int, Answer]] = []

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on with the answers to all calls of the last wave."""
        if self._session is not None:
            return await self._session.resume(answers)
        at = len(self._given)
        self._given.append(dict(answers))
        if at < len(self._record.turns):
            expected, event = self._record.turns[at]
            if _same(answers, expected):
                return event
        return await self._caught_up()

    def dump(self) -> bytes:
        """Return the program as it waits; raises ValueError before a process has it."""
        if self._session is None:
            raise ValueError("a program that is in no process cannot be kept")
        return self._session.dump()

    async def _caught_up(self) -> Event:
        """Give the program to a process, with every answer so far; it must go as it went."""
        session, event = await self._open()
        seen = [self._record.first, *(one for _, one in self._record.turns)]
        for at, answers in enumerate(self._given):
            if not isinstance(event, Wave) or event != seen[at]:
                return Failed("abandoned", "the program does not do the same twice", 0, "")
            event = await session.resume(answers)
        self._session = session
        return event


def _same(answers: Mapping[int, Answer], expected: Mapping[int, Answer]) -> bool:
    """Return whether two sets of answers are one to a program, to which 1, 1.0 and True are three things."""
    return {at: repr(one) for at, one in answers.items()} == {at: repr(one) for at, one in expected.items()}
