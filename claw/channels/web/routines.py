"""The rows of the HTTP API about routines: what runs in the background, when, what became of it, and to change it."""

from datetime import UTC
from typing import Annotated, cast

from pydantic import BaseModel, Field

from claw.base.action import Json, ReplyStatus
from claw.base.errors import Refused
from claw.channels.routined import MOST_DAYS, MOST_LISTED, MOST_NEXT, Deed
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import Call, Day, Instant, Nothing, Operation, Strict
from claw.channels.web.session import origin_of
from claw.routines.model import RunStatus, State
from claw.routines.written import LONGEST

Name = Annotated[str, Field(max_length=100)]


class Ended(Strict):
    """Whether those that are over or removed are listed, too."""

    over: bool = False


class Next(Strict):
    """How many firings at most, and of which routine; of all where none is named."""

    routine: Name = ""
    limit: Annotated[int, Field(ge=1, le=MOST_NEXT)] = 20


class Page(Next):
    """How much of the past, and before when (in UTC where no zone is given)."""

    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 50
    before: Instant | None = None


class OneDay(Strict):
    """Which day on the wall clock of the house, today where none is named; of one routine, or of all."""

    routine: Name = ""
    day: Day | None = None


class Sentence(Strict):
    """A routine as somebody would say it: "every weekday at seven open the blinds"."""

    words: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Written(Strict):
    """A routine as it is written (docs/routines.md); ``dry_run`` only says what it would do."""

    spec: dict[str, Json]
    dry_run: bool = False


class Decision(Strict):
    """What is to be done; ``days`` are those to skip, that of the next firing where none is named."""

    do: Deed
    days: Annotated[tuple[Day, ...], Field(max_length=MOST_DAYS)] = ()


class Moment(BaseModel):
    """A moment: exactly, on the wall clock of the house, and in words."""

    at: str
    wall: str
    said: str


class Listed(BaseModel):
    """One routine in one line: when, what, how it stands and why, and what may be asked to be done with it."""

    id: str
    name: str
    kind: str
    state: State
    why: str
    fires: bool
    when: list[str]
    does: list[str]
    by_event: bool
    made_by: str
    mine: bool
    adopted_by: str
    created: str
    last: Moment | None
    expires: Moment | None
    next: list[Moment]
    runs: int
    shadow_left: int
    skips: list[str]
    can: list[Deed]


class Due(Moment):
    """A firing that is to come."""

    routine: str
    name: str
    state: State


class Ran(BaseModel):
    """A row of the history: one firing, or ``times`` of them until ``until``, and what came of it, with the reason."""

    id: int
    routine: str
    name: str
    due: Moment
    until: Moment | None
    began: str | None
    ended: str | None
    late_s: int
    status: RunStatus
    reason: str
    cause: str
    by_hand: str
    times: int
    entries: list[int]
    would: list[str]


class Hour(BaseModel):
    """An hour below the line."""

    minute: float
    said: str


class RanThere(Ran):
    """A row of the history, in minutes from the begin of the day on; ``to_minute`` where it stands for several."""

    minute: float
    to_minute: float | None = None


class DueThere(Due):
    """A firing that is to come, in minutes from the begin of the day on."""

    minute: float


class OnLine(BaseModel):
    """A day: how many minutes it has, what is written below it, and what lies where; ``cut`` where there is more."""

    day: str
    minutes: float
    hours: list[Hour]
    now: float | None
    ran: list[RanThere]
    due: list[DueThere]
    cut: bool


class Came(BaseModel):
    """What came of it; ``ask`` is the question that must be answered first."""

    status: ReplyStatus
    text: str
    routine: Listed | None = None
    warnings: list[str] = Field(default_factory=list)
    ask: str | None = None
    would: list[str] = Field(default_factory=list)


async def _list(call: Call) -> Json:
    return await call.desk.routined.listed(origin_of(call.client), over=cast("Ended", call.query).over)


async def _one(call: Call) -> Json:
    try:
        return await call.desk.routined.one(_id(call), origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _next(call: Call) -> Json:
    query = cast("Next", call.query)
    try:
        return await call.desk.routined.next(origin_of(call.client), routine=query.routine, limit=query.limit)
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _history(call: Call) -> Json:
    page = cast("Page", call.query)
    before = page.before
    if before is not None and before.tzinfo is None:
        before = before.replace(tzinfo=UTC)
    try:
        return await call.desk.routined.history(
            origin_of(call.client), routine=page.routine, limit=page.limit, before=before
        )
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _day(call: Call) -> Json:
    query = cast("OneDay", call.query)
    try:
        return await call.desk.routined.day(origin_of(call.client), routine=query.routine, day=query.day)
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _say(call: Call) -> Json:
    return await call.desk.routined.say(cast("Sentence", call.body).words, origin_of(call.client))


async def _add(call: Call) -> Json:
    body = cast("Written", call.body)
    return await call.desk.routined.add(body.spec, origin_of(call.client), dry_run=body.dry_run)


async def _decide(call: Call) -> Json:
    body = cast("Decision", call.body)
    return await call.desk.routined.decide(body.do, _id(call), origin_of(call.client), days=body.days)


async def _dry_run(call: Call) -> Json:
    try:
        return await call.desk.routined.dry_run(_id(call), origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _export(call: Call) -> Json:
    try:
        return call.desk.routined.export(_id(call), origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


def _id(call: Call) -> str:
    return str(call.path["id"])


OPERATIONS = (
    Operation("GET", "/api/routines", "talk", "The routines that this person may know of.", _list, list[Listed],
              query=Ended),
    Operation("GET", "/api/routines/next", "talk", "What is due next by the clock.", _next, list[Due], query=Next),
    Operation("GET", "/api/routines/history", "talk", "What came of the last firings.", _history, list[Ran],
              query=Page),
    Operation("GET", "/api/routines/day", "talk", "One day as a line: what ran on it, what is to come.", _day, OnLine,
              query=OneDay),
    Operation("POST", "/api/routines/say", "talk", "Make or change one by a sentence.", _say, Came, Sentence),
    Operation("POST", "/api/routines", "talk", "Make a routine as it is written.", _add, Came, Written),
    Operation("GET", "/api/routines/{id}", "talk", "One routine: its rules, how it is written, its last runs.", _one),
    Operation("POST", "/api/routines/{id}", "talk", "Run, pause, resume, skip, remove or adopt it.", _decide, Came,
              Decision),
    Operation("POST", "/api/routines/{id}/dry-run", "talk", "What it would do now.", _dry_run, body=Nothing),
    Operation("GET", "/api/routines/{id}/automation", "talk", "It as an automation of Home Assistant.", _export),
)  # fmt: skip
