"""Says that something which sets a routine off is gone: once, after a while, to the person whose routine it is.

A routine whose thing is gone looks healthy and never runs again; nothing else would tell.  It stays as it is and works
again when the thing is back.  A house that starts anew tells of its things one after the other, hence the while.
"""

from collections.abc import Callable

from claw.routines.model import Routine
from claw.routines.spans import Spans

MISSING_S = 600.0
_KEY = "gone"

Tell = Callable[[Routine, str], object]
"""Tells the person of a routine a sentence about it."""


class Missing:
    """Keeps which routines something is missing for; its spans run among those of the watch."""

    def __init__(self, spans: Spans, problem: Callable[[Routine], str], tell: Tell) -> None:
        self._spans = spans
        self._problem = problem
        self._tell = tell
        self._said: dict[str, bool] = {}

    def said(self, routine: str) -> bool:
        """Return whether it was said, and nothing has come back since."""
        return self._said.get(routine, False)

    def known(self, routine: str) -> None:
        """Take that it was said before a restart."""
        self._said[routine] = True

    def look(self, routine: Routine) -> None:
        """Look whether anything is missing; call it while the house is in sight."""
        if not self._problem(routine):
            self.forget(routine.id)
        elif routine.id not in self._said:
            self._said[routine.id] = False
            self._spans.begin((_KEY, routine.id), MISSING_S)

    def forget(self, routine: str) -> None:
        """Let go of a routine."""
        self._said.pop(routine, None)
        self._spans.end((_KEY, routine))

    def up(self, routine: Routine | None, *, sighted: bool) -> None:
        """Say it, where it is still so after the while."""
        if routine is None or self._said.get(routine.id) is not False:
            return
        if not sighted:
            self._spans.begin((_KEY, routine.id), MISSING_S)
            return
        why = self._problem(routine)
        if why:
            self._said[routine.id] = True
            self._tell(routine, why)
        else:
            self.forget(routine.id)
