"""What was observed in a house, written down by a test as the daemon would have written it."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from claw.store.db import open_database
from claw.store.migrations import migrate

ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 21)  # a Saturday
NAMES = {"sam": "Sam", "anna": "Anna"}


class Named:
    """Things and people by their id, with names made of it."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.gone: set[str] = set()
        self.names: dict[str, str] = {}

    def thing(self, known: str) -> tuple[str, str] | None:
        name = self.names.get(known, known.partition(".")[2].replace("_", " "))
        return None if known in self.gone else (known, name)

    def person(self, person: str) -> str:
        return NAMES.get(person, person)


def at(day: date, clock: str, minutes: float = 0) -> datetime:
    """Return a local time of the house in UTC, some minutes later."""
    return (datetime.combine(day, time.fromisoformat(clock), ZONE) + timedelta(minutes=minutes)).astimezone(UTC)


def night(day: date = TODAY) -> datetime:
    return at(day, "03:30")


def days(count: int, today: date = TODAY) -> list[date]:
    """Return the ``count`` days before today, the oldest first."""
    return [today - timedelta(days=number) for number in range(count, 0, -1)]


class House:
    """A database with a table of changes that a test fills."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.path = folder / "claw.db"
        self.db: Database = open_database(self.path)
        migrate(self.db)
        self.random = random.Random(seed)

    def jitter(self, minutes: float) -> float:
        return max(-20.0, min(20.0, self.random.gauss(0, minutes)))

    def change(
        self,
        moment: datetime,
        entity: str,
        before: str,
        after: str,
        *,
        person: str | None = "sam",
        cause: str = "person",
        run: str | None = None,
    ) -> None:
        self.write([(moment, entity, before, after, cause, person, run)])

    def write(self, rows: Iterable[tuple[datetime, str, str, str, str, str | None, str | None]]) -> None:
        with self.db.conn:
            self.db.conn.executemany(
                "INSERT INTO changes (at, entity, before, after, cause, person, run) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(row[0].isoformat(timespec="milliseconds"), *row[1:]) for row in rows],
            )

    def about(self, all_days: Iterable[date], person: str = "sam") -> None:
        """Have ``person`` touch something at some time of each day: they are at home, and that is all."""
        for day in all_days:
            moment = at(day, "10:00", self.random.uniform(0, 600))
            self.change(moment, "switch.kettle_shelf", "off", "on", person=person)
            self.change(moment + timedelta(minutes=20), "switch.kettle_shelf", "on", "off", person=person)
