"""One day of background work on a line: where on it what ran, was missed or held back, and what is still to come.

Places on the line are minutes that really pass from midnight on, so that the two odd days of a year have room for
everything that happened in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from claw.base.action import Json
from claw.routines.place import Place
from claw.routines.wall import moment_of

MOST = 500
"""Marks of one kind on a line; nobody tells more of them apart."""
HOURS = (0, 6, 12, 18)


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the wall clock of the house."""

    date: date
    place: Place

    @property
    def start(self) -> datetime:
        """When it begins (UTC); raises ValueError for a day that did not happen."""
        return self._moment(datetime.combine(self.date, time()))

    @property
    def end(self) -> datetime:
        """When the next one begins (UTC); raises ValueError where there is none."""
        return self._moment(datetime.combine(self.date, time()) + timedelta(days=1))

    def minute(self, at: datetime) -> float:
        """Return where on the line a moment lies: minutes from its begin, at its ends where it lies outside."""
        inside = max(self.start, min(at.astimezone(UTC), self.end))
        return round((inside - self.start).total_seconds() / 60, 1)

    def hours(self) -> list[dict[str, Json]]:
        """Return what is written below the line, and where."""
        walls = [datetime.combine(self.date, time(hour)) for hour in HOURS]
        return [{"minute": self.minute(self._moment(wall)), "said": f"{wall:%H:%M}"} for wall in walls]

    def _moment(self, wall: datetime) -> datetime:
        found = moment_of(wall, self.place.zone)
        if found is None:
            raise ValueError(f"{wall:%Y-%m-%d} did not happen here")
        return found


def line(day: Day, now: datetime, ran: Sequence[Json], due: Sequence[Json]) -> dict[str, Json]:
    """Return the line: its length, the hours on it, where it is now, and the rows with their places on it.

    ``ran`` are rows of the history, ``due`` firings to come; both as they are shown.
    """

    def placed(row: Json, at: str, until: str | None = None) -> dict[str, Json]:
        ends = {"to_minute": day.minute(datetime.fromisoformat(until))} if until else {}
        return {**row, "minute": day.minute(datetime.fromisoformat(at)), **ends}

    past = [
        placed(row, row["due"]["at"], row["until"]["at"] if row["until"] else None)
        for row in sorted(ran, key=lambda row: row["due"]["at"])
    ]
    return {
        "day": day.date.isoformat(),
        "minutes": day.minute(day.end),
        "hours": day.hours(),
        "now": day.minute(now) if day.start <= now < day.end else None,
        "ran": past[-MOST:],
        "due": [placed(row, row["at"]) for row in due][:MOST],
        "cut": len(ran) > MOST or len(due) > MOST,
    }
