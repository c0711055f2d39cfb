"""One program on its way, as it can be put aside and taken up again: everything that is not in the sandbox.

A program stands still at the beginning of a segment: at its own beginning, or at a wave that was answered and not yet
heard.  What it needs from there on is in here, as JSON, so that a question can wait over a restart.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from claw.base.action import Json, Origin, Outcome, to_json
from claw.base.errors import Broken
from claw.program.events import Answer, Call, Handle, Trouble, Value
from claw.program.looks import Shown
from claw.program.tape import Tape

_outcomes: TypeAdapter[tuple[Outcome, ...]] = TypeAdapter(tuple[Outcome, ...])
_origin: TypeAdapter[Origin] = TypeAdapter(Origin)


@dataclass
class Job:
    """A program, for whom it runs, and how far it has come.

    ``dump`` is the sandbox's state at the wave that ``answers`` are for, None at the very beginning.  ``versions`` are
    those of rules and house that the plan now judged was rehearsed with; ``entry`` is the number of the program in the
    log, ``first`` that of its first act.  ``ask`` is the call in the wave that a person answers, with the question and
    the options.  ``remembered`` is whether memory had a part in it: then no risky act of it goes without a question;
    ``private`` whether any of that was not for everybody to hear.
    """

    id: str
    source: str
    origin: Origin
    said: str
    now: datetime
    seed: int
    tape: Tape = field(default_factory=Tape)
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    shown: list[Shown] = field(default_factory=list[Shown])
    calls: list[Call] = field(default_factory=list[Call])
    dump: bytes | None = None
    answers: dict[int, Answer] = field(default_factory=dict[int, Answer])
    versions: str = ""
    first: int | None = None
    entry: int | None = None
    ask: tuple[int, str, tuple[str, ...]] | None = None
    expires: datetime | None = None
    remembered: bool = False
    private: bool = False

    def as_json(self) -> dict[str, Json]:
        """Return it as JSON; the calls so far are for whoever looks on, and are left out."""
        return {
            "id": self.id,
            "source": self.source,
            "origin": to_json(self.origin),
            "said": self.said,
            "now": self.now.isoformat(),
            "seed": self.seed,
            "tape": self.tape.as_json(),
            "outcomes": to_json(tuple(self.outcomes)),
            "shown": [[one.source, one.text] for one in self.shown],
            "dump": base64.b64encode(self.dump).decode() if self.dump is not None else None,
            "answers": {str(number): _told(answer) for number, answer in self.answers.items()},
            "versions": self.versions,
            "first": self.first,
            "entry": self.entry,
            "ask": [self.ask[0], self.ask[1], list(self.ask[2])] if self.ask else None,
            "expires": self.expires.isoformat() if self.expires else None,
            "remembered": self.remembered,
            "private": self.private,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Job":
        """Return the job that ``as_json`` told of; raises Broken where it is not one."""
        try:
            ask = stored["ask"]
            return cls(
                id=stored["id"],
                source=stored["source"],
                origin=_origin.validate_python(stored["origin"]),
                said=stored["said"],
                now=datetime.fromisoformat(stored["now"]),
                seed=stored["seed"],
                tape=Tape.of(stored["tape"]),
                outcomes=list(_outcomes.validate_python(stored["outcomes"])),
                shown=[Shown(source, text) for source, text in stored["shown"]],
                dump=base64.b64decode(stored["dump"]) if stored["dump"] is not None else None,
                answers={int(number): _answer(one) for number, one in stored["answers"].items()},
                versions=stored["versions"],
                first=stored["first"],
                entry=stored["entry"],
                ask=(ask[0], ask[1], tuple(ask[2])) if ask else None,
                expires=datetime.fromisoformat(stored["expires"]) if stored["expires"] else None,
                # A program of before memory was there had nothing of it.
                remembered=stored.get("remembered", False) is not False,
                private=stored.get("private", False) is not False,
            )
        except (KeyError, TypeError, ValueError, ValidationError, AttributeError) as error:
            raise Broken("a program that was put aside cannot be read") from error


def _told(answer: Answer) -> list[Json]:
    match answer:
        case Value(json):
            return ["value", json]
        case Handle(known, methods):
            return ["handle", known, list(methods)]
        case Trouble(kind, message, denied):
            return ["trouble", kind, message, denied]


def _answer(told: list[Json]) -> Answer:
    match told:
        case ["value", value]:
            return Value(value)
        case ["handle", str(known), methods]:
            return Handle(known, tuple(methods))
        case ["trouble", str(kind), str(message), bool(denied)]:
            return Trouble(kind, message, denied)
        case _:
            raise ValueError("this is no answer")
