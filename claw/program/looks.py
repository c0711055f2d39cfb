"""Answers to what a program looks at: the house as it is, or as it would be on the twin, and what lies outside of it.

The rehearsal and the run differ in the house that is looked at and in nothing else.  Each keeps its own marks: what
untrusted source the program has been touched by so far.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from claw.base.action import Json
from claw.base.errors import Refused, Unavailable
from claw.house.model import UNAVAILABLE, Entity, House, Registry, State
from claw.house.text import quoted
from claw.policy.windows import local
from claw.program.arguments import (
    Arguments,
    FindArguments,
    HistoryArguments,
    ReadArguments,
    RecallArguments,
    ShowArguments,
    StateArguments,
    WaitArguments,
)
from claw.program.events import Answer, Call, Handle, Trouble, Value
from claw.program.taint import READABLE, Untrusted, attribute_of, joined, value_of
from claw.program.tape import Tape

MOST_FOUND = 500
MOST_HISTORY = 200
TEXT = "(text)"
"""What stands in a history for a state that is somebody's text."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Something that the household told, as a program gets it.

    ``marks`` are the sources that a run is marked by which sees it: none where those who live here told it themselves.
    ``private``: not everybody who lives here may hear it.
    """

    id: int
    text: str
    about: str
    day: str
    marks: tuple[str, ...] = ()
    private: bool = False


class Reads(Protocol):
    """Where a program's looks lead besides the mirror; filled by ``daemon/build.py``."""

    def search(self, words: str) -> Sequence[str]:
        """Return the ids of the entities that ``words`` may mean, the likeliest first."""
        ...

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of an entity in a span of time, oldest first; raises Unavailable."""
        ...

    async def text(self, source: str) -> str:
        """Return what a source of the configuration says now; raises Unavailable, Refused for one that is not there."""
        ...

    async def recall(self, words: str) -> Sequence[Remembered]:
        """Return what is remembered and nearest to ``words``, as far as whoever the program runs for may hear it."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A stranger's text that the program shows to the person: where it is from, and what it says."""

    source: str
    text: str


class Looks:
    """Answers one pass of one segment: the rehearsal's, or the run's.

    ``taint`` are the untrusted sources so far, ``heard`` the tools that answered, ``shown`` the texts that the person
    is to see, ``remembered`` whether anything was looked up in memory, ``private`` whether anything in it was not for
    the whole household to hear.
    """

    def __init__(
        self, house: Callable[[], House], reads: Reads, tape: Tape, now: datetime, methods: tuple[str, ...]
    ) -> None:
        """``house`` gives what is looked at; ``methods`` are those of a text that the program may call."""
        self.house = house
        self.taint: tuple[str, ...] = ()
        self.heard: tuple[str, ...] = ()
        self.shown: list[Shown] = []
        self.remembered = False
        self.private = False
        self._reads = reads
        self._tape = tape
        self._now = now
        self._methods = methods
        self._asked = 0
        self._fresh = set[str]()

    async def answer(self, call: Call, asked: Arguments) -> Answer:
        """Return the answer to a look; what cannot be answered is an error that the program may handle."""
        try:
            return await self._answer(call, asked)
        except Refused as refusal:
            return Trouble("LookupError", str(refusal))
        except Unavailable as error:
            return Trouble("OSError", str(error))

    async def _answer(self, call: Call, asked: Arguments) -> Answer:
        match asked:
            case StateArguments():
                return await self._state(asked)
            case FindArguments():
                return Value(self._find(asked))
            case HistoryArguments():
                return Value(await self._history(asked))
            case ReadArguments():
                return await self._read(asked.source)
            case RecallArguments():
                return Value(await self._recall(asked))
            case ShowArguments():
                self.show(call.on)
                return Value(None)
            case _:
                raise Refused(f"{call.name}() is not a look")

    def answer_of(self, tool: str) -> Handle:
        """Return the object for what a tool of another server answers, into which nobody looks in this segment.

        In a rehearsal nothing was asked, so what is done in the same segment cannot rest on it.
        """
        self._asked += 1
        handle = self._tape.reserve(f"tool {self._asked} {tool}", tool)
        self._fresh.add(handle)
        return Handle(handle, self._methods)

    def is_fresh(self, handle: str) -> bool:
        """Return whether this is what a tool answers that is asked in this very segment."""
        return handle in self._fresh

    def fill(self, handle: Handle, text: str) -> None:
        """Take what a tool answered: it marks whatever comes after this segment, in which nothing rests on it."""
        self._tape.fill(handle.id, text)
        self.heard = joined(self.heard, (self._tape.text(handle.id).source,))

    def look_into(self, handle: str) -> Untrusted:
        """Return the text behind a handle and mark the run with its source; raises Refused where there is none."""
        found = self._tape.text(handle)
        if handle in self._fresh:
            raise Refused("what a tool answers is not known here yet: show() it, or extract() from it, first")
        self.taint = joined(self.taint, (found.source,))
        return found

    def show(self, handle: str) -> None:
        """Let the person see the text behind a handle."""
        found = self.look_into(handle)
        if len(self.shown) < len(self._tape.texts):
            self.shown.append(Shown(found.source, found.text))

    async def _state(self, asked: StateArguments) -> Answer:
        house = self.house()
        entity, state = _thing(house, asked.entity)
        if asked.attribute is None:
            if state.value in UNAVAILABLE:
                if "unit_of_measurement" in state.attributes:
                    raise Refused(f"{asked.entity} is {state.value}: it tells no number now")
                return Value(state.value)
            found = value_of(entity, state)
        elif asked.attribute not in READABLE:
            raise Refused(f"no program may look at {quoted(asked.attribute, 40)}")
        else:
            found = attribute_of(entity, state, asked.attribute)
        if not isinstance(found, Untrusted):
            return Value(found)
        handle = await self._tape.handle(f"state {asked.entity} {asked.attribute or ''}", lambda: _ready(found))
        return Handle(handle, self._methods)

    def _find(self, asked: FindArguments) -> list[str]:
        house = self.house()
        fits = _Filter(house, asked)
        ids: Sequence[str] = self._reads.search(asked.words) if asked.words else _near(house.registry, asked)
        return [one for one in ids if fits.entity(one)][:MOST_FOUND]

    async def _history(self, asked: HistoryArguments) -> Json:
        _thing(self.house(), asked.entity)
        past = await self._tape.page(f"history {asked.entity} {asked.hours}", lambda: self._past(asked))
        if any(one["state"] == TEXT for one in past):
            self.taint = joined(self.taint, (asked.entity,))  # how often and when a text changed says something too
        return past

    async def _recall(self, asked: RecallArguments) -> Json:
        self.remembered = True
        found = await self._tape.page(f"recall {asked.words}", lambda: self._kept(asked))
        for one in found:
            self.taint = joined(self.taint, one["marks"])
            self.private = self.private or one["private"]
        return [{name: one[name] for name in ("id", "text", "about", "day")} for one in found]

    async def _kept(self, asked: RecallArguments) -> Json:
        found = await self._reads.recall(asked.words)
        return [
            {
                "id": one.id,
                "text": one.text,
                "about": one.about,
                "day": one.day,
                "marks": list(one.marks),
                "private": one.private,
            }
            for one in found
        ]

    async def _past(self, asked: HistoryArguments) -> Json:
        entity, _ = _thing(self.house(), asked.entity)
        start = self._now.astimezone(UTC) - timedelta(hours=asked.hours)
        states = await self._reads.history(asked.entity, start, self._now.astimezone(UTC))
        return [self._was(entity, state, start) for state in states[-MOST_HISTORY:]]

    def _was(self, entity: Entity, state: State, start: datetime) -> Json:
        found = value_of(entity, state)
        moment = max(state.changed or start, start)
        at = local(self.house().registry, moment) or moment
        value = TEXT if isinstance(found, Untrusted) else state.value if found is None else found
        return {"at": at.replace(tzinfo=None).isoformat(timespec="seconds"), "state": value}

    async def _read(self, source: str) -> Answer:
        async def read() -> Untrusted:
            return Untrusted(source, await self._reads.text(source))

        handle = await self._tape.handle(f"read {source}", read)
        # The mark is on the run from here, though nothing was looked into yet: whether there is a text says something.
        self.taint = joined(self.taint, (source,))
        return Handle(handle, self._methods)


