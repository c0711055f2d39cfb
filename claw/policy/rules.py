"""The shape of the policy file: what may be written, and which of it makes no sense by itself.

Only the file is known here, no house and no people; ``claw/policy/load.py`` holds it against those.  The reference is
``docs/policy.md``.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from claw.base.action import Effect, Json, Terms
from claw.policy.bounds import Limit, Unit, limit
from claw.policy.people import Role

CHANNELS = (
    "api",
    "cli",
    "mcp",
    "mqtt",
    "openai",
    "phone",
    "routine",
    "screen",
    "socket",
    "system",
    "telegram",
    "voice",
    "web",
)
"""Kinds of channel; a rule may also name one satellite or screen after a colon."""

LONGEST_WAIT_S = 86_400.0
_UNKNOWN_STATES = {"unknown", "unavailable"}
_WAIT = re.compile(r"([1-9][0-9]{0,4}) *(s|min|h)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_AT = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun) +)?((?:[01][0-9]|2[0-3]):[0-5][0-9])")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _one_or_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _unique(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("found an empty list, expected at least one entry")
    return tuple(dict.fromkeys(value))


def _state_text(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("found true or false, expected a state such as on or off")  # noqa: TRY004  pydantic's way
    return str(value) if isinstance(value, (int, float)) else value


def _known_channel(value: str) -> str:
    kind = value.partition(":")[0]
    if kind not in CHANNELS and "*" not in kind:
        raise ValueError(f"found the channel {value!r}, expected one of {', '.join(CHANNELS)}")
    return value


def _time(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError(f"found {value!r}, expected a time such as 07:00")
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
ActionGlob = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_*?]+(\.[a-z0-9_*?]+)*$", max_length=120)]
EntityGlob = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_*?]+\.[a-z0-9_*?]+$|^\*$", max_length=120)]
EntityId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=255)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
ActionGlobs = Annotated[tuple[ActionGlob, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
EntityGlobs = Annotated[tuple[EntityGlob, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
EntityIds = Annotated[tuple[EntityId, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
Channel = Annotated[Name, AfterValidator(_known_channel)]
Channels = Annotated[tuple[Channel, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
Roles = Annotated[tuple[Role, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
Days = Annotated[tuple[Day, ...], BeforeValidator(_one_or_list), AfterValidator(_unique)]
TimeOfDay = Annotated[str, AfterValidator(_time)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: object) -> object:
        if value is None or value == {}:
            raise ValueError("found nothing here, expected at least one key, or none of it")
        return value


class On(_Part):
    """Which entities: every key that is given must fit, and of its list one entry."""

    entity: EntityGlobs = ()
    area: Names = ()
    floor: Names = ()
    label: Names = ()
    device_class: Names = ()


class Except(On):
    """Which entities are left out: those that fit any key."""


class Who(_Part):
    """Who asks, through what, from where."""

    role: Roles = ()
    person: Names = ()
    channel: Channels = ()
    place: Names = ()
    authenticated: bool | None = None


class StateWish(_Part):
    """What another entity's state must be: one of some values, or a number in a range."""

    values: tuple[Name, ...] = ()
    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return value
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(one, bool) for one in values):
            raise ValueError("found true or false, expected a state such as on or off")
        return {"values": [str(one) if isinstance(one, (int, float)) else one for one in values]}

    @model_validator(mode="after")
    def _possible(self) -> "StateWish":
        if self.values and not (self.min is None and self.max is None):
            raise ValueError("found values and a range, expected one of them")
        if not self.values and self.min is None and self.max is None:
            raise ValueError("found no state, expected a value, a list, or min and max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"found min {self.min:g} above max {self.max:g}, which nothing can satisfy")
        if unknown := _UNKNOWN_STATES & set(self.values):
            raise ValueError(
                f"found the state {unknown.pop()!r}: what is not known fits every confirm and deny, and no allow"
            )
        return self


class When(_Part):
    """At what time, in what state of the house, under what influence."""

    between: tuple[TimeOfDay, TimeOfDay] | None = None
    days: Days = ()
    states: dict[EntityId, StateWish] = Field(default_factory=dict)
    tainted: bool | None = None

    @field_validator("between", mode="after")
    @classmethod
    def _lasts(cls, value: tuple[str, str] | None) -> tuple[str, str] | None:
        if value is not None and (value[0] == value[1] or value[0] == "24:00"):
            raise ValueError(f"found an empty window from {value[0]} to {value[1]}, expected some time in it")
        return value


class Bound(_Part):
    """The smallest and largest value, both included."""

    min: Number | None = None
    max: Number | None = None
    unit: Unit | None = None


class Ask(_Part):
    """Who may say yes to a confirm, through what, and for how long the question stands."""

    roles: Roles = ()
    channels: Channels = ()
    wait: str = "2 min"
    same_chat: bool = False

    @field_validator("wait", mode="after")
    @classmethod
    def _readable(cls, value: str) -> str:
        found = _WAIT.fullmatch(value)
        if not found or int(found[1]) * _SECONDS[found[2]] > LONGEST_WAIT_S:
            raise ValueError(f"found {value!r}, expected a time such as 90 s, 2 min or 1 h, at most 24 h")
        return value

    @property
    def terms(self) -> Terms:
        """The same as the gate reads it."""
        number, unit = self.wait.rstrip("sminh "), self.wait.lstrip("0123456789 ")
        return Terms(tuple(self.roles), self.channels, int(number) * _SECONDS[unit], self.same_chat)


class Rule(_Part):
    """One sentence of the policy: exactly one of allow, confirm and deny, and what must hold for it to speak."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    allow: ActionGlobs = ()
    confirm: ActionGlobs = ()
    deny: ActionGlobs = ()
    on: On | None = None
    except_: Except | None = Field(default=None, alias="except")
    who: Who | None = None
    when: When | None = None
    within: dict[Name, Bound] = Field(default_factory=dict)
    beyond: dict[Name, Bound] = Field(default_factory=dict)
    ask: Ask | None = None
    why: Annotated[str, StringConstraints(max_length=200)] = ""

    @model_validator(mode="after")
    def _coherent(self) -> "Rule":
        effects = [name for name in ("allow", "confirm", "deny") if getattr(self, name)]
        if len(effects) != 1:
            found = " and ".join(effects) or "none"
            raise ValueError(f"the rule {self.id!r}: found {found}, expected exactly one of allow, confirm and deny")
        if self.ask and not self.confirm:
            raise ValueError(f"the rule {self.id!r}: found ask without confirm")
        if self.within and self.deny:
            raise ValueError(f"the rule {self.id!r}: found within on a deny, expected beyond: what is too much")
        if self.beyond and self.allow:
            raise ValueError(f"the rule {self.id!r}: found beyond on an allow, expected within: what is enough")
        _ = self.limits  # pydantic turns its ValueError into a line of the file
        return self

    @cached_property
    def limits(self) -> tuple[tuple[Limit, ...], tuple[Limit, ...]]:
        """The bounds of ``within`` and of ``beyond``, ready to use."""
        both = [
            tuple(limit(key, bound.min, bound.max, bound.unit) for key, bound in part.items())
            for part in (self.within, self.beyond)
        ]
        return both[0], both[1]

    @property
    def effect(self) -> Effect:
        """What the rule says."""
        return "deny" if self.deny else "confirm" if self.confirm else "allow"

    @property
    def actions(self) -> tuple[str, ...]:
        """The action globs it speaks about."""
        return self.deny or self.confirm or self.allow

    @property
    def terms(self) -> Terms | None:
        """What a confirm asks of the answer, None for the others."""
        return (self.ask.terms if self.ask else Terms()) if self.confirm else None


class As(BaseModel):
    """Who asks in a test; a role or person makes the asker authenticated unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role | None = None
    person: Name | None = None
    channel: Channel = "web"
    place: Name | None = None
    authenticated: bool | None = None
    tainted: bool = False

    @property
    def proven(self) -> bool:
        """Whether the asker is authenticated."""
        return self.authenticated if self.authenticated is not None else bool(self.role or self.person)


class Test(_Part):
    """One request and what the policy must say about it."""

    __test__ = False  # not a pytest class

    name: Annotated[str, StringConstraints(max_length=120)] = ""
    action: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=120)]
    entities: EntityIds = ()
    data: dict[str, Json] = Field(default_factory=dict)
    as_: As = Field(default_factory=As, alias="as")
    at: str | None = None
    states: dict[EntityId, Annotated[Name, BeforeValidator(_state_text)]] = Field(default_factory=dict)
    expect: Effect
    rule: Name | None = None

    @field_validator("at", mode="after")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            moment(value)
        return value


def moment(text: str) -> datetime:
    """Return the local time, without a zone, that a test's ``at`` names; raises ValueError.

    ``23:30`` is on a Wednesday, ``sat 23:30`` on a Saturday, ``2026-03-29 02:30`` on that day.
    """
    if found := _AT.fullmatch(text):
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        monday = datetime.fromisoformat(f"2026-01-05T{found[2]}")
        return monday + timedelta(days=days.index(found[1] or "wed"))
    try:
        day, _, time = text.replace("T", " ").partition(" ")
        return datetime.fromisoformat(f"{date.fromisoformat(day)}T{_time(time)}")
    except ValueError:
        raise ValueError(f"found {text!r}, expected a time such as 23:30, sat 23:30 or 2026-03-29 02:30") from None


class PolicyFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    rules: tuple[Rule, ...] = ()
    tests: tuple[Test, ...] = ()
