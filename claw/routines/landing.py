"""How acts of a run ended that were still on their way when the run was over: its row must not stay better than that.

A door takes half a minute, and no run waits for it: others are due.  Whoever follows the act tells the person when it
failed; here the row is put right.
"""

from collections import OrderedDict
from dataclasses import replace
from typing import Any

from claw.base.action import Origin, Outcome
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.replies import outcome_text
from claw.routines.doing_rooms import Rows
from claw.routines.model import Done, Run

MOST = 1000
"""Acts on their way that are known at a time; of the oldest the row stays as it is."""

_BAD = frozenset({"failed", "unknown"})


class Landing:
    """Knows the acts of routines that are on their way; used from the event loop only."""

    def __init__(self, rows: Rows, mirror: Mirror) -> None:
        self._rows = rows
        self._mirror = mirror
        self._flying: OrderedDict[int, int] = OrderedDict()
        self._ended: OrderedDict[int, Outcome] = OrderedDict()

    def ended(self, final: Outcome, origin: Origin) -> None:
        """Take how an act ended that was on its way (``follower.ended``); raises Broken where it cannot be kept."""
        if not origin.routine or final.audit is None:
            return
        run = self._flying.pop(final.audit, None)
        if run is None:
            self._ended[final.audit] = final  # its run goes on and has not said yet what it did
            _cut(self._ended)
        elif final.status in _BAD:
            self._rows.amend(run, self._failed(final, origin.language))

    def over(self, run: Run, done: Done, language: str) -> Done:
        """Return what a run came to, with what of it has ended since; the rest of it is kept in view."""
        bad: Outcome | None = None
        for outcome in done.outcomes:
            if outcome.status != "started" or outcome.audit is None:
                continue
            final = self._ended.pop(outcome.audit, None)
            if final is None:
                self._flying[outcome.audit] = run.id
                _cut(self._flying)
            elif final.status in _BAD:
                bad = final
        if bad is None or done.status != "done":
            return done
        return replace(self._failed(bad, language), outcomes=done.outcomes)

    def _failed(self, final: Outcome, language: str | None) -> Done:
        text = plain(outcome_text((final,), self._mirror.house(), language), 400)
        return Done("unknown" if final.status == "unknown" else "failed", text)


def _cut(known: OrderedDict[int, Any]) -> None:
    while len(known) > MOST:
        known.popitem(last=False)