def is_so(house: House, asked: WaitArguments) -> bool:
    """Return whether what a program waits for is so in ``house``; raises Refused where that makes no sense."""
    if (asked.state is None) == (asked.above is None and asked.below is None):
        raise Refused("wait_until() takes a state, or a number that it is above or below")
    entity, state = _thing(house, asked.entity)
    value = value_of(entity, state)
    if asked.state is not None:
        return state.value == asked.state and not isinstance(value, Untrusted)
    if not isinstance(value, float):
        return False
    return (asked.above is None or value > asked.above) and (asked.below is None or value < asked.below)


class _Filter:
    """What an entity has to be to be found."""

    def __init__(self, house: House, asked: FindArguments) -> None:
        self._house = house
        self._asked = asked

    def entity(self, entity_id: str) -> bool:
        registry, asked = self._house.registry, self._asked
        entity, state = registry.entities.get(entity_id), self._house.states.get(entity_id)
        if entity is None or state is None or entity.hidden or entity.category is not None:
            return False
        return (
            asked.domain in {None, entity.domain}
            and asked.area in {None, entity.area}
            and asked.floor in {None, registry.floor_of(entity)}
            and (asked.label is None or asked.label in entity.labels)
            and asked.device_class in {None, entity.device_class or state.attributes.get("device_class")}
            # A text is not to be guessed at: whoever finds by it has read it, and nothing would be marked.
            and (asked.state is None or (asked.state == state.value and _is_word(entity, state)))
        )


def _near(registry: Registry, asked: FindArguments) -> Sequence[str]:
    """Return ids among which everything is that is to be found, in order: a house has thousands."""
    if asked.area is not None:
        return registry.daily_by_area.get(asked.area, ())
    return registry.daily if asked.domain is None else registry.daily_by_domain.get(asked.domain, ())


def _is_word(entity: Entity, state: State) -> bool:
    return not isinstance(value_of(entity, state), Untrusted)


def _thing(house: House, entity_id: str) -> tuple[Entity, State]:
    state = house.states.get(entity_id)
    if state is None:
        raise Refused(f"there is no {quoted(entity_id, 60)} in this house")
    return house.registry.entities.get(entity_id) or Entity(entity_id, entity_id), state


async def _ready(found: Untrusted) -> Untrusted:
    return found
