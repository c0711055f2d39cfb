"""Accounts on the page: how somebody comes in, who is signed in where, and what owners change of the household."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claw.base.action import Json, Origin
from claw.base.errors import Refused, Unavailable
from claw.channels.accounts import Accounts, By
from claw.channels.clients import Client, Right
from claw.channels.entering import Admission, Wait
from claw.channels.passwords import LONGEST
from claw.channels.web.operation import Call, Nothing, Operation, Strict
from claw.channels.web.session import Door, origin_of, peer, session_json, set_cookie
from claw.policy.admitted import LONGEST_NAME
from claw.policy.people import Role

NOT_HERE = "nobody is let in here"

Id = Annotated[str, Field(min_length=1, max_length=60)]
Password = Annotated[str, Field(max_length=LONGEST)]
Named = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


_SOME: dict[str, Json] = {"minLength": 1}


class SignIn(Strict):
    """A sign-in code, or a name (or id) and a password."""

    code: Annotated[str, Field(max_length=32)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    password: Annotated[str, Field(max_length=4 * LONGEST)] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["code"], "properties": {"code": _SOME}},
                {"required": ["name", "password"], "properties": {"name": _SOME, "password": _SOME}},
            ]
        }
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.code) == bool(self.name and self.password):
            raise ValueError("expected either a code, or a name and a password")
        return self


class First(Strict):
    """The first account: the code that the daemon printed, a name, and a password or none."""

    code: Annotated[str, Field(max_length=32)]
    name: Named
    password: Password = ""


class Newcomer(Strict):
    """Somebody to be let in."""

    name: Named
    role: Role


class NewRole(Strict):
    """Which role somebody has from now on."""

    role: Role


class NewPassword(Strict):
    """A password, and the one before; it may be left out within ten minutes of a sign-in."""

    new: Password
    old: Password = ""


class OldPassword(Strict):
    """The password that is to go."""

    old: Password = ""


class Member(BaseModel):
    """Somebody of the household; what the configuration says of them cannot be changed here."""

    id: str
    name: str
    role: Role
    configured: bool
    barred: bool
    password: bool
    browsers: int
    programs: int


class Stands(BaseModel):
    """A browser or program that may speak for somebody; ``current`` is the one that asks."""

    id: str
    name: str
    person: str
    kind: Literal["token", "session", "model"]
    rights: list[Right]
    created: str
    expires: str
    last_used: str | None
    current: bool


class Code(BaseModel):
    """A code that signs somebody in once, within ten minutes."""

    person: str
    code: str


Read = Callable[[Request, type[Any]], Awaitable[Any]]
Answer = Callable[..., Response]


def entrance(door: Door, admission: Callable[[], Admission | None], read: Read, answer: Answer) -> list[Route]:
    """Return the addresses of the door, where nobody is known yet; ``answer`` makes JSON of a value."""

    def entered(request: Request, client: Client, secret: str) -> Response:
        before = door.visitor(request)
        if before is not None:
            door.sign_out(before)  # one browser is one session
        response = answer(session_json(client, door.warnings(request)))
        set_cookie(request, response, secret)
        return response

    async def ways(request: Request) -> Response:
        found = admission()
        first = found is not None and found.entering.is_first
        return answer({"first": first, "warnings": list(door.warnings(request))})

    async def enter(request: Request) -> Response:
        door.knock(request)
        body: SignIn = await read(request, SignIn)
        if body.code:
            return entered(request, *door.sign_in(request, body.code))
        try:
            person = await _ready(admission()).entering.by_password(body.name, body.password)
        except Wait as wait:
            raise door.held_up(request, wait.seconds, str(wait)) from None
        except Refused as refused:
            raise door.turned_away(request, "wrong_password", refused) from None
        return entered(request, *door.let_in(request, person))

    async def first(request: Request) -> Response:
        door.knock(request)
        found = _ready(admission())
        body: First = await read(request, First)
        try:
            by = By(Origin("web", source=peer(request)))
            person = await found.entering.first(body.code, body.name, body.password, by)
        except Refused as refused:
            raise door.turned_away(request, "wrong_code", refused) from None
        return entered(request, *door.let_in(request, person.id))

    return [
        Route("/api/door", ways),
        Route("/api/login", enter, methods=["POST"]),
        Route("/api/first", first, methods=["POST"]),
    ]


def _ready(admission: Admission | None) -> Admission:
    if admission is None:
        raise Unavailable(NOT_HERE)
    return admission


def _asked(call: Call) -> tuple[Accounts, By]:
    return _ready(call.admission).accounts, By(origin_of(call.client), call.client)


async def _people(call: Call) -> Json:
    accounts, by = _asked(call)
    return accounts.all(by)


async def _let_in(call: Call) -> Json:
    accounts, by = _asked(call)
    body = cast("Newcomer", call.body)
    person = await accounts.let_in(body.name, body.role, by)
    return {"person": person.id, "code": accounts.invite(person.id, by)}


async def _invite(call: Call) -> Json:
    accounts, by = _asked(call)
    person = str(call.path["id"])
    return {"person": person, "code": accounts.invite(person, by)}


async def _role(call: Call) -> Json:
    accounts, by = _asked(call)
    await accounts.change_role(str(call.path["id"]), cast("NewRole", call.body).role, by)
    return accounts.all(by)


async def _revoke(call: Call) -> Json:
    accounts, by = _asked(call)
    return await accounts.revoke(str(call.path["id"]), by)


async def _admit(call: Call) -> Json:
    accounts, by = _asked(call)
    return {"person": await accounts.admit(str(call.path["id"]), by)}


async def _clients(call: Call) -> Json:
    accounts, by = _asked(call)
    return accounts.clients(by)


async def _end(call: Call) -> Json:
    accounts, by = _asked(call)
    accounts.end_client(str(call.path["id"]), by)
    return accounts.clients(by)


async def _end_others(call: Call) -> Json:
    accounts, by = _asked(call)
    return {"ended": accounts.end_others(by)}


async def _set_password(call: Call) -> Json:
    _, by = _asked(call)
    body = cast("NewPassword", call.body)
    await _ready(call.admission).entering.set_password(call.client, body.new, body.old, by)
    return {"password": True}


async def _remove_password(call: Call) -> Json:
    _, by = _asked(call)
    body = cast("OldPassword", call.body)
    await _ready(call.admission).entering.remove_password(call.client, body.old, by)
    return {"password": False}


OPERATIONS = (
    Operation("GET", "/api/people", "talk", "The household, as far as one may see it.", _people, list[Member]),
    Operation("POST", "/api/people", "talk", "Let somebody in, with a code to sign in.", _let_in, Code, Newcomer),
    Operation("POST", "/api/people/{id}/invite", "talk", "Make a code that signs somebody in.", _invite, Code, Nothing),
    Operation("POST", "/api/people/{id}/role", "talk", "Give somebody another role.", _role, list[Member], NewRole),
    Operation("POST", "/api/people/{id}/revoke", "talk", "Shut somebody out, at once.", _revoke, body=Nothing),
    Operation(
        "POST", "/api/people/{id}/admit", "talk", "Let somebody count again who was shut out.", _admit, body=Nothing
    ),
    Operation("GET", "/api/clients", "talk", "Browsers and programs that may speak for one.", _clients, list[Stands]),
    Operation("POST", "/api/clients/{id}/end", "talk", "Sign a browser or program out.", _end, list[Stands], Nothing),
    Operation(
        "POST",
        "/api/clients/end_others",
        "talk",
        "Sign every other browser of one's own out.",
        _end_others,
        body=Nothing,
    ),
    Operation("POST", "/api/password", "talk", "Set one's password.", _set_password, body=NewPassword),
    Operation("POST", "/api/password/remove", "talk", "Have no password.", _remove_password, body=OldPassword),
)
