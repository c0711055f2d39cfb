"""What is told of routines in a talk, in the language of the talk: when it is due, what it does, how much is left.

Times are always told on a clock of 24 hours: whoever meant the evening hears it where the morning was understood.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from claw.house.model import House
from claw.house.text import plain
from claw.mind.phrases import capital, fill, phrases
from claw.policy.windows import DAYS
from claw.routines import wording_do, wording_when
from claw.routines.model import Routine
from claw.routines.place import Place, place_of
from claw.routines.spec import At, Cron, Every, Once, Says, Spec, Step, Sun, Trigger, offset_s, span_s
from claw.routines.talk_tongue import Tongue

_WEEK = 7
_LONGEST_NAME = 60
_UNITS = (
    (86_400, "a_day", "several_days"),
    (3600, "hour", "hours"),
    (60, "minute", "minutes"),
    (1, "second", "seconds"),
)
_CLOCKED = (At, Cron, Every, Once, Sun)


class TalkWords:
    """Words of one language for one house at one moment; ``now`` is with the zone of the house."""

    def __init__(self, tongue: Tongue, house: House, now: datetime) -> None:
        self._tongue = tongue
        self._house = house
        self.place: Place = place_of(house.registry)
        self.now = now.astimezone(self.place.zone)

    def say(self, key: str, **values: str) -> str:
        """Return a sentence of the language's file with ``values`` in it."""
        return fill(str(self._tongue.raw["says"][key]), **values)

    def time(self, moment: datetime) -> str:
        """Return a time of day: 07:00."""
        return f"{self.place.wall(moment):%H:%M}" if moment.tzinfo else f"{moment:%H:%M}"

    def day(self, day: date) -> str:
        """Return a day as it stands before a time: today, tomorrow, Tue, 27 November."""
        ahead = (day - self.now.date()).days
        if ahead in {0, 1}:
            return self.say("tomorrow" if ahead else "today")
        if 0 < ahead < _WEEK:
            return str(self._tongue.raw["short_days"][day.weekday()])
        words = phrases(self._tongue.code)
        month = words.calendar.months[day.month - 1]
        year = "" if abs(ahead) < 300 else f" {day.year}"  # noqa: PLR2004  nobody takes the nearest for another
        return f"{str(self._tongue.raw['date']).format_map({'day': str(day.day), 'month': month})}{year}"

    def full_day(self, day: date) -> str:
        """Return a day with its weekday: Friday, 27 November 2026."""
        return phrases(self._tongue.code).day(day)

    def moment(self, moment: datetime) -> str:
        """Return a moment (UTC) as short as it is clear: tomorrow 07:00."""
        wall = self.place.wall(moment)
        return self.say("moment", day=self.day(wall.date()), time=f"{wall:%H:%M}")

    def span(self, seconds: float) -> str:
        """Return a span in at most two units: 1 hour 30 minutes."""
        left, parts = max(round(seconds), 1), list[str]()
        for size, one, many in _UNITS:
            count, left = divmod(left, size)
            if count:
                parts.append(self.say(one) if count == 1 else self.say(many, n=str(count)))
        first = parts[:2]
        return first[0] if len(first) == 1 else self.say("span_and", a=first[0], b=first[1])

    def left(self, due: datetime) -> str:
        """Return how long it is until ``due``."""
        return self.span((due - self.now).total_seconds())

    def when(self, spec: Spec, clause: str = "") -> str:
        """Return when a routine is due, as a phrase; ``clause`` is how its event was said."""
        once = spec.max_runs == 1
        if clause:
            said = self.say("event_once" if once else "event", clause=plain(clause, 200))
        else:
            said = phrases(self._tongue.code).join(
                list(dict.fromkeys(self._trigger(one, once=once) for one in spec.when))
            )
        return said

    def row(self, routine: Routine) -> str:
        """Return one routine as a line of a list, without its number."""
        spec = routine.spec
        if spec.kind != "timer" and all(isinstance(one, _CLOCKED) for one in spec.when):
            return self.say("row_bare", when=capital(self.when(spec)), what=self.what(spec))
        return self.name(spec)

    def name(self, spec: Spec) -> str:
        """Return what a routine is called, as it is shown: somebody's words, in quotation marks."""
        return phrases(self._tongue.code).quote(spec.name, _LONGEST_NAME)

    def what(self, spec: Spec) -> str:
        """Return what a routine does, as a phrase."""
        return self.say("deed_then").join(self._step(step, spec) for step in spec.do)

    def _step(self, step: Step, spec: Spec) -> str:
        if not isinstance(step, Says):
            return self.say("deed_then").join(wording_do.deeds((step,), self._house, self._tongue.code))
        verb = "remind" if spec.kind == "reminder" else "tell"
        words = phrases(self._tongue.code)
        said = words.quote(step.say.removesuffix(".").removesuffix("。"), 120)
        kind, _, ident = step.to.partition(":")
        if kind == "person":
            found = next((one.name for one in self._house.registry.people if one.id == ident), ident)
            return self.say(f"{verb}_who", who=plain(found, 40), text=said)
        return self.say(f"{verb}_all" if kind == "everyone" else verb, text=said)

    def _trigger(self, trigger: Trigger, *, once: bool) -> str:
        match trigger:
            case At(at=at, days=days):
                return self._days_at(at[:5], days)
            case Once(once=moment):
                wall = self.place.wall(moment) if moment.tzinfo else moment
                return self.say("once", day=self.day(wall.date()), time=f"{wall:%H:%M}")
            case Every(every=every):
                bare = {3600.0: "each_hour", 60.0: "each_minute"}.get(span_s(every))
                return self.say(bare) if bare else self.say("every", span=self.span(span_s(every)))
            case Sun():
                return self._sun(trigger, once=once)
            case Cron(cron=cron):
                return self._cron(trigger, cron)
            case _:
                return wording_when.phrase(trigger, self._house.registry)

    def _days_at(self, at: str, days: Sequence[str]) -> str:
        named = frozenset(days)
        key = {frozenset(): "daily", frozenset(DAYS): "daily", frozenset(DAYS[:5]): "weekdays"}.get(named)
        key = "weekends" if named == frozenset(DAYS[5:]) else key
        return self.say(key, time=at) if key else self.say("days", days=self._days(days), time=at)

    def _days(self, days: Sequence[str]) -> str:
        named = frozenset(days)
        if named in {frozenset(DAYS[:5]), frozenset(DAYS[5:])}:
            return self.say("the_weekdays" if DAYS[0] in named else "the_weekends")
        words = phrases(self._tongue.code)
        return words.join([words.calendar.weekdays[DAYS.index(day)] for day in DAYS if day in days])

    def _sun(self, trigger: Sun, *, once: bool) -> str:
        offset = offset_s(trigger.offset)
        key = trigger.sun if not offset else f"{'before' if offset < 0 else 'after'}_{trigger.sun}"
        said = self.say(key, span=self.span(abs(offset)))
        if once:
            return said
        if not trigger.days:
            return self.say("sun_daily", sun=said)
        return self.say("sun_days", sun=said, days=self._days(trigger.days))

    def _cron(self, trigger: Cron, cron: str) -> str:
        minute, hour, day, *rest = cron.split()
        if minute.isdigit() and hour.isdigit() and day.isdigit() and rest == ["*", "*"]:
            return self.say("monthly", n=day, time=f"{int(hour):02d}:{int(minute):02d}")
        return wording_when.phrase(trigger, self._house.registry)


def soon(spec: Spec, now: datetime) -> bool:
    """Return whether a single time is so near that how long it is says more than the day."""
    one = spec.when[0]
    return isinstance(one, Once) and one.once.tzinfo is not None and one.once - now < timedelta(hours=12)
