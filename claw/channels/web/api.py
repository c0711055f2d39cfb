"""The operations of the HTTP API: one row each for address, right, shapes and what to call on the desk."""

from dataclasses import dataclass
from typing import Annotated, Literal, cast

from pydantic import BaseModel, Field

from claw.base.action import Action, Json, Pending, Reply
from claw.base.errors import Refused
from claw.channels.lookback import MOST_TICKED
from claw.channels.shown import shown
from claw.channels.web import accounts, health, log, memory, passkeys, policy, routines, skills, voice
from claw.channels.web.guard import Rejected
from claw.channels.web.operation import LARGEST, Call, Operation, Strict
from claw.channels.web.session import Session, origin_of, session_json
from claw.gate.card import Card

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
"""What is sent again with the same key within a minute is done once, and answered the same."""


class Said(Strict):
    """One message; a text above 1,000 characters is answered with a polite refusal."""

    text: str
    conversation: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:-]{0,64}$")] = ""
    key: Key = ""


class Wanted(Strict):
    """One action on named entities, as a button on the page asks for it."""

    name: Annotated[str, Field(max_length=100)]
    entities: Annotated[tuple[Annotated[str, Field(max_length=255)], ...], Field(max_length=200)]
    data: dict[str, Json] = Field(default_factory=dict)
    held: dict[Annotated[str, Field(max_length=255)], Annotated[str, Field(max_length=255)]] | None = Field(
        default=None, max_length=200
    )
    """What a control that was held showed: the state of each entity.  Holding it is a yes where the rules allow it."""
    key: Key = ""


class Answer(passkeys.Chosen):
    """A yes or a no to a waiting question."""

    answer: Literal["yes", "no"]


class Reason(Strict):
    """Why somebody stops or resets."""

    reason: str = ""


class Length(Reason):
    """Why somebody pauses, and for how long at most 30 days; without a length until somebody resumes."""

    seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] | None = None


class Thing(Strict):
    """A thing of the house, by its entity id or name."""

    of: Annotated[str, Field(min_length=1, max_length=255)]


class Undo(Strict):
    """What to take back: one entry, or all since a time of day such as ``18:00``; without either one's last plan.

    Locks, alarms, covers and valves among what was done since a time stay unless their entity ids are ticked.
    """

    seq: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    since: Annotated[str, Field(max_length=20)] = ""
    tick: Annotated[tuple[Annotated[str, Field(max_length=255)], ...], Field(max_length=MOST_TICKED)] = ()
    dry_run: bool = False
    conversation: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:-]{0,64}$")] = ""


class LogPage(Strict):
    """Which audit entries: those after ``after`` (oldest first), or the newest ones."""

    after: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    newest_first: bool = False


class Error(BaseModel):
    """What went wrong: one of a few words, and a sentence for a person."""

    kind: str
    text: str


class Failure(BaseModel):
    """The body of every answer that is not a success."""

    error: Error


@dataclass(frozen=True)
class Waiting(Pending):
    """A question that waits, and the card that a person sees of it."""

    card: Card | None = None


async def _say(call: Call) -> Json:
    body = cast("Said", call.body)
    origin = origin_of(call.client, body.conversation)
    return shown(await call.desk.once(origin.source, body.key, lambda: call.desk.say(body.text, origin)))


async def _act(call: Call) -> Json:
    body = cast("Wanted", call.body)
    action = Action(body.name, body.entities, body.data)
    origin = origin_of(call.client)
    return shown(await call.desk.once(origin.source, body.key, lambda: call.desk.act([action], origin, body.held)))


async def _house(call: Call) -> Json:
    return call.desk.house()


async def _pending(call: Call) -> Json:
    return call.desk.cards(origin_of(call.client))


async def _answer(call: Call) -> Json:
    body = cast("Answer", call.body)
    origin, yes = origin_of(call.client), body.answer == "yes"
    return shown(await call.desk.answer(str(call.path["id"]), origin, yes=yes, choice=body.choice()))


async def _stop_state(call: Call) -> Json:
    stop = call.desk.status()["stop"]
    # Who reads figures alone hears nobody's words, nor who said them.
    return stop if call.client.ceiling - {"watch"} else {"engaged": stop["engaged"]}


