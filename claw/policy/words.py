"""The words of the policy file: small types that its shapes are made of, each refusing what alone makes no sense."""

import re
from typing import Annotated, Literal

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

LONGEST_S = 86_400.0
"""No question, grant or count lasts longer than a day."""

_WAIT = re.compile(r"([1-9][0-9]{0,4}) *(s|min|h)")
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _one_or_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _unique(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("found an empty list, expected at least one entry")
    return tuple(dict.fromkeys(value))


def state_text(value: object) -> object:
    """Return a state as text; raises ValueError for true and false, which YAML makes of some words."""
    if isinstance(value, bool):
        raise ValueError("found true or false, expected a state such as on or off")  # noqa: TRY004  pydantic's way
    return str(value) if isinstance(value, (int, float)) else value


def _known_channel(value: str) -> str:
    kind = value.partition(":")[0]
    if kind not in CHANNELS and "*" not in kind:
        raise ValueError(f"found the channel {value!r}, expected one of {', '.join(CHANNELS)}")
    return value


def time_of_day(value: str) -> str:
    """Return a time of day; raises ValueError when it is none."""
    if not _TIME.fullmatch(value):
        raise ValueError(f"found {value!r}, expected a time such as 07:00")
    return value


def _duration(value: str) -> str:
    seconds(value)
    return value


def seconds(value: str) -> float:
    """Return how long ``90 s``, ``2 min`` or ``1 h`` last; raises ValueError above a day or when it is no duration."""
    found = _WAIT.fullmatch(value)
    length = int(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < length <= LONGEST_S:
        raise ValueError(f"found {value!r}, expected a time such as 90 s, 2 min or 1 h, at most 24 h")
    return length


RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
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
Duration = Annotated[str, AfterValidator(_duration)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class Part(BaseModel):
    """A part of the file: every key is known, at least one is given, and none is left open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: object) -> object:
        if value == {}:
            raise ValueError("found nothing here, expected at least one key, or none of it")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _not_open(cls, value: object) -> object:
        if value is None:  # ``who:`` with its lines commented out would mean everybody
            raise ValueError("found nothing here, expected a value, or no such key")
        return value
