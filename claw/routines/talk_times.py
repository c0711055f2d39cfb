"""The times in what people say: "every weekday at seven", "in 20 minutes", "half an hour before sunset".

Pure: text in, the text without its times and what they say out.  Which of two seven o'clocks is meant is not decided
here (``claw/routines/talk_due.py``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from claw.mind import memos_days
from claw.policy.windows import DAYS
from claw.routines.talk_tongue import Tongue, alternatives
from claw.skills.numerals import Figures

Part = Literal["morning", "noon", "afternoon", "evening", "night"]
_PARTS: tuple[Part, ...] = ("morning", "noon", "afternoon", "evening", "night")
_NOON, _HOURS, _DAY = 12, 24, 24 * 60
_MOST_SPAN_WORDS = 8
_WEEK_S = 7 * 86_400
_LAST_DAY = 31
_FIGURES = Figures()
_WORD = re.compile(r"\S+")
_SIGNS_SPAN = re.compile(
    r"(?:[\d.零〇一二两三四五六七八九十百半]+个?半?(?:小时|钟头|分钟|秒钟|秒|天|周|星期|礼拜|分)半?)+"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes; ``open`` where either half of the day may be meant."""

    minutes: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Sun:
    """Sunrise or sunset, and by how many seconds it is later."""

    event: Literal["sunrise", "sunset"]
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """What a sentence says about when, and ``rest``, what is left of it.

    ``days`` are weekdays on which it comes back, all seven for every day; ``monthly`` the day of each month; ``every``
    an interval and ``after`` a span from now, in seconds; ``day`` one day, ``loose`` where only its weekday was said.
    """

    rest: str
    clocks: tuple[Clock, ...] = ()
    days: tuple[str, ...] = ()
    monthly: int = 0
    every: float = 0.0
    after: float = 0.0
    sun: Sun | None = None
    part: Part | None = None
    day: date | None = None
    loose: bool = False

    @property
    def any(self) -> bool:
        """Whether anything was said about when; a part of the day alone is nothing."""
        return bool(self.clocks or self.days or self.monthly or self.every or self.after or self.sun or self.day)

    @property
    def again(self) -> bool:
        """Whether it comes back."""
        return bool(self.days or self.monthly or self.every)


class _Found(NamedTuple):
    start: int
    end: int
    groups: Mapping[str, str]
    span: float = 0.0
    clocks: tuple[Clock, ...] = ()


