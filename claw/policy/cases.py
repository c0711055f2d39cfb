"""The tests that a policy file holds: one request or one state of the house, and what must be said about it."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from claw.base.action import Effect, Json
from claw.policy.people import Role
from claw.policy.windows import DAYS
from claw.policy.words import Channel, EntityId, EntityIds, Name, Part, RuleId, state_text, time_of_day

_AT = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun) +)?((?:[01][0-9]|2[0-3]):[0-5][0-9])")


class As(BaseModel):
    """Who asks in a test; a role or person makes the asker authenticated unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role | None = None
    person: Name | None = None
    channel: Channel = "web"
    place: Name | None = None
    authenticated: bool | None = None
    tainted: bool = False
    routine: Annotated[str, StringConstraints(max_length=120)] = ""
    skill: Annotated[str, StringConstraints(max_length=120)] = ""

    @property
    def proven(self) -> bool:
        """Whether the asker is authenticated."""
        return self.authenticated if self.authenticated is not None else bool(self.role or self.person)


class Test(Part):
    """One request and what the policy must say about it, or a state of the house and whether it breaks a never."""

    __test__ = False  # not a pytest class

    name: Annotated[str, StringConstraints(max_length=120)] = ""
    action: Annotated[str, StringConstraints(pattern=r"^([a-z0-9_]+(\.[a-z0-9_]+)+)?$", max_length=120)] = ""
    never: RuleId | None = None
    entities: EntityIds = ()
    data: dict[str, Json] = Field(default_factory=dict)
    as_: As = Field(default_factory=As, alias="as")
    at: str | None = None
    states: dict[EntityId, Annotated[Name, BeforeValidator(state_text)]] = Field(default_factory=dict)
    expect: Effect | Literal["broken", "kept"]
    rule: Name | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Test":
        if bool(self.action) == bool(self.never):
            raise ValueError("found neither action nor never, or both, expected one of them")
        if bool(self.never) != (self.expect in {"broken", "kept"}):
            raise ValueError(f"found expect: {self.expect}, expected {'broken or kept' if self.never else 'an effect'}")
        if self.never and (self.entities or self.data or self.rule):
            raise ValueError("found entities, data or rule beside never, which asks only for states and a time")
        return self

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
        monday = datetime.fromisoformat(f"2026-01-05T{found[2]}")
        return monday + timedelta(days=DAYS.index(found[1] or "wed"))
    try:
        day, _, time = text.replace("T", " ").partition(" ")
        return datetime.fromisoformat(f"{date.fromisoformat(day)}T{time_of_day(time)}")
    except ValueError:
        raise ValueError(f"found {text!r}, expected a time such as 23:30, sat 23:30 or 2026-03-29 02:30") from None
