"""Memory put together: what is kept and found stands before the gate, whoever writes, forgets and learns behind it.

Nothing of it runs by itself before ``Remembered.start``; the daemon's housekeeping calls what is due by the clock.
"""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import SystemClock
from claw.base.config import MemoryConfig
from claw.base.erasure import Eraser
from claw.base.errors import Broken
from claw.base.permit import PermitDesk
from claw.channels.remembering import Remembering as Asked
from claw.channels.remembering import Rooms as AskedRooms
from claw.gate.answering import ADULTS, role_now
from claw.gate.cause import Causes
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.mirror import Mirror
from claw.llm.model import Model
from claw.memory.admission import Admission
from claw.memory.aliases import Aliases
from claw.memory.audience import Hearing
from claw.memory.effector import Remembering
from claw.memory.effector import Rooms as WritingRooms
from claw.memory.episodes import Episodes
from claw.memory.erasing import Rows
from claw.memory.export import Export
from claw.memory.facts import Facts
from claw.memory.forget import Forgetter, Forgetting
from claw.memory.habits import Habits
from claw.memory.likeness import Likeness
from claw.memory.listening import Listening
from claw.memory.meanings import Meanings
from claw.memory.memories import Memories
from claw.memory.observed import Observed
from claw.memory.offers import Asking, Offers
from claw.memory.passages import Passages
from claw.memory.postures import learnable
from claw.memory.preferences import Preferences
from claw.memory.quietly import Quietly
from claw.memory.recall import Recall
from claw.memory.residents import Residents
from claw.memory.sleep import Bed, Sleep
from claw.memory.stages import Begin, Expire, Fade, Find, Merge, Tidy
from claw.memory.subjects import entity_of
from claw.memory.talk_names import TalkNames
from claw.memory.tombstones import Tombstones
from claw.mind.choosing import Choosing
from claw.mind.correcting import Correcting
from claw.mind.intents import Intents
from claw.mind.memos import Memos
from claw.mind.memos_reading import Reading
from claw.mind.memos_rooms import Rooms as MemoRooms
from claw.mind.preferring import Preferring
from claw.mind.taken import TakenWords
from claw.mind.teaching import Taught
from claw.policy.people import People, Role
from claw.policy.windows import local
from claw.store.before_upgrade import UpgradeCopies

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ground:
    """What memory stands on."""

    db: Database
    path: Path
    clock: SystemClock
    audit: AuditLog
    permits: PermitDesk
    mirror: Mirror
    people: People

    def now(self) -> datetime | None:
        """Return the time as the clocks in the house show it, None where its time zone is not known."""
        return local(self.mirror.registry, self.clock.now())

    def zone(self) -> tzinfo:
        """Return the time zone of the house; UTC while it is not known."""
        now = self.now() or self.clock.now()
        return now.tzinfo or ZoneInfo("UTC")

    def at_home(self, moment: datetime) -> datetime:
        """Return ``moment`` as the clocks in the house show it, in UTC while its time zone is not known."""
        return local(self.mirror.registry, moment) or moment

    def role(self, person: str | None) -> Role | None:
        """Return the role that somebody has at this moment."""
        return cast("Role | None", role_now(self.people, person, self.now()))

    def name(self, person: str) -> str:
        """Return what the person with an id is called, the id where nobody has it."""
        known = self.people.get(person)
        return known.name if known is not None else person

    def domain(self, subject: str) -> str:
        """Return the domain of the thing that the subject of a fact means today, empty where it means none."""
        thing = entity_of(subject, self.mirror.registry)
        return thing.domain if thing is not None else ""

    def lives_here(self, person: str) -> bool:
        """Return whether somebody is a grown-up of the household, who has a say of their own."""
        known = self.people.get(person)
        return known is not None and known.role in ADULTS


@dataclass(frozen=True)
class Store:
    """What is kept and found, and the two effectors that change it: all that the gate needs to know of."""

    ground: Ground
    hearing: Hearing
    passages: Passages
    episodes: Episodes
    facts: Facts
    residents: Residents
    admission: Admission
    recall: Recall
    effector: Remembering
    forgetter: Forgetter


def store(ground: Ground) -> Store:
    """Return the store of memory; who lives here is brought up to date."""
    db, clock = ground.db, ground.clock
    passages = Passages(db, ground.at_home)
    episodes, residents = Episodes(db, clock, passages), Residents(db, clock)
    facts = Facts(db, clock, passages, ground.name)
    admission = Admission(facts, ground.people, clock, domain=ground.domain)
    hearing = Hearing(ground.people, ground.now)
    rooms = WritingRooms(admission, episodes, residents, ground.role, ground.name)
    rows = Rows(db, passages, ground.lives_here, ground.name)
    residents.follow(ground.people)
    facts.turn()
    return Store(
        ground,
        hearing,
        passages,
        episodes,
        facts,
        residents,
        admission,
        Recall(ground.path, lambda: [person.name for person in ground.people]),
        Remembering(ground.permits, ground.audit, rooms),
        Forgetter(ground.permits, db, ground.audit, rows, passages, Tombstones(db, clock), hearing.of),
    )


def liken(kept: Store, model: Model | None, config: MemoryConfig) -> None:
    """Have memories found by what they mean, too, where ``config`` names a model for that."""
    own = config.embeddings
    if own is not None and model is not None:
        kept.recall.likeness = Likeness(kept.ground.db, model, kept.ground.clock, own.name, own.weight)


