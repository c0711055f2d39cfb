"""A time of day as people say it: "half past six", "7 pm", "halb acht", "sept heures et demie".

The expressions of each language are in its file; what their groups mean is here.  Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from claw.routines.talk_tongue import Tongue, alternatives
from claw.skills.numerals import Figures

_NOON, _HOURS, _DAY, _HOUR = 12, 24, 24 * 60, 60
_SMALL_HOURS = 4
_FIGURES = Figures()
_FIXED = {
    "half_past": 30,
    "half_to": -30,
    "quarter_past": 15,
    "quarter_to": -15,
    "three_quarters": 45,
    "three_quarters_to": -15,
}
_SURE = frozenset({"am", "pm", "clear", "half_past", "half_to", "quarter_past", "quarter_to", "midnight"})


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes; ``open`` where either half of the day may be meant."""

    minutes: int
    open: bool = False


class Patterns:
    """The expressions of one language, each made when it is first needed."""

    def __init__(self, tongue: Tongue) -> None:
        self.tongue = tongue
        self.raw: Mapping[str, Any] = tongue.raw["times"]
        self.hours = {str(word): at for at, word in enumerate(self.raw["hours"], 1)}
        self.hours |= {str(word): int(hour) for word, hour in self.raw.get("more_hours", {}).items()}
        names = [*tongue.weekdays, *(str(one).lower() for one in self.raw.get("other_days", ()))]
        self.day_names = alternatives(names)
        self.edge = "" if tongue.spaceless else r"(?<![\w'])"
        self._made: dict[str, re.Pattern[str]] = {}

    def made(self, said: str) -> re.Pattern[str]:
        """Return an expression with what its braces stand for."""
        known = self._made.get(said)
        if known is None:
            minutes = alternatives(map(str, self.raw.get("minutes", ())))
            ordinals = alternatives(map(str, self.raw.get("ordinals", {})))
            filled = (
                said.replace("{h}", rf"(?P<hour>{alternatives(self.hours)}|\d{{1,2}})")
                .replace("{mm}", f"(?:{minutes})")
                .replace("{m}", self.raw.get("mark", ""))
                .replace("{d}", f"(?:{self.day_names})")
                .replace("{n}", rf"(?P<n>\d{{1,2}}|{ordinals})")
            )
            known = self._made[said] = re.compile(filled)
        return known

    def ends(self, low: str, end: int) -> bool:
        """Return whether a word may end there."""
        return self.tongue.spaceless or end == len(low) or not (low[end].isalnum() or low[end] in "'%°")

    def number(self, word: str) -> int | None:
        """Return the whole number that a word is, None where it is none."""
        if word.isdecimal():
            return int(word)
        plain = self.tongue.plain(word.removeprefix("oh ").removeprefix("o "))
        number = _FIGURES.number(plain, self.tongue.code)
        return int(number) if number is not None else None

    def ordinal(self, word: str) -> int | None:
        """Return the number that a word is as a day of the month, None where it is none."""
        known = {str(said): int(number) for said, number in self.raw.get("ordinals", {}).items()}
        return known.get(word) or self.number(word)


class Clocks:
    """Reads times of day in one language."""

    def __init__(self, patterns: Patterns) -> None:
        self._in = patterns

    def leads(self, low: str) -> list[tuple[int, int]]:
        """Return where "at" stands, start and end, with what makes of a number a time of day."""
        leads = [one.partition("{t}")[0] for one in self._in.raw["at"]]
        if any(word in low for word in self._in.raw.get("alarms", ())):
            leads.append(self._in.raw["at_alarm"])  # "an alarm for seven", where another "for" is no time
        made = (self._in.made(self._in.edge + lead) for lead in leads if lead)
        return [found.span() for pattern in made for found in pattern.finditer(low)]

    def all_at(self, low: str, at: int, *, sure: bool = False) -> tuple[int, tuple[Clock, ...]] | None:
        """Return where the times of day that stand at ``at`` end, and these ("at 7 and 19:00"); None where none does.

        ``sure``: only what can be nothing else, with no "at" before it.
        """
        first = self._at(low, at, sure=sure)
        if first is None:
            return None
        end, clocks = first[0], [first[1]]
        while found := self._in.made(self._in.raw["both"]).match(low, end):
            more = self._at(low, found.end())
            if more is None:
                break
            end, clocks = more[0], [*clocks, more[1]]
        return end, tuple(clocks)

    def _at(self, low: str, at: int, *, sure: bool = False) -> tuple[int, Clock] | None:
        for said in self._in.raw["clock"]:
            found = self._in.made(said).match(low, at)
            if found is None or found.end() == at or not self._in.ends(low, found.end()):
                continue
            clock = self._read({key: value for key, value in found.groupdict().items() if value})
            if clock is not None and (not sure or _sure(found)):
                return found.end(), clock
        return None

    def _read(self, said: Mapping[str, str]) -> Clock | None:
        if "noon" in said or "midnight" in said:
            return Clock(_NOON * _HOUR if "noon" in said else 0)
        word = said.get("hour", "")
        hour = int(word) if word.isdecimal() else self._in.hours.get(word) or self._in.number(word)
        minute = self._minute(said)
        if hour is None or minute is None or hour > _HOURS or not -_HOUR < minute < _HOUR:
            return None
        open_ = 0 < hour <= _NOON and not word.startswith("0")
        if open_ and ("am" in said or "pm" in said):
            late = "pm" in said and not ("late" in said and (hour == _NOON or hour <= _SMALL_HOURS))
            hour, open_ = hour % _NOON + (_NOON if late else 0), False
        return Clock((hour * _HOUR + minute) % _DAY, open_)

    def _minute(self, said: Mapping[str, str]) -> int | None:
        fixed = next((minutes for key, minutes in _FIXED.items() if key in said), None)
        if fixed is not None:
            return fixed
        for key, sign in (("past", 1), ("to", -1), ("minute", 1), ("minute_word", 1)):
            if key in said:
                number = self._in.number(said[key])
                return None if number is None else sign * number
        return 0


def _sure(found: re.Match[str]) -> bool:
    """Return whether a time of day can be nothing else: "7:30", "7 am", "half past seven"."""
    said = {key for key, value in found.groupdict().items() if value}
    return bool(said & _SURE) or ("minute" in said and ":" in found[0])
