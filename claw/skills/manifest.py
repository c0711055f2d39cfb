"""The shape of ``skill.yaml``: what a skill takes, when it is meant, what it may do at most, what must be so after it.

Only the file is known here, no house.  A manifest gives no rights: it narrows what the policy lets the person do who
asks.  Where a text is ``{name}`` it stands for the value of the parameter ``name`` in the run at hand.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from claw.policy.words import Duration, Name, Number, Part

KINDS = ("program", "guide")
MOST_CALLS = 50
"""Calls of one run: what a question can show (``claw/program/rehearse.py``)."""
LONGEST_RUN_S = 600.0
SLOT = re.compile(r"\{([a-z][a-z0-9_]{0,30})\}")

Language = Literal["en", "de", "fr", "nl", "zh"]
ParameterType = Literal["entity", "area", "number", "duration", "enum", "bool"]
Made = Literal["shipped", "learned", "shown", "imported", "written"]
"""How a skill came about: with Claw, from requests, from a demonstration, from a folder, by hand in the library."""


def _one_or_list(value: object) -> object:
    return [value] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value


def _several(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise ValueError("found an empty list, expected at least one entry")
    return tuple(dict.fromkeys(value))


def _relative(value: str) -> str:
    parts = value.split("/")
    if value.startswith("/") or "\\" in value or any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"found {value!r}, expected the path of a file inside the skill's folder")
    return value


SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
"""As the Agent Skills specification has it: lower case, digits, single hyphens, equal to the folder's name."""
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=120)]
Phrase = Annotated[str, StringConstraints(min_length=2, max_length=120)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FilePath = Annotated[str, StringConstraints(max_length=120), AfterValidator(_relative)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_one_or_list), AfterValidator(_several)]
Value = str | int | float | bool
Values = Annotated[tuple[Value, ...], BeforeValidator(_one_or_list), AfterValidator(_several)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(_one_or_list), AfterValidator(_several)]


class Which(Part):
    """Which entities: every key that is given must fit, and of its list one entry; an entry may be ``{parameter}``.

    ``entity`` takes ids and globs, ``domain`` the part before the dot.
    """

    entity: Names | None = None
    domain: Names | None = None
    area: Names | None = None
    floor: Names | None = None
    label: Names | None = None
    device_class: Names | None = None


class Selector(Which):
    """Which entities, less those that fit any key of ``without``."""

    without: Which | None = None


class Bound(Part):
    """What one field of an action's data may be: one of some values, a number in a range, or anything at all."""

    values: Values | None = None
    min: Number | None = None
    max: Number | None = None
    any: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Bound":
        ways = (self.values is not None, self.min is not None or self.max is not None, self.any is not None)
        if sum(ways) != 1:
            raise ValueError("expected either values, or min and max, or any: true")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"found min {self.min:g} above max {self.max:g}, which nothing can satisfy")
        return self


class Capability(Part):
    """One thing that the skill may do: this action, on these entities, with these fields of its data and no others.

    ``on`` is left out where the action names no entities (``claw.notify``).
    """

    call: ActionName
    on: Selector | None = None
    data: Mapping[ParameterName, Bound] = Field(default_factory=dict, max_length=20)


class Wish(Part):
    """What must be so in the house: for each (or any, or none) of these entities a state, or one of its attributes.

    Entities that are unavailable are left out; of none at all ``each`` holds.
    """

    of: Selector
    attribute: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,60}$")] | None = None
    values: Values | None = None
    min: Number | None = None
    max: Number | None = None
    how: Literal["each", "any", "none"] = "each"
    why: Annotated[str, StringConstraints(max_length=200)] = ""

    @model_validator(mode="after")
    def _says_what(self) -> "Wish":
        if (self.values is None) == (self.min is None and self.max is None):
            raise ValueError("expected either values, or min and max")
        return self


