"""Cases and homes as they are written down: one request per line, with the house it is for and what should come of it.

Sets of cases come from many hands and carry more than is needed here, so a field that nobody knows is passed over.  A
field that is known and wrong is not: a case that was half understood would be scored by something nobody wrote.  Such a
line is no reason to leave the others alone; it is told with its number and counts as a case that failed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from claw.base.action import Effect, Json
from claw.base.errors import Broken, Invalid
from claw.house.file import ENTITY_ID

LARGEST_FILE = 200_000_000
_GRANTED = re.compile(r"(allow|deny|confirm)(?:\s+on\s+(.+))?", re.DOTALL)
_SHOWN = 60


def _state(value: object) -> object:
    """Return a state as text, as a house has it: JSON also has numbers and truth values."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if isinstance(value, (int, float)) else value


def _listed(value: object) -> object:
    if value is None:
        return ()
    return (value,) if isinstance(value, (str, int, float, bool, Mapping)) else value


def _worded(value: object) -> object:
    """Return words as text: an expected 21 is the word 21."""
    found = _listed(value)
    if not isinstance(found, (list, tuple)):
        return found
    words = cast("list[object]", found)
    return [str(one) if isinstance(one, (int, float)) and not isinstance(one, bool) else one for one in words]


def _entity(value: str) -> str:
    if not ENTITY_ID.fullmatch(value):
        raise ValueError("expected an entity id such as light.hall")
    return value


