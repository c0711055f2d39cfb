"""Another time for a routine that exists: "move it to eight", "half an hour later", "in the evening", "every time".

What is left open is read from how it was: eight, for what runs at seven in the morning, is in the morning.
"""

from datetime import date, datetime, timedelta

from claw.base.action import Reply
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.mind.memos_templates import Match
from claw.routines.model import Routine
from claw.routines.spec import At, Cron, Once, Spec, Sun, Trigger
from claw.routines.talk_clock import Clock
from claw.routines.talk_due import written
from claw.routines.talk_ports import TalkRooms
from claw.routines.talk_recent import Recents
from claw.routines.talk_setting import Said, Setting, refused
from claw.routines.talk_times import Times

_HALF, _DAY = 12 * 60, 24 * 60
SNOOZED_S = 600.0


class Mover:
    """Changes when something runs."""

    def __init__(self, rooms: TalkRooms, mirror: Mirror, recents: Recents, setting: Setting) -> None:
        self._in = rooms
        self._mirror = mirror
        self._recents = recents
        self._setting = setting

    def back(self, routine: Routine, said: Said) -> str:
        """Return what a routine does and its next firings."""
        return self._setting.back(routine, said)

    async def move(self, routine: Routine, match: Match, said: Said) -> Reply | None:
        """Move a routine as a sentence says; None where the sentence names no time."""
        spec = routine.spec
        if match.means == "move":
            to = match.get("to")
            try:
                ways = [*said.reader.read(to, said.words.now.date()), Times("", clocks=said.reader.clock(to))]
            except Refused as error:
                return Reply(str(error), "unclear", path="intent", language=said.tongue.code)
            times = next((one for one in ways if one.any and not one.rest.strip(" ,")), None)
            if times is None:
                return None
            triggers = tuple(_at(one, times, said.words.now) for one in spec.when)
        else:
            seconds = SNOOZED_S if match.means == "snooze" else said.reader.span(match.get("span"))
            if not seconds:
                return None
            shift = -seconds if match.means in {"earlier", "less"} else seconds
            triggers = tuple(_shifted(one, shift, said.words.now) for one in spec.when)
        return await self._changed(routine, triggers, said)

    async def half(self, routine: Routine, half: str, said: Said) -> Reply | None:
        """Move what runs at a set time to the same hour of the other half of the day; None where it is there."""
        found: list[Trigger | None] = []
        for one in routine.spec.when:
            minutes = _minutes(one)
            wanted = None if minutes is None else minutes % _HALF + (_HALF if half == "pm" else 0)
            if minutes is None or wanted is None or wanted == minutes:
                return None
            found.append(_with_minutes(one, wanted))
        return await self._changed(routine, tuple(found), said)

    async def again(self, routine: Routine, said: Said) -> Reply | None:
        """Have what counts once count each time; None where it does so already."""
        if routine.spec.max_runs != 1:
            return None
        told = await self._in.routines.change(
            routine.id, routine.spec.model_copy(update={"max_runs": None}), said.origin, said=said.text
        )
        if told.routine is None:
            return refused(told, said, self._mirror)
        self._recents.spoke(said.origin, told.routine.id)
        return Reply(said.words.say("each_made"), "done", path="intent", language=said.tongue.code)

    async def _changed(self, routine: Routine, triggers: tuple[Trigger | None, ...], said: Said) -> Reply:
        known = [one for one in triggers if one is not None]
        if len(known) != len(triggers):
            return Reply(said.words.say("not_movable"), "unclear", path="intent", language=said.tongue.code)
        wall = said.words.now.replace(tzinfo=None)
        for one in known:
            moment = one.once if isinstance(one, Once) else None
            if moment is not None and (moment <= said.words.now if moment.tzinfo else moment <= wall):
                return Reply(
                    said.words.say("past", when=said.text), "unclear", path="intent", language=said.tongue.code
                )
        spec: Spec = routine.spec.model_copy(update={"when": tuple(known)})
        told = await self._in.routines.change(routine.id, spec, said.origin, said=said.text)
        if told.routine is None:
            return refused(told, said, self._mirror)
        self._recents.spoke(said.origin, told.routine.id)
        text = self._setting.back(told.routine, said)
        return Reply(text, "done", told.performed.outcomes, path="intent", language=said.tongue.code)


