"""Seeing that an act took effect, by the state of the device and nothing else.

A call that returns is not a thing that moved: Home Assistant answers "ok" for a jammed lock, an unavailable lamp and an
unknown entity.  So every act is watched from before it is sent, each entity is held against what the catalogue
says proves it, and a device that needs longer than a person waits is followed to its end in the background.

Two traps are avoided on purpose.  The first state change after a call may be somebody else's, so only the wished state
ends the wait; and the id that marks a change as ours is known only from the answer, so changes are kept until then.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlite_utils

from claw.base.action import NO_DATA, Acknowledgement, Action, Json, OutcomeStatus
from claw.base.clock import Clock, Timer, within
from claw.base.errors import Unavailable
from claw.gate.prior import MOST_THINGS, prior, shown, wished
from claw.house.mirror import Mirror
from claw.house.model import UNAVAILABLE, Change, State
from claw.house.services import Expectation, expectation
from claw.store.db import writing

ANSWER_S = 3.0
"""The longest a person waits after the house accepted an act; what comes later is a message."""

LEARNED_FACTOR = 3.0
"""A device may take this many times its usual time before it counts as failed."""

WORTH_LEARNING_S = 1.0
LONGEST_S = 600.0


@dataclass
class Watched:
    """One act being watched: what each entity is expected to become, and what was seen since before it was sent.

    ``prior`` holds the attributes before the act that may have to be put back.
    """

    action: Action
    expected: Mapping[str, Expectation]
    before: Mapping[str, str]
    satisfied: frozenset[str]
    started: float
    patience_s: float
    close: Callable[[], None]
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    contexts: dict[str, set[str]] = field(default_factory=dict)
    prior: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)

    @property
    def wished(self) -> dict[str, Json]:
        """What the twin says each entity will be: state and attributes, as far as the catalogue knows."""
        few = len(self.expected) <= MOST_THINGS
        return {entity: wished(wish) for entity, wish in self.expected.items() if few and wish.reports}

    def saw(self, change: Change) -> None:
        """Take one change of one of the entities."""
        if change.state is not None and change.state.context is not None:
            self.contexts.setdefault(change.entity_id, set()).add(change.state.context)
        self.changed.set()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the house shows for each entity of an act, and which of them changed in our own context.

    ``attributes`` are those that the twin said would change, as they are.
    """

    statuses: Mapping[str, OutcomeStatus]
    after: Mapping[str, str]
    ours: tuple[str, ...]
    attributes: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)

    @property
    def open(self) -> bool:
        """True while some entity is still on its way."""
        return "started" in self.statuses.values()


