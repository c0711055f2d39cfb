"""A house in memory: the demo's, the tests' and the evaluation's backend.

It behaves as devices do, not as a dictionary does: it takes time, passes through "opening", jams, goes silent, fails
and loses its line, each when told to.  It trusts its caller no more than Home Assistant's backend does: a permit is
spent before anything else is looked at.
"""

import asyncio
import bisect
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from uuid import uuid4

from claw.base.action import Acknowledgement, Action, Json, Permit
from claw.base.clock import Clock, Timer
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.house.backend import Exact, Link, Listener
from claw.house.fields import Service
from claw.house.model import Cause, Change, House, State
from claw.house.semantics import changes
from claw.house.services import expectation, validate

_REMEMBERED = 1000  # states per entity that ``history`` can tell
_NO_SERVICES: Mapping[str, Service] = MappingProxyType({})
_JAMMED = {"lock": "jammed", "vacuum": "error", "lawn_mower": "error"}


@dataclass(frozen=True, slots=True)
class Fault:
    """How one entity misbehaves.

    ``delay_s`` passes before it answers, ``travel_s`` while it moves; ``fail`` is the error it answers with; with
    ``jam`` it sets off and does not arrive; ``unavailable``: it is found dead when spoken to; ``silent``: it obeys and
    does not tell; ``lost``: it obeys, but the connection breaks before the answer.
    """

    delay_s: float = 0.0
    travel_s: float = 0.0
    fail: str | None = None
    jam: bool = False
    unavailable: bool = False
    silent: bool = False
    lost: bool = False


_SOUND = Fault()


