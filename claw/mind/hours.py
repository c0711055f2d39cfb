"""The hours in a sentence about what is liked: "after ten", "between 9 pm and six", "at weekends".

Pure: text in, the text without them and a condition of a fact out (``claw/memory/conditions.py``).  People leave out
which half of the day they mean, so "after ten" is an evening and "before seven" a morning; the answer reads the hours
back on a clock of 24, where a misunderstanding shows at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from claw.base.action import Json
from claw.policy.windows import DAYS

_NOON = 12
_HALF = 12 * 60
_DAY = 24 * 60
_EARLIEST_EVENING = 5
"""From this hour on "after five" is an evening; "after three" is the night."""


class Tongue(NamedTuple):
    """The words for hours of one language; expressions over lower case, ``{t}`` stands for a time of day.

    ``parts`` are parts of the day with their hours, ``days`` groups of weekdays, ``numbers`` the hours as words from
    one to twelve.
    """

    numbers: Sequence[str]
    time: str
    pm: str
    am: str
    between: tuple[str, ...]
    after: str
    before: str
    parts: Mapping[str, tuple[str, str]]
    days: Mapping[str, tuple[str, ...]]
    spaceless: bool = False


_WEEK, _WEEKEND = DAYS[:5], DAYS[5:]


def _each(pattern: str, names: str) -> dict[str, tuple[str, ...]]:
    return {pattern.replace("{day}", name): (DAYS[at],) for at, name in enumerate(names.split())}


TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        r"(?:(?P<half>half past) )?(?P<hour>{n}|\d{1,2}|midnight|noon)(?:[:.](?P<minute>\d\d))?(?: ?o'?clock)?"
        r"(?: ?(?P<mark>a\.?m\.?|p\.?m\.?|in the morning|in the afternoon|in the evening|at night))?",
        r"p\.?m\.?|in the afternoon|in the evening|at night",
        r"a\.?m\.?|in the morning",
        (r"between {a} and {b}", r"from {a} (?:to|until|till) {b}"),
        r"(?:any time )?(?:after|past|later than|from) {t}(?: on(?:wards)?)?",
        r"(?:any time )?(?:before|until|till|up to|earlier than) {t}",
        {
            r"(?:at night|during the night|by night)": ("22:00", "05:00"),
            r"(?:in the evenings?|every evening)": ("18:00", "23:00"),
            r"(?:in the mornings?|every morning)": ("05:00", "12:00"),
            r"(?:in the afternoons?|every afternoon)": ("12:00", "18:00"),
            r"(?:during the day|by day|in the daytime)": ("07:00", "20:00"),
        },
        {
            r"(?:on |every )(?:weekdays?|workdays?|working days?)": _WEEK,
            r"(?:on|at|every) (?:the )?weekends?": _WEEKEND,
            **_each(r"(?:on|every) {day}s?", "monday tuesday wednesday thursday friday saturday sunday"),
        },
    ),
    "de": Tongue(
        ["eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"],
        r"(?P<half>)(?P<hour>{n}|ein|\d{1,2}|mitternacht)(?:[:.](?P<minute>\d\d))?(?: ?uhr)?"
        r"(?: (?P<mark>morgens|früh|nachmittags|abends|nachts))?",
        "nachmittags|abends|nachts",
        "morgens|früh",
        ("zwischen {a} und {b}", "von {a} bis {b}"),
        r"(?:nach|ab) {t}",
        r"(?:vor|bis) {t}",
        {
            r"(?:nachts|in der nacht)": ("22:00", "05:00"),
            r"(?:abends|am abend)": ("18:00", "23:00"),
            r"(?:morgens|am morgen|vormittags)": ("05:00", "12:00"),
            r"(?:nachmittags|am nachmittag)": ("12:00", "18:00"),
            r"(?:tagsüber|am tag)": ("07:00", "20:00"),
        },
        {
            r"(?:werktags|unter der woche|an werktagen)": _WEEK,
            r"am wochenende": _WEEKEND,
            **_each(r"(?:am |jeden )?{day}s?", "montag dienstag mittwoch donnerstag freitag samstag sonntag"),
        },
    ),
    "fr": Tongue(
        ["une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"],
        r"(?P<half>)(?P<hour>{n}|\d{1,2}|minuit|midi)(?: ?(?:heures?|h)(?: ?(?P<minute>\d\d))?|:(?P<minute2>\d\d))?"
        r"(?: (?P<mark>du matin|de l'après-midi|du soir))?",
        "de l'après-midi|du soir",
        "du matin",
        ("entre {a} et {b}", "de {a} à {b}"),
        r"(?:après|à partir de|dès) {t}",
        r"(?:avant|jusqu'à) {t}",
        {
            r"(?:la nuit|pendant la nuit)": ("22:00", "05:00"),
            r"le soir": ("18:00", "23:00"),
            r"le matin": ("05:00", "12:00"),
            r"l'après-midi": ("12:00", "18:00"),
            r"(?:la journée|en journée|pendant la journée)": ("07:00", "20:00"),
        },
        {
            r"(?:en semaine|les jours ouvrables)": _WEEK,
            r"le week-?end": _WEEKEND,
            **_each(r"(?:le |chaque ){day}", "lundi mardi mercredi jeudi vendredi samedi dimanche"),
        },
    ),
    "nl": Tongue(
        ["een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"],
        r"(?P<half>)(?P<hour>{n}|\d{1,2}|middernacht)(?:[:.](?P<minute>\d\d))?(?: ?uur)?"
        r"(?: (?P<mark>'s ochtends|'s morgens|'s middags|'s avonds|'s nachts))?",
        "'s middags|'s avonds|'s nachts",
        "'s ochtends|'s morgens",
        ("tussen {a} en {b}", "van {a} tot {b}"),
        r"(?:na|vanaf) {t}",
        r"(?:voor|vóór|tot) {t}",
        {
            r"'s nachts": ("22:00", "05:00"),
            r"'s avonds": ("18:00", "23:00"),
            r"(?:'s ochtends|'s morgens)": ("05:00", "12:00"),
            r"'s middags": ("12:00", "18:00"),
            r"overdag": ("07:00", "20:00"),
        },
        {
            r"(?:doordeweeks|op werkdagen)": _WEEK,
            r"in het weekend": _WEEKEND,
            **_each(r"(?:op |elke )?{day}", "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        },
    ),
    "zh": Tongue(
        ["一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"],
        r"(?P<half>)(?P<mark>早上|上午|凌晨|下午|晚上|夜里)?(?P<hour>{n}|\d{1,2})(?:[点點時时](?:(?P<minute>\d\d)分?)?|[::](?P<minute2>\d\d))",
        "下午|晚上|夜里",
        "早上|上午|凌晨",
        (r"(?:从|在)?{a}到{b}(?:之间)?",),
        r"(?:在)?{t}(?:之后|以后|后)",
        r"(?:在)?{t}(?:之前|以前|前)",
        {
            r"(?:夜里|半夜|深夜)": ("22:00", "05:00"),
            r"晚上": ("18:00", "23:00"),
            r"(?:早上|上午)": ("05:00", "12:00"),
            r"下午": ("12:00", "18:00"),
            r"白天": ("07:00", "20:00"),
        },
        {
            r"(?:工作日|平时)": _WEEK,
            r"周末": _WEEKEND,
            **{f"(?:每?周|星期){name}": (DAYS[at],) for at, name in enumerate("一二三四五六日")},
        },
        spaceless=True,
    ),
}

_MIDNIGHT = frozenset({"midnight", "mitternacht", "minuit", "middernacht"})
_MIDDAY = frozenset({"noon", "midi"})


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day in minutes; ``open`` where either half of the day may be meant."""

    minutes: int
    open: bool