EntityId = Annotated[str, AfterValidator(_entity)]
StateText = Annotated[str, BeforeValidator(_state), StringConstraints(max_length=255)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=5_000)]
Words = Annotated[tuple[Sentence, ...], BeforeValidator(_worded)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Wish(_Part):
    """What an entity is, or should be; what is not named is left open."""

    state: StateText | None = None
    attributes: Annotated[dict[str, Json], BeforeValidator(lambda value: {} if value is None else value)] = Field(
        default_factory=dict
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else {"state": value}


class Context(_Part):
    """When, where and by whom something is said; ``now`` may be a time of day alone."""

    now: str | None = None
    area: str | None = None
    device: str | None = None
    person: str | None = None


class Past(_Part):
    """One state that an entity came into, and when."""

    at: datetime
    entity_id: EntityId
    state: StateText
    attributes: dict[str, Json] = Field(default_factory=dict)


class Text(_Part):
    """A stranger's text and where it stands."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    text: str


class Called(_Part):
    """A call by its service (a glob), on these entities where any are named, with this data where any is."""

    service: Annotated[str, StringConstraints(min_length=1)]
    entity_id: Names = ()
    data: dict[str, Json] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"service": value} if isinstance(value, str) else value


class Expect(_Part):
    """What should come of it.

    ``change``: these states and no other changed; ``no_change``: nothing moved; ``answer``: nothing moved, and the
    reply holds one of ``answer_any`` and none of ``answer_none``.  ``ignore`` names entities (globs) that may change,
    and attributes that do not matter.
    """

    kind: Literal["change", "no_change", "answer"]
    changes: dict[EntityId, Wish] = Field(default_factory=dict)
    ignore: Names = ()
    answer_any: Words = ()
    answer_none: Words = ()
    calls_required: Annotated[tuple[Called, ...], BeforeValidator(_listed)] = ()
    calls_forbidden: Annotated[tuple[Called, ...], BeforeValidator(_listed)] = ()
    confirm: str | bool | None = None
    schedule: Any = None
    memory: Any = None
    memory_absent: Any = None

    @model_validator(mode="after")
    def _says_what(self) -> "Expect":
        if self.kind == "change" and not (self.changes or self.calls_required):
            raise ValueError("kind change: found neither changes nor calls_required, expected at least one of them")
        if self.kind != "change" and self.changes:
            raise ValueError(f"kind {self.kind}: found changes, expected none where nothing may move")
        return self

    @property
    def asks(self) -> bool:
        """Whether somebody has to be asked before anything risky moves."""
        return self.confirm in ("required", True)

    @property
    def not_scored(self) -> tuple[str, ...]:
        """The fields that speak of rooms which are not built yet."""
        return tuple(name for name in ("schedule", "memory", "memory_absent") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class Grant:
    """What a line of a case's policy says: the effect, and the actions it is for (all where none is named)."""

    effect: Effect
    actions: tuple[str, ...] = ()


def grant(text: str) -> Grant:
    """Return what ``allow``, ``deny`` or ``confirm``, maybe with ``on action``, means; raises ValueError."""
    found = _GRANTED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"found {text[:_SHOWN]!r}, expected allow, deny or confirm, and maybe on an action")
    on = tuple(one.strip() for one in (found[2] or "").split(",") if one.strip())
    return Grant(cast("Effect", found[1]), on)


def _granted(value: str) -> str:
    grant(value)
    return value


Granted = Annotated[str, AfterValidator(_granted)]


def _spoken(value: object) -> object:
    """Return a turn as its sentence; some write it as an object that holds one."""
    if isinstance(value, Mapping):
        turn = cast("Mapping[str, object]", value)
        return next((turn[key] for key in ("utterance", "text", "say") if key in turn), turn)
    return value


class Case(_Part):
    """One request, the house it is for, and what should come of it."""

    id: Annotated[str, BeforeValidator(_state), StringConstraints(min_length=1, max_length=200)]
    source: str | None = None
    set: str | None = None
    category: Names = ()
    home: str
    setup: dict[EntityId, Wish] = Field(default_factory=dict)
    utterance: Sentence
    turns: tuple[Annotated[Sentence, BeforeValidator(_spoken)], ...] = ()
    context: Context = Context()
    setup_memory: Any = None
    setup_history: tuple[Past, ...] = ()
    setup_untrusted: tuple[Text, ...] = ()
    policy: dict[str, Granted] = Field(default_factory=dict)
    confirm_reply: str | bool | None = None
    expect: Expect

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        """Take what is null as not there."""
        if not isinstance(value, Mapping):
            raise ValueError("expected a JSON object")  # noqa: TRY004  pydantic's way
        return {key: one for key, one in cast("Mapping[str, Any]", value).items() if one is not None}

    @property
    def not_scored(self) -> tuple[str, ...]:
        """The fields of the case that speak of rooms which are not built yet."""
        return (*self.expect.not_scored, *(("setup_memory",) if self.setup_memory else ()))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no case: its number, the id it gives where it gives one, and what is wrong with it."""

    line: int
    id: str
    category: tuple[str, ...]
    why: str


Homes = Mapping[str, Mapping[str, Json]]


def read_cases(path: Path) -> list[Case | Unreadable]:
    """Return the cases of the file at ``path`` in order, lines that are none among them; raises Invalid, Broken."""
    lines = _text(path).split("\n")  # a sentence may hold what else counts as the end of a line
    found = [_case(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise Invalid(str(path), None, "found no line, expected one case in JSON on each")
    return found


def read_homes(path: Path) -> Homes:
    """Return the house files in the JSON object at ``path``, by name; raises Invalid, Broken."""
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise Invalid(str(path), getattr(error, "lineno", None), f"found no JSON: {error}") from error
    if not isinstance(found, dict) or not found:
        raise Invalid(str(path), None, "expected one JSON object: house files by their names")
    homes = cast("dict[str, Json]", found)
    wrong = next((name for name, home in homes.items() if not isinstance(home, dict)), None)
    if wrong is not None:
        raise Invalid(str(path), None, f"{wrong}: expected a house file, which is a JSON object")
    return homes


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Broken(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path} cannot be read: {error}") from error


def _case(number: int, line: str) -> Case | Unreadable:
    try:
        written = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(number, f"line {number}", (), f"line {number}: found no JSON: {error}")
    try:
        return Case.model_validate(written)
    except ValidationError as error:
        return _unreadable(number, written, error)


def _unreadable(number: int, written: Json, error: ValidationError) -> Unreadable:
    known = cast("dict[str, Json]", written) if isinstance(written, dict) else {}
    said: Json = known.get("id")
    category: Json = known.get("category")
    categories = cast("list[Json]", category) if isinstance(category, list) else [category] if category else []
    problems = "; ".join(_problem(one) for one in error.errors(include_url=False)[:3])
    return Unreadable(
        number,
        said if isinstance(said, str) and said else f"line {number}",
        tuple(map(str, categories)),
        f"line {number}: {problems}",
    )


def _problem(error: Any) -> str:
    """Return one problem as where, what was expected and what was found."""
    where = ".".join(map(str, error["loc"]))
    said = str(error["msg"]).removeprefix("Value error, ")
    found = "" if error["type"] in {"missing", "value_error"} else f", found {str(error.get('input'))[:_SHOWN]!r}"
    return f"{where}: {said}{found}" if where else f"{said}{found}"
