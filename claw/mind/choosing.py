"""Which of several: the question is put, its answer taken, and who always answers the same is asked if it is meant.

All of it is local and needs no model.  An answer only picks one of the things that the first sentence could mean; what
then happens is an ordinary command that the gate judges.  Doors, locks, valves and alarms are asked about every time.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.model import Entity, House
from claw.memory.facts import Kept
from claw.memory.meanings import Meanings, meaning, pickable
from claw.memory.model import Fact
from claw.memory.sources import By
from claw.mind.hygiene import name_text
from claw.mind.intents import Intents
from claw.mind.nouns import Naming
from claw.mind.phrases import fill, phrases
from claw.mind.understood import Command, Question, Unclear, Understood

logger = logging.getLogger(__name__)

ANSWERED_S = 60.0
"""For how long a question of this kind can be answered."""
ENOUGH = 3
"""The same answers after which it is offered as a preference."""
MOST = 200
MOST_NAMED = 5
"""Things that a question names at most."""

_LEADS = (
    "no ",
    "i mean ",
    "i meant ",
    "the ",
    "one ",
    "in the ",
    "in ",
    "that ",
    "ich meine ",
    "die ",
    "das ",
    "der ",
    "den ",
)
_ENDS = (" one", " please", " bitte")


K = TypeVar("K")
V = TypeVar("V")


class Told(Protocol):
    """What came of a write (``claw.memory.memories.Answer``)."""

    @property
    def kept(self) -> Kept | None:
        """The memory, None where there is none."""
        ...


class Keeps(Protocol):
    """What writes to memory (``claw.memory.memories.Memories``)."""

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Told:
        """Keep ``fact`` as told by ``origin``; raises Refused where it may not be kept."""
        ...

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> Told:
        """Take a yes or no to a candidate; raises Refused where it is not theirs to give."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    word: str
    choices: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class _Offer:
    memory: int
    person: str
    at: float


