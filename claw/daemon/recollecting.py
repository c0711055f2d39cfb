"""Memory as programs, and the model that writes them, get at it: what may be heard by whoever asks, and nothing else.

Fills the ports by which the mind and programs remember and recall, which know no memory.  What is told here is in
force, was filtered for the one who hears before it was ranked, and carries a mark where those who live here did not
tell it themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Action, Origin
from claw.house.mirror import Mirror
from claw.memory.audience import Hearing
from claw.memory.effector import keeping
from claw.memory.facts import Facts
from claw.memory.model import GUESTS, HOUSEHOLD, TRUSTS, Audience, Fact, Hit, Memory, Trust
from claw.memory.subjects import area_of, entity_of
from claw.mind.remembered import MOST, Remembered
from claw.policy.people import People
from claw.policy.windows import local
from claw.program import looks

LEAST: Trust = "resident_told"
"""The weakest trust of what leaves no mark on a talk."""

MOST_LOOKED_AT = 3 * MOST
"""Passages that are searched for: some are words of before, or of what is not so any more."""


class Finds(Protocol):
    """What searches (``claw/memory/recall.py``)."""

    async def find(self, query: str, k: int, audience: Audience, origin: Origin | None = None) -> list[Hit]:
        """Return the ``k`` passages nearest to ``query`` that ``audience`` may hear; raises Broken."""
        ...


@dataclass(frozen=True)
class Recollecting:
    """Finds and keeps for one asker at a time; ``understand`` makes a fact of a sentence, or raises Refused."""

    facts: Facts
    finds: Finds
    hearing: Hearing
    understand: Callable[[str, Origin], Fact]
    people: People
    mirror: Mirror

    async def relevant(self, said: str, origin: Origin) -> Sequence[Remembered]:
        """Return what is in force and nearest to ``said``, where ``origin`` and everybody who lives here may hear it.

        What is for one person, or for owners, leaves the house for no model; a program that needs it looks it up.
        Raises Broken.
        """
        found = await self._found(said, origin)
        return [Remembered(one.id, one.fact.sentence, marks(one)) for one in found if not private(one)]

    async def recall(self, words: str, origin: Origin) -> Sequence[looks.Remembered]:
        """Return the same as a program gets it: with whom or what it is about, and the day it was told."""
        found = await self._found(words, origin)
        return [
            looks.Remembered(one.id, one.fact.sentence, self._about(one), self._day(one), marks(one), private(one))
            for one in found
        ]

    def keeps(self, sentence: str, origin: Origin) -> Action:
        """Return the action that keeps what a program was told to; raises Refused for no sentence to be kept."""
        return keeping(self.understand(sentence, origin), "program")

    async def _found(self, words: str, origin: Origin) -> list[Memory]:
        audience = self.hearing.of(origin)
        hits = await self.finds.find(words, MOST_LOOKED_AT, audience, origin)
        numbers = dict.fromkeys(hit.memory for hit in hits if hit.memory is not None)
        # Asked again one by one: it may have been forgotten, or taken back, since it was searched for.
        memories = [memory for number in numbers if (memory := self.facts.visible(number, audience)) is not None]
        found = [memory for memory in memories if memory.status == "active"][:MOST]
        if found:
            self.facts.seen([memory.id for memory in found], audience, origin.conversation)
        return found

    def _about(self, memory: Memory) -> str:
        subject, registry = memory.fact.subject, self.mirror.registry
        kind, _, what = subject.partition(":")
        person = self.people.get(what) if kind == "person" else None
        entity, area = entity_of(subject, registry), area_of(subject, registry)
        if person is not None:
            return person.name
        return entity.entity_id if entity is not None else area.id if area is not None else what or kind

    def _day(self, memory: Memory) -> str:
        at = memory.fact.valid_from or memory.recorded
        return (local(self.mirror.registry, at) or at).date().isoformat()


def marks(memory: Memory) -> tuple[str, ...]:
    """Return the sources by which a talk is marked that a memory has a part in: none where residents told it."""
    if memory.taint:
        return memory.taint
    return () if TRUSTS.index(memory.trust) >= TRUSTS.index(LEAST) else (f"memory {memory.id}",)


def private(memory: Memory) -> bool:
    """Return whether not everybody who lives here may hear of a memory."""
    return memory.fact.visibility not in {GUESTS, HOUSEHOLD}
