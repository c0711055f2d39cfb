"""What was so when: answers from the times at which things were so, not from when somebody spoke of them.

A time that nobody told of is not guessed.  What is known only since it was told is said to be so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from claw.base.action import Reply
from claw.memory.model import Memory
from claw.mind import memos_days
from claw.mind.memos_days import When
from claw.mind.memos_facts import LIVES
from claw.mind.memos_talk import LISTED, PAST, Talk, Told
from claw.mind.memos_templates import Match
from claw.mind.phrases import fill, phrases


@dataclass(frozen=True, slots=True)
class _Stay:
    """A time in which somebody lived here; ``known`` where it begins only because nobody saw what was before."""

    person: str
    name: str
    start: datetime | None
    end: datetime | None
    known: bool = False
    memory: int | None = None


async def last(talk: Talk, match: Match) -> Told | None:
    """Say when something was last done; of somebody else only where it is remembered."""
    more = (match.get("who") or match.get("thing"),)
    events = await _events(talk)
    found = await talk.covering(match.get("what"), events, *(one for one in more if one and not _us(talk, one)))
    if not found:
        return None if match.means == "last_of" else talk.unknown()
    newest = max(found, key=lambda one: one.fact.valid_from or one.recorded)
    start = newest.fact.valid_from or newest.recorded
    return Told(_on(talk, newest, start, newest.fact.valid_to), (newest.id,))


def _on(talk: Talk, memory: Memory, start: datetime, end: datetime | None) -> Reply:
    if end is not None and (end - start).days > 1:
        return talk.say("remember", list=f"{talk.quote(memory)} ({talk.span(start, end)})")
    return talk.say("on", day=talk.day(start), sentence=talk.quote(memory))


async def often(talk: Talk, match: Match) -> Told | None:
    """Say how many times something was done, in a time where one is named."""
    what, when = _when(talk, match.get("what"))
    found = await talk.covering(what, [one for one in await _events(talk) if _within(talk, one, when)])
    if not found:
        return talk.unknown()
    return Told(
        talk.say("times", count=str(len(found)), list=talk.listed(found)), tuple(one.id for one in found[:LISTED])
    )


async def happened(talk: Talk, match: Match) -> Told | None:
    """Say what was done in a time."""
    when = memos_days.find(match.get("when"), talk.tongue.days, talk.statements.today)
    if when is None:
        return None
    found = [one for one in await _events(talk) if _within(talk, one, when)]
    return talk.told("remember", found) if found else talk.unknown()


async def before(talk: Talk, match: Match) -> Told | None:
    """Say what was so before what is so now."""
    current = talk.last() if not match.get("thing") else None
    if match.get("thing"):
        known = await talk.covering(match.get("thing"), await talk.memories(PAST))
        current = next(iter(talk.now_true(known)), None) or next(iter(known), None)
    if current is None:
        return talk.unknown()
    own = current.fact
    history = [
        one
        for one in await talk.memories(PAST)
        if one.fact.key == own.key and one.id != current.id and _start(one) < _start(current)
    ]
    if not history:
        return talk.unknown()
    earlier = max(history, key=_start)
    span = talk.span(earlier.fact.valid_from, earlier.fact.valid_to)
    text = talk.quote(earlier) + (f" ({span})" if span else "")
    return Told(talk.say("before", list=text), (earlier.id,))


async def was(talk: Talk, match: Match) -> Told | None:
    """Say what was so at a time that is named; None where none is."""
    what, when = _when(talk, match.get("what"))
    if when is None or not talk.tongue.content(what):
        return None
    found = [one for one in await talk.covering(what, await talk.memories(PAST)) if _within(talk, one, when)]
    found = [one for one in found if one.fact.valid_from is not None or _known_by(talk, one, when)]
    return talk.told("remember", found) if found else talk.unknown()


async def since(talk: Talk, match: Match) -> Told | None:
    """Say since when something is so."""
    if match.means == "since_that":
        memory = talk.last()
    else:
        memory = next(iter(await talk.covering(match.get("what"), talk.now_true(await talk.memories()))), None)
    if memory is None:
        return talk.unknown()
    start = memory.fact.valid_from
    key, day = ("since", start) if start is not None else ("since_told", memory.recorded)
    return Told(talk.say(key, day=talk.day(day), sentence=talk.quote(memory)), (memory.id,))


async def lived(talk: Talk, match: Match) -> Told | None:
    """Say who lived here at a time, or lives here now."""
    if not talk.audience.resident:
        return talk.unknown()
    when = _now(talk)
    if match.means == "lived":
        when = memos_days.find(match.get("when"), talk.tongue.days, talk.statements.today)
        if when is None:
            return None
    stays = [one for one in await _stays(talk) if _overlaps(talk, one.start, one.end, when)]
    if not stays:
        return talk.unknown()
    names = {one.person: one for one in stays}
    shown = _spoken(talk, stays) if match.means == "lived" else [one.name for one in names.values()]
    text = talk.say("people", list=phrases(talk.language).join(shown))
    return Told(text, tuple(one.memory for one in names.values() if one.memory is not None))


async def stay(talk: Talk, match: Match) -> Told | None:
    """Say whether and when somebody lived here."""
    subject = talk.subjects.find(match.get("who"))
    if not talk.audience.resident:
        return talk.unknown()
    stays = [one for one in await _stays(talk) if one.person in {subject.key, subject.person}]
    if not stays:
        return talk.unknown()
    memories = tuple(one.memory for one in stays if one.memory is not None)
    spans = phrases(talk.language).join(_spoken(talk, stays))
    if match.means == "when_lived":
        return Told(talk.say("people", list=spans), memories)
    when = _now(talk)
    if match.get("when"):
        when = memos_days.find(match.get("when"), talk.tongue.days, talk.statements.today)
        if when is None:
            return None
    elif talk.tongue.is_past(talk.text) or "ever" in talk.text.casefold().split():
        when = When("span", None, None, 0, 0)
    there = [one for one in stays if _overlaps(talk, one.start, one.end, when)]
    if not there and any(one.known and _before_known(talk, one, when) for one in stays):
        return talk.unknown()
    return Told(talk.say("yes" if there else "not_then", list=spans), memories)


async def _stays(talk: Talk) -> list[_Stay]:
    """Return every time in which somebody lived here: as it was told, and as Claw itself saw it."""
    told: list[_Stay] = []
    for one in await talk.memories(PAST):
        if one.fact.predicate == LIVES and one.fact.value is True:
            person = one.fact.subject.removeprefix("person:")
            start, end = one.fact.valid_from, one.fact.valid_to
            name = _as_written(talk.subjects.named(one.fact.subject), one.fact.sentence)
            told.append(_Stay(person, name, start or one.recorded, end, known=start is None, memory=one.id))
    sure = {one.person for one in told if one.end is None and not one.known}
    residents = talk.rooms.residents.spans()
    seen = [_Stay(r.person, r.name, r.since, r.until, known=True) for r in residents if r.person not in sure]
    return sorted((*told, *seen), key=lambda one: (one.start is not None, one.start))


def _as_written(name: str, sentence: str) -> str:
    """Return a name with the capitals that it has in a sentence."""
    at = sentence.casefold().find(name.casefold())
    return sentence[at : at + len(name)] if at >= 0 else name


def _spoken(talk: Talk, stays: list[_Stay]) -> list[str]:
    """Return everybody with the times in which they lived here."""
    words = phrases(talk.language)
    spans: dict[str, list[str]] = {}
    for one in stays:
        since = one.known and one.end is None and one.start is not None
        span = fill(words.memos["span_known"], start=talk.day(one.start)) if since and one.start else ""
        spans.setdefault(one.name, []).append(span or talk.span(one.start, one.end))
    return [
        fill(words.memos["person_span"], name=name, span=words.marks["comma"].join(said)) if any(said) else name
        for name, said in spans.items()
    ]


async def _events(talk: Talk) -> list[Memory]:
    """Return what was done: nothing that was only told to be still to come."""
    now, today = talk.statements.now, talk.statements.today.isoformat()
    return [
        one
        for one in await talk.memories()
        if one.fact.kind == "event" and (one.fact.valid_from or now) <= now and _day(one) <= today
    ]


def _day(event: Memory) -> str:
    """Return the day that an event was told of, as it sorts; empty where none was."""
    value = event.fact.value
    day = value.get("day") if isinstance(value, Mapping) else ""
    return day if isinstance(day, str) else ""


def _us(talk: Talk, words: str) -> bool:
    return words.casefold() in talk.tongue.us | talk.tongue.me


def _start(memory: Memory) -> tuple[datetime, bool, int]:
    """Return where a memory stands among others of its kind: what only has an end, before what begins with it."""
    start = memory.fact.valid_from
    return start or memory.fact.valid_to or memory.recorded, start is not None, memory.id


def _when(talk: Talk, words: str) -> tuple[str, When | None]:
    """Return what is asked about without the time that is named, and that time."""
    when = memos_days.find(words, talk.tongue.days, talk.statements.today)
    return (when.cut(words), when) if when is not None else (words, None)


def _now(talk: Talk) -> When:
    return When("point", talk.statements.today, date.fromordinal(talk.statements.today.toordinal() + 1), 0, 0)


def _within(talk: Talk, memory: Memory, when: When | None) -> bool:
    if when is None:
        return True
    start = memory.fact.valid_from or (memory.recorded if memory.fact.kind == "event" else None)
    return _overlaps(talk, start, memory.fact.valid_to, when)


def _known_by(talk: Talk, memory: Memory, when: When) -> bool:
    """Return whether what has no beginning was known by then: before that it may have been otherwise."""
    if memory.fact.valid_to is not None or when.end is None:
        return True
    return memory.recorded < memos_days.moment(when.end, talk.house.registry.time_zone)


def _before_known(talk: Talk, stay: _Stay, when: When) -> bool:
    if stay.start is None or when.start is None:
        return False
    return memos_days.moment(when.start, talk.house.registry.time_zone) < stay.start


def _overlaps(talk: Talk, start: datetime | None, end: datetime | None, when: When) -> bool:
    zone = talk.house.registry.time_zone
    begin = memos_days.moment(when.start, zone) if when.start is not None else None
    finish = memos_days.moment(when.end, zone) if when.end is not None else None
    return (start is None or finish is None or start < finish) and (end is None or begin is None or begin < end)
