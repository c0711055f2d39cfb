"""Days and spans in what people say: "on 3 March", "from May to July", "since last year", "two weeks ago".

"Yesterday" means something else tomorrow, so what is kept gets the day itself.  A date that the calendar does not have
is refused rather than moved.  Everything is in the household's own days; the end of a span is the first day after it.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.errors import Refused
from claw.mind.phrases import Calendar, phrases

Shape = Literal["point", "since", "until", "span"]
Days = tuple[date, date]
"""A first day and the first day after."""

EARLIEST = 1900
LATEST = 2199


@dataclass(frozen=True, slots=True)
class When:
    """A day or span that was said: ``start`` and ``end`` (excluded), None where it is open; ``first:last`` is where.

    ``loose`` is True for a day of the week alone: "on Friday" may be every Friday.
    """

    shape: Shape
    start: date | None
    end: date | None
    first: int
    last: int
    loose: bool = False

    def holds(self, start: date | None, end: date | None) -> bool:
        """Return whether any day of this is a day of that span."""
        begins = end is None or self.start is None or self.start < end
        return begins and (self.end is None or start is None or start < self.end)

    def cut(self, text: str) -> str:
        """Return ``text`` without the words that said it."""
        return " ".join((text[: self.first] + " " + text[self.last :]).split()).strip(" ,")


@dataclass(frozen=True, slots=True)
class Words:
    """The words for days of one language."""

    code: str
    lists: Mapping[str, tuple[str, ...]]
    units: Mapping[str, str]
    numbers: Mapping[str, int]
    spaceless: bool

    @property
    def calendar(self) -> Calendar:
        """The names of days and months; what a language answers with is read once somebody speaks it."""
        return phrases(self.code).calendar


def find(text: str, words: Words, today: date, *, past: bool = True) -> When | None:
    """Return the first day or span in ``text``, a day of the week alone only where there is no other.

    A date without a year is the last such one, or else the next.

    Raises Refused, with a sentence, for a date that does not exist.
    """
    found = list(_Said(text, words, today, past=past).all())
    return next((one for one in found if not one.loose), found[0] if found else None)


def moment(day: date, time_zone: str) -> datetime:
    """Return when ``day`` begins in that time zone, in UTC."""
    try:
        zone: ZoneInfo | None = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    return datetime.combine(day, time(), zone or UTC).astimezone(UTC)


def words_of(code: str, raw: Mapping[str, Any], *, spaceless: bool = False) -> Words:
    """Return the words for days of a language from ``memos: days:`` of its file."""
    lists = {key: tuple(value) for key, value in raw.items() if isinstance(value, (list, tuple))}
    units = {said: unit for unit, forms in raw.get("units", {}).items() for said in forms}
    numbers = {said: int(value) for value, forms in raw.get("numbers", {}).items() for said in forms}
    return Words(code, lists, units, numbers, spaceless)


class _Said:
    """One sentence that is searched for days."""

    def __init__(self, text: str, words: Words, today: date, *, past: bool) -> None:
        folded = text.casefold()
        self._spelled = text
        self._text = folded if len(folded) == len(text) else text.lower() if len(text.lower()) == len(text) else text
        self._words = words
        self._today = today
        self._past = past

    def all(self) -> Iterator[When]:
        at = 0
        while at < len(self._text):
            found = self._at(at) if self._begins(at) else None
            if found is not None:
                yield found
            at = found.last if found is not None else at + 1

    def _begins(self, at: int) -> bool:
        here = self._text[at]
        return here.isalnum() and (self._words.spaceless or at == 0 or not self._text[at - 1].isalnum())

    def _at(self, at: int) -> When | None:
        for opening, joining in (("from", "to"), ("between", "and")):
            start = self._word(opening, at)
            one = self._point(start) if start is not None else None
            middle = self._word(joining, one[1]) if one is not None else None
            two = self._point(middle) if middle is not None else None
            if one is not None and two is not None:
                return self._span(one[0], two[0], at, self._closed(two[1]))
        for shape in ("since", "until"):
            start = self._word(shape, at)
            # What is so since May began in a May that is over.
            said = self if shape == "until" else _Said(self._spelled, self._words, self._today, past=True)
            one = said._point(start) if start is not None else None  # noqa: SLF001  of the same class
            if one is not None:
                begin, end = (one[0][0], None) if shape == "since" else (None, one[0][1])
                return When(shape, begin, end, at, self._closed(one[1], shape))
        start = None if self._past else self._word("ahead", at)
        one = self._point(start) if start is not None else None
        if one is not None and one[0][0] >= self._today:  # "the letter from 3 May" is none that begins on that day
            return When("since", one[0][0], None, at, one[1])
        for opening in ("on", "in", ""):
            start = self._word(opening, at) if opening else at
            if start is None or (opening == "in" and self._text.startswith(self._words.lists["on"][0] + " ", start)):
                continue  # "moved in on 3 May": the "in" is not the date's
            one = self._point(start, alone=opening == "in")
            if one is not None:
                return When("point", *one[0], at, one[1], loose=one[2])
        return None

    def _span(self, one: Days, two: Days, first: int, last: int) -> When:
        start, end = one[0], two[1]
        if end <= start:  # "from November to February": the first of them was the year before
            start = _moved(start, -1) if self._past else start
            end = end if self._past else _moved(end, 1)
        if end <= start:
            raise Refused("That ends before it begins.")
        return When("span", start, end, first, last)

    def _closed(self, last: int, shape: str = "to") -> int:
        """Return where a span ends that some languages close with a word of its own."""
        return self._word(f"after_{shape}", last) or last

    def _word(self, key: str, at: int) -> int | None:
        """Return where the words behind one of ``key`` begin, None where none of them stands at ``at``."""
        while at < len(self._text) and self._text[at].isspace():
            at += 1
        found = _one_of(self._words.lists.get(key, ()), spaceless=self._words.spaceless).match(self._text, at)
        return found.end() if found is not None else None

    def _point(self, at: int, *, alone: bool = True) -> tuple[Days, int, bool] | None:
        """Return the days of one date, month, year or word for a day at ``at``, and where it ends.

        Where a month or year would stand ``alone``, with nothing before it, it may be another word: "may", "march".
        """
        at = self._word("on", at) or at
        for pattern, read in ((_ISO, self._iso), *_dates(self._words, self)):
            found = pattern.match(self._text, at)
            if found is not None and not alone and not self._words.spaceless and not any(map(str.isdigit, found[0])):
                continue
            days = read(found) if found is not None else None
            if found is not None and days is not None:
                return days, found.end(), False
        for key, distance in _RELATIVE:
            end = self._word(key, at)
            if end is not None:
                return _day(self._today + timedelta(days=distance)), self._trimmed(end), False
        return self._counted(at) or self._weekday(at) or (self._year(at) if alone else None)

    def _trimmed(self, end: int) -> int:
        while end > 0 and self._text[end - 1].isspace():
            end -= 1
        return end

    def _counted(self, at: int) -> tuple[Days, int, bool] | None:
        """Return what "two weeks ago" and "last month" mean."""
        units = _alternatives(self._words.units)
        numbers = rf"\d{{1,3}}|{_alternatives(self._words.numbers)}"
        for template in self._words.lists.get("ago", ()):
            pattern = re.escape(template).replace(r"\{n\}", f"(?P<n>{numbers})").replace(r"\{unit\}", f"(?P<u>{units})")
            found = re.compile(pattern.replace(r"\ ", r"\s+")).match(self._text, at)
            if found is not None:
                count = int(found["n"]) if found["n"].isdigit() else self._words.numbers[found["n"]]
                unit = self._words.units[found["u"]]
                return _ago(self._today, count, unit), found.end(), False
        for key, distance in (("last", -1), ("this", 0), ("next", 1)):
            start = self._word(key, at)
            found = re.compile(rf"({units})(?!\w)").match(self._text, start) if start is not None else None
            if found is not None and self._words.units[found[1]] != "day":
                return _unit(self._today, self._words.units[found[1]], distance), found.end(), False
            if start is not None and (day := self._weekday(start, distance)) is not None:
                return day
        return None

    def _weekday(self, at: int, distance: int | None = None) -> tuple[Days, int, bool] | None:
        names = [name.casefold() for name in self._words.calendar.weekdays]
        end_of_word = "" if self._words.spaceless else r"(?!\w)"
        found = re.compile(rf"({'|'.join(map(re.escape, names))}){end_of_word}").match(self._text, at)
        if found is None:
            return None
        ahead = (names.index(found[1]) - self._today.weekday()) % 7
        loose = distance is None
        if distance is None:
            distance = -1 if self._past else 0
        day = self._today + timedelta(days=ahead - 7 if distance < 0 else ahead or (7 if distance > 0 else 0))
        return _day(day), found.end(), loose

    def _year(self, at: int) -> tuple[Days, int, bool] | None:
        found = _YEAR.match(self._text, at)
        if found is None or not EARLIEST <= int(found[0]) <= LATEST:
            return None
        end = self._word("year_end", found.end()) or found.end()
        return (date(int(found[0]), 1, 1), date(int(found[0]) + 1, 1, 1)), end, False

    def _iso(self, found: re.Match[str]) -> Days:
        return self.dated(int(found[3]), int(found[2]), int(found[1]), found.span())

    def dated(self, day: int | None, month: int, year: int | None, span: tuple[int, int]) -> Days:
        """Return the days of a date that was said at ``span``; raises Refused where there is no such date."""
        said = self._spelled[span[0] : span[1]].strip()
        for_year = year if year is not None else self._today.year
        if not EARLIEST <= for_year <= LATEST or not 1 <= month <= 12:  # noqa: PLR2004  months of a year
            raise Refused(f"There is no {said}.")
        if year is None and day == 29 and month == 2:  # noqa: PLR2004  the day that not every year has
            while not calendar.isleap(for_year):
                for_year += -1 if self._past else 1
        try:
            start = date(for_year, month, day or 1)
        except ValueError:
            raise Refused(f"There is no {said}.") from None
        days = _day(start) if day else (start, _month_after(start))
        if year is None and self._past and days[0] > self._today:
            days = _moved(days[0], -1), _moved(days[1], -1)
        elif year is None and not self._past and days[1] <= self._today:
            days = _moved(days[0], 1), _moved(days[1], 1)
        return days


_RELATIVE = (("before_yesterday", -2), ("yesterday", -1), ("today", 0), ("tomorrow", 1))
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\w)")
_YEAR = re.compile(r"(?:19|20|21)\d\d(?!\d)")


def _dates(words: Words, said: "_Said") -> Iterator[tuple[re.Pattern[str], Any]]:
    """Yield the ways to write a date with a month's name, and how each is read."""
    months = [month.casefold() for month in words.calendar.months]
    for pattern in _month_patterns(words.calendar.months, words.lists.get("ordinal", ()), words.lists.get("of", ())):

        def read(found: re.Match[str]) -> Days:
            groups = found.groupdict()
            name = groups["month"]
            month = months.index(name) if name in months else [one[:3] for one in months].index(name[:3])  # "mar"
            day, year = groups.get("day"), groups.get("year")
            return said.dated(int(day) if day else None, month + 1, int(year) if year else None, found.span())

        yield pattern, read


