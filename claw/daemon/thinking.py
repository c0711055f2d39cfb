"""What answers by programs, put together: the sandbox, the programs in it, the model that writes them.

Without a model none of it is built, and what no sentence covers is politely not understood.  Nothing is started before
somebody asks for something that needs it; the sandbox ends before anything that a program could reach.
"""

import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from claw.audit.keys import KEYS
from claw.audit.log import AuditLog
from claw.base.action import Message, Origin
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.daemon.declared import services_of
from claw.daemon.outside import Outside
from claw.daemon.recollecting import Recollecting
from claw.daemon.stopping import Stopping
from claw.daemon.texts import Texts
from claw.gate.follow import Follower, address
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.backend import HouseBackend
from claw.house.mirror import Mirror
from claw.llm.model import Model
from claw.llm.reader import Reader
from claw.mind.approved import ApprovedNames
from claw.mind.harmless import Harmless
from claw.mind.language import load
from claw.mind.planner import Planner
from claw.mind.prompt import rules
from claw.mind.recent import Recent
from claw.mind.sight import Sight
from claw.mind.telling import Telling
from claw.mind.whereabouts import Whereabouts
from claw.policy.people import People
from claw.program.api import offered, told
from claw.program.journal import Journal
from claw.program.run import Late, Programs, Ran
from claw.program.sandbox import NO_SANDBOX, Sandbox
from claw.program.sealed import Sealed, program_key
from claw.program.segment import Segments, World
from claw.program.taint import Marks

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Around:
    """What programs work on: everything of one daemon that they touch, always by way of the gate."""

    config: Config
    state: Path
    db: Database
    clock: SystemClock
    audit: AuditLog
    stop: Stop
    stopping: Stopping
    backend: HouseBackend
    mirror: Mirror
    judge: Judge
    people: People
    gate: Gate
    follower: Follower
    texts: Texts
    whereabouts: Whereabouts


@dataclass(frozen=True)
class Thinking:
    """What answers by programs."""

    sandbox: Sandbox
    programs: Programs
    planner: Planner


def thinking(
    around: Around,
    model: Model | None,
    names: ApprovedNames,
    rooms: AsyncExitStack,
    memory: Recollecting | None = None,
) -> Thinking | None:
    """Return what answers by programs that ``model`` writes, None without a model; ``rooms`` closes it.

    ``memory`` is what programs, and whoever writes them, are told of what people told; they know nothing without it.
    """
    if model is None:
        return None
    config, clock, mirror = around.config, around.clock, around.mirror
    ports = {"history", "extract"} | ({"read"} if config.sources else set[str]())
    ports |= {"remember", "recall"} if memory is not None else set[str]()
    functions = offered(ports)
    languages = [load(code) for code in config.languages]
    sight = Sight(rules(told(functions, config.sources)), mirror, names, languages, Recent(clock), clock, memory)
    harmless = Harmless(config.wake_words)
    telling = Telling(mirror, harmless)
    read = partial(around.texts.read, gate=around.gate)
    recall = memory.recall if memory is not None else None
    outside = Outside(sight.search, around.backend, read, Reader(model), around.whereabouts, recall)
    sandbox = Sandbox.open(around.stopping.children, clock, lambda: around.stop.engaged)
    rooms.push_async_callback(sandbox.close)
    world = World(
        gate=around.gate,
        mirror=mirror,
        sandbox=sandbox,
        reads=outside,
        extract=outside,
        services=services_of(config),
        functions=functions,
        sources=tuple(config.sources),
        people=tuple(person.id for person in around.people),
        harmless=harmless.text,
        versions=around.judge.versions,
        journal=Journal(around.audit, around.judge.versions),
        clock=clock,
        timer=clock,
        keeps=memory.keeps if memory is not None else None,
    )
    sealed = Sealed(around.db, lambda: program_key(around.state / KEYS), clock)
    programs = Programs(Segments(world), sealed, Marks())
    rooms.push_async_callback(programs.close)
    around.gate.questions.voided.append(programs.void)
    around.stop.hooks.append(programs.cut)
    around.stop.told.append(programs.stopped)
    programs.late.append(_late(around, telling))
    without = NO_SANDBOX if sandbox.kind == "none" else ""
    if without:
        logger.warning(without)
    return Thinking(sandbox, programs, Planner(model, programs, sight, mirror, telling, without))


def _late(around: Around, telling: Telling) -> Late:
    """Return what tells the end of a program that nobody waited for any more: a message to whoever asked."""

    def late(origin: Origin, said: str, ran: Ran) -> None:
        reply = telling.ran(ran, said, origin.language or around.config.languages[0])
        around.follower.send(Message(address(origin), reply.text, "late"))

    return late
