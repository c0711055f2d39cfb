"""The rows of the HTTP API about skills: what each may do, how far it is trusted and why, and to decide about it."""

from typing import Annotated, Literal, cast

from pydantic import BaseModel, Field

from claw.base.action import Json, ReplyStatus
from claw.base.errors import Refused
from claw.channels.skilful import Asked
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import Call, Nothing, Operation, Strict
from claw.channels.web.session import origin_of
from claw.skills.deciding import Deed
from claw.skills.manifest import Made
from claw.skills.model import State

Version = Annotated[str, Field(pattern=r"^([0-9a-f]{8,64}|[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})?$")]
"""A version: its number, the beginning of its hash, or nothing."""


class Page(Strict):
    """How much of the past."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100


class Two(Strict):
    """Which versions to compare; by default the one before and the present one."""

    old: Version = ""
    new: Version = ""


class Decision(Strict):
    """What is to be done, and the hash of what was shown to whoever decides; for a rollback the version to go to."""

    do: Deed
    version: Version = ""


class Listed(BaseModel):
    """One skill in one line: what it may do, how far it is trusted and why, and what may be asked to be done with it.

    Of a folder that cannot be read as a skill only name, state, why and title are given, to owners.
    """

    name: str
    title: str
    state: State | Literal["broken"]
    why: str
    can: list[Asked]
    description: str = ""
    version: str = ""
    hash: str = ""
    kind: str = ""
    enabled: bool = False
    made: Made = "written"
    agreed: int = 0
    short: str = ""
    phrases: dict[str, list[str]] = Field(default_factory=dict)
    people: list[str] = Field(default_factory=list)
    accepted_by: str = ""
    accepted_at: str | None = None
    changed: str | None = None
    last_run: str | None = None
    problems: list[str] = Field(default_factory=list)


class Came(BaseModel):
    """What came of a decision; ``ask`` is the question that must be answered first."""

    status: ReplyStatus
    text: str
    skill: Listed | None = None
    ask: str | None = None


async def _list(call: Call) -> Json:
    return call.desk.skilful.listed(origin_of(call.client))


async def _one(call: Call) -> Json:
    try:
        return call.desk.skilful.one(_name(call), origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _history(call: Call) -> Json:
    page = cast("Page", call.query)
    try:
        return call.desk.skilful.history(_name(call), origin_of(call.client), limit=page.limit)
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _compare(call: Call) -> Json:
    two = cast("Two", call.query)
    try:
        return call.desk.skilful.compared(_name(call), origin_of(call.client), old=two.old, new=two.new)
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _decide(call: Call) -> Json:
    body = cast("Decision", call.body)
    return await call.desk.skilful.decide(body.do, _name(call), origin_of(call.client), content=body.version)


async def _prove(call: Call) -> Json:
    return await call.desk.skilful.prove(_name(call), origin_of(call.client))


def _name(call: Call) -> str:
    return str(call.path["name"])


OPERATIONS = (
    Operation("GET", "/api/skills", "talk", "The skills that this person may know of.", _list, list[Listed]),
    Operation("GET", "/api/skills/{name}", "talk", "One skill: all that it may do, in plain words.", _one),
    Operation(
        "GET", "/api/skills/{name}/history", "read_log", "The steps of its life and its runs.", _history, query=Page
    ),
    Operation("GET", "/api/skills/{name}/diff", "talk", "How two versions differ.", _compare, query=Two),
    Operation(
        "POST", "/api/skills/{name}/prove", "approve", "Have it proved on the simulated house.", _prove, Came, Nothing
    ),
    Operation(
        "POST", "/api/skills/{name}", "approve", "Accept it, turn it on or off, go back.", _decide, Came, Decision
    ),
)
