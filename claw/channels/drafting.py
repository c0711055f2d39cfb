"""What a page asks about the policy: read it, try a case, and work on a draft of another one. It applies nothing.

It is for the grown-ups of the household.  What a draft would say is worked out beside the daemon (``draft_process``),
so that nothing of it holds up the door.  Where people are is not looked at: rules of one's own making would be a way to
ask about others; neither are words of theirs, as a replay reads the log as its viewer may.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Invalid, Refused, Unavailable
from claw.channels.draft_job import packed, row_json
from claw.channels.drafts import LONGEST, Drafts
from claw.channels.ruling import Ruling
from claw.channels.shown import shown
from claw.channels.veil import Veil, Whose
from claw.house.model import House
from claw.memory.audience import OWN_CHANNELS
from claw.mind.whereabouts import follows
from claw.policy.supposing import Case, Ground, check_text, rules_of

GROWN_UP = frozenset({"owner", "adult"})
MOST_DAYS = 90
MOST_ROWS = 5_000
MOST_BYTES = 8 << 20
ROWS = frozenset({"intent", "request", "refusal"})
"""Kinds of entries that hold a decision, as ``policy/replay`` reads them, which is loaded beside the daemon only."""
PAGE = 100
"""Entries that are read at once; between two pages others have their turn."""


class Asks(Protocol):
    """What works out the answer to a packed question."""

    async def ask(self, job: bytes) -> dict[str, Json]:
        """Return the answer; raises Refused, Unavailable."""
        ...


@dataclass(frozen=True)
class Desktop:
    """What a draft is worked on with: where drafts are kept, what judges them, who is who now."""

    drafts: Drafts
    judging: Asks
    role: Callable[[str | None], str | None]


class Drafting:
    """Answers about the policy and drafts of it; one for all channels."""

    def __init__(self, ruling: Ruling, audit: AuditLog, desktop: Desktop, clock: Clock) -> None:
        self._ruling = ruling
        self._audit = audit
        self._on = desktop
        self._clock = clock
        self._whose = Whose(audit)

    def view(self, viewer: Origin) -> dict[str, Json]:
        """Return the policy in force as it is written, with the line of each rule; raises Refused."""
        self._grown_up(viewer)
        ruling = self._ruling
        text = ruling.file.text
        try:
            rules = rules_of(text)
        except Invalid:  # it counted once; what is said of it below is enough
            rules = []
        answer = {
            "name": ruling.file.path.name,
            "hash": ruling.judge.policy.hash,
            "rules": rules,
            "tests": len(ruling.file.tests),
            "problem": ruling.judge.problem,
            "notice": ruling.file.notice,
            "longest": LONGEST,
        }
        return {
            **shown(answer),
            "text": text,
        }  # as it is written: a draft begins with it, and the page marks what hides

    async def explain(self, case: Case, text: str, viewer: Origin) -> dict[str, Json]:
        """Return what the policy says about a case: a draft's ``text``, or the one in force where it is empty.

        Grants, and how often something was done, are left out.  Raises Refused and Unavailable.
        """
        self._grown_up(viewer)
        said = text or self._ruling.file.text
        check_text(said)
        ground = self._ground(case.states)
        ground.check(case)
        return shown(await self._asked(lambda: packed("explain", said, ground, before="" if text else said, case=case)))

    async def check(self, text: str, viewer: Origin) -> dict[str, Json]:
        """Return what is wrong or odd about a draft, what comes of its tests, and what it would change."""
        self._grown_up(viewer)
        check_text(text)
        ground, before = self._ground({}), self._ruling.file.text
        return shown(await self._asked(lambda: packed("check", text, ground, before=before)))

    async def replay(self, text: str, days: int, viewer: Origin) -> dict[str, Json]:
        """Return what a draft would have decided otherwise about what was asked in the last ``days``.

        ``from`` is the time of the oldest entry that was looked at, None where there is none: there may be too many.
        """
        self._grown_up(viewer)
        check_text(text)
        ground = self._ground({})
        rows, cut = await self._rows(self._clock.now() - timedelta(days=min(days, MOST_DAYS)), viewer)
        answer = await self._asked(lambda: packed("replay", text, ground, rows=rows))
        return shown({**answer, "rows": len(rows), "from": rows[0]["time"] if rows else None, "cut": cut})

    def drafts(self, viewer: Origin) -> list[dict[str, Json]]:
        """Return the viewer's drafts, without their texts; raises Refused."""
        return [shown(one) for one in self._on.drafts.of(self._grown_up(viewer))]

    def draft(self, number: int, viewer: Origin) -> dict[str, Json]:
        """Return one of the viewer's drafts; raises Refused."""
        return self._on.drafts.read(self._grown_up(viewer), number)

    def save(self, number: int, name: str, text: str, viewer: Origin) -> dict[str, Json]:
        """Keep a draft; returns its number; raises Refused, Broken."""
        return {"id": self._on.drafts.save(self._grown_up(viewer), number, name, text)}

    def drop(self, number: int, viewer: Origin) -> dict[str, Json]:
        """Delete a draft; raises Refused, Broken."""
        self._on.drafts.drop(self._grown_up(viewer), number)
        return {"id": number}

    def _grown_up(self, viewer: Origin) -> str:
        """Return who asks; raises Refused for anybody but an owner or another adult on a device of their own."""
        person = viewer.person if viewer.authenticated and viewer.channel in OWN_CHANNELS else None
        if person is None or self._on.role(person) not in GROWN_UP:
            raise Refused("the policy is for the adults of this household to look at")
        return person

    def _ground(self, states: Mapping[str, str]) -> Ground:
        """Return what a policy is held against: of where people are only what the case itself supposes."""
        ruling = self._ruling
        if not ruling.mirror.told:
            raise Unavailable("I do not know the house yet")
        house, private = ruling.mirror.house(), {person.entity for person in ruling.people}
        seen = {
            entity: state
            for entity, state in house.states.items()
            if entity in states or not (follows(entity) or entity in private)
        }
        known = House(house.registry, MappingProxyType(seen))
        return Ground(ruling.people, frozenset(ruling.file.actions), known, self._clock.now())

    async def _asked(self, pack: Callable[[], bytes]) -> dict[str, Json]:
        return await self._on.judging.ask(await asyncio.to_thread(pack))

    async def _rows(self, since: datetime, viewer: Origin) -> tuple[list[dict[str, Json]], bool]:
        """Return the decisions in the log since then, oldest first, as the viewer may read them, and whether cut."""
        found: list[dict[str, Json]] = []
        veil, size = Veil(self._whose, viewer), 0
        high = self._audit.head().seq + 1
        while high > 1:
            low = max(1, high - PAGE)
            page = [entry for entry in veil.entries(low - 1, high - low) if entry.seq < high]
            for entry in reversed(page):
                if entry.time < since:
                    return found[::-1], False
                if entry.kind not in ROWS:
                    continue
                row = row_json(entry)
                size += len(str(row))
                if len(found) >= MOST_ROWS or size > MOST_BYTES:
                    return found[::-1], True
                found.append(row)
            high = low
            await asyncio.sleep(0)  # the log may be long, and the door is not to wait for its reading
        return found[::-1], False
