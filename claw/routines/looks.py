"""Opens an eye for each trigger that waits for something in the house, at the things as they are called now."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.policy.people import People
from claw.policy.rules import ANYONE
from claw.policy.words import seconds
from claw.routines.conditions import Conditions
from claw.routines.eyes import BecomesEye, Eye, HoldsEye, PassesEye, PresenceEye
from claw.routines.model import Routine
from claw.routines.spec import Becomes, Holds, Passes, Presence, Trigger
from claw.routines.things import Things

_GROUPS = {ANYONE, "first", "last"}


@dataclass(frozen=True)
class Looks:
    """What eyes are made of."""

    mirror: Mirror
    people: People
    conditions: Conditions
    things: Things

    def eye(self, routine: Routine, trigger: Trigger) -> Eye | None:
        """Return a fresh eye for one trigger of ``routine``; None where the clock or an event sets it off."""
        match trigger:
            case Becomes():
                entity, name = self._thing(routine, trigger.state)
                return BecomesEye(trigger, entity, name)
            case Passes():
                entity, name = self._thing(routine, trigger.number)
                return PassesEye(trigger, entity, name)
            case Presence():
                return PresenceEye(trigger, self._people(trigger))
            case Holds():
                condition, conditions = self.conditions.compiled(routine, trigger.holds), self.conditions
                fits = condition.tainted in {None, bool(routine.made_by.taint)}
                return HoldsEye(condition.entities, lambda: conditions.now(condition) if fits else False)
            case _:
                return None

    def by_clock(self, trigger: Trigger) -> bool:
        """Return whether a trigger has to be looked at each minute, too."""
        return isinstance(trigger, Holds) and bool(trigger.holds.between or trigger.holds.days or trigger.holds.sun)

    def problem(self, routine: Routine) -> str:
        """Return why a trigger of ``routine`` cannot fire as the house is, in a sentence; empty where all can."""
        return next((f"{why[0].upper()}{why[1:]}." for why in self._problems(routine)), "")

    def _problems(self, routine: Routine) -> Iterator[str]:
        for trigger in routine.spec.when:
            match trigger:
                case Becomes(state=entity) | Passes(number=entity):
                    if self.things.present(routine.id, entity) is None:
                        yield f"{entity}, which sets it off, is not in the house any more"
                case Holds():
                    for entity in trigger.holds.states:
                        if self.things.present(routine.id, entity) is None:
                            yield f"{entity}, which it waits for, is not in the house any more"
                case Presence():
                    yield from self._unseen(trigger)
                case _:
                    pass

    def _unseen(self, trigger: Presence) -> Iterator[str]:
        known = self._people(trigger)
        if not known:
            yield "nothing in the house says where its people are"
        states = self.mirror.states
        if set(trigger.presence) <= {"first", "last"}:
            for entity, name in known.values():
                if (state := states.get(entity)) is None or state.value == "unknown":
                    yield f"nothing says where {plain(name, 60)} is, so nobody can be the {trigger.presence[0]} one"
        for person in set(trigger.presence) - _GROUPS - known.keys():
            yield f"nothing in the house says where {plain(person, 60)} is"

    def _thing(self, routine: Routine, written: str) -> tuple[str, str]:
        """Return the present id and the name of a thing; as it is written where it is gone, in case it comes back."""
        entity_id = self.things.present(routine.id, written) or written
        entity = self.mirror.registry.entities.get(entity_id)
        return entity_id, entity.name if entity is not None else entity_id

    def _people(self, trigger: Presence) -> dict[str, tuple[str, str]]:
        """Return, by person, the present id of what says where they are, and their name."""
        renamed = self.mirror.registry.renamed
        everybody = bool(_GROUPS & set(trigger.presence))
        return {
            one.id: (renamed.get(one.entity, one.entity), one.name)
            for one in self.people
            if one.entity and (everybody or one.id in trigger.presence)
        }


def lasting(trigger: Trigger) -> float:
    """Return for how many seconds what a trigger waits for must stay so; 0 where it counts at once."""
    written = trigger.for_ if isinstance(trigger, Becomes | Passes | Presence | Holds) else None
    return seconds(written) if written is not None else 0.0


def mark(number: int, trigger: Trigger) -> str:
    """Return the name under which something is kept for a trigger: another trigger in its place has another one."""
    written = trigger.model_dump_json(by_alias=True, exclude_defaults=True)
    return f"{number}:{hashlib.sha256(written.encode()).hexdigest()[:12]}"
