"""Puts the rooms together: the only file that knows every concrete class, and the only one that fills a port.

The order is the order of trust: the state directory is locked, the log opened, the switch read, and only then is there
anything that could act.  What fails here fails before anything listens; a daemon never starts half.
"""

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.audit.retention import Retention
from claw.base.clock import SystemClock
from claw.base.config import Config, read_token
from claw.base.degraded import Degraded
from claw.base.errors import Broken
from claw.base.permit import PermitDesk
from claw.base.places import socket_of
from claw.channels.channel import Desk, Inside
from claw.channels.clients import Clients
from claw.channels.keeping import Keeping
from claw.channels.lookback import Lookback
from claw.channels.naming import Naming
from claw.channels.ruling import Ruling
from claw.channels.socket import SocketServer
from claw.channels.switching import Switching
from claw.channels.web.server import WebServer
from claw.daemon.acting import acting
from claw.daemon.declared import services_of
from claw.daemon.drill import DrillHouse, Drills
from claw.daemon.judging import judging
from claw.daemon.log_watch import vouching, watch_log
from claw.daemon.looking_back import looking_back
from claw.daemon.met import NOBODY_MET, Met, met
from claw.daemon.observed import observed
from claw.daemon.parts import Footing, Mind, Place, Way
from claw.daemon.programming import Around, Programming
from claw.daemon.recall import remember
from claw.daemon.reloading import Reloading
from claw.daemon.remembering import Remembered, asked_of, remembering
from claw.daemon.routined import Around as RoutinesAround
from claw.daemon.routined import Background, routined
from claw.daemon.skilled import Around as SkillsAround
from claw.daemon.skilled import Skills, skilled
from claw.daemon.staging import Staging
from claw.daemon.stopping import Around as StopAround
from claw.daemon.stopping import Stopping
from claw.daemon.witnesses import witnesses_for
from claw.gate.breach import Breaches
from claw.gate.cause import Causes
from claw.gate.deeds import Deeds
from claw.gate.follow import Follower
from claw.gate.messages import Messages
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.backend import HouseBackend
from claw.house.chronicle import Chronicle
from claw.house.fields import Service
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.house.simulated import Fault, SimulatedHouse
from claw.llm.model import Model
from claw.mind.approved import ApprovedNames
from claw.mind.intents import Intents
from claw.mind.thread import Threads
from claw.mind.turn import Turn
from claw.policy.people import People
from claw.store.db import lock_state, open_database
from claw.store.migrations import migrate

if TYPE_CHECKING:
    from claw.base.config_voice import VoiceConfig
    from claw.daemon.jumping import JumpingClock
    from claw.daemon.proving_rig import ProvedHouse
    from claw.daemon.recollecting import Recollecting
    from claw.daemon.thinking import Thinking
    from claw.daemon.traces import Traces
    from claw.daemon.voiced import Voice
    from claw.skills.proving_ground import Fault as ProvedFault

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Daemon:
    """The built daemon: what runs it and what tests look into."""

    config: Config
    clock: SystemClock
    audit: AuditLog
    checkpoints: Checkpointer
    retention: Retention
    stop: Stop
    stopping: Stopping
    breaches: Breaches
    drills: Drills
    mirror: Mirror
    backend: HouseBackend
    gate: Gate
    follower: Follower
    intents: Intents
    people: People
    clients: Clients
    desk: Desk
    socket: SocketServer
    web: WebServer
    reloading: Reloading
    model: Model | None
    memory: Remembered
    programming: Programming
    thinking: "Thinking | None"
    skills: Skills
    routines: Background
    degraded: Degraded
    voice: "Voice | None" = None
    met: Met = NOBODY_MET
    traces: "Traces | None" = None


