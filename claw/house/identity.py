"""Which thing a person meant who wrote an entity id into a file.

The name of a thing is not its identity: an id can be changed with two clicks in Home Assistant, and a rule about
``lock.front_door`` would silently speak about nothing, or about another lock that took the id over.  So the id that
every registered thing had when the policy file was last written is kept beside its registry id, across restarts, and a
thing that is called otherwise today carries that id as ``former``.  Nothing here ever decides what a rule says.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import sqlite_utils

from claw.base.errors import Broken
from claw.house.model import Entity, Registry
from claw.store.db import writing

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Thing:
    """The id by which the file means a registered thing (empty: by none), and the id it was last seen with."""

    meant: str
    seen: str


class Identities:
    """Follows renames since a file was written; used from the event loop only."""

    def __init__(self, db: sqlite_utils.Database, written: str) -> None:
        """Take the text of the file that names things: when it changes, present ids are what it means."""
        self._db = db
        self._digest = hashlib.sha256(written.encode()).hexdigest()
        self._things: dict[str, _Thing] = {}
        for registry_id, meant, seen, digest in db.execute(
            "select registry_id, entity_id, seen, written from renames order by rowid"
        ).fetchall():
            if digest == self._digest:
                self._things[registry_id] = _Thing(meant, seen)
            elif meant not in {"", seen}:
                _logger.warning("The policy file was changed: %s counts as %s from now on", meant, seen)
        self._stored = dict(self._things)

    def follow(self, registry: Registry) -> Registry:
        """Return ``registry`` with ``former`` ids, and remember, on disk too, what is in it."""
        self._things = _learned(self._things, registry)
        self._store()
        return _marked(registry, self._things)

    def marked(self, registry: Registry) -> Registry:
        """Return the same and remember nothing: for a look at a house that may not come into force."""
        return _marked(registry, _learned(self._things, registry))

    def _store(self) -> None:
        fresh = {key: thing for key, thing in self._things.items() if self._stored.get(key) != thing}
        if not fresh:
            return
        rows = [(key, thing.meant, thing.seen, self._digest) for key, thing in fresh.items()]
        try:
            with writing(Path("claw.db")), self._db.conn:
                self._db.conn.execute("delete from renames where written != ?", (self._digest,))
                self._db.conn.executemany(
                    "insert into renames (registry_id, entity_id, seen, written) values (?, ?, ?, ?) "
                    "on conflict (registry_id) do update set entity_id = excluded.entity_id, seen = excluded.seen",
                    rows,
                )
        except Broken:
            # The house is followed all the same, and the next sync tries again; only a restart before it would forget.
            _logger.exception("What things are called cannot be remembered")
        else:
            self._stored |= fresh


def _learned(things: Mapping[str, _Thing], registry: Registry) -> dict[str, _Thing]:
    """Return what is known once ``registry`` was seen; things that are not in it stay as they were."""
    learned = dict(things)
    for key, entity in registry.by_registry_id.items():
        thing = learned.get(key)
        if thing is not None and thing.seen != entity.entity_id:
            learned[key] = replace(thing, seen=entity.entity_id)
    moved = _moved(learned)
    for key, entity in registry.by_registry_id.items():
        thing = learned.get(key)
        meant = thing.meant if thing else entity.entity_id
        if moved.get(meant, key) != key:
            meant = ""
        if thing is None or thing.meant != meant:
            learned[key] = _Thing(meant, entity.entity_id)
    return learned


def _moved(things: Mapping[str, _Thing]) -> dict[str, str]:
    """Return, by the id that means it, the registry id of every thing that has another id now.

    Of two that an id might mean, it is the one that was known first.
    """
    first: dict[str, str] = {}
    for key, thing in things.items():
        if thing.meant not in {"", thing.seen}:
            first.setdefault(thing.meant, key)
    return first


def _marked(registry: Registry, things: Mapping[str, _Thing]) -> Registry:
    moved = _moved(things)
    marked = {entity_id: _former(entity, things, moved) for entity_id, entity in registry.entities.items()}
    changed = {
        entity_id: replace(registry.entities[entity_id], former=former)
        for entity_id, former in marked.items()
        if former is not None
    }
    if not changed:
        return registry
    return replace(registry, entities=MappingProxyType({**registry.entities, **changed}))


def _former(entity: Entity, things: Mapping[str, _Thing], moved: Mapping[str, str]) -> str | None:
    thing = things.get(entity.registry_id or "")
    if thing is None:
        return "" if entity.entity_id in moved else None
    if thing.seen != entity.entity_id:
        return ""  # two rows claim one registry id: the other one is it
    return None if thing.meant == entity.entity_id else thing.meant
