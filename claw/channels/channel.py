"""What every channel may ask of Claw, in one place, so that no channel owns logic.

A channel turns something outside into a call here and the answer into something outside.  It decides nothing: who may
reset, approve or see what is settled below, or here where it is the same for all channels.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from claw.audit.log import AuditLog, Entry
from claw.base.action import Action, Json, Message, Origin, Pending, Reply, Request
from claw.base.clock import Clock
from claw.base.degraded import Degraded, Fault
from claw.base.errors import Refused, Unavailable
from claw.base.tracing import UNTRACED, Begins, Timed, span
from claw.channels.doings import Doings
from claw.channels.house_shown import Names, state_json
from claw.channels.keeping import Keeping
from claw.channels.lookback import Lookback
from claw.channels.naming import Naming
from claw.channels.once import Once
from claw.channels.remembering import Remembering
from claw.channels.routined import Routined, opened
from claw.channels.ruling import Ruling
from claw.channels.shown import ShownOnce, asked, shown, told
from claw.channels.skilful import Skilful
from claw.channels.switching import Switching
from claw.channels.veil import NOBODY, Veil, Whose, addressed, shown_question, unseen
from claw.gate.answering import WHOLE, Choice, if_signed
from claw.gate.card import card
from claw.gate.judge import Judge
from claw.gate.messages import Messages
from claw.gate.pause import PauseState
from claw.gate.perform import Gate
from claw.gate.stop import Stop, StopState
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import Change, Registry
from claw.house.text import plain
from claw.llm.model import Model
from claw.mind.turn import Turn
from claw.policy.people import People

if TYPE_CHECKING:  # a house without ears need not pay for what answers about them
    from claw.channels.contract import Channel
    from claw.channels.views import Views
    from claw.channels.vital import Vital
    from claw.channels.voiced import Voiced

FEED_LIMIT = 2000
"""Events a listener may fall behind before it is dropped and must start afresh."""

MOST_CAUSES = 10
"""How far back ``why`` goes; a command is three or four steps."""


@dataclass(frozen=True)
class Inside:
    """The rooms a channel's questions are answered from."""

    turn: Turn
    gate: Gate
    judge: Judge
    stop: Stop
    audit: AuditLog
    mirror: Mirror
    messages: Messages
    people: People
    clock: Clock
    switching: Switching
    ruling: Ruling
    keeping: Keeping
    lookback: Lookback
    naming: Naming
    model: Model | None = None
    sandbox: Callable[[], str] = lambda: "none"
    remembering: Remembering | None = None
    skilful: Skilful | None = None
    routined: Routined | None = None
    degraded: Degraded | None = None


