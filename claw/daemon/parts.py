"""The parts of a daemon while it is put together: what each step of ``claw/daemon/build.py`` hands to the next."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.base.degraded import Degraded
from claw.base.permit import PermitDesk
from claw.channels.naming import Naming
from claw.daemon.drill import Drills
from claw.daemon.programming import Programming
from claw.daemon.reloading import Reloading
from claw.daemon.remembering import Remembered, Store
from claw.daemon.routined import Background
from claw.daemon.routined import Shelf as RoutineShelf
from claw.daemon.skilled import Shelf, Skills
from claw.daemon.staging import Staging
from claw.daemon.stopping import Stopping
from claw.daemon.texts import Texts
from claw.gate.cause import Causes
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.messages import Messages
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.backend import HouseBackend
from claw.house.mirror import Mirror
from claw.llm.model import Model
from claw.mind.intents import Intents
from claw.mind.whereabouts import Whereabouts
from claw.policy.people import People

if TYPE_CHECKING:
    from claw.daemon.thinking import Thinking


@dataclass(frozen=True)
class Footing:
    """What everything stands on: locked, opened and read before there is anything that could act."""

    config: Config
    state: Path
    rooms: AsyncExitStack
    clock: SystemClock
    audit: AuditLog
    stop: Stop
    db: Database
    staging: Staging
    degraded: Degraded


@dataclass(frozen=True)
class Place:
    """The house, who judges what may be done in it, and who vouches for what was."""

    permits: PermitDesk
    backend: HouseBackend
    stopping: Stopping
    people: People
    mirror: Mirror
    judge: Judge
    reloading: Reloading
    checkpoints: Checkpointer


@dataclass(frozen=True)
class Way:
    """The one door, who follows what went through it, and what lies behind it besides the house."""

    gate: Gate
    follower: Follower
    messages: Messages
    texts: Texts
    whereabouts: Whereabouts
    store: Store
    skills: Shelf
    routines: RoutineShelf
    model: Model | None


@dataclass(frozen=True)
class Mind:
    """What turns words into acts and answers, before it is put together."""

    intents: Intents
    causes: Causes
    memory: Remembered
    programming: Programming
    thoughts: "Thinking | None"
    skills: Skills
    routines: Background
    naming: Naming
    drills: Drills
