"""What became of a run in the middle of which Claw ended: read from the log and the house, never done again.

The log has the intent of an act before the act, so a run without one has done nothing; what has one may have been
done, and only the state of the house can still say so.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from claw.audit.entries import Entry
from claw.audit.log import AuditLog
from claw.base.action import Action, Outcome
from claw.base.errors import Unavailable
from claw.house.mirror import Mirror
from claw.house.services import expectation
from claw.routines.model import Done, Routine, Run
from claw.routines.rights import OF_RUNS, task_of
from claw.routines.spec import Acts, Says

MOST_ENTRIES = 20_000
"""How far back the acts of a run are looked for."""
HOUSE_S = 60.0
"""So long the house may take to come into view; after that nothing can be said."""

_PAGE = 500
_BEFORE = timedelta(hours=1)
"""A clock that was set meanwhile hides nothing."""
_SEEN = frozenset({"done", "unchanged", "sent", "started"})
_ENDED = "Claw ended in the middle of it"

Came = Literal["done", "not", "unknown"]


@dataclass(frozen=True, slots=True)
class _Act:
    """One intent of a run, with what is known of it."""

    seq: int
    action: Action | None
    came: Came


class Settle:
    """Asks the log and the house; used from the event loop only.  ``routine`` gives one by its id."""

    def __init__(self, log: AuditLog, mirror: Mirror, routine: Callable[[str], Routine | None]) -> None:
        self._log = log
        self._mirror = mirror
        self._routine = routine

    async def of(self, run: Run) -> Done | None:
        """Return what came of a run that an earlier daemon left; None where nothing of it had been begun.

        Raises Broken where the log cannot be read.
        """
        found = await self._entries(run)
        intents = [entry for entry in found if entry.kind == "intent"]
        if not intents:
            # A second run would ask a second time, and two yeses would do it twice.
            return Done("unknown", f"{_ENDED}: it had just asked somebody") if found else None
        acts = [self._act(intent) for intent in intents]
        if any(act.came == "unknown" for act in acts):
            acts = await self._by_state(acts)
        outcomes = tuple(_outcome(act) for act in acts if act.action is not None)
        done, unknown = (sum(act.came == came for act in acts) for came in ("done", "unknown"))
        planned = self._planned(run)
        if unknown:
            return Done("unknown", f"{_ENDED}; what became of {_count(unknown)} cannot be told", outcomes)
        if planned is None:
            return Done(
                "unknown", f"{_ENDED}; {_count(done)} done, and whether more was to come is not known", outcomes
            )
        if done >= planned:
            return Done("done", f"{_ENDED}; it was done all the same", outcomes)
        return Done("failed", f"{_ENDED}: {done} of {_count(planned)} done", outcomes)

    async def _entries(self, run: Run) -> list[Entry]:
        """Return the intents and questions of a run, oldest first."""
        since = (run.began or run.firing.due) - _BEFORE
        found: list[Entry] = []
        head, looked = self._log.head().seq, 0
        while looked < MOST_ENTRIES and head - looked > 0:
            after = max(0, head - looked - _PAGE)
            page = self._log.entries(after, _PAGE, kinds=("intent", "question"))
            found = [each for each in page if each.seq <= head - looked and _belongs(each, run)] + found
            looked += _PAGE
            if page and page[0].time < since:
                break
            await asyncio.sleep(0)
        return found

    def _act(self, intent: Entry) -> _Act:
        payload = intent.payload or {}
        action = _action(payload.get("action"))
        outcomes = [each.payload or {} for each in self._log.children(intent.seq) if each.kind == "outcome"]
        status = str(outcomes[-1].get("status", "unknown")) if outcomes else "unknown"
        came: Came = "done" if status in _SEEN else "unknown" if status == "unknown" else "not"
        return _Act(intent.seq, action, came)

    async def _by_state(self, acts: Sequence[_Act]) -> list[_Act]:
        try:
            await self._mirror.wait_ready(HOUSE_S)
        except Unavailable:
            return list(acts)
        return [self._looked_at(act) if act.came == "unknown" else act for act in acts]

    def _looked_at(self, act: _Act) -> _Act:
        """Return an act as the house shows it: what no state can prove stays unknown."""
        if act.action is None or not act.action.entities:
            return act
        house = self._mirror.house()
        for entity in act.action.entities:
            state, wish = house.states.get(entity), expectation(house, act.action, entity)
            if state is None or not wish.reports or not wish.reached(state):
                return act
        return _Act(act.seq, act.action, "done")

    def _planned(self, run: Run) -> int | None:
        """Return how many acts the whole run would have been, None where nobody knows before."""
        routine = self._routine(run.routine)
        if routine is None:
            return None
        count = 0
        for step in routine.spec.do:
            if not isinstance(step, (Acts, Says)):
                return None
            count += len(step.actions) if isinstance(step, Acts) else 1
        return count


def _belongs(entry: Entry, run: Run) -> bool:
    """Return whether an intent is of this run, or of a skill or a program that it had run."""
    origin = entry.origin
    if origin is None or origin.routine != run.routine:
        return False
    if origin.task == task_of(run):
        return True
    return run.began is not None and not origin.task.startswith(OF_RUNS) and entry.time >= run.began


def _action(stored: object) -> Action | None:
    """Return the action of an intent; None where it was erased, cut or written by another version."""
    if not isinstance(stored, Mapping):
        return None
    try:
        return Action(str(stored["name"]), tuple(stored["entities"]), dict(stored["data"]))
    except (KeyError, TypeError, ValueError):
        return None


def _outcome(act: _Act) -> Outcome:
    status = {"done": "done", "not": "failed", "unknown": "unknown"}[act.came]
    return Outcome(act.action or Action("claw.unknown"), status, audit=act.seq)  # pyright: ignore[reportArgumentType]


def _count(number: int) -> str:
    return f"{number} {'act' if number == 1 else 'acts'}"