def cut(text: str, language: str) -> tuple[str, dict[str, Json]]:
    """Return ``text`` without the hours and days it names, and these as a condition; empty where it names none."""
    grammar = _grammar(language if language in TONGUES else "en")
    condition: dict[str, Json] = {}
    for pattern, read in grammar:
        found = pattern.search(text)
        if found is None:
            continue
        said = read(found)
        if said and not condition.keys() & said.keys():
            condition |= said
            text = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
    return text.strip(" ,"), condition


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    read: "_Read"


class _Read:
    """Turns what an expression found into a condition."""

    def __init__(self, tongue: Tongue, ends: Sequence[str] = (), fixed: Mapping[str, Json] | None = None) -> None:
        self._tongue = tongue
        self._ends = ends
        self._fixed = fixed

    def __call__(self, found: re.Match[str]) -> dict[str, Json]:
        if self._fixed is not None:
            return dict(self._fixed)
        times = {end: self._clock(found, end[0] if len(self._ends) > 1 else "t") for end in self._ends}
        if any(time is None for time in times.values()):
            return {}
        after, before = times.get("after"), times.get("before")
        start = None if after is None else _evening(after)
        end = None if before is None else before.minutes if start is None else _following(start, before)
        if start is not None and start == end:
            return {}
        return {key: _written(value) for key, value in (("after", start), ("before", end)) if value is not None}

    def _clock(self, found: re.Match[str], which: str) -> _Clock | None:
        groups = {key[: -len(which)]: said for key, said in found.groupdict().items() if key.endswith(f"_{which}")}
        said = {key.rstrip("_"): value or "" for key, value in groups.items()}
        hour, mark = said["hour"], said.get("mark", "")
        if hour in _MIDNIGHT or hour in _MIDDAY:
            return _Clock(0 if hour in _MIDNIGHT else _HALF, open=False)
        number = int(hour) if hour.isdigit() else self._number(hour)
        minute = said.get("minute") or said.get("minute2") or ("30" if said.get("half") else "0")
        if number > 24 or int(minute) > 59:  # noqa: PLR2004  a day's hours, an hour's minutes
            return None
        total = number * 60 + int(minute)
        if mark and number <= _NOON:
            late = re.fullmatch(self._tongue.pm, mark) is not None
            night = number in {12, 1, 2, 3, 4} and mark in _NIGHT
            return _Clock((total % _HALF) + (_HALF if late and not night else 0), open=False)
        return _Clock(total % _DAY, open=number <= _NOON and not hour.startswith("0") and number > 0)

    def _number(self, word: str) -> int:
        numbers = list(self._tongue.numbers)
        return numbers.index(word) + 1 if word in numbers else 1