def _minutes(trigger: Trigger) -> int | None:
    """Return the time of day (minutes) of what runs at a set one."""
    match trigger:
        case At(at=at):
            return int(at[:2]) * 60 + int(at[3:5])
        case Once(once=moment):
            return moment.hour * 60 + moment.minute
        case Cron(cron=cron) if all(one.isdigit() for one in cron.split()[:2]):
            minute, hour, *_ = cron.split()
            return int(hour) * 60 + int(minute)
        case _:
            return None


def _with_minutes(trigger: Trigger, minutes: int) -> Trigger | None:
    match trigger:
        case At():
            return trigger.model_copy(update={"at": written(minutes)})
        case Once(once=moment):
            return Once(once=moment.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0))
        case Cron(cron=cron):
            return Cron(cron=" ".join((str(minutes % 60), str(minutes // 60), *cron.split()[2:])))
        case Sun(days=days):
            return At.model_validate({"at": written(minutes), **({"days": days} if days else {})})
        case _:
            return None


def _at(trigger: Trigger, times: Times, now: datetime) -> Trigger | None:
    """Return a trigger at another time, on another day, or both; None where that makes no sense of it."""
    if isinstance(trigger, Once) and trigger.once.tzinfo is not None:
        trigger = Once(once=trigger.once.astimezone(now.tzinfo).replace(tzinfo=None))
    before = _minutes(trigger)
    if times.after and isinstance(trigger, Once):
        return Once(once=(now + timedelta(seconds=times.after)).replace(microsecond=0))
    if times.days and isinstance(trigger, At):
        trigger = At.model_validate({"at": trigger.at, "days": times.days})
    elif times.days or times.monthly or times.every or times.sun or times.after:
        return None
    if times.clocks:
        moved = _with_minutes(trigger, _nearest(times.clocks[0], times, before))
        if moved is None:
            return None
        trigger = moved
    if times.day is None:
        return _ahead(trigger, now) if times.clocks or times.days else None
    return _on(trigger, times.day)


def _on(trigger: Trigger, day: date) -> Trigger | None:
    if not isinstance(trigger, Once):
        return None
    return Once(once=datetime.combine(day, trigger.once.time()))


def _ahead(trigger: Trigger, now: datetime) -> Trigger:
    """Return a single time that would be over on the next day at the same time."""
    wall = now.replace(tzinfo=None)
    if isinstance(trigger, Once) and trigger.once <= wall and trigger.once.date() == wall.date():
        return Once(once=trigger.once + timedelta(days=1))
    return trigger


def _nearest(clock: Clock, times: Times, before: int | None) -> int:
    """Return the time of day that is meant: of two halves of the day, the one nearer to what it was."""
    if not clock.open:
        return clock.minutes
    first = clock.minutes % _HALF
    if times.part is not None:
        return first if times.part == "morning" else first + _HALF
    if before is None:
        return first + (_HALF if clock.minutes < _HALF // 2 or clock.minutes >= _HALF else 0)
    return min((first, first + _HALF), key=lambda minutes: (abs(minutes - before), minutes))


def _shifted(trigger: Trigger, seconds: float, now: datetime) -> Trigger | None:
    if isinstance(trigger, Once):
        start = trigger.once
        if seconds > 0:  # what is over already is put off from now
            start = max(start, now if start.tzinfo else now.replace(tzinfo=None))
        return Once(once=(start + timedelta(seconds=seconds)).replace(microsecond=0))
    minutes = _minutes(trigger)
    wanted = None if minutes is None else minutes + round(seconds / 60)
    return _with_minutes(trigger, wanted) if wanted is not None and 0 <= wanted < _DAY else None
