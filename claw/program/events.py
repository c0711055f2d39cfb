"""What a program asks of the daemon and how it ends, as plain values.

The sandbox never calls back: it stops and says what it waits for.  So every call is a value that can be judged, written
down, answered differently on the twin, or left unanswered for ever.  Whoever drives a program knows these values only
and never the sandbox's own package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from claw.base.action import Json
from claw.base.errors import Refused

ASK_STANDS = timedelta(minutes=10)
"""How long a question that a program asked waits for its answer."""

GONE = "the program that asked is gone"
"""What an answer is told that came too late."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a call stands in the program's source: byte offsets from ``start`` up to ``end``, and the line, from 1."""

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """One function of the API that the program called; every value in it came out of the sandbox and is strict JSON.

    ``id`` counts up in the order of the calls and is what its answer is given under.  ``on`` is the id of the handle
    whose method was called, empty for a function.
    """

    id: int
    name: str
    args: tuple[Json, ...]
    kwargs: Mapping[str, Json]
    span: Span
    on: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """The program stands still until ``calls`` are answered: everything that it waits for now, in the order of ids.

    ``awaited`` is False for the one call whose answer the program wants in place (a function that is not async).
    """

    calls: tuple[Call, ...]
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """The program came to its end: the value of its last expression, and what it printed (cut at a limit)."""

    value: Json
    printed: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The program did not come to its end.

    ``kind`` is the name of the Python error (MemoryError and TimeoutError for the limits); ``crashed`` when the process
    of the sandbox died or was stopped; ``abandoned`` when Claw would not go on with it.  A program can raise anything
    with any text: no decision may rest on ``kind`` or ``message``.  ``line`` counts from 1, 0 where none is known.
    """

    kind: str
    message: str
    line: int
    printed: str


Event = Wave | Ended | Failed


@dataclass(frozen=True, slots=True)
class Value:
    """The answer to a call: what the function returns to the program."""

    json: Json


@dataclass(frozen=True, slots=True)
class Trouble:
    """The answer to a call: the function raises an error of this Python name, with this text (cleaned on its way in).

    A name that the sandbox does not know becomes RuntimeError.  ``denied`` marks what the house's rules refused: such
    errors can be swallowed, so they are counted, and after the third the program is abandoned.
    """

    kind: str
    message: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Handle:
    """The answer to a call: an object of which the program sees nothing and can only call ``methods``.

    Where the program passes it on, its place in the arguments holds ``{"handle": id}``.  A program can write that too,
    so an ``id`` proves nothing: who gives out handles keeps their list.
    """

    id: str
    methods: tuple[str, ...]


Answer = Value | Trouble | Handle


class Mistyped(Refused):
    """The program does not fit what it may call, so nothing of it ran; ``diagnostics`` is short, for its writer."""

    def __init__(self, diagnostics: str) -> None:
        super().__init__(f"the program is not valid: {diagnostics}")
        self.diagnostics = diagnostics