_NIGHT = frozenset({"at night", "nachts", "'s nachts", "夜里"})


@lru_cache(maxsize=len(TONGUES))
def _grammar(language: str) -> tuple[_Rule, ...]:
    tongue = TONGUES[language]
    return tuple(_rules(tongue))


def _rules(tongue: Tongue) -> Iterator[_Rule]:
    words = "|".join(sorted(map(re.escape, tongue.numbers), key=len, reverse=True))

    def compiled(pattern: str) -> re.Pattern[str]:
        for slot, mark in (("{t}", "t"), ("{a}", "a"), ("{b}", "b")):
            time = re.sub(r"\(\?P<(\w+)>", rf"(?P<\1_{mark}>", tongue.time).replace("{n}", words)
            pattern = pattern.replace(slot, f"(?:{time})")
        edges = ("", "") if tongue.spaceless else (r"(?<![\w'])", r"(?![\w:])")
        return re.compile(f"{edges[0]}(?:{pattern}){edges[1]}", re.IGNORECASE)

    for pattern in tongue.between:
        yield _Rule(compiled(pattern), _Read(tongue, ("after", "before")))
    yield _Rule(compiled(tongue.after), _Read(tongue, ("after",)))
    yield _Rule(compiled(tongue.before), _Read(tongue, ("before",)))
    for pattern, (start, end) in tongue.parts.items():
        yield _Rule(compiled(pattern), _Read(tongue, fixed={"after": start, "before": end}))
    for pattern, days in tongue.days.items():
        yield _Rule(compiled(pattern), _Read(tongue, fixed={"weekdays": list(days)}))


def _evening(time: _Clock) -> int:
    """Return a time after which something is to hold: of two halves of the day, the evening."""
    if not time.open or not _EARLIEST_EVENING * 60 <= time.minutes < _HALF:
        return time.minutes % _HALF if time.open and time.minutes >= _HALF else time.minutes
    return time.minutes + _HALF


def _following(start: int, time: _Clock) -> int:
    """Return the end of a span: of two halves of the day, the next after ``start``."""
    if not time.open:
        return time.minutes
    return min(((time.minutes + half) % _DAY for half in (0, _HALF)), key=lambda end: (end - start - 1) % _DAY)


def _written(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
