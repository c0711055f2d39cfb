"""Which of several things somebody means by a word, because they answered so again and again and said yes to it.

Kept as a preference about the word (``thing:lamp`` ``means`` one entity), for the one person who answers so, where they
stand.  It only ever picks one of the things that the sentence could mean anyway; and what locks, opens or guards is
never picked: of two doors a person names the door.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.house.model import Entity, House, Registry
from claw.house.text import quoted
from claw.memory.aliases import GUARDED, Known
from claw.memory.conditions import holds
from claw.memory.model import TRUSTS, Audience, Fact, Memory, Told, folded, private_to
from claw.memory.subjects import entity_of, of_entity
from claw.policy.people import Role

MEANS = "means"
LONGEST = 40
_TOLD = TRUSTS.index("resident_told")


def meaning(word: str, entity: Entity, person: str, place: str | None = None) -> Fact:
    """Return the fact that ``person`` means ``entity`` by ``word``, in the area ``place`` where one is given.

    Raises Refused, with a sentence, for what is never picked for anybody.
    """
    condition: Mapping[str, Json] = {"area": place} if place else {}
    sentence = f"by {quoted(word, LONGEST)} I mean {quoted(entity.name, LONGEST)} ({entity.entity_id})"
    fact = Fact(
        "preference",
        subject_of(word),
        MEANS,
        {"entity": of_entity(entity)},
        sentence,
        condition=condition,
        visibility=private_to(person),
    )
    if not pickable((entity.entity_id,)):
        raise Refused("Of doors, locks, valves and alarms I never pick one by myself.")
    return fact


def subject_of(word: str) -> str:
    """Return the subject of what is said of a word."""
    return f"thing:{folded(word)[:LONGEST]}"


def pickable(entities: Iterable[str]) -> bool:
    """Return whether one of these things may be picked for somebody who did not say which."""
    return not any(entity.partition(".")[0] in GUARDED for entity in entities)


class Meanings:
    """Knows what people mean by words that could mean several things; used from the event loop only."""

    def __init__(
        self,
        known: Known,
        registry: Callable[[], Registry],
        audience: Callable[[Origin], Audience],
        now: Callable[[], datetime | None],
    ) -> None:
        """``now`` gives the time as the clocks in the house show it, None where its time zone is not known."""
        self._known = known
        self._registry = registry
        self._audience = audience
        self._now = now
        self._rows: tuple[Memory, ...] = ()
        known.changed.append(self._changed)
        self._changed()

    def check(self, fact: Fact, told: Told, role: Role | None) -> None:
        """Raise Refused, with a sentence, for a meaning that may not be kept; for ``Admission.checks``."""
        del role
        if fact.kind != "preference" or fact.predicate != MEANS:
            return
        if told.person is None or fact.visibility != private_to(told.person) or told.taint:
            raise Refused("What a word means to somebody is kept only by themselves.")
        entity = _entity(fact, self._registry())
        if entity is None or not fact.subject.startswith("thing:"):
            raise Refused("There is no such thing in the house.")
        if not pickable((entity.entity_id,)):
            raise Refused("Of doors, locks, valves and alarms I never pick one by myself.")

    def of(self, word: str, choices: Sequence[str], house: House, origin: Origin) -> Memory | None:
        """Return what says which of ``choices`` whoever asks means by ``word``; None where nothing does."""
        if not self._rows or not pickable(choices):
            return None
        if private_to(origin.person or "") not in self._audience(origin).may_hear():
            return None
        fits = (row for row in self._rows if self._fits(row.fact, word, house, origin))
        return next(
            (row for row in fits if (one := _entity(row.fact, house.registry)) and one.entity_id in choices), None
        )

    def _fits(self, fact: Fact, word: str, house: House, origin: Origin) -> bool:
        own = fact.visibility == private_to(origin.person or "")
        return own and fact.subject == subject_of(word) and holds(fact.condition, self._now(), house, origin)

    def entity(self, row: Memory) -> Entity | None:
        """Return the thing that a meaning picks, None where it is gone."""
        return _entity(row.fact, self._registry())

    def _changed(self) -> None:
        rows = self._known.active(kind="preference", predicate=MEANS)
        # The narrower first: what is meant in this room goes before what is meant anywhere.
        found = [row for row in rows if row.fact.predicate == MEANS and _counts(row)]
        self._rows = tuple(sorted(found, key=lambda row: (-len(row.fact.condition), -row.id)))


def _counts(memory: Memory) -> bool:
    said = memory.explicit and TRUSTS.index(memory.trust) >= _TOLD
    return (said or memory.confirmed is not None) and not memory.taint


def _entity(fact: Fact, registry: Registry) -> Entity | None:
    value = fact.value
    subject = value.get("entity") if isinstance(value, Mapping) else None
    return entity_of(subject, registry) if isinstance(subject, str) else None
