"""Runs a built daemon: from the first byte read to the last one closed.

Ready means: it listens and it answers.  The house may come later; until then every command is answered "I cannot reach
the house".  A channel that cannot begin, or a part that fails, leaves the rest as it is and is tried again
(``claw/daemon/supervision.py``); only the local socket has to listen.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from claw.audit.log import Entry
from claw.base.action import SYSTEM, Action, Origin
from claw.base.config import Config
from claw.base.errors import Broken, ClawError
from claw.daemon import heap
from claw.daemon.build import Daemon, build
from claw.daemon.daily_backup import daily_backup
from claw.daemon.housekeeping import Chores, Housekeeping
from claw.daemon.installed import LOOK, installed_files
from claw.daemon.news import News
from claw.daemon.notifying import Service
from claw.daemon.supervision import Supervision
from claw.daemon.wellbeing import look_after, named
from claw.gate.latch_watch import LatchWatch
from claw.gate.orphans import Orphans, adopt
from claw.house.model import House
from claw.house.services import expectation
from claw.mind.phrases import phrases

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 60.0
ROOM_LOOK_S = 5.0
Ready = Callable[[Daemon], None]


def run(config: Config, state: Path, ready: Ready) -> None:
    """Run until SIGTERM or SIGINT; ``ready`` is called once everything listens.

    SIGUSR1 engages the stop, SIGHUP has the policy file looked at.  Raises Broken when the daemon cannot start.
    """
    heap.share()
    if not adopt():
        logger.warning("What a child leaves behind cannot be told from a stranger: this system adopts no orphans")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(config, state, ready))


async def serve(config: Config, state: Path, ready: Ready, ending: asyncio.Event | None = None) -> None:
    """Build, run until ``ending`` is set or a signal asks for the end, and close everything in reverse order."""
    over = ending or asyncio.Event()
    async with AsyncExitStack() as rooms:
        daemon = await build(config, state, rooms)
        service = Service.of(daemon, os.environ)
        _take_signals(daemon, over, service)
        await _start_log(daemon)
        _start_skills(daemon)
        await daemon.backend.connect(daemon.mirror)
        _start_routines(daemon)
        daemon.intents.warm(daemon.mirror.house())
        phrases(config.languages[0])  # other languages are read when somebody speaks them
        await daemon.socket.start()
        supervision = Supervision(daemon.degraded, daemon.clock)
        rooms.push_async_callback(supervision.close)
        await _begin_channels(daemon, supervision)
        settling = asyncio.create_task(_take_up(daemon), name="unfinished")
        rooms.callback(settling.cancel)
        _keep_going(daemon, supervision)
        heap.settle(daemon.programming.around.db.conn)
        ready(daemon)
        service.ready()
        await over.wait()
        await service.stopping()
        await daemon.memory.observed.look()
        daemon.audit.note("end", {})
        await daemon.checkpoints.end()


def chores_of(daemon: Daemon) -> tuple[tuple[str, Callable[[], Awaitable[object]]], ...]:
    """Return what is to be looked at once a minute, each with what it is for the log."""
    memory = daemon.memory
    return (
        ("writing what was observed", memory.observed.look),
        ("finishing what is to be forgotten", lambda: _finish_forgetting(daemon)),
        ("the night of memory", memory.sleep.look),
        ("an offer", memory.offers.look),
        ("what memories mean", memory.store.recall.look),
        ("for whom routines act", daemon.routines.look),
        *daemon.skills.chores,
        *daily_backup(daemon),
    )


async def _begin_channels(daemon: Daemon, supervision: Supervision) -> None:
    """Have every channel begin; one that cannot is tried again while the others listen."""
    await supervision.begin("page", daemon.web.start)
    if daemon.voice is not None:
        if daemon.voice.server is not None:
            await supervision.begin("wyoming", daemon.voice.server.start)
        daemon.voice.listen()
    for part, channel in named(daemon.met.channels):
        await supervision.begin(part, channel.start)


def _keep_going(daemon: Daemon, supervision: Supervision) -> None:
    """Begin all that goes on as long as the daemon does, what nothing may move without first."""
    clock, orphans = daemon.clock, Orphans()

    def look() -> None:
        daemon.stopping.look()
        orphans.collect()  # what dead children left behind, at the same pace

    latch = LatchWatch(look, clock, clock)
    daemon.stop.guards.append(latch.check)
    supervision.keep("latch", latch.run, guards=True)
    supervision.keep("checkpoints", lambda: _keep_vouching(daemon))
    supervision.keep("policy file", daemon.reloading.run)
    keeping = Housekeeping(daemon.drills, clock, clock, keep_room=daemon.stopping.keep_room, look=daemon.breaches.look)
    supervision.keep("housekeeping", keeping.run)
    supervision.keep("disk", lambda: _keep_room(daemon))
    supervision.keep("memory", Chores(clock, chores_of(daemon)).run)
    supervision.keep(LOOK, installed_files(daemon).run)
    supervision.keep("retention", lambda: daemon.retention.run(clock))
    look_after(daemon, supervision)
    news = News(daemon.degraded, daemon.gate.tell, clock, clock, daemon.config.languages[0])
    supervision.keep("news", news.run)
    supervision.keep("supervision", supervision.run)


async def _keep_room(daemon: Daemon) -> None:
    """Take up work again soon after there is room on a disk that was full; housekeeping would look once a minute."""
    while True:
        await daemon.clock.sleep(ROOM_LOOK_S)
        if daemon.stopping.reserve.used:
            await daemon.stopping.keep_room()


async def _keep_vouching(daemon: Daemon) -> None:
    """Have the log signed and compared; raises Broken when that ends, after which nothing moves until a reset."""
    await daemon.checkpoints.run()
    raise Broken(daemon.checkpoints.problem or "its checkpoints ended")


def _take_signals(daemon: Daemon, over: asyncio.Event, service: Service) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    loop.add_signal_handler(signal.SIGHUP, service.reload)
    loop.add_signal_handler(
        signal.SIGUSR1, lambda: daemon.stop.engage("a signal asked for it", Origin(channel="signal"))
    )


async def _start_log(daemon: Daemon) -> None:
    reloading = daemon.reloading
    versions = {"policy": reloading.policy}
    try:
        changed = reloading.look_back()
        unfinished = [entry.seq for entry in daemon.audit.unfinished()]
        payload = {"stop": daemon.stop.engaged, "unfinished": unfinished, **reloading.said}
        await daemon.audit.append("start", payload, origin=SYSTEM, versions=versions)
        if changed:
            await daemon.audit.append("policy", changed, origin=SYSTEM, versions=versions)
    except ClawError:
        # A daemon that cannot write its log still listens, so that it can say why nothing moves.
        logger.exception("The audit log cannot be written; every action will be refused")


def _start_skills(daemon: Daemon) -> None:
    try:
        daemon.skills.start()
    except ClawError:
        # As above: it listens, and no skill runs.
        logger.exception("What is known of skills cannot be written; none of them runs")


def _start_routines(daemon: Daemon) -> None:
    try:
        daemon.routines.start()
    except ClawError:
        # As above: it listens, and says that nothing is done in the background.
        logger.exception("What is known of routines cannot be written; none of them runs")


async def _take_up(daemon: Daemon) -> None:
    """Settle what an earlier run left open, then let its programs go on that may."""
    await _finish_forgetting(daemon)
    await _settle_unfinished(daemon)
    if daemon.thinking is None and not daemon.programming.left:
        return
    try:
        await daemon.mirror.wait_ready(FIRST_LOOK_S)
    except ClawError:
        logger.warning("Programs of an earlier run stay where they are: the house cannot be reached")
        return
    if not daemon.stop.engaged:
        daemon.programming().programs.recover()


async def _finish_forgetting(daemon: Daemon) -> None:
    """Finish a forgetting that was cut short, and say so to whoever asked for it: nobody asks a second time."""
    try:
        told = await daemon.memory.store.forgetter.finish()
    except ClawError:
        logger.exception("A forgetting that was cut short could not be finished; it is tried again")
        return
    for message in told:
        logger.warning(message.text)
        await daemon.gate.tell(message)


async def _settle_unfinished(daemon: Daemon) -> None:
    """Say what became of intents that an earlier run left open: by the state of the house, never by acting."""
    unfinished = daemon.audit.unfinished()
    if not unfinished:
        return
    try:
        await daemon.mirror.wait_ready(FIRST_LOOK_S)
    except ClawError:
        logger.warning("%d intents of an earlier run stay unknown: the house cannot be reached", len(unfinished))
        return
    for entry in unfinished:
        shown = _shown(daemon.mirror.house(), entry)
        daemon.audit.note(
            "outcome",
            {"status": "unknown", "detail": "the daemon ended before the outcome was known", "shown": shown},
            parent=entry.seq,
        )


def _shown(house: House, intent: Entry) -> dict[str, bool]:
    """Return for each entity of an intent whether it is now as was meant; nothing of one that was erased or cut."""
    intended = (intent.payload or {}).get("action")
    if not intended:
        return {}
    action = Action(**intended)
    return {
        entity: expectation(house, action, entity).reached(house.states[entity])
        for entity in action.entities
        if entity in house.states
    }
