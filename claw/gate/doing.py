"""What is being done right now, told while a turn is still under way: whoever waits for an answer sees that it goes on.

It is a courtesy and decides nothing.  It holds no words of anybody, only which stage a request is in and how far a
plan is.  Rooms that do the work say so here (``tell``); a channel that wants to know listens (``heard``) around the
call that starts it.  Both meet in a context variable, so that what works on something need not know who is listening,
and what nobody listens to costs nothing.  What goes on after its turn has ended is told as a message, not here.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from claw.base.action import Origin

Stage = Literal["thinks", "rehearses", "asks", "acts", "waits", "ends"]
"""A model is asked; a program is tried out; a person is asked; something is done; the house or its line is waited for;
the turn is over."""


@dataclass(frozen=True, slots=True)
class Doing:
    """Which stage the request of one conversation is in; ``step`` of ``of`` acts where it acts, else 0."""

    conversation: str
    stage: Stage
    step: int = 0
    of: int = 0
    language: str | None = None


Listener = Callable[[Doing], None]
"""Takes what is being done; raises nothing."""


@dataclass
class _Turn:
    listener: Listener | None
    told: dict[str, Doing] = field(default_factory=dict[str, Doing])


_turn: ContextVar[_Turn | None] = ContextVar("claw doing", default=None)


@contextmanager
def heard(listener: Listener) -> Generator[None]:
    """Tell ``listener`` what is being done within, and that it ends for each conversation that it was told of."""
    turn = _Turn(listener)
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)
        turn.listener = None  # tasks that were started within outlive it
        for last in turn.told.values():
            listener(Doing(last.conversation, "ends", language=last.language))


def tell(origin: Origin, stage: Stage, step: int = 0, of: int = 0) -> None:
    """Say which stage the request of ``origin`` is in now; the same twice in a row is said once."""
    turn = _turn.get()
    if turn is None or turn.listener is None or not origin.conversation:
        return
    doing = Doing(origin.conversation, stage, step, of, origin.language)
    if turn.told.get(origin.conversation) != doing:
        turn.told[origin.conversation] = doing
        turn.listener(doing)
