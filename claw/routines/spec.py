"""The shape of a routine as a person, a program or a row writes it: when, under what conditions, and what to do.

Only the text is known here, no house and no people; ``claw/routines/checking.py`` holds it against those.  Every
moment without a zone is on the wall clock of the house.  The reference is ``docs/routines.md``.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from claw.base.config import ActionName, EntityId
from claw.policy.rules import When
from claw.policy.words import Days, Duration, Name, Names, Number, Part

MOST_TRIGGERS = 10
MOST_DETECTORS = 1000
"""Triggers of a routine that guards life: the house makes it of all its detectors, and nobody else can.

More than any house has, so that what a gateway brings in by the hundred takes no real detector's place.
"""
MOST_STEPS = 10
MOST_ACTIONS = 20
SHORTEST_S = 10.0
"""Seconds between two firings of an interval at least."""

_SPAN = re.compile(r"([0-9]{1,6}) ?(s|min|h|d)")
_OFFSET = re.compile(r"([+-]?)([0-9]{1,4}) ?(s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 366 * 86_400
_LONGEST_OFFSET_S = 12 * 3600


def span_s(written: str) -> float:
    """Return the seconds of ``20 min`` or ``3 d``; raises ValueError for anything else and above a year."""
    found = _SPAN.fullmatch(written)
    length = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < length <= _LONGEST_S:
        raise ValueError(f"found {written!r}, expected a span such as 30 s, 20 min, 2 h or 3 d, at most 366 d")
    return float(length)


def offset_s(written: str) -> float:
    """Return the signed seconds of ``-30 min``; raises ValueError for anything else and above twelve hours."""
    found = _OFFSET.fullmatch(written)
    if not found or int(found[2]) * _SECONDS[found[3]] > _LONGEST_OFFSET_S:
        raise ValueError(f"found {written!r}, expected an offset such as -30 min or 1 h, at most 12 h")
    return float(int(found[2]) * _SECONDS[found[3]] * (-1 if found[1] == "-" else 1))


def _span(written: str) -> str:
    span_s(written)
    return written


def _offset(written: str) -> str:
    offset_s(written)
    return written


def _one_or_list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


Span = Annotated[str, AfterValidator(_span)]
Offset = Annotated[str, AfterValidator(_offset)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$")]
Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]


class At(Part):
    """A time of day on the wall clock, on some days of the week or on every one."""

    at: Clock
    days: Days = ()


class Cron(Part):
    """Five cron fields on the wall clock: minute, hour, day of the month, month, day of the week."""

    cron: Annotated[str, StringConstraints(min_length=9, max_length=100)]


class Every(Part):
    """Again and again after the same span of time that really passes, counted from ``since`` or when it was made."""

    every: Span
    since: datetime | None = None

    @model_validator(mode="after")
    def _slow_enough(self) -> "Every":
        if span_s(self.every) < SHORTEST_S:
            raise ValueError(f"found every {self.every}, expected {SHORTEST_S:g} s at least")
        return self


class Once(Part):
    """One moment; with a zone it is that, without one it is on the wall clock."""

    once: datetime


class Sun(Part):
    """Sunrise or sunset where the house stands, earlier or later by ``offset``."""

    sun: Literal["sunrise", "sunset"]
    offset: Offset = "0 min"
    days: Days = ()


class Becomes(Part):
    """An entity comes to a state (any other, where ``to`` names none), from one of ``from``, and stays for a while."""

    state: EntityId
    to: Names = ()
    from_: Names = Field(default=(), alias="from")
    for_: Duration | None = Field(default=None, alias="for")


class Passes(Part):
    """A figure of an entity rises above or falls below a threshold and stays there ``for`` so long.

    It counts again only after it was on the other side by at least ``hysteresis``.
    """

    number: EntityId
    attribute: Attribute | None = None
    above: Number | None = None
    below: Number | None = None
    hysteresis: Annotated[Number, Field(ge=0)] = 0.0
    for_: Duration | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _one_side(self) -> "Passes":
        if (self.above is None) == (self.below is None):
            raise ValueError("expected either above or below")
        return self


class Happens(Part):
    """Home Assistant tells of an event of this type, with at least these data."""

    event: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,64}$")]
    data: Mapping[Name, str | int | float | bool] = Field(default_factory=dict, max_length=10)


class Presence(Part):
    """Somebody comes home or leaves: one of some people, ``anyone``, the ``first`` to come or the ``last`` to leave."""

    presence: Names
    does: Literal["comes", "leaves"]
    for_: Duration | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _possible(self) -> "Presence":
        words = {"anyone", "first", "last"} & set(self.presence)
        if words and len(self.presence) > 1:
            raise ValueError("found anyone, first or last among others, expected it alone, or people")
        if ("first" in words and self.does != "comes") or ("last" in words and self.does != "leaves"):
            raise ValueError("expected the first to come, or the last to leave")
        return self


class Holds(Part):
    """All of a condition becomes so, and stays so ``for`` so long: when it is dark and somebody is at home."""

    holds: When
    for_: Duration | None = Field(default=None, alias="for")


_TRIGGERS = ("at", "cron", "every", "once", "sun", "state", "number", "event", "presence", "holds")
_STEPS = ("actions", "skill", "say", "prompt")


def _kind_of(keys: tuple[str, ...], value: Any) -> str | None:
    known = type(value).model_fields if isinstance(value, Part) else ()
    given = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else known
    found = [key for key in keys if key in given]
    return found[0] if len(found) == 1 else None


Trigger = Annotated[
    Annotated[At, Tag("at")]
    | Annotated[Cron, Tag("cron")]
    | Annotated[Every, Tag("every")]
    | Annotated[Once, Tag("once")]
    | Annotated[Sun, Tag("sun")]
    | Annotated[Becomes, Tag("state")]
    | Annotated[Passes, Tag("number")]
    | Annotated[Happens, Tag("event")]
    | Annotated[Presence, Tag("presence")]
    | Annotated[Holds, Tag("holds")],
    Discriminator(
        lambda value: _kind_of(_TRIGGERS, value),
        custom_error_type="trigger",
        custom_error_message=f"expected exactly one of {', '.join(_TRIGGERS)}",
    ),
]
ByClock = At | Cron | Every | Once | Sun
ByHouse = Becomes | Passes | Happens | Presence | Holds


Addressee = Annotated[str, StringConstraints(pattern=r"^(me|everyone|person:[a-z0-9_]{1,40}|place:[a-z0-9_]{1,60})$")]


class Act(Part):
    """One Home Assistant action on named entities, or one of Claw's own."""

    action: ActionName
    entities: Annotated[tuple[EntityId, ...], BeforeValidator(_one_or_list), Field(max_length=200)] = ()
    data: Mapping[Name, Any] = Field(default_factory=dict, max_length=20)


