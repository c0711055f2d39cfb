"""What a habit would become if somebody said yes to it, and the words it is put in.

A level that somebody keeps setting becomes a preference; what they do by the clock becomes a routine that is carried
out (``claw/routines/habits.py``).  What they undo after an automation is only known.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Protocol

from claw.base.action import Json
from claw.base.errors import Refused
from claw.memory.admission import GUARDED
from claw.memory.habit_words import POSTURES, Words, words_of
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
_OPPOSITE = {"on": "off", "off": "on", "open": "closed", "closed": "open"}


class Things(Protocol):
    """What things and people are called today, and in which language the household is spoken to."""

    @property
    def language(self) -> str:
        """The first language of the household, as a code."""
        ...

    def thing(self, known: str) -> tuple[str, str] | None:
        """Return entity id and name of a thing by registry id or entity id, None where it is gone or not for this."""
        ...

    def person(self, person: str) -> str:
        """Return what a person is called, their id where nobody has it."""
        ...


def proposal(found: Found, things: Things) -> Fact | None:
    """Return the fact that a yes would store, None for a thing that is gone or that no habit may move."""
    thing = things.thing(found.entity)
    if thing is None or found.word not in POSTURES or GUARDED.search(f"{thing[1]} {found.run}".replace("_", " ")):
        return None
    words = words_of(things.language)
    who = _capital(words.somebody if found.person is None else things.person(found.person))
    visibility = HOUSEHOLD if found.person is None else private_to(found.person)
    subject, domain = f"entity:{found.entity}", thing[0].partition(".")[0]
    told = {"who": who, "thing": thing[1]}
    if found.sort == "level":
        return _level(found, domain, words, told, visibility)
    if found.sort == "undo":
        back = _OPPOSITE[found.word]
        sentence = words.again[POSTURES.index(back)].format(**told, what=_run(found.run, words))
        value: Json = {"after": found.run, "did": found.word, "becomes": back}
        return Fact("routine", subject, f"undoes {found.run}", value, sentence, visibility=visibility)
    days = sorted(found.weekdays)
    when = words.when.format(time=clock(found.at), days=words.said(days))
    sentence = words.does[POSTURES.index(found.word)].format(**told, when=when)
    condition: dict[str, Json] = {"after": clock(found.at - 1800), "before": clock(found.at + 1800)}
    if found.weekdays != WEEK:
        condition["weekdays"] = [DAYS[day] for day in days]
    value = {"at": clock(found.at), "becomes": found.word}
    return Fact("routine", subject, f"usually {found.word}", value, sentence, condition, visibility=visibility)


def _level(found: Found, domain: str, words: Words, told: Mapping[str, str], visibility: str) -> Fact | None:
    key, factor = _VALUES.get(domain, ("", 0.0))
    start, end = BLOCKS[found.block]
    value = round(found.level * factor, 2) if factor < 1 else found.level
    sentence = words.likes.format(**told, level=found.level, start=start, end=end)
    condition: dict[str, Json] = {"after": start, "before": end}
    try:
        return preference(
            f"entity:{found.entity}", domain, {key: value}, sentence, condition=condition, visibility=visibility
        )
    except Refused:
        return None


def question(fact: Fact, evidence: str, language: str, *, carried: bool = False) -> str:
    """Return the one question in which a habit is put to a person; ``carried``: a yes has it done from then on."""
    words = words_of(language)
    return f"{words.noticed} {fact.sentence} {evidence} {words.shall[0 if fact.kind == 'preference' or carried else 1]}"


def evidence_of(
    pattern: Mapping[str, Json], counted: tuple[int, int], first: datetime, zone: tzinfo, language: str
) -> str:
    """Return one sentence that says what a habit rests on; ``counted`` are its days and those it could have been on."""
    words, local = words_of(language), first.astimezone(zone)
    weekdays = pattern.get("weekdays") if pattern.get("sort") == "routine" else None
    return words.evidence.format(
        days=counted[0],
        chances=counted[1],
        counted=words.counting(weekdays or sorted(WEEK)),
        date=words.date.format(day=local.day, month=words.months[local.month - 1]),
    )


def clock(seconds: int) -> str:
    """Return a second of the local day as a time to the nearest five minutes."""
    minutes = round(seconds / _STEP_S) * 5 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _run(run: str, words: Words) -> str:
    name = run.partition(".")[2].replace("_", " ")
    return words.after[0].format(name=name) if name else words.after[1]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