class Verifier:
    """Watches acts in the mirror and remembers how long each device usually takes."""

    def __init__(self, mirror: Mirror, clock: Clock, timer: Timer, db: sqlite_utils.Database) -> None:
        self._mirror = mirror
        self._clock = clock
        self._timer = timer
        self._db = db

    def watch(self, action: Action) -> Watched:
        """Begin to watch; call this before the act is sent and ``close`` what it returns in the end."""
        house = self._mirror.house()
        expected = {entity: expectation(house, action, entity) for entity in action.entities}
        states = self._mirror.states
        watched = Watched(
            action=action,
            expected=expected,
            before={entity: states[entity].value for entity in action.entities if entity in states},
            satisfied=frozenset(e for e, wish in expected.items() if e in states and wish.reached(states[e])),
            started=self._clock.monotonic(),
            patience_s=self._patience(action, expected.values()),
            close=_nothing,
            prior=prior(action, states),
        )
        watched.close = self._mirror.watch(watched.saw, action.entities)
        return watched

    async def settle(self, watched: Watched, ack: Acknowledgement, seconds: float | None = None) -> Seen:
        """Return when every entity is settled, or after ``seconds`` (3 by default) with the rest as they stand then."""
        wait = ANSWER_S if seconds is None else seconds
        deadline = min(self._clock.monotonic() + wait, watched.started + watched.patience_s)
        while True:
            watched.changed.clear()
            result = self._look(watched, ack)
            left = deadline - self._clock.monotonic()
            if not result.open or left <= 0:
                return result
            await within(self._timer, left, watched.changed.wait())

    def reachable(self, watched: Watched) -> None:
        """Raise Unavailable when the house or one of the entities cannot be reached: sending would prove nothing."""
        if watched.action.entities and not self._mirror.ready:
            raise Unavailable("I cannot reach the house")
        gone = [entity for entity, value in watched.before.items() if value == "unavailable"]
        if gone:
            raise Unavailable(f"{', '.join(gone)} cannot be reached")

    async def back(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for a fresh view of the house; return whether there is one."""
        try:
            await self._mirror.wait_ready(seconds)
        except Unavailable:
            return False
        return True

    def wait_anew(self, watched: Watched) -> None:
        """Give the devices their whole time again: while the house was away nothing of them could be seen."""
        watched.started = self._clock.monotonic()

    def took(self, watched: Watched) -> float:
        """Return how many seconds have passed since an act began to be watched."""
        return self._clock.monotonic() - watched.started

    def patience_left(self, watched: Watched) -> float:
        """Return how many seconds the slowest entity may still take."""
        return watched.started + watched.patience_s - self._clock.monotonic()

    def learn(self, watched: Watched) -> None:
        """Remember how long the entities of a settled act took, in seconds, as a moving average.

        Call it off the way of a command: it writes.  Quick devices teach nothing, so only slow ones are remembered.
        """
        took = self.took(watched)
        if took < WORTH_LEARNING_S:
            return
        name = watched.action.name
        rows = [(self._thing(e), name, took) for e in watched.action.entities if e not in watched.satisfied]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany(
                "insert into waits (thing, action, seconds, seen) values (?, ?, ?, 1) "
                "on conflict (thing, action) do update set "
                "seconds = seconds + (excluded.seconds - seconds) / min(seen + 1, 10), seen = seen + 1",
                rows,
            )

    def _patience(self, action: Action, wishes: Iterable[Expectation]) -> float:
        longest = next((wish.patience_s for wish in wishes), 0.0)  # it is the action's, the same for all its things
        for entity in action.entities:
            row = self._db.execute(
                "select seconds from waits where thing = ? and action = ?", (self._thing(entity), action.name)
            ).fetchone()
            if row is not None:
                longest = max(longest, row[0] * LEARNED_FACTOR)
        return min(longest, LONGEST_S)

    def _thing(self, entity_id: str) -> str:
        """Return under what a device is remembered: its registry id, as the entity id may be another's tomorrow."""
        entity = self._mirror.registry.entities.get(entity_id)
        return (entity.registry_id if entity else None) or entity_id

    def _look(self, watched: Watched, ack: Acknowledgement) -> Seen:
        late = self.patience_left(watched) <= 0
        statuses: dict[str, OutcomeStatus] = {}
        after: dict[str, str] = {}
        ours: list[str] = []
        attributes: dict[str, dict[str, Json]] = {}
        few = len(watched.expected) <= MOST_THINGS
        for entity, wish in watched.expected.items():
            state = self._mirror.states.get(entity)
            if state is not None:
                after[entity] = state.value
                if few and wish.goal.attributes:
                    attributes[entity] = shown(wish, state)
            statuses[entity] = _status(wish, state, already=entity in watched.satisfied, late=late)
            if ack.context_id in watched.contexts.get(entity, ()):
                ours.append(entity)
        return Seen(statuses, after, tuple(ours), attributes)


def _status(wish: Expectation, state: State | None, *, already: bool, late: bool) -> OutcomeStatus:
    if state is None or state.value in UNAVAILABLE:
        return "failed" if late or wish.reports else "sent"
    if already and wish.reached(state):
        return "unchanged"
    if not wish.reports:
        return "sent"
    if wish.reached(state):
        return "done"
    if wish.failed(state) or late:
        return "failed"
    return "started"


def _nothing() -> None:
    """Stand in until the watch is set."""