@dataclass(frozen=True)
class Remembered:
    """All of memory that the rooms above it ask."""

    store: Store
    memories: Memories
    forgetting: Forgetting
    aliases: Aliases
    preferences: Preferences
    taught: Taught
    observed: Observed
    habits: Habits
    offers: Offers
    sleep: Sleep
    memos: Memos
    listening: Listening

    def forgets_in(self, *erasers: Eraser) -> None:
        """Have these rooms let go of their copies when something is forgotten."""
        self.store.forgetter.erasers.extend(erasers)


def remembering(kept: Store, gate: Gate, judge: Judge, intents: Intents, causes: Causes, stop: Stop) -> Remembered:
    """Return memory as it is used; it begins to listen to the house and to change what things are called."""
    ground = kept.ground
    mirror, people, clock, db = ground.mirror, ground.people, ground.clock, ground.db
    kept.forgetter.erasers.append(UpgradeCopies(ground.path.parent))
    memories, forgetting = Memories(gate, kept.effector), Forgetting(gate, kept.forgetter)
    aliases = Aliases(kept.facts, mirror, people, TakenWords(intents, mirror), ground.now, TalkNames(clock))
    preferences = Preferences(kept.facts, judge, kept.hearing.of, ground.now)
    preferring = Preferring(preferences, intents)
    preferring.uses.append(_Uses(kept).used)
    meanings = Meanings(kept.facts, lambda: mirror.registry, kept.hearing.of, ground.now)
    kept.admission.checks.extend((aliases.check, preferences.check, meanings.check))
    quietly = Quietly(memories, judge)
    choosing = Choosing(intents, quietly, meanings, aliases.lives_here, clock)
    taught = Taught(preferring, choosing, Correcting(quietly, aliases.lives_here), aliases.talks)
    observed = Observed(db, clock, mirror, causes.behind, people, lambda person: kept.residents.consent(person).habits)
    mirror.watch(observed.take)
    habits = Habits(db, clock, Called(ground, intents.languages[0]), ground.zone)
    asking = Asking(kept.hearing.of, people, lambda person: kept.residents.consent(person).habits)
    offers = Offers(habits, memories, gate.tell, asking, clock, ground.zone)
    observed.active.append(offers.active)
    kept.residents.withdrawn.extend((observed.drop, habits.drop))
    sleep = _sleep(kept, habits, observed, stop)
    reading = Reading(ground.path, clock)
    rooms = MemoRooms(
        kept.facts, memories, kept.residents, forgetting, aliases, preferring, offers, sleep, kept.hearing.of, reading
    )
    memos = Memos(rooms, intents, mirror, people, clock)
    kept.forgetter.erasers.extend((observed, intents, memos, choosing, aliases.talks))
    kept.forgetter.changed.append(kept.facts.announce)
    listening = Listening(kept.episodes, kept.residents.consent, ground.role, ground.name)
    return Remembered(
        kept, memories, forgetting, aliases, preferences, taught, observed, habits, offers, sleep, memos, listening
    )


def asked_of(memory: Remembered) -> Asked:
    """Return what every channel asks about memory."""
    kept, ground = memory.store, memory.store.ground
    return Asked(
        AskedRooms(
            kept.facts,
            memory.memories,
            kept.recall,
            kept.residents,
            memory.forgetting,
            memory.offers,
            memory.sleep,
            kept.hearing.of,
            memory.memos.understand,
            memory.memos.keep,
            Export(ground.db, kept.facts, kept.residents, kept.hearing.of, ground.clock).of,
            ground.people,
            ground.mirror,
            ground.clock,
        )
    )


@dataclass(frozen=True)
class Called:
    """What things and people are called today, for the sentences about habits."""

    ground: Ground
    language: str

    def thing(self, known: str) -> tuple[str, str] | None:
        """Return entity id and name of a thing by registry id or entity id, None where no habit may move it."""
        registry = self.ground.mirror.registry
        entity = registry.by_registry_id.get(known) or registry.entities.get(known)
        return (entity.entity_id, entity.name) if entity is not None and learnable(entity) else None

    def person(self, person: str) -> str:
        """Return what a person is called, their id where nobody has it."""
        return self.ground.name(person)


@dataclass
class _Uses:
    """Notes which memories had a part in an act, each once a day: what is used does not fade."""

    kept: Store
    noted: dict[int, date] = field(default_factory=dict[int, date])

    def used(self, memories: tuple[int, ...], origin: Origin) -> None:
        """Note these; a lamp that was turned on is not told as failed because this could not be written."""
        today = self.kept.ground.clock.now().date()
        fresh = [one for one in memories if self.noted.get(one) != today]
        if not fresh:
            return
        try:
            self.kept.facts.seen(fresh, self.kept.hearing.of(origin), origin.conversation)
        except Broken:
            logger.warning("It could not be noted which preferences were used")
        else:
            self.noted |= dict.fromkeys(fresh, today)


def _sleep(kept: Store, habits: Habits, observed: Observed, stop: Stop) -> Sleep:
    ground = kept.ground
    db, clock = ground.db, ground.clock

    def note(kind: str, payload: dict[str, Json], origin: Origin | None) -> None:
        ground.audit.note(kind, payload, origin=origin or Origin(channel="system"))

    def stopped() -> str | None:
        return f"I am stopped: {stop.state().reason}" if stop.engaged else None

    stages = (
        Expire(db, kept.episodes, observed),
        Find(ground.path, db, habits, ground.zone),
        Merge(db),
        Fade(db),
        Begin(kept.facts),
        Tidy(db, kept.passages),
    )
    return Sleep(Bed(db, kept.facts, kept.passages, habits, ground.zone, stopped, note), stages, clock)
