"""Writes into the log whenever a routine stands otherwise than before, whoever brought that about.

What people decide is an act with an entry of its own; what comes by itself (its person left, its time is over, a loop
was found) is told from here.  No word of the routine is in it.
"""

from typing import Protocol

from claw.base.action import SYSTEM, Json, Origin
from claw.routines.effector import STEP
from claw.routines.model import Routine, State


class Shelf(Protocol):
    """Where routines stand (``claw/routines/book.py``)."""

    def all(self) -> tuple[Routine, ...]:
        """Return every routine that is not removed."""
        ...

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, also one that was removed."""
        ...


class Log(Protocol):
    """The log, as far as this writes to it."""

    def note(self, kind: str, payload: dict[str, Json], *, origin: Origin | None = None) -> None:
        """Write one entry with the next commit, without waiting for it."""
        ...


class Trail:
    """Follows how routines stand; ``changed`` is called with the id of each that is another than before."""

    def __init__(self, shelf: Shelf, log: Log) -> None:
        self._shelf = shelf
        self._log = log
        self._stood: dict[str, State] = {one.id: one.state for one in shelf.all()}

    def changed(self, routine: str) -> None:
        """Write down how it stands now, where that is otherwise than before."""
        found = self._shelf.get(routine)
        state: State = "removed" if found is None else found.state
        if self._stood.get(routine, "removed") == state:
            return
        self._log.note(STEP, {"routine": routine, "step": "became", "state": state}, origin=SYSTEM)
        if state == "removed":
            self._stood.pop(routine, None)
        else:
            self._stood[routine] = state
