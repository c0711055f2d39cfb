"""The shape of the policy file: what may be written, and which of it makes no sense by itself.

Only the file is known here, no house and no people; ``claw/policy/load.py`` holds it against those.  The reference is
``docs/policy.md``.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from claw.base.action import Effect, Strength, Terms
from claw.policy.bounds import Limit, Unit, limit
from claw.policy.cases import Test
from claw.policy.safety import Safety
from claw.policy.windows import Window
from claw.policy.words import (
    ActionGlobs,
    Channels,
    Days,
    Duration,
    EntityGlobs,
    EntityId,
    Name,
    Names,
    Number,
    Part,
    Roles,
    RuleId,
    seconds,
)

_UNKNOWN_STATES = {"unknown", "unavailable"}

ANYONE, NOBODY = "anyone", "nobody"
TASK = "task"
EVERYONE = "everyone"
SUBJECT = "subject"
"""In ``notify``: whom the action is about."""

ABOUT_SOMEBODY = ("claw.read_presence",)
"""Actions whose data name a person that they are about, as ``person``."""

Why = Annotated[str, StringConstraints(max_length=200)]


class On(Part):
    """Which entities: every key that is given must fit, and of its list one entry."""

    entity: EntityGlobs = ()
    area: Names = ()
    floor: Names = ()
    label: Names = ()
    device_class: Names = ()
    exposed: bool | None = None


class Except(On):
    """Which entities are left out: those that fit any key."""


class Who(Part):
    """Who asks, through what, from where."""

    role: Roles = ()
    person: Names = ()
    channel: Channels = ()
    place: Names = ()
    authenticated: bool | None = None
    rooms: Literal["own"] | None = None
    routine: Names = ()
    skill: Names = ()


class StateWish(Part):
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


class When(Part):
    """At what time, in what state of the house, with whom at home, under what influence."""

    between: tuple[str, str] | None = None
    days: Days = ()
    sun: Literal["up", "down"] | None = None
    states: dict[EntityId, StateWish] = Field(default_factory=dict, min_length=1)
    home: Names = ()
    away: Names = ()
    tainted: bool | None = None

    @field_validator("between", mode="after")
    @classmethod
    def _lasts(cls, value: tuple[str, str] | None) -> tuple[str, str] | None:
        if value is not None:
            Window(*value)
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _one_word_or_people(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) > 1 and {ANYONE, NOBODY} & set(value):
            raise ValueError("found anyone or nobody among others, expected one of them alone, or people")
        return value

    @property
    def by_sun(self) -> str:
        """The key that looks at the sun, empty where none does."""
        if any(end.startswith("sun") for end in self.between or ()):
            return "between"
        return "sun" if self.sun else ""

    @property
    def looks_at_house(self) -> bool:
        """Whether it depends on a state of the house or on who is there."""
        return bool(self.states or self.home or self.away)


class Bound(Part):
    """The smallest and largest value, both included."""

    min: Number | None = None
    max: Number | None = None
    unit: Unit | None = None


class Rate(Part):
    """How often, or how much in sum, within a span of time; counted over all that the rule is about, or each apart."""

    times: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None
    sum: Name | None = None
    total: Annotated[Number, Field(gt=0)] | None = None
    per: Duration
    each: Literal["entity", "person", "rule"] = "rule"

    @model_validator(mode="after")
    def _one_measure(self) -> "Rate":
        if (self.times is None) == (self.sum is None) or (self.sum is None) != (self.total is None):
            raise ValueError("found neither or a mixture, expected either times, or sum and total")
        return self

    @property
    def text(self) -> str:
        """The same as people say it."""
        much = f"{self.times} times" if self.times else f"{self.total:g} {self.sum}"
        return f"{much} in {self.per}{'' if self.each == 'rule' else f' for each {self.each}'}"


class Ask(Part):
    """Who may say yes to a confirm, through what, how surely, how long the question stands and what a yes covers."""

    roles: Roles = ()
    channels: Channels = ()
    wait: Duration = "2 min"
    same_chat: bool = False
    strength: Strength = "tap"
    grant: str | None = None

    @field_validator("grant", mode="after")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value not in {None, TASK}:
            seconds(str(value))
        return value

    @property
    def terms(self) -> Terms:
        """The same as the gate reads it."""
        task = self.grant == TASK
        grant_s = seconds(self.grant) if self.grant and not task else 0.0
        return Terms(self.roles, self.channels, seconds(self.wait), self.same_chat, self.strength, grant_s, task)


class Rule(Part):
    """One sentence of the policy: exactly one of allow, confirm and deny, and what must hold for it to speak."""

    id: RuleId
    allow: ActionGlobs = ()
    confirm: ActionGlobs = ()
    deny: ActionGlobs = ()
    on: On | None = None
    except_: Except | None = Field(default=None, alias="except")
    who: Who | None = None
    when: When | None = None
    within: dict[Name, Bound] = Field(default_factory=dict, min_length=1)
    beyond: dict[Name, Bound] = Field(default_factory=dict, min_length=1)
    at_most: Rate | None = None
    more_than: Rate | None = None
    ask: Ask | None = None
    notify: Names = ()
    why: Why = ""

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
        if self.at_most and not self.allow:
            raise ValueError(f"the rule {self.id!r}: found at_most without allow, expected more_than")
        if self.more_than and self.allow:
            raise ValueError(f"the rule {self.id!r}: found more_than on an allow, expected at_most")
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


class Never(Part):
    """What no plan may bring about and nobody should have to find out by chance: states that must not meet."""

    id: RuleId
    when: When
    why: Why = ""

    @model_validator(mode="after")
    def _about_the_house(self) -> "Never":
        if not self.when.looks_at_house:
            raise ValueError(f"the never {self.id!r}: found no states, home or away, expected at least one")
        if self.when.tainted is not None:
            raise ValueError(f"the never {self.id!r}: found tainted, expected only what the house itself can show")
        return self


class PolicyFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    rules: tuple[Rule, ...] = ()
    never: tuple[Never, ...] = ()
    safety: Safety = Field(default_factory=dict[Any, Any])
    tests: tuple[Test, ...] = ()