class SimulatedHouse:
    """Implements HouseBackend over ``semantics``; ``faults`` may be changed at any time, by entity id.

    ``answers`` are what is said to a question, by the satellite that asks it: ``{"id": "yes", "sentence": "yes"}``.

    ``services`` are declared beside the catalogue: they are taken like any other and, as nobody knows what they do,
    change nothing.
    """

    def __init__(
        self, house: House, desk: PermitDesk, clock: Clock, timer: Timer, services: Mapping[str, Service] = _NO_SERVICES
    ) -> None:
        self._registry = house.registry
        self._states = dict(house.states)
        self._desk = desk
        self._clock = clock
        self._timer = timer
        self._services = services
        self._listener: Listener | None = None
        self._event_types: set[str] = set()
        self._link = Link("connecting")
        self._past: dict[str, deque[tuple[datetime, State]]] = {}
        self._travels: dict[str, asyncio.Task[None]] = {}
        self.faults: dict[str, Fault] = {}
        self.performed: list[Action] = []
        self.answers: dict[str, Json] = {}
        self._passing: frozenset[Exact] | None = None  # None: open for acts
        self._holds = 0
        for entity_id, state in self._states.items():
            self._remember(entity_id, state)

    # The contract (claw/house/backend.py).

    @property
    def alive(self) -> bool:
        """True: there is no task of its own that could end."""
        return True

    async def connect(self, listener: Listener) -> None:
        """Tell ``listener`` everything from now on."""
        self._listener = listener
        self.link(Link("ready", "simulated"))

    async def snapshot(self) -> House:
        """Return the house as it is now; raises Unavailable when not connected."""
        self._need_link()
        return self._house()

    async def events(self, types: Sequence[str]) -> None:
        """Also tell the listener about these event types."""
        self._event_types.update(types)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once; raises Refused, Unavailable, UnknownOutcome as the contract says."""
        self._desk.spend(permit, action)
        self._need_open(action)
        self._need_link()
        held = self._holds
        action = validate(House(self._registry, self._states), action, self._services)
        faults = [self.faults.get(entity_id, _SOUND) for entity_id in action.entities]
        delay_s = max((fault.delay_s for fault in faults), default=0.0)
        if delay_s > 0:
            await self._timer.sleep(delay_s)
            self._need_link()
            if held != self._holds:
                raise UnknownOutcome("stopped while acting")
        for fault in faults:
            if fault.fail is not None:
                raise Refused(fault.fail)
        context = uuid4().hex
        self.performed.append(action)
        domain, _, service = action.name.partition(".")
        told = {"domain": domain, "service": service, "service_data": dict(action.data)}
        self.fire("call_service", told, context)
        self._move(action, context)
        if any(fault.lost for fault in faults):
            raise UnknownOutcome("the connection broke before the answer")
        return Acknowledgement(context, self._answered(action))

    def _answered(self, action: Action) -> Json:
        if action.name != "assist_satellite.ask_question":
            return None
        answer = self.answers.get(action.entities[0])
        if answer is None:
            raise Refused("No answer from satellite")
        return {"slots": {}, **answer}

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of one entity in a span of time, the one it began with included; raises Unavailable."""
        self._need_link()
        past = self._past.get(entity_id, deque())
        first = bisect.bisect_right([when for when, _ in past], start) - 1
        return [state for at, (when, state) in enumerate(past) if at >= first and when <= end]

    def hold(self, but: Collection[Exact] = ()) -> None:
        """Close the house for acts, at once, but for what ``but`` names exactly."""
        self._passing = frozenset(but)
        self._holds += 1

    def cut(self) -> None:
        """There is no connection to cut; what is under way ends as when one broke."""
        self._holds += 1

    def release(self) -> None:
        """Open the house for acts again."""
        self._passing = None

    async def close(self) -> None:
        """Stop everything that still moves and forget the listener."""
        travels = list(self._travels.values())
        self._travels.clear()
        for travel in travels:
            travel.cancel()
        await asyncio.gather(*travels, return_exceptions=True)
        self.link(Link("closed"))
        self._listener = None

    # What a test, a demo or a neighbour does to the house.

    def recall(self, past: Mapping[str, Sequence[State]]) -> None:
        """Have lived through these states before now, oldest first, each with when it came; asked for by ``history``.

        Where the last of them is what an entity still shows, it has been so since then.
        """
        for entity_id, states in past.items():
            now = self._states.get(entity_id)
            dated = [(state.changed, state) for state in states if state.changed is not None]
            if now is not None and dated and dated[-1][1].value == now.value:
                now = self._states[entity_id] = replace(now, changed=dated[-1][0])
            else:
                dated += [(moment, state) for moment, state in self._past.get(entity_id, ())]
            self._past[entity_id] = deque(dated, maxlen=_REMEMBERED)

    def set_state(
        self,
        entity_id: str,
        value: str,
        *,
        context: str | None = None,
        cause: Cause | None = None,
        **attributes: Json,
    ) -> None:
        """Change an entity from outside; attributes not named stay.

        Without ``context`` and ``cause`` it is as if by a hand on a switch; an automation has a context with a parent,
        somebody at the house's own app one with a user.
        """
        old = self._states.get(entity_id, State("unknown"))
        changed = self._clock.now() if old.value != value else old.changed
        merged = MappingProxyType({**old.attributes, **attributes})
        self._halt(entity_id)
        self._publish({entity_id: State(value, merged, changed, context or uuid4().hex, cause)})

    def remove(self, entity_id: str) -> None:
        """Take an entity's state away."""
        if self._states.pop(entity_id, None) is not None and self._listener is not None:
            self._listener.changed([Change(entity_id, None)])

    def replace(self, house: House) -> None:
        """Become another house: a renamed entity, a new room."""
        self._registry, self._states = house.registry, dict(house.states)
        if self._listener is not None:
            self._listener.synced(self._house())

    def link(self, link: Link) -> None:
        """Tell a new link status; when it is ready again, everything is synced first."""
        self._link = link
        if self._listener is not None:
            if link.status == "ready":
                self._listener.synced(self._house())
            self._listener.linked(link)

    def fire(
        self, event_type: str, data: Mapping[str, Json], context: str | None = None, by: str | None = None
    ) -> None:
        """Let an event happen, by the hand of the user ``by``; the listener hears of the types it asked for."""
        if self._listener is not None and event_type in self._event_types:
            self._listener.happened(event_type, data, context, by)

    def _house(self) -> House:
        return House(self._registry, MappingProxyType(dict(self._states)))

    def _need_open(self, action: Action) -> None:
        if self._passing is not None and (action.name, action.entities) not in self._passing:
            raise Refused("the house is closed for acts: stopped")

    def _need_link(self) -> None:
        if self._listener is None or self._link.status != "ready":
            raise Unavailable(f"the simulated house is {self._link.status}")

    def _move(self, action: Action, context: str) -> None:
        """Set off what ``action`` changes: at once, or by way of a state on the way."""
        house = House(self._registry, self._states)
        ends = changes(house, action, self._clock.now())
        now: dict[str, State] = {}
        later: dict[str, State] = {}
        for entity_id, end in ends.items():
            fault = self.faults.get(entity_id, _SOUND)
            if fault.silent:
                continue
            on_the_way = self._on_the_way(house, action, entity_id, end, jam=fault.jam)
            if fault.unavailable:
                now[entity_id] = replace(self._states[entity_id], value="unavailable", attributes=MappingProxyType({}))
            elif on_the_way is not None:
                now[entity_id], later[entity_id] = on_the_way, self._arrived(entity_id, end, jam=fault.jam)
            elif not fault.jam:
                now[entity_id] = end
        for entity_id in action.entities:
            self._halt(entity_id)
        self._publish({entity_id: replace(state, context=context, cause=None) for entity_id, state in now.items()})
        for entity_id, state in later.items():
            travel_s = self.faults.get(entity_id, _SOUND).travel_s
            self._set_off(entity_id, replace(state, context=context, cause=None), travel_s)
        for entity_id, state in now.items():
            if entity_id.startswith("timer.") and state.value == "active":
                self._run_timer(entity_id, replace(state, context=context, cause=None))

    def _on_the_way(self, house: House, action: Action, entity_id: str, end: State, *, jam: bool) -> State | None:
        """Return the state between now and ``end``, None where the device passes through none."""
        if entity_id not in action.entities:
            return None
        start = self._states[entity_id]
        moving = expectation(house, action, entity_id).goal.moving
        if not moving or (start.value == end.value and start.attributes == end.attributes and not jam):
            return None
        attributes = dict(start.attributes)
        position, goal = start.attributes.get("current_position"), end.attributes.get("current_position")
        if isinstance(position, int) and isinstance(goal, int):
            attributes["current_position"] = (position + goal) // 2
        return State(moving[0], MappingProxyType(attributes), self._clock.now())

    def _arrived(self, entity_id: str, end: State, *, jam: bool) -> State:
        if not jam:
            return end
        start = self._states[entity_id]
        domain = entity_id.partition(".")[0]
        return replace(start, value=_JAMMED.get(domain, start.value), changed=self._clock.now())

    def _set_off(self, entity_id: str, end: State, seconds: float, then: Callable[[], None] | None = None) -> None:
        """Let the entity become ``end`` after ``seconds``, at once when there are none."""
        if seconds <= 0:
            self._publish({entity_id: end})
            return

        async def travel() -> None:
            await self._timer.sleep(seconds)
            self._travels.pop(entity_id, None)
            self._publish({entity_id: replace(end, changed=self._clock.now())})
            if then is not None:
                then()

        self._travels[entity_id] = asyncio.create_task(travel(), name=f"travel of {entity_id}")

    def _run_timer(self, entity_id: str, timer: State) -> None:
        """Let a started timer end by itself, with the event Home Assistant fires then."""
        length = datetime.fromisoformat(timer.attributes["finishes_at"]) - self._clock.now()
        rest = {name: value for name, value in timer.attributes.items() if name not in {"finishes_at", "remaining"}}
        idle = replace(timer, value="idle", attributes=MappingProxyType(rest))
        finished = partial(self.fire, "timer.finished", {"entity_id": entity_id})
        self._set_off(entity_id, idle, length.total_seconds(), finished)

    def _halt(self, entity_id: str) -> None:
        travel = self._travels.pop(entity_id, None)
        if travel is not None:
            travel.cancel()

    def _publish(self, states: Mapping[str, State]) -> None:
        for entity_id, state in states.items():
            self._states[entity_id] = state
            self._remember(entity_id, state)
        if states and self._listener is not None and self._link.status == "ready":
            self._listener.changed([Change(entity_id, state) for entity_id, state in states.items()])

    def _remember(self, entity_id: str, state: State) -> None:
        past = self._past.setdefault(entity_id, deque(maxlen=_REMEMBERED))
        past.append((self._clock.now(), state))
