"""Which thing a routine means by an entity id: the one that had it when the routine was made, whatever its name now.

A routine is written with ids, and an id can be changed with two clicks.  So the registry id of every thing that a
routine names is kept beside it; after a rename the routine speaks of the same thing, and where another thing took
the id over it does not mean that one.  The policy's own memory of names (``claw/house/identity.py``) begins anew with
every new policy file; this one lasts as long as the routine.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from claw.base.action import Json
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.spec import Act, Acts, Becomes, Holds, Passes, Runs, Spec, Step, Trigger

KEPT = "things"
"""The key of what is kept: registry ids by the entity ids that a routine was written with."""


class Keeps(Protocol):
    """What the book keeps for a routine beside its row."""

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what is kept for it, empty where nothing is."""
        ...

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others."""
        ...


def named(spec: Spec) -> tuple[str, ...]:
    """Return every entity id that ``spec`` names, in its triggers, its conditions and its acts, in order."""
    return tuple(dict.fromkeys(_named(spec)))


def _named(spec: Spec) -> Iterator[str]:
    for trigger in spec.when:
        match trigger:
            case Becomes():
                yield trigger.state
            case Passes():
                yield trigger.number
            case Holds():
                yield from trigger.holds.states
            case _:
                pass
    if spec.only_if is not None:
        yield from spec.only_if.states
    for step in spec.do:
        if isinstance(step, Acts):
            yield from (entity for act in step.actions for entity in act.entities)
        elif isinstance(step, Runs):
            yield from (value for value in step.arguments.values() if isinstance(value, str) and "." in value)


class Things:
    """Follows the things of routines through renames; used from the event loop only."""

    def __init__(self, mirror: Mirror, keeps: Keeps) -> None:
        self._mirror = mirror
        self._keeps = keeps
        self._known: dict[str, Mapping[str, str]] = {}

    def learn(self, routine: Routine) -> None:
        """Keep the registry ids of what ``routine`` names, of those that are not kept yet; once the house is known.

        Raises Broken where they cannot be kept.
        """
        if self._mirror.told is None:
            return
        entities, known = self._mirror.registry.entities, self._of(routine.id)
        ids = named(routine.spec)
        fresh = {
            one: entity.registry_id
            for one in ids
            if one not in known and (entity := entities.get(one)) is not None and entity.registry_id is not None
        }
        left = {one: known[one] for one in ids if one in known} | fresh
        if left != known:
            self._known[routine.id] = left
            self._keeps.keep(routine.id, {KEPT: left})

    def forget(self, routine: str) -> None:
        """Let go of what is held here of a routine; what is kept in its row goes with that."""
        self._known.pop(routine, None)

    def present(self, routine: str, entity_id: str) -> str | None:
        """Return the id by which the thing is known now; None where it is not in the house any more.

        A thing that is in no registry goes by its id alone.
        """
        registry = self._mirror.registry
        registry_id = self._of(routine).get(entity_id)
        if registry_id is None:
            there = entity_id in self._mirror.states or entity_id in registry.entities
            return entity_id if there else None
        return _called(registry, entity_id, registry_id)

    def spec(self, routine: Routine) -> Spec:
        """Return what ``routine`` does with present ids; the same object where nothing was renamed."""
        now = self._moved(routine)
        return moved(routine.spec, now) if now else routine.spec

    def when(self, routine: Routine, when: When) -> When:
        """Return a condition of ``routine`` with present ids; the same object where nothing was renamed."""
        return _when(when, self._moved(routine))

    def gone(self, routine: Routine) -> tuple[str, ...]:
        """Return the ids that ``routine`` names of which nothing is in the house, as they are written."""
        return tuple(one for one in named(routine.spec) if "." in one and self.present(routine.id, one) is None)

    def _of(self, routine: str) -> Mapping[str, str]:
        known = self._known.get(routine)
        if known is None:
            kept = self._keeps.kept(routine).get(KEPT)
            found = cast("Mapping[str, Json]", kept) if isinstance(kept, Mapping) else {}
            known = self._known[routine] = {key: one for key, one in found.items() if isinstance(one, str)}
        return known

    def _moved(self, routine: Routine) -> Mapping[str, str]:
        registry = self._mirror.registry
        found = {one: _called(registry, one, registry_id) for one, registry_id in self._of(routine.id).items()}
        return {one: now for one, now in found.items() if now is not None and now != one}


def _called(registry: Registry, entity_id: str, registry_id: str) -> str | None:
    """Return what a registered thing is called now; nearly always what it was."""
    entity = registry.entities.get(entity_id)
    if entity is not None and entity.registry_id == registry_id:
        return entity_id
    found = registry.by_registry_id.get(registry_id)
    return found.entity_id if found is not None else None


def moved(spec: Spec, ids: Mapping[str, str]) -> Spec:
    """Return ``spec`` with other ids in place of the keys of ``ids``, wherever it names a thing."""
    changes: dict[str, object] = {
        "when": tuple(_trigger(trigger, ids) for trigger in spec.when),
        "do": tuple(_step(step, ids) for step in spec.do),
    }
    if spec.only_if is not None:
        changes["only_if"] = _when(spec.only_if, ids)
    return spec.model_copy(update=changes)


def _when(when: When, moved: Mapping[str, str]) -> When:
    if not moved.keys() & when.states.keys():
        return when
    return when.model_copy(update={"states": {moved.get(one, one): wish for one, wish in when.states.items()}})


def _trigger(trigger: Trigger, moved: Mapping[str, str]) -> Trigger:
    match trigger:
        case Becomes():
            return trigger.model_copy(update={"state": moved.get(trigger.state, trigger.state)})
        case Passes():
            return trigger.model_copy(update={"number": moved.get(trigger.number, trigger.number)})
        case Holds():
            return trigger.model_copy(update={"holds": _when(trigger.holds, moved)})
        case _:
            return trigger


def _step(step: Step, moved: Mapping[str, str]) -> Step:
    if isinstance(step, Acts):
        return step.model_copy(update={"actions": tuple(_act(act, moved) for act in step.actions)})
    if isinstance(step, Runs):
        given = {
            key: moved.get(value, value) if isinstance(value, str) else value for key, value in step.arguments.items()
        }
        return step.model_copy(update={"arguments": given})
    return step


def _act(act: Act, moved: Mapping[str, str]) -> Act:
    return act.model_copy(update={"entities": tuple(moved.get(one, one) for one in act.entities)})
