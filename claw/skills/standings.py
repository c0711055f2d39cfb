"""How far each skill is trusted, kept: its present state, every step that led there, and the proofs of its versions.

A step is written together with what it changed, in one transaction, and told to the log.  What makes a skill more
trusted is in the log before it is here; what makes it less is here at once.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Origin
from claw.base.clock import Clock
from claw.skills.model import Report, Standing

KIND = "skill"
"""The kind of the log's entries about the life of skills."""


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version of a skill: ``proved`` is whether its proof was green, None where none was done."""

    version: str
    hash: str
    created: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a skill's life: ``what`` is a word (``proved``, ``trusted``, ``demoted``), ``entry`` the log's."""

    at: datetime
    version: str
    hash: str
    what: str
    why: str
    person: str | None = None
    entry: int | None = None


class Standings:
    """The tables ``skills``, ``skill_versions`` (its reports) and ``skill_events``; used from the event loop only."""

    def __init__(self, db: Database, audit: AuditLog, clock: Clock) -> None:
        """Read what stands; raises Broken where a row cannot be read."""

    def of(self, name: str) -> Standing | None:
        """Return how far a skill is trusted, None for one that nobody knows; a look-up in memory."""
        raise NotImplementedError

    def all(self) -> tuple[Standing, ...]:
        """Return all of them, by name."""
        raise NotImplementedError

    def put(self, standing: Standing, what: str, why: str, *, origin: Origin, entry: int | None = None) -> Standing:
        """Keep ``standing`` and the step that led to it, and return it as it is kept; raises Broken.

        ``entry`` is the log's entry that stands for the step; without one an entry of kind ``skill`` is written.
        """
        raise NotImplementedError

    def agreed(self, name: str, agreed: int) -> None:
        """Keep how often the dry runs of a skill did what was really done; raises Broken."""
        raise NotImplementedError

    def used(self, name: str) -> None:
        """Keep that a skill ran just now; raises Broken."""
        raise NotImplementedError

    def proved(self, report: Report) -> None:
        """Keep what a proof found about those bytes; raises Broken."""
        raise NotImplementedError

    def report(self, name: str, hash: str) -> Report | None:  # noqa: A002  the noun of this room (Skill.hash)
        """Return the last proof of those bytes, None where there is none."""
        raise NotImplementedError

    def versions(self, name: str) -> list[Version]:
        """Return the kept versions of a skill, the newest first."""
        raise NotImplementedError

    def events(self, name: str, limit: int = 100) -> list[Event]:
        """Return the steps of a skill's life, the newest first."""
        raise NotImplementedError
