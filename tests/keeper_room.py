"""A book of routines and a keeper for tests: a database in memory, time that stands still, somebody who does runs."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from claw.base.action import Origin
from claw.routines.book import Book
from claw.routines.keeper import Around, Keeper
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.place import Place
from claw.routines.spec import Spec
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True, source="test", conversation="c", strength="session")
AMSTERDAM = Place(ZoneInfo("Europe/Amsterdam"), (52.37, 4.89))
LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.hall"]}]}
WORDS = {"say": "Water the plants"}


def database() -> Database:
    db = Database(memory=True, execute_plugins=False)
    migrate(db)
    return db


def spec(when: object, do: object = LAMP, **more: Any) -> Spec:
    return Spec.model_validate({"name": "Blinds", "when": when, "do": do, **more})


def routine(name_: str, /, when: object, do: object = LAMP, *, created: datetime | None = None, **more: Any) -> Routine:
    fields = {key: more.pop(key) for key in ("state", "expires", "skips", "shadow_left", "made_by") if key in more}
    return Routine(
        name_,
        spec(when, do, **more),
        **{"made_by": ANNA, **fields},
        created=created or datetime(2026, 1, 5, tzinfo=UTC),
    )


def firing(name: str, due: datetime, key: str = "", trigger: int = 0, **more: Any) -> Firing:
    return Firing(name, trigger, due, key or f"event {due.isoformat()}", **more)


class SetClock(HeldClock):
    """A held clock that somebody sets."""

    def jump(self, seconds: float) -> None:
        self._start += timedelta(seconds=seconds)


@dataclass
class Doer:
    """Does runs as a test says: ``answers`` by routine, and keeps what was done, and when."""

    clock: HeldClock
    answers: Mapping[str, object] = field(default_factory=dict[str, object])
    did: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    runs: list[Run] = field(default_factory=list[Run])
    cancelled: list[int] = field(default_factory=list[int])
    lasts_s: float = 0.0
    going: int = 0
    most: int = 0

    async def do(self, routine: Routine, run: Run) -> Done:
        self.did.append((routine.id, run.firing.due))
        self.runs.append(run)
        self.going += 1
        self.most = max(self.most, self.going)
        try:
            if self.lasts_s:
                await self.clock.sleep(self.lasts_s)
            answer = self.answers.get(routine.id, Done("done"))
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                answer = await answer()
            assert isinstance(answer, Done)
            return answer
        finally:
            self.going -= 1

    def cancel(self, run: Run) -> None:
        self.cancelled.append(run.id)

    def dues(self, name: str) -> list[datetime]:
        return [due for each, due in self.did if each == name]


@dataclass
class Settled:
    """Settles every run as ``done`` says."""

    done: Done | None = None
    asked: list[Run] = field(default_factory=list[Run])

    async def of(self, run: Run) -> Done | None:
        self.asked.append(run)
        return self.done


@dataclass
class Room:
    """One home: its clock and database stay when the keeper ends and another one takes its place."""

    clock: SetClock = field(default_factory=lambda: SetClock(datetime(2026, 1, 5, 6, tzinfo=UTC)))
    place: Place = AMSTERDAM
    ready: bool = True
    stopped: str = ""
    paused: str = ""
    db: Database = field(default_factory=database)
    settled: Settled = field(default_factory=Settled)
    told: int = 0

    def __post_init__(self) -> None:
        self.doer = Doer(self.clock)
        self.book = Book(self.db, self.clock)
        self.keeper = self._keeper()

    def _keeper(self) -> Keeper:
        around = Around(
            self.clock,
            self.clock,
            place=lambda: self.place,
            house_ready=lambda: self.ready,
            held=lambda safety: self.stopped or ("" if safety else self.paused),
            told=self._tell,
        )
        return Keeper(self.book, self.doer, self.settled, around)

    def _tell(self) -> None:
        self.told += 1

    async def restart(self, away_s: float = 0.0, meanwhile: Callable[[], object] = lambda: None) -> None:
        """End the keeper as a crash would, let time pass and start another one on the same rows."""
        await self.keeper.close()
        self.clock._start += timedelta(seconds=away_s)
        meanwhile()
        self.book = Book(self.db, self.clock)
        self.keeper = self._keeper()
        self.keeper.start()
        await self.clock.settle()

    def rows(self, name: str | None = None) -> list[tuple[str, str]]:
        """Return status and reason of all rows, the oldest first."""
        return [(each.status, each.reason) for each in reversed(self.book.runs(name, limit=10_000))]

    async def settle(self) -> None:
        for _ in range(5):
            await self.clock.settle()
            await asyncio.sleep(0)
