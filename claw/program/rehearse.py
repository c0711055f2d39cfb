"""A segment of a program on the twin: everything that it would do, before anything real moves.

The twin is a copy of the house on which the program's acts take effect by the rules that prove them on real devices.
Nothing outside happens: messages are only noted down, texts and history are read once and the run is served the same.
The clock, the seed and all ids are the run's too, so that a program cannot tell where it is.

A segment goes up to its end, or to the first thing that only the world can answer: a question, a wait, what a
stranger's text says.  What comes after it is rehearsed when that is known.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.fields import Service
from claw.house.model import House
from claw.house.semantics import apply
from claw.house.services import validate
from claw.program.acts import Acts
from claw.program.api import FUNCTIONS
from claw.program.arguments import Arguments, bound
from claw.program.events import Answer, Call, Ended, Event, Failed, Mistyped, Value, Wave
from claw.program.foreseen import Begun, Record
from claw.program.looks import Looks
from claw.program.tooling import kind_of, tool_of

MOST_ACTIONS = 50
"""Acts of one segment: what nobody could read in a question, nobody shall be asked to agree to."""


class Session(Begun, Protocol):
    """One run of a program in the sandbox (``claw/program/session.py``)."""

    async def start(self, source: str) -> Event:
        """Begin a program; raises Mistyped."""
        ...

    async def load(self, data: bytes) -> Event:
        """Take up a program from a dump; returns the wave it waits at."""
        ...


@dataclass
class Rehearsal:
    """What a segment would do: its acts in order, the line of each in the source, and how it ends.

    ``barrier`` is the wave that only the world can answer; ``ended`` the program's end; where both are None
    ``failed`` says how it broke off.  ``remembered`` is whether anything was looked up in memory.  ``record`` is
    how it went, kept for a skill that needs no wait.
    """

    actions: list[Action] = field(default_factory=list[Action])
    lines: list[int] = field(default_factory=list[int])
    barrier: Wave | None = None
    ended: Ended | None = None
    failed: Failed | None = None
    taint: tuple[str, ...] = ()
    remembered: bool = False
    record: Record | None = None


class Twin:
    """The house as it would be after what the program did so far."""

    def __init__(self, house: House, services: Mapping[str, Service], now: Callable[[], datetime]) -> None:
        """``house`` stands still; ``services`` are those beside the catalogue's."""
        self.house = house
        self._services = services
        self._now = now

    def act(self, action: Action) -> bool:
        """Let an act take effect and return whether it would work; raises Refused for one that is not valid here."""
        valid = validate(self.house, action, self._services)
        states = self.house.states
        if any(states[entity].value == "unavailable" for entity in valid.entities):
            return False  # the gate sends none of an act on something that is not there
        self.house = apply(self.house, valid, self._now())
        return True


class Rehearser:
    """Drives one segment on a twin."""

    def __init__(
        self,
        session: Begun,
        twin: Twin,
        looks: Looks,
        acts: Acts,
        check_wait: Callable[[Arguments, House], None],
    ) -> None:
        """``check_wait`` raises Refused for a wait that makes no sense, or that must not be."""
        self._session = session
        self._check_wait = check_wait
        self._twin = twin
        self._looks = looks
        self._acts = acts
        self._found = Rehearsal()

    async def rehearse(self, event: Event) -> Rehearsal:
        """Go on from ``event``, the first of the segment; raises Mistyped for an act that this house does not know."""
        while isinstance(event, Wave):
            answers = await self._answers(event)
            if answers is None:
                self._found.barrier = event
                break
            event = await self._session.resume(answers)
        else:
            self._found.ended = event if isinstance(event, Ended) else None
            self._found.failed = event if isinstance(event, Failed) else None
        self._found.taint = self._looks.taint
        self._found.remembered = self._looks.remembered
        return self._found

    async def _answers(self, wave: Wave) -> dict[int, Answer] | None:
        """Return the answers to a wave, None where one of its calls is a barrier; its acts are noted either way."""
        answers: dict[int, Answer] = {}
        looks: list[tuple[Call, Arguments]] = []
        barrier = False
        for call in wave.calls:
            try:
                asked = arguments(call)
                match kind_of(call, self._looks):
                    case "act":
                        answers[call.id] = self._act(call, asked)
                    case "look":
                        looks.append((call, asked))
                    case "wait":
                        barrier = True
                        self._check_wait(asked, self._twin.house)
            except Refused as refusal:
                raise Mistyped(f"line {call.span.line}: {refusal}") from None
        for (call, _), answer in zip(looks, await all_looks(self._looks, looks), strict=True):
            answers[call.id] = answer
        return None if barrier else answers

    def _act(self, call: Call, asked: Arguments) -> Answer:
        worked: Json = True
        actions = self._acts.actions(call, asked, self._looks)
        for action in actions:
            if len(self._found.actions) >= MOST_ACTIONS:
                raise Refused(f"more than {MOST_ACTIONS} acts at once are too many")
            worked = self._twin.act(action) and worked
            self._found.actions.append(action)
            self._found.lines.append(call.span.line)
        tool = tool_of(actions)
        return self._looks.answer_of(tool) if tool else Value(worked)


def arguments(call: Call) -> Arguments:
    """Return what a call asks for; raises Refused where it is no call of the API."""
    function = FUNCTIONS.get(call.name)
    if function is None or bool(function.of) != bool(call.on):
        raise Refused(f"there is no {call.name[:40]} here")
    return bound(function.takes, call)


async def all_looks(looks: Looks, asked: Sequence[tuple[Call, Arguments]]) -> list[Answer]:
    """Return the answers to looks that a program takes at the same time."""
    if len(asked) < 2:  # noqa: PLR2004  most waves are one look, which needs no task of its own
        return [await looks.answer(call, what) for call, what in asked]
    return list(await asyncio.gather(*(looks.answer(call, what) for call, what in asked)))
