"""The rows of the HTTP API about memory: what a page and a program may ask of it, for the person they are of."""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field

from claw.base.action import Json, ReplyStatus
from claw.base.errors import Refused
from claw.channels.remembering import MOST_FOUND, MOST_LISTED
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import LARGEST, Call, Operation, Strict
from claw.channels.web.session import origin_of
from claw.memory.model import Kind

MOST_SAID = 2000
"""Characters that a sentence or a search may have on its way in; what is kept of it is bounded further in."""

Text = Annotated[str, Field(min_length=1, max_length=MOST_SAID)]


class Which(Strict):
    """Which memories: of one subject (``me``, a person, a room, a thing), of one kind."""

    about: Annotated[str, Field(max_length=255)] = ""
    kind: Kind | Literal[""] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 100


class Search(Strict):
    """What to look for, and how much of it."""

    q: Text
    k: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 10


class Sentence(Strict):
    """What to remember; ``private`` for the person of this client alone."""

    text: Text
    private: bool = False


class Right(Strict):
    """How it really is, as one sentence."""

    text: Text


class Gone(Strict):
    """What to forget: exactly one of these.

    ``since`` is a time of day such as ``18:00``, or ``hour`` for the last hour; ``person`` is ``me`` or a name.
    """

    id: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    since: Annotated[str, Field(max_length=20)] = ""
    person: Annotated[str, Field(max_length=255)] = ""
    everything: bool = False


class Settle(Strict):
    """A yes or a no."""

    answer: Literal["yes", "no"]


class Agree(Strict):
    """What the person of this client agrees to, or takes back; what is left out stays as it is."""

    habits: bool | None = None
    talks: bool | None = None


class Night(Strict):
    """Do the night's work now, only say what it would do, or take the last night back."""

    dry_run: bool = False
    undo: bool = False


class Remembered(BaseModel):
    """One memory: what is said, about whom, from whom, how far it is believed and who may hear of it."""

    id: int
    kind: Kind
    sentence: str
    subject: str
    about: str
    predicate: str
    value: Any
    condition: dict[str, Any]
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    since: str | None
    until: str | None
    status: str
    trust: str
    explicit: bool
    confidence: float
    author: str
    recorded: str
    retired: str | None
    supersedes: int | None
    visibility: str
    heard_by: str
    influenced: list[str]
    pinned: bool
    used: int
    last_used: str | None


class Written(BaseModel):
    """What came of writing or forgetting; ``ask`` is the question that must be answered first."""

    status: ReplyStatus
    text: str
    memory: Remembered | None = None
    ask: str | None = None


async def _list(call: Call) -> Json:
    which = cast("Which", call.query)
    memory = call.desk.remembering
    return memory.listed(origin_of(call.client), about=which.about, kind=which.kind, limit=which.limit)


async def _search(call: Call) -> Json:
    search = cast("Search", call.query)
    return await call.desk.remembering.search(search.q, origin_of(call.client), k=search.k)


async def _why(call: Call) -> Json:
    number = _number(call)
    try:
        return call.desk.remembering.why(number, origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _add(call: Call) -> Json:
    body = cast("Sentence", call.body)
    return await call.desk.remembering.add(body.text, origin_of(call.client), private=body.private)


async def _correct(call: Call) -> Json:
    body = cast("Right", call.body)
    return await call.desk.remembering.correct(_number(call), body.text, origin_of(call.client))


async def _forget(call: Call) -> Json:
    body = cast("Gone", call.body)
    return await call.desk.remembering.forget(
        origin_of(call.client), number=body.id, since=body.since, person=body.person, everything=body.everything
    )


async def _export(call: Call) -> Json:
    return call.desk.remembering.export(origin_of(call.client))


async def _proposals(call: Call) -> Json:
    return call.desk.remembering.proposals(origin_of(call.client))


async def _settle(call: Call) -> Json:
    yes = cast("Settle", call.body).answer == "yes"
    return await call.desk.remembering.settle(str(call.path["id"]), origin_of(call.client), yes=yes)


async def _consents(call: Call) -> Json:
    return call.desk.remembering.consents(origin_of(call.client))


async def _consent(call: Call) -> Json:
    body = cast("Agree", call.body)
    return await call.desk.remembering.consent(origin_of(call.client), habits=body.habits, talks=body.talks)


async def _night(call: Call) -> Json:
    return call.desk.remembering.night(origin_of(call.client))


async def _sleep(call: Call) -> Json:
    body = cast("Night", call.body)
    return await call.desk.remembering.sleep(origin_of(call.client), dry_run=body.dry_run, undo=body.undo)


def _number(call: Call) -> int:
    number = int(call.path["seq"])
    if number > LARGEST:
        raise Rejected(404, "not_found", "There is no such memory.")
    return number


OPERATIONS = (
    Operation(
        "GET",
        "/api/memory",
        "talk",
        "What is remembered that this person may hear.",
        _list,
        list[Remembered],
        query=Which,
    ),
    Operation("GET", "/api/memory/search", "talk", "What is nearest to some words.", _search, list[Json], query=Search),
    Operation("GET", "/api/memory/{seq:int}", "talk", "One memory, and why it is believed.", _why),
    Operation("POST", "/api/memory", "talk", "Remember one sentence.", _add, Written, Sentence),
    Operation("POST", "/api/memory/{seq:int}", "talk", "Put one memory right.", _correct, Written, Right),
    Operation("POST", "/api/memory/forget", "talk", "Forget for good.", _forget, Written, Gone),
    Operation("GET", "/api/memory/export", "talk", "All that is kept and that this person may see.", _export),
    Operation(
        "GET", "/api/memory/proposals", "talk", "What waits for this person's yes or no.", _proposals, list[Json]
    ),
    Operation("POST", "/api/memory/proposals/{id}", "approve", "Say yes or no to it.", _settle, Written, Settle),
    Operation("GET", "/api/memory/consents", "talk", "What this person agreed to.", _consents),
    Operation("POST", "/api/memory/consents", "approve", "Agree to it, or take it back.", _consent, body=Agree),
    Operation("GET", "/api/memory/night", "talk", "What was learned last night.", _night),
    Operation("POST", "/api/memory/night", "approve", "Do, rehearse or take back a night.", _sleep, body=Night),
)
