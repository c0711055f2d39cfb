"""When, in a few words as programs and the command line write it: ``weekdays 07:00``, ``when last leaves``.

Several are separated by a semicolon.  Every error says what was expected, with an example.  The reference is
``docs/routines.md``.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from claw.house.text import plain
from claw.policy.windows import DAYS
from claw.routines.cron import fields_of
from claw.routines.spec import (
    MOST_TRIGGERS,
    At,
    Becomes,
    Cron,
    Every,
    Happens,
    Once,
    Passes,
    Presence,
    Sun,
    Trigger,
    span_s,
)

LONGEST = 1000
"""Characters of all of it."""
FORMS = (
    "07:00",
    "weekdays 07:00",
    "mon,wed 18:30",
    "every 20 min",
    "in 20 min",
    "tomorrow 18:00",
    "2031-11-27 18:00",
    "sunset-00:30",
    "cron 0 7 * * 1-5",
    "when binary_sensor.door on for 2 min",
    "when sensor.temperature above 26 hysteresis 1",
    "when last leaves",
    "event zha_event command=on",
)
"""One example of each form, as they are shown to a person and to a model."""

_CLOCK = r"(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)"
_ON_DAYS = r"(?:(?P<days>every day|daily|weekdays|weekends|[a-z]{3}(?:[-,] ?[a-z]{3})*) (?:at )?)?"
_SPAN = r"[0-9]+ ?(?:s|min|h|d)"
_FOR = rf"(?: for (?P<for>{_SPAN}))?"
_ENTITY = r"(?P<entity>[a-z0-9_]+\.[a-z0-9_]+)"
_VALUE = r'(?:"[^"]*"|[^\s",]+)'
_VALUES = rf"{_VALUE}(?:(?: or |, ?){_VALUE})*"
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_SIDE = {"-": "-", "+": "", "before": "-", "after": ""}


def triggers_of(text: str, now: datetime) -> tuple[Trigger, ...]:
    """Return what ``text`` means; ``now`` (with its zone: the house's) is what "in 20 min" and "tomorrow" count from.

    Raises ValueError with a sentence for a person.
    """
    if len(text) > LONGEST:
        raise ValueError(f"found {len(text)} characters, expected a time in a few words such as {_some(FORMS)}")
    parts = [" ".join(part.split()) for part in text.split(";")]
    if len(parts) > MOST_TRIGGERS:
        raise ValueError(f"found {len(parts)} times, expected {MOST_TRIGGERS} at most")
    return tuple(_trigger(part, now) for part in parts)


def _trigger(part: str, now: datetime) -> Trigger:
    head = part.partition(" ")[0].lower()
    try:
        for pattern, make in _READERS:
            if found := pattern.fullmatch(part):
                return make(found.groupdict(), now)
    except ValidationError as error:
        problem = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"in {plain(part)!r}: {problem}") from error
    except OverflowError as error:
        raise ValueError(f"{plain(part)!r} lies beyond the calendar") from error
    like = [form for form in FORMS if form.partition(" ")[0] == head] or FORMS
    raise ValueError(f"found {plain(part)!r}, expected {_some(like)}")


def _some(forms: tuple[str, ...] | list[str]) -> str:
    return ", ".join(forms[:-1]) + f" or {forms[-1]}" if len(forms) > 1 else f"something such as {''.join(forms)}"


def _at(found: dict[str, str], now: datetime) -> Trigger:
    del now
    return At(at=_padded(found["clock"]), **_days(found["days"]))


def _sun(found: dict[str, str], now: datetime) -> Trigger:
    del now
    offset = "0 min"
    if found["clock"]:
        hours, minutes = found["clock"].split(":")[:2]
        offset = f"{_SIDE[found['side']]}{int(hours) * 60 + int(minutes)} min"
    elif found["span"]:
        offset = f"{_SIDE[found['side'].lower()]}{found['span']}"
    return Sun.model_validate({"sun": found["sun"].lower(), "offset": offset, **_days(found["days"])})


def _every(found: dict[str, str], now: datetime) -> Trigger:
    del now
    return Every(every=found["span"])


def _in(found: dict[str, str], now: datetime) -> Trigger:
    return Once(once=(now + timedelta(seconds=span_s(found["span"]))).astimezone(UTC))


def _once(found: dict[str, str], now: datetime) -> Trigger:
    if found["zone"]:
        zone = "+00:00" if found["zone"].lower() == "z" else found["zone"]
        return Once(once=datetime.fromisoformat(f"{_date(found['day'])}T{_padded(found['clock'])}{zone}"))
    near = {"today": 0, "tomorrow": 1}.get(found["day"].lower())
    day = now.date() + timedelta(days=near) if near is not None else _date(found["day"])
    return Once(once=datetime.combine(day, time.fromisoformat(_padded(found["clock"]))))


def _date(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"there is no day {written}") from None


def _cron(found: dict[str, str], now: datetime) -> Trigger:
    del now
    fields_of(found["cron"])
    return Cron(cron=found["cron"])


def _passes(found: dict[str, str], now: datetime) -> Trigger:
    del now
    written = {
        "number": found["entity"].lower(),
        "attribute": found["attribute"],
        found["side"].lower(): float(found["bound"]),
        "hysteresis": float(found["hysteresis"] or 0),
        "for": found["for"],
    }
    return Passes.model_validate(_given(written))


def _becomes(found: dict[str, str], now: datetime) -> Trigger:
    del now
    written: dict[str, Any] = {"state": found["entity"].lower(), "for": found["for"]}
    if found["to"].lower() != "changes":
        written["to"] = _listed(found["to"])
    if found["from"]:
        written["from"] = _listed(found["from"])
    return Becomes.model_validate(_given(written))


def _presence(found: dict[str, str], now: datetime) -> Trigger:
    del now
    who = [one.strip() for one in found["who"].lower().split(",")]
    does = "leaves" if found["does"].lower().startswith("leaves") else "comes"
    return Presence.model_validate(_given({"presence": who, "does": does, "for": found["for"]}))


def _happens(found: dict[str, str], now: datetime) -> Trigger:
    del now
    pairs = re.findall(rf"([A-Za-z0-9_]+)=({_VALUE})", found["data"])
    data = {key: _literal(value) for key, value in pairs}
    return Happens.model_validate({"event": found["event"], **({"data": data} if data else {})})


def _given(written: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if value is not None}


def _listed(text: str) -> list[str]:
    return [one.strip('"') for one in re.findall(_VALUE, text) if one != "or"]


def _literal(text: str) -> str | int | float | bool:
    if text.startswith('"'):
        return text.strip('"')
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(_NUMBER, text) else text


def _padded(clock: str) -> str:
    hour, _, rest = clock.partition(":")
    if int(hour) > 23 or any(int(one) > 59 for one in rest.split(":")):  # noqa: PLR2004  a day, an hour
        raise ValueError(f"found the time {clock}, expected one from 00:00 to 23:59")
    return f"{int(hour):02d}:{rest}"


def _days(text: str | None) -> dict[str, Any]:
    written = (text or "").lower()
    if written in {"", "every day", "daily"}:
        return {}
    if written in {"weekdays", "weekends"}:
        return {"days": DAYS[:5] if written == "weekdays" else DAYS[5:]}
    found: list[str] = []
    for item in written.replace(" ", "").split(","):
        first, *rest = item.split("-")
        last = rest[0] if rest else first
        if len(rest) > 1 or first not in DAYS or last not in DAYS:
            raise ValueError(f"found the days {plain(written)!r}, expected some of {', '.join(DAYS)}, or mon-fri")
        start = DAYS.index(first)
        found += [DAYS[(start + n) % 7] for n in range((DAYS.index(last) - start) % 7 + 1)]
    return {"days": tuple(found)}


def _reader(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


_READERS: tuple[tuple[re.Pattern[str], Callable[[dict[str, str], datetime], Trigger]], ...] = (
    (_reader(rf"(?:at )?{_ON_DAYS}{_CLOCK}"), _at),
    (_reader(rf"{_ON_DAYS}(?:at )?(?P<sun>sunrise|sunset)(?P<span>)(?: ?(?P<side>[+-]) ?{_CLOCK})?"), _sun),
    (
        _reader(rf"{_ON_DAYS}(?P<clock>)(?P<span>[0-9]+ ?(?:s|min|h)) (?P<side>before|after) (?P<sun>sunrise|sunset)"),
        _sun,
    ),
    (_reader(rf"every (?P<span>{_SPAN})"), _every),
    (_reader(rf"in (?P<span>{_SPAN})"), _in),
    (
        _reader(
            r"(?:at )?(?P<day>today|tomorrow|[0-9]{4}-[0-9]{2}-[0-9]{2})(?: |T| at )"
            rf"{_CLOCK}(?P<zone>Z|[+-][0-9]{{2}}:[0-9]{{2}})?"
        ),
        _once,
    ),
    (_reader(r"cron:? (?P<cron>.+)"), _cron),
    (
        _reader(
            rf"when {_ENTITY}(?: (?P<attribute>[a-z0-9_]+))? (?P<side>above|below) (?P<bound>{_NUMBER})"
            rf"(?: hysteresis (?P<hysteresis>{_NUMBER}))?{_FOR}"
        ),
        _passes,
    ),
    (
        _reader(
            rf"when {_ENTITY} (?:is |becomes |turns )?(?!(?:above|below|is|for|from)\b)(?P<to>{_VALUES})"
            rf"(?: from (?P<from>{_VALUES}))?{_FOR}"
        ),
        _becomes,
    ),
    (
        _reader(rf"when (?P<who>[a-z0-9_]+(?:, ?[a-z0-9_]+)*) (?P<does>comes|comes home|arrives|leaves){_FOR}"),
        _presence,
    ),
    (_reader(rf"event (?P<event>[a-z0-9_.]+)(?P<data>(?: [a-z0-9_]+={_VALUE})*)"), _happens),
)
