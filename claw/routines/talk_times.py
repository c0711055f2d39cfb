"""The times in what people say: "every weekday at seven", "in 20 minutes", "half an hour before sunset".

Pure: text in, the text without its times and what they say out.  Which of two seven o'clocks is meant is not decided
here (``claw/routines/talk_due.py``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from claw.base.errors import Refused
from claw.mind import memos_days
from claw.policy.windows import DAYS
from claw.routines.talk_clock import Clock, Clocks, Patterns
from claw.routines.talk_tongue import Tongue
from claw.skills.numerals import Figures

Part = Literal["morning", "noon", "afternoon", "evening", "night"]
_PARTS: tuple[Part, ...] = ("morning", "noon", "afternoon", "evening", "night")
_DAY_S = 86_400
_MOST_SPAN_WORDS = 8
_WEEK_S = 7 * 86_400
_LAST_DAY = 31
_FIGURES = Figures()
_NO_TIME = re.compile(r"\d{1,2}:\d{2}(?![\w:])")
_WORD = re.compile(r"\S+")
_SIGNS_SPAN = re.compile(
    r"(?:[\d.零〇一二两三四五六七八九十百半]+个?半?(?:小时|钟头|分钟|秒钟|秒|天|周|星期|礼拜|分)半?)+"
)


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
        self._in = Patterns(tongue)
        self._raw = self._in.raw
        self._clocks = Clocks(self._in)

    def read(self, text: str, today: date) -> Iterator[Times]:
        """Yield what ``text`` says about when, one way for each time of day that may be meant, the last first.

        Raises Refused, with a sentence, for a date or a time of day that does not exist.
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
        for at in (0, *(end for start, end in self._clocks.leads(low) if start == 0)):
            read = self._clocks.all_at(low, at)
            if read is not None and not low[read[0] :].strip(" ,"):
                return read[1]
        return ()

    def half(self, text: str) -> str:
        """Return ``am`` or ``pm`` where ``text`` says only which half of the day is meant, else ""."""
        low = _lower(text.strip(" ,"))
        return next((half for half, said in self._raw["halves"].items() if self._in.made(said).fullmatch(low)), "")

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
            for found in self._in.made(rf"{self._in.edge}{re.escape(lead.lower())}\s*(?=\S)").finditer(low):
                span = self._span_at(low, found.end())
                if span is not None:
                    return _cut(text, _Found(found.start(), span[0], {})), span[1]
        return text, 0.0

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
        if found.span == _DAY_S:
            return replace(times, rest=_cut(times.rest, found), days=DAYS)
        return replace(times, rest=_cut(times.rest, found), every=seconds)

    def _monthly(self, times: Times) -> Times:
        found = self._first("monthly", times.rest)
        number = self._in.ordinal(found.groups.get("n") or "") if found is not None else None
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
        return {names[found] for found in re.findall(self._in.day_names, said)}

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
        if (when.end - when.start).days != 1:
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
        for start, end in self._clocks.leads(low):
            read = self._clocks.all_at(low, end)
            if read is not None and not any(one.start <= start < one.end for one in found):
                found.append(_Found(start, read[0], {}, 0.0, read[1]))
        for start in self._starts(low):
            if any(one.start <= start < one.end for one in found):
                continue
            read = self._clocks.all_at(low, start, sure=True)
            if read is not None:
                found.append(_Found(start, read[0], {}, 0.0, read[1]))
        wrong = (
            None
            if found
            else next((one for _, end in self._clocks.leads(low) if (one := _NO_TIME.match(low, end))), None)
        )
        if wrong is not None:
            raise Refused(f"There is no {wrong[0]}.")
        return sorted(found)

    def _span_at(self, low: str, at: int) -> tuple[int, float] | None:
        """Return where the longest span that begins at ``at`` ends, and its seconds."""
        if self._tongue.spaceless:
            found = _SIGNS_SPAN.match(low, at)
            seconds = self._seconds(found[0]) if found is not None else None
            return (found.end(), seconds) if found is not None and seconds and seconds > 0 else None
        ends = [word.end() for _, word in zip(range(_MOST_SPAN_WORDS), _WORD.finditer(low, at), strict=False)]
        for end in reversed(ends):
            said = low[at:end].rstrip(",")
            seconds = self._seconds(said)
            if seconds and seconds > 0:
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
            for found in self._in.made(self._in.edge + f"(?:{before})").finditer(low):
                if found.end() > found.start() and self._in.ends(low, found.end()):
                    return _Found(found.start(), found.end(), found.groupdict())
            return None
        for start, at in self._leads(before, low):
            span = self._span_at(low, at)
            tail = self._in.made(f"(?:{after})").match(low, span[0]) if span is not None else None
            if span is not None and tail is not None and self._in.ends(low, tail.end()):
                return _Found(start, tail.end(), tail.groupdict(), span[1])
        return None

    def _leads(self, before: str, low: str) -> Iterator[tuple[int, int]]:
        if not before:
            yield from ((start, start) for start in self._starts(low))
            return
        yield from (
            (found.start(), found.end()) for found in self._in.made(self._in.edge + f"(?:{before})").finditer(low)
        )

    def _starts(self, low: str) -> Iterator[int]:
        if self._tongue.spaceless:
            yield from range(len(low))
        else:
            yield from (word.start() for word in _WORD.finditer(low))


def _lower(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else text


def _cut(text: str, found: _Found) -> str:
    return " ".join(f"{text[: found.start]} {text[found.end :]}".split()).strip(" ,")