class Choosing:
    """The open questions of the talks, at most 200, and how often each was answered how."""

    def __init__(
        self, intents: Intents, memories: Keeps, meanings: Meanings, lives_here: Callable[[Origin], bool], clock: Clock
    ) -> None:
        self._intents = intents
        self._memories = memories
        self._meanings = meanings
        self._lives_here = lives_here
        self._clock = clock
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._offers: OrderedDict[str, _Offer] = OrderedDict()
        self._counts: OrderedDict[tuple[str, str, str], tuple[str, int]] = OrderedDict()
        self._due: OrderedDict[str, tuple[Fact, str, str]] = OrderedDict()

    def usual(self, unclear: Unclear, text: str, house: House, origin: Origin) -> Understood:
        """Return what whoever asks always means by a word that could mean several, else ``unclear`` as it is."""
        if not unclear.choices:
            return unclear
        row = self._meanings.of(unclear.word, unclear.choices, house, origin)
        entity = self._meanings.entity(row) if row is not None else None
        if entity is None:
            return unclear
        return self._intents.choose(text, house, origin, {unclear.word: entity.entity_id}) or unclear

    def ask(self, unclear: Unclear, text: str, origin: Origin) -> None:
        """Take note that this question was put, so that the next sentence may be its answer."""
        if unclear.choices and origin.conversation:
            _put(self._asked, origin.conversation, _Asked(text, unclear.word, unclear.choices, self._clock.monotonic()))

    def answered(self, text: str, house: House, origin: Origin) -> Command | Question | None:
        """Return what was asked for, now that ``text`` says which; None where it answers nothing.

        Whatever is said, the question and an offer that stood are over.
        """
        self._offers.pop(origin.conversation, None)
        asked = self._asked.pop(origin.conversation, None)
        if asked is None or self._clock.monotonic() - asked.at > ANSWERED_S:
            return None
        entity = _picked(text, [one for one in map(house.registry.entities.get, asked.choices) if one], house)
        if entity is None:
            return None
        understood = self._intents.choose(asked.text, house, origin, {asked.word: entity.entity_id})
        if not isinstance(understood, (Command, Question)):
            return None
        self._count(asked, entity, origin)
        return understood

    async def offered(self, reply: Reply, house: House, origin: Origin) -> Reply:
        """Return ``reply`` with the question whether that is always meant, where it was answered so often enough."""
        fact, word, entity = self._due.pop(origin.conversation, (None, "", ""))
        if fact is None or origin.person is None or reply.status not in {"done", "started", "answered"}:
            return reply
        try:
            told = await self._memories.tell(fact, origin, said="", by="program")
        except Refused as error:
            logger.debug("A meaning is not offered: %s", error)
            return reply
        if told.kept is None or not told.kept.new or told.kept.memory.status != "candidate":
            return reply
        _put(self._offers, origin.conversation, _Offer(told.kept.memory.id, origin.person, self._clock.monotonic()))
        words = phrases(reply.language)
        question = fill(words.likings["always"], word=words.quote(word), name=Naming(house, words).one(entity))
        return replace(reply, text=f"{reply.text} {question}")

    async def settled(self, origin: Origin, language: str, *, yes: bool) -> Reply | None:
        """Take a bare yes or no to such an offer; None where none stands for this person in this talk."""
        offer = self._offers.get(origin.conversation)
        if offer is None or offer.person != origin.person or self._clock.monotonic() - offer.at > ANSWERED_S:
            return None
        del self._offers[origin.conversation]
        words = phrases(language)
        try:
            await self._memories.settle(offer.memory, origin, yes=yes, said="yes" if yes else "no")
        except Refused as error:
            return Reply(str(error), "refused", language=language)
        return Reply(words.likings["agreed" if yes else "declined"], "done", language=language)

    def erase(self, erasure: Erasure) -> int:
        """Let go of questions and counts that are to be forgotten; return how many went."""
        asked = [one for one, row in self._asked.items() if erasure.means(row.text, conversation=one)]
        due = [one for one, row in self._due.items() if erasure.means(row[0].sentence, conversation=one)]
        offers = [one for one, row in self._offers.items() if erasure.means(conversation=one, person=row.person)]
        counts = [one for one in self._counts if erasure.means(one[1], person=one[0])]
        for table, gone in ((self._asked, asked), (self._due, due), (self._offers, offers)):
            for one in gone:
                del table[one]
        for key in counts:
            del self._counts[key]
        return len(asked) + len(due) + len(offers) + len(counts)

    def _count(self, asked: _Asked, entity: Entity, origin: Origin) -> None:
        if origin.person is None or not self._lives_here(origin) or not pickable(asked.choices):
            return
        key = (origin.person, name_text(asked.word), origin.place or "")
        before, times = self._counts.get(key, ("", 0))
        times = times + 1 if before == entity.entity_id else 1
        _put(self._counts, key, (entity.entity_id, times))
        if times >= ENOUGH:
            del self._counts[key]
            fact = meaning(asked.word, entity, origin.person, origin.place)
            _put(self._due, origin.conversation, (fact, asked.word, entity.entity_id))


def which_text(unclear: Unclear, house: House) -> str:
    """Return the question which of several is meant, in the language of the talk."""
    words = phrases(unclear.language)
    naming = Naming(house, words)
    names = words.join([naming.one(entity) for entity in unclear.choices[:MOST_NAMED]])
    return fill(words.likings["which"], word=words.quote(unclear.word), names=names)


def _picked(text: str, choices: Sequence[Entity], house: House) -> Entity | None:
    """Return the one of ``choices`` that ``text`` names, by itself or by its room; None where it is none or several."""
    said = name_text(text)
    for end in _ENDS:
        said = said.removesuffix(end)
    forms = {said}
    for lead in (*_LEADS, *_LEADS):
        forms |= {form.removeprefix(lead) for form in forms}
    words = {form: frozenset(form.split()) for form in forms if form}
    exact = [one for one in choices if any(form in _names(one, house) for form in words)]
    if len(exact) == 1:
        return exact[0]
    within = [one for one in choices if any(parts <= _words(one, house) for parts in words.values())]
    return within[0] if len(within) == 1 else None


def _names(entity: Entity, house: House) -> set[str]:
    area = house.registry.areas.get(entity.area or "")
    rooms = [name_text(name) for name in (area.name, *area.aliases)] if area else []
    own = [name_text(name) for name in entity.names]
    return {*own, *rooms, *(f"{room} {name}" for room in rooms for name in own)}


def _words(entity: Entity, house: House) -> frozenset[str]:
    """Return the words by which a thing can be told from others: of its names and its room's."""
    return frozenset(word for name in _names(entity, house) for word in name.split())


def _put(table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > MOST:
        table.popitem(last=False)
