"""What changed lately, and in which context: the answer to "who opened the garage".

Home Assistant gives every change a context: its own id, the context that led to it, and the user it is of.  Only the
change itself carries it, so it has to be kept when it comes.  What happened before Claw looked, or while it had lost
sight of the house, is kept as that: seen afterwards, by nobody known.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.house.model import UNAVAILABLE, Cause, Change, State

MOST_CHANGES = 2000
MOST_RUNS = 500

_RUNNING = ("automation.", "script.")
_MEASURING = ("sensor.", "number.", "weather.", "sun.", "update.")
"""What changes by itself all day: of these only the last change is kept."""


@dataclass(frozen=True, slots=True)
class Past:
    """One change of a state's value.

    ``at`` is when (UTC), None where nobody knows; ``seen`` is False for what was found so: then nobody knows in which
    context it came.
    """

    entity_id: str
    value: str
    before: str | None
    at: datetime | None
    context: str | None = None
    cause: Cause | None = None
    seen: bool = True


@dataclass(frozen=True, slots=True)
class _Write:
    at: datetime
    context: str | None


def _when(past: Past) -> datetime:
    return past.at or datetime.min.replace(tzinfo=UTC)


class Chronicle:
    """Listens to the mirror: the last change of everything, and the last 2,000 of what people and automations move."""

    def __init__(self, mirror: Mirror, clock: Clock) -> None:
        self._mirror = mirror
        self._clock = clock
        self._last: dict[str, Past] = {}
        self._writes: dict[str, _Write] = {}
        self._ring: deque[Past] = deque(maxlen=MOST_CHANGES)
        self._runs: OrderedDict[str, str] = OrderedDict()
        self.since = clock.now()
        mirror.watch(self._take)

    def last(self, entity_id: str) -> Past | None:
        """Return the last change of an entity's value, None for one that is not known."""
        return self._last.get(entity_id)

    def latest(self, entity_ids: Iterable[str], fits: Callable[[Past], bool]) -> Past | None:
        """Return the newest change of one of these that ``fits``, None where none is remembered."""
        wanted = frozenset(entity_ids)
        found = [past for entity in wanted if (past := self._last.get(entity)) is not None and fits(past)]
        ring = next((past for past in reversed(self._ring) if past.entity_id in wanted and fits(past)), None)
        return max([*found, *([ring] if ring is not None else [])], key=_when, default=None)

    def written(self, entity_id: str, context: str | None) -> datetime | None:
        """Return when the state was last written, attributes included; None unless it was in ``context``."""
        write = self._writes.get(entity_id)
        return write.at if write is not None and write.context == context else None

    def run(self, context: str | None) -> str | None:
        """Return the automation or script that ran in a context, None where none is known."""
        return self._runs.get(context) if context is not None else None

    def within(self, context: str | None) -> Past | None:
        """Return the first change that is remembered of a context: what set something off."""
        if context is None:
            return None
        return next((past for past in self._ring if past.context == context), None)

    def _take(self, change: Change) -> None:
        state = change.state
        if state is None:
            self._last.pop(change.entity_id, None)
            self._writes.pop(change.entity_id, None)
            return
        now = self._clock.now()
        live = self._mirror.ready
        if live:
            self._writes[change.entity_id] = _Write(now, state.context)
            if change.entity_id.startswith(_RUNNING) and state.context is not None:
                self._remember_run(state.context, change.entity_id)
        self._note(change.entity_id, state, now, live=live)

    def _note(self, entity_id: str, state: State, now: datetime, *, live: bool) -> None:
        before = self._last.get(entity_id)
        if state.value in UNAVAILABLE and before is not None:
            return  # what was last known of it stays so; where it is the same afterwards, nothing has changed
        if before is not None and before.value == state.value:
            return
        seen = live and before is not None and state.context is not None
        past = Past(
            entity_id,
            state.value,
            before.value if before is not None else None,
            state.changed or (now if seen else None),
            state.context if seen else None,
            state.cause if seen else None,
            seen,
        )
        self._last[entity_id] = past
        if seen and not entity_id.startswith(_MEASURING):
            self._ring.append(past)

    def _remember_run(self, context: str, entity_id: str) -> None:
        self._runs[context] = entity_id
        self._runs.move_to_end(context)
        while len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)
