"""What Claw says when it is asked, read from the house as it stands.

An answer says only what the states say.  What is unavailable or unknown is named as such and never counted as "off" or
"closed"; an average says that it is one and over how many sensors.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Json
from claw.house.model import UNAVAILABLE, Entity, House
from claw.house.text import plain
from claw.mind.measures import AVERAGED, Reading, read_measure
from claw.mind.nouns import Naming
from claw.mind.phrases import capital, figure, phrases
from claw.mind.understood import Question, QuestionKind, fits
from claw.mind.wording import RESTING, standing_figures, state_words, with_unit

EACH = 3
"""Up to so many sensors are named with their own reading beside the average."""


class _Split(NamedTuple):
    """Entities that fit the wanted state, that do not, and whose state is not known."""

    fit: list[str]
    other: list[str]
    unknown: list[str]


def answer(question: Question, house: House, now: datetime) -> str:
    """Return the answer to ``question``, in its language; ``now`` (aware) is told in the house's own time."""
    return _Answerer(question, house, now).answer()


class _Answerer:
    """Answers one question from one house."""

    def __init__(self, question: Question, house: House, now: datetime) -> None:
        self._question = question
        self._house = house
        self._now = now
        self._words = phrases(question.language)
        self._naming = Naming(house, self._words)
        self._people = question.kind == "presence"

    def answer(self) -> str:
        kinds: Mapping[QuestionKind, Callable[[], str]] = {
            "state": self._state,
            "any": self._any,
            "all": self._all,
            "which": self._which,
            "count": self._count,
            "value": self._value,
            "presence": self._presence,
            "weather": self._weather,
            "time": self._time,
            "date": self._date,
        }
        kind = self._question.kind
        if not self._question.entities and kind not in {"time", "date"}:
            return self._words.answer("nothing")
        return kinds[kind]()

    def _state(self) -> str:
        if self._question.wanted is None:
            return self._sentences(self._question.entities, full=True)
        split = self._split()
        known = split.fit + split.other
        if not known:
            return self._rest(split.unknown)
        said = self._told(known)
        return self._with(self._yes(said) if not split.other else self._no(said), split.unknown)

    def _any(self) -> str:
        split = self._split()
        if split.fit:
            return self._yes(self._told(split.fit))
        return self._with(self._no(self._none(split)) if split.other else "", split.unknown)

    def _all(self) -> str:
        split = self._split()
        if split.other:
            return self._with(self._no(self._told(split.other)), split.unknown)
        if split.unknown:
            return self._with(capital(self._told(split.fit)), split.unknown)
        if len(split.fit) == 1:
            return self._yes(self._told(split.fit))
        everybody = "everybody" if self._people else "every"
        return self._yes(self._words.answers[everybody].format_map({"state": self._wanted()}))

    def _which(self) -> str:
        split = self._split()
        if split.fit:
            return self._with(capital(self._told(split.fit)), split.unknown)
        return self._with(capital(self._none(split)) if split.other else "", split.unknown)

    def _count(self) -> str:
        split = self._split()
        total = str(len(self._question.entities))
        if not split.fit:
            return self._with(self._words.answer("count.zero", total=total) if split.other else "", split.unknown)
        names, _ = self._naming.collected(split.fit, complete=False)
        said = self._words.answer("count", count=str(len(split.fit)), total=total, names=names)
        return self._with(said, split.unknown)

    def _presence(self) -> str:
        wanted = self._question.wanted
        ask = self._question.detail.get("ask")
        if ask == "where" or (wanted is None and ask in {None, "state"}):
            return self._sentences(self._question.entities)
        kinds: Mapping[Json, Callable[[], str]] = {"any": self._any, "all": self._all, "count": self._count}
        if ask is None or ask == "state":
            return self._state()
        return kinds.get(ask, self._which)()

    def _weather(self) -> str:
        for entity_id in self._question.entities:
            state = self._house.states.get(entity_id)
            if state is None or state.value in UNAVAILABLE:
                continue
            words = state_words(self._house, entity_id, state, self._words)
            degrees = figure(state.attributes.get("temperature"))
            if degrees is None:
                return self._words.answer("weather", state=words)
            unit = state.attributes.get("temperature_unit", self._house.registry.temperature_unit)
            said = with_unit(degrees, plain(str(unit), 4), self._words)
            return self._words.answer("weather.temperature", state=words, value=said)
        return self._rest(self._question.entities)

    def _time(self) -> str:
        return self._words.answer("time", value=self._local().strftime(self._words.answers["time.format"]))

    def _date(self) -> str:
        return self._words.answer("date", value=self._words.day(self._local().date()))

    def _value(self) -> str:
        measure = self._question.wanted or ""
        found: list[Reading] = []
        missing: list[str] = []
        for entity_id in dict.fromkeys(self._question.entities):
            read = read_measure(entity_id, measure, self._house, self._words)
            if read is None:
                missing.append(entity_id)
            else:
                found.append(read)
        parts = [self._values(found, measure)] if found else []
        # A lamp that is off has no brightness to tell; that it is off says more than "no reading".
        resting = [entity_id for entity_id in missing if self._is_resting(entity_id)]
        if resting:
            parts.append(capital(self._told(resting)))
        missing = [entity_id for entity_id in missing if entity_id not in resting]
        if missing:
            names, many = self._naming.collected(missing, complete=False)
            parts.append(self._words.answer("no_value", many=many, names=names))
        return self._words.marks["space"].join(parts)

    def _values(self, found: Sequence[Reading], measure: str) -> str:
        each = [self._words.answer("value", names=self._naming.one(read.entity_id), value=read.said) for read in found]
        numbers = [read.number for read in found if read.number is not None]
        units = {read.unit for read in found}
        if len(found) == 1 or measure not in AVERAGED or len(numbers) < len(found) or len(units) > 1:
            return self._words.marks["space"].join(each)
        mean = with_unit(sum(numbers) / len(numbers), units.pop(), self._words)
        said = self._words.answer("average", value=mean, count=str(len(numbers)))
        return self._words.marks["space"].join([said, *each] if len(found) <= EACH else [said])

    def _split(self) -> _Split:
        split = _Split([], [], [])
        wanted = self._question.wanted or ""
        for entity_id in dict.fromkeys(self._question.entities):
            state = self._house.states.get(entity_id)
            entity = self._house.registry.entities.get(entity_id, Entity(entity_id, ""))
            if state is None or state.value in UNAVAILABLE:
                split.unknown.append(entity_id)
            elif fits(wanted, entity, state):
                split.fit.append(entity_id)
            else:
                split.other.append(entity_id)
        return split

    def _told(self, entity_ids: Iterable[str], *, full: bool = False) -> str:
        """Return sentences about the states of things, alike ones together; the first is not capitalised."""
        alike: dict[str, list[str]] = {}
        for entity_id in dict.fromkeys(entity_ids):
            alike.setdefault(self._described(entity_id, full=full), []).append(entity_id)
        said: list[str] = []
        for words, members in alike.items():
            names, many = self._naming.collected(members, complete=False)
            template = self._words.answers["state.many" if many else "state"]
            sentence = template.format_map({"names": names, "state": words})
            said.append(capital(sentence) if said else sentence)
        return self._words.marks["space"].join(said)

    def _sentences(self, entity_ids: Sequence[str], *, full: bool = False) -> str:
        known = [entity_id for entity_id in entity_ids if self._is_known(entity_id)]
        unknown = [entity_id for entity_id in entity_ids if entity_id not in known]
        return self._with(capital(self._told(known, full=full)) if known else "", unknown)

    def _described(self, entity_id: str, *, full: bool) -> str:
        state = self._house.states[entity_id]
        words = state_words(self._house, entity_id, state, self._words)
        extra = standing_figures(entity_id, state, self._house, self._words) if full else []
        return self._words.marks["comma"].join([words, *extra])

    def _rest(self, entity_ids: Sequence[str]) -> str:
        """Return what is said of things whose state is not known: not available, or simply not known."""
        lost = [e for e in entity_ids if e in self._house.states and self._house.states[e].value == "unavailable"]
        blank = [entity_id for entity_id in entity_ids if entity_id not in lost]
        parts: list[str] = []
        if lost:
            names, many = self._naming.collected(lost, complete=False)
            parts.append(self._words.answer("state", many=many, names=names, state=self._words.states["unavailable"]))
        if blank:
            names, _ = self._naming.collected(blank, complete=False)
            parts.append(self._words.answer("unknown", names=names))
        return self._words.marks["space"].join(parts)

    def _with(self, said: str, unknown: Sequence[str]) -> str:
        return self._words.marks["space"].join(part for part in (said, self._rest(unknown)) if part)

    def _yes(self, rest: str) -> str:
        return self._words.answer("yes", rest=rest)

    def _no(self, rest: str) -> str:
        return self._words.answer("no", rest=rest)

    def _none(self, split: _Split) -> str:
        if len(split.other) == 1 and not split.unknown:
            return self._told(split.other)
        return self._words.answers["nobody" if self._people else "none"].format_map({"state": self._wanted()})

    def _wanted(self) -> str:
        wanted = self._question.wanted or "unknown"
        return self._words.states.get(wanted) or plain(wanted, 40).replace("_", " ")

    def _is_known(self, entity_id: str) -> bool:
        state = self._house.states.get(entity_id)
        return state is not None and state.value not in UNAVAILABLE

    def _is_resting(self, entity_id: str) -> bool:
        return self._is_known(entity_id) and self._house.states[entity_id].value in RESTING

    def _local(self) -> datetime:
        try:
            zone = ZoneInfo(self._house.registry.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._now.astimezone(UTC)
        return self._now.astimezone(zone)