async def build(config: Config, state: Path, rooms: AsyncExitStack, staging: Staging | None = None) -> Daemon:
    """Return the daemon for ``config`` on the state directory ``state``; ``rooms`` closes it in reverse order.

    ``staging`` is how a simulated house is set where it is not for a demo; a real one has its own time and past.
    Raises Broken (or Invalid, with file and line) when anything is missing, damaged or taken.
    """
    ground = _ground(config, state, rooms, staging or Staging())
    clock, audit, stop, db = ground.clock, ground.audit, ground.stop, ground.db
    place = _place(ground)
    people, judge, checkpoints = place.people, place.judge, place.checkpoints
    way = acting(ground, place)
    intents, drills = Intents(config.languages), Drills(state, drill_house, audit, clock, way.gate.tell)
    names = ApprovedNames(db, clock)
    causes = Causes(Chronicle(place.mirror, clock), place.mirror, Deeds(audit, way.follower), people)
    memory = remembering(way.store, way.gate, judge, intents, causes, stop)
    programming = _programming(ground, place, way, memory)
    thoughts = _thoughts(programming, place, way, names, memory)
    skills = _skills(ground, place, way, (intents, causes, memory, programming, thoughts))
    thinking = (intents, causes, memory, programming, thoughts, skills)
    routines = _routines(ground, place, way, thinking)
    mind = Mind(*thinking, routines, Naming(names, place.mirror, audit), drills)
    desk = _desk(ground, place, way, mind)
    memory.forgets_in(remember(judge, db, audit, clock))
    breaches = Breaches(judge, audit, clock, way.gate.tell)
    rooms.push_async_callback(breaches.close)
    place.reloading.changed += [way.gate.void_denied, breaches.look, skills.lives.life.look_at_rules, routines.renew]
    clients = Clients(
        db,
        clock,
        people,
        lambda person: way.gate.questions.role(person) is not None,
        lambda: frozenset(place.mirror.registry.areas),
    )
    socket = SocketServer(socket_of(state), desk, clients, people, clock, place.stopping.family.owns)
    rooms.push_async_callback(socket.close)
    web = WebServer.at(config.listen, desk, clients, clock)
    rooms.push_async_callback(web.close)
    daemon = Daemon(
        config,
        clock,
        audit,
        checkpoints,
        Retention(audit, checkpoints, clock, config.audit.keep_days),
        stop,
        place.stopping,
        breaches,
        drills,
        place.mirror,
        place.backend,
        way.gate,
        way.follower,
        intents,
        people,
        clients,
        desk,
        socket,
        web,
        place.reloading,
        way.model,
        memory,
        programming,
        thoughts,
        skills,
        routines,
        ground.degraded,
    )
    if config.voice is not None:
        daemon = _with_voice(daemon, config.voice, (names, causes, way.messages), rooms)
    daemon = replace(daemon, met=met(config.channels, daemon, judge, way.messages, rooms))
    return replace(daemon, traces=observed(daemon, rooms))


def _with_voice(
    daemon: Daemon, config: "VoiceConfig", parts: tuple[ApprovedNames, Causes, Messages], rooms: AsyncExitStack
) -> Daemon:
    from claw.daemon.voiced import Around as VoiceAround  # noqa: PLC0415  a house without ears does not pay for them
    from claw.daemon.voiced import voiced  # noqa: PLC0415  as above

    names, causes, messages = parts
    around = VoiceAround(causes, names, daemon.stopping.children, messages)
    return replace(daemon, voice=voiced(config, daemon, around, rooms))


def _ground(config: Config, state: Path, rooms: AsyncExitStack, staging: Staging) -> Footing:
    clock = staging.clock
    lock = lock_state(state)
    rooms.callback(lock.release)
    audit = AuditLog.open(state / "audit.db", clock)
    rooms.push_async_callback(audit.close)
    stop = Stop(state, clock)
    watch_log(audit, stop, clock)
    db = open_database(state / "claw.db")
    rooms.callback(db.close)
    migrate(db)
    return Footing(config, state, rooms, clock, audit, stop, db, staging, Degraded(clock))


def _place(ground: Footing) -> Place:
    config, state, rooms, clock = ground.config, ground.state, ground.rooms, ground.clock
    audit, stop = ground.audit, ground.stop
    permits = PermitDesk(clock)
    backend, known = _backend(config, permits, ground.staging)
    rooms.push_async_callback(backend.close)
    stopping = Stopping(config.stop, StopAround(state, stop, audit, permits, backend, clock), known)
    rooms.push_async_callback(stopping.close)
    people, mirror, judge, reloading = judging(config, ground.db, known, audit, clock)
    checkpoints = vouching(audit, stop, witnesses_for(config.audit, audit.id, state, stopping.passing, mirror), clock)
    stopping.start(mirror, config.stop.helper)
    return Place(permits, backend, stopping, people, mirror, judge, reloading, checkpoints)


def _programming(ground: Footing, place: Place, way: Way, memory: Remembered) -> Programming:
    """Return what runs programs, which is made when the first one runs: its code, 3 MB, is not imported before."""
    on = (ground.config, ground.state, ground.db, ground.clock, ground.audit, ground.stop)
    of = (place.stopping, place.backend, place.mirror, place.judge, place.people)
    around = Around(*on, *of, way.gate, way.follower, way.texts, way.whereabouts)
    return Programming(around, ground.rooms, lambda: _recollecting(place, way, memory))


def _recollecting(place: Place, way: Way, memory: Remembered) -> "Recollecting":
    from claw.daemon.recollecting import Recollecting  # noqa: PLC0415  it comes with what runs programs

    kept, understand = way.store, memory.memos.understand
    return Recollecting(kept.facts, kept.recall, kept.hearing, understand, place.people, place.mirror)