class Acts(Part):
    """Actions in order, judged together as one plan."""

    actions: Annotated[tuple[Act, ...], Field(min_length=1, max_length=MOST_ACTIONS)]


class Runs(Part):
    """A skill, with values for its parameters."""

    skill: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    arguments: Mapping[Name, str | int | float | bool] = Field(default_factory=dict, max_length=8)


class Says(Part):
    """A message: to ``me`` (who made it, or the room it was made in), ``everyone``, ``person:ID`` or ``place:AREA``."""

    say: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    to: Addressee = "me"
    urgency: Literal["low", "normal", "high"] = "normal"


class Prompts(Part):
    """Something for the model to decide, only where ``gate`` says that there is something.

    ``gate`` is a short program without acts whose last expression is true or false; ``tokens`` is the most that one
    firing may cost.
    """

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    gate: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    tokens: Annotated[int, Field(ge=500, le=50_000)] = 4000


Step = Annotated[
    Annotated[Acts, Tag("actions")]
    | Annotated[Runs, Tag("skill")]
    | Annotated[Says, Tag("say")]
    | Annotated[Prompts, Tag("prompt")],
    Discriminator(
        lambda value: _kind_of(_STEPS, value),
        custom_error_type="step",
        custom_error_message=f"expected exactly one of {', '.join(_STEPS)}",
    ),
]

Kind = Literal["routine", "timer", "reminder", "safety"]


class Spec(Part):
    """A routine as it is written.

    ``only_if`` must hold when it fires.  ``quiet`` is a span of the wall clock in which it does not run; ``cooldown``
    how long it rests after a run; ``max_runs`` after how many it is over; ``until`` when.  ``missed`` says what becomes
    of firings that were due while Claw did not run or could not act: ``skip`` them, run ``once`` where the latest is
    not older than ``grace``, or run ``all`` that are not.  ``overlap`` is what becomes of a firing while the run before
    goes on.  ``shadow`` is how often it runs dry before it acts.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    kind: Kind = "routine"
    when: Annotated[tuple[Trigger, ...], BeforeValidator(_one_or_list), Field(min_length=1, max_length=MOST_DETECTORS)]
    only_if: When | None = None
    do: Annotated[tuple[Step, ...], BeforeValidator(_one_or_list), Field(min_length=1, max_length=MOST_STEPS)]
    quiet: tuple[Clock, Clock] | None = None
    cooldown: Span | None = None
    max_runs: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    until: datetime | None = None
    missed: Literal["skip", "once", "all"] = "once"
    grace: Span = "15 min"
    overlap: Literal["queue", "skip", "restart"] = "queue"
    shadow: Annotated[int, Field(ge=0, le=50)] = 0

    @model_validator(mode="after")
    def _few_triggers(self) -> "Spec":
        if self.kind != "safety" and len(self.when) > MOST_TRIGGERS:
            raise ValueError(f"found {len(self.when)} triggers, expected {MOST_TRIGGERS} at most")
        return self
