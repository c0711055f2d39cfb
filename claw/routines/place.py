"""Where the house stands in time: its wall clock and its sun, taken from the house once for everything that is due."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from claw.house.model import Registry
from claw.policy.windows import zone_of


@dataclass(frozen=True, slots=True)
class Place:
    """The zone of the wall clock, latitude and longitude; ``problem`` says to a person what of it is not known."""

    zone: tzinfo = UTC
    location: tuple[float, float] | None = None
    problem: str = ""

    def wall(self, moment: datetime) -> datetime:
        """Return what the clocks in the house show at ``moment`` (any zone); without a zone, as people write it."""
        return moment.astimezone(self.zone).replace(tzinfo=None)


def place_of(registry: Registry) -> Place:
    """Return where the house stands; UTC, and said so, where its time zone is not known."""
    zone = zone_of(registry.time_zone)
    if zone is None:
        return Place(UTC, registry.location, f"the time zone {registry.time_zone!r} is not known here; UTC counts")
    return Place(zone, registry.location)