def _thoughts(
    programming: Programming, place: Place, way: Way, names: ApprovedNames, memory: Remembered
) -> "Thinking | None":
    """Return what answers by programs that a model writes, None without one."""
    if way.model is None:
        return None
    from claw.daemon.thinking import thinking  # noqa: PLC0415  see above

    return thinking(programming, way.model, names, _recollecting(place, way, memory))


def _skills(
    ground: Footing,
    place: Place,
    way: Way,
    of: "tuple[Intents, Causes, Remembered, Programming, Thinking | None]",
) -> Skills:
    """Return what was learned to do, and what learns; it begins to watch the house."""
    intents, causes, memory, programming, thoughts = of
    reloading = place.reloading
    on = (ground.config, place.judge, way.gate, ground.stop, place.stopping, way.follower)
    planner = thoughts.planner if thoughts else None
    mind = (intents, causes, memory, programming, lambda: reloading.text, proved_house, planner)
    return skilled(way.skills, SkillsAround(*on, *mind), ground.rooms)


def _routines(
    ground: Footing,
    place: Place,
    way: Way,
    of: "tuple[Intents, Causes, Remembered, Programming, Thinking | None, Skills]",
) -> Background:
    """Return what runs in the background; nothing of it is due before it is started."""
    intents, causes, memory, programming, thoughts, skills = of
    on = (ground.config, place.judge, way.gate, ground.stop, place.stopping, way.follower, place.backend)
    planner = thoughts.planner if thoughts else None
    mind = (intents, causes, memory, programming, skills, way.messages, way.model, planner)
    return routined(way.routines, RoutinesAround(*on, *mind), ground.rooms)


def _desk(ground: Footing, place: Place, way: Way, mind: Mind) -> Desk:
    """Return what every channel asks, with the turn behind it; the mind begins to listen to the house."""
    clock, audit, stop = ground.clock, ground.audit, ground.stop
    gate, judge, mirror, people = way.gate, place.judge, place.mirror, place.people
    hindsight, threads, thoughts = looking_back(way, place, mind.causes, clock), Threads(clock), mind.thoughts
    turn = Turn(
        gate=gate,
        stop=stop,
        mirror=mirror,
        intents=mind.intents,
        threads=threads,
        hindsight=hindsight,
        clock=clock,
        planner=thoughts.planner if thoughts else None,
        memos=mind.memory.memos,
        taught=mind.memory.taught,
        heard=mind.memory.listening.heard,
        skills=mind.skills.turn,
        routines=mind.routines.talk,
    )
    mind.memory.forgets_in(gate.questions, way.follower, threads)
    mind.memory.forgets_in(mind.programming)
    if thoughts is not None:
        mind.memory.forgets_in(thoughts.planner.sight.recent)
    answering = (
        Switching(stop, place.stopping, mind.drills, gate.questions, audit),
        Ruling(place.reloading, judge, mirror, people),
        Keeping(audit, place.checkpoints),
        Lookback(turn, hindsight, audit, mirror, clock),
        mind.naming,
    )
    sandbox = mind.programming.sandbox
    inside = (turn, gate, judge, stop, audit, mirror, way.messages, people, clock, *answering)
    return Desk(
        Inside(
            *inside,
            way.model,
            lambda: sandbox.kind,
            asked_of(mind.memory),
            mind.skills.asked,
            mind.routines.asked,
            ground.degraded,
        )
    )


def drill_house(house: House, permits: PermitDesk, clock: SystemClock) -> DrillHouse:
    """Return a simulated house of its own for a drill."""
    return SimulatedHouse(house, permits, clock, clock)


def proved_house(
    house: House,
    permits: PermitDesk,
    clock: "JumpingClock",
    faults: "Mapping[str, ProvedFault]",
    services: Mapping[str, Service],
) -> "ProvedHouse":
    """Return a simulated house of its own for one run of a proof."""
    simulated = SimulatedHouse(house, permits, clock, clock, services)
    for entity, one in faults.items():
        simulated.faults[entity] = Fault(
            one.delay_s, one.travel_s, one.fail or None, one.jam, one.dead, one.silent, one.lost
        )
    return simulated


def _backend(config: Config, permits: PermitDesk, staging: Staging) -> tuple[HouseBackend, House | None]:
    clock = staging.clock
    if config.house.simulated is not None:
        house = load_house(config.house.simulated)
        simulated = SimulatedHouse(house, permits, clock, clock, services_of(config))
        for entity in house.registry.entities.values():
            if entity.domain in staging.travel_s:
                simulated.faults[entity.entity_id] = Fault(travel_s=staging.travel_s[entity.domain])
        simulated.recall(staging.past)
        return simulated, house
    if config.house.url is None:
        raise Broken("house: expected either a url or a simulated house file")
    # Its client library costs 12 MB and a fifth of the start, which a simulated house need not pay.
    from claw.house.home_assistant import HomeAssistant  # noqa: PLC0415  see above

    return HomeAssistant(config.house.url, read_token(config.house), permits, clock, clock), None