class Desk:
    """Answers every channel's questions; one for all channels."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self.switching = inside.switching
        self.ruling = inside.ruling
        self.keeping = inside.keeping
        self.lookback = inside.lookback
        self.naming = inside.naming
        self.doings = Doings()
        self.once = Once(inside.clock)
        self._started = inside.clock.monotonic()
        self._names = Names(Registry())
        self._whose = Whose(inside.audit)
        self._logged = ShownOnce()
        self.replied: list[Callable[[Reply], None]] = []
        self.tracing: Begins = UNTRACED
        self._voiced: Voiced | None = None
        self._views: Views | None = None
        self._met: tuple[Channel, ...] = ()
        self._vital: Callable[[], Vital] | None = None

    @property
    def remembering(self) -> Remembering:
        """What is asked about memory; raises Unavailable where the daemon has none."""
        if self._in.remembering is None:
            raise Unavailable("there is no memory here")
        return self._in.remembering

    @property
    def skilful(self) -> Skilful:
        """What is asked about skills; raises Unavailable where the daemon has none."""
        if self._in.skilful is None:
            raise Unavailable("there are no skills here")
        return self._in.skilful

    @property
    def routined(self) -> Routined:
        """What is asked about routines; raises Unavailable where the daemon has none."""
        if self._in.routined is None:
            raise Unavailable("there are no routines here")
        return self._in.routined

    @property
    def voiced(self) -> "Voiced":
        """What is asked about voice; raises Unavailable where nothing of it is configured."""
        if self._voiced is None:
            raise Unavailable("nothing about voice is configured here (docs/voice.md)")
        return self._voiced

    def hear(self, voiced: "Voiced") -> None:
        """Answer about voice from now on: what hears speaks through this desk, so it comes after it."""
        self._voiced = voiced

    @property
    def views(self) -> "Views":
        """What the page's views of policy, health and log are answered from; raises Unavailable without them."""
        if self._views is None:
            raise Unavailable("there is nothing to look at yet")
        return self._views

    def look(self, views: "Views") -> None:
        """Answer those views from now on; what they tell of is told to them first."""
        self._views = views
        self.replied.append(views.health.replied)

    def meet(self, channels: "Sequence[Channel]") -> None:
        """Say from now on how these channels are: they speak through this desk, so they come after it."""
        self._met = tuple(channels)

    def vitals(self, look: "Callable[[], Vital]") -> None:
        """Ask ``look`` from now on whether the daemon is alive."""
        self._vital = look

    def vital(self) -> "Vital":
        """Return whether the daemon is alive, looked at now; raises Unavailable while nobody can say."""
        if self._vital is None:
            raise Unavailable("Claw is still starting")
        return self._vital()

    @property
    def answered(self) -> bool:
        """Whether the house has been heard from since the start."""
        return self._in.mirror.told is not None

    async def say(self, text: str, origin: Origin) -> Reply:
        """Answer one message; never raises for anything the message holds."""
        with self._request(origin) as request:
            return self._told(await self._in.turn.handle(Request(text, origin)), request)

    async def act(self, actions: Sequence[Action], origin: Origin, shown: Mapping[str, str] | None = None) -> Reply:
        """Do typed actions, as a button on a page asks for them, through the same door as a sentence.

        ``shown`` is given by a control that was held: the state that it showed for each entity.
        """
        with self._request(origin) as request:
            if shown is not None:
                return self._told(await self._in.turn.hold(tuple(actions), origin, shown), request)
            return self._told(await self._in.turn.handle(Request(tuple(actions), origin)), request)

    async def answer(self, pending: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Reply:
        """Answer a waiting question; raises Refused when it is not this origin's to answer, or not open any more.

        A yes to what one may not see would be no yes.
        """
        if yes and any(one.id == pending and unseen(one, origin) for one in self._in.gate.questions.waiting()):
            raise Refused("this is about what is remembered for somebody else; only they can say yes to it")
        with self._request(origin) as request:
            return self._told(await self._in.turn.answer(pending, origin, yes=yes, choice=choice), request)

    @contextmanager
    def _request(self, origin: Origin) -> Generator[Timed]:
        """Hear what is being done within, and time it, for whoever watches."""
        with self.doings.turn(), self.tracing.trace("request") as request:
            request.note(channel=origin.channel.partition(":")[0])
            yield request

    def _told(self, reply: Reply, request: Timed) -> Reply:
        """Return a reply as it may leave, after whoever counts replies has seen it."""
        request.note(status=reply.status, path=reply.path, acts=len(reply.outcomes))
        with span("reply"):
            for listener in self.replied:
                listener(reply)
            return told(reply)

    def pending(self, viewer: Origin = NOBODY) -> list[Pending]:
        """Return the questions that wait for a person, oldest first, as ``viewer`` may see them."""
        return [asked(one) for one in self._waiting(viewer)]

    def cards(self, viewer: Origin = NOBODY) -> list[dict[str, Json]]:
        """Return the questions that wait, each with its card: what ``viewer`` sees before a yes."""
        house, policy = self._in.mirror.house(), self._in.judge.policy
        why = {rule.id: rule.why for rule in policy.rules}
        return [
            {
                **shown(asked(one)),
                "card": shown(card(opened(one, house), house, self._in.people, why.get(one.rule or "", ""))),
            }
            for one in self._waiting(viewer)
        ]

    def _waiting(self, viewer: Origin) -> list[Pending]:
        questions = self._in.gate.questions
        check = partial(questions.check_answer, origin=if_signed(viewer, questions.enrolled))
        return [shown_question(one, viewer, check) for one in questions.waiting()]

    def status(self) -> dict[str, Json]:
        """Return how Claw is doing: the link to the house, the switch, the log, the policy, the model, the sandbox."""
        mirror = self._in.mirror
        model = self._in.model.status() if self._in.model is not None else None
        return {
            "link": {
                "status": mirror.link.status,
                "detail": plain(mirror.link.detail, 200),
                "since": mirror.link_since.isoformat(),
                "ready": mirror.ready,
            },
            **self.switching.status(),
            "entities": len(mirror.states),
            "pending": len(self.pending()),
            "audit": self.keeping.status(),
            "policy": self._in.judge.policy.hash,
            "policy_problem": self._in.judge.problem,
            "policy_notice": self.ruling.file.notice,
            "uptime_s": round(self._in.clock.monotonic() - self._started, 1),
            "tokens": model["tokens"] if model else 0,
            "model": model,
            "sandbox": self._in.sandbox(),
            "voice": self._voiced.status() if self._voiced is not None else None,
            "channels": [shown(channel.status()) for channel in self._met],
            "degraded": self._degraded(),
        }

    def _listen_to_degraded(self, put: Callable[[dict[str, Json]], None]) -> list[Callable[[], None]]:
        def changed(_fault: Fault, _works: object) -> None:
            put({"type": "degraded", "degraded": self._degraded()})

        return [self._in.degraded.on_change(changed)] if self._in.degraded else []

    def _degraded(self) -> list[dict[str, Json]]:
        return [shown(fault.as_json()) for fault in self._in.degraded.now()] if self._in.degraded else []

    async def stop(self, reason: str, origin: Origin) -> dict[str, Json]:
        """Engage the kill switch; it holds before anything is written."""
        return self.switching.stop(reason, origin)

    async def reset(self, reason: str, origin: Origin, *, console: bool) -> dict[str, Json]:
        """Release the kill switch; raises Refused when this origin may not, or without a reason."""
        return await self.switching.reset(reason, origin, console=console)

    def house(self) -> dict[str, Json]:
        """Return floors, areas and entities with their states, every name stripped and cut."""
        registry, states = self._in.mirror.registry, self._in.mirror.states
        if registry is not self._names.registry:
            self._names = Names(registry)
        return {
            "version": registry.version,
            "floors": self._names.floors,
            "areas": self._names.areas,
            "entities": [
                {**named, **state_json(Change(entity_id, states.get(entity_id)))}
                for entity_id, named in self._names.entities.items()
            ],
        }

    def log(
        self, after: int = 0, limit: int = 100, *, newest_first: bool = False, viewer: Origin = NOBODY
    ) -> list[dict[str, Json]]:
        """Return audit entries after a number, at most 1,000, as ``viewer`` may read them."""
        entries = Veil(self._whose, viewer).entries(after, max(1, min(limit, 1000)), newest_first=newest_first)
        return [shown(entry) for entry in entries]

    def why(self, seq: int, viewer: Origin = NOBODY) -> dict[str, Json]:
        """Return one audit entry with what led to it and what came of it, as ``viewer`` may read them.

        Raises Refused when there is none.
        """
        audit = Veil(self._whose, viewer)
        entry = audit.entry(seq)
        if entry is None:
            raise Refused(f"there is no audit entry {seq}")
        causes: list[Entry] = []
        parent = entry.parent
        while parent is not None and (cause := audit.entry(parent)) is not None and len(causes) < MOST_CAUSES:
            causes.append(cause)
            parent = cause.parent
        return {
            "entry": shown(entry),
            "because": [shown(cause) for cause in causes],
            "came_of_it": [shown(child) for child in audit.children(seq)],
        }

    def explain(self, action: Action, origin: Origin) -> dict[str, Json]:
        """Return which rule would decide about ``action``, why, and what the nearest other rule lacked."""
        return shown(self._in.judge.explain(action, origin))

    async def refused(self, source: str, what: str, count: int) -> None:
        """Write one row for ``count`` requests of one source that were refused before they reached anything."""
        self._in.audit.note("refused_requests", {"source": source, "what": what, "count": count})

    @asynccontextmanager
    async def feed(self, viewer: Origin = NOBODY) -> AsyncGenerator[asyncio.Queue[dict[str, Json]]]:
        """Give a queue of what happens, as it happens and as ``viewer`` may see it.

        A listener that falls behind gets ``lost`` as its last event.
        """
        queue: asyncio.Queue[dict[str, Json]] = asyncio.Queue(FEED_LIMIT + 1)

        def put(event: dict[str, Json]) -> None:
            if queue.qsize() < FEED_LIMIT:
                queue.put_nowait(event)
            elif not queue.full():
                queue.put_nowait({"type": "lost"})

        with contextlib.ExitStack() as stack:
            for leave in self._listen(put, viewer):
                stack.callback(leave)
            stack.enter_context(self.doings.told(viewer, put))
            yield queue

    def _listen(self, put: Callable[[dict[str, Json]], None], viewer: Origin) -> list[Callable[[], None]]:
        veil = Veil(self._whose, viewer)

        def linked(link: Link) -> None:
            put({"type": "link", "status": link.status, "detail": plain(link.detail, 200)})

        def told(message: Message) -> bool:
            theirs = addressed(message.to, viewer)
            if theirs:
                put({"type": "message", "to": message.to, "text": message.text, "kind": message.kind})
            return theirs

        def logged(entry: Entry) -> None:
            put({"type": "log", "entry": self._logged(veil.of(entry))})

        def asked() -> None:
            put({"type": "pending", "pending": self.cards(viewer)})

        def switched(state: StopState) -> None:
            put({"type": "stop", **self.switching.shown(state)})

        def paused(state: PauseState) -> None:
            put({"type": "pause", **shown(state)})

        def registered(_registry: object, _renamed: Mapping[str, str]) -> None:
            put({"type": "house"})

        lists: list[tuple[list[Any], Any]] = [
            (self._in.messages.listeners, told),
            (self._in.audit.listeners, logged),
            (self._in.gate.questions.told, asked),
            (self._in.stop.told, switched),
            (self.switching.paused, paused),
        ]
        for listeners, listener in lists:
            listeners.append(listener)
        return [
            self._in.mirror.watch(lambda change: put({"type": "state", **state_json(change)})),
            self._in.mirror.on_link(linked),
            self._in.mirror.on_registry(registered),
            *self._listen_to_degraded(put),
            *(partial(listeners.remove, listener) for listeners, listener in lists),
        ]
