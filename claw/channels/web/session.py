"""The door of the web channel: who a request is from, and what it may do at most.

Everything that is turned away here is counted against its source and folded into the log later; nothing that is turned
away has had its body read.  A client that is known is never held up by what strangers on the same address do.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.channels.channel import Desk
from claw.channels.clients import SESSION_LIFE, Client, Clients, Kind, Right, place_of
from claw.channels.web.browsers import browser_named
from claw.channels.web.busy import Busy
from claw.channels.web.forwarded import arrival_of
from claw.channels.web.guard import (
    Rejected,
    bearer,
    check_host,
    check_origin,
    check_path,
    check_query,
    host_names,
    unauthenticated,
)
from claw.channels.web.limits import Fold, Strikes

READING = frozenset({"GET", "HEAD"})

EXPOSED = (
    "This page is not encrypted: whoever is in this network can read along, and act in your name."
    " `listen: tls:` in the configuration ends that (docs/accounts.md)."
)


class Door:
    """Checks requests and signs browsers in and out; ``exposed`` where it answers beyond this machine."""

    def __init__(self, desk: Desk, clients: Clients, clock: Clock, names: Sequence[str]) -> None:
        self._clients = clients
        self._names = host_names(names)
        self._strikes = Strikes(clock)
        self.fold = Fold(desk.refused)
        self.exposed = False
        self.busy = Busy()

    def check_address(self, request: Request) -> None:
        """Raise Rejected for a request to a foreign name, or with a secret or too much in its address."""
        try:
            check_host(request.headers, self._names)
            check_path(request.scope["path"])
            check_query(request.url.query)
        except Rejected as rejected:
            raise self._counted(rejected, peer(request)) from None

    def admit(self, request: Request, right: Right | None) -> Client:
        """Return the client of a request to the API; raises Rejected unless it stands and may do ``right``."""
        try:
            client = self._checked(request)
        except Rejected as rejected:
            raise self._counted(rejected, peer(request)) from None
        if right is not None and not client.may(right):
            over = Rejected(403, "above_ceiling", f"This client may not do that: it lacks the right {right!r}.")
            raise self._counted(over, f"client {client.id}")
        return client

    def admit_model(self, request: Request) -> Client:
        """Return the client of a request that speaks for a model; raises Rejected for any other, also a person's."""
        try:
            token = bearer(request.headers)
            client = self._clients.recognise(token) if token else None
            if client is None or client.kind != "model":
                raise unauthenticated()
            _check_origin(request, changes=request.method not in READING, cookie=False)
        except Rejected as rejected:
            raise self._counted(rejected, peer(request)) from None
        return client

    def check_stands(self, client: Client) -> None:
        """Raise Rejected for a client that was ended since it was admitted, as while the rest of its request came."""
        if not self._clients.stands(client):
            raise unauthenticated()

    def known(self, request: Request) -> bool:
        """Return whether a client asks, where anybody may; raises Rejected for a secret that does not hold."""
        if "authorization" not in request.headers and not request.cookies.get(cookie_name(request)):
            return False
        client = self.admit(request, None)
        if not client.may("watch"):
            self.admit(request, "talk")
        return True

    def visitor(self, request: Request) -> Client | None:
        """Return the client whose page this is, None for somebody who has to sign in."""
        secret = request.cookies.get(cookie_name(request))
        client = self._clients.recognise(secret) if secret else None
        return client if client is not None and client.kind == "session" else None

    def warnings(self, request: Request) -> tuple[str, ...]:
        """Return what the person at this page should know about how it came to them."""
        arrival = arrival_of(request)
        return (EXPOSED,) if self.exposed and not arrival.encrypted and not arrival.base else ()

    def knock(self, request: Request) -> None:
        """Raise Rejected unless ``request`` may try to sign in: from our own page, and not too often."""
        try:
            _check_origin(request, changes=True, cookie=False)
        except Rejected as rejected:
            raise self._counted(rejected, peer(request)) from None
        wait_s = self._strikes.wait_s(peer(request))
        if wait_s > 0:
            raise self._counted(_too_many(wait_s), peer(request))

    def sign_in(self, request: Request, code: str) -> tuple[Client, str]:
        """Return the new session and its secret; raises Rejected (401) for a code that does not hold."""
        try:
            return self._clients.sign_in(code, browser_named(request.headers.get("user-agent", "")))
        except Refused as refused:
            raise self.turned_away(request, "wrong_code", refused) from None

    def let_in(self, request: Request, person: str) -> tuple[Client, str]:
        """Return the new session, and its secret, of somebody who was proved by other means; raises Rejected (401)."""
        try:
            return self._clients.enter(person, browser_named(request.headers.get("user-agent", "")))
        except Refused as refused:
            raise self.turned_away(request, "nobody", refused) from None

    def turned_away(self, request: Request, kind: str, refused: Refused) -> Rejected:
        """Count a sign-in that failed, and return what to answer (401)."""
        return self._counted(Rejected(401, kind, str(refused)), peer(request))

    def held_up(self, request: Request, seconds: float, text: str) -> Rejected:
        """Count a sign-in to an account that was tried too often, and return what to answer (429)."""
        held = Rejected(429, "too_many", text, {"Retry-After": str(max(1, round(seconds)))})
        return self._counted(held, peer(request))

    def sign_out(self, client: Client) -> None:
        """End the session or token for good."""
        self._clients.revoke(client.id, origin_of(client))

    def _checked(self, request: Request) -> Client:
        token = bearer(request.headers)
        secret = token or request.cookies.get(cookie_name(request))
        client = self._clients.recognise(secret) if secret else None
        # A session's secret is for a browser's cookie jar only: as a token it would escape the same-site rule.
        if client is None or client.kind != ("session" if token is None else "token"):
            raise unauthenticated()
        _check_origin(request, changes=request.method not in READING, cookie=token is None)
        return client

    def _counted(self, rejected: Rejected, source: str) -> Rejected:
        """Count a rejection and return what to answer: 429 once the source has used up its failures."""
        wait_s = self._strikes.wait_s(source)
        self._strikes.strike(source)
        self.fold.add(source, rejected.kind)
        return rejected if wait_s <= 0 else _too_many(wait_s)


