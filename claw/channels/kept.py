"""One memory as a channel may show it: what is said, about whom, since when, from whom and how far to be believed.

Every text in it came from people or devices, so that it is made harmless here; the words of an exchange are shown to
whoever said them and to nobody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from claw.base.action import Json
from claw.channels.shown import shown
from claw.house.model import Registry
from claw.house.text import plain
from claw.memory.habits import Habit
from claw.memory.model import GUESTS, HOUSEHOLD, LONGEST, OWNERS, Audience, Evidence, Hit, Memory, folded
from claw.memory.sleep import Night
from claw.memory.subjects import HOUSE, area_of, entity_of, of_area, of_entity, of_person
from claw.policy.people import People
from claw.policy.windows import local

WHO = {GUESTS: "everybody", HOUSEHOLD: "everybody who lives here", OWNERS: "the owners"}
"""Who may hear of a memory, in words; everything else is private to one person."""


@dataclass(frozen=True)
class Known:
    """What the subjects of memories are called: people, rooms, things."""

    people: People
    registry: Registry

    def name(self, subject: str) -> str:
        """Return what ``subject`` is called, or its own words where nobody knows it any more."""
        kind, _, what = subject.partition(":")
        if kind == "person":
            return self.person(what)
        if subject == HOUSE:
            return "the house"
        there = area_of(subject, self.registry) or entity_of(subject, self.registry)
        return plain(there.name if there else what or kind)

    def day(self, moment: datetime | None, *, last: bool = False) -> str | None:
        """Return the day of a moment as the house's calendar has it, ``2026-03-03``; of an end the ``last`` day in."""
        if moment is None:
            return None
        inside = moment - timedelta(microseconds=1) if last else moment
        return (local(self.registry, inside) or inside).date().isoformat()

    def person(self, ident: str | None) -> str:
        """Return a person's name, the empty text for nobody; somebody who has left goes by their id."""
        if ident is None:
            return ""
        known = self.people.get(ident)
        return plain(known.name if known else ident)

    def subject(self, said: str, asker: str | None) -> str:
        """Return the subject that a person means by ``said``: ``me``, a name, a room, an id, or a thing by its words.

        One that is spelled as a subject (``person:sam``) is one.
        """
        words = folded(said)
        if words == "me" and asker is not None:
            return of_person(asker)
        if said.partition(":")[0] in {"person", "area", "entity", "thing"} and said.partition(":")[2]:
            return said
        return HOUSE if words in {"house", "the house"} else self._found(said, words.removeprefix("the "))

    def _found(self, said: str, words: str) -> str:
        for person in self.people:
            if words in {folded(person.name), folded(person.id)}:
                return of_person(person.id)
        for area in self.registry.areas.values():
            if words in {folded(name) for name in (area.name, area.id, *area.aliases)}:
                return of_area(area.id)
        for entity in self.registry.entities.values():
            if said == entity.entity_id or words in {folded(name) for name in (entity.name, *entity.aliases)}:
                return of_entity(entity)
        return f"thing:{words}"


def memory_json(memory: Memory, known: Known, audience: Audience) -> dict[str, Json]:
    """Return one memory for whoever may hear of it; who told it and how often it was used is for residents."""
    fact, home = memory.fact, audience.resident
    owner = fact.visibility.removeprefix("person:") if fact.visibility.startswith("person:") else None
    # A page shows hundreds of these: each text is made harmless once, as what it is.
    return {
        "id": memory.id,
        "kind": fact.kind,
        "sentence": plain(fact.sentence, LONGEST),
        "subject": plain(fact.subject, LONGEST),
        "about": known.name(fact.subject),
        "predicate": plain(fact.predicate, LONGEST),
        "value": shown(fact.value),
        "condition": shown(fact.condition) if fact.condition else {},
        "from": _moment(fact.valid_from),
        "to": _moment(fact.valid_to),
        "since": known.day(fact.valid_from),
        "until": known.day(fact.valid_to, last=True),
        "status": memory.status,
        "trust": memory.trust,
        "explicit": memory.explicit,
        "confidence": round(memory.confidence, 2),
        "author": known.person(memory.author) if home else "",
        "recorded": _moment(memory.recorded),
        "retired": _moment(memory.retired),
        "supersedes": memory.supersedes,
        "visibility": plain(fact.visibility, LONGEST),
        "heard_by": WHO.get(fact.visibility) or f"{known.person(owner)} alone",
        "influenced": [plain(one, LONGEST) for one in memory.taint] if home else [],
        "pinned": memory.pinned,
        "used": memory.used if home else 0,
        "last_used": _moment(memory.last_used) if home else None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def evidence_json(evidence: Evidence, known: Known, audience: Audience) -> dict[str, Json]:
    """Return one reason to believe a memory; the words themselves only where ``audience`` said them."""
    told = evidence.told
    own = told.person is not None and told.person == audience.person
    return shown(
        {
            "at": evidence.at,
            "who": known.person(told.person),
            "channel": told.channel,
            "trust": told.trust,
            "explicit": told.explicit,
            "supports": told.stance == "supports",
            "text": plain(evidence.text, LONGEST) if own else "",
            "entry": told.audit,
            "first": told.first,
            "last": told.last,
            "influenced": told.taint,
        }
    )


def found_json(
    hits: Sequence[Hit], memories: Mapping[int, Memory], known: Known, audience: Audience
) -> list[dict[str, Json]]:
    """Return what a search found: memories, and words of before; a hit on a memory that is not given is left out.

    No score: how rare a word is, is counted over everything that is kept, also over what this audience may not hear.
    """
    return [
        shown(
            {
                "text": plain(hit.text, LONGEST),
                "speaker": plain(hit.speaker),
                "day": plain(hit.day),
                "memory": memory_json(memories[hit.memory], known, audience) if hit.memory is not None else None,
                "episode": hit.episode,
            }
        )
        for hit in hits
        if hit.memory is None or hit.memory in memories
    ]


def proposal_json(memory: Memory, known: Known, audience: Audience) -> dict[str, Json]:
    """Return something that was only noticed and that waits for a yes or no, under the id by which it is answered."""
    return {**memory_json(memory, known, audience), "id": f"memory-{memory.id}", "evidence": "", "state": "candidate"}


def habit_json(habit: Habit, known: Known) -> dict[str, Json]:
    """Return a habit that waits for a yes or no, with what speaks for it."""
    return shown(
        {
            "id": f"habit-{habit.id}",
            "kind": habit.fact.kind,
            "sentence": plain(habit.fact.sentence, LONGEST),
            "about": known.name(habit.fact.subject),
            "person": known.person(habit.person),
            "evidence": plain(habit.evidence, LONGEST),
            "days": habit.days,
            "chances": habit.chances,
            "rate": round(habit.rate, 2),
            "state": habit.state,
        }
    )


def night_json(night: Night, audience: Audience) -> dict[str, Json]:
    """Return a night; what it did to single memories is told to nobody but in numbers, and in sentences to owners."""
    return shown(
        {
            "id": night.id,
            "day": night.day,
            "started": night.started,
            "ended": night.ended,
            "undone": night.undone,
            "broken": night.broken,
            "edits": len(night.edits),
            "lines": [plain(line, LONGEST) for line in night.lines] if audience.owner else [],
        }
    )
