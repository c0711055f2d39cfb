"""A cron expression as an English phrase, where it is simple enough for one."""

from claw.routines.cron import Fields, fields_of

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ALL_MINUTES, _ALL_DAYS, _ALL_MONTHS, _ALL_WEEKDAYS = range(60), range(1, 32), range(1, 13), range(7)
_WEEKDAYS = frozenset(range(1, 6))
_MOST_TIMES = 4


def cron_words(cron: str) -> str:
    """Return "every weekday at 07:00", or the expression itself where it says more than a few words can."""
    try:
        fields = fields_of(cron)
    except ValueError:
        return f"by the cron expression {cron}"
    times, days = _times(fields), _days(fields)
    return f"{days}{times}" if times and days is not None else f"by the cron expression {cron}"


def _times(fields: Fields) -> str:
    minutes, hours = sorted(fields.minutes), sorted(fields.hours)
    if len(minutes) * len(hours) <= _MOST_TIMES:
        return " at " + _and([f"{hour:02d}:{minute:02d}" for hour in hours for minute in minutes])
    if len(hours) < len(range(24)):
        return ""
    if fields.minutes == frozenset(_ALL_MINUTES):
        return ", each minute"
    step = minutes[1] - minutes[0] if len(minutes) > 1 else 0
    if step and 60 % step == 0 and minutes == list(range(0, 60, step)):
        return f", every {step} minutes"
    return f", each hour at {_and([f':{minute:02d}' for minute in minutes])}" if len(minutes) <= _MOST_TIMES else ""


def _days(fields: Fields) -> str | None:
    each_weekday = fields.weekdays == frozenset(_ALL_WEEKDAYS)
    each_month = fields.months == frozenset(_ALL_MONTHS)
    if fields.days == frozenset(_ALL_DAYS):
        return _of_the_week(fields.weekdays) if each_month else None
    if not each_weekday or len(fields.days) > _MOST_TIMES:
        return None
    months = "each month" if each_month else _and([_MONTHS[month - 1] for month in sorted(fields.months)])
    return f"on day {_and([str(day) for day in sorted(fields.days)])} of {months}"


def _of_the_week(weekdays: frozenset[int]) -> str:
    if weekdays == frozenset(_ALL_WEEKDAYS):
        return "every day"
    if weekdays == _WEEKDAYS:
        return "every weekday"
    return f"every {_and([_DAYS[day] for day in (*range(1, 7), 0) if day in weekdays])}"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