async def _stop(call: Call) -> Json:
    return await call.desk.stop(cast("Reason", call.body).reason, origin_of(call.client))


async def _reset(call: Call) -> Json:
    return await call.desk.reset(cast("Reason", call.body).reason, origin_of(call.client), console=False)


async def _pause(call: Call) -> Json:
    body = cast("Length", call.body)
    return await call.desk.switching.pause(body.reason, origin_of(call.client), body.seconds)


async def _resume(call: Call) -> Json:
    return await call.desk.switching.resume(cast("Reason", call.body).reason, origin_of(call.client), console=False)


async def _log(call: Call) -> Json:
    page = cast("LogPage", call.query)
    return call.desk.log(page.after, page.limit, newest_first=page.newest_first, viewer=origin_of(call.client))


async def _why(call: Call) -> Json:
    number = int(call.path["seq"])
    if number > LARGEST:
        raise Rejected(404, "not_found", "There is no such audit entry.")
    try:
        return call.desk.why(number, origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _trace(call: Call) -> Json:
    number = int(call.path["seq"])
    if number > LARGEST:
        raise Rejected(404, "not_found", "There is no such audit entry.")
    try:
        return call.desk.lookback.trace(number, origin_of(call.client))
    except Refused as error:
        raise Rejected(404, "not_found", str(error)) from error


async def _who(call: Call) -> Json:
    return await call.desk.lookback.who(cast("Thing", call.query).of, origin_of(call.client))


async def _undo(call: Call) -> Json:
    body = cast("Undo", call.body)
    origin = origin_of(call.client, body.conversation)
    return await call.desk.lookback.undo(origin, seq=body.seq, since=body.since, tick=body.tick, dry_run=body.dry_run)


async def _status(call: Call) -> Json:
    return call.desk.status()


async def _session(call: Call) -> Json:
    return session_json(call.client, call.warnings)


OPERATIONS = (
    Operation("POST", "/api/messages", "talk", "Say something and get the answer.", _say, Reply, Said),
    Operation(
        "POST", "/api/actions", "talk", "Ask for one action, through the same door as a sentence.", _act, Reply, Wanted
    ),
    Operation("GET", "/api/house", "talk", "Floors, areas and entities with their states.", _house),
    Operation("GET", "/api/pending", "talk", "The questions that wait for a person.", _pending, list[Waiting]),
    Operation("POST", "/api/pending/{id}", "approve", "Answer a waiting question.", _answer, Reply, Answer),
    Operation("GET", "/api/stop", None, "Whether everything is stopped, and why.", _stop_state),
    Operation("POST", "/api/stop", "stop", "Stop everything, now.", _stop, body=Reason),
    Operation("POST", "/api/stop/reset", "reset", "Release the stop; needs a reason.", _reset, body=Reason),
    Operation("POST", "/api/pause", "stop", "Do nothing new for a while; not a stop.", _pause, body=Length),
    Operation("POST", "/api/resume", "reset", "End a pause; an adult's to do.", _resume, body=Reason),
    Operation("GET", "/api/log", "read_log", "Entries of the audit log.", _log, list[dict[str, Json]], query=LogPage),
    Operation("GET", "/api/why/{seq:int}", "read_log", "One audit entry, what led to it and what came of it.", _why),
    Operation("GET", "/api/trace/{seq:int}", "read_log", "Everything about the request of one audit entry.", _trace),
    Operation("GET", "/api/who", "talk", "Who or what last changed a thing of the house.", _who, query=Thing),
    Operation(
        "POST", "/api/undo", "talk", "Take acts back: one's last, those of an entry, or since a time.", _undo, body=Undo
    ),
    Operation("GET", "/api/status", "talk", "How Claw is doing.", _status),
    Operation("GET", "/api/session", None, "Who this client is and what it may do.", _session, Session),
    *memory.OPERATIONS,
    *skills.OPERATIONS,
    *routines.OPERATIONS,
    *voice.OPERATIONS,
    *passkeys.OPERATIONS,
    *accounts.OPERATIONS,
    *policy.OPERATIONS,
    *health.OPERATIONS,
    *log.OPERATIONS,
)