class Parameter(Part):
    """A value that a run is given.

    ``entity`` is an id of one of ``domain`` (in ``area``, of ``device_class``); ``area`` an area's id, with ``here``
    that of the asker's room by default; ``number`` lies between ``min`` and ``max`` in ``unit``; ``duration`` is in
    seconds, between ``min`` and ``max``; ``enum`` is one of ``values``.  ``ask`` is the question where it is missing.
    """

    type: ParameterType
    domain: Names | None = None
    area: Names | None = None
    device_class: Names | None = None
    min: Number | None = None
    max: Number | None = None
    unit: Annotated[str, StringConstraints(max_length=10)] | None = None
    values: Names | None = None
    default: Value | None = None
    here: Literal[True] | None = None
    ask: Annotated[str, StringConstraints(max_length=120)] | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> "Parameter":
        if self.type in {"number", "duration"} and (self.min is None or self.max is None or self.min > self.max):
            raise ValueError(f"a {self.type} needs min and max, and min below max")
        if self.type == "enum" and self.values is None:
            raise ValueError("an enum needs values")
        if self.type == "entity" and self.domain is None:
            raise ValueError("an entity needs a domain")
        if self.here and self.type != "area":
            raise ValueError("only an area can be the asker's own")
        return self


class Event(Part):
    """What in the house the skill is meant for: an entity that comes to a state, or passes a figure, for a while."""

    of: Selector
    to: Names | None = None
    above: Number | None = None
    below: Number | None = None
    lasting: Duration | None = None


class Triggers(Part):
    """When the skill is meant: what is said, by language; at what times (cron, five fields); what happens.

    What is said is acted on.  Times and events start it once an owner has accepted it, for that owner.
    """

    phrases: Mapping[Language, Phrases] | None = None
    schedule: Annotated[tuple[Name, ...], BeforeValidator(_one_or_list), AfterValidator(_several)] | None = None
    events: tuple[Event, ...] | None = None


class Limits(Part):
    """How much at most: calls and seconds of one run, runs an hour, and how long it rests between two."""

    calls: Annotated[int, Field(ge=0, le=MOST_CALLS)] = 20
    seconds: Annotated[float, Field(gt=0, le=LONGEST_RUN_S)] = 60.0
    per_hour: Annotated[int, Field(ge=1, le=600)] = 60
    cooldown: Duration | None = None


class Provenance(Part):
    """Where it is from: ``runs`` are the log's entries of the programs it was made of, ``model`` who wrote those.

    ``author`` is a person's id; ``parent`` the version it was made from.
    """

    made: Made
    runs: tuple[int, ...] = ()
    model: Annotated[str, StringConstraints(max_length=120)] = ""
    author: Annotated[str, StringConstraints(max_length=120)] = ""
    parent: Version | None = None


class Manifest(Part):
    """A ``skill.yaml``.

    ``may`` is all that a run may do, ``reads`` what it looks at besides (told to whoever accepts it); ``before`` must
    hold for it to start, ``after`` once it is done.  ``confirm`` names actions that it never does without a yes, even
    where the policy would let it.  ``undo`` is ``restore`` where Claw can put back what it does, or why nobody can.
    ``files`` are the hashes of the other files of its folder.
    """

    version: Version
    kind: Literal["program", "guide"] = "program"
    parameters: Mapping[ParameterName, Parameter] = Field(default_factory=dict, max_length=8)
    triggers: Triggers | None = None
    may: tuple[Capability, ...] = Field(default=(), max_length=40)
    reads: tuple[Which, ...] = Field(default=(), max_length=40)
    confirm: tuple[ActionName, ...] = ()
    limits: Limits = Limits(calls=20)
    before: tuple[Wish, ...] = Field(default=(), max_length=20)
    after: tuple[Wish, ...] = Field(default=(), max_length=40)
    undo: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "restore"
    visibility: Literal["household", "adults", "owner"] = "household"
    provenance: Provenance = Provenance(made="written")
    files: Mapping[FilePath, Sha256] = Field(default_factory=dict, max_length=60)

    @field_validator("may", mode="after")
    @classmethod
    def _nothing_twice(cls, value: tuple[Capability, ...]) -> tuple[Capability, ...]:
        for at, one in enumerate(value):
            if one in value[:at]:
                raise ValueError(f"found {one.call} twice in the same words")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Manifest":
        if self.kind == "guide" and (self.may or self.after):
            raise ValueError("a guide is read and does nothing: it has no may and no after")
        slots = {name for phrase in self.phrases() for name in SLOT.findall(phrase)}
        if strange := sorted(slots - set(self.parameters)):
            raise ValueError(f"the phrases name {{{strange[0]}}}, which is no parameter")
        return self

    def phrases(self, language: str | None = None) -> tuple[str, ...]:
        """Return the phrases of one language, of all where none is named."""
        said = self.triggers.phrases if self.triggers else None
        return tuple(one for code, ones in (said or {}).items() if language in {None, code} for one in ones)
