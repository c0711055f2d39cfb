"""What each function of a program takes, exactly: nothing that came out of the sandbox is believed to be well formed.

The types that the checker knows are for the program's writer; a program can get round them.  So every call is bound to
a strict model here, before anybody looks at what it says.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from claw.base.action import Json
from claw.base.errors import Refused
from claw.program.events import Call

LONGEST_WAIT_S = 60.0
LONGEST_TEXT = 2_000
MOST_ENTITIES = 200
MOST_OPTIONS = 20
MOST_SCHEDULED = 20

_WAIT, _ACT = _OURS = ("wait", "act")
"""Kinds of mistakes that are said in our own words, which hold names that must be written as they are."""

Id = Annotated[str, Field(min_length=1, max_length=255)]
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
Option = Annotated[str, Field(min_length=1, max_length=100)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Arguments(BaseModel):
    """The arguments of one call, in the order in which a program may give them without their names."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_HABIT = "entity_id"
"""What Home Assistant calls them: a model that has read its pages writes that, and means no harm."""


class ActArguments(Arguments):
    """``call``: all further names are the service's data."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    service: Id
    entities: Id | Annotated[list[Id], Field(max_length=MOST_ENTITIES)] = Field(default_factory=list)

    @property
    def named(self) -> tuple[str, ...]:
        """The entities, each once; by the name that Home Assistant has for them too."""
        given: Json = self.entities or self._more.get(_HABIT, [])
        entities: list[Json] = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        return tuple(dict.fromkeys(one for one in entities if isinstance(one, str)))

    @property
    def data(self) -> dict[str, Json]:
        """The service's data; entities that are named twice stay in it, which no service takes."""
        return {name: value for name, value in self._more.items() if name != _HABIT or self.entities}

    @property
    def _more(self) -> Mapping[str, Json]:
        return self.__pydantic_extra__ or {}


class TextRef(Arguments):
    """A stranger's text that a program passes on, by the id of its handle."""

    handle: Id


class NotifyArguments(Arguments):
    """``notify``."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)] | TextRef
    to: Id = "me"


class StateArguments(Arguments):
    """``state``."""

    entity: Id
    attribute: Id | None = None


class FindArguments(Arguments):
    """``find``: what is given has to fit all together."""

    words: Words = ""
    domain: Id | None = None
    area: Id | None = None
    floor: Id | None = None
    label: Id | None = None
    device_class: Id | None = None
    state: Id | None = None


class HistoryArguments(Arguments):
    """``history``: the last ``hours``."""

    entity: Id
    hours: Annotated[float, Field(gt=0, le=24 * 31, allow_inf_nan=False)] = 24.0


def _short(seconds: float) -> float:
    if seconds > LONGEST_WAIT_S:
        raise PydanticCustomError(_WAIT, "60 at most; for what takes longer: schedule('when ...', acts, once=True)")
    return seconds


class WaitArguments(Arguments):
    """``wait_until``: a state, or a number above or below which it is."""

    entity: Id
    state: Id | None = None
    above: Finite | None = None
    below: Finite | None = None
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False), AfterValidator(_short)] = LONGEST_WAIT_S


class AskArguments(Arguments):
    """``ask``."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    options: Annotated[list[Option], Field(max_length=MOST_OPTIONS)] = Field(default_factory=list)


class ReadArguments(Arguments):
    """``read``."""

    source: Id


class RememberArguments(Arguments):
    """``remember``: one sentence."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


class RecallArguments(Arguments):
    """``recall``: a few words."""

    words: Annotated[str, Field(min_length=1, max_length=300)]


class ScheduledAct(Arguments):
    """One act of ``schedule``, as ``call`` takes it."""

    service: Id
    entities: Id | Annotated[list[Id], Field(max_length=MOST_ENTITIES)] = Field(default_factory=list)
    data: dict[str, Any] = Field(default_factory=dict, max_length=20)


def _in_order(value: Any) -> Any:
    """Return an act that is written as a tuple by the names of its parts."""
    if not isinstance(value, (list, tuple)):
        return value
    parts = cast("Sequence[Any]", value)
    if len(parts) > len(ScheduledAct.model_fields):
        raise PydanticCustomError(_ACT, "expected acts such as ('light.turn_on', 'light.a', {})")
    return dict(zip(ScheduledAct.model_fields, parts, strict=False))


class ScheduleArguments(Arguments):
    """``schedule``: when, in a few words; acts as (service, entities, data), a message, or both."""

    when: Annotated[str, Field(min_length=1, max_length=300)]
    acts: Annotated[
        list[Annotated[ScheduledAct, BeforeValidator(_in_order)]],
        Field(max_length=MOST_SCHEDULED),
    ] = Field(default_factory=list[ScheduledAct])
    name: Annotated[str, Field(max_length=60)] = ""
    say: Annotated[str, Field(max_length=500)] = ""
    once: bool = False


class ExtractArguments(Arguments):
    """``extract``: what may come of a stranger's text, and nothing else can."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    kind: Literal["yes_no", "number", "choice", "time"] = "yes_no"
    options: Annotated[list[Option], Field(max_length=MOST_OPTIONS)] = Field(default_factory=list)
    low: Finite = 0.0
    high: Finite = 100.0


class ShowArguments(Arguments):
    """``show``."""


def bound(model: type[Arguments], call: Call) -> Arguments:
    """Return the arguments of ``call``; raises Refused saying which is wrong, without repeating what it holds."""
    names = list(model.model_fields)
    if len(call.args) > len(names):
        raise Refused(f"{call.name}() takes at most {len(names)} arguments")
    given: dict[str, Any] = dict(zip(names, call.args, strict=False))
    for name, value in call.kwargs.items():
        if name in given:
            raise Refused(f"{call.name}() got {name} twice")
        given[name] = value
    try:
        return model.model_validate(_numbers(given, model))
    except ValidationError as error:
        raise Refused(f"{call.name}(): {_told(error)}") from None


def _numbers(given: Mapping[str, Any], model: type[Arguments]) -> dict[str, Any]:
    """Return ``given`` with whole numbers as numbers where the model wants any: 24 hours are 24.0."""
    wants = _floats(model)
    return {
        name: float(value) if name in wants and type(value) is int and abs(value) < 2**53 else value
        for name, value in given.items()
    }


@cache
def _floats(model: type[Arguments]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if "float" in str(field.annotation))


def _told(error: ValidationError) -> str:
    found: Sequence[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    first = found[0]
    where = ".".join(str(part) for part in first["loc"][:1]) or "arguments"
    return f"{where}: {first['msg'] if first['type'] in _OURS else first['msg'].lower()}"
