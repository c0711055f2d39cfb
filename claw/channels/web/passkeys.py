"""Passkeys over HTTP: to have one made, to sign in with one, and to sign a yes.

Each takes two requests: the first gives what the passkey is to sign, the second brings what it signed.  Signing in is
no row of the table of operations, because whoever does it is nobody yet.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar, cast

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from claw.base.action import Json, Reply
from claw.base.errors import Refused, Unavailable
from claw.channels.passkeys import NAME_LIMIT
from claw.channels.shown import shown
from claw.channels.signing import Signing, Site
from claw.channels.web.operation import Call, Operation, Strict
from claw.channels.web.session import Door, origin_of, own_host, session_json, set_cookie
from claw.gate.answering import Choice
from claw.gate.plan import MOST_ACTIONS

M = TypeVar("M", bound=BaseModel)

NOT_HERE = "there are no passkeys here"

Brought = Annotated[dict[str, Json], Field(max_length=20)]
"""What a browser's passkey gives back, in the standard's JSON."""


class Chosen(Strict):
    """What a yes is for.

    ``without`` are positions of actions (from 0) that were struck out, ``number`` what was picked where a number was
    told in a room, ``grant_s`` for how many seconds the yes holds (0: once).
    """

    without: Annotated[tuple[Annotated[int, Field(strict=True)], ...], Field(max_length=MOST_ACTIONS)] = ()
    number: Annotated[str, Field(max_length=10)] = ""
    grant_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def choice(self) -> Choice:
        """Return it as the gate takes it."""
        return Choice(frozenset(self.without), self.number, self.grant_s)


class SignedYes(Chosen):
    """A yes with the signature that ``/sign`` asked for, with the same choice."""

    credential: Brought


class Named(Strict):
    """What a new passkey is to be called."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]


class NewPasskey(Named):
    """A passkey that was just made, and where one was there already, what that one signed."""

    credential: Brought
    proof: Brought | None = None


class WhichPasskey(Strict):
    """A passkey by its id."""

    id: Annotated[str, Field(max_length=2_000)]


class Removal(WhichPasskey):
    """A passkey that is to go, and what it or another signed."""

    proof: Brought | None = None


class Entering(Strict):
    """What a passkey signed for who wants to sign in."""

    credential: Brought


class Keys(BaseModel):
    """Somebody's passkeys; ``problem`` says why none can be made or used at this address."""

    problem: str
    fresh: bool
    keys: list[dict[str, Json]]


def site_of(request: Request) -> Site:
    """Return where the browser of a checked request has the page open."""
    return Site(request.url.scheme, own_host(request))


def entrance(
    door: Door,
    signing: Callable[[], Signing | None],
    read: Callable[[Request, type[Entering]], Awaitable[Entering]],
    answer: Callable[..., Response],
) -> list[Route]:
    """Return the two addresses by which somebody signs in with a passkey; ``answer`` makes JSON of a value."""

    def ready() -> Signing:
        found = signing()
        if found is None:
            raise Unavailable(NOT_HERE)
        return found

    async def begin(request: Request) -> Response:
        door.knock(request)
        return answer(ready().ask_to_enter(site_of(request)))

    async def enter(request: Request) -> Response:
        door.knock(request)
        body = await read(request, Entering)
        try:
            person = await ready().enter(site_of(request), body.credential)
        except Refused as refused:
            raise door.turned_away(request, "wrong_passkey", refused) from None
        client, secret = door.let_in(request, person)
        response = answer(session_json(client, door.warnings(request)))
        set_cookie(request, response, secret)
        return response

    return [
        Route("/api/login/passkey/begin", begin, methods=["POST"]),
        Route("/api/login/passkey", enter, methods=["POST"]),
    ]


def _signing(call: Call) -> Signing:
    if call.signing is None:
        raise Unavailable(NOT_HERE)
    return call.signing


async def _keys(call: Call) -> Json:
    return shown(_signing(call).shown(call.client, call.site))


async def _begin(call: Call) -> Json:
    return _signing(call).ask_to_add(call.client, call.site, cast("Named", call.body).name)


async def _add(call: Call) -> Json:
    body, signing = cast("NewPasskey", call.body), _signing(call)
    await signing.add(call.client, call.site, body.name, body.credential, body.proof, origin_of(call.client))
    return shown(signing.shown(call.client, call.site))


async def _begin_removal(call: Call) -> Json:
    return _signing(call).ask_to_remove(call.client, call.site, cast("WhichPasskey", call.body).id)


async def _remove(call: Call) -> Json:
    body, signing = cast("Removal", call.body), _signing(call)
    await signing.remove(call.client, call.site, body.id, body.proof, origin_of(call.client))
    return shown(signing.shown(call.client, call.site))


async def _sign(call: Call) -> Json:
    choice = cast("Chosen", call.body).choice()
    return _signing(call).ask_to_answer(call.client, call.site, str(call.path["id"]), choice)


async def _signed(call: Call) -> Json:
    body, question, signing = cast("SignedYes", call.body), str(call.path["id"]), _signing(call)
    origin = replace(origin_of(call.client), strength="signed")
    await signing.answer(call.client, call.site, question, body.choice(), body.credential, origin)
    return shown(await call.desk.answer(question, origin, yes=True, choice=body.choice()))


OPERATIONS = (
    Operation("GET", "/api/passkeys", "talk", "One's own passkeys.", _keys, Keys),
    Operation("POST", "/api/passkeys/begin", "talk", "Ask for what a new passkey needs.", _begin, body=Named),
    Operation("POST", "/api/passkeys", "talk", "Add the passkey that was just made.", _add, Keys, NewPasskey),
    Operation(
        "POST",
        "/api/passkeys/remove/begin",
        "talk",
        "Ask for what is to be signed before a passkey goes.",
        _begin_removal,
        body=WhichPasskey,
    ),
    Operation("POST", "/api/passkeys/remove", "talk", "Remove one of one's own passkeys.", _remove, Keys, Removal),
    Operation(
        "POST",
        "/api/pending/{id}/sign",
        "approve",
        "Ask for what is to be signed for a yes with this choice.",
        _sign,
        body=Chosen,
    ),
    Operation("POST", "/api/pending/{id}/signed", "approve", "Say yes, signed.", _signed, Reply, SignedYes),
)
