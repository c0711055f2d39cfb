"""What memory does at night: lets old talk go, looks for habits, puts duplicates together, lets unused guesses fade.

Every stage is done whole or not at all and noted when it is, so a crash costs at most the stage it fell into, and the
next start goes on from there and says so.  The night can be shown before it happens and taken back once afterwards.
What is written down of it holds numbers only, no words.  No model decides anything here.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from claw.base.action import Json, Origin, canonical
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.memory.facts import Facts
from claw.memory.habits import Habits, Zone
from claw.memory.model import Audience
from claw.memory.passages import Passages
from claw.memory.rows import stamp, told_at
from claw.memory.stages import DEEDS, Edit, Plan, Stage, apply, revert
from claw.store.db import writing

logger = logging.getLogger(__name__)

HOUR, MORNING = time(3, 30), time(6)
MISSED = timedelta(hours=30)
"""After so long a night that was slept through by the machine itself is made up for at any hour."""
NIGHT_S = 120.0
"""After so long no further stage begins; what is left waits for the next night."""

_SAID: Mapping[str, tuple[str, str]] = {
    "expire": ("1 exchange whose time was over was forgotten", "{} exchanges whose time was over were forgotten"),
    "forget": ("1 old observation was dropped", "{} old observations were dropped"),
    "find": ("1 new habit was found", "{} new habits were found"),
    "drop": ("1 habit is no more", "{} habits are no more"),
    "merge": ("1 duplicate was put together with its like", "{} duplicates were put together with their like"),
    "fade": ("1 guess that nobody used counts for less", "{} guesses that nobody used count for less"),
    "archive": ("1 guess that nobody used for three months has ended", "{} guesses unused for three months have ended"),
    "begin": ("1 thing came into force whose time has come", "{} things came into force whose time has come"),
}


@dataclass(frozen=True, slots=True)
class Night:
    """One night: ``day`` is the local day it belongs to, ``stage`` the last that was done.

    ``ended`` is None while it is not over, ``broken`` True where it was cut short and taken up again.  ``lines`` say
    in sentences what was done, or would be.  ``id`` is 0 for one that was only shown.
    """

    id: int
    day: str
    started: datetime
    stage: str
    ended: datetime | None
    edits: tuple[Edit, ...] = ()
    lines: tuple[str, ...] = ()
    undone: datetime | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Bed:
    """What a night stands on: the rows it works on, the house's time, whether Claw is stopped, and the log.

    ``note`` writes one entry to the log; ``stopped`` says why nothing may be done now, None where it may.
    """

    db: Database
    facts: Facts
    passages: Passages
    habits: Habits
    zone: Zone
    stopped: Callable[[], str | None]
    note: Callable[[str, dict[str, Json], Origin | None], None]


class Sleep:
    """Does the nightly work; used from the event loop only."""

    def __init__(self, bed: Bed, stages: Sequence[Stage], clock: Clock) -> None:
        """``stages`` are done in this order."""
        self._in = bed
        self._stages = tuple(stages)
        self._clock = clock
        self._one = asyncio.Lock()
        self._failed: str | None = None

    async def look(self) -> Night | None:
        """Do what is due: a night that was cut short, or the one of today after 03:30 local; called once a minute."""
        local = self._clock.now().astimezone(self._in.zone())
        today = local.date().isoformat()
        if self._in.stopped() is not None or self._failed == today or self._one.locked():
            return None
        try:
            last = self.last()
            if last is not None and last.ended is None:
                return await self._night(last)
            if last is not None and last.day >= today:
                return None
            missed = last is not None and local - last.started >= MISSED
            return await self._night(None) if HOUR <= local.time() < MORNING or missed else None
        except Broken:
            self._failed = today
            logger.exception("The night's work on memory was cut short")
            return None

    async def run(self) -> Night:
        """Do the night's work now, once a day; raises Refused while Claw is stopped, or when it was done today."""
        self._may()
        last = self.last()
        if last is not None and last.ended is None:
            return await self._night(last)
        if last is not None and last.day >= self._today() and last.undone is None:
            raise Refused("The night's work was done today already.")
        return await self._night(None)

    async def rehearse(self) -> Night:
        """Return what the night would do if it were now, and do nothing."""
        now = self._clock.now()
        async with self._one:
            counts: Counter[str] = Counter()
            edits: list[Edit] = []
            for stage in self._stages:
                plan = await stage.plan(now)
                edits += plan.edits
                counts.update(plan.counts)
        return _worded(Night(0, self._today(), now, "", None, tuple(edits)), counts)

    async def undo(self, origin: Origin) -> Night:
        """Take back what the last night changed in memory, once; raises Refused where nothing can be taken back.

        What was forgotten because its time was over stays so.
        """
        self._may()
        async with self._one:
            last = self.last()
            if last is None or last.ended is None:
                raise Refused("There is no night to take back.")
            if last.undone is not None:
                raise Refused("The last night was taken back already.")
            now = self._clock.now()
            with writing(Path("claw.db")), self._in.db.conn:
                back = sum(revert(edit, self._in.db, self._in.facts) for edit in reversed(last.edits))
                self._in.db.conn.execute("UPDATE sleeps SET undone = ? WHERE id = ?", (stamp(now), last.id))
        self._in.facts.announce()
        self._in.note("sleep", {"day": last.day, "undone": back, "of": len(last.edits)}, origin)
        said = f"{back} of {len(last.edits)} changes of the last night were taken back."
        return replace(last, undone=now, lines=(said,))

    def last(self) -> Night | None:
        """Return the last night, None where there was none."""
        row = self._in.db.conn.execute(
            "SELECT id, day, started, stage, ended, diff, undone FROM sleeps ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return None if row is None else _night(row)

    def summary(self, audience: Audience) -> str:
        """Return what was learned last night, in one to three sentences, as far as this audience may hear it."""
        if not audience.resident:
            return "I do not know."
        last = self.last()
        if last is None:
            return "I have not had a night here yet."
        found = {edit.id for edit in last.edits if edit.deed == "find"}
        mine = [one.fact.sentence for one in self._in.habits.shown(audience) if one.id in found]
        said = ["Last night was taken back."] if last.undone is not None else list(last.lines)
        if mine and last.undone is None:
            said = [line for line in said if "habit" not in line]
            said.append("I noticed: " + " ".join(f"“{one}”" for one in mine))
        return " ".join(said) if said else "Last night I learned nothing new."

    def _may(self) -> None:
        why = self._in.stopped()
        if why is not None:
            raise Refused(why)

    def _today(self) -> str:
        return self._clock.now().astimezone(self._in.zone()).date().isoformat()

    async def _night(self, begun: Night | None) -> Night:
        """Do the stages that are not done yet, and write the night down as over."""
        async with self._one:
            started, now = self._clock.monotonic(), self._clock.now()
            night = self._begin(now) if begun is None else replace(begun, broken=True)
            counts: Counter[str] = Counter()
            names = [stage.name for stage in self._stages]
            done = names.index(night.stage) + 1 if night.stage in names else 0
            for stage in self._stages[done:]:
                if self._in.stopped() is not None:
                    return night  # it goes on once that is over
                if self._clock.monotonic() - started > NIGHT_S:
                    break
                plan = await stage.plan(now)
                counts.update(plan.counts)
                night = self._did(night, stage.name, plan, now)
            night = _worded(replace(night, ended=self._clock.now()), counts)
            self._write(night)
        self._in.facts.announce()
        told = {"day": night.day, "stage": night.stage, "broken": night.broken, "did": dict(_counts(night.edits))}
        self._in.note("sleep", told, None)
        if night.broken:
            logger.warning("The night's work of %s was cut short and is finished now", night.day)
        return night

    def _begin(self, now: datetime) -> Night:
        night = Night(0, self._today(), now, "", None)
        with writing(Path("claw.db")), self._in.db.conn:
            number = self._in.db.conn.execute(
                "INSERT INTO sleeps (day, started, stage, diff) VALUES (?, ?, '', ?)",
                (night.day, stamp(now), _diff(night)),
            ).lastrowid
        return replace(night, id=number or 0)

    def _did(self, night: Night, name: str, plan: Plan, now: datetime) -> Night:
        """Do one stage and note that it is done; by edits in one transaction, so that both are or neither is."""
        if plan.carry is not None:
            night = replace(night, stage=name, edits=(*night.edits, *plan.carry()))
            self._write(night)
            return night
        night = replace(night, stage=name, edits=(*night.edits, *plan.edits))
        with writing(Path("claw.db")), self._in.db.conn:
            for edit in plan.edits:
                apply(edit, self._in.db, self._in.passages, now)
            self._store(night)
        return night

    def _write(self, night: Night) -> None:
        with writing(Path("claw.db")), self._in.db.conn:
            self._store(night)

    def _store(self, night: Night) -> None:
        self._in.db.conn.execute(
            "UPDATE sleeps SET stage = ?, ended = ?, diff = ? WHERE id = ?",
            (night.stage, night.ended and stamp(night.ended), _diff(night), night.id),
        )


def _diff(night: Night) -> str:
    edits = [[edit.deed, edit.table, edit.id, dict(edit.before)] for edit in night.edits]
    return canonical({"edits": edits, "broken": night.broken, "lines": night.lines}).decode()


def _night(row: tuple[Any, ...]) -> Night:
    number, day, started, stage, ended, diff, undone = row
    begun = told_at(started)
    try:
        known: dict[str, Any] = json.loads(diff)
        edits = tuple(
            Edit(DEEDS[DEEDS.index(deed)], str(table), int(row), before) for deed, table, row, before in known["edits"]
        )
        lines, broken = tuple(map(str, known["lines"])), bool(known["broken"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Broken("claw.db holds a night that cannot be read") from error
    if begun is None:
        raise Broken("claw.db holds a night that cannot be read")
    return Night(number, day, begun, stage, told_at(ended), edits, lines, told_at(undone), broken)


def _counts(edits: Sequence[Edit]) -> Counter[str]:
    return Counter(edit.deed for edit in edits)


def _worded(night: Night, counts: Mapping[str, int]) -> Night:
    """Return the night with its sentences; ``counts`` is what was not told edit by edit."""
    all_of_it = _counts(night.edits) + Counter(counts)
    lines = [_sentence(deed, all_of_it[deed]) for deed in _SAID if all_of_it[deed]]
    if night.broken:
        lines.insert(0, "The night's work was cut short and finished later.")
    return replace(night, lines=tuple(lines))


def _sentence(deed: str, count: int) -> str:
    one, several = _SAID[deed]
    said = one if count == 1 else several.format(count)
    return f"{said}."
