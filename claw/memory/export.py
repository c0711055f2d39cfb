"""Everything that is kept and that one person may see, as JSON to take along.

It is what that person would be told, no more: filtered in SQL by who hears, with the sources named as they are to a
resident, and with the words, habits and observations that are their own.  A stranger gets what anybody may hear, and
nobody's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

from sqlite_utils import Database

from claw.base.action import Json, Origin, to_json
from claw.base.clock import Clock
from claw.memory.facts import Facts
from claw.memory.model import Audience, Evidence, Memory, Status
from claw.memory.residents import Residents

FORMAT = 1
STATUSES: tuple[Status, ...] = get_args(Status)
MOST = 100_000
"""Rows of one kind that are given at most; ``cut`` names the kinds of which there are more."""

_OWN: dict[str, tuple[str, ...]] = {
    "episodes": ("id", "at", "channel", "place", "conversation", "trust", "text", "until"),
    "changes": ("at", "entity", "before", "after", "cause"),
    "overrides": ("at", "entity", "undone", "before", "after", "seconds"),
    "habits": ("id", "fact", "days", "chances", "rate", "first", "last", "state", "offered", "until"),
}
"""What is a person's own by its column ``person``, and what is given of it."""


class Export:
    """Gathers it; used from the event loop only."""

    def __init__(
        self, db: Database, facts: Facts, residents: Residents, audience: Callable[[Origin], Audience], clock: Clock
    ) -> None:
        self._db = db
        self._facts = facts
        self._residents = residents
        self._audience = audience
        self._clock = clock

    def of(self, origin: Origin) -> dict[str, Json]:
        """Return it for whoever asks: times in ISO 8601 UTC; a stranger gets no more than anybody may hear."""
        audience = self._audience(origin)
        memories = self._facts.shown(audience, statuses=STATUSES, limit=MOST + 1)
        found: dict[str, Json] = {
            "format": FORMAT,
            "exported": self._clock.now().isoformat(),
            "person": audience.person,
            "memories": [self._memory(one, audience) for one in memories[:MOST]],
        }
        cut = ["memories"] if len(memories) > MOST else []
        if audience.person is not None:
            found["consents"] = to_json(self._residents.consent(audience.person))
            found["lived_here"] = to_json(tuple(self._residents.spans(audience.person)))
            for table, columns in _OWN.items():
                rows = self._own(table, columns, audience.person)
                found[table] = rows[:MOST]
                cut += [table] if len(rows) > MOST else []
        return {**found, "cut": cut}

    def _memory(self, memory: Memory, audience: Audience) -> dict[str, Json]:
        known = memory if audience.resident else replace(memory, author=None, taint=())
        sources = self._facts.evidence(memory.id, audience) if audience.resident else []
        return {**to_json(known), "evidence": [_source(one, audience) for one in sources]}

    def _own(self, table: str, columns: Sequence[str], person: str) -> list[dict[str, Json]]:
        rows = self._db.conn.execute(
            f'select {", ".join(columns)} from "{table}" where person = ? order by id limit ?',  # noqa: S608  names of ours
            (person, MOST + 1),
        )
        return [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]


def _source(evidence: Evidence, audience: Audience) -> dict[str, Json]:
    """Return a reason to believe something; where somebody else gave it, only who, when and through what."""
    told = to_json(evidence.told)
    if evidence.told.person != audience.person:
        told = {key: told[key] for key in ("trust", "channel", "person", "explicit", "first", "last", "stance")}
    return {"at": evidence.at.isoformat(), "text": evidence.text, **told}
