"""What a page asks of the log beyond its newest entries: find some, and count a day of them.

What is found is what the viewer may read: an entry whose words are another's is found by its kind, person, thing and
time, never by its words.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from claw.audit.entries import Entry
from claw.audit.finding import Counted, Found, Wanted, counted, matching
from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.channels.routine_day import Day
from claw.channels.shown import shown
from claw.channels.turns import Turns
from claw.channels.veil import Veil, Whose
from claw.house.mirror import Mirror
from claw.house.text import quoted
from claw.routines.place import place_of

MOST = 200
"""Entries of one answer."""
PAGE = 10
"""Entries that are looked at before others have their turn."""
STEP_S = 1800
FURTHEST_DAYS = 3660
UNSOUGHT = frozenset(
    {"after", "attributes", "before", "context", "digest", "expected", "held", "ours", "prior", "seen", "timings"}
)
CAME = frozenset({"outcome", "answer"})
"""What belongs on the line of the entry above it."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "acts": ("intent",),
    "refused": ("refusal", "refused_requests"),
    "asked": ("request", "question", "answer", "grant", "void"),
    "stops": ("stop", "reset", "pause", "resume", "breach", "drill"),
    "programs": ("program", "rehearsal", "calls", "ended", "skill"),
    "routines": ("routine",),
    "people": ("people",),
    "rules": ("policy", "names"),
    "log": ("start", "end", "running", "checkpoint", "key", "continued", "retired", "contradicted", "erased"),
}
"""What a person picks, and the kinds of entries that it means."""

_GROUPS: Mapping[str, str] = {kind: group for group in ("acts", "refused", "asked", "stops") for kind in KINDS[group]}
_BAD = frozenset({"failed", "unknown"})


@dataclass(frozen=True)
class Filter:
    """What to look for; ``since`` and ``until`` are days on the household's calendar, both meant with all of them."""

    kind: str = ""
    person: str = ""
    thing: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
    limit: int = 100


class Finding:
    """Answers about what stands in the log; one for all channels."""

    def __init__(self, audit: AuditLog, mirror: Mirror, clock: Clock) -> None:
        self._audit = audit
        self._mirror = mirror
        self._clock = clock
        self._whose = Whose(audit)
        self._turns = Turns()

    async def find(self, sought: Filter, viewer: Origin) -> dict[str, Json]:
        """Return entries newest first, with what came of them; ``next`` is where to go on, None at the end.

        ``looked_to`` is the time of the oldest entry that was looked at.  Raises Refused for a kind or thing that is
        none.
        """
        wanted = self._wanted(sought)
        if wanted is None:
            return {"entries": [], "next": None, "looked_to": None}
        async with self._turns.turn():
            found = await asyncio.to_thread(matching, self._audit.path, wanted)
            return await self._shown(found, wanted, sought, viewer)

    async def _shown(self, found: Found, wanted: Wanted, sought: Filter, viewer: Origin) -> dict[str, Json]:
        """Return of what was found what the viewer may read and looked for, as it is shown."""
        veil, text, limit = Veil(self._whose, viewer), sought.text.casefold().strip(), min(sought.limit, MOST)
        entries: dict[int, Json] = {}
        looked_to, count = found.looked_to, 0
        for at, seq in enumerate(found.seqs):
            if at % PAGE == PAGE - 1:
                await asyncio.sleep(0)
            entry = veil.entry(seq)
            if entry is None or not _holds(entry, text, wanted.things):
                continue
            count += 1
            entries |= {one.seq: shown(one) for one in (*veil.children(seq), entry) if one is entry or one.kind in CAME}
            if count == limit:
                looked_to = seq
                break
        oldest = self._audit.entry(looked_to) if looked_to > 1 else None
        return {
            "entries": [entries[seq] for seq in sorted(entries, reverse=True)],
            "next": looked_to if looked_to > 1 else None,
            "looked_to": oldest.time.isoformat() if oldest else None,
        }

    async def day(self, day: date | None) -> dict[str, Json]:
        """Return how many entries of each kind a day holds, by half hours; raises Refused for a day that was none."""
        now, place = self._clock.now(), place_of(self._mirror.registry)
        today = place.wall(now).date()
        line = Day(day or today, place)
        try:
            start, end, hours = line.start, line.end, line.hours()
        except (ValueError, OverflowError) as error:
            raise Refused(f"that is no day here: {error}") from None
        if abs((line.date - today).days) > FURTHEST_DAYS:
            raise Refused("that is too far from today")
        async with self._turns.turn():
            rows = await asyncio.to_thread(counted, self._audit.path, start, end, STEP_S)
        marks: Counter[tuple[int, str]] = Counter()
        for row in rows:
            marks[row.at, _group(row)] += row.times
        return {
            "day": line.date.isoformat(),
            "minutes": line.minute(end),
            "step": STEP_S // 60,
            "hours": hours,
            "now": line.minute(now) if start <= now < end else None,
            "marks": [{"at": at, "group": group, "count": count} for (at, group), count in sorted(marks.items())],
        }

    def _wanted(self, sought: Filter) -> Wanted | None:
        """Return what to look for in the files, None where a thing of that name is none."""
        if sought.kind and sought.kind not in KINDS:
            raise Refused(f"{quoted(sought.kind, 40)} is no kind of entries: {', '.join(KINDS)}")
        things = self._things(sought.thing)
        if sought.thing and not things:
            return None
        return Wanted(
            KINDS.get(sought.kind, ()),
            sought.person or None,
            things,
            sought.text,
            self._start(sought.since),
            self._start(sought.until, after=1),
            sought.before,
        )

    def _start(self, day: date | None, after: int = 0) -> datetime | None:
        """Return when a day begins, or one so many days after it; None for none. Raises Refused."""
        if day is None:
            return None
        try:
            return Day(day + timedelta(days=after), place_of(self._mirror.registry)).start
        except (ValueError, OverflowError) as error:
            raise Refused(f"that is no day here: {error}") from None

    def _things(self, named: str) -> tuple[str, ...]:
        """Return the entities of that id or name; an id that the house no longer has is taken as it is."""
        said = named.strip().casefold()
        if not said:
            return ()
        entities = self._mirror.registry.entities.values()
        found = [one.entity_id for one in entities if said in {name.casefold() for name in one.names}]
        if "." in said and " " not in said:
            found.append(said)
        return tuple(dict.fromkeys(found))


def _holds(entry: Entry, text: str, things: tuple[str, ...]) -> bool:
    """Return whether an entry, as its viewer may read it, has what was looked for in it."""
    if not text and not things:
        return True
    # What the rules looked at besides is nothing that anybody would look for.
    sought = {key: one for key, one in (entry.payload or {}).items() if key not in UNSOUGHT}
    written = json.dumps(shown(sought), ensure_ascii=False)
    if things and not any(f'"{thing}"' in written for thing in things):
        return False
    return all(word in written.casefold() for word in text.split())


def _group(row: Counted) -> str:
    if row.kind == "outcome":
        return "failed" if row.status in _BAD else "other"
    return _GROUPS.get(row.kind, "other")