class Session(BaseModel):
    """Who this client is and what it may do at most; ``warnings`` are what its person should know of the page."""

    client: str
    name: str
    kind: Kind
    person: str
    rights: list[Right]
    created: datetime
    expires: datetime
    warnings: tuple[str, ...] = ()


def session_json(client: Client, warnings: tuple[str, ...] = ()) -> dict[str, Json]:
    """Return what a client may know about itself."""
    session = Session(
        client=client.id,
        name=client.name,
        kind=client.kind,
        person=client.person,
        rights=sorted(client.ceiling),
        created=client.created,
        expires=client.expires,
        warnings=warnings,
    )
    return session.model_dump(mode="json")


def origin_of(client: Client, conversation: str = "") -> Origin:
    """Return the Origin that ``client`` speaks with; each client has conversations of its own.

    A shared screen is a place and nobody: whoever stands there.
    """
    own = conversations_of(client)
    talk = conversation if conversation.startswith(own) else own + (conversation or "main")
    place = place_of(client.person)
    if place is not None:
        source = f"client {client.id}"
        return Origin(client.person, place=place, source=source, asks_only=True, conversation=talk)
    return Origin(
        channel="web",
        person=client.person,
        authenticated=True,
        source=f"client {client.id}",
        asks_only=not client.may("approve"),
        # A token lies in a file that any program may read; only a browser that was signed in with a code is a person.
        strength="session" if client.kind == "session" else "tap",
        conversation=talk,
    )


def model_origin(client: Client, channel: Literal["openai", "mcp"], conversation: str = "main") -> Origin:
    """Return the Origin of what a model asks for by ``client``: its person's rights, and never the person's yes."""
    talk = f"{channel}:{client.id}:{conversation}"
    named = f"{channel}:{_slug(client.name)}"
    place = place_of(client.person)
    if place is not None:
        return Origin(named, place=place, source=f"client {client.id}", asks_only=True, conversation=talk)
    return Origin(
        named,
        person=client.person,
        authenticated=True,
        source=f"client {client.id}",
        asks_only=True,
        strength="tap",
        conversation=talk,
    )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "unnamed"


def conversations_of(client: Client) -> str:
    """Return what the ids of this client's conversations begin with."""
    return f"web:{client.id}:"


def own_host(request: Request) -> str:
    """Return the Host a checked request was sent to, lower case."""
    return request.headers.get("host", "").lower()


def _check_origin(request: Request, *, changes: bool, cookie: bool) -> None:
    encrypted = arrival_of(request).encrypted
    check_origin(request.headers, own_host(request), changes=changes, cookie=cookie, encrypted=encrypted)


def cookie_name(request: Request) -> str:
    """Return the session cookie's name: browsers share cookies across ports, so each port has its own."""
    port = own_host(request).rpartition(":")[2]
    return f"claw_{port}" if port.isdigit() else "claw"


def set_cookie(request: Request, response: Response, secret: str, life: timedelta = SESSION_LIFE) -> None:
    """Put the session's secret where scripts and other sites cannot reach it; an empty one removes it."""
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(life.total_seconds()) if secret else 0,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path=f"{arrival_of(request).base}/",
    )


def peer(request: Request) -> str:
    """Return the name under which a stranger's failures are counted."""
    return f"peer {request.client.host}" if request.client else "peer unknown"


def _too_many(wait_s: float) -> Rejected:
    seconds = str(max(1, round(wait_s)))
    return Rejected(429, "too_many", f"Too many refused requests. Wait {seconds} s.", {"Retry-After": seconds})