@lru_cache(maxsize=16)
def _month_patterns(
    months: tuple[str, ...], ordinals: tuple[str, ...], ofs: tuple[str, ...]
) -> tuple[re.Pattern[str], ...]:
    names = [month.casefold() for month in months]
    if names[0][0].isdigit():  # 3月: the number is the name
        month = "(?P<month>" + "|".join(sorted(names, key=len, reverse=True)) + ")"
        return (re.compile(rf"(?:(?P<year>\d{{4}})年)?{month}(?:(?P<day>\d{{1,2}})[日号]?)?"),)
    short = [name[:3] for name in names if name[:3].isascii()] + ["sept"] if names[0] == "january" else []
    month = "(?P<month>" + "|".join(map(re.escape, sorted({*names, *short}, key=len, reverse=True))) + r")(?!\w)\.?"
    ordinal, of = "|".join(map(re.escape, ordinals)) or "(?!)", "|".join(map(re.escape, ofs)) or "(?!)"
    day, year = rf"(?P<day>\d{{1,2}})(?:{ordinal}|\.)?(?!\d)", r"(?P<year>(?:19|20|21)\d\d)(?!\d)"
    return (
        re.compile(rf"{day}\s+(?:(?:{of})\s+)?{month}(?:,?\s+{year})?"),
        re.compile(rf"{month}\s+{day}(?:,?\s+{year})?(?!\w)"),
        re.compile(rf"{month}(?:,?\s+(?:(?:{of})\s+)?{year})?"),
    )


@lru_cache(maxsize=256)
def _one_of(words: tuple[str, ...], *, spaceless: bool) -> re.Pattern[str]:
    gap = r"\s*" if spaceless else r"(?:\s+|$)"
    return re.compile(f"(?:{_alternatives(words)}){gap}" if words else "(?!)")


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


def _day(day: date) -> Days:
    return day, day + timedelta(days=1)


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _moved(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _ago(today: date, count: int, unit: str) -> Days:
    if unit in {"day", "week"}:
        return _day(today - timedelta(days=count * (7 if unit == "week" else 1)))
    if unit == "year":
        return _unit(today, "year", -count)
    return _unit(today, "month", -count)


def _unit(today: date, unit: str, distance: int) -> Days:
    """Return the week, month or year that is ``distance`` from the one of ``today``."""
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=distance)
        return monday, monday + timedelta(weeks=1)
    if unit == "year":
        year = max(EARLIEST, min(LATEST, today.year + distance))
        return date(year, 1, 1), date(year + 1, 1, 1)
    months = max(EARLIEST * 12, today.year * 12 + today.month - 1 + distance)
    start = date(months // 12, months % 12 + 1, 1)
    return start, _month_after(start)
