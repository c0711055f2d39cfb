"""The live copy of the house, kept by what a backend pushes.

Everything that asks about the house asks here: a question costs a dictionary look-up, never a round trip.  States are
held in one dictionary that lives as long as the mirror, so ``house()`` is a view and costs nothing; whoever needs a
moment that stands still takes ``twin()``.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.errors import Unavailable
from claw.house.backend import Link
from claw.house.model import Change, House, Registry, State

_logger = logging.getLogger(__name__)

T = TypeVar("T")
Unwatch = Callable[[], None]
OnChange = Callable[[Change], None]
OnRegistry = Callable[[Registry, Mapping[str, str]], None]
OnLink = Callable[[Link], None]
OnEvent = Callable[[str, Mapping[str, Json], str | None], None]
OnHand = Callable[[str, Mapping[str, Json], str], None]
Follow = Callable[[Registry], Registry]


def _as_it_is(registry: Registry) -> Registry:
    return registry


class Mirror:
    """Listens to a backend and answers for the house; used from the event loop only.

    ``followed`` counts the state changes that it took.
    """

    def __init__(self, clock: Clock, follow: Follow = _as_it_is) -> None:
        """Take what adds to every new registry by which ids the household's files mean its entities."""
        self._clock = clock
        self._follow = follow
        self._additions: list[Follow] = []
        self._states: dict[str, State] = {}
        self._told: Registry | None = None
        self._registry = Registry()
        self._view = House(self._registry, MappingProxyType(self._states), stale=True)
        self._link = Link("connecting")
        self._link_since = clock.now()
        self._synced = False
        self._became_ready = asyncio.Event()
        self._tokens = itertools.count()
        self.followed = 0
        self._watchers: dict[str, dict[int, OnChange]] = {}
        self._watchers_of_all: dict[int, OnChange] = {}
        self._on_registry: dict[int, OnRegistry] = {}
        self._on_link: dict[int, OnLink] = {}
        self._on_event: dict[int, OnEvent] = {}
        self._on_hand: dict[int, OnHand] = {}

    @property
    def registry(self) -> Registry:
        """Everything about the house that is not a state, as last synced."""
        return self._registry

    @property
    def told(self) -> Registry | None:
        """The same as the house itself tells it, before anything was added; None until it was synced."""
        return self._told

    @property
    def states(self) -> Mapping[str, State]:
        """States by entity id: live, read-only."""
        return self._view.states

    @property
    def link(self) -> Link:
        """How the connection to the house stands."""
        return self._link

    @property
    def link_since(self) -> datetime:
        """When the link took its present status (UTC)."""
        return self._link_since

    @property
    def ready(self) -> bool:
        """Whether the house is linked and what is held here is current."""
        return self._synced and self._link.status == "ready"

    def house(self) -> House:
        """Return the house as a live view: its states move on while you look."""
        return self._view

    def twin(self) -> House:
        """Return a copy of the house that stands still."""
        return House(self._registry, MappingProxyType(dict(self._states)), stale=not self.ready)

    async def wait_ready(self, timeout_s: float) -> None:
        """Return once the house is ready; raises Unavailable when it is not within ``timeout_s``."""
        if self.ready:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._became_ready.wait()
        except TimeoutError:
            raise Unavailable(f"the house is {self._link.status} after {timeout_s:g} s") from None

    def watch(self, callback: OnChange, entity_ids: Iterable[str] | None = None) -> Unwatch:
        """Call ``callback`` at every change of these entities, of all when None; returns what ends it."""
        token = next(self._tokens)
        if entity_ids is None:
            return _keep(self._watchers_of_all, token, callback)
        ids = frozenset(entity_ids)
        for entity_id in ids:
            self._watchers.setdefault(entity_id, {})[token] = callback

        def unwatch() -> None:
            for entity_id in ids:
                watchers = self._watchers.get(entity_id, {})
                watchers.pop(token, None)
                if not watchers:
                    self._watchers.pop(entity_id, None)

        return unwatch

    def on_registry(self, callback: OnRegistry) -> Unwatch:
        """Call ``callback(registry, renamed)`` at a new registry; ``renamed`` maps old entity ids to new ones."""
        return _keep(self._on_registry, next(self._tokens), callback)

    def on_link(self, callback: OnLink) -> Unwatch:
        """Call ``callback`` when the link took another status."""
        return _keep(self._on_link, next(self._tokens), callback)

    def on_event(self, callback: OnEvent) -> Unwatch:
        """Call ``callback(type, data, context)`` for the events the backend was asked for."""
        return _keep(self._on_event, next(self._tokens), callback)

    def on_hand(self, callback: OnHand) -> Unwatch:
        """Call ``callback(type, data, user)`` for those of them that a user of the house sent with their own hand."""
        return _keep(self._on_hand, next(self._tokens), callback)

    # What a backend tells (claw/house/backend.py, Listener).

    def synced(self, house: House) -> None:
        """Take a complete fresh snapshot; watchers hear of what differs from before."""
        before, self._told = self._registry, house.registry
        differs = self._take(self._followed(house.registry))
        changes = [Change(entity_id, None) for entity_id in self._states if entity_id not in house.states]
        changes += [
            Change(entity_id, state)
            for entity_id, state in house.states.items()
            if self._states.get(entity_id) != state
        ]
        self._synced = True
        if differs:
            renamed = MappingProxyType(_renamed(before, self._registry))
            _tell(self._on_registry, self._registry, renamed)
        self.changed(changes)
        self._note_ready()

    def follow_by(self, follow: Follow) -> None:
        """Take another addition to every registry, for the one that is known now too."""
        self._follow = follow
        self._renew()

    def add(self, addition: Follow) -> Callable[[], None]:
        """Let ``addition`` add to every registry too, after what follows it; return what to call when it adds more."""
        self._additions.append(addition)
        self._renew()
        return self._renew

    def _renew(self) -> None:
        if self._told is not None and self._take(self._followed(self._told)):
            _tell(self._on_registry, self._registry, MappingProxyType(dict[str, str]()))

    def _followed(self, told: Registry) -> Registry:
        registry = self._follow(told)
        for addition in self._additions:
            registry = addition(registry)
        return registry

    def _take(self, now: Registry) -> bool:
        """Take a registry and return whether it differs from the one before."""
        before = self._registry
        differs = replace(now, version=before.version) != before
        if differs:
            self._registry = replace(now, version=max(now.version, before.version + 1))
            self._view = replace(self._view, registry=self._registry)
        return differs

    def changed(self, changes: Sequence[Change]) -> None:
        """Take state changes, in order."""
        self.followed += len(changes)
        states = self._states
        for change in changes:
            if change.state is None:
                states.pop(change.entity_id, None)
            else:
                states[change.entity_id] = change.state
            watchers = self._watchers.get(change.entity_id)
            if watchers:
                _tell(watchers, change)
            if self._watchers_of_all:
                _tell(self._watchers_of_all, change)

    def linked(self, link: Link) -> None:
        """Take a new link status."""
        if link == self._link:
            return
        self._link = link
        self._link_since = self._clock.now()
        self._note_ready()
        _tell(self._on_link, link)

    def happened(
        self, event_type: str, data: Mapping[str, Json], context: str | None = None, by: str | None = None
    ) -> None:
        """Take an event of a type that was asked for, and the user of the house whose own hand it was."""
        _tell(self._on_event, event_type, data, context)
        if by is not None:
            _tell(self._on_hand, event_type, data, by)

    def _note_ready(self) -> None:
        if self._view.stale == self.ready:
            self._view = replace(self._view, stale=not self.ready)
        if self.ready:
            self._became_ready.set()
        else:
            self._became_ready.clear()


def _renamed(before: Registry, after: Registry) -> dict[str, str]:
    """Map old entity ids to new ones where the registry id stayed."""
    now = after.by_registry_id
    return {
        old.entity_id: now[registry_id].entity_id
        for registry_id, old in before.by_registry_id.items()
        if registry_id in now and now[registry_id].entity_id != old.entity_id
    }


def _keep(table: dict[int, T], token: int, callback: T) -> Unwatch:
    table[token] = callback

    def forget() -> None:
        table.pop(token, None)

    return forget


def _tell(table: Mapping[int, Callable[..., None]], *what: object) -> None:
    # A callback may unwatch while it is called, hence the copy; one that raises must not cost the others their news.
    for callback in tuple(table.values()):
        try:
            callback(*what)
        except Exception:
            _logger.exception("A watcher of the house failed")
