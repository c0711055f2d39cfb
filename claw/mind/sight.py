"""What a model sees of this house for one request: the things that matter, a line each, and what may be asked of them.

A line is the id, the room, the state as far as it is Home Assistant's own word, and a name where one may be shown.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.base.errors import ClawError
from claw.house.fields import Choice, Field, Flag, Number, Numbers, Service
from claw.house.mirror import Mirror
from claw.house.model import Entity, House, Registry, State
from claw.house.services import CATALOGUE
from claw.house.text import plain
from claw.house.trusted import trusted_attributes, trusted_value, unit
from claw.mind.approved import ApprovedNames
from claw.mind.language import Language
from claw.mind.prompt import MOST_BYTES, Asker, messages, sight
from claw.mind.recent import Recent
from claw.mind.relevant import Relevant, words_of, words_of_id
from claw.mind.remembered import Remembered, Remembers, lines, shown
from claw.policy.windows import local

logger = logging.getLogger(__name__)

ROOM_FOR_THINGS = 2_000
"""Bytes that are left for the things of the house, however much is told of skills."""

MOST_DOMAINS = 8
MOST_FOUND = 500
MOST_FIELDS = 4
MOST_OPTIONS = 5
LONGEST_REQUEST = 1_000
SEAMS = 20
"""Bytes between the parts of a prompt."""
MOST_OF_TOOLS = 1_000
"""Bytes of a prompt that the tools of other servers may take."""
TOOLS_TOLD = "Tools of other servers; what one answers is a text like that of read(), into which only extract() looks:"
HIDDEN_ATTRIBUTES = frozenset({"device_class", "color_mode", "step"})
"""Attributes that say nothing which a program needs."""

HIDDEN_FIELDS = frozenset(
    {"brightness", "brightness_step", "brightness_step_pct", "code", "transition", "white", "xy_color", "hs_color"}
)
"""Fields that a program needs not, for there is a better one, and codes, which are nobody's but a person's."""


class Sight:
    """Makes the messages of a request; the index of a house is made once for each registry, beside the loop."""

    def __init__(
        self,
        first: str,
        mirror: Mirror,
        names: ApprovedNames,
        languages: Sequence[Language],
        recent: Recent,
        clock: Clock,
        memory: Remembers | None = None,
    ) -> None:
        """``first`` is the part of the prompt that is the same for every request (``claw/mind/prompt.py``)."""
        self._memory = memory
        self._first = first
        self._mirror = mirror
        self._names = names
        self._languages = languages
        self.recent = recent
        self._clock = clock
        self._index: tuple[Registry, Relevant] | None = None
        self._making = asyncio.Lock()
        self.tools: Callable[[], Sequence[str]] = tuple
        """The tools of other servers that programs may call, a line each."""

    async def remembered(self, said: str, origin: Origin) -> tuple[Remembered, ...]:
        """Return what a model may be told of what was once told to Claw; nothing where that cannot be read now."""
        if self._memory is None:
            return ()
        try:
            return shown(await self._memory.relevant(said, origin))
        except ClawError:
            logger.exception("What is remembered could not be read; a program is written without it")
            return ()

    async def messages(
        self,
        said: str,
        origin: Origin,
        language: str,
        remembered: Sequence[Remembered] = (),
        skills: Sequence[str] = (),
    ) -> tuple[Mapping[str, str], ...]:
        """Return what the model is told when somebody at ``origin`` says ``said``.

        ``skills`` are the lines about those of the household.
        """
        house = self._mirror.house()
        index = await self._indexed(house.registry)
        found = index.find(said, origin.place)
        now = self._clock.now()
        asker = Asker(origin.place, language, local(house.registry, now) or now)
        calls, things = list(calls_of(found)), list(self._things(house, found, said))
        talk = self.recent.lines(origin.conversation)
        told = list(lines(remembered))
        if tools := self.tools():
            told += fitting((TOOLS_TOLD, *tools), MOST_OF_TOOLS)
        taken = len("\n".join([self._first, *talk, *told]).encode()) + min(len(said.encode()), LONGEST_REQUEST)
        fits = list(fitting(skills, MOST_BYTES - taken - SEAMS - ROOM_FOR_THINGS))
        if fits:
            told += ["", *fits] if told else fits
            taken += len("\n".join(fits).encode()) + SEAMS
        second = sight(house, asker, calls, things, MOST_BYTES - taken - SEAMS)
        return messages(self._first, second, talk, said, told)

    def search(self, words: str) -> Sequence[str]:
        """Return the ids of the entities that ``words`` may mean, the likeliest first."""
        registry = self._mirror.registry
        if self._index is None or self._index[0] is not registry:
            self._index = (registry, Relevant(registry, self._languages))
        return self._index[1].named(words, MOST_FOUND)

    async def _indexed(self, registry: Registry) -> Relevant:
        async with self._making:
            if self._index is None or self._index[0] is not registry:
                made = await asyncio.to_thread(Relevant, registry, self._languages)
                self._index = (registry, made)
            return self._index[1]

    def _things(self, house: House, found: Sequence[str], said: str) -> Iterator[str]:
        for entity_id in found:
            entity, state = house.registry.entities[entity_id], house.states.get(entity_id)
            names = self._names.shown(entity, said)
            if state is not None:
                yield thing_line(entity, state, names)


def fitting(skills: Sequence[str], room: int) -> Iterator[str]:
    """Give the first of the lines about skills that fit in ``room`` bytes; a head without anything after it is none."""
    ends = list(itertools.accumulate(len(line.encode()) + 1 for line in skills))
    many = sum(end <= room for end in ends)
    yield from skills[: many if many > 1 else 0]


def thing_line(entity: Entity, state: State, names: Sequence[str] = ()) -> str:
    """Return one thing as a model sees it: id, room, state, and those of ``names`` that say more than the id."""
    shown = state.value + unit(state) if trusted_value(entity.domain, state) else "(text)"
    known = set(words_of_id(f"{entity.entity_id} {entity.area or ''}"))
    attributes = trusted_attributes(state)
    parts = [entity.entity_id, entity.area or "-", plain(shown, 40)]
    parts += [f"{name}={value}" for name, value in attributes.items() if name not in HIDDEN_ATTRIBUTES]
    parts += [f'"{name}"' for name in names if not known.issuperset(words_of(name))]
    return " ".join(parts)


def calls_of(found: Iterable[str]) -> Iterator[str]:
    """Give a line for each kind of thing among ``found``: what call() takes for it."""
    domains = list(dict.fromkeys(one.partition(".")[0] for one in found))[:MOST_DOMAINS]
    yield from filter(None, map(_calls, domains))


@lru_cache(100)
def _calls(domain: str) -> str:
    services = [service for service in CATALOGUE.values() if service.domain == domain]
    return f"call for {domain}: " + ", ".join(map(_service, services)) if services else ""


def _service(service: Service) -> str:
    told = [(name, field) for name, field in service.fields.items() if name not in HIDDEN_FIELDS]
    fields = [f"{name}{_bounds(field)}" for name, field in told[:MOST_FIELDS]]
    return service.name.partition(".")[2] + (f"({', '.join(fields)})" if fields else "")


def _bounds(field: Field) -> str:
    """Return what a field takes, as short as it can be said."""
    if isinstance(field, Number) and isinstance(field.low, (int, float)) and isinstance(field.high, (int, float)):
        return f" {field.low:g}-{field.high:g}"
    if isinstance(field, Numbers):
        return f" [{len(field.bounds)} numbers]"
    if isinstance(field, Flag):
        return " true|false"
    if isinstance(field, Choice) and not isinstance(field.options, str) and len(field.options) <= MOST_OPTIONS:
        return " " + "|".join(field.options)
    return ""
