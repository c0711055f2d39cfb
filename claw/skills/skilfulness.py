"""The life of skills put together: what the daemon builds once, and hands to talk, channels, gate and chores.

The effector stands before the gate is built; all else comes after it.  Nothing runs by itself before the daemon calls
``look``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import Protocol

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Message
from claw.base.clock import Clock, Timer
from claw.base.erasure import Eraser
from claw.gate.cause import Causes
from claw.house.mirror import Mirror
from claw.policy.decide import Policy
from claw.policy.people import People, Role
from claw.skills.aftermath import Aftermath
from claw.skills.deciding import Deciding, Door
from claw.skills.effector import SkillEffector
from claw.skills.erasing import SkillEraser
from claw.skills.forbidding import Forbidding
from claw.skills.ground import Books, Ground, Proves
from claw.skills.life import Life
from claw.skills.model import Draft, Trace
from claw.skills.offers import Asking, Offers
from claw.skills.runs import Runs
from claw.skills.shadow import Shadow
from claw.skills.standings import Standings


class Shelf(Books, Protocol):
    """The library, as far as lives need it (``claw/skills/library.py``)."""

    changed: list[Callable[[str], None]]

    def erase(self, name: str) -> None:
        """Take an own skill, with all its versions, off the disk."""
        ...

    def versions(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return number and hash of every version that was ever here, the newest first."""
        ...


@dataclass(frozen=True)
class Around:
    """What lives of skills are built on.

    ``policy`` gives the rules in force and ``risks`` the declared actions that always need a yes; ``role`` gives
    somebody's role now; ``tell`` sends a message through the gate; ``traces`` gives the requests that a skill was made
    of, by its name; ``language`` is the household's first.
    """

    db: Database
    audit: AuditLog
    clock: Clock
    timer: Timer
    mirror: Mirror
    causes: Causes
    people: People
    policy: Callable[[], Policy]
    library: Shelf
    prover: Proves
    gate: Door
    effector: SkillEffector
    role: Callable[[str | None], Role | None]
    zone: Callable[[], tzinfo]
    tell: Callable[[Message], Awaitable[bool]]
    traces: Callable[[str], Sequence[Trace]] = field(default=lambda _name: ())
    risks: frozenset[str] = frozenset()
    language: str = "en"


@dataclass(frozen=True)
class Skilfulness:
    """The life of skills, as the rooms above ask it.

    ``life`` says what may run and is told what ran, ``shadow`` compares dry runs, ``deciding`` is how people decide,
    ``offers`` what a bare yes may mean.
    """

    standings: Standings
    runs: Runs
    aftermath: Aftermath
    life: Life
    shadow: Shadow
    deciding: Deciding
    offers: Offers
    erasers: tuple[Eraser, ...]

    @property
    def chores(self) -> tuple[tuple[str, Callable[[], Awaitable[object]]], ...]:
        """What is to be looked at once a minute, each with what it is for the log."""
        return (("looking after skills", self.life.look), ("offering skills", self.offers.look))

    async def close(self) -> None:
        """End what is under way."""
        await self.life.close()
        await self.aftermath.close()


def skilfulness(around: Around) -> Skilfulness:
    """Return the life of skills; it begins to watch the house and the library, which has been loaded.

    Nothing runs before ``life.reconcile`` has held what stands against the library.  Raises Broken where what stands
    cannot be read or written.
    """
    mirror, library, clock = around.mirror, around.library, around.clock
    standings, runs = Standings(around.db, around.audit, clock), Runs(around.db, clock)
    aftermath = Aftermath(mirror, around.causes, clock, around.timer)
    rules = Forbidding(mirror, around.policy, around.people, clock, around.risks)
    deciding = Deciding(around.gate, around.effector, partial(_prepare, library), around.language)

    def told(name: str) -> str:
        skill = library.get(name)
        # Its first sentence says what it does; what follows says to a model when it is meant.
        return f"{skill.description.partition('. ')[0].rstrip('.')}." if skill is not None else ""

    asking = Asking(standings.of, told, around.role, around.people, around.zone, around.language)
    ground = Ground(
        standings,
        runs,
        library,
        around.prover,
        rules,
        aftermath,
        clock,
        around.role,
        asking.owners,
        around.tell,
        around.traces,
        around.language,
    )
    life, offers = Life(ground, deciding), Offers(around.db, deciding, around.tell, asking, clock)
    shadow, eraser = Shadow(life, mirror, clock), SkillEraser(around.db, standings, library)
    around.effector.deeds = life.deeds
    life.proofs.ready.append(offers.offer)
    library.changed.append(life.reconcile)
    mirror.watch(aftermath.take)
    erasers: tuple[Eraser, ...] = (around.effector, shadow, eraser)
    return Skilfulness(standings, runs, aftermath, life, shadow, deciding, offers, erasers)


async def _prepare(library: Shelf, draft: Draft) -> Draft:
    """Return ``draft`` as it would be written, so that what is judged and logged is that; raises Refused or Invalid."""
    from claw.skills.preparing import prepared  # noqa: PLC0415  a home that learns nothing never needs it

    known = {digest: number for number, digest in reversed(library.versions(draft.name))}
    return (await asyncio.to_thread(prepared, draft, known))[0]
