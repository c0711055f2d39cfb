"""How a memory and its evidence stand in ``claw.db``: one place that turns rows into nouns, and nouns into rows.

Times are text in UTC that sorts as time does, values are canonical JSON.  A row that somebody else wrote may hold
anything: what cannot be read is Broken, never a guess.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from claw.base.action import canonical
from claw.base.errors import Broken
from claw.memory.model import Evidence, Fact, Memory, Status, Told, folded

MEMORY = (
    "id, kind, subject, predicate, value, sentence, condition, several, status, trust, explicit, confidence, author,"
    " visibility, sensitivity, valid_from, valid_to, recorded, retired, supersedes, taint, used, last_used, confirmed,"
    " pinned, audit"
)
"""The columns of a memory, in the order in which ``memory_of`` takes them."""

INSERT_MEMORY = (
    "insert into memories (kind, subject, predicate, value, sentence, condition, key, several, status, trust, explicit,"
    " confidence, author, visibility, sensitivity, valid_from, valid_to, recorded, retired, supersedes, taint, hash,"
    " used, last_used, confirmed, pinned, audit)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, null, ?, 0, ?)"
)

EVIDENCE = "memory, at, trust, channel, person, explicit, episode, audit, first, last, taint, weight, stance"
INSERT_EVIDENCE = f"insert into evidence ({EVIDENCE}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  our own names


def stamp(moment: datetime) -> str:
    """Return ``moment`` as it is stored; raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone means nothing")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def told_at(stored: str | None) -> datetime | None:
    """Return a stored time, None where there is none; raises Broken for what is none."""
    if stored is None:
        return None
    try:
        return datetime.fromisoformat(stored).astimezone(UTC)
    except (TypeError, ValueError) as error:
        raise Broken("claw.db holds a time that is none") from error


def digest(sentence: str) -> str:
    """Return what two sentences have in common that say the same in the same words."""
    return hashlib.sha256(folded(sentence).encode()).hexdigest()[:32]


def memory_row(fact: Fact, told: Told, now: datetime, *, status: Status, supersedes: int | None) -> tuple[object, ...]:
    """Return the values of ``INSERT_MEMORY``."""
    return (
        fact.kind,
        fact.subject,
        fact.predicate,
        canonical(fact.value).decode(),
        fact.sentence,
        canonical(fact.condition).decode(),
        fact.key,
        fact.several,
        status,
        told.trust,
        told.explicit,
        certainty(told),
        told.person,
        fact.visibility,
        fact.sensitivity,
        None if fact.valid_from is None else stamp(fact.valid_from),
        None if fact.valid_to is None else stamp(fact.valid_to),
        stamp(now),
        None,
        supersedes,
        canonical(told.taint).decode(),
        digest(fact.sentence),
        None,
        told.audit,
    )


def certainty(told: Told) -> float:
    """Return how sure one telling makes: what a person said is sure, what was seen is as sure as it was often so."""
    return 1.0 if told.explicit else min(0.95, max(0.0, told.weight))


def memory_of(row: Sequence[Any]) -> Memory:
    """Return the memory in a row of ``MEMORY``; raises Broken for one that nobody of us wrote."""
    try:
        fact = Fact(
            kind=row[1],
            subject=row[2],
            predicate=row[3],
            value=json.loads(row[4]),
            sentence=row[5],
            condition=json.loads(row[6]),
            valid_from=told_at(row[15]),
            valid_to=told_at(row[16]),
            visibility=row[13],
            sensitivity=row[14],
            several=bool(row[7]),
        )
        return Memory(
            id=row[0],
            fact=fact,
            status=row[8],
            trust=row[9],
            explicit=bool(row[10]),
            confidence=row[11],
            author=row[12],
            recorded=_certain(told_at(row[17])),
            retired=told_at(row[18]),
            supersedes=row[19],
            taint=tuple(json.loads(row[20])),
            used=row[21],
            last_used=told_at(row[22]),
            confirmed=told_at(row[23]),
            pinned=bool(row[24]),
            audit=row[25],
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise Broken(f"claw.db: memory {row[0]} cannot be read") from error


def evidence_row(memory: int, told: Told, now: datetime) -> tuple[object, ...]:
    """Return the values of ``INSERT_EVIDENCE``."""
    return (
        memory,
        stamp(now),
        told.trust,
        told.channel,
        told.person,
        told.explicit,
        told.episode,
        told.audit,
        None if told.first is None else stamp(told.first),
        None if told.last is None else stamp(told.last),
        canonical(told.taint).decode(),
        told.weight,
        told.stance,
    )


def evidence_of(row: Sequence[Any], text: str) -> Evidence:
    """Return the evidence in a row of ``EVIDENCE``, with the words it rests on; raises Broken as ``memory_of``."""
    try:
        told = Told(
            trust=row[2],
            channel=row[3],
            person=row[4],
            explicit=bool(row[5]),
            episode=row[6],
            audit=row[7],
            first=told_at(row[8]),
            last=told_at(row[9]),
            taint=tuple(json.loads(row[10])),
            weight=row[11],
            stance=row[12],
        )
        return Evidence(row[0], told, _certain(told_at(row[1])), text)
    except (TypeError, ValueError, RecursionError) as error:
        raise Broken(f"claw.db: why memory {row[0]} is believed cannot be read") from error


def _certain(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a time is missing")
    return moment
