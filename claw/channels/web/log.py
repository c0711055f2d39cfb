"""The rows of the HTTP API that look further into the log: find entries, and count those of a day."""

from typing import Annotated, cast

from pydantic import Field

from claw.base.action import Json
from claw.channels.finding import MOST, Filter
from claw.channels.web.operation import LARGEST, Call, Day, Operation, Strict
from claw.channels.web.session import origin_of

Words = Annotated[str, Field(max_length=255)]


class Sought(Strict):
    """What to look for; days are those of the household's calendar.  ``before`` goes on where ``next`` said."""

    kind: Annotated[str, Field(max_length=40)] = ""
    person: Words = ""
    thing: Words = ""
    text: Words = ""
    since: Day | None = None
    until: Day | None = None
    before: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100


class Which(Strict):
    """A day of the household's calendar, today where it is left out."""

    day: Day | None = None


async def _find(call: Call) -> Json:
    sought = Filter(**cast("Sought", call.query).model_dump())
    return await call.desk.views.finding.find(sought, origin_of(call.client))


async def _day(call: Call) -> Json:
    return await call.desk.views.finding.day(cast("Which", call.query).day)


OPERATIONS = (
    Operation(
        "GET", "/api/log/find", "read_log", "Entries by kind, person, thing, words and days.", _find, query=Sought
    ),
    Operation("GET", "/api/log/day", "read_log", "How much happened in each half hour of a day.", _day, query=Which),
)
