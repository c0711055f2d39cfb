"""What a habit would become if somebody said yes to it, and the words it is put in.

A level that somebody keeps setting becomes a preference, which has an effect; what they do by the clock, or after an
automation, becomes a routine, which is only known: nothing carries routines out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Protocol

from claw.base.action import Json
from claw.base.errors import Refused
from claw.memory.admission import GUARDED
from claw.memory.mining import BLOCKS, WEEK, Found
from claw.memory.model import HOUSEHOLD, Fact, private_to
from claw.memory.preferences import preference
from claw.policy.windows import DAYS

_STEP_S = 300
_VALUES = {
    "light": ("brightness_pct", 1.0),
    "fan": ("percentage", 1.0),
    "media_player": ("volume_level", 0.01),
}
_DONE = {"on": "turns {} on", "off": "turns {} off", "open": "opens {}", "closed": "closes {}"}
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LONG = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Things(Protocol):
    """What things and people are called today."""

    def thing(self, known: str) -> tuple[str, str] | None:
        """Return entity id and name of a thing by registry id or entity id, None where it is gone or not for this."""
        ...

    def person(self, person: str) -> str:
        """Return what a person is called, their id where nobody has it."""
        ...


def proposal(found: Found, things: Things) -> Fact | None:
    """Return the fact that a yes would store, None for a thing that is gone or that no habit may move."""
    thing = things.thing(found.entity)
    if thing is None or found.word not in _DONE or GUARDED.search(f"{thing[1]} {found.run}".replace("_", " ")):
        return None
    who = "somebody" if found.person is None else things.person(found.person)
    visibility = HOUSEHOLD if found.person is None else private_to(found.person)
    subject = f"entity:{found.entity}"
    entity_id, name = thing
    domain = entity_id.partition(".")[0]
    if found.sort == "level":
        return _level(found, domain, f"{_capital(who)} likes {name}", subject, visibility)
    if found.sort == "undo":
        back = _opposite(found.word)
        if back is None:
            return None
        what = _run(found.run, things)
        sentence = f"{_capital(who)} {_DONE[back].format(name)} again after {what}."
        value: Json = {"after": found.run, "did": found.word, "becomes": back}
        return Fact("routine", subject, f"undoes {found.run}", value, sentence, visibility=visibility)
    days = days_said(sorted(found.weekdays))
    sentence = f"{_capital(who)} {_DONE[found.word].format(name)} at about {clock(found.at)}{days}."
    condition: dict[str, Json] = {"after": clock(found.at - 1800), "before": clock(found.at + 1800)}
    if found.weekdays != WEEK:
        condition["weekdays"] = [DAYS[day] for day in sorted(found.weekdays)]
    value = {"at": clock(found.at), "becomes": found.word}
    return Fact("routine", subject, f"usually {found.word}", value, sentence, condition, visibility=visibility)


def _level(found: Found, domain: str, likes: str, subject: str, visibility: str) -> Fact | None:
    key, factor = _VALUES.get(domain, ("", 0.0))
    start, end = BLOCKS[found.block]
    value = round(found.level * factor, 2) if factor < 1 else found.level
    try:
        return preference(
            subject,
            domain,
            {key: value},
            f"{likes} at {found.level} % from {start} to {end}.",
            condition={"after": start, "before": end},
            visibility=visibility,
        )
    except Refused:
        return None


def question(fact: Fact, evidence: str) -> str:
    """Return the one question in which a habit is put to a person."""
    if fact.kind == "preference":
        return f"I noticed something. {fact.sentence} {evidence} Shall I do that for you from now on?"
    return f"I noticed something. {fact.sentence} {evidence} Shall I remember that as a routine?"


def evidence_of(pattern: Mapping[str, Json], days: int, chances: int, first: datetime, zone: tzinfo) -> str:
    """Return one sentence that says what a habit rests on."""
    local = first.astimezone(zone)
    counted = "days" if pattern.get("sort") != "routine" else days_counted(pattern.get("weekdays") or [])
    return f"It was so on {days} of {chances} {counted} since {local.day} {_MONTHS[local.month - 1]}."


def days_said(weekdays: Sequence[int]) -> str:
    """Return on which days, as the end of a sentence: nothing for every day."""
    days = frozenset(weekdays)
    if days == WEEK:
        return ""
    if days in {_WORKDAYS, _WEEKEND}:
        return " on working days" if days == _WORKDAYS else " at the weekend"
    return " on " + ", ".join(f"{_LONG[day]}s" for day in sorted(days))


def days_counted(weekdays: Sequence[int]) -> str:
    """Return what days are counted: days, working days, Sundays."""
    days = frozenset(weekdays)
    if days == _WORKDAYS:
        return "working days"
    if len(days) == 1:
        return f"{_LONG[next(iter(days))]}s"
    return "days" if days == WEEK else "such days"


def clock(seconds: int) -> str:
    """Return a second of the local day as a time to the nearest five minutes."""
    minutes = round(seconds / _STEP_S) * 5 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _run(run: str, things: Things) -> str:
    kind, _, name = run.partition(".")
    if not name:
        return "Claw changed it by itself"
    thing = things.thing(run)
    return f"the {kind} {thing[1] if thing else name.replace('_', ' ')} changed it"


def _opposite(word: str) -> str | None:
    return {"on": "off", "off": "on", "open": "closed", "closed": "open"}.get(word)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
