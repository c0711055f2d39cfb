"""Carrying out what guards life: everybody is told first, then each listed act is done by itself.

Not one plan: where one act is refused or fails, the others are done all the same, and what did not work is told.  It
goes through the same gate as everything; no model, no sandbox and no condition is anywhere near it.
"""

from typing import Protocol

from claw.base.clock import Clock
from claw.gate.perform import Gate
from claw.house.mirror import Mirror
from claw.routines.model import Done, Routine, Run


class Does(Protocol):
    """Who carries a run out (``claw/routines/keeper.py``)."""

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it."""
        ...

    def cancel(self, run: Run) -> None:
        """End a run that is under way."""
        ...


class SafetyDoing:
    """Carries out the runs of the routines that guard life, and of the test of them."""

    def __init__(self, gate: Gate, mirror: Mirror, clock: Clock, language: str) -> None:
        raise NotImplementedError

    async def do(self, routine: Routine, run: Run) -> Done:
        """Tell everybody and do what is listed; returns the truth about each."""
        raise NotImplementedError

    def cancel(self, run: Run) -> None:
        """Let it go on: nothing takes the place of a run that guards life."""


class Either:
    """Gives what guards life to ``safety`` and everything else to ``doing``."""

    def __init__(self, safety: Does, doing: Does) -> None:
        self._safety, self._doing = safety, doing

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it."""
        return await (self._safety if routine.safety else self._doing).do(routine, run)

    def cancel(self, run: Run) -> None:
        """End a run that is under way, where it may be ended."""
        self._doing.cancel(run)