class Reader:
    """Reads times in one language; expressions are made when they are first needed."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self._raw = tongue.raw["times"]
        self._patterns: dict[str, re.Pattern[str]] = {}
        names = [*tongue.weekdays, *(str(one).lower() for one in self._raw.get("other_days", ()))]
        self._day_names = alternatives(names)
        self._hours = {str(word): at for at, word in enumerate(self._raw["hours"], 1)}
        self._hours |= {str(word): int(hour) for word, hour in self._raw.get("more_hours", {}).items()}
        self._minutes = alternatives(map(str, self._raw.get("minutes", ())))

    def read(self, text: str, today: date) -> Iterator[Times]:
        """Yield what ``text`` says about when, one way for each time of day that may be meant, the last first.

        Raises Refused, with a sentence, for a date that does not exist.
        """
        for said, same in self._raw.get("same", {}).items():
            text = text.replace(said, same)
        base = self._day(self._rules(Times(text)), today)
        places = self._clock_places(base.rest)
        for found in reversed(places):
            yield replace(base, rest=_cut(base.rest, found), clocks=found.clocks)
        if not places or base.any:
            yield base

    def clock(self, text: str) -> tuple[Clock, ...]:
        """Return the times of day that ``text`` is, with or without "at" before them; () where it is none."""
        low = _lower(text.strip(" ,"))
        for at in (0, *(found.end for found in self._prefixes(low) if found.start == 0)):
            read = self._clocks_at(low, at)
            if read is not None and not low[read[0] :].strip(" ,"):
                return read[1]
        return ()

    def half(self, text: str) -> str:
        """Return ``am`` or ``pm`` where ``text`` says only which half of the day is meant, else ""."""
        low = _lower(text.strip(" ,"))
        return next((half for half, said in self._raw["halves"].items() if self._made(said).fullmatch(low)), "")

    def span(self, text: str) -> float | None:
        """Return the seconds that ``text`` is as a span, None where it is none."""
        low = _lower(text.strip(" ,"))
        found = self._span_at(low, 0)
        return found[1] if found is not None and not low[found[0] :].strip(" ,") else None

    def leading_span(self, text: str) -> tuple[float, str]:
        """Return the seconds of the span that ``text`` begins with, and what follows it; 0 where there is none."""
        found = self._span_at(_lower(text), 0)
        return (found[1], text[found[0] :].strip(" ,-")) if found is not None else (0.0, text)

    def without_span(self, text: str, leads: Sequence[str]) -> tuple[str, float]:
        """Return ``text`` without "for 5 minutes", and the seconds of that; 0 where there is none."""
        low = _lower(text)
        for lead in leads:
            for found in self._made(rf"{self._edge}{re.escape(lead.lower())}\s*(?=\S)").finditer(low):
                span = self._span_at(low, found.end())
                if span is not None:
                    return _cut(text, _Found(found.start(), span[0], {})), span[1]
        return text, 0.0

    @property
    def _edge(self) -> str:
        return "" if self._tongue.spaceless else r"(?<![\w'])"

    def _rules(self, times: Times) -> Times:
        for read in (self._part, self._sun, self._interval, self._monthly, self._recurring, self._after):
            times = read(times)
        return times

    def _sun(self, times: Times) -> Times:
        for event in ("sunset", "sunrise"):
            for key, sign in (("before_sun", -1), ("after_sun", 1)):
                found = self._search(self._raw[key].replace("{sun}", self._raw["suns"][event]), times.rest)
                if found is not None:
                    return replace(times, rest=_cut(times.rest, found), sun=Sun(event, sign * found.span))
            found = self._first(event, times.rest)
            if found is not None:
                return replace(times, rest=_cut(times.rest, found), sun=Sun(event))
        return times

    def _interval(self, times: Times) -> Times:
        found = self._first("every", times.rest)
        if found is None:
            return times
        seconds = found.span or (3600.0 if found.groups.get("hour") else 60.0)
        if found.span == _DAY * 60:
            return replace(times, rest=_cut(times.rest, found), days=DAYS)
        return replace(times, rest=_cut(times.rest, found), every=seconds)

    def _monthly(self, times: Times) -> Times:
        found = self._first("monthly", times.rest)
        number = self._ordinal(found.groups.get("n") or "") if found is not None else None
        if found is None or number is None or not 1 <= number <= _LAST_DAY:
            return times
        return replace(times, rest=_cut(times.rest, found), monthly=number)

    def _recurring(self, times: Times) -> Times:
        for key, days in (("weekdays", DAYS[:5]), ("weekends", DAYS[5:])):
            found = self._first(key, times.rest)
            if found is not None:
                return self._with_part(replace(times, rest=_cut(times.rest, found), days=days), found)
        found = self._first("days", times.rest)
        if found is not None:
            said = _lower(times.rest)[found.start : found.end]
            days = tuple(DAYS[at] for at in sorted(self._weekdays_in(said)))
            return self._with_part(replace(times, rest=_cut(times.rest, found), days=days), found)
        found = self._first("daily", times.rest)
        if found is not None:
            return self._with_part(replace(times, rest=_cut(times.rest, found), days=DAYS), found)
        return times

    def _weekdays_in(self, said: str) -> set[int]:
        names = {name: at for at, name in enumerate(self._tongue.weekdays)}
        names |= {str(name).lower(): int(at) for name, at in self._raw.get("other_days", {}).items()}
        return {names[found] for found in re.findall(self._day_names, said)}

    def _after(self, times: Times) -> Times:
        found = self._first("after", times.rest)
        if found is None or not found.span:
            return times
        return replace(times, rest=_cut(times.rest, found), after=found.span)

    def _day(self, times: Times, today: date) -> Times:
        """Take the one day that is named, where nothing comes back."""
        for key, ahead in (("after_tomorrow", 2), ("tomorrow", 1), ("today", 0)):
            found = self._first(key, times.rest)
            if found is not None and not times.again:
                day = today + timedelta(days=ahead)
                return self._with_part(replace(times, rest=_cut(times.rest, found), day=day), found)
        if times.again or times.after:
            return times
        when = memos_days.find(times.rest, self._tongue.days, today, past=False)
        if when is None or when.shape != "point" or when.start is None or when.end is None:
            return times
        if (when.end - when.start).days != 1 or when.start < today:
            return times
        rest = when.cut(times.rest)
        return replace(times, rest=rest, day=when.start, loose=when.loose)

    def _part(self, times: Times) -> Times:
        """Take the part of the day: "in the evening", "on Friday evening"; the day must still stand there."""
        for part, said in self._raw["parts"].items():
            found = self._search(said, times.rest)
            if found is not None and part in _PARTS:
                return replace(times, rest=_cut(times.rest, found), part=part)
        return times

    def _with_part(self, times: Times, found: _Found) -> Times:
        part = next((one for one in _PARTS if found.groups.get(one)), None)
        return replace(times, part=part) if part is not None else times

    def _clock_places(self, text: str) -> list[_Found]:
        """Return where a time of day stands: after "at", or one that can be nothing else."""
        low, found = _lower(text), list[_Found]()
        for lead in self._prefixes(low):
            read = self._clocks_at(low, lead.end)
            if read is not None and not any(one.start <= lead.start < one.end for one in found):
                found.append(_Found(lead.start, read[0], {}, 0.0, read[1]))
        for start in self._starts(low):
            if any(one.start <= start < one.end for one in found):
                continue
            read = self._clocks_at(low, start, sure=True)
            if read is not None:
                found.append(_Found(start, read[0], {}, 0.0, read[1]))
        return sorted(found)

    def _prefixes(self, low: str) -> list[_Found]:
        leads = [one.partition("{t}")[0] for one in self._raw["at"]]
        if any(word in low for word in self._raw.get("alarms", ())):
            leads.append(self._raw["at_alarm"])  # "an alarm for seven", where another "for" is no time
        return [
            _Found(found.start(), found.end(), {})
            for lead in leads
            if lead
            for found in self._made(self._edge + lead).finditer(low)
        ]

    def _clocks_at(self, low: str, at: int, *, sure: bool = False) -> tuple[int, tuple[Clock, ...]] | None:
        first = self._clock_at(low, at, sure=sure)
        if first is None:
            return None
        end, clocks = first[0], [first[1]]
        while found := self._made(self._raw["both"]).match(low, end):
            more = self._clock_at(low, found.end())
            if more is None:
                break
            end, clocks = more[0], [*clocks, more[1]]
        return end, tuple(clocks)

    def _clock_at(self, low: str, at: int, *, sure: bool = False) -> tuple[int, Clock] | None:
        for said in self._raw["clock"]:
            found = self._made(said).match(low, at)
            if found is None or found.end() == at or not self._ends(low, found.end()):
                continue
            clock = self._read_clock({key: value for key, value in found.groupdict().items() if value})
            if clock is not None and (not sure or _sure(found)):
                return found.end(), clock
        return None

    def _read_clock(self, said: Mapping[str, str]) -> Clock | None:
        if "noon" in said or "midnight" in said:
            return Clock(_NOON * 60 if "noon" in said else 0)
        hour = self._hour(said.get("hour", ""))
        minute = self._minute(said)
        if hour is None or minute is None or hour > _HOURS or not -60 < minute < 60:  # noqa: PLR2004  minutes
            return None
        open_ = hour <= _NOON and not said["hour"].startswith("0") and hour > 0
        if open_ and ("am" in said or "pm" in said):
            late = "pm" in said and not ("late" in said and (hour == _NOON or hour <= 4))  # noqa: PLR2004  at night
            hour = hour % _NOON + (_NOON if late else 0)
            open_ = False
        return Clock((hour * 60 + minute) % _DAY, open_)

    def _minute(self, said: Mapping[str, str]) -> int | None:
        fixed = {"half_past": 30, "half_to": -30, "quarter_past": 15, "quarter_to": -15, "half_after": 30}
        for key, minutes in (*fixed.items(), ("three_quarters", 45), ("three_quarters_to", -15)):
            if key in said:
                return minutes
        for key, sign in (("past", 1), ("to", -1), ("minute", 1), ("minute_word", 1)):
            if key in said:
                number = self._number(said[key])
                return None if number is None else sign * number
        return 0

    def _hour(self, word: str) -> int | None:
        return int(word) if word.isdigit() else self._hours.get(word) or self._number(word)

    def _number(self, word: str) -> int | None:
        if word.isdigit():
            return int(word)
        number = _FIGURES.number(self._tongue.plain(word.removeprefix("oh ").removeprefix("o ")), self._tongue.code)
        return int(number) if number is not None else None

    def _ordinal(self, word: str) -> int | None:
        known = {str(said): int(number) for said, number in self._raw.get("ordinals", {}).items()}
        return known.get(word) or self._number(word)

    def _span_at(self, low: str, at: int) -> tuple[int, float] | None:
        """Return where the longest span that begins at ``at`` ends, and its seconds."""
        if self._tongue.spaceless:
            found = _SIGNS_SPAN.match(low, at)
            seconds = self._seconds(found[0]) if found is not None else None
            return (found.end(), seconds) if found is not None and seconds else None
        ends = [word.end() for _, word in zip(range(_MOST_SPAN_WORDS), _WORD.finditer(low, at), strict=False)]
        for end in reversed(ends):
            said = low[at:end].rstrip(",")
            seconds = self._seconds(said)
            if seconds:
                return at + len(said), seconds
        return None

    def _seconds(self, said: str) -> float | None:
        plain = self._tongue.plain(said)
        for week in map(self._tongue.plain, map(str, self._raw.get("weeks", ()))):
            if plain.endswith(week):
                count = plain.removesuffix(week).strip().removesuffix("个")
                number = 1.0 if count in {"a", "one"} else _FIGURES.number(count, self._tongue.code)
                return None if number is None else number * _WEEK_S
        return _FIGURES.seconds(plain, self._tongue.code)

    def _first(self, key: str, text: str) -> _Found | None:
        return next((found for said in self._raw[key] if (found := self._search(said, text)) is not None), None)

    def _search(self, said: str, text: str) -> _Found | None:
        """Return where an expression stands in ``text`` as whole words; ``{s}`` in it is a span."""
        low = _lower(text)
        before, spanned, after = said.partition("{s}")
        if not spanned:
            for found in self._made(self._edge + f"(?:{before})").finditer(low):
                if found.end() > found.start() and self._ends(low, found.end()):
                    return _Found(found.start(), found.end(), found.groupdict())
            return None
        for start, at in self._leads(before, low):
            span = self._span_at(low, at)
            tail = self._made(f"(?:{after})").match(low, span[0]) if span is not None else None
            if span is not None and tail is not None and self._ends(low, tail.end()):
                return _Found(start, tail.end(), tail.groupdict(), span[1])
        return None

    def _leads(self, before: str, low: str) -> Iterator[tuple[int, int]]:
        if not before:
            yield from ((start, start) for start in self._starts(low))
            return
        yield from ((found.start(), found.end()) for found in self._made(self._edge + f"(?:{before})").finditer(low))

    def _starts(self, low: str) -> Iterator[int]:
        if self._tongue.spaceless:
            yield from range(len(low))
        else:
            yield from (word.start() for word in _WORD.finditer(low))

    def _ends(self, low: str, end: int) -> bool:
        return self._tongue.spaceless or end == len(low) or not (low[end].isalnum() or low[end] in "'%°")

    def _made(self, said: str) -> re.Pattern[str]:
        known = self._patterns.get(said)
        if known is None:
            hours = alternatives(self._hours)
            filled = (
                said.replace("{h}", rf"(?P<hour>{hours}|\d{{1,2}})")
                .replace("{mm}", f"(?:{self._minutes})")
                .replace("{m}", self._raw.get("mark", ""))
                .replace("{d}", f"(?:{self._day_names})")
                .replace("{n}", rf"(?P<n>\d{{1,2}}|{alternatives(map(str, self._raw.get('ordinals', {})))})")
            )
            known = self._patterns[said] = re.compile(filled)
        return known


def _sure(found: re.Match[str]) -> bool:
    """Return whether a time of day can be nothing else: "7:30", "7 am", "half past seven"."""
    said = {key for key, value in found.groupdict().items() if value}
    if said & {"am", "pm", "clear", "half_past", "half_to", "quarter_past", "quarter_to", "midnight"}:
        return True
    return "minute" in said and ":" in found[0]


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else text


def _cut(text: str, found: _Found) -> str:
    return " ".join(f"{text[: found.start]} {text[found.end :]}".split()).strip(" ,")
