"""The rows of the HTTP API about the policy: read it, try a case, work on a draft. No row applies one."""

from typing import Annotated, cast

from pydantic import BaseModel, Field

from claw.base.action import Effect, Json
from claw.channels.drafting import MOST_DAYS, Drafting
from claw.channels.drafts import LONGEST, LONGEST_NAME
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import LARGEST, Call, Operation, Strict
from claw.channels.web.session import origin_of
from claw.policy.supposing import Case

Id = Annotated[str, Field(max_length=255)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Draft(Strict):
    """The text of a draft."""

    text: Text


class Named(Draft):
    """A draft to keep: under its number, or as a new one (0)."""

    id: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class Past(Draft):
    """A draft, and how many days of the log it is held against."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 7


class Supposed(Strict):
    """A request that nobody made; ``text`` is a draft, left out for the policy in force.

    ``at`` is a local time such as 23:00 or sat 23:00, left out for now; ``states`` are what would be otherwise.
    """

    text: Annotated[str, Field(max_length=LONGEST)] = ""
    action: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", max_length=120)]
    entities: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
    data: Annotated[dict[Annotated[str, Field(max_length=100)], Json], Field(max_length=50)] = Field(
        default_factory=dict
    )
    person: Id = ""
    channel: Annotated[str, Field(pattern=r"^[a-z0-9_:.-]{0,100}$")] = "web"
    place: Id = ""
    at: Annotated[str, Field(max_length=20)] = ""
    tainted: bool = False
    states: Annotated[dict[Id, Id], Field(max_length=50)] = Field(default_factory=dict)


class Rule(BaseModel):
    """A rule of a policy and the line it begins on."""

    id: str
    effect: Effect
    line: int


class InForce(BaseModel):
    """The policy that counts, as it is written."""

    name: str
    text: str
    hash: str
    rules: list[Rule]
    tests: int
    problem: str
    notice: str
    longest: int


class Kept(BaseModel):
    """A draft that somebody keeps."""

    id: int
    name: str
    length: int
    changed: str


class Number(BaseModel):
    """The number of a draft."""

    id: int


class Gone(Strict):
    """Which draft to delete."""

    id: Annotated[int, Field(ge=1, le=LARGEST)]


def _drafting(call: Call) -> Drafting:
    return call.desk.views.drafting


async def _view(call: Call) -> Json:
    return _drafting(call).view(origin_of(call.client))


async def _explain(call: Call) -> Json:
    body = cast("Supposed", call.body)
    case = Case(**body.model_dump(exclude={"text"}))
    return await _drafting(call).explain(case, body.text, origin_of(call.client))


async def _check(call: Call) -> Json:
    return await _drafting(call).check(cast("Draft", call.body).text, origin_of(call.client))


async def _replay(call: Call) -> Json:
    body = cast("Past", call.body)
    return await _drafting(call).replay(body.text, body.days, origin_of(call.client))


async def _drafts(call: Call) -> Json:
    return _drafting(call).drafts(origin_of(call.client))


async def _draft(call: Call) -> Json:
    return _drafting(call).draft(_number(call), origin_of(call.client))


async def _save(call: Call) -> Json:
    body = cast("Named", call.body)
    return _drafting(call).save(body.id, body.name, body.text, origin_of(call.client))


async def _drop(call: Call) -> Json:
    return _drafting(call).drop(cast("Gone", call.body).id, origin_of(call.client))


def _number(call: Call) -> int:
    number = int(call.path["seq"])
    if number > LARGEST:
        raise Rejected(404, "not_found", "There is no such draft.")
    return number


OPERATIONS = (
    Operation("GET", "/api/policy", "read_log", "The policy in force, with the line of each rule.", _view, InForce),
    Operation(
        "POST", "/api/policy/explain", "read_log", "What the policy or a draft says about a case.", _explain,
        body=Supposed,
    ),
    Operation(
        "POST", "/api/policy/check", "read_log", "What is odd about a draft, its tests, what it changes.", _check,
        body=Draft,
    ),
    Operation(
        "POST", "/api/policy/replay", "read_log", "What a draft would have decided otherwise.", _replay, body=Past
    ),
    Operation("GET", "/api/policy/drafts", "read_log", "This person's drafts.", _drafts, list[Kept]),
    Operation("POST", "/api/policy/drafts", "read_log", "Keep a draft.", _save, Number, Named),
    Operation("GET", "/api/policy/drafts/{seq:int}", "read_log", "One draft with its text.", _draft),
    Operation("POST", "/api/policy/drafts/delete", "read_log", "Delete a draft.", _drop, Number, Gone),
)  # fmt: skip
