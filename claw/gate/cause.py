"""Who changed something: a person, an automation, the device, or Claw itself for somebody.

Home Assistant says it with ids of contexts and users.  Contexts of Claw's own acts stand in the log beside the outcome;
users are found by the people of the house that belong to them.  An id of a user never leaves here, only the names that
the household gave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from claw.base.action import Origin
from claw.gate.deeds import Deed, Deeds
from claw.house.chronicle import Chronicle, Past
from claw.house.mirror import Mirror
from claw.house.model import Cause
from claw.policy.people import People

Kind = Literal["claw", "person", "automation", "script", "stranger", "unnamed", "hand", "unseen"]

_DEEPEST = 5  # automations that set off automations


@dataclass(frozen=True, slots=True)
class Who:
    """Who or what changed something.

    ``claw``: ``entry`` is the number in the log, ``person`` and ``channel`` who asked.  ``person``: ``person`` is a
    household name.  ``automation`` and ``script``: ``run`` is its entity.  ``stranger``: a user of Home Assistant whom
    the household does not name; ``unnamed``: something that Home Assistant set off and does not name; ``hand``: no user
    and nothing before it, so somebody at the device, or the device itself; ``unseen``: nobody saw it happen.  ``after``
    is what set it off, ``trigger`` the entity whose change did.
    """

    kind: Kind
    person: str | None = None
    channel: str = ""
    entry: int | None = None
    run: str | None = None
    trigger: str | None = None
    after: "Who | None" = None


class Causes:
    """Tells who was behind a change, from what the chronicle and the log remember."""

    def __init__(self, chronicle: Chronicle, mirror: Mirror, deeds: Deeds, people: People) -> None:
        self.chronicle = chronicle
        self._mirror = mirror
        self.deeds = deeds
        self._people = people

    def of(self, past: Past) -> Who:
        """Return who or what is behind one remembered change."""
        return self._of(past.context, past.cause, _DEEPEST) if past.seen else Who("unseen")

    def behind(self, context: str | None, cause: Cause | None) -> Who:
        """Return who or what is behind a context."""
        return self._of(context, cause, _DEEPEST)

    def by(self, deed: Deed) -> Who:
        """Return Claw, for whoever asked for ``deed``."""
        return self._claw(deed.seq, deed.origin)

    def _of(self, context: str | None, cause: Cause | None, depth: int) -> Who:
        deed = self.deeds.in_context(context)
        if deed is not None:
            return self._claw(deed.seq, deed.origin)
        run = self.chronicle.run(context)
        parent = cause.parent if cause is not None else None
        user = cause.user if cause is not None else None
        behind = self._parent(parent, depth - 1) if depth > 0 else None
        if run is not None:
            kind = "automation" if run.startswith("automation.") else "script"
            return Who(kind, self._name(user), run=run, trigger=self._trigger(parent), after=behind)
        if user is not None:
            name = self._name(user)
            return Who("stranger") if name is None else Who("person", name)
        if parent is not None:
            return Who("unnamed", trigger=self._trigger(parent), after=behind)
        return Who("hand")

    def _parent(self, context: str | None, depth: int) -> Who | None:
        """Return who is behind what set something off; None where that is not known, or only that it happened."""
        deed = self.deeds.in_context(context)
        if deed is not None:
            return self._claw(deed.seq, deed.origin)
        first = self.chronicle.within(context)
        if first is None and self.chronicle.run(context) is None:
            return None
        found = self._of(context, first.cause if first is not None else None, depth)
        return None if found.kind == "hand" else found

    def _trigger(self, parent: str | None) -> str | None:
        first = self.chronicle.within(parent)
        return first.entity_id if first is not None else None

    def _claw(self, entry: int, origin: Origin) -> Who:
        person = self._people.get(origin.person)
        return Who("claw", person.name if person else None, origin.channel, entry)

    def _name(self, user: str | None) -> str | None:
        """Return what the household calls a user of Home Assistant, None where it is nobody they name."""
        if user is None:
            return None
        entity_id = next((entity for entity, owner in self._users() if owner == user), None)
        if entity_id is None:
            return None
        entity = self._mirror.registry.entities.get(entity_id)
        known = next((one for one in self._people if getattr(one, "entity", None) == entity_id), None)
        return known.name if known is not None else entity.name if entity is not None else entity_id

    def _users(self) -> Iterator[tuple[str, object]]:
        for entity_id, state in self._mirror.states.items():
            if entity_id.startswith("person."):
                yield entity_id, state.attributes.get("user_id")
